"""A head of known brain and sphere, warped and moved by known motions."""

from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gadless.images.space import template

SPACING = 4.0
SPHERE_CENTRE = np.array([28.0, -20.0, 22.0])
SPHERE_RADIUS = 14.0
CONTRAST = {
    "t1": lambda x: 100 * x,
    "t1c": lambda x: 130 * x,
    "t2": lambda x: 260 * np.exp(-2 * x),
    "flair": lambda x: 400 * x**2 * np.exp(-2.5 * x),  # fluid is dark on it
}


def motion(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


MOTIONS = {
    "t1": motion((2, -3, 4), (5, -4, 3)),
    "t2": motion((3, -2, 3), (6, -3, 1)),
    "flair": motion((1, -3, 5), (4, -6, 4)),
    "t1c": motion((2, -2, 5), (3, -4, 2)),
}


def brain_at(warp: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return tissue (0 to 1.3) at 2 mm and its affine; a `warp` (mm) makes another patient."""
    volume, _ = template()
    tissue = ndimage.gaussian_filter(volume.data / 190.0, 0.8)[::2, ::2, ::2]
    affine = volume.affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    if warp:
        chance = np.random.default_rng(3)
        coarse = chance.standard_normal((3, 7, 8, 7))
        field = [ndimage.zoom(c, np.array(tissue.shape) / c.shape, order=3) for c in coarse]
        where = np.indices(tissue.shape) + warp / 2.0 * np.stack(field)
        tissue = ndimage.map_coordinates(tissue, where, order=1)
    return tissue, affine


def sphere(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points - SPHERE_CENTRE, axis=-1) < SPHERE_RADIUS


def scan(
    folder: Path,
    *,
    warp: float = 0.0,
    turn: np.ndarray | None = None,
    codes: str = "RAS",
    noise_seed: int = 1,
) -> dict[str, Path]:
    """Scan a stripped exam of the head: the paths of its four sequences."""
    tissue, affine = brain_at(warp)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    grid = np.diag([SPACING] * 3 + [1.0])
    grid[:3, 3] = (-100, -136, -90)
    shape = (50, 60, 50)
    world = np.indices(shape).reshape(3, -1).T @ grid[:3, :3] + grid[:3, 3]
    for number, (name, contrast) in enumerate(CONTRAST.items()):
        pose = MOTIONS[name] @ (np.eye(4) if turn is None else turn)
        back = np.linalg.inv(pose)
        anatomy = world @ back[:3, :3].T + back[:3, 3]
        index = (anatomy - affine[:3, 3]) / 2.0
        seen = ndimage.map_coordinates(tissue, index.T, order=1)
        image = np.where(seen > 0.15, contrast(seen), 0)
        if name == "t1c":
            image = image + 90 * (sphere(anatomy) & (seen > 0.15))
        x = (world - world.mean(axis=0)) / 100
        image = image * np.exp(0.15 * x[:, 0] - 0.1 * x[:, 2] * x[:, 1])
        chance = np.random.default_rng([noise_seed, number])
        image = np.where(image > 0, image + chance.normal(0, 1.5, image.shape), 0)
        stored = nibabel.Nifti1Image(np.maximum(image, 0).reshape(shape).astype(np.float32), grid)
        change = nibabel.orientations.ornt_transform(
            nibabel.io_orientation(stored.affine), nibabel.orientations.axcodes2ornt(codes)
        )
        paths[name] = folder / f"{name}.nii.gz"
        nibabel.save(stored.as_reoriented(change), paths[name])
    return paths
