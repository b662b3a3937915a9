"""Whether a registration worked: a figure with fixed ends, whatever the contrast."""

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.registration import mask_on_grid, on_grid, working_copy
from gadless.images.volume import Mask, Matrix, Volume, bounding_box

WINDOW_MM = 4.0
# Standard deviations at which a window of scipy's ends.
TRUNCATED = 4.0
# Windows whose variances multiply to less than this share of the overall ones are left at 0.
LEAST_VARIANCE = 1e-4
# Voxel and window of the blocks whose place is sought, and how far they are sought, mm.
BLOCK_MM, BLOCK_WINDOW_MM, REACH_MM = 4.0, 6.0, 8.0
LEAST_BLOCK_VARIANCE = 1e-3


def local_correlation(
    fixed: Volume, region: Mask, moving: Volume, fixed_to_moving: Matrix
) -> float:
    """Return the mean squared correlation of two images within small windows.

    Within some millimetres any two contrasts are nearly a linear function of each other, up or
    down, if and only if the same anatomy lies there (Cachier et al., CVIU 2003;89:272, for the
    measure). On four real exams it told a patient's own sequences (0.24 and more) from those of
    others (0.19 and less), which mutual information, edge directions and their fall under small
    shifts did less clearly (docs/preprocessing.md).

    Parameters
    ----------
    fixed, moving : Volume
        Working copies.
    region : ndarray of bool
        Voxels of `fixed` that are averaged.
    fixed_to_moving : ndarray, (4, 4)

    Returns
    -------
    float
        0 (unrelated) to 1.
    """
    sigma = WINDOW_MM / fixed.grid.spacing
    # As far as the windows of the region reach.
    box = bounding_box(region, np.ceil(TRUNCATED * sigma).astype(int) + 1)
    there = on_grid(moving, fixed.grid, fixed_to_moving).data
    first, second = (data[box].astype(np.float64) for data in (fixed.data, there))
    region = region[box]

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(ndimage.gaussian_filter(values, sigma, truncate=TRUNCATED))

    first_mean, second_mean = mean(first), mean(second)
    first_variance = mean(first**2) - first_mean**2
    second_variance = mean(second**2) - second_mean**2
    covariance = mean(first * second) - first_mean * second_mean
    floor = LEAST_VARIANCE * first[region].var() * second[region].var()
    product = first_variance * second_variance
    squared = np.where(product > floor, covariance**2 / np.maximum(product, 1e-300), 0.0)
    return float(np.clip(squared, 0.0, 1.0)[region].mean())


def share_in_place(fixed: Volume, region: Mask, moving: Volume) -> float:
    """Return the share of the brain that matches best where the registration put it.

    Each block of some 15 mm is sought within 8 mm in the other image, in steps of 4 mm. One head is
    found where it is, whatever the scanners; two heads are nowhere alike but by chance.

    Parameters
    ----------
    fixed, moving : Volume
        On one grid.
    region : ndarray of bool
    """
    first, second = working_copy(fixed, BLOCK_MM), working_copy(moving, BLOCK_MM)
    inside = mask_on_grid(region, fixed.grid, first.grid, np.eye(4))
    spacing = first.grid.spacing
    reach = np.maximum(np.round(REACH_MM / spacing), 1).astype(int)
    x, y = first.data.astype(np.float64), second.data.astype(np.float64)

    def mean(values: NDArray) -> NDArray:
        return np.asarray(ndimage.gaussian_filter(values, BLOCK_WINDOW_MM / spacing))

    mean_x, mean_y = mean(x), mean(y)
    spread_x, spread_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    floor = LEAST_BLOCK_VARIANCE * x[inside].var() * y[inside].var()
    best, place = np.full(x.shape, -1.0), np.zeros(x.shape)
    for shift in itertools.product(*(range(-edge, edge + 1) for edge in reach)):
        away = (np.roll(part, shift, (0, 1, 2)) for part in (y, mean_y, spread_y))
        there, mean_there, spread_there = away
        product = spread_x * spread_there
        covariance = mean(x * there) - mean_x * mean_there
        match = np.divide(covariance**2, product, out=np.zeros_like(x), where=product > floor)
        better = match > best
        best[better] = match[better]
        place[better] = float(np.linalg.norm(shift))
    return float((place[inside] == 0).mean()) if inside.any() else 0.0
