"""A sheet's cells: tabs part them and ends of line part rows; nothing is told from what follows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gadless.errors import InputError
from gadless.files import is_file
from gadless.trial.columns import MISSING
from gadless.trial.faults import Fault, raise_any

ROW = "_row"

_END = re.compile(r"\r\n|\n|\r")
# A cell that is in quotes as a whole, as R and spreadsheets write text.
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_NAMED = 5
# What a spreadsheet saves: Excel knows no UTF-8 with tabs, LibreOffice does.
_UTF16 = (
    "is UTF-16 (Excel's 'Unicode Text'); turn it into UTF-8: iconv -f UTF-16 -t UTF-8 OLD > NEW"
)
_WORKBOOK = (
    "is a workbook ({}), not text; save the sheet as text with tabs: in LibreOffice 'Text CSV',"
    " UTF-8, tab; in Excel 'Unicode Text', then iconv -f UTF-16 -t UTF-8 OLD > NEW"
)
_SIGNATURES = {
    b"\xff\xfe": _UTF16,
    b"\xfe\xff": _UTF16,
    b"PK\x03\x04": "is an archive (zip); unpack it, and save the sheet as text with tabs",
    b"\xd0\xcf\x11\xe0": _WORKBOOK.format("Excel, .xls"),
    b"\x1f\x8b": "is compressed; unpack it",
}
_ZIPPED = {b"xl/workbook": "Excel, .xlsx", b"opendocument.spreadsheet": "OpenDocument, .ods"}
_SEPARATORS = {",": "commas", ";": "semicolons", "|": "bars"}


@dataclass(frozen=True)
class _Line:
    number: int
    cells: list[str]

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def opens_quote(cell: object) -> bool:
    """Whether a cell begins with a double quote and is not in quotes as a whole."""
    text = str(cell)
    return text.startswith('"') and _QUOTED.fullmatch(text) is None


def read_cells(path: Path, faults: list[Fault]) -> pd.DataFrame:
    """Read a tab-separated sheet as text.

    Blank lines hold no row. A cell that is in double quotes as a whole is taken out of them, and
    may hold an end of line; any other quote is a character like the rest. Row names, as R writes
    them (each row one cell longer than the header), are left out.

    Parameters
    ----------
    path : Path
    faults : list of Fault
        Grows by tabs at the ends of rows.

    Returns
    -------
    DataFrame
        Stripped text, missing where a cell is one of `MISSING`; ``_row`` is the line in the file.

    Raises
    ------
    InputError
        If the file is absent or is no table, or for every row of another length than the header.
    """
    lines = _lines(_text(path))
    header = next(lines, None)
    if header is None or header.blank:
        raise InputError(f"{path}: the first line is empty; it must name the columns")
    _check_separator(header, path)
    names = _names(header, path)
    rows = [line for line in _whole(lines, len(names)) if not line.blank]
    rows = _without_row_names(rows, len(names))
    _check_lengths(rows, names, path, faults)
    kept = [at for at, name in enumerate(names) if name]
    cells = {names[at]: [_value(row.cells[at]) for row in rows] for at in kept}
    unnamed = [at for at, name in enumerate(names) if not name]
    if any(_value(row.cells[at]) is not None for at in unnamed for row in rows):
        raise InputError(f"{path}: column {unnamed[0] + 1} has cells and no name in the header")
    frame = pd.DataFrame(cells, dtype=object)
    frame[ROW] = [row.number for row in rows]
    # A row of nothing but `NA` says no more than a blank line.
    return frame[frame[[names[at] for at in kept]].notna().any(axis=1)].reset_index(drop=True)


def _text(path: Path) -> str:
    if not is_file(path):
        raise InputError(f"{path.absolute()}: no such file; check the path in the configuration")
    content = path.read_bytes()
    for signature, advice in _SIGNATURES.items():
        if content.startswith(signature):
            # The names of what is packed stand in an archive as they are.
            kinds = [kind for mark, kind in _ZIPPED.items() if mark in content]
            what = _WORKBOOK.format(kinds[0]) if kinds and signature[:2] == b"PK" else advice
            raise InputError(f"{path}: cannot be read as a tab-separated table: it {what}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, row {line}: cannot be read as a tab-separated table: a character is not"
            " UTF-8; save the sheet as UTF-8 (if it came from Excel on Windows: iconv -f CP1252 -t"
            " UTF-8 OLD > NEW)"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            f"{path}, row {line}: cannot be read as a tab-separated table: it holds NUL characters,"
            " so it is no text, or UTF-16 without its mark; save the sheet as UTF-8"
        )
    return text


def _lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(_END.split(text), start=1):
        yield _Line(number, line.split("\t"))


def _check_separator(header: _Line, path: Path) -> None:
    """Refuse a table that is parted by another character than a tab, and say which."""
    if len(header.cells) > 1:
        return
    for mark, words in _SEPARATORS.items():
        if header.cells[0].count(mark) > 1:
            raise InputError(
                f"{path}: its cells are parted by {words}, not by tabs; save it as text with tabs"
                " (LibreOffice: 'Text CSV', field delimiter {Tab}; R: write.table(sep = '\\t');"
                " pandas: to_csv(sep='\\t'))"
            )


def _names(header: _Line, path: Path) -> list[str]:
    names = [_unquoted(cell) for cell in header.cells]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(f"{path}: column(s) {', '.join(twice)} stand twice in the header")
    return names


def _whole(lines: Iterator[_Line], columns: int) -> Iterator[_Line]:
    """Join lines that an end of line within a quoted cell has parted.

    Only where the quote closes before the next tab and the joined row is as long as the header, so
    that a quote that nobody closed never takes in a row.
    """
    waiting = list(lines)
    at = 0
    while at < len(waiting):
        line, at = waiting[at], at + 1
        while opens_quote(line.cells[-1].strip()):
            joined, end = _closed(line, waiting, at)
            if joined is None or len(joined.cells) > columns + 1:
                break
            line, at = joined, end
        yield line


def _closed(line: _Line, waiting: Sequence[_Line], at: int) -> tuple[_Line | None, int]:
    *before, text = line.cells
    for end in range(at, len(waiting)):
        first, *after = waiting[end].cells
        text = f"{text}\n{first}"
        if _QUOTED.fullmatch(text.strip()):
            return _Line(line.number, [*before, text, *after]), end + 1
        if after:
            break
    return None, at


def _without_row_names(rows: list[_Line], columns: int) -> list[_Line]:
    """Drop the first cell of every row where it is the row's name: one more, and each its own."""
    longer = bool(rows) and all(len(row.cells) == columns + 1 for row in rows)
    if not longer or all(_value(row.cells[-1]) is None for row in rows):
        return rows
    if len({row.cells[0] for row in rows}) < len(rows):
        return rows
    return [_Line(row.number, row.cells[1:]) for row in rows]


