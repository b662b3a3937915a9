"""What trained networks reach on held-out exams: the figures of the model cards.

``python -m gadless.networks.evaluation RESULTS TABLE`` writes one row an exam and contrast, after
``snakemake train`` has listed the exams in ``RESULTS/training/exams.tsv``; the zero map (nothing
enhances) is always among them, because it is what voxel metrics must beat.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.networks.backbone import ResidualUNet
from gadless.networks.cache import Case
from gadless.networks.dataset import load_cohort
from gadless.networks.header import Metadata
from gadless.networks.inference import Trained, predict
from gadless.networks.job import read_exams
from gadless.networks.segment import segment
from gadless.networks.validation import dice, images_of, mean_error, mean_ssim
from gadless.networks.weights import load
from gadless.tables import write_table
from gadless.trial.config.training import Training

ACQUIRED, ZERO = "gbca", "zero"

logger = logging.getLogger(__name__)

Network = tuple[ResidualUNet, Metadata]


def evaluate(
    cases: Sequence[Case], segmenter: Network, generators: Mapping[str, Network]
) -> pd.DataFrame:
    """Segment every exam on the acquired contrast, on each synthetic one, and on none.

    Returns
    -------
    DataFrame
        One row an exam and contrast: ``patient visit contrast``; ``mae`` and ``ssim`` of the
        subtraction map within the brain; ``enhancing_cm3``; ``dice_truth``,
        ``abnormality_truth`` and ``necrosis_truth`` against the true labels; and
        ``dice_acquired``, enhancing tumour against the segmentation on acquired contrast.
        Dice is missing where the mask compared with has under 50 voxels.
    """
    rows = []
    for case in cases:
        images = images_of(case)
        images["brain"] = case.brain.astype(np.float32)
        maps = {ACQUIRED: images["subtraction"] * case.brain, ZERO: np.zeros_like(images["t1"])}
        for name, (module, metadata) in generators.items():
            maps[name] = (
                predict(Trained(module, metadata), images, metadata.spacing_mm)[0] * case.brain
            )
        labels = {name: _segment(segmenter, images, values) for name, values in maps.items()}
        voxel_cm3 = segmenter[1].spacing_mm ** 3 / 1000
        for name, values in maps.items():
            enhancing = labels[name] == 1
            rows.append(
                {
                    "patient": case.patient,
                    "visit": case.visit,
                    "contrast": name,
                    "mae": mean_error(values, maps[ACQUIRED], case.brain),
                    "ssim": mean_ssim(values, maps[ACQUIRED], case.brain),
                    "enhancing_cm3": enhancing.sum() * voxel_cm3,
                    "true_enhancing_cm3": (case.labels == 1).sum() * voxel_cm3,
                    "dice_truth": dice(enhancing, case.labels == 1),
                    "abnormality_truth": dice(labels[name] > 0, case.labels > 0),
                    "necrosis_truth": dice(labels[name] == 3, case.labels == 3),
                    "dice_acquired": dice(enhancing, labels[ACQUIRED] == 1),
                }
            )
    return pd.DataFrame(rows)


def _segment(
    segmenter: Network, images: dict[str, NDArray[np.float32]], subtraction: NDArray[np.float32]
) -> NDArray[np.uint8]:
    module, metadata = segmenter
    seen = {**images, "contrast": images["t1"] + subtraction}
    return segment(Trained(module, metadata), seen, metadata.spacing_mm)


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "results", type=Path, help="folder of results that holds the training exams"
    )
    parser.add_argument("table", type=Path, help="TSV to write")
    parser.add_argument("--weights", type=Path, help="folder of weights; default: the shipped ones")
    parser.add_argument("--generators", nargs="*", default=["cgan", "unet"])
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Training()
    training = given.results / "training"
    cohort = load_cohort(
        read_exams(training / "exams.tsv"),
        settings.recipes["segmenter"],
        settings.spacing_mm,
        settings.held_out,
        training / "cache",
    )

    def weights_of(name: str) -> Path | None:
        return given.weights / f"{name}.safetensors" if given.weights else None

    table = evaluate(
        [member.case.open() for member in cohort.held_out],
        load(weights_of("segmenter"), "segmenter", "segmenter"),
        {name: load(weights_of(name), name, "generator") for name in given.generators},
    )
    write_table(table, given.table)
    summary = table.drop(columns=["patient", "visit"]).groupby("contrast").median()
    logger.info("medians over %d held-out exams\n%s", len(cohort.held_out), summary.round(3).T)


if __name__ == "__main__":
    main()
