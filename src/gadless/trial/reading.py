"""One sheet from text to typed columns; every cell that does not fit becomes a fault."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gadless.errors import InputError
from gadless.trial.columns import Column
from gadless.trial.faults import Fault

# An identifier names a folder, so it must not be able to leave its own.
IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
ROW = "_row"


def read_sheet(
    path: Path, columns: Sequence[Column], faults: list[Fault], extra: str = "text"
) -> pd.DataFrame:
    """Read a tab-separated sheet and check each cell against its column's definition.

    Parameters
    ----------
    path : Path
    columns : sequence of Column
    faults : list of Fault
        Grows by what is found.
    extra : {"text", "covariate"}
        What columns beyond the definitions hold; a covariate whose cells are all numbers is one.

    Returns
    -------
    DataFrame
        Typed columns (integers as ``Int64``), and ``_row``, the line in the file.

    Raises
    ------
    InputError
        If the file is absent, is no table, or lacks a required column.
    """
    frame = _read_text(path)
    missing = [column.name for column in columns if column.required and column.name not in frame]
    if missing:
        raise InputError(
            f"{path}: column(s) {', '.join(missing)} missing; the header has: "
            f"{', '.join(map(str, frame.columns))} (tab-separated; see config/README.md)"
        )
    frame[ROW] = range(2, len(frame) + 2)
    # Blank lines separate groups in hand-kept sheets; they hold no row.
    frame = frame[frame.drop(columns=ROW).notna().any(axis=1)].reset_index(drop=True)
    for column in columns:
        if column.name in frame:
            frame[column.name] = _typed(frame, column, path, faults)
    if extra == "covariate":
        for name in frame.columns.difference([column.name for column in columns]):
            frame[name] = _numeric_where_all_are(frame[name])
    return frame


def _read_text(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path in the configuration")
    try:
        frame = pd.read_csv(
            path,
            sep="\t",
            dtype=str,
            na_values=["", "NA"],
            keep_default_na=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a tab-separated table ({error})") from None
    names = [str(name).strip() for name in frame.columns]
    twice = {name for name in names if names.count(name) > 1} | {
        name for name in names if re.fullmatch(r".+\.\d+", name) and name.rsplit(".", 1)[0] in names
    }
    if twice:
        raise InputError(f"{path}: column(s) {', '.join(sorted(twice))} stand twice in the header")
    frame.columns = pd.Index(names)
    return frame.apply(lambda cells: cells.str.strip()).replace("", pd.NA)


def _typed(frame: pd.DataFrame, column: Column, path: Path, faults: list[Fault]) -> pd.Series:
    cells = frame[column.name]
    given = cells.notna()
    if column.filled:
        _note(frame, column, path, ~given, "is empty; fill it in", faults)
    if column.kind in ("integer", "number", "flag"):
        return _numbers(frame, column, path, faults)
    if column.kind == "identifier":
        good = cells.str.fullmatch(IDENTIFIER, na=False).astype(bool)
        advice = "use letters, digits, '_', '-' and '.' only, and no leading '.'"
        _note(frame, column, path, given & ~good, advice, faults)
    elif column.kind == "date":
        dates = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
        _note(frame, column, path, given & dates.isna(), "write dates as YYYY-MM-DD", faults)
        return dates
    elif column.kind == "choice":
        choices = {choice.casefold(): choice for choice in column.choices}
        known = cells.str.casefold().map(choices)
        advice = f"use one of: {', '.join(column.choices)}"
        _note(frame, column, path, given & known.isna(), advice, faults)
        return known.where(given, cells)
    return cells


def _numbers(frame: pd.DataFrame, column: Column, path: Path, faults: list[Fault]) -> pd.Series:
    cells = frame[column.name]
    given = cells.notna()
    numbers = pd.to_numeric(cells, errors="coerce").astype("Float64")
    finite = numbers.notna() & (numbers.abs() < 1e15).fillna(False)
    _note(
        frame, column, path, given & ~finite, "is no number; correct it or leave it empty", faults
    )
    numbers = numbers.where(finite)
    if column.minimum is not None:
        low = (numbers < column.minimum).fillna(False)
        _note(frame, column, path, low, f"must not be below {column.minimum:g}", faults)
    if column.kind == "number":
        return numbers.astype("float64")
    whole = (numbers == numbers.round()).fillna(False)
    _note(frame, column, path, finite & ~whole, "must be a whole number", faults)
    numbers = numbers.where(whole)
    if column.kind == "flag":
        other = (~numbers.isin([0, 1]) & numbers.notna()).fillna(False)
        _note(frame, column, path, other, "use 1 (yes), 0 (no) or leave it empty", faults)
    return numbers.astype("Int64")


def _note(
    frame: pd.DataFrame,
    column: Column,
    path: Path,
    wrong: pd.Series,
    advice: str,
    faults: list[Fault],
) -> None:
    for row, value in frame.loc[wrong, [ROW, column.name]].itertuples(index=False):
        text = None if pd.isna(value) else str(value)
        faults.append(Fault(path, int(row), column.name, text, advice))


def _numeric_where_all_are(cells: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce")
    return numbers if bool((numbers.notna() == cells.notna()).all()) else cells
