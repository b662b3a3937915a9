"""True labels of an exam: is the mask this exam's own, what do its numbers mean, where does it lie.

A mask of another patient, on another grid or in another coding would be learnt without a word, so
each is held against the exam that it is said to belong to.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.filebasedimages import ImageFileError
from numpy.typing import NDArray
from scipy import ndimage

from gadless.errors import InputError
from gadless.files import read_json
from gadless.manifest import Manifest
from gadless.networks.exams import Affine, read_image

OURS: dict[int, int] = {0: 0, 1: 1, 2: 2, 3: 3}
"""The coding of this package: see `gadless.networks.segmenter.LABELS`."""

# Furthest that corners of two grids lie apart which are one grid (headers are rounded), mm.
SAME_GRID_MM = 0.1
# Least share of a mask's voxels within the brain. Of eight real exams' own masks all lie inside.
WITHIN_BRAIN = 0.8
# The mean enhancement of a mask's enhancing tumour exceeds this percentile of all other brain's:
# so in 6 of 6 real exams with enhancing tumour, with a stranger's mask of the same grid in 1 of 30,
# and with the necrotic core taken for it (another coding) in none.
ENHANCES_PERCENTILE = 90
SMALLEST_VOXELS = 20
_TRIED_VOXELS = 20_000


def read_truth(
    mask: Path,
    coding: Mapping[int, int],
    exam: Manifest,
    brain: NDArray[np.bool_],
    affine: Affine,
) -> NDArray[np.uint8]:
    """Read a mask, hold it against its exam, and bring it to the grid of the preprocessed images.

    Parameters
    ----------
    mask : Path
        On the grid of one of the visit's scans, as that file states it.
    coding : mapping of int to int
        The mask's numbers to ours (`OURS`); 0 is background in both.
    exam : Manifest
        Of stage ``preprocess``.
    brain : array of bool
    affine : array (4, 4)
        Of the preprocessed images.

    Raises
    ------
    InputError
        If the mask cannot be read, holds a number that the coding does not name, lies on no grid of
        the exam, or outside its brain.
    """
    where = f"training: patient {exam.patient}, visit {exam.visit}: {mask}"
    values, native = _read(mask, where)
    sequence = _grid_of(values.shape, native, exam, where)
    labels = _recoded(values, coding, where)
    to_native = np.array(sequence["common_to_native"])
    _check_overlap(labels, np.linalg.inv(to_native) @ native, brain, affine, where)
    return labels_on_grid(labels, np.linalg.inv(native) @ to_native @ affine, brain.shape)


def doubt(
    labels: NDArray[np.uint8], subtraction: NDArray[np.float32], brain: NDArray[np.bool_]
) -> str | None:
    """Say why labels cannot be this exam's: what they call enhancing does not; None if it does."""
    enhancing = (labels == 1) & brain
    if enhancing.sum() < SMALLEST_VOXELS:
        return None
    found = float(subtraction[enhancing].mean())
    needed = float(np.percentile(subtraction[brain & ~enhancing], ENHANCES_PERCENTILE))
    if found > needed:
        return None
    return (
        f"what it calls enhancing tumour does not enhance: {found:.2f} of the T1's brain median on "
        f"average, where a tenth of the other brain has over {needed:.2f}; another patient's mask, "
        "or another coding?"
    )


def labels_on_grid(
    labels: NDArray[np.uint8], matrix: Affine, shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Bring labels to another grid.

    Each label is interpolated on its own and the largest wins: nearest neighbour would move
    outlines by up to half a voxel.

    Parameters
    ----------
    labels : array of uint8
    matrix : array (4, 4)
        From voxels of the new grid to those of `labels`.
    shape : tuple of int
        Of the new grid.
    """
    moved = np.zeros(shape, np.uint8)
    best = np.full(shape, 0.5, np.float32)
    for label in (1, 2, 3):
        share = ndimage.affine_transform(
            (labels == label).astype(np.float32),
            matrix[:3, :3],
            matrix[:3, 3],
            output_shape=shape,
            order=1,
        )
        wins = share > best if label == 1 else share >= best
        moved[wins] = label
        best = np.maximum(best, share)
    return moved


def _read(mask: Path, where: str) -> tuple[NDArray[np.float32], Affine]:
    if not mask.is_file():
        raise InputError(f"{where}: no such file; correct the path, or leave the cell empty")
    try:
        return read_image(mask)
    except (ImageFileError, OSError, EOFError, ValueError) as fault:
        raise InputError(f"{where}: cannot be read as an image ({fault})") from None


def _grid_of(shape: tuple[int, ...], native: Affine, exam: Manifest, where: str) -> dict[str, Any]:
    """Find the scan on whose grid the mask lies; the T1 first."""
    sequences = read_json(exam.path("transforms"))["sequences"]
    for name in sorted(sequences, key=lambda name: name != "t1"):
        known = sequences[name]
        if list(shape) == list(known["shape"]) and _same(native, known["affine"], shape):
            return dict(known)
    grids = ", ".join(f"{name} {tuple(known['shape'])}" for name, known in sequences.items())
    raise InputError(
        f"{where}: the mask's grid {tuple(shape)} is that of no scan of this visit ({grids}), or "
        "lies elsewhere; is it another exam's? Give it on the grid of the visit's T1"
    )


def _same(one: Affine, other: Any, shape: tuple[int, ...]) -> bool:
    corners = np.array(np.meshgrid(*((0, n - 1) for n in shape), [1])).reshape(4, -1)
    return bool(np.abs((one - np.array(other)) @ corners).max() < SAME_GRID_MM)


def _recoded(
    values: NDArray[np.float32], coding: Mapping[int, int], where: str
) -> NDArray[np.uint8]:
    found = np.unique(values)
    known = {0: 0, **coding}
    strange = [f"{value:g}" for value in found if value not in known]
    if strange:
        raise InputError(
            f"{where}: holds {', '.join(strange[:8])}, but its coding names "
            f"{', '.join(map(str, sorted(known)))}; name the right coding in the configuration"
        )
    labels = np.zeros(values.shape, np.uint8)
    for number, label in known.items():
        labels[values == number] = label
    return labels


def _check_overlap(
    labels: NDArray[np.uint8],
    to_common: Affine,
    brain: NDArray[np.bool_],
    affine: Affine,
    where: str,
) -> None:
    """Refuse a mask of which much lies outside the brain."""
    voxels = np.flatnonzero(labels)
    if voxels.size == 0:
        return
    voxels = voxels[:: max(1, voxels.size // _TRIED_VOXELS)]
    index = np.array(np.unravel_index(voxels, labels.shape))
    matrix = np.linalg.inv(affine) @ to_common
    seen = np.round(matrix[:3, :3] @ index + matrix[:3, 3:]).astype(int)
    inside = (seen >= 0).all(axis=0) & (seen < np.array(brain.shape)[:, None]).all(axis=0)
    share = brain[tuple(seen[:, inside])].sum() / voxels.size
    if share < WITHIN_BRAIN:
        raise InputError(
            f"{where}: {1 - share:.0%} of the mask lies outside the brain; is it another exam's?"
        )
