"""Read one scan and say in words what is wrong with it."""

import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.header import MOST_VOXELS
from gadless.images.volume import Grid, Matrix, Volume

SMALLEST_EDGE_VOXELS = 8
LARGEST_VOXEL_MM = 12.0
SMALLEST_EXTENT_MM = 60.0
# Brightest fat, vessels and fluid reach some four times the median of the head; a ceiling of three
# times the 99.9th percentile leaves them alone and takes the force out of a stray spike.
SPIKE_PERCENTILE, SPIKE_FACTOR = 99.9, 3.0


@dataclass(frozen=True)
class Scan:
    """A checked scan.

    Attributes
    ----------
    volume : Volume
        In the canonical axis order nearest to RAS, spikes cut off.
    native : Grid
        The grid of the file as it is stored.
    oriented : bool
        Whether the header states where the image lies (``sform`` or ``qform``).
    spikes : int
        Voxels whose value was cut to the ceiling.
    """

    volume: Volume
    native: Grid
    oriented: bool
    spikes: int


def read_scan(path: Path, title: str) -> Scan:
    """Read a NIfTI file and check it.

    Parameters
    ----------
    path : Path
    title : str
        Of the sequence; opens the message.

    Raises
    ------
    DataFault
        If the file is missing, corrupt, truncated, not a plain 3D image, or holds no usable
        picture.
    """
    try:
        data, affine, oriented = _load(path)
        native = Grid((data.shape[0], data.shape[1], data.shape[2]), affine)
        _check_axes(native)
        _check_extent(native)
        _check_values(data)
    except DataFault as fault:
        raise DataFault(f"{title}: {fault}") from fault.__cause__
    stored = nibabel.Nifti1Image(data, affine)
    canonical = nibabel.as_closest_canonical(stored)
    values = np.asarray(canonical.dataobj, dtype=np.float32)
    values, spikes = _cut_spikes(values)
    return Scan(Volume(values, np.asarray(canonical.affine, float)), native, oriented, spikes)


@dataclass(frozen=True)
class Plain:
    """An image of which nothing is asked but that it is one, in 3D, and lies somewhere.

    Attributes
    ----------
    volume : Volume
        In the canonical axis order nearest to RAS.
    oriented : bool
        Whether the header states where the image lies (``sform`` or ``qform``).
    """

    volume: Volume
    oriented: bool


def read_plain(path: Path, title: str) -> Plain:
    """Read a mask or a map, whose values may be anything, and which may be cut to what it shows.

    Raises
    ------
    DataFault
        If the file is missing, corrupt, truncated, not 3D or lies nowhere; opens with `title`.
    """
    try:
        data, affine, oriented = _load(path)
        _check_axes(Grid((data.shape[0], data.shape[1], data.shape[2]), affine))
    except DataFault as fault:
        raise DataFault(f"{title}: {fault}") from fault.__cause__
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, affine))
    values = np.asarray(turned.dataobj, dtype=np.float32)
    return Plain(Volume(values, np.asarray(turned.affine, float)), oriented)


def _load(path: Path) -> tuple[NDArray[np.float32], Matrix, bool]:
    if not path.is_file():
        raise DataFault("file does not exist")
    try:
        image = nibabel.Nifti1Image.from_filename(path)
        shape = image.shape
        if image.get_data_dtype().fields or np.issubdtype(
            image.get_data_dtype(), np.complexfloating
        ):
            raise DataFault("voxels are colours or complex numbers, not one value each")
        while len(shape) > 3 and shape[-1] == 1:
            shape = shape[:-1]
        if len(shape) != 3:
            raise DataFault(
                f"file is {len(shape)}D, {' x '.join(map(str, shape))}; give one 3D image"
            )
        # Asked before any voxel is read: a few MB may unpack to more than the memory holds.
        if math.prod(shape) > MOST_VOXELS:
            raise DataFault(f"{' x '.join(map(str, shape))} voxels are more than any head has")
        data = np.asanyarray(image.dataobj).reshape(shape).astype(np.float32)
    except (EOFError, zlib.error) as error:
        raise DataFault("file is truncated") from error
    except (ImageFileError, HeaderDataError, WrapStructError) as error:
        raise DataFault("file is no readable NIfTI image") from error
    except (OSError, ValueError, ArithmeticError, MemoryError) as error:
        # nibabel tells a short file apart only in its words; gzip raises BadGzipFile, an OSError.
        short = "could the file be damaged" in str(error) or "Expected" in str(error)
        raise DataFault("file is truncated" if short else "file is corrupt") from error
    header = image.header
    oriented = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    return data, np.asarray(image.affine, dtype=float), oriented


def _check_axes(grid: Grid) -> None:
    axes = grid.affine[:3, :3]
    if not np.isfinite(grid.affine).all() or abs(np.linalg.det(axes)) < 1e-6:
        raise DataFault("header gives no valid voxel positions (affine is singular)")
    directions = axes / grid.spacing
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-2:
        raise DataFault("image axes are not perpendicular (sheared affine); resample it first")
    if grid.spacing.max() > LARGEST_VOXEL_MM:
        raise DataFault(f"voxels of {grid.spacing.max():.1f} mm are too coarse")


def _check_extent(grid: Grid) -> None:
    extent = grid.spacing * grid.shape
    if min(grid.shape) < SMALLEST_EDGE_VOXELS or extent.min() < SMALLEST_EXTENT_MM:
        size = " x ".join(f"{edge:.0f}" for edge in extent)
        raise DataFault(f"field of view of {size} mm does not hold a head")


def _check_values(data: NDArray[np.float32]) -> None:
    unusable = int(data.size - np.count_nonzero(np.isfinite(data)))
    if unusable:
        raise DataFault(f"{unusable} voxels are NaN or infinite")
    if not data.any():
        raise DataFault("image is empty (all voxels are zero)")
    if data.min() == data.max():
        raise DataFault("image is constant")


def _cut_spikes(data: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    signal = data[data > 0]
    if signal.size == 0:
        return data, 0
    ceiling = SPIKE_FACTOR * np.percentile(signal, SPIKE_PERCENTILE)
    spikes = int(np.count_nonzero(data > ceiling))
    return (np.minimum(data, np.float32(ceiling)) if spikes else data), spikes
