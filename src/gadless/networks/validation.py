"""How well a network does on held-out exams, whole volumes, while it learns."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gadless.networks import losses
from gadless.networks.backbone import ResidualUNet
from gadless.networks.cache import Case
from gadless.networks.header import Metadata
from gadless.networks.inference import Trained, predict
from gadless.networks.patches import Source

# The truth holds outlines of a few voxels that no one could measure; Dice of these is noise.
SMALLEST_VOXELS = 50

Mask = NDArray[np.bool_]


def validate(
    network: ResidualUNet, metadata: Metadata, sources: Sequence[Source]
) -> dict[str, float]:
    """Mean figures over exams; NaN where none has what a figure needs.

    Generators: ``mae`` and ``ssim``, also for the zero map; ``recovery``, mean predicted over mean
    acquired enhancement within true enhancing tumour; ``dice``, of what the map lights up within
    the true abnormality. Segmenters: Dice of each compartment and of the whole ``abnormality``.
    """
    figures = _generator_figures if metadata.kind == "generator" else _segmenter_figures
    rows = [figures(network, metadata, source.open()) for source in sources]
    return {name: _mean([row[name] for row in rows]) for name in rows[0]}


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
    predicted = predict(Trained(network, metadata), images, metadata.spacing_mm)[0] * case.brain
    zero = np.zeros_like(acquired)
    enhancing = case.labels == 1
    enough = enhancing.sum() >= SMALLEST_VOXELS
    return {
        "mae": mean_error(predicted, acquired, case.brain),
        "mae_zero": mean_error(zero, acquired, case.brain),
        "ssim": mean_ssim(predicted, acquired, case.brain),
        "ssim_zero": mean_ssim(zero, acquired, case.brain),
        "recovery": predicted[enhancing].mean() / acquired[enhancing].mean() if enough else np.nan,
        "dice": dice((predicted > losses.ENHANCES) & (case.labels > 0), enhancing)
        if enough
        else np.nan,
    }


def _segmenter_figures(network: ResidualUNet, metadata: Metadata, case: Case) -> dict[str, float]:
    scores = predict(Trained(network, metadata), images_of(case), metadata.spacing_mm)
    labels = np.where(case.brain, scores.argmax(axis=0), 0)
    return {
        "enhancing": dice(labels == 1, case.labels == 1),
        "abnormality": dice(labels > 0, case.labels > 0),
        "necrosis": dice(labels == 3, case.labels == 3),
    }


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
