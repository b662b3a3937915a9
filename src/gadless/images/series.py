"""A folder that holds one DICOM series: its slices put in order, or what keeps them from being one.

pydicom reads the headers, SimpleITK (GDCM) the voxels, with each slice's own scale.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info

from gadless.errors import DataFault
from gadless.images.header import size_fault, spacing_damage
from gadless.images.heads import candidates, check_one, files_of, read_head
from gadless.images.packed import is_packed, unpacked
from gadless.images.volume import Grid, Matrix

# Scanners write positions to a few digits: a slice is where it is to be within this share of their
# distance; a stack of which each lies farther to one side was taken with a tilted gantry.
_GAP, _TILT = 0.05, 0.02
_ONE_DIRECTION = 1e-3


@dataclass(frozen=True)
class Series:
    """The slices of one series, in order.

    Attributes
    ----------
    files : tuple of Path
        A file a slice; one for all where it is multi-frame.
    grid : Grid
        Index (column, row, slice) to RAS millimetres.
    """

    files: tuple[Path, ...]
    grid: Grid

    @property
    def is_multiframe(self) -> bool:
        """Whether one file holds all slices."""
        return len(self.files) == 1


def find_series(folder: Path, uid: str | None = None) -> Series:
    """Read all headers of a folder and put its slices in order.

    Parameters
    ----------
    folder : Path
    uid : str, optional
        SeriesInstanceUID of the one series to be taken; then the folder may hold others, in folders
        of their own or not, and files that are no DICOM.

    Raises
    ------
    DataFault
        If it is no series of one volume: several series, orientations or images at one place,
        slices that are missing, a tilted gantry, files that are no DICOM.
    """
    files = candidates(folder) if uid is None else files_of(folder, uid)
    heads = [read_head(path) for path in files]
    check_one(heads)
    if int(heads[0].get("NumberOfFrames") or 1) > 1:
        if len(files) > 1:
            raise DataFault(f"holds {len(files)} multi-frame files; give each a folder of its own")
        return Series(tuple(files), _multiframe_grid(files[0]))
    if any("ImagePositionPatient" not in head for head in heads):
        raise DataFault("its slices do not state where they lie")
    return _ordered(files, heads)


def read_series(folder: Path) -> tuple[NDArray[np.float32], Matrix, bool]:
    """Read the voxels of a series.

    Returns
    -------
    data : ndarray of float32, (column, row, slice)
    affine : ndarray, (4, 4)
    oriented : bool
        True: DICOM states where an image lies.

    Raises
    ------
    DataFault
        See `find_series`; or if its voxels cannot be read.
    """
    series = find_series(folder)
    try:
        data = _multiframe(series.files[0]) if series.is_multiframe else _slices(series.files)
    except (RuntimeError, ValueError, AttributeError, KeyError, NotImplementedError) as error:
        raise DataFault("its voxels cannot be read: a file is truncated, or packed in a way that"
                        " is not known; convert it with dcm2niix") from error  # fmt: skip
    if data.shape != series.grid.shape:
        raise DataFault("its slices differ in size")
    return data, series.grid.affine, True


def _ordered(files: Sequence[Path], heads: Sequence[Dataset]) -> Series:
    directions = np.array([_numbers(head, "ImageOrientationPatient", 6) for head in heads])
    if np.abs(directions - directions[0]).max() > _ONE_DIRECTION:
        raise DataFault("its slices have several orientations (a scout?)")
    spacings = np.array([_numbers(head, "PixelSpacing", 2) for head in heads])
    if np.ptp(spacings, axis=0).max() > _ONE_DIRECTION:
        raise DataFault("its slices differ in the size of their pixels")
    across, down = directions[0, :3], directions[0, 3:]
    normal = np.cross(across, down)
    places = np.array([_numbers(head, "ImagePositionPatient", 3) for head in heads])
    order = np.argsort(places @ normal, kind="stable")
    places, depths = places[order], (places @ normal)[order]
    _check_places(places, depths, normal)
    count = len(files)
    step = (places[-1] - places[0]) / (count - 1)
    lps = np.eye(4)
    lps[:3, 0], lps[:3, 1] = across * spacings[0, 1], down * spacings[0, 0]
    lps[:3, 2], lps[:3, 3] = step, places[0]
    grid = Grid(
        (int(heads[0].Columns), int(heads[0].Rows), count), np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps
    )
    wrong = size_fault(grid.shape) or spacing_damage(grid.spacing.tolist())
    if wrong is not None:
        raise DataFault(wrong)
    return Series(tuple(files[at] for at in order), grid)


def _check_places(places: Matrix, depths: Matrix, normal: Matrix) -> None:
    count = len(depths)
    if count < 2:
        raise DataFault("it holds a single slice")
    steps = np.diff(depths)
    usual = float(np.median(steps[steps > 1e-3])) if (steps > 1e-3).any() else 0.0
    if not usual or (steps < 0.1 * usual).any():
        most = Counter(np.round(depths, 2).tolist()).most_common(1)[0][1]
        raise DataFault(
            f"it holds up to {max(most, 2)} slices at one place (echoes, times, or parts of a"
            " complex image); give the folder of one volume"
        )
    off = np.abs(steps - usual) > _GAP * usual
    if off.any():
        missing = int(np.rint(steps[off] / usual - 1).sum())
        said = f"{missing} slices are missing" if missing > 0 else "its slices are unevenly spaced"
        raise DataFault(f"{said} ({usual:g} mm apart, once {steps[off].max():g} mm)")
    aside = (places[-1] - places[0]) - normal * (depths[-1] - depths[0])
    if np.linalg.norm(aside) > _TILT * (depths[-1] - depths[0]):
        raise DataFault("its slices are shifted against each other (gantry tilt); convert it with"
                        " dcm2niix, which straightens it")  # fmt: skip


def _numbers(head: Dataset, name: str, count: int) -> list[float]:
    values: Any = head.get(name)
    if values is None or len(values) != count:
        raise DataFault(f"a slice states no {name}")
    return [float(value) for value in values]


def _slices(files: Sequence[Path]) -> NDArray[np.float32]:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in files])
    reader.SetOutputPixelType(sitk.sitkFloat32)
    reader.SetGlobalWarningDisplay(False)
    return np.ascontiguousarray(sitk.GetArrayFromImage(reader.Execute()).transpose(2, 1, 0))


def _multiframe_grid(path: Path) -> Grid:
    try:
        volume = _opened(path, lazy=True).get_volume_geometry()
    except (RuntimeError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise DataFault(
            "its frames state no place in one volume, or its bytes run in an old order; convert it"
            " with `gadless sheets --dicom`"
        ) from error
    if volume is None:
        raise DataFault("its frames are no evenly spaced stack (slices missing, tilted, or several"
                        " images at one place); convert it with dcm2niix")  # fmt: skip
    frames, rows, columns = volume.spatial_shape
    # highdicom counts slice, row, column, in LPS.
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    grid = Grid((columns, rows, frames), affine[:, [2, 1, 0, 3]])
    wrong = size_fault(grid.shape) or spacing_damage(grid.spacing.tolist())
    if wrong is not None:
        raise DataFault(wrong)
    return grid


def _multiframe(path: Path) -> NDArray[np.float32]:
    volume = _opened(path).get_volume(dtype=np.float32, apply_real_world_transform=False)
    return np.ascontiguousarray(volume.array.transpose(2, 1, 0))


def _opened(path: Path, *, lazy: bool = False) -> highdicom.Image:
    syntax = read_file_meta_info(path).get("TransferSyntaxUID")
    if not is_packed(syntax):
        return highdicom.imread(path, lazy_frame_retrieval=lazy)
    data = pydicom.dcmread(path)
    # highdicom reads few encodings; where frames lie is known without their voxels.
    return highdicom.Image.from_dataset(data if lazy else unpacked(data), copy=False)
