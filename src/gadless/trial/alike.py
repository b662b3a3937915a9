"""Names in a column that a reader takes for one and a computer for two."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gadless.trial.faults import Fault
from gadless.trial.lines import ROW


def check_levels(
    table: pd.DataFrame, names: Sequence[str], path: Path, faults: list[Fault]
) -> None:
    """Note cells that differ from another of their column in nothing that is seen: `Control`.

    Two such arms, sites, categories or contrasts would be analysed as two.

    Parameters
    ----------
    table : DataFrame
        As read; numbers are passed over.
    names : sequence of str
        Columns of categories; those that are not there, or have another fault, are passed over.
    path : Path
    faults : list of Fault
        Grows by the rarer spelling of each two, at its first row.
    """
    wrong = {fault.column for fault in faults if fault.file == path}
    for name in dict.fromkeys(names):
        if name not in table or name in wrong or pd.api.types.is_numeric_dtype(table[name]):
            continue
        counts = table[name].dropna().astype(str).value_counts()
        first: dict[str, str] = {}
        for level in counts.index:
            usual = first.setdefault(_seen(level), level)
            if usual != level:
                row = int(table.loc[table[name] == level, ROW].iloc[0])
                advice = (
                    f"looks like {usual!a}, which {counts[usual]} rows have; write both in one way,"
                    " or give names that differ in more"
                )
                faults.append(Fault(path, row, name, level, advice))


def check_identifiers(
    table: pd.DataFrame, name: str, path: Path, faults: list[Fault], within: str | None = None
) -> None:
    """Note identifiers that differ by case or by zeros in front of numbers alone: `P01` and `p1`.

    A spreadsheet takes zeros away, and where file names have no case two would share one folder.

    Parameters
    ----------
    table : DataFrame
    name : str
        Column of identifiers.
    path : Path
    faults : list of Fault
        Grows by each that comes after its like.
    within : str, optional
        Column within whose values they are compared.
    """
    first: dict[tuple[str, str], str] = {}
    rows = table[table[name].notna()]
    groups = rows[within].astype(str) if within else [""] * len(rows)
    for identifier, group, row in zip(rows[name].astype(str), groups, rows[ROW], strict=True):
        bare = re.sub(r"(?<!\d)0+(?=\d)", "", _seen(identifier))
        other = first.setdefault((group, bare), identifier)
        if other != identifier:
            advice = (
                f"looks like {other!r}, but for case or zeros: if it is the same, write it in one"
                " way, else give names that differ in more"
            )
            faults.append(Fault(path, int(row), name, identifier, advice))


def _seen(text: str) -> str:
    """Return what is left without case, width, accents' encoding, spaces and unseen characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        character
        for character in plain
        if not character.isspace() and unicodedata.category(character) != "Cf"
    )
