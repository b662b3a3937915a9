"""How well a network does on held-out exams, whole volumes, while it learns."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from gadless.networks import losses
from gadless.networks.backbone import ResidualUNet
from gadless.networks.cache import Case
from gadless.networks.generator import COMPARTMENTS
from gadless.networks.header import Metadata
from gadless.networks.inference import Trained, predict
from gadless.networks.patches import Source

# The truth holds outlines of a few voxels that no one could measure; Dice of these is noise.
SMALLEST_VOXELS = 50

GOOD = ("enhancing", "abnormality", "necrosis", "direct", "auc")
"""Figures between 0 and 1 that a network is judged by."""

Mask = NDArray[np.bool_]


def validate(
    network: ResidualUNet, metadata: Metadata, sources: Sequence[Source]
) -> dict[str, float]:
    """Mean figures over exams; NaN where none has what a figure needs.

    Generators: ``mae`` and ``ssim``, also for the zero map; ``recovery``, mean predicted over mean
    acquired enhancement within true enhancing tumour; ``auc``, of the map, enhancing tumour against
    the rest of the lesion; ``direct`` and ``false_cm3``, Dice of enhancing tumour and what is
    enhancing in tumours that do not enhance, straight from the inputs. Segmenters: Dice of each
    compartment and of the whole ``abnormality``, ``false_cm3``, and ``volume_bias``, log of found
    over true enhancing volume.
    """
    figures = _generator_figures if metadata.kind == "generator" else _segmenter_figures
    rows = [figures(network, metadata, source.open()) for source in sources]
    return {name: _mean([row[name] for row in rows]) for name in rows[0]}


def task_score(figures: Mapping[str, float]) -> float:
    """Return how well a network does what it is for; a training keeps its best.

    The mean of what lies between 0 and 1 and is good (Dice, AUC), less a twentieth for each cm3 of
    enhancement where there is none, at most a half, less half the bias of the volume. No voxel
    metric of the whole brain: by those, an empty map is best.
    """
    good = [figures[name] for name in GOOD if math.isfinite(figures.get(name, math.nan))]
    false = figures.get("false_cm3", math.nan)
    bias = figures.get("volume_bias", math.nan)
    penalty = min(false / 20, 0.5) if math.isfinite(false) else 0.0
    penalty += min(abs(bias), 1) / 2 if math.isfinite(bias) else 0.0
    return (sum(good) / len(good) if good else 0.0) - penalty


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def images_of(case: Case) -> dict[str, NDArray[np.float32]]:
    """Return the images of a case under the names that networks ask for."""
    images = dict(zip(case.names, case.images.astype(np.float32), strict=True))
    if "t1" in images:
        images["contrast"] = images["t1"] + images["subtraction"]
    return images


def _generator_figures(network: ResidualUNet, metadata: Metadata, case: Case) -> dict[str, float]:
    images = images_of(case)
    acquired = images["subtraction"] * case.brain
    output = predict(Trained(network, metadata, every=True), images, metadata.spacing_mm)
    predicted = output[0] * case.brain
    labels = np.where(case.brain, output[COMPARTMENTS].argmax(axis=0), 0)
    zero = np.zeros_like(acquired)
    enhancing = case.labels == 1
    enough = enhancing.sum() >= SMALLEST_VOXELS
    return {
        "mae": mean_error(predicted, acquired, case.brain),
        "mae_zero": mean_error(zero, acquired, case.brain),
        "ssim": mean_ssim(predicted, acquired, case.brain),
        "ssim_zero": mean_ssim(zero, acquired, case.brain),
        "recovery": predicted[enhancing].mean() / acquired[enhancing].mean() if enough else np.nan,
        "auc": auc(predicted[enhancing], predicted[case.labels > 1]) if enough else np.nan,
        "direct": dice(labels == 1, enhancing),
        "abnormality": dice(labels > 0, case.labels > 0),
        "false_cm3": _false_cm3(labels == 1, case, metadata.spacing_mm),
    }


def _segmenter_figures(network: ResidualUNet, metadata: Metadata, case: Case) -> dict[str, float]:
    images = {**images_of(case), "brain": case.brain.astype(np.float32)}
    scores = predict(Trained(network, metadata), images, metadata.spacing_mm)
    labels = np.where(case.brain, scores.argmax(axis=0), 0)
    found, true = int((labels == 1).sum()), int((case.labels == 1).sum())
    return {
        "enhancing": dice(labels == 1, case.labels == 1),
        "abnormality": dice(labels > 0, case.labels > 0),
        "necrosis": dice(labels == 3, case.labels == 3),
        "false_cm3": _false_cm3(labels == 1, case, metadata.spacing_mm),
        "volume_bias": math.log(max(found, 1) / true) if true >= SMALLEST_VOXELS else np.nan,
    }


def _false_cm3(found: Mask, case: Case, spacing_mm: float) -> float:
    """Volume that is called enhancing in an exam where nothing is; NaN where something is."""
    if (case.labels == 1).any():
        return float("nan")
    return float(found.sum()) * spacing_mm**3 / 1000


def auc(positive: NDArray, negative: NDArray) -> float:
    """Area under the ROC curve: how often one of the first exceeds one of the second.

    From the rank sum (Hanley & McNeil, Radiology 1982); NaN where one of them is empty.
    """
    if positive.size == 0 or negative.size == 0:
        return float("nan")
    ranks = stats.rankdata(np.concatenate([positive, negative]))[: positive.size].sum()
    pairs = positive.size * negative.size
    return float((ranks - positive.size * (positive.size + 1) / 2) / pairs)


def dice(predicted: Mask, true: Mask) -> float:
    """Overlap of two masks (Dice 1945); NaN where the true one is too small to say."""
    if true.sum() < SMALLEST_VOXELS:
        return float("nan")
    return float(2 * (predicted & true).sum() / (predicted.sum() + true.sum()))


def mean_error(predicted: NDArray, acquired: NDArray, brain: Mask) -> float:
    """Mean absolute error within the brain."""
    return float(np.abs(predicted - acquired)[brain].mean())


def mean_ssim(predicted: NDArray, acquired: NDArray, brain: Mask, radius: int = 5) -> float:
    """Mean structural similarity within the brain, data range fixed to that of the target."""
    x, y = (torch.from_numpy(np.ascontiguousarray(v))[None, None] for v in (predicted, acquired))
    inner = brain[radius:-radius, radius:-radius, radius:-radius]
    return float(losses.ssim(x, y, losses.DATA_RANGE, radius=radius)[0, 0].numpy()[inner].mean())
