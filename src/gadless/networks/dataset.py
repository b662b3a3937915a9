"""The exams that networks learn from, held in memory."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.errors import InputError
from gadless.files import read_json, sha256
from gadless.manifest import Manifest
from gadless.networks.exams import Affine, missing, read_image, read_images, spacing_of
from gadless.networks.generator import TARGET_LIMITS
from gadless.networks.inference import brain_box

# Channels of `Case.images`. What the segmenter sees as contrast is t1 + subtraction.
CHANNELS = ("t1", "t2", "flair", "subtraction")

# Voxels of background that stay around the brain.
MARGIN = 6

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """One exam, cropped to the brain.

    Attributes
    ----------
    patient, visit : str
    images : array (4, X, Y, Z) of float16
        In the order of `CHANNELS`; the subtraction is clipped to what generators aim at.
    brain : array (X, Y, Z) of bool
    labels : array (X, Y, Z) of uint8
        True compartments; all 0 where no truth was given.
    """

    patient: str
    visit: str
    images: NDArray[np.float16]
    brain: NDArray[np.bool_]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Cohort:
    """Training and held-out exams, of different patients.

    Attributes
    ----------
    learning, held_out : list of Case
    checksum : str
        SHA-256 over the checksums of every file read.
    """

    learning: list[Case]
    held_out: list[Case]
    checksum: str


def load_cohort(
    exams: Sequence[Path],
    truths: Path | None,
    held_out: float,
    spacing_mm: float,
    smallest: int,
) -> Cohort:
    """Read all exams that have every sequence.

    Parameters
    ----------
    exams : sequence of Path
        Manifests of stage ``preprocess``. An exam that lacks a sequence is left out, and logged.
    truths : Path or None
        Folder with ``{patient}/{visit}/truth.nii.gz``, labels on the grid of the visit's T1 file.
    held_out : float
        Share of patients that are kept apart, the last by identifier.
    spacing_mm : float
        The grid that all exams must have.
    smallest : int
        Least edge, in voxels; smaller boxes are padded.

    Raises
    ------
    InputError
        If a truth is missing, an exam has another grid, or too few patients remain.
    """
    digest = hashlib.sha256()
    cases = []
    for path in sorted(exams, key=str):
        exam = Manifest.read(path)
        reason = missing(exam, (*CHANNELS, "brain"))
        if reason is not None:
            logger.info("patient %s, visit %s is not used: %s", exam.patient, exam.visit, reason)
            continue
        truth = truths / exam.patient / exam.visit / "truth.nii.gz" if truths else None
        cases.append(_load_case(exam, truth, spacing_mm, smallest))
        for name in (*CHANNELS, "brain"):
            digest.update(exam.checksums[name].encode())
        digest.update(sha256(truth).encode() if truth else b"")
    last = held_out_patients([case.patient for case in cases], held_out)
    return Cohort(
        [case for case in cases if case.patient not in last],
        [case for case in cases if case.patient in last],
        digest.hexdigest(),
    )


def held_out_patients(patients: Sequence[str], share: float) -> set[str]:
    """Return the last patients by identifier: at least one, and at least one remains to learn from.

    Raises
    ------
    InputError
        If there are fewer than two patients.
    """
    known = sorted(set(patients))
    if len(known) < 2:
        raise InputError(
            f"training: {len(known)} patients with usable exams; at least 2 are needed, one to "
            "learn from and one to validate on"
        )
    count = min(max(1, round(share * len(known))), len(known) - 1)
    return set(known[-count:])


def _load_case(exam: Manifest, truth: Path | None, spacing_mm: float, smallest: int) -> Case:
    where = f"training: patient {exam.patient}, visit {exam.visit}"
    images, affine = read_images(exam, (*CHANNELS, "brain"))
    if abs(spacing_of(affine) - spacing_mm) > 1e-3:
        raise InputError(
            f"{where}: preprocessed to {spacing_of(affine):g} mm, but `training.spacing_mm` is "
            f"{spacing_mm:g}"
        )
    labels = np.zeros(images["brain"].shape, np.uint8)
    if truth is not None:
        if not truth.exists():
            raise InputError(f"{where}: no true labels at {truth}")
        labels = truth_on_grid(truth, exam, labels.shape, affine)
    brain = images.pop("brain") > 0
    images["subtraction"] = np.clip(images["subtraction"], *TARGET_LIMITS)
    stacked = np.stack([images[name] for name in CHANNELS]).astype(np.float16)
    box = brain_box(brain[None].astype(np.float32), MARGIN)
    padding = [(0, max(0, smallest - (side.stop - side.start))) for side in box]
    return Case(
        exam.patient,
        exam.visit,
        np.pad(stacked[(slice(None), *box)], [(0, 0), *padding]),
        np.pad(brain[box], padding),
        np.pad(np.where(brain, labels, 0).astype(np.uint8)[box], padding),
    )


def truth_on_grid(
    truth: Path, exam: Manifest, shape: tuple[int, ...], affine: Affine
) -> NDArray[np.uint8]:
    """Bring true labels from the grid of the visit's T1 file to that of the preprocessed images.

    Each label is interpolated on its own and the largest wins: nearest neighbour would move
    outlines by up to half a voxel.
    """
    values, native = read_image(truth)
    t1 = read_json(exam.path("transforms"))["sequences"]["t1"]
    matrix = np.linalg.inv(native) @ np.array(t1["common_to_native"]) @ affine
    labels = np.zeros(shape, np.uint8)
    best = np.full(shape, 0.5, np.float32)
    for label in (1, 2, 3):
        share = ndimage.affine_transform(
            (np.round(values) == label).astype(np.float32),
            matrix[:3, :3],
            matrix[:3, 3],
            output_shape=shape,
            order=1,
        )
        wins = share > best if label == 1 else share >= best
        labels[wins] = label
        best = np.maximum(best, share)
    return labels
