"""A sheet that grows: rows are added at its end, and no byte before them changes."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError
from gadless.files import written_whole
from gadless.intake.found import Cell
from gadless.trial.faults import Fault, raise_any
from gadless.trial.lines import ROW, read_cells


@dataclass(frozen=True)
class Rows:
    """A sheet as it lies on the disk.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        Its header; empty where there is no such file yet.
    rows : list of dict
        Cells by column, None where missing.
    """

    path: Path
    columns: tuple[str, ...]
    rows: list[dict[str, str | None]]

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return bool(self.columns)

    def keyed(self, key: Sequence[str]) -> dict[tuple[str, ...], dict[str, str | None]]:
        """Return rows by the cells of some columns, the first of each."""
        found: dict[tuple[str, ...], dict[str, str | None]] = {}
        for row in self.rows:
            found.setdefault(tuple(row.get(name) or "" for name in key), row)
        return found


def read_rows(path: Path, needed: Iterable[str] = ()) -> Rows:
    """Read a sheet, or nothing where there is none.

    Parameters
    ----------
    path : Path
    needed : iterable of str
        Columns that it must have.

    Raises
    ------
    InputError
        If it is no tab-separated table, or lacks a column.
    """
    if not path.exists():
        return Rows(path, (), [])
    faults: list[Fault] = []
    frame = read_cells(path, faults)
    raise_any(faults)
    columns = tuple(str(name) for name in frame.columns if name != ROW)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise InputError(
            f"{path}: column(s) {', '.join(missing)} missing, so that nothing can be added to it;"
            " add the column(s), or move the file away and run again"
        )
    cells = frame[list(columns)].to_dict("records")
    return Rows(path, columns, [{str(name): value for name, value in row.items()} for row in cells])


def add_rows(
    sheet: Rows, columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]
) -> tuple[str, ...]:
    """Write rows at the end of a sheet, which is begun with `columns` where there is none.

    Returns
    -------
    tuple of str
        Columns for which the rows have values and the sheet no place.
    """
    header = sheet.columns or tuple(columns)
    dropped = {name for row in rows for name, cell in row.items() if cell not in (None, "")}
    dropped -= set(header)
    if not rows and sheet.exists:
        return ()
    before = sheet.path.read_bytes() if sheet.exists else ("\t".join(header) + "\n").encode()
    end = b"\r\n" if b"\r\n" in before else b"\n"
    if before and not before.endswith((b"\n", b"\r")):
        before += end
    lines = ["\t".join(as_text(row.get(name)) for name in header).encode() + end for row in rows]
    with written_whole(sheet.path) as scratch:
        scratch.write_bytes(before + b"".join(lines))
    return tuple(name for name in columns if name in dropped)


def fill_cells(
    sheet: Rows, key: Sequence[str], cells: Mapping[tuple[str, ...], Mapping[str, str]]
) -> None:
    """Fill empty cells of rows; all other bytes stay.

    Parameters
    ----------
    sheet : Rows
    key : sequence of str
        Columns that name a row.
    cells : mapping
        By key, values by column. A cell that holds something, or a row of another length than the
        header, is left alone.
    """
    if not cells:
        return
    text = sheet.path.read_bytes().decode("utf-8-sig")
    lines = text.splitlines(keepends=True)
    header = [name.strip().strip('"') for name in lines[0].rstrip("\r\n").split("\t")]
    for at, line in enumerate(lines[1:], start=1):
        bare = line.rstrip("\r\n")
        row = bare.split("\t")
        if len(row) != len(header):
            continue
        named = tuple(row[header.index(name)].strip().strip('"') for name in key)
        for name, value in cells.get(named, {}).items():
            if not row[header.index(name)].strip().strip('"'):
                row[header.index(name)] = as_text(value)
        lines[at] = "\t".join(row) + line[len(bare) :]
    mark = b"\xef\xbb\xbf" if sheet.path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    with written_whole(sheet.path) as scratch:
        scratch.write_bytes(mark + "".join(lines).encode())


def as_text(cell: Cell) -> str:
    """Return a cell as it stands in a sheet: one line, no tab."""
    return "" if cell is None else " ".join(str(cell).split())


def from_sheet(path: Path, sheet: Path) -> str:
    """Return a path as a cell of a sheet holds it: as seen from the sheet's folder."""
    return os.path.relpath(path.absolute(), sheet.absolute().parent)