def _check_lengths(
    rows: Sequence[_Line], names: Sequence[str], path: Path, faults: list[Fault]
) -> None:
    columns = len(names)
    other = [row for row in rows if len(row.cells) != columns]
    trailing = [row for row in other if _only_tabs(row.cells[columns:])]
    ragged = [row for row in other if not _only_tabs(row.cells[columns:])]
    if trailing:
        advice = (
            f"{_these(trailing)} more tabs than the header has names, with nothing after them;"
            " remove these tabs, or name the columns"
        )
        faults.append(Fault(path, trailing[0].number, None, None, advice))
    if ragged:
        sizes = ", ".join(sorted({str(len(row.cells)) for row in ragged}, key=int)[:_NAMED])
        advice = (
            f"{_these(ragged)} {sizes} cells, the header {columns}; write each row on one line,"
            " with a tab between any two cells, empty ones included"
        )
        raise_any([*faults, Fault(path, ragged[0].number, None, None, advice)])


def _only_tabs(beyond: Sequence[str]) -> bool:
    return bool(beyond) and all(_value(cell) is None for cell in beyond)


def _these(rows: Sequence[_Line]) -> str:
    if len(rows) == 1:
        return "this row has"
    shown = ", ".join(str(row.number) for row in rows[:_NAMED])
    return f"{len(rows)} rows ({shown}{', ...' if len(rows) > _NAMED else ''}) have"


def _unquoted(cell: str) -> str:
    text = cell.strip()
    quoted = _QUOTED.fullmatch(text)
    return text if quoted is None else quoted[1].replace('""', '"').strip()


def _value(cell: str) -> str | None:
    text = _unquoted(cell)
    return None if text.casefold() in MISSING else text
