"""Columns that a sheet has under a name that is not read, but looks meant."""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from gadless.trial.columns import Column
from gadless.trial.config.sequences import BROUGHT
from gadless.trial.faults import Fault

# Share of characters in common (difflib) from which a name is taken for a slip of the pen:
# `lesion` and `lesions` have 0.92, `histology` and `histology_pd` 0.90.
_SLIP = 0.88
_SHORTEST_SLIP = 6
_UNITS = frozenset({"cm3", "mm3", "ml", "cc", "cm2", "mm2", "mm", "cm", "mg"})
_WORDS = frozenset({"day", "days", "date", "months", "volume", "volumes", "vol"})
_FREE = ("note", "comment", "remark", "x_")


def check_names(
    path: Path,
    names: Iterable[str],
    columns: Sequence[Column],
    named: Collection[str],
    faults: list[Fault],
) -> None:
    """Note every further column whose name is nearly that of a column that is read.

    Parameters
    ----------
    path : Path
    names : iterable of str
        The header.
    columns : sequence of Column
        What is read.
    named : collection of str
        Further columns that the configuration names: these need only differ in more than case.
    faults : list of Fault
        Grows by what is found.
    """
    read = {column.name for column in columns}
    for name in names:
        if name in read:
            continue
        meant = _spelt_alike(name, columns) if name in named else meant_by(name, columns)
        if meant is not None:
            advice = (
                f"is not read under this name; if `{meant}` is meant, rename the column, else"
                " remove it or let its name begin with `note_`"
            )
            faults.append(Fault(path, 1, name, None, advice))


def meant_by(name: str, columns: Sequence[Column]) -> str | None:
    """Return the column that a name looks like; None where it resembles nothing."""
    alike = _spelt_alike(name, columns)
    if alike is not None or name.casefold().startswith(_FREE):
        return alike
    for column in columns:
        if _plain(name) in map(_plain, column.also):
            return column.name
    for column in columns:
        if _stem(name) in _stems(column):
            return column.name
    return _slip_of(name, columns)


def _spelt_alike(name: str, columns: Sequence[Column]) -> str | None:
    for column in columns:
        if _plain(name) == _plain(column.name):
            return column.name
    return None


def _slip_of(name: str, columns: Sequence[Column]) -> str | None:
    plain = {_plain(column.name): column.name for column in columns}
    long = [other for other in plain if len(other) >= _SHORTEST_SLIP]
    # Of what others made, the sheet's own check says which contrasts there are.
    if len(_plain(name)) < _SHORTEST_SLIP or name.casefold().startswith(BROUGHT):
        return None
    near = difflib.get_close_matches(_plain(name), long, n=1, cutoff=_SLIP)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _stem(name: str) -> str:
    """Return a name without its unit, and without `day`, `date`, `volume` unless that is all."""
    words = re.findall(r"[a-z0-9]+", name.casefold())
    bare = [word for word in words if word not in _UNITS] or words
    return "".join([word for word in bare if word not in _WORDS] or bare)


def _stems(column: Column) -> set[str]:
    """Return what a column's names say beside a unit; nothing where they have none to leave out."""
    return {_stem(name) for name in (column.name, *column.also) if _stem(name) != _plain(name)}
