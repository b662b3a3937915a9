"""What an enhancing rim encloses in an axial slice, whatever its label.

A ring is measured from outer edge to outer edge, its core included, and so is a ring with a small
gap; what enhancing tumour merely touches, or lies beside, is not measured with it. A segmentation
calls the same core necrosis, non-enhancing tumour or nothing, so only the enhancing voxels decide.

In one slice:

1. Enhancing voxels are full squares, which a diagonal joins; beyond the slice nothing enhances.
2. A disc rolls in what does not enhance, its centre on a grid twice as fine as the voxels. From
   where a disc of diameter d cannot roll out of the slice without meeting a square is a *pocket*,
   and the least such d is the width of its gap. A closed rim shuts in a point: d = 0.
3. A pocket counts if its gap is at most `gap_mm`, and at most half as wide as the widest disc that
   fits into it. The bay of a crescent, or a furrow, is no core.
4. Enclosed are the voxels that discs as wide as the gap cover within a pocket that counts, and
   those that are then shut in.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, distance_transform_edt, label, maximum

from gadless.measurement.volumes import Mask

# A gap is at most this share of the width of what lies behind it.
_GAP_SHARE = 0.5
# Clearances are sums of half voxel edges: equal within this, mm.
_EQUAL_MM = 1e-6


def enclosed_by_rims(
    enhancing: Mask, spacing_mm: tuple[float, float, float], gap_mm: float
) -> Mask:
    """Find what enhancing tumour encloses in its axial slices.

    Parameters
    ----------
    enhancing : ndarray of bool, (x, y, z)
        Slices along z are axial.
    spacing_mm : (float, float, float)
    gap_mm : float
        Widest gap, mm, with which a rim still encloses.

    Returns
    -------
    ndarray of bool, (x, y, z)
        Without the enhancing voxels.
    """
    enclosed = np.zeros_like(enhancing)
    for z in np.flatnonzero(enhancing.any(axis=(0, 1))):
        rim = enhancing[:, :, z]
        rows, columns = (np.flatnonzero(rim.any(axis=axis)) for axis in (1, 0))
        # Nothing outside the rim's own box is enclosed by it.
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        enclosed[*box, z] = _enclosed_in_slice(rim[box], spacing_mm[:2], gap_mm)
    return enclosed


def _enclosed_in_slice(rim: Mask, spacing_mm: tuple[float, float], gap_mm: float) -> Mask:
    margin = 1 + int(np.ceil(gap_mm / min(spacing_mm)))
    padded = np.pad(rim, margin)
    half = [edge / 2 for edge in spacing_mm]
    clearance = distance_transform_edt(~_squares(padded), sampling=half)
    covered = _covered_by_trapped_discs(clearance, half, gap_mm / 2)
    # Every second point of the fine grid is the centre of a voxel.
    filled = binary_fill_holes(padded | covered[1::2, 1::2])
    inner = (slice(margin, -margin), slice(margin, -margin))
    return np.asarray(filled[inner] & ~rim)


def _squares(rim: Mask) -> Mask:
    """Points of a grid of half the spacing that lie in or on the square of a voxel of the rim."""
    fine = np.zeros([2 * edge + 1 for edge in rim.shape], dtype=bool)
    for x in range(3):
        for y in range(3):
            fine[x : x + 2 * rim.shape[0] : 2, y : y + 2 * rim.shape[1] : 2] |= rim
    return fine


def _covered_by_trapped_discs(
    clearance: NDArray[np.float64], half_mm: list[float], most_mm: float
) -> Mask:
    """Points covered by discs of radius up to `most_mm` that cannot roll to the grid's corner.

    Only where a radius is a clearance that occurs does anything change. Each pocket is looked at
    when it is first shut in: by the width of its own gap.
    """
    covered = np.zeros(clearance.shape, dtype=bool)
    outside = np.ones(clearance.shape, dtype=bool)
    radii = np.unique(np.round(clearance[clearance <= most_mm + _EQUAL_MM], 9))
    for radius in radii:
        pockets, count = label(clearance > radius + _EQUAL_MM)
        outer = pockets[0, 0]
        shut = (pockets > 0) & (pockets != outer) & outside
        if shut.any():
            widest = np.asarray(maximum(clearance, pockets, np.arange(count + 1)))
            shut &= (radius <= _GAP_SHARE * widest + _EQUAL_MM)[pockets]
        if shut.any():
            reach = distance_transform_edt(~shut, sampling=half_mm)
            covered |= reach <= radius + _EQUAL_MM
        outside &= pockets == outer
    return covered
