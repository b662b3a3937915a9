"""What separates a post-contrast T1 from its T1, other than enhancement.

Both coils' bias and both scanners' scale are smooth in space; enhancement is not, or has an edge,
and it is never negative. A wide and mild one is told from a coil's field by three things: the field
is stiff beyond the second order, tissues that take up contrast each in its own way are not left to
the field, and what lies above it is doubted sooner than what lies below.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gadless.images.bias import block_means
from gadless.images.volume import Mask, Volume, moved

Values = NDArray[np.float64]

BLOCK_MM = 6.0
# Consistency of the median absolute deviation with the standard deviation of a normal distribution.
MAD_TO_SD = 1.4826
# What a field is expected to have in each term of the orders 0 to 3 (sd of its logarithm). Those of
# 14 real exams had 0.02-0.10 in the first, 0.02-0.15 in the second, and little beyond.
EXPECTED_SD = np.array([np.inf, 0.15, 0.15, 0.10])
# Neighbouring blocks err alike: so many of them count as one. With 100, twice as much of a known
# field stayed; with 10, a sphere of 35 mm and 15% lost more (least share kept 0.57 against 0.80).
BLOCKS_ALIKE = 50.0
# A tissue's own uptake and contrast: by the logarithms of what other sequences show, and their
# squares. Between these limits (brain medians), and with this standard deviation expected.
TISSUE_RANGE, TISSUE_SD = (0.2, 4.0), 0.5
# Blocks farther from the fit than so many standard deviations count for nothing (Tukey's biweight):
# above it they enhance, below it they are noise.
ABOVE, BELOW = 2.0, 4.0
# Both sides alike, for the level: what does not enhance is to differ from the T1 by 0.
LEVEL = 2.0
ROUNDS, LEVEL_ROUNDS = 30, 20
LEAST_SPREAD = 1e-6


def differential_field(
    post: Volume,
    pre: NDArray[np.float32],
    region: Mask,
    others: Sequence[NDArray[np.float32]] = (),
) -> tuple[NDArray[np.float32], float]:
    """Fit the smooth field between a post-contrast T1 and its pre-contrast T1.

    The logarithm of their ratio, in means over blocks, is a polynomial of position up to the third
    order, with a prior on its coefficients, and a quadratic of the logarithms of T1 and of further
    sequences, which stand for tissue and are no part of the field. Iteratively reweighted least
    squares with an uneven biweight give no weight to blocks that enhance.

    Parameters
    ----------
    post : Volume
        Post-contrast T1, not bias-corrected.
    pre : ndarray of float32
        Pre-contrast T1 on the same grid, corrected.
    region : ndarray of bool
        The brain.
    others : sequence of ndarray of float32
        Further unenhanced sequences, their brain median 1. Without T2 and FLAIR, tissues that take
        up contrast differently are told less well, and a real tumour moves the field by up to 6%
        instead of 2%.

    Returns
    -------
    field : ndarray of float32
        Divide `post` by it; within `region` only, 1 elsewhere.
    spread : float
        Robust standard deviation of the log ratio that remains.
    """
    usable = region & (post.data > 0) & (pre > 0)
    above, inside = block_means(post, usable, BLOCK_MM)
    below, _ = block_means(Volume(pre, post.affine), usable, BLOCK_MM)
    ratio = np.log(above.data[inside] / below.data[inside]).astype(np.float64)
    frame = _Frame(region)
    voxels = moved(np.linalg.inv(post.affine) @ above.affine, np.argwhere(inside))
    place, orders = frame.terms(voxels)
    tissues = [
        below,
        *(block_means(Volume(one, post.affine), usable, BLOCK_MM)[0] for one in others),
    ]
    terms = np.column_stack([place, *(_tissue(one.data[inside]) for one in tissues)])
    expected = np.append(EXPECTED_SD[orders], [TISSUE_SD] * (2 * len(tissues)))
    coefficients, spread = _fit(terms, ratio, expected**-2)
    field = np.ones(post.data.shape, dtype=np.float32)
    field[region] = np.exp(frame.evaluated(coefficients[: len(orders)], post.data.shape)[region])
    return field, spread


def _tissue(block: NDArray[np.float32]) -> Values:
    """Return what stands for tissue in one sequence, (n, 2)."""
    level = np.log(np.clip(block, *TISSUE_RANGE).astype(np.float64))
    return np.column_stack([level - np.median(level), level**2 - np.median(level**2)])


class _Frame:
    """Legendre polynomials in voxel index, -1 to 1 over a region."""

    def __init__(self, region: Mask) -> None:
        index = np.argwhere(region)
        low, high = index.min(axis=0), index.max(axis=0)
        self._centre, self._half = (low + high) / 2, (high - low + 1) / 2
        top = len(EXPECTED_SD) - 1
        grid = np.indices([top + 1] * 3).reshape(3, -1).T
        self._powers = grid[grid.sum(axis=1) <= top]

    def terms(self, voxels: NDArray[np.floating]) -> tuple[Values, NDArray[np.intp]]:
        """Return all products up to the total order at some places, and the order of each."""
        tables = [self._table(voxels[:, axis], axis) for axis in range(3)]
        a, b, c = (table[:, self._powers[:, axis]] for axis, table in enumerate(tables))
        return a * b * c, self._powers.sum(axis=1)

    def evaluated(self, coefficients: Values, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return their sum on a whole grid, one axis after the other."""
        cube = np.zeros([len(EXPECTED_SD)] * 3)
        cube[tuple(self._powers.T)] = coefficients
        for axis, size in enumerate(shape):
            table = self._table(np.arange(size), axis)
            cube = np.moveaxis(np.tensordot(table, cube, axes=(1, axis)), 0, axis)
        return cube.astype(np.float32)

    def _table(self, index: NDArray, axis: int) -> Values:
        scaled = (index - self._centre[axis]) / self._half[axis]
        return np.asarray(np.polynomial.legendre.legvander(scaled, len(EXPECTED_SD) - 1))


def _fit(terms: Values, values: Values, precision: Values) -> tuple[Values, float]:
    """Regress robustly; the first term is the level."""
    level = np.median(values)
    coefficients: Values = np.zeros(terms.shape[1])
    coefficients[0] = level
    residual, spread = values - level, 0.0
    for number in range(ROUNDS):
        # At first the fit lies among what enhances; once below it, its lower side is noise alone.
        sample = np.abs(residual) if number < 5 else -residual[residual < 0]
        spread = max(MAD_TO_SD * float(np.median(sample)) if sample.size else 0.0, LEAST_SPREAD)
        weight = _biweight(residual, np.where(residual > 0, ABOVE, BELOW) * spread)
        normal = (terms * weight[:, None]).T @ terms
        normal += np.diag(BLOCKS_ALIKE * spread**2 * precision + LEAST_SPREAD)
        coefficients = np.asarray(np.linalg.solve(normal, terms.T @ (weight * values)))
        residual = values - terms @ coefficients
    shift = 0.0
    for _ in range(LEVEL_ROUNDS):
        weight = _biweight(residual - shift, np.full(residual.shape, LEVEL * spread))
        shift = float((weight * residual).sum() / max(weight.sum(), LEAST_SPREAD))
    coefficients[0] += shift
    return coefficients, spread


def _biweight(residual: Values, limit: Values) -> Values:
    return np.clip(1 - (residual / limit) ** 2, 0, None) ** 2
