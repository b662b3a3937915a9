"""A brain mask without a network: the template's, carried over and drawn in to the tissue.

The template has no skull, and a fit of a bare brain to a head finds the head's outline instead. It
is therefore dressed: a dark gap where skull is, a bright shell where scalp is.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from gadless.images.alignment import prepared
from gadless.images.head import head_mask, largest_piece, without_holes
from gadless.images.registration import (
    mask_on_grid,
    register_affine,
    register_rigid,
    working_copy,
)
from gadless.images.space import template
from gadless.images.volume import Grid, Mask, Matrix, Volume, moved

# Share of voxels that the registration looks at.
SAMPLING = 0.05
# Middle and half-width of the scalp's shell, from the brain's closed outline, mm; how bright it is,
# as a share of bright tissue (fat, on a T1).
SCALP_MM, SCALP_HALF_MM, SCALP_LEVEL = 12.0, 5.0, 1.1
CLOSING_MM, REACH_MM = 12.0, 18.0
# Below this height over the brain stem's end there is a neck, and no shell.
STEM_MM = 10.0
# Tissue of the brain, in medians of its core; skull and fluid are darker, fat is brighter.
TISSUE = (0.45, 1.6)
# How deep the core lies; how far the brain may reach beyond the carried mask; the widest bridge to
# the scalp that is cut; the widest fold of fluid that belongs to the brain.
CORE_MM, BEYOND_MM, BRIDGE_MM, FOLD_MM = 12.0, 4.0, 4.0, 6.0


def brain_by_atlas(scan: Volume, seed: int) -> Mask:
    """Return the brain of a T1 with skull: affine registration, then tissue.

    Parameters
    ----------
    scan : Volume
        Axes canonical (RAS).
    seed : int
        Of the registration's sampling.

    Returns
    -------
    ndarray of bool
        On the scan's grid; empty where no tissue is found.
    """
    fixed, brain, region = _dressed()
    moving = prepared(scan)
    first = np.eye(4)
    first[:3, 3] = _top_of_head(moving) - _top_of_head(fixed)
    rigid = register_rigid(fixed, region, moving, first, sampling=SAMPLING, seed=seed)
    affine = register_affine(fixed, region, moving, rigid, sampling=SAMPLING, seed=seed)
    carried = mask_on_grid(brain, fixed.grid, moving.grid, np.linalg.inv(affine))
    found = _drawn_in(moving, carried)
    return mask_on_grid(found, moving.grid, scan.grid, np.eye(4))


@cache
def _dressed() -> tuple[Volume, Mask, Mask]:
    """Return the template with skull and scalp, its brain, and what is compared."""
    bare, brain = template()
    pad = int(np.ceil(REACH_MM)) + 6
    affine = bare.affine.copy()
    affine[:3, 3] = moved(bare.affine, -np.full(3, pad))
    image = working_copy(Volume(np.pad(bare.data, pad), affine))
    padded = np.pad(brain, pad)
    small = mask_on_grid(padded, Grid(padded.shape, affine), image.grid, np.eye(4))
    spacing = image.grid.spacing
    out = _distance(~_closed(small, CLOSING_MM, spacing), spacing)
    level = SCALP_LEVEL * float(np.percentile(image.data[small], 90))
    shell = level * np.clip(1 - np.abs(out - SCALP_MM) / SCALP_HALF_MM, 0, 1)
    data = np.where(small, image.data, 0) + np.where(out > 0, shell, 0)
    height = moved(image.affine, np.indices(small.shape).transpose(1, 2, 3, 0))[..., 2]
    region = (out < REACH_MM) & (height > height[small].min() + STEM_MM)
    return Volume(data.astype(np.float32), image.affine), small, region


def _drawn_in(head: Volume, carried: Mask) -> Mask:
    """Return the tissue within and just beyond a mask that hangs together with its core."""
    spacing = head.grid.spacing
    core = _distance(carried, spacing) > CORE_MM
    if not core.any():
        return np.zeros_like(carried)
    near = _distance(~carried, spacing) <= BEYOND_MM
    low, high = (share * float(np.median(head.data[core])) for share in TISSUE)
    tissue = near & (head.data > low) & (head.data < high)
    # The core's own fluid is inside, whatever its signal.
    inner = _distance(tissue | core, spacing) > BRIDGE_MM
    piece = largest_piece(inner)
    grown = (_distance(~piece, spacing) <= BRIDGE_MM + float(spacing.min())) & (tissue | core)
    return without_holes(_closed(grown, FOLD_MM, spacing) & near)


def _closed(mask: Mask, distance_mm: float, spacing: Matrix) -> Mask:
    """Close a mask: grown and shrunk again, in millimetres."""
    room = np.ceil(distance_mm / spacing).astype(int) + 1
    wide = np.pad(mask, [(n, n) for n in room])
    grown = _distance(~wide, spacing) <= distance_mm
    back: Mask = _distance(grown, spacing) > distance_mm
    inner = tuple(slice(n, -n) for n in room)
    return back[inner] | mask


def _distance(mask: Mask, spacing: Matrix) -> Matrix:
    """Return how deep each voxel lies in a mask, mm; 0 outside."""
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=spacing))


def _top_of_head(scan: Volume) -> Matrix:
    """Return the middle of the upper 120 mm of the head, without neck and jaw, mm."""
    signal = largest_piece(head_mask(scan))
    points = moved(scan.affine, np.argwhere(signal))
    top = np.percentile(points[:, 2], 99.9)
    return points[points[:, 2] > top - 120.0].mean(axis=0)
