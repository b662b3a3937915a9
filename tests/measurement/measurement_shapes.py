"""Shapes with known measures, on grids small enough to be quick."""

from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np

from gadless.manifest import Manifest
from gadless.measurement.lesions import Lesion
from gadless.measurement.tracking import Tracked, Tracker
from gadless.measurement.visit import VisitScans
from gadless.measurement.volumes import LabelMap, canonical
from gadless.trial.config import Measurement

SPACING = (2.0, 2.0, 2.0)


def ellipsoid(shape, centre_mm, radii_mm, spacing_mm=SPACING, angle=0.0):
    """Voxels whose centre lies in an ellipsoid, turned about z; voxel (0, 0, 0) is the origin."""
    x, y, z = (
        axis * step - middle
        for axis, step, middle in zip(np.indices(shape), spacing_mm, centre_mm, strict=True)
    )
    along = np.cos(angle) * x + np.sin(angle) * y
    across = -np.sin(angle) * x + np.cos(angle) * y
    a, b, c = radii_mm
    return (along / a) ** 2 + (across / b) ** 2 + (z / c) ** 2 <= 1.0


def sphere(centre_mm, radius_mm, shape=(40, 40, 20), spacing_mm=SPACING):
    return ellipsoid(shape, centre_mm, (radius_mm,) * 3, spacing_mm)


def affine_of(spacing_mm=SPACING):
    return np.diag([*spacing_mm, 1.0])


def label_map(spheres, shape=(40, 40, 20), spacing_mm=SPACING, label=1) -> LabelMap:
    """Label spheres given as (centre, radius), mm."""
    labels = np.zeros(shape, dtype=np.uint8)
    for centre, radius in spheres:
        labels[sphere(centre, radius, shape, spacing_mm)] = label
    return canonical(labels, affine_of(spacing_mm))


def names(tracked: list[Tracked]) -> list[int]:
    return [one.number for one in tracked]


def tracker(settings: Measurement, shape=(40, 40, 20)) -> Tracker:
    return Tracker(shape, SPACING, settings)


def by_number(tracked: list[Tracked]) -> Mapping[int, Lesion]:
    return {one.number: one.lesion for one in tracked}


def save(array, path: Path, affine) -> None:
    nibabel.save(nibabel.Nifti1Image(array, affine), path)


def write_visit(
    folder: Path,
    visit: str,
    day: int,
    segmentations: Mapping[str, np.ndarray],
    subtraction: np.ndarray | None = None,
    predictions: Mapping[str, np.ndarray] | None = None,
    faults: Mapping[str, str] | None = None,
    spacing_mm=SPACING,
) -> VisitScans:
    """Write one visit as the image stages would."""
    where = folder / visit
    where.mkdir(parents=True)
    affine = affine_of(spacing_mm)
    exam = Manifest("7", visit, "preprocess", where, faults=dict(faults or {}))
    synthetic = Manifest("7", visit, "synthesise", where, faults=dict(faults or {}))
    segmented = Manifest("7", visit, "segment", where, faults=dict(faults or {}))
    if subtraction is not None:
        save(subtraction.astype(np.float32), where / "subtraction.nii.gz", affine)
        save(np.ones(subtraction.shape, np.uint8), where / "brain.nii.gz", affine)
        exam.files |= {"subtraction": "subtraction.nii.gz", "brain": "brain.nii.gz"}
    for name, image in (predictions or {}).items():
        save(image.astype(np.float32), where / f"{name}_map.nii.gz", affine)
        synthetic.files[name] = f"{name}_map.nii.gz"
    for name, labels in segmentations.items():
        save(labels.astype(np.uint8), where / f"{name}.nii.gz", affine)
        segmented.files[name] = f"{name}.nii.gz"
    return VisitScans(visit, day, exam, synthetic, segmented)
