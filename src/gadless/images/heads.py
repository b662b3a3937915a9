"""The headers of a folder's DICOM files: do they look like one series?"""

import zlib
from collections.abc import Sequence
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from gadless.errors import DataFault
from gadless.images.header import COLOURS, Look
from gadless.parts import parts_of

_BESIDE = (".txt", ".json", ".xml", ".csv", ".tsv", ".pdf", ".bval", ".bvec")
"""What lies beside series and is no DICOM."""
_SERIES = ["SeriesInstanceUID"]
# What pydicom raises for a file that is none, or a damaged one.
_UNREADABLE = (
    *(InvalidDicomError, EOFError, ValueError, KeyError, AttributeError, NotImplementedError),
    # Of a whole file that is packed (deflated).
    zlib.error,
)
_TAGS = (
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Rows", "Columns", "PixelSpacing"),
    *("ImageOrientationPatient", "ImagePositionPatient", "NumberOfFrames", "SamplesPerPixel"),
)


def look_at_series(folder: Path) -> Look:
    """Look at the first, middle and last file of a folder: is it one DICOM series?"""
    try:
        files = candidates(folder)
        heads = [read_head(files[at]) for at in sorted({0, len(files) // 2, len(files) - 1})]
        check_one(heads)
    except DataFault as fault:
        return Look(fault=f"it is a folder, and {fault}")
    except OSError as error:
        return Look(damage=f"its files cannot be read ({error})")
    return Look()


def candidates(folder: Path) -> list[Path]:
    """Return the files of a folder that are to be DICOM, by name.

    Raises
    ------
    DataFault
        If there is none.
    """
    files = [
        path
        for path in parts_of(folder)
        if path.suffix.casefold() not in _BESIDE and path.name != "DICOMDIR"
    ]
    if not files:
        inner = sum(1 for path in folder.iterdir() if path.is_dir())
        raise DataFault(
            f"it holds {inner} folders and no file; give the folder of one DICOM series"
            if inner
            else "it is empty"
        )
    return files


def files_of(folder: Path, uid: str) -> list[Path]:
    """Return the files of one series, wherever they lie below a folder.

    Raises
    ------
    DataFault
        If there is none.
    """
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            head = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_SERIES)
        except (*_UNREADABLE, OSError):
            continue
        if head.get("SeriesInstanceUID") == uid:
            found.append(path)
    if not found:
        raise DataFault("the folder holds no file of the series that is named")
    return found


def read_head(path: Path) -> Dataset:
    """Read what says where a slice lies, and nothing of whom it shows.

    Raises
    ------
    DataFault
        If it is no DICOM file.
    """
    try:
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS))
    except _UNREADABLE as error:
        raise DataFault(
            f"{path.name} in it is no DICOM file, or damaged; a folder is read as one DICOM series"
        ) from error


def check_one(heads: Sequence[Dataset]) -> None:
    """Check that files are of one series of grey images.

    Raises
    ------
    DataFault
    """
    series = {head.get("SeriesInstanceUID") for head in heads}
    if len(series) > 1:
        raise DataFault(f"it holds {len(series)} DICOM series; give each a folder of its own")
    if any("Rows" not in head for head in heads):
        raise DataFault("its files are DICOM without images")
    if any(int(head.get("SamplesPerPixel") or 1) != 1 for head in heads):
        raise DataFault(COLOURS)
    if len({(head.Rows, head.Columns) for head in heads}) > 1:
        raise DataFault("its slices differ in size")
