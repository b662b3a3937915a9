"""Rigid registration by mutual information, and a figure that says whether it worked.

The pyramid is stated in millimetres, so a 2 mm exam takes the same path as a 1 mm one. Images are
averaged down to the working voxel first: nothing here touches full resolution.
"""

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.volume import (
    Grid,
    Mask,
    Matrix,
    Volume,
    bounding_box,
    from_itk,
    itk_affine,
    moved,
    ras_matrix,
    to_itk,
)

WORKING_MM = 2.0
HISTOGRAM_BINS = 32
ITERATIONS = 20
# Distance from the brain's centre at which a radian is worth as much as that many millimetres.
HEAD_RADIUS_MM = 70.0
EDGE_SMOOTHING_MM = 2.0


def working_copy(volume: Volume, spacing_mm: float = WORKING_MM) -> Volume:
    """Average blocks of voxels until they are about `spacing_mm`; coarser axes stay as they are."""
    factors = np.maximum(np.floor(spacing_mm / volume.grid.spacing + 0.25), 1).astype(int)
    if (factors == 1).all():
        return volume
    return from_itk(sitk.BinShrink(to_itk(volume.data, volume.affine), factors.tolist()))


def on_grid(volume: Volume, grid: Grid, grid_to_volume: Matrix, *, nearest: bool = False) -> Volume:
    """Sample a volume linearly (or nearest) on another grid; 0 outside its field of view."""
    image = sitk.Resample(
        to_itk(volume.data, volume.affine),
        to_itk(np.zeros(grid.shape, np.uint8), grid.affine),
        itk_affine(grid_to_volume),
        sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear,
        0.0,
        sitk.sitkFloat32,
    )
    return from_itk(image)


def mask_on_grid(mask: Mask, source: Grid, grid: Grid, grid_to_source: Matrix) -> Mask:
    """Sample a mask on another grid."""
    volume = Volume(mask.astype(np.float32), source.affine)
    return on_grid(volume, grid, grid_to_source).data > 0.5


def centre_of(mask: Mask, grid: Grid) -> Matrix:
    """Return the centre of a mask, mm."""
    return moved(grid.affine, np.array(ndimage.center_of_mass(mask)))


def shift_between(start: Matrix, goal: Matrix) -> Matrix:
    """Return the matrix of a pure translation from one point to another."""
    matrix = np.eye(4)
    matrix[:3, 3] = goal - start
    return matrix


def register_rigid(
    fixed: Volume,
    region: Mask,
    moving: Volume,
    start: Matrix,
    *,
    sampling: float,
    seed: int,
) -> Matrix:
    """Find the rigid motion that carries points of `fixed` to the same anatomy in `moving`.

    Mattes mutual information on random samples inside `region`, Powell's method, two levels (4 and
    2 mm). Seeded; with one thread the result repeats bit for bit.

    Parameters
    ----------
    fixed, moving : Volume
        Working copies.
    region : ndarray of bool
        Voxels of `fixed` to compare.
    start : ndarray, (4, 4)
        First guess, fixed mm to moving mm, rigid.
    sampling : float
        Share of the working voxels that are looked at.
    seed : int

    Returns
    -------
    ndarray, (4, 4)
        Fixed mm to moving mm.
    """
    return _optimise(fixed, region, moving, start, sitk.Euler3DTransform(), sampling, seed)


def register_affine(
    fixed: Volume,
    region: Mask,
    moving: Volume,
    start: Matrix,
    *,
    sampling: float,
    seed: int,
) -> Matrix:
    """Like `register_rigid`, with scale and shear: only ever for carrying an atlas's mask over."""
    return _optimise(fixed, region, moving, start, sitk.AffineTransform(3), sampling, seed)


def _optimise(
    fixed: Volume,
    region: Mask,
    moving: Volume,
    start: Matrix,
    family: sitk.Transform,
    sampling: float,
    seed: int,
) -> Matrix:
    margin = np.ceil(4 * WORKING_MM / fixed.grid.spacing).astype(int)
    box = bounding_box(region, margin)
    small, inside = fixed.cropped(box), region[box]
    # The motion is refined about the region's centre, where rotation and translation come apart.
    centre = centre_of(inside, small.grid)
    initial = itk_affine(start)
    family.SetCenter((centre * [-1, -1, 1]).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(HISTOGRAM_BINS)
    method.SetMetricFixedMask(to_itk(inside, small.affine))
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(sampling, seed)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetMovingInitialTransform(initial)
    method.SetInitialTransform(family, inPlace=True)
    # Powell's line searches: on these six parameters gradient descent stopped 1-2 mm short.
    method.SetOptimizerAsPowell(
        numberOfIterations=ITERATIONS,
        maximumLineIterations=30,
        stepLength=0.5,
        stepTolerance=0.01,
        valueTolerance=1e-6,
    )
    rotation = HEAD_RADIUS_MM**2
    linear = [rotation] * (family.GetNumberOfParameters() - 3)
    method.SetOptimizerScales([*linear, 1.0, 1.0, 1.0])
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([WORKING_MM, WORKING_MM / 2])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.Execute(to_itk(small.data, small.affine), to_itk(moving.data, moving.affine))
    return start @ ras_matrix(family)


def edge_agreement(fixed: Volume, region: Mask, moving: Volume, fixed_to_moving: Matrix) -> float:
    """How well the edges of two images coincide, whatever their contrast.

    The squared cosine between the gradients of both images, averaged over `region` with the product of
    the gradients' lengths as weight (normalised gradient fields; Haber and Modersitzki, MICCAI 2006).
    Directions that have nothing to do with each other give 1/3, coinciding edges up to 1, and light
    edges on dark count like dark on light. Mutual information has no such fixed ends.

    Returns
    -------
    float
        1/3 (unrelated) to 1; ``nan`` without any edge.
    """
    other = on_grid(moving, fixed.grid, fixed_to_moving).data
    first, second = _gradients(fixed.data, fixed.grid), _gradients(other, fixed.grid)
    product = (first * second).sum(axis=0)[region]
    lengths = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))[region]
    total = float(lengths.sum())
    if total == 0:
        return float("nan")
    return float((product**2 / np.maximum(lengths, 1e-12)).sum() / total)


def _gradients(data: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    sigma = EDGE_SMOOTHING_MM / grid.spacing
    orders = np.eye(3, dtype=int)
    return np.stack([ndimage.gaussian_filter(data, sigma, order=tuple(o)) for o in orders])
