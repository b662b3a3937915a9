"""The files that a visits sheet names: each is there, or a rule makes it."""

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from gadless.files import from_here, is_file, is_folder
from gadless.trial.faults import Fault
from gadless.trial.lines import ROW

_ABSENT = "no such file; correct the path, or leave the cell empty if not acquired"


def find_files(
    visits: pd.DataFrame,
    path: Path,
    columns: Iterable[str],
    made: Iterable[str],
    faults: list[Fault],
) -> None:
    """Resolve paths against their sheet, and note those that name no file.

    Parameters
    ----------
    visits : DataFrame
        As read; `columns` are replaced by paths as seen from the working directory, None where the
        cell is empty.
    path : Path
        The sheet.
    columns : iterable of str
    made : iterable of str
        Folders whose files rules make; these need not exist yet.
    faults : list of Fault
        Grows by what is found.
    """
    prefixes = tuple(f"{from_here(folder)}{os.sep}" for folder in made)
    for name in columns:
        visits[name] = _resolve(visits[name], path.parent)
        named = visits[name].notna()
        for row, scan in zip(visits.loc[named, ROW], visits.loc[named, name], strict=True):
            if prefixes and scan.startswith(prefixes):
                continue
            # A folder may be a DICOM series, which its first look says.
            if not is_file(scan) and not is_folder(scan):
                faults.append(Fault(path, int(row), name, str(Path(scan).absolute()), _ABSENT))


def _resolve(cells: pd.Series, folder: Path) -> pd.Series:
    join = os.path.join  # `Path` takes three times as long
    resolved = [None if pd.isna(cell) else from_here(join(folder, cell)) for cell in cells.tolist()]
    return pd.Series(resolved, index=cells.index, dtype=object)
