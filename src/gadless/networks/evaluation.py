"""What trained networks reach on held-out exams: the figures of the model cards.

``python -m gadless.networks.evaluation RESULTS TABLE`` writes one row an exam and contrast, after
``snakemake train`` has listed the exams in ``RESULTS/training/exams.tsv``; the zero map (nothing
enhances) and the mean map (everything does, alike) are always among them, because these are what
voxel metrics must beat.
"""

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from gadless.networks.cache import Case
from gadless.networks.contract import CONTRAST, SUBTRACTION
from gadless.networks.dataset import Cohort, load_cohort
from gadless.networks.generator import LARGEST_LOG, SMALLEST_LOG, TARGET_LIMITS
from gadless.networks.inference import Trained, predict
from gadless.networks.job import read_exams
from gadless.networks.model import Volume
from gadless.networks.segment import Labels, interval_of, joined, labels_of, segment
from gadless.networks.validation import auc, dice, images_of, mean_error, mean_ssim
from gadless.networks.weights import load
from gadless.tables import write_table
from gadless.trial.config.training import Training

ACQUIRED, ZERO, MEAN = "gbca", "zero", "mean"

Map = tuple[Volume | None, Volume | None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Networks:
    """What is evaluated.

    Attributes
    ----------
    segmenter : Trained
        On acquired contrast and on every map.
    abnormality : Trained or None
        What finds the abnormality that all contrasts share; None: each its own.
    candidates : dict of str to Trained
        Generators of maps (all that they say), and segmenters without contrast.
    """

    segmenter: Trained
    abnormality: Trained | None
    candidates: Mapping[str, Trained]


def evaluate(cases: Sequence[Case], networks: Networks, level: float) -> pd.DataFrame:
    """Segment every exam on the acquired contrast, on each candidate, and on none.

    Parameters
    ----------
    cases : sequence of Case
    networks : Networks
    level : float
        Of the mean map: the same everywhere.

    Returns
    -------
    DataFrame
        One row an exam and contrast: ``patient visit contrast``; ``mae``, ``ssim`` and
        ``correlation`` of the subtraction map within the brain; ``auc`` of the map, enhancing
        tumour against the rest of the lesion; ``enhancing_cm3`` with ``low_cm3`` and ``high_cm3``,
        and ``true_enhancing_cm3``; ``dice_truth``, ``abnormality_truth``, ``core_truth`` and
        ``necrosis_truth`` against the true labels; and ``dice_acquired``, enhancing tumour against
        the segmentation on acquired contrast. Missing where a contrast has no map, or the mask
        compared with has under 50 voxels.
    """
    return pd.DataFrame([row for case in cases for row in _rows(case, networks, level)])


def _rows(case: Case, networks: Networks, level: float) -> Iterator[dict[str, Any]]:
    images = {**images_of(case), "brain": case.brain.astype(np.float32)}
    spacing = float(networks.segmenter.spacing_mm or 0)
    shared = None
    if networks.abnormality is not None:
        shared = segment(networks.abnormality, images, spacing) > 0
    acquired = np.where(case.brain, images[SUBTRACTION], 0)
    maps: dict[str, Map] = {
        ACQUIRED: (acquired, None),
        ZERO: (np.zeros_like(acquired), None),
        MEAN: (np.where(case.brain, np.float32(level), 0), None),
    }
    for name, candidate in networks.candidates.items():
        maps[name] = _map(candidate, images, case, spacing)
    found: dict[str, Labels] = {}
    for name, (predicted, spread) in maps.items():
        model = networks.segmenter if predicted is not None else networks.candidates[name]
        seen = images if predicted is None else {**images, CONTRAST: images["t1"] + predicted}
        scores = predict(model, seen, spacing)
        labels = labels_of(model, scores, case.brain)
        interval = None
        if name not in (ACQUIRED, ZERO, MEAN):
            interval = interval_of(model, seen, scores, labels, spread, spacing)
        found[name] = labels if shared is None else joined(labels, shared)
        yield {
            "patient": case.patient,
            "visit": case.visit,
            "contrast": name,
            **_of_map(predicted, acquired, case),
            **(interval or {}),
            **_of_labels(found[name], found[ACQUIRED], case, spacing),
        }


def _map(candidate: Trained, images: Mapping[str, Volume], case: Case, spacing_mm: float) -> Map:
    """Map and spread of a candidate; None of one that gives labels."""
    if candidate.output == "labels":
        return None, None
    output = predict(candidate, images, spacing_mm)
    predicted = np.where(case.brain, np.clip(output[0], *TARGET_LIMITS), 0)
    return predicted, np.exp(np.clip(output[1], SMALLEST_LOG, LARGEST_LOG))


def _of_map(predicted: Volume | None, acquired: Volume, case: Case) -> dict[str, float]:
    if predicted is None:
        return {}
    lesion = case.labels > 1
    values = predicted[case.brain]
    return {
        "mae": mean_error(predicted, acquired, case.brain),
        "ssim": mean_ssim(predicted, acquired, case.brain),
        "correlation": float(np.corrcoef(values, acquired[case.brain])[0, 1])
        if np.ptp(values) > 0
        else float("nan"),
        "auc": auc(predicted[case.labels == 1], predicted[lesion]),
    }


def _of_labels(
    labels: Labels, on_acquired: Labels, case: Case, spacing_mm: float
) -> dict[str, float]:
    voxel_cm3, true = spacing_mm**3 / 1000, case.labels
    return {
        "enhancing_cm3": float((labels == 1).sum()) * voxel_cm3,
        "true_enhancing_cm3": float((true == 1).sum()) * voxel_cm3,
        "dice_truth": dice(labels == 1, true == 1),
        "abnormality_truth": dice(labels > 0, true > 0),
        "core_truth": dice(_core(labels), _core(true)),
        "necrosis_truth": dice(labels == 3, true == 3),
        "dice_acquired": dice(labels == 1, on_acquired == 1),
    }


def _core(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (labels == 1) | (labels == 3)


def mean_level(cases: Sequence[Case]) -> float:
    """Return the mean of the acquired maps in the brain, over exams alike."""
    return float(np.mean([_subtraction(case)[case.brain].mean() for case in cases]))


def _subtraction(case: Case) -> NDArray[np.float32]:
    return case.images[case.names.index(SUBTRACTION)].astype(np.float32)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Medians by contrast, and how often an interval holds the true volume."""
    figures = table.drop(columns=["patient", "visit"])
    medians = figures.groupby("contrast", sort=False).median()
    inside = table["true_enhancing_cm3"].between(table["low_cm3"], table["high_cm3"])
    stated = table["low_cm3"].notna()
    medians["coverage"] = inside[stated].groupby(table["contrast"][stated]).mean()
    nothing = table[table["true_enhancing_cm3"] == 0]
    medians["false_cm3"] = nothing.groupby("contrast")["enhancing_cm3"].median()
    zero = table[table["contrast"] == ZERO].set_index(["patient", "visit"])["mae"]
    ratio = table.set_index(["patient", "visit"])["mae"] / zero
    medians["mae_over_zero"] = ratio.groupby(table["contrast"].to_numpy()).median()
    return medians.drop(columns=["low_cm3", "high_cm3"])


def cohort_of(results: Path, fold: int = 0) -> Cohort:
    """Return the exams that ``snakemake train`` listed, and who of them was held out."""
    settings, training = Training(), results / "training"
    return load_cohort(
        read_exams(training / "exams.tsv"),
        settings.recipes["segmenter"],
        settings.spacing_mm,
        settings.held_out,
        training / "cache",
        fold,
    )


def network_of(name: str, weights: Path | None = None, fold: int = 0) -> Trained:
    """Return a network from a folder of weights, or the one that is shipped."""
    end = f".fold{fold}.safetensors" if fold else ".safetensors"
    path = None if weights is None else weights / f"{name}{end}"
    return Trained(*load(path, name, Training().recipes[name].kind))


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "results", type=Path, help="folder of results that holds the training exams"
    )
    parser.add_argument("table", type=Path, help="TSV to write")
    parser.add_argument("--weights", type=Path, help="folder of weights; default: the shipped ones")
    parser.add_argument("--candidates", nargs="*", default=["cgan", "unet", "abnormality"])
    parser.add_argument("--fold", type=int, default=0, help="evaluate a fold's, by its own weights")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    cohort = cohort_of(given.results, given.fold)
    network = partial(network_of, weights=given.weights, fold=given.fold)
    networks = Networks(
        network("segmenter"),
        network("abnormality"),
        {name: network(name) for name in given.candidates},
    )
    level = mean_level([member.case.open() for member in cohort.learning])
    table = evaluate([member.case.open() for member in cohort.held_out], networks, level)
    write_table(table, given.table)
    shown = summary(table).round(3).T
    logger.info("medians over %d held-out exams\n%s", len(cohort.held_out), shown)


if __name__ == "__main__":
    main()
