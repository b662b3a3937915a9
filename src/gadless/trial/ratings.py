"""Ratings of exams, as patients' pages export them: one sheet, or a folder of sheets."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from gadless.files import is_file
from gadless.trial.config import Config
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW
from gadless.trial.rating_columns import RATINGS
from gadless.trial.reading import read_sheet

_KEY = ["patient", "visit", "contrast", "reader"]


def sheets_of(path: Path) -> list[Path]:
    """Return the sheet, or every ``.tsv`` of the folder, in the order of their names."""
    return sorted(path.glob("*.tsv")) if path.is_dir() else [path]


def absent_ratings(config: Config) -> list[str]:
    """Say that the ratings that the configuration names do not exist, if they do not."""
    if config.ratings is None or is_file(config.ratings):
        return []
    path = Path(config.ratings)
    if path.is_dir():
        if sheets_of(path):
            return []
        return [f"{path.absolute()}: holds no sheet of ratings (.tsv); leave `ratings` out"]
    return [f"{path.absolute()}: no such file or folder; check `ratings` in the configuration"]


def read_ratings(config: Config, visits: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame | None:
    """Read and check the ratings that a configuration names.

    Parameters
    ----------
    config : Config
    visits : DataFrame
        The trial's, with ``patient`` and ``visit``.
    faults : list of Fault
        Grows by what is found: an exam that is not of this trial, or that one reader rates twice.

    Returns
    -------
    DataFrame or None
        Columns `RATINGS`, ordered by exam; None where the configuration names none.
    """
    if config.ratings is None:
        return None
    exams = set(zip(visits["patient"], visits["visit"], strict=True))
    seen: dict[tuple[str, ...], str] = {}
    parts = []
    for path in sheets_of(Path(config.ratings)):
        sheet = read_sheet(path, RATINGS, faults)
        for name in (column.name for column in RATINGS if column.name not in sheet):
            sheet[name] = pd.Series(pd.NA, sheet.index, dtype="string")
        _check(sheet, path, exams, config, seen, faults)
        parts.append(sheet)
    names = [column.name for column in RATINGS]
    return pd.concat(parts)[names].sort_values(_KEY, kind="stable").reset_index(drop=True)


def _check(
    sheet: pd.DataFrame,
    path: Path,
    exams: Collection[tuple[str, str]],
    config: Config,
    seen: dict[tuple[str, ...], str],
    faults: list[Fault],
) -> None:
    for row in sheet.dropna(subset=["patient", "visit", "contrast"]).to_dict("records"):
        line = int(row[ROW])
        if (row["patient"], row["visit"]) not in exams:
            value = f"{row['patient']} {row['visit']}"
            faults.append(Fault(path, line, "visit", value, "is no visit of this trial; remove it"))
        if row["contrast"] not in config.readings:
            advice = f"is no contrast of the configuration ({', '.join(config.readings)})"
            faults.append(Fault(path, line, "contrast", str(row["contrast"]), advice))
        key = tuple("" if pd.isna(row[name]) else str(row[name]) for name in _KEY)
        if key in seen:
            advice = f"this reader rated this exam before ({seen[key]}); remove one"
            faults.append(Fault(path, line, "contrast", " ".join(key).strip(), advice))
        seen.setdefault(key, f"{path.name}, row {line}")
