"""Slow variations of brightness that come from the coils, not from the head."""

import numpy as np
from numpy.typing import NDArray

from gadless.images.volume import Grid, Mask, Volume, bounding_box, from_itk, to_itk

# Two levels, 100 mm and more between control points. A third and a fourth follow the anatomy: they
# leave more behind than they take away (benchmarks/registration.py, docs/preprocessing.md).
N4_ITERATIONS = [50, 50]


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
    import SimpleITK as sitk  # noqa: N813

    small, inside = block_means(image, region, grid_mm)
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


def block_means(image: Volume, region: Mask, grid_mm: float) -> tuple[Volume, Mask]:
    """Average the voxels of `region` in blocks; keep blocks that lie half inside it."""
    import SimpleITK as sitk  # noqa: N813

    factors = np.maximum(np.round(grid_mm / image.grid.spacing), 1).astype(int)
    weight = region.astype(np.float32)
    mass = from_itk(sitk.BinShrink(to_itk(image.data * weight, image.affine), factors.tolist()))
    share = from_itk(sitk.BinShrink(to_itk(weight, image.affine), factors.tolist())).data
    mean = np.where(share > 0, mass.data / np.maximum(share, 1e-6), 0).astype(np.float32)
    return Volume(mean, mass.affine), share >= 0.5


def _upsampled(small: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    """Interpolate a smooth field on a finer grid with the same axes by cubic splines."""
    from scipy.interpolate import make_interp_spline

    to_source = np.linalg.inv(source.affine) @ target.affine
    field = small
    for axis in range(3):
        old = np.arange(small.shape[axis])
        new = to_source[axis, axis] * np.arange(target.shape[axis]) + to_source[axis, 3]
        spline = make_interp_spline(old, np.eye(len(old)), k=min(3, len(old) - 1))
        weights = spline(np.clip(new, 0, len(old) - 1)).astype(np.float32)
        field = np.moveaxis(np.tensordot(weights, field, axes=(1, axis)), 0, axis)
    return field
