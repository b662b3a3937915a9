"""One exam of the sheets, as networks read it: images, brain and labels in one grid."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gadless.files import sha256
from gadless.manifest import Manifest
from gadless.networks.cache import Case
from gadless.networks.contract import CONTRAST, SEGMENTER, SUBTRACTION
from gadless.networks.exams import read_images, spacing_of
from gadless.networks.generator import TARGET_LIMITS
from gadless.networks.header import shipped
from gadless.networks.inference import Trained, brain_box
from gadless.networks.segment import segment
from gadless.networks.targets import residual
from gadless.networks.truth import OURS, doubt, read_truth
from gadless.networks.weights import load
from gadless.trial.config.training import Recipe

# Voxels of background that stay around the brain.
MARGIN = 6
# What the shipped segmenter needs, beside the subtraction.
SEEN_BY_OURS = frozenset({"t1", "t2", "flair"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exam:
    """What the sheets say of one exam.

    Attributes
    ----------
    manifest : Path
        Of stage ``preprocess``.
    mask : Path or None
        True labels, in `coding`.
    coding : mapping of int to int
        The mask's numbers to ours.
    weight : float
        Share of patches that its set of exams gets, against the other sets.
    cohort : str
        The set; only exams of the first, ``""``, are ever held out.
    unit : str
        What the split never tears apart: the patient, a site; empty: the patient.
    fold : int
        In which the patient is held out; 0: none.
    site : str
    phantom : bool
    """

    manifest: Path
    mask: Path | None = None
    coding: Mapping[int, int] = field(default_factory=lambda: dict(OURS))
    weight: float = 1.0
    cohort: str = ""
    unit: str = ""
    fold: int = 0
    site: str = ""
    phantom: bool = False


@dataclass(frozen=True)
class Making:
    """What a recipe wants of an exam beyond its files.

    Attributes
    ----------
    stands_in : bool
        The shipped segmenter's finding on acquired contrast is the label of an exam without a
        usable mask: a generator's loss asks where the tumour is.
    residual : bool
        The map is what the other images leave unexplained (`gadless.networks.targets`).
    """

    stands_in: bool = False
    residual: bool = False

    @classmethod
    def of(cls, recipe: Recipe, names: Sequence[str]) -> Self:
        """Read a recipe; `names` are the images that the exam is read with."""
        generates = recipe.kind == "generator"
        return cls(generates and {*names} >= SEEN_BY_OURS, recipe.target == "residual")

    def made_from(self, mask: str | None) -> str | None:
        """Tell entries of the cache apart: the mask's checksum, and what else counts."""
        also = [sha256(shipped(SEGMENTER))] if self.stands_in else []
        also += ["residual"] if self.residual else []
        return "+".join([mask or "", *also]) if also else mask


def make_case(
    manifest: Manifest, names: Sequence[str], exam: Exam, making: Making
) -> tuple[Case, float, str | None]:
    """Read one exam: the case, its voxel in mm, and why its mask is not used (None: it is)."""
    images, affine = read_images(manifest, (*names, "brain"))
    brain = images.pop("brain") > 0
    labels, doubted = np.zeros(brain.shape, np.uint8), None
    if exam.mask is not None:
        labels = read_truth(exam.mask, exam.coding, manifest, brain)
        doubted = doubt(labels, images, brain, spacing_of(affine))
        labels = np.zeros_like(labels) if doubted else np.where(brain, labels, 0).astype(np.uint8)
    if doubted:
        logger.warning(
            "patient %s, visit %s: %s is not used: %s",
            *(manifest.patient, manifest.visit, exam.mask, doubted),
        )
    if making.stands_in and (exam.mask is None or doubted):
        labels = _own_finding(images, brain, spacing_of(affine))
    if making.residual:
        plain = [images[name] for name in names if name != SUBTRACTION]
        enhanced = images["t1"] + images[SUBTRACTION]
        images[SUBTRACTION] = residual(enhanced, plain, brain & (labels == 0), brain)
    images[SUBTRACTION] = np.clip(images[SUBTRACTION], *TARGET_LIMITS)
    stacked = np.stack([images[name] for name in names]).astype(np.float16)
    box = brain_box(brain[None].astype(np.float32), MARGIN)
    case = Case.of(
        *(manifest.patient, manifest.visit, names),
        *(stacked[(slice(None), *box)], brain[box], labels[box]),
    )
    return case, spacing_of(affine), doubted


def _own_finding(
    images: Mapping[str, NDArray[np.float32]], brain: NDArray[np.bool_], spacing_mm: float
) -> NDArray[np.uint8]:
    """Segment an exam on its acquired contrast with the shipped segmenter."""
    seen = {**images, CONTRAST: images["t1"] + images[SUBTRACTION]}
    seen["brain"] = brain.astype(np.float32)
    return segment(Trained(*load(None, SEGMENTER, "segmenter")), seen, spacing_mm)
