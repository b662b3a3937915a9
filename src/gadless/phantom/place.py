"""Where a sequence finds the head, and maps of the head as it sees them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.phantom.fields import Array, Grid

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Position:
    """Where a sequence finds the head.

    Attributes
    ----------
    move : ndarray, (4, 4)
        World of the anatomy to world of the scanner, rigid.
    affine : ndarray, (4, 4)
        Voxel to world of the scanner.
    shape : tuple of int
    """

    move: Matrix
    affine: Matrix
    shape: tuple[int, int, int]


def resample(field: Array, grid: Grid, place: Position, order: Literal[1, 3]) -> Array:
    """Sample a map of the anatomy as a sequence sees it, by splines of `order`."""
    pull = np.linalg.inv(grid.affine) @ np.linalg.inv(place.move) @ place.affine
    seen = np.empty(place.shape, np.float32)
    ndimage.affine_transform(
        field,
        pull[:3, :3],
        pull[:3, 3],
        output_shape=place.shape,
        output=seen,
        order=order,
        prefilter=order > 1,
    )
    return seen


def resample_part(field: Array, grid: Grid, place: Position) -> Array:
    """Sample linearly a map of the anatomy that is 0 but for a small part of the head."""
    seen = np.zeros(place.shape, np.float32)
    box = ndimage.find_objects((field > 0).astype(np.int8))[0]
    push = np.linalg.inv(place.affine) @ place.move @ grid.affine
    corners = np.stack(np.meshgrid(*((part.start - 1, part.stop) for part in box)), axis=-1)
    around = corners.reshape(-1, 3) @ push[:3, :3].T + push[:3, 3]
    low = np.clip(np.floor(around.min(axis=0)).astype(int), 0, place.shape)
    high = np.clip(np.ceil(around.max(axis=0)).astype(int) + 1, 0, place.shape)
    if (low < high).all():
        affine = place.affine.copy()
        affine[:3, 3] += affine[:3, :3] @ low
        i, j, k = (int(n) for n in high - low)
        part = resample(field, grid, Position(place.move, affine, (i, j, k)), order=1)
        seen[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = part
    return seen
