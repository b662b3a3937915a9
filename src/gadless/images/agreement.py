"""Whether a registration worked: a figure with fixed ends, whatever the contrast."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.registration import on_grid
from gadless.images.volume import Grid, Mask, Matrix, Volume

EDGE_SMOOTHING_MM = 2.0


def edge_agreement(fixed: Volume, region: Mask, moving: Volume, fixed_to_moving: Matrix) -> float:
    """How well the edges of two images coincide.

    The squared cosine between the gradients of both images, averaged over `region` with the product of
    the gradients' lengths as weight (normalised gradient fields; Haber and Modersitzki, MICCAI 2006).
    Directions that have nothing to do with each other give 1/3, coinciding edges up to 1, and light
    edges on dark count like dark on light. Mutual information has no such fixed ends.

    Returns
    -------
    float
        1/3 (unrelated) to 1; 0 where one of the images has no edge.
    """
    other = on_grid(moving, fixed.grid, fixed_to_moving).data
    first, second = _gradients(fixed.data, fixed.grid), _gradients(other, fixed.grid)
    product = (first * second).sum(axis=0)[region]
    lengths = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))[region]
    total = float(lengths.sum())
    if total == 0:
        return 0.0
    return float((product**2 / np.maximum(lengths, 1e-12)).sum() / total)


def _gradients(data: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    sigma = EDGE_SMOOTHING_MM / grid.spacing
    orders = np.eye(3, dtype=int)
    return np.stack([ndimage.gaussian_filter(data, sigma, order=tuple(o)) for o in orders])
