"""From a sequence's own grid to the common one with a single interpolation."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.volume import Grid, Mask, Matrix, Volume, bounding_box, moved

# Full width at half maximum of a Gaussian, in standard deviations.
FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
SPLINE_REACH = 4
# Exactly half of a voxel counts as half in single precision, too.
HALF = 0.5 - 1e-6


def onto_grid(
    scan: Volume, grid: Grid, grid_to_scan: Matrix, region: Mask, *, signed: bool = False
) -> Volume:
    """Sample a scan at the voxels of `region`, 0 elsewhere.

    Cubic B-splines: sharper than linear, which blurs by up to half a voxel and would make the noise
    depend on where a voxel happens to fall. Where the scan's voxels are smaller than the grid's,
    they are first smoothed to the grid's resolution (Cardoso et al., MICCAI 2015), else sampling
    picks single noisy voxels. Undershoot below zero next to sharp edges is cut off.

    Parameters
    ----------
    scan : Volume
    grid : Grid
    grid_to_scan : ndarray, (4, 4)
        Common mm to the scan's mm.
    region : ndarray of bool, on `grid`
    signed : bool
        Whether values below zero mean something: kept then, as in a difference of two images.
    """
    data = np.zeros(grid.shape, dtype=np.float32)
    index = np.argwhere(region)
    to_voxel = np.linalg.inv(scan.affine) @ grid_to_scan @ grid.affine
    points = moved(to_voxel, index)
    inside = ((points > -0.5) & (points < np.array(scan.data.shape) - 0.5)).all(axis=1)
    if not inside.any():
        return Volume(data, grid.affine)
    low = np.maximum(np.floor(points[inside].min(axis=0)).astype(int) - SPLINE_REACH, 0)
    high = np.ceil(points[inside].max(axis=0)).astype(int) + SPLINE_REACH + 1
    part = scan.data[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    coefficients = ndimage.spline_filter(_blurred(part, scan.grid.spacing, grid.spacing), order=3)
    values = ndimage.map_coordinates(
        coefficients, (points[inside] - low).T, order=3, mode="mirror", prefilter=False
    )
    data[tuple(index[inside].T)] = values if signed else np.maximum(values, 0)
    return Volume(data, grid.affine)


def _blurred(data: NDArray[np.float32], fine: Matrix, coarse: Matrix) -> NDArray[np.float32]:
    sigma = np.sqrt(np.maximum(coarse**2 - fine**2, 0.0)) / FWHM / fine
    if sigma.max() < 0.2:
        return data
    result: NDArray[np.float32] = ndimage.gaussian_filter(data, sigma)
    return result


def coverage(scan: Grid, grid: Grid, grid_to_scan: Matrix, region: Mask) -> float:
    """Return the share of `region` that lies in the scan's field of view."""
    points = moved(np.linalg.inv(scan.affine) @ grid_to_scan @ grid.affine, np.argwhere(region))
    return float(((points > -0.5) & (points < np.array(scan.shape) - 0.5)).all(axis=1).mean())


def mask_onto_grid(mask: Mask, source: Grid, grid: Grid, grid_to_source: Matrix) -> Mask:
    """Carry a mask over by nearest neighbour."""
    result = np.zeros(grid.shape, dtype=bool)
    if not mask.any():
        return result
    to_voxel = np.linalg.inv(source.affine) @ grid_to_source @ grid.affine
    box = _reached(mask, grid, to_voxel)
    if box is not None:
        result[box] = _sampled(mask.astype(np.uint8), to_voxel, box, order=0).astype(bool)
    return result


def labels_onto_grid(
    labels: NDArray[np.uint8], source: Grid, grid: Grid, grid_to_source: Matrix
) -> NDArray[np.uint8]:
    """Carry labels over, each interpolated by itself: nearest neighbour would move outlines.

    A voxel is labelled if the labels together cover half of it or more, and takes the one that
    covers most of it; of equals, the lowest. What is labelled and what is not thus never depends on
    how many labels share an edge.

    Parameters
    ----------
    labels : ndarray of uint8
        0 is the background.
    source, grid : Grid
    grid_to_source : ndarray, (4, 4)
        Millimetres of `grid` to those of `source`.
    """
    result = np.zeros(grid.shape, dtype=np.uint8)
    if not labels.any():
        return result
    to_voxel = np.linalg.inv(source.affine) @ grid_to_source @ grid.affine
    box = _reached(labels > 0, grid, to_voxel)
    if box is None:
        return result
    whole = np.zeros(result[box].shape, dtype=np.float32)
    most = np.zeros_like(whole)
    for label in np.unique(labels[labels > 0]):
        share = _sampled((labels == label).astype(np.float32), to_voxel, box, order=1)
        whole += share
        result[box][share > most] = label
        np.maximum(most, share, out=most)
    result[box][whole < HALF] = 0
    return result


def _reached(mask: Mask, grid: Grid, to_voxel: Matrix) -> tuple[slice, slice, slice] | None:
    """Return the part of a grid that a mask on another one may reach; None if there is none."""
    box = bounding_box(mask, np.full(3, 1))
    corners = np.stack(np.meshgrid(*[(part.start, part.stop) for part in box]), axis=-1)
    around = moved(np.asarray(np.linalg.inv(to_voxel)), corners.reshape(-1, 3))
    low = np.clip(np.floor(around.min(axis=0)).astype(int), 0, grid.shape)
    high = np.clip(np.ceil(around.max(axis=0)).astype(int) + 1, 0, grid.shape)
    if (low >= high).any():
        return None
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return i, j, k


def _sampled(
    values: NDArray, to_voxel: Matrix, box: tuple[slice, slice, slice], order: Literal[0, 1]
) -> NDArray:
    """Sample an image at the voxels of a box of another grid."""
    low = np.array([part.start for part in box])
    shape = tuple(part.stop - part.start for part in box)
    result: NDArray = ndimage.affine_transform(
        values, to_voxel[:3, :3], moved(to_voxel, low), shape, order=order
    )
    return result
