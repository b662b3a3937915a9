"""What the columns hold that a configuration names beyond those that every sheet has."""

import logging
import re
from pathlib import Path

import pandas as pd

from gadless.tables import numbers_if_same
from gadless.trial.columns import PATIENTS
from gadless.trial.config import Statistics
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW
from gadless.trial.plausible import stand_apart
from gadless.trial.reading import flags_of, note_no_number, numbers_of

log = logging.getLogger(__name__)

# What was meant to be a number: `63,5`, `<5`, `70%`, `inf`.
_NEARLY = re.compile(r"[<>~]?\s*[-+]?(\d+([.,]\d+)*|inf)\s*%?", re.IGNORECASE)
# Few whole numbers of at least three digits, or under such a name, are rather codes than amounts.
_CODE = 100
_CODES = 20
# Written where an amount is not known, by SPSS, SAS and people.
_MISSING = ("-99", "-999", "-9999", "999", "9999", "99999")
_CODE_NAMES = re.compile(
    r"(.*_)?(id|code|region|country|hospital|clinic|institution|group|stratum)s?(_.*)?",
    re.IGNORECASE,
)


def named_columns(settings: Statistics) -> list[str]:
    """Columns of the patients sheet that the configuration names, each once."""
    return list(dict.fromkeys([*settings.covariates, *settings.strata, *settings.categories]))


def give_types(
    patients: pd.DataFrame, path: Path, settings: Statistics, faults: list[Fault]
) -> None:
    """Turn the named columns of the patients sheet into numbers, 0 and 1, or categories.

    A category stays text whatever it looks like. Else a column of yes and no is 0 and 1, a column
    with numbers is a number and a cell that is none is a fault, and a column without any number is
    a category. A number is never told from the majority alone: text among numbers is either a slip
    or a category, and only who wrote it knows.

    Parameters
    ----------
    patients : DataFrame
        As read, text; its columns are replaced. Columns that nothing names, and categories, are
        numbers where that loses nothing: `007` stays as it is.
    path : Path
    settings : Statistics
        With `covariates`, `strata` and `categories`.
    faults : list of Fault
        Grows by what is found.
    """
    named = named_columns(settings)
    read = {ROW, *(column.name for column in PATIENTS)}
    for name in (name for name in patients.columns if name not in read):
        if name in named and not settings.is_category(name):
            _check(patients, name, path, faults)
            known = amounts(patients[name])
            patients[name] = patients[name] if known is None else known
        else:
            patients[name] = numbers_if_same(patients[name])


def amounts(cells: pd.Series) -> pd.Series | None:
    """Numbers of a column, 0 and 1 of one of yes and no; None where a cell is neither.

    Parameters
    ----------
    cells : Series
        Text or numbers.
    """
    text = cells.astype("string").astype(object)
    for known in (flags_of(text), numbers_of(text)):
        if bool((known.notna() == cells.notna()).all()):
            whole = bool((known == known.round()).fillna(True).all())
            return known.astype("Int64" if whole else "float64")
    return None


def _check(patients: pd.DataFrame, name: str, path: Path, faults: list[Fault]) -> None:
    """Note text among numbers, or numbers among text."""
    cells = patients[name]
    numbers = numbers_of(cells)
    if flags_of(cells).notna().equals(cells.notna()):
        return
    wrong = cells.notna() & numbers.isna()
    nearly = cells.str.fullmatch(_NEARLY, na=False).astype(bool) | numbers.notna()
    if not wrong.any():
        _note_missing(patients, name, path, faults)
        _say_if_codes(numbers, name, path)
    elif nearly.sum() * 2 > cells.notna().sum():
        category = f" (or name {name} in `statistics.categories` if its numbers are codes)"
        note_no_number(patients, name, path, wrong, faults, category)
    elif nearly.any():
        advice = (
            f"this column holds text, and in {int(nearly.sum())} rows numbers, such as"
            f" {cells[nearly].iloc[0]}; name it in `statistics.categories` if it is a category,"
            " else correct it"
        )
        faults.append(Fault(path, None, name, None, advice))


def _note_missing(patients: pd.DataFrame, name: str, path: Path, faults: list[Fault]) -> None:
    """Note `-999` among amounts that never come near it."""
    cells, numbers = patients[name].str.strip(), numbers_of(patients[name])
    coded = cells.isin(_MISSING)
    rest = numbers[~coded & numbers.notna()]
    # Ages are told of by themselves.
    if name.casefold() != "age" and len(rest) and stand_apart(numbers[coded], rest):
        code, row = str(cells[coded].iloc[0]), int(patients.loc[coded, ROW].iloc[0])
        advice = (
            f"looks like a code for what is not known ({int(coded.sum())} rows; no other is over"
            f" {float(rest.abs().max()):g}); leave such cells empty, or write {code}.0 if it is an"
            " amount"
        )
        faults.append(Fault(path, row, name, code, advice))


def _say_if_codes(numbers: pd.Series, name: str, path: Path) -> None:
    levels = set(numbers.dropna())
    few_whole = 2 < len(levels) <= _CODES and all(level == round(level) for level in levels)
    if few_whole and (min(levels) >= _CODE or _CODE_NAMES.fullmatch(name)):
        log.warning(
            "%s: column %s holds %d whole numbers and is taken as an amount, with one coefficient;"
            " if they are codes, name it in `statistics.categories`",
            *(path, name, len(levels)),
        )
