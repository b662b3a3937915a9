"""What the columns hold that a configuration names beyond those that every sheet has."""

import logging
import re
from pathlib import Path

import pandas as pd

from gadless.trial.columns import PATIENTS
from gadless.trial.config import Statistics
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW
from gadless.trial.reading import flags_of, note_no_number, numbers_of

log = logging.getLogger(__name__)

# What was meant to be a number: `63,5`, `<5`, `70%`, `inf`.
_NEARLY = re.compile(r"[<>~]?\s*[-+]?(\d+([.,]\d+)*|inf)\s*%?", re.IGNORECASE)
# Few whole numbers of at least three digits, or under such a name, are rather codes than amounts.
_CODE = 100
_CODES = 20
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
        As read, text; its columns are replaced. Columns that nothing names are numbers where all
        of their cells are.
    path : Path
    settings : Statistics
        With `covariates`, `strata` and `categories`.
    faults : list of Fault
        Grows by what is found.
    """
    named = named_columns(settings)
    read = {ROW, *(column.name for column in PATIENTS)}
    for name in (name for name in patients.columns if name not in read):
        if settings.is_category(name):
            continue
        if name in named:
            patients[name] = _typed(patients, name, path, faults)
        else:
            patients[name] = _numbers_or_text(patients[name])


def _typed(patients: pd.DataFrame, name: str, path: Path, faults: list[Fault]) -> pd.Series:
    cells = patients[name]
    given = cells.notna()
    flags = flags_of(cells)
    if flags[given].notna().all():
        return flags
    numbers = numbers_of(cells)
    nearly = cells.str.fullmatch(_NEARLY, na=False).astype(bool) | numbers.notna()
    wrong = given & numbers.isna()
    if not wrong.any():
        _say_if_codes(numbers, name, path)
    elif nearly.sum() * 2 > given.sum():
        category = f" (or name {name} in `statistics.categories` if its numbers are codes)"
        note_no_number(patients, name, path, wrong, faults, category)
    elif nearly.any():
        advice = (
            f"this column holds text, and in {int(nearly.sum())} rows numbers, such as"
            f" {cells[nearly].iloc[0]}; name it in `statistics.categories` if it is a category,"
            " else correct it"
        )
        faults.append(Fault(path, None, name, None, advice))
    return _numbers_or_text(cells)


def _numbers_or_text(cells: pd.Series) -> pd.Series:
    numbers = numbers_of(cells)
    if bool((cells.notna() & numbers.isna()).any()):
        return cells
    whole = bool((numbers == numbers.round()).fillna(True).all())
    return numbers.astype("Int64" if whole else "float64")


def _say_if_codes(numbers: pd.Series, name: str, path: Path) -> None:
    levels = set(numbers.dropna())
    few_whole = 2 < len(levels) <= _CODES and all(level == round(level) for level in levels)
    if few_whole and (min(levels) >= _CODE or _CODE_NAMES.fullmatch(name)):
        log.warning(
            "%s: column %s holds %d whole numbers and is taken as an amount, with one coefficient;"
            " if they are codes, name it in `statistics.categories`",
            *(path, name, len(levels)),
        )
