"""A tiny exam: an egg for a brain, a tumour with rim, core and oedema, all in simple numbers."""

from pathlib import Path

import numpy as np

from gadless.files import write_json
from gadless.images.writing import write_image
from gadless.manifest import Manifest
from gadless.networks.cases import Exam

SHAPE = (26, 28, 24)
SPACING_MM = 2.0


def tiny_images(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Images by name, and the true labels; the tumour's place depends on the seed."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"), axis=-1)
    middle = (np.array(SHAPE) - 1) / 2
    brain = (((grid - middle) / (middle - 2)) ** 2).sum(-1) < 1
    distance = np.linalg.norm(grid - (middle + rng.uniform(-2, 2, 3)), axis=-1)
    labels = np.zeros(SHAPE, np.uint8)
    for radius, label in ((8, 2), (5, 1), (3, 3)):
        labels[distance < radius] = label
    labels[~brain] = 0
    levels = {
        "t1": (1.0, 0.8, 0.7, 0.4),
        "t2": (1.0, 1.4, 2.0, 2.6),
        "flair": (1.0, 1.5, 1.8, 1.1),
        "subtraction": (0.02, 1.0, 0.02, 0.0),
    }
    images = {
        name: ((np.array(level)[labels] + rng.normal(0, 0.03, SHAPE)) * brain).astype(np.float32)
        for name, level in levels.items()
    }
    images["t1c"] = images["t1"] + images["subtraction"]
    images["brain"] = brain.astype(np.uint8)
    return images, labels


def exam_of(root: Path, patient: str, visit: str = "v1", **more) -> Exam:
    """What the sheets say of an exam that `write_exam` wrote."""
    manifest = root / "visits" / patient / visit / "preprocessed" / "status.json"
    mask = root / "truth" / patient / visit / "truth.nii.gz"
    return Exam(**{"manifest": manifest, "mask": mask, **more})


def write_exam(
    root: Path,
    patient: str,
    visit: str = "v1",
    without: dict[str, str] | None = None,
    also: str | None = None,
    seed: int | None = None,
):
    """Write a preprocessed exam and its truth.

    `without` names absent images and why; `also` a further sequence, negative where enhancing.
    """
    images, labels = tiny_images(sum(map(ord, patient + visit)) if seed is None else seed)
    if also:
        images[also] = (np.where(labels == 1, -1, 1) * images["brain"]).astype(np.float32)
    folder = root / "visits" / patient / visit / "preprocessed"
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    exam = Manifest(patient, visit, "preprocess", folder, faults=dict(without or {}))
    for name, values in images.items():
        if name not in exam.faults:
            exam.files[name] = f"{name}.nii.gz"
            write_image(values, affine, folder / exam.files[name])
    exam.files["transforms"] = "transforms.json"
    write_json(identity_transforms(affine), folder / "transforms.json")
    exam.write()
    write_image(labels, affine, root / "truth" / patient / visit / "truth.nii.gz")
    return exam


def identity_transforms(affine: np.ndarray) -> dict:
    """What preprocessing writes when the T1 lies on the common grid already."""
    t1 = {"common_to_native": np.eye(4), "shape": list(SHAPE), "affine": affine}
    return transforms(t1=t1)


def transforms(**sequences: dict) -> dict:
    """What preprocessing writes of where the scans lie; the common grid is that of the images."""
    space = {"shape": list(SHAPE), "affine": np.diag([SPACING_MM] * 3 + [1.0])}
    return {"space": space, "sequences": sequences}
