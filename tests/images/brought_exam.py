"""A preprocessed exam of the known head, and files that others might have made of it."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
from known_head import MOTIONS, SPHERE_CENTRE

from gadless.files import read_json
from gadless.images.quality import graded, limits
from gadless.manifest import Manifest
from gadless.trial.config import Preprocess
from gadless.trial.config.quality import Quality

SETTINGS = Preprocess(spacing_mm=2.0, sampling=0.05)

Change = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
RIM_MM, CORE_MM, OEDEMA_MM = 14.0, 8.0, 20.0


def anatomy_of(path: Path, sequence: str) -> tuple[nibabel.Nifti1Image, np.ndarray]:
    """Return a scan and, for each of its voxels, the distance from the tumour's centre, mm."""
    image = nibabel.load(path)
    to_anatomy = np.linalg.inv(MOTIONS[sequence]) @ image.affine
    index = np.indices(image.shape).transpose(1, 2, 3, 0)
    points = index @ to_anatomy[:3, :3].T + to_anatomy[:3, 3]
    return image, np.linalg.norm(points - SPHERE_CENTRE, axis=-1)


def with_oedema(sources: dict[str, Path]) -> dict[str, Path]:
    """Make oedema bright on FLAIR, and cut FLAIR and T1c so that each has a grid of its own."""
    for sequence, bright in (("flair", 120.0), ("t1c", 0.0)):
        image, distance = anatomy_of(sources[sequence], sequence)
        data = np.asarray(image.dataobj)
        data = np.where((data > 0) & (distance < OEDEMA_MM), data + bright, data)
        cut = data[:, :, 1:] if sequence == "flair" else data[1:]
        affine = image.affine.copy()
        affine[:3, 3] += affine[:3, 2 if sequence == "flair" else 0]
        save(cut.astype(np.float32), affine, sources[sequence])
    return sources


def reader_mask(path: Path, sequence: str, labels: tuple[int, int, int] = (1, 2, 3)) -> tuple:
    """A sphere's rim, what is round it and what is in it, on a scan's grid: array and affine."""
    image, distance = anatomy_of(path, sequence)
    enhancing, around, core = labels
    mask = np.select(
        [distance < CORE_MM, distance < RIM_MM, distance < OEDEMA_MM], [core, enhancing, around], 0
    )
    return mask.astype(np.uint8), image.affine


def save(array: np.ndarray, affine: np.ndarray, path: Path, codes: str | None = None) -> Path:
    image = nibabel.Nifti1Image(array, affine)
    if codes is not None:
        start = nibabel.io_orientation(image.affine)
        wanted = nibabel.orientations.axcodes2ornt(codes)
        image = image.as_reoriented(nibabel.orientations.ornt_transform(start, wanted))
    nibabel.save(image, path)
    return path


def loaded(manifest: Manifest, name: str) -> np.ndarray:
    return np.asarray(nibabel.load(manifest.path(name)).dataobj)


def volumes(array: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Volume of labels 1, 2 and 3, cm3."""
    voxel = abs(np.linalg.det(affine[:3, :3])) / 1000
    return np.bincount(array.ravel().astype(int), minlength=4)[1:4] * voxel


def findings(manifest: Manifest) -> dict[str, dict]:
    known = limits(Quality())
    rows = [graded(row, known) for row in read_json(manifest.path("quality"))]
    return {row["figure"]: row for row in rows}
