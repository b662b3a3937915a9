"""Read one scan and say in words what is wrong with it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.intensity import Intensity, finite_within, intensity_of
from gadless.images.placing import Placing
from gadless.images.stored import read_stored
from gadless.images.volume import Grid, Volume
from gadless.nifti import nibabel

SMALLEST_EDGE_VOXELS = 8
LARGEST_VOXEL_MM = 12.0
# Of the voxels that an image is known again by, along each axis.
_EVERY = 3
SMALLEST_EXTENT_MM = 60.0
_LARGEST_EXTENT_MM = 400.0
_UNITS_MM = {"centimetres": 10.0, "inches": 25.4}
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
    intensity : Intensity
        Of the numbers as they are stored.
    placing : Placing or None
        What the header says of the image's place.
    voxels : str
        Digest of what is seen, whatever the header, the format, the type of number and its scale.
    """

    volume: Volume
    native: Grid
    oriented: bool
    spikes: int
    intensity: Intensity
    placing: Placing | None = None
    voxels: str = ""


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
        stored = read_stored(path, picture=True)
        data, affine = stored.data, stored.affine
        native = Grid((data.shape[0], data.shape[1], data.shape[2]), affine, stored.code)
        _check_axes(native)
        _check_extent(native)
        data, outside = finite_within(data, affine)
        _check_values(data)
    except DataFault as fault:
        raise DataFault(f"{title}: {fault}") from fault.__cause__
    canonical = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, affine))
    values = np.asarray(canonical.dataobj, dtype=np.float32)
    voxels = _order_of(values)
    values, spikes = _cut_spikes(values)
    volume = Volume(values, np.asarray(canonical.affine, float))
    intensity = intensity_of(data, outside)
    return Scan(volume, native, stored.oriented, spikes, intensity, stored.placing, voxels)


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
        stored = read_stored(path)
        data, affine = stored.data, stored.affine
        _check_axes(Grid((data.shape[0], data.shape[1], data.shape[2]), affine))
    except DataFault as fault:
        raise DataFault(f"{title}: {fault}") from fault.__cause__
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, affine))
    values = np.asarray(turned.dataobj, dtype=np.float32)
    return Plain(Volume(values, np.asarray(turned.affine, float)), stored.oriented)


def _order_of(values: NDArray[np.float32]) -> str:
    """Digest which voxels are brighter than which: a scale, or another type, does not change it."""
    part = values[::_EVERY, ::_EVERY, ::_EVERY]
    _, order = np.unique(part, return_inverse=True)
    content = order.astype(np.int32).tobytes()
    return hashlib.blake2b(f"{values.shape}".encode() + content, digest_size=16).hexdigest()


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
        units = (unit for unit, mm in _UNITS_MM.items() if _is_head(extent * mm))
        asked = "".join(f"; does its header count in {unit}?" for unit in [*units][:1])
        raise DataFault(f"field of view of {size} mm does not hold a head{asked}")


def _is_head(extent: NDArray[np.floating[Any]]) -> bool:
    return bool(extent.min() >= SMALLEST_EXTENT_MM and extent.max() <= _LARGEST_EXTENT_MM)


def _check_values(data: NDArray[np.float32]) -> None:
    if not data.any():
        raise DataFault("image is empty (all voxels are zero)")
    if data.min() == data.max():
        raise DataFault("image is constant")
    if data.max() <= 0:
        raise DataFault("no voxel lies above zero; give the image as the scanner made it")


def _cut_spikes(data: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    signal = data[data > 0]
    if signal.size == 0:
        return data, 0
    ceiling = SPIKE_FACTOR * np.percentile(signal, SPIKE_PERCENTILE)
    spikes = int(np.count_nonzero(data > ceiling))
    return (np.minimum(data, np.float32(ceiling)) if spikes else data), spikes
