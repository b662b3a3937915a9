"""What one variant, or a map that no network makes, is worth on an exam that it has not seen."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from gadless.images.recognition import recognise
from gadless.networks.ablation.measures import (
    excess,
    gradient_similarity,
    lesions,
    normalised_information,
    recovery,
)
from gadless.networks.backbone import ResidualUNet
from gadless.networks.cache import Case
from gadless.networks.dataset import Cohort
from gadless.networks.generator import COMPARTMENTS
from gadless.networks.header import Metadata
from gadless.networks.inference import Trained, predict
from gadless.networks.validation import (
    SMALLEST_VOXELS,
    auc,
    dice,
    images_of,
    mean_error,
    mean_ssim,
)

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """What is said of an exam; None where nothing is.

    Attributes
    ----------
    map : array (X, Y, Z) or None
        Subtraction in units of the T1's median, 0 outside the brain.
    share : array (X, Y, Z) or None
        Probability of enhancing tumour, straight from the inputs.
    labels : array (X, Y, Z) or None
        Likeliest compartment.
    """

    map: Map | None = None
    share: Map | None = None
    labels: NDArray[np.uint8] | None = None


def said_by(network: ResidualUNet, metadata: Metadata, labelled: bool) -> Callable[[Case], Said]:
    """Return the function that asks a network.

    Parameters
    ----------
    network, metadata
        As `gadless.networks.weights.load` gives them.
    labelled : bool
        Whether it has learnt compartments; a generator gives some all the same.
    """
    model = Trained(network, metadata, every=True)
    generates = metadata.kind == "generator"

    def ask(case: Case) -> Said:
        output = predict(model, images_of(case), metadata.spacing_mm)
        there = (output[0] * case.brain).astype(np.float32) if generates else None
        if not labelled:
            return Said(there)
        scores = output[COMPARTMENTS] if generates else output
        share = softmax(scores, axis=0)[1] * case.brain
        labels = np.where(case.brain, scores.argmax(axis=0), 0).astype(np.uint8)
        return Said(there, share.astype(np.float32), labels)

    return ask


def baseline(name: str, mean: float) -> Callable[[Case], Said]:
    """Return the function that gives a map no network makes.

    Parameters
    ----------
    name : str
        ``acquired``, the map to be predicted; ``zero``; or ``mean``, one value in all the brain.
    mean : float
    """

    def ask(case: Case) -> Said:
        acquired = images_of(case)["subtraction"] * case.brain
        constant = np.float32(mean if name == "mean" else 0)
        return Said(acquired if name == "acquired" else constant * case.brain.astype(np.float32))

    return ask


def mean_enhancement(cohort: Cohort) -> float:
    """Mean of the subtraction within all brains that are learnt from, each exam alike."""
    cases = (member.case.open() for member in cohort.learning)
    return float(np.mean([images_of(one)["subtraction"][one.brain].mean() for one in cases]))


def judge(
    ask: Callable[[Case], Said], cohort: Cohort, spacing_mm: float, threshold: float
) -> pd.DataFrame:
    """Judge one variant by every held-out exam.

    Parameters
    ----------
    ask : callable
    cohort : Cohort
    spacing_mm : float
    threshold : float
        From which enhancement on a voxel of the true lesion enhances.

    Returns
    -------
    DataFrame
        One row an exam: ``exams`` (``phantoms`` or ``scans``), ``patient``, ``visit``, and the
        measures of `gadless.networks.ablation.table.MEASURES`; NaN where an exam, or what is said
        of it, has none.
    """
    rows = []
    for member in cohort.held_out:
        case = member.case.open()
        said = ask(case)
        figures = {
            **_of_map(said, case, threshold),
            **_of_task(said, case, spacing_mm, threshold),
            **_straight(said, case, spacing_mm),
        }
        kind = "phantoms" if member.exam.phantom else "scans"
        rows.append({"exams": kind, "patient": case.patient, "visit": case.visit, **figures})
    return pd.DataFrame(rows)


def _of_map(said: Said, case: Case, threshold: float) -> dict[str, float]:
    """Measures of the map as an image."""
    if said.map is None:
        return {}
    acquired = images_of(case)["subtraction"] * case.brain
    outside = (case.labels == 0) & case.brain
    error_of_zero = mean_error(np.zeros_like(acquired), acquired, case.brain)
    return {
        "ssim": mean_ssim(said.map, acquired, case.brain),
        "mae_ratio": mean_error(said.map, acquired, case.brain) / error_of_zero,
        "gms": gradient_similarity(said.map, acquired, case.brain),
        "nmi": normalised_information(said.map[case.brain], acquired[case.brain]),
        "recovery_enhancing": recovery(said.map, acquired, case.labels == 1, SMALLEST_VOXELS),
        "recovery_elsewhere": recovery(
            said.map, acquired, outside & (acquired > threshold), SMALLEST_VOXELS
        ),
        "excess_lesion": excess(said.map, acquired, case.labels > 1),
        "excess_rest": excess(said.map, acquired, outside),
    }


def _of_task(said: Said, case: Case, spacing_mm: float, threshold: float) -> dict[str, float]:
    """Measures of enhancing tumour in the true lesion: as the map shows it, else by the labels."""
    if said.map is not None:
        found, ordered = said.map > threshold, said.map
    elif said.labels is not None and said.share is not None:
        found, ordered = said.labels == 1, said.share
    else:
        return {}
    return {
        "auc": _auc(ordered, case),
        **_enhancing(found & (case.labels > 0), case, spacing_mm),
    }


def _straight(said: Said, case: Case, spacing_mm: float) -> dict[str, float]:
    """Measures of the compartments that come straight from the inputs, in the whole brain."""
    if said.labels is None or said.share is None:
        return {}
    figures = {"auc": _auc(said.share, case), **_enhancing(said.labels == 1, case, spacing_mm)}
    figures["abnormality"] = dice(said.labels > 0, case.labels > 0)
    return {f"direct_{name}": value for name, value in figures.items()}


def _auc(ordered: Map, case: Case) -> float:
    enhancing = case.labels == 1
    if enhancing.sum() < SMALLEST_VOXELS:
        return float("nan")
    return auc(ordered[enhancing], ordered[case.labels > 1])


def _enhancing(found: Mask, case: Case, spacing_mm: float) -> dict[str, float]:
    true = case.labels == 1
    enough = true.sum() >= SMALLEST_VOXELS
    volume = float(found.sum()) * spacing_mm**3 / 1000
    numbered = [lesions(mask, spacing_mm) for mask in (true, found)]
    return {
        "dice": dice(found, true),
        "lesion_f1": recognise(*numbered).f1,
        "false_cm3": float("nan") if true.any() else volume,
        "volume_bias": math.log(max(int(found.sum()), 1) / true.sum()) if enough else float("nan"),
    }
