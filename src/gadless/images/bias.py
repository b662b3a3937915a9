"""Slow variations of brightness that come from the coils, not from the head."""

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from gadless.images.volume import Grid, Mask, Matrix, Volume, bounding_box, from_itk, to_itk

# Two levels, 100 mm and more between control points. A third and a fourth follow the anatomy: they
# leave more behind than they take away (benchmarks/registration.py, docs/preprocessing.md).
N4_ITERATIONS = [50, 50]
# Consistency of the median absolute deviation with the standard deviation of a normal distribution.
MAD_TO_SD = 1.4826
POLYNOMIAL_ORDER = 4
RATIO_BLOCK_MM = 6.0


def n4_field(image: Volume, region: Mask, grid_mm: float) -> NDArray[np.float32]:
    """Estimate the bias field of one image by N4 (Tustison et al., IEEE TMI 2010;29:1310).

    Parameters
    ----------
    image : Volume
    region : ndarray of bool
        Voxels to fit on.
    grid_mm : float
        Voxel on which the field is fitted. Measured: finer than 8 mm costs more and is no better.

    Returns
    -------
    ndarray of float32
        Multiplicative field on the image's grid, geometric mean 1 within `region`.
    """
    small, inside = _blocks(image, region, grid_mm)
    if inside.sum() < 50:
        return np.ones(image.data.shape, dtype=np.float32)
    # N4 spreads its control points over the image it is given, and its time with them.
    box = bounding_box(inside, np.ones(3, dtype=int))
    small, inside = small.cropped(box), inside[box]
    tool = sitk.N4BiasFieldCorrectionImageFilter()
    tool.SetMaximumNumberOfIterations(N4_ITERATIONS)
    tool.Execute(
        to_itk(np.maximum(small.data, 1e-3 * small.data.max()), small.affine),
        to_itk(inside, small.affine),
    )
    log_field = from_itk(
        sitk.Cast(tool.GetLogBiasFieldAsImage(to_itk(small.data, small.affine)), sitk.sitkFloat32)
    ).data
    field = _upsampled(log_field, small.grid, image.grid)
    return np.exp(field - np.float32(field[region].mean()))


def differential_field(
    post: Volume, pre: NDArray[np.float32], region: Mask
) -> tuple[NDArray[np.float32], float]:
    """Fit what separates a post-contrast T1 from its pre-contrast T1 other than enhancement.

    The logarithm of their ratio is a smooth polynomial of position (both coils' bias and both
    scanners' scale) wherever nothing enhances. Fitted to block means by iteratively reweighted
    least squares with Tukey's biweight, which gives enhancing blocks no weight.

    Parameters
    ----------
    post : Volume
        Post-contrast T1, not bias-corrected.
    pre : ndarray of float32
        Pre-contrast T1 on the same grid, corrected.
    region : ndarray of bool
        The brain.

    Returns
    -------
    field : ndarray of float32
        Divide `post` by it; within `region` only, 1 elsewhere.
    spread : float
        Robust standard deviation of the log ratio that remains.
    """
    usable = region & (post.data > 0) & (pre > 0)
    above, inside = _blocks(post, usable, RATIO_BLOCK_MM)
    below, _ = _blocks(Volume(pre, post.affine), usable, RATIO_BLOCK_MM)
    ratio = np.log(above.data[inside] / below.data[inside])
    middle, scale = _scaling(np.argwhere(region), post.affine)
    terms = _polynomials(
        (np.argwhere(inside) @ above.affine[:3, :3].T + above.affine[:3, 3] - middle) / scale
    )
    coefficients, spread = _biweight_fit(terms, ratio)
    where = np.argwhere(region) @ post.affine[:3, :3].T + post.affine[:3, 3]
    field = np.ones(post.data.shape, dtype=np.float32)
    field[region] = np.exp(_polynomials((where - middle) / scale) @ coefficients)
    return field, spread


def _scaling(index: NDArray[np.integer], affine: Matrix) -> tuple[NDArray, NDArray]:
    """Return centre and half-extent of voxels, so that polynomials see -1 to 1."""
    low, high = index.min(axis=0), index.max(axis=0)
    centre = (low + high) / 2 @ affine[:3, :3].T + affine[:3, 3]
    half = np.abs((high - low + 1) / 2 @ affine[:3, :3].T)
    return centre, half


def _polynomials(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return all products of Legendre polynomials up to the total order, (n, terms)."""
    powers = [
        (a, b, c)
        for a in range(POLYNOMIAL_ORDER + 1)
        for b in range(POLYNOMIAL_ORDER + 1 - a)
        for c in range(POLYNOMIAL_ORDER + 1 - a - b)
    ]
    table = np.stack(
        [
            np.polynomial.legendre.legval(points, np.eye(POLYNOMIAL_ORDER + 1)[k])
            for k in range(POLYNOMIAL_ORDER + 1)
        ]
    )
    return np.stack(
        [table[a, :, 0] * table[b, :, 1] * table[c, :, 2] for a, b, c in powers], axis=1
    )


def _biweight_fit(
    terms: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Robust regression; starts from the median, so that up to half of the blocks may enhance."""
    residual = values - np.median(values)
    coefficients: NDArray[np.float64] = np.zeros(terms.shape[1])
    spread = 0.0
    for _ in range(20):
        spread = max(MAD_TO_SD * float(np.median(np.abs(residual - np.median(residual)))), 1e-6)
        weight = np.clip(1 - (residual / (4.685 * spread)) ** 2, 0, None) ** 2
        # A whisper of ridge keeps the fit defined where a corner of the brain has no blocks.
        normal = (terms * weight[:, None]).T @ terms + 1e-6 * np.eye(terms.shape[1])
        coefficients = np.asarray(np.linalg.solve(normal, terms.T @ (weight * values)), np.float64)
        residual = values - terms @ coefficients
    return coefficients, spread


def _blocks(image: Volume, region: Mask, grid_mm: float) -> tuple[Volume, Mask]:
    """Average the voxels of `region` in blocks; keep blocks that lie half inside it."""
    factors = np.maximum(np.round(grid_mm / image.grid.spacing), 1).astype(int)
    weight = region.astype(np.float32)
    mass = from_itk(sitk.BinShrink(to_itk(image.data * weight, image.affine), factors.tolist()))
    share = from_itk(sitk.BinShrink(to_itk(weight, image.affine), factors.tolist())).data
    mean = np.where(share > 0, mass.data / np.maximum(share, 1e-6), 0).astype(np.float32)
    return Volume(mean, mass.affine), share >= 0.5


def _upsampled(small: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    """Interpolate a smooth field on a finer grid with the same axes by cubic splines."""
    to_source = np.linalg.inv(source.affine) @ target.affine
    field = small
    for axis in range(3):
        old = np.arange(small.shape[axis])
        new = to_source[axis, axis] * np.arange(target.shape[axis]) + to_source[axis, 3]
        spline = make_interp_spline(old, np.eye(len(old)), k=min(3, len(old) - 1))
        weights = spline(np.clip(new, 0, len(old) - 1)).astype(np.float32)
        field = np.moveaxis(np.tensordot(weights, field, axes=(1, axis)), 0, axis)
    return field
