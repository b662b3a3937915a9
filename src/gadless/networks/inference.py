"""Whole-volume inference on an exam's own grid."""

import logging
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from gadless.networks.backbone import ResidualUNet
from gadless.networks.device import choose_device, describe
from gadless.networks.header import Metadata

# Voxels of background around the brain that the network sees, as it did in training.
MARGIN = 4

# Grids whose spacing differs by less are one grid.
SAME_SPACING = 1e-3

logger = logging.getLogger(__name__)

Volume = NDArray[np.float32]


def predict(
    module: ResidualUNet,
    metadata: Metadata,
    images: Mapping[str, Volume],
    spacing_mm: float,
) -> Volume:
    """Run a network over one exam.

    The whole brain goes through in one piece: no tiles, no seams, and what comes out depends on
    this exam alone. An exam on another grid is resampled to the network's and the result back.

    Parameters
    ----------
    module, metadata
        As `gadless.networks.weights.load` gives them.
    images : dict of str to array (X, Y, Z)
        Preprocessed images under the names in ``metadata.inputs``; 0 outside the brain.
    spacing_mm : float
        Isotropic voxel of these images.

    Returns
    -------
    array (outputs, X, Y, Z) of float32
        0 where the network had nothing to see: far outside the brain.
    """
    stacked = np.stack([np.asarray(images[name], np.float32) for name in metadata.inputs])
    grid = stacked.shape[1:]
    resampled = abs(spacing_mm - metadata.spacing_mm) > SAME_SPACING
    if resampled:
        ratio = metadata.spacing_mm / spacing_mm
        stacked = resample(stacked, tuple(max(1, round(n / ratio)) for n in grid), ratio)
    output = _run(module, stacked)
    return resample(output, grid, 1 / ratio) if resampled else output


def _run(module: ResidualUNet, stacked: Volume) -> Volume:
    """Crop to the brain, pad to what the network divides by, run, and put back."""
    device = choose_device()
    logger.info("%s runs on %s", type(module).__name__, describe(device))
    outputs = module.head.out_channels
    result = np.zeros((outputs, *stacked.shape[1:]), np.float32)
    box = brain_box(stacked, MARGIN)
    cropped = stacked[(slice(None), *box)]
    if cropped.size == 0:
        return result
    padding = [(0, 0), *((0, -n % module.multiple) for n in cropped.shape[1:])]
    batch = torch.from_numpy(np.pad(cropped, padding))[None].to(device)
    # TF32 and the choice of algorithm by timing would make a GPU's results vary.
    with (
        torch.inference_mode(),
        torch.backends.cudnn.flags(deterministic=True, benchmark=False, allow_tf32=False),
    ):
        scores = module.to(device).eval()(batch)[0].float().cpu().numpy()
    result[(slice(None), *box)] = scores[(slice(None), *(slice(0, n) for n in cropped.shape[1:]))]
    return result


def brain_box(stacked: Volume, margin: int) -> tuple[slice, slice, slice]:
    """Smallest box around what is not 0 in any channel, and a margin; empty if all is 0.

    Parameters
    ----------
    stacked : array (channels, X, Y, Z)
    margin : int
        In voxels, cut at the image's border.
    """
    inside = (stacked != 0).any(axis=0)
    sides = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        where = np.flatnonzero(inside.any(axis=others))
        if where.size == 0:
            return slice(0, 0), slice(0, 0), slice(0, 0)
        stop = min(int(where[-1]) + 1 + margin, inside.shape[axis])
        sides.append(slice(max(int(where[0]) - margin, 0), stop))
    return sides[0], sides[1], sides[2]


def resample(stacked: Volume, grid: tuple[int, ...], ratio: float) -> Volume:
    """Resample to a grid that shares the outer corner of the first voxel.

    Linear interpolation when voxels shrink. When they grow, the triangle is as wide as the new
    voxel, so that what is too fine for the new grid is averaged and not aliased.

    Parameters
    ----------
    stacked : array (channels, X, Y, Z)
    grid : tuple of int
        Shape of the new grid.
    ratio : float
        New voxel size over the old one.
    """
    for axis, size in enumerate(grid, start=1):
        weights = _triangles(stacked.shape[axis], size, ratio)
        stacked = np.moveaxis(np.tensordot(weights, stacked, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(stacked, dtype=np.float32)


def _triangles(old: int, new: int, ratio: float) -> Volume:
    """Weights (new, old) of one axis; each row sums to 1."""
    centres = (np.arange(new) + 0.5) * ratio - 0.5
    distance = np.abs(centres[:, None] - np.arange(old)[None, :]) / max(1.0, ratio)
    weights = np.clip(1 - distance, 0, None)
    # Beyond the last old centre the nearest voxel holds.
    empty = weights.sum(axis=1) == 0
    weights[empty, np.clip(np.round(centres[empty]), 0, old - 1).astype(int)] = 1
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
