"""The images of one exam, between disk and network."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.manifest import Manifest
from gadless.nifti import nibabel

Affine = NDArray[np.float64]
Reader = Callable[[Path], tuple[NDArray[np.float32], Affine]]


def read_image(path: Path) -> tuple[NDArray[np.float32], Affine]:
    """Read a preprocessed image: values and the matrix from voxels to mm."""
    image = nibabel.Nifti1Image.from_filename(path)
    return np.asarray(image.dataobj, dtype=np.float32), np.asarray(image.affine, dtype=float)


def read_images(
    exam: Manifest, names: Iterable[str], read: Reader = read_image
) -> tuple[dict[str, NDArray[np.float32]], Affine]:
    """Read several preprocessed images of one exam; they share one grid.

    Parameters
    ----------
    exam : Manifest
    names : iterable of str
    read : callable
        Reads one: where it remembers what it has read, nobody may change that.
    """
    images = {}
    affine = np.eye(4)
    for name in names:
        images[name], affine = read(exam.path(name))
    return images, affine


def spacing_of(affine: Affine) -> float:
    """Voxel edge, mm, of an isotropic grid."""
    return float(np.linalg.norm(affine[:3, :3], axis=0).mean())


def missing(exam: Manifest, names: Iterable[str]) -> str | None:
    """Return why the named images of an exam cannot all be had; None if they can."""
    if "visit" in exam.faults:
        return exam.faults["visit"]
    reasons = [exam.faults.get(name, f"no {name}") for name in names if not exam.has(name)]
    return "; ".join(reasons) or None
