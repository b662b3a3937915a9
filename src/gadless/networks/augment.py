"""What may happen to an exam before a network learns from it: place, contrast, level, faults.

Every sequence keeps its relation to the others within the ranges that scanners and preprocessing
leave: the level of T1, T2 and FLAIR is all that tells a generator what enhances.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

# A tumour enhances more or less with dose, delay and field strength; scanners differ in contrast.
DOSE = (0.7, 1.4)
GAIN = (0.85, 1.15)
GAMMA = (0.75, 1.35)
NOISE = 0.06
BLUR_VOXELS = 0.9

# Share of patches that are turned and scaled, and by how much at most.
TURNED, TURN_DEGREES, SCALE = 0.35, 20.0, (0.85, 1.2)
# Share of patches of which a side is missing, as in a field of view that ends within the brain.
CUT_OFF = 0.08
# Share of images with each fault, and its largest size: log receive field, noise (share of the
# brain's median), slices (sd in voxels, along one axis).
FAULTY, FIELD, GRAIN, SLICE = 0.25, 0.15, 0.10, 1.4

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """How a patch is looked at: the linear part of voxel to voxel of the exam; None: as it is."""

    matrix: NDArray[np.float64] | None = None


def draw_view(rng: np.random.Generator) -> View:
    """Draw a rotation and a scale, or none."""
    if rng.random() >= TURNED:
        return View()
    degrees = rng.uniform(-TURN_DEGREES, TURN_DEGREES, 3)
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    return View(turn * rng.uniform(*SCALE))


def cut(
    images: NDArray[np.floating],
    brain: Mask,
    labels: NDArray[np.uint8],
    centre: NDArray[np.integer],
    edge: int,
    view: View,
) -> tuple[NDArray[np.float32], Mask, NDArray[np.uint8]]:
    """Cut a cube out of an exam; an exam that is smaller is padded at its far side.

    Parameters
    ----------
    images : array (channels, X, Y, Z)
    brain, labels : array (X, Y, Z)
    centre : array of int, (3,)
    edge : int
        Of the cube, in voxels.
    view : View
    """
    start = [
        int(min(max(middle - edge // 2, 0), max(size - edge, 0)))
        for middle, size in zip(centre, brain.shape, strict=True)
    ]
    if view.matrix is None:
        box = tuple(slice(first, first + edge) for first in start)
        padding = [(0, edge - size) for size in brain[box].shape]
        whole = np.pad(images[(slice(None), *box)].astype(np.float32), [(0, 0), *padding])
        return whole, np.pad(brain[box], padding), np.pad(labels[box], padding)
    middle = np.array(start) + (edge - 1) / 2
    # No more of the exam is read than the turned cube can reach.
    reach = np.ceil(np.abs(view.matrix).sum(axis=1) * edge / 2).astype(int) + 2
    low = np.maximum(np.floor(middle).astype(int) - reach, 0)
    high = np.minimum(np.ceil(middle).astype(int) + reach, brain.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    offset = middle - low - view.matrix @ np.full(3, (edge - 1) / 2)
    matrix = view.matrix

    def turned(values: NDArray, order: Literal[0, 1]) -> NDArray:
        return _turned(values, matrix, offset, edge, order)

    inside = turned(brain[box].astype(np.uint8), 0) > 0
    seen = [turned(np.asarray(one[box], np.float32), 1) * inside for one in images]
    return np.stack(seen), inside, turned(np.asarray(labels[box]), 0) * inside


def _turned(
    values: NDArray, matrix: NDArray, offset: NDArray, edge: int, order: Literal[0, 1]
) -> NDArray:
    shape = (edge, edge, edge)
    return np.asarray(ndimage.affine_transform(values, matrix, offset, shape, order=order))


def draw_half(shape: tuple[int, ...], rng: np.random.Generator) -> Mask:
    """Draw what a field of view that ends here still holds: a slab's one side."""
    axis = int(rng.integers(3))
    end = int(rng.uniform(0.3, 0.8) * shape[axis])
    kept = np.zeros(shape, np.bool_)
    kept[tuple(slice(0, end) if i == axis else slice(None) for i in range(3))] = True
    return np.flip(kept, axis) if rng.random() < 0.5 else kept


def vary_contrast(
    subtraction: NDArray[np.float32], brain: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Give a subtraction map another dose, half the time blur, and half the time noise."""
    varied = subtraction * rng.uniform(*DOSE)
    if rng.random() < 0.5:
        varied = ndimage.gaussian_filter(varied, rng.uniform(0, BLUR_VOXELS), truncate=3)
    if rng.random() < 0.5:
        varied = varied + rng.normal(0, rng.uniform(0, NOISE), varied.shape)
    return (varied * brain).astype(np.float32)


def vary_intensity(
    images: dict[str, NDArray[np.float32]],
    rng: np.random.Generator,
    tied: Collection[str] = (),
    signed: Collection[str] = (),
) -> dict[str, NDArray[np.float32]]:
    """Give each image a gain and a gamma of its own; background stays 0 and the median near 1.

    Parameters
    ----------
    images : dict of str to array
    rng : Generator
    tied : collection of str
        Images that share one gain and gamma, because their difference has a meaning.
    signed : collection of str
        Images that may be negative: these get a gain alone.
    """
    shared = (rng.uniform(*GAIN), rng.uniform(*GAMMA))
    varied = {}
    for name, image in images.items():
        gain, gamma = shared if name in tied else (rng.uniform(*GAIN), rng.uniform(*GAMMA))
        bent = image if name in signed else np.maximum(image, 0) ** gamma
        varied[name] = (gain * bent).astype(np.float32)
    return varied


def spoil(
    images: dict[str, NDArray[np.float32]], brain: Mask, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Give each image, now and then, a receive field, noise, and thick slices."""
    return {name: _spoilt(image, brain, rng) for name, image in images.items()}


def _spoilt(
    image: NDArray[np.float32], brain: Mask, rng: np.random.Generator
) -> NDArray[np.float32]:
    field, grain, slices = rng.random(3) < FAULTY
    if slices:
        image = ndimage.gaussian_filter1d(image, rng.uniform(0.3, SLICE), int(rng.integers(3)))
    if field:
        image = image * receive_field(image.shape, rng.uniform(0, FIELD), rng)
    if grain:
        image = image + rng.uniform(0, GRAIN) * rng.standard_normal(image.shape, np.float32)
    return np.asarray(image * brain, dtype=np.float32)


def receive_field(
    shape: tuple[int, ...], sd: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return a smooth field of about a log standard deviation: the exponential of a plane wave."""
    grids = np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij", sparse=True)
    phase = sum(weight * grid for weight, grid in zip(rng.normal(size=3), grids, strict=True))
    return np.asarray(np.exp(sd * np.sin(phase + rng.uniform(0, 2 * np.pi))), dtype=np.float32)
