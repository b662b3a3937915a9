"""One sheet from text to typed columns; every cell that does not fit becomes a fault."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from gadless.errors import InputError
from gadless.trial.columns import FLAGS, Column
from gadless.trial.config.plain import is_unprintable
from gadless.trial.faults import Fault
from gadless.trial.headers import check_names, meant_by
from gadless.trial.lines import ROW, opens_quote, read_cells

# An identifier names a folder, so it must not be able to leave its own.
IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_COMMA = re.compile(r"[-+]?\d+,\d+")


def read_sheet(
    path: Path,
    columns: Sequence[Column],
    faults: list[Fault],
    named: Collection[str] = (),
    instead: Collection[str] = (),
) -> pd.DataFrame:
    """Read a tab-separated sheet and check each cell against its column's definition.

    Parameters
    ----------
    path : Path
    columns : sequence of Column
    faults : list of Fault
        Grows by what is found.
    named : collection of str
        Columns beyond the definitions that the configuration names; they stay text.
    instead : collection of str
        Columns of files any of which makes up for all required ones, where there is none of those.

    Returns
    -------
    DataFrame
        Typed columns (integers as ``Int64``), and ``_row``, the line in the file.

    Raises
    ------
    InputError
        If the file is absent, is no table, or lacks a required column.
    """
    frame = read_cells(path, faults)
    header = [str(name) for name in frame.columns.drop(ROW)]
    _check_required(path, header, columns, instead)
    check_names(path, header, columns, named, faults)
    if frame.empty:
        faults.append(Fault(path, None, None, None, "has a header and no row"))
    read = {column.name for column in columns} | set(named)
    for name in (name for name in header if name in read):
        opened = frame[name].map(opens_quote).astype(bool)
        advice = "opens a double quote and does not close it; remove it, or close it"
        note(frame, name, path, opened, advice, faults)
        _note_unprintable(frame, name, path, faults)
    for column in columns:
        if column.name in frame:
            frame[column.name] = _typed(frame, column, path, faults)
    return frame


def _note_unprintable(frame: pd.DataFrame, name: str, path: Path, faults: list[Fault]) -> None:
    """Note cells with characters that no page and no figure can hold."""
    strange = frame[name].map(lambda cell: isinstance(cell, str) and any(map(is_unprintable, cell)))
    advice = "holds a character that is no text (a control character); remove it"
    note(frame, name, path, strange.astype(bool), advice, faults)


def numbers_of(cells: pd.Series) -> pd.Series:
    """Numbers of text cells (``Float64``); missing where a cell is none, or is not finite."""
    numbers = pd.to_numeric(cells, errors="coerce").astype("Float64")
    return numbers.where((numbers.abs() < 1e15).fillna(False))


def note(
    frame: pd.DataFrame,
    name: str,
    path: Path,
    wrong: pd.Series,
    advice: str,
    faults: list[Fault],
) -> None:
    """Add a fault for every cell of a column that is wrong."""
    for row, value in frame.loc[wrong, [ROW, name]].itertuples(index=False):
        text = None if pd.isna(value) else str(value)
        faults.append(Fault(path, int(row), name, text, advice))


def note_no_number(
    frame: pd.DataFrame,
    name: str,
    path: Path,
    wrong: pd.Series,
    faults: list[Fault],
    other: str = "",
) -> None:
    """Add a fault for every cell that is no number: what to write instead.

    Parameters
    ----------
    other : str
        What else may be done.
    """
    comma = wrong & frame[name].str.fullmatch(_COMMA, na=False).astype(bool)
    note(frame, name, path, comma, "is no number; write decimals with a point" + other, faults)
    advice = "is no number; correct it or leave it empty" + other
    note(frame, name, path, wrong & ~comma, advice, faults)


def _check_required(
    path: Path, header: Sequence[str], columns: Sequence[Column], instead: Collection[str]
) -> None:
    files = [column.name for column in columns if column.kind == "path" and column.required]
    if set(header) & set(instead) and not set(header) & set(files):
        columns = [column for column in columns if column.name not in files]
    missing = [column.name for column in columns if column.required and column.name not in header]
    if not missing:
        return
    meant = [(name, meant_by(name, columns)) for name in header]
    hints = [f"`{name}` looks like `{other}`" for name, other in meant if other in missing]
    raise InputError(
        f"{path}: column(s) {', '.join(missing)} missing; the header has: "
        f"{', '.join(header)} (tab-separated; see config/README.md)"
        + (f"; {', '.join(hints)}: rename it" if hints else "")
    )


def _typed(frame: pd.DataFrame, column: Column, path: Path, faults: list[Fault]) -> pd.Series:
    cells, name = frame[column.name], column.name
    given = cells.notna()
    if column.filled:
        note(frame, name, path, ~given, "is empty; fill it in", faults)
    if column.kind in ("integer", "number"):
        return _numbers(frame, column, path, faults)
    if column.kind == "flag":
        return _flags(frame, name, path, faults)
    if column.kind == "identifier":
        good = cells.str.fullmatch(IDENTIFIER, na=False).astype(bool)
        advice = "use letters, digits, '_', '-' and '.' only, and no leading '.'"
        note(frame, name, path, given & ~good, advice, faults)
    elif column.kind == "date":
        dates = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
        note(frame, name, path, given & dates.isna(), "write dates as YYYY-MM-DD", faults)
        return dates
    elif column.kind == "choice":
        choices = {choice.casefold(): choice for choice in column.choices}
        known = cells.str.casefold().map(choices)
        advice = f"use one of: {', '.join(column.choices)}"
        note(frame, name, path, given & known.isna(), advice, faults)
        return known.where(given, cells)
    return cells


def _numbers(frame: pd.DataFrame, column: Column, path: Path, faults: list[Fault]) -> pd.Series:
    name = column.name
    numbers = numbers_of(frame[name])
    note_no_number(frame, name, path, frame[name].notna() & numbers.isna(), faults)
    if column.kind == "integer":
        whole = (numbers == numbers.round()).fillna(False)
        note(frame, name, path, numbers.notna() & ~whole, "must be a whole number", faults)
        numbers = numbers.where(whole)
    if column.minimum is not None:
        low = (numbers < column.minimum).fillna(False)
        because = f": {column.because}" if column.because else ""
        advice = f"must not be below {column.minimum:g}"
        # Below 0 speaks for itself.
        note(frame, name, path, low, advice + (because if column.minimum else ""), faults)
    _check_maximum(frame, column, numbers, path, faults)
    return numbers.astype("float64" if column.kind == "number" else "Int64")


def _check_maximum(
    frame: pd.DataFrame, column: Column, numbers: pd.Series, path: Path, faults: list[Fault]
) -> None:
    """Note the worst cell of a column beyond its maximum: a wrong unit is wrong in every row."""
    if column.maximum is None:
        return
    high = (numbers > column.maximum).fillna(False)
    if high.any():
        worst = int(numbers.fillna(0).to_numpy(dtype="float64").argmax())
        count = int(high.sum())
        rows = "the only row" if count == 1 else f"the most of {count} rows"
        advice = f"is over {column.maximum:g} ({rows} beyond it): {column.because}"
        row, value = int(frame[ROW].iloc[worst]), str(frame[column.name].iloc[worst])
        faults.append(Fault(path, row, column.name, value, advice))


def _flags(frame: pd.DataFrame, name: str, path: Path, faults: list[Fault]) -> pd.Series:
    flags = flags_of(frame[name])
    wrong = frame[name].notna() & flags.isna()
    note(frame, name, path, wrong, "use 1 (yes), 0 (no) or leave it empty", faults)
    return flags


def flags_of(cells: pd.Series) -> pd.Series:
    """Return 0 and 1 of text cells (``Int64``); missing where a cell is no flag."""
    flags = cells.str.casefold().map(FLAGS).astype("Float64")
    numbers = numbers_of(cells)
    return flags.fillna(numbers.where(numbers.isin([0, 1]).fillna(False))).astype("Int64")
