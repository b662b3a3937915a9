"""The common space: the MNI152 template and the grid that all images of a trial share."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.images.head import without_holes
from gadless.images.volume import MNI, Grid, Mask, Volume, bounding_box
from gadless.nifti import nibabel

MARGIN_MM = 12.0
# Generators halve the grid three times.
EDGE_MULTIPLE = 8
NAME = "MNI152 (ICBM 2009a, symmetric)"
_TEMPLATE = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


@cache
def template() -> tuple[Volume, Mask]:
    """Return the template's T1, 1 mm, brain only, and its brain mask."""
    volume = _template_t1()
    return volume, without_holes(volume.data > 0)


@cache
def tissues() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the template's shares of grey and of white matter, 0 to 1, on the grid of its T1."""
    grey, white = (_template_map(name).data for name in ("gm", "wm"))
    return grey / grey.max(), white / white.max()


@cache
def _template_t1() -> Volume:
    return _template_map("t1")


def _template_map(name: str) -> Volume:
    """Read a map of the template: ``t1``, ``gm`` or ``wm``.

    They are files inside nilearn's package (Fonov et al., NeuroImage 2011;54:313); nothing is
    downloaded.
    """
    # Not by the name of the inner package, whose import costs a second and more.
    # Found without being imported: nilearn would bring scikit-learn along.
    package = find_spec("nilearn")
    if package is None or package.origin is None:
        raise InputError("the MNI152 template is missing: nilearn is not installed")
    path = Path(package.origin).parent / "datasets" / "data" / _TEMPLATE.format(name)
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image.from_filename(path))
    data = np.asarray(image.dataobj, dtype=np.float32)
    return Volume(data, np.asarray(image.affine, dtype=float))


def common_grid(spacing_mm: float) -> Grid:
    """Return the grid of every preprocessed image: RAS, isotropic, round the template's brain.

    Parameters
    ----------
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    Grid
        Edges are multiples of 8 voxels, with at least `MARGIN_MM` round the template's brain.
    """
    volume = _template_t1()
    box = bounding_box(volume.data > 0, np.zeros(3, dtype=int))
    low = np.array([part.start for part in box]) @ volume.affine[:3, :3] + volume.affine[:3, 3]
    high = np.array([part.stop - 1 for part in box]) @ volume.affine[:3, :3] + volume.affine[:3, 3]
    voxels = np.ceil((high - low + 2 * MARGIN_MM) / spacing_mm)
    shape = (np.ceil(voxels / EDGE_MULTIPLE) * EDGE_MULTIPLE).astype(int)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = (low + high) / 2 - spacing_mm * (shape - 1) / 2
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine, MNI)
