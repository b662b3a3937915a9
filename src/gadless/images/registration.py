"""Rigid registration by mutual information.

Images are averaged down to the working voxel first, so nothing here touches full resolution, and a
2 mm exam takes the same path as a 1 mm one.
"""

from collections.abc import Callable

import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation

from gadless.images.information import MutualInformation, Values
from gadless.images.volume import Grid, Mask, Matrix, Volume, from_itk, itk_affine, moved, to_itk

WORKING_MM = 2.0
# Smoothing (mm) and share of the samples of each level. The last level is not smoothed: smoothing
# moves edges between three tissues, and doubled the error on FLAIR.
LEVELS = ((4.0, 1 / 6), (0.0, 1.0))
ITERATIONS = 60
LEAST_SAMPLES = 3000
# A parameter's unit moves a point at this distance from the centre by 1 mm.
HEAD_RADIUS_MM = 70.0

Motion = Callable[[Values], Matrix]


def working_copy(volume: Volume, spacing_mm: float = WORKING_MM) -> Volume:
    """Average blocks of voxels until they are about `spacing_mm`; coarser axes stay as they are."""
    factors = np.maximum(np.floor(spacing_mm / volume.grid.spacing + 0.25), 1).astype(int)
    if (factors == 1).all():
        return volume
    return from_itk(sitk.BinShrink(to_itk(volume.data, volume.affine), factors.tolist()))


def on_grid(volume: Volume, grid: Grid, grid_to_volume: Matrix) -> Volume:
    """Sample a volume linearly on another grid; 0 outside its field of view."""
    image = sitk.Resample(
        to_itk(volume.data, volume.affine),
        to_itk(np.zeros(grid.shape, np.uint8), grid.affine),
        itk_affine(grid_to_volume),
        sitk.sitkLinear,
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
    fixed: Volume, region: Mask, moving: Volume, start: Matrix, *, sampling: float, seed: int
) -> Matrix:
    """Find the rigid motion that carries points of `fixed` to the same anatomy in `moving`.

    Parameters
    ----------
    fixed, moving : Volume
        Working copies, without the coils' bias: it pulls the result by some tenths of a millimetre.
    region : ndarray of bool
        Voxels of `fixed` to compare.
    start : ndarray, (4, 4)
        First guess, fixed mm to moving mm, rigid.
    sampling : float
        Share of the region's voxels that the last level compares.
    seed : int

    Returns
    -------
    ndarray, (4, 4)
        Fixed mm to moving mm.
    """
    return _register(fixed, region, moving, start, _rigid, 6, sampling, seed)


def register_affine(
    fixed: Volume, region: Mask, moving: Volume, start: Matrix, *, sampling: float, seed: int
) -> Matrix:
    """Like `register_rigid`, with scale and shear: only for carrying an atlas's mask over."""
    return _register(fixed, region, moving, start, _affine, 12, sampling, seed)


def _register(
    fixed: Volume,
    region: Mask,
    moving: Volume,
    start: Matrix,
    motion: Motion,
    parameters: int,
    sampling: float,
    seed: int,
) -> Matrix:
    samples = max(int(sampling * region.sum()), LEAST_SAMPLES)
    matrix = start
    for smoothing, share in LEVELS:
        measure = MutualInformation(
            fixed, region, moving, samples=int(samples * share), smoothing_mm=smoothing, seed=seed
        )
        matrix = matrix @ _climb(measure, matrix, motion, parameters)
    return matrix


def _climb(measure: MutualInformation, start: Matrix, motion: Motion, parameters: int) -> Matrix:
    """Return the motion, applied before `start`, that maximises the measure."""
    centre = measure.points.mean(axis=0)
    away, back = shift_between(centre, np.zeros(3)), shift_between(np.zeros(3), centre)
    around = measure.points - centre

    def loss(theta: Values) -> tuple[float, Values]:
        step = motion(theta)
        information, force = measure(start @ back @ step @ away)
        local = force @ start[:3, :3]
        # Derivative by the motion's matrix, then by its parameters.
        by_matrix = np.column_stack([local.T @ around, local.sum(axis=0)])
        by_theta = [(by_matrix * change).sum() for change in _derivatives(motion, theta)]
        return -information, -np.array(by_theta)

    found = optimize.minimize(
        loss,
        np.zeros(parameters),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "gtol": 1e-4, "ftol": 1e-7},
    )
    return np.asarray(back @ motion(found.x) @ away)


def _derivatives(motion: Motion, theta: Values) -> Values:
    """Differentiate a motion's matrix, (parameters, 3, 4), by central differences."""
    step = 1e-3 * np.eye(len(theta))
    return (motion(theta + step) - motion(theta - step))[:, :3] / 2e-3


def _rigid(theta: Values) -> Matrix:
    """Turn a rotation vector (mm at the head's radius) and a shift (mm) into a matrix, or many."""
    matrix = np.tile(np.eye(4), (*theta.shape[:-1], 1, 1))
    matrix[..., :3, :3] = Rotation.from_rotvec(theta[..., :3] / HEAD_RADIUS_MM).as_matrix()
    matrix[..., :3, 3] = theta[..., 3:]
    return matrix


def _affine(theta: Values) -> Matrix:
    """Turn nine linear changes (mm at the head's radius) and a shift into a matrix, or many."""
    matrix = np.tile(np.eye(4), (*theta.shape[:-1], 1, 1))
    matrix[..., :3, :3] += theta[..., :9].reshape(*theta.shape[:-1], 3, 3) / HEAD_RADIUS_MM
    matrix[..., :3, 3] = theta[..., 9:]
    return matrix
