"""How well the shipped weights do on the demo's phantoms, which no network has learnt from.

    make demo
    python benchmarks/phantoms.py results

Compares the segmentation on every contrast with the labels that the phantoms were drawn from, on
the common grid. Prints medians over exams with at least 0.4 cm3 of enhancing tumour: volumes (cm3),
Dice of enhancing tumour, whole abnormality and necrosis against the truth, that of enhancing tumour
against the segmentation on acquired contrast, and the bias of the volume (found over true, less 1).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.manifest import Manifest
from gadless.networks.exams import read_image, read_images
from gadless.networks.truth import OURS, read_truth

CONTRASTS = ("gbca", "cgan", "unet")
LEAST_CM3 = 0.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    table = pd.DataFrame(rows(results))
    large = table[table["true_cm3"] >= LEAST_CM3]
    print(f"medians over {large['exam'].nunique()} of {table['exam'].nunique()} exams")
    medians = large.groupby("contrast", sort=False).median(numeric_only=True)
    print(medians.round(3).T.to_string())


def rows(results: Path) -> Iterator[dict[str, float | str]]:
    for status in sorted(results.glob("visits/*/*/segmented/status.json")):
        segmented = Manifest.read(status)
        exam = Manifest.read(status.parents[1] / "preprocessed" / "status.json")
        truth = results / "phantom" / "demo" / exam.patient / exam.visit / "truth.nii.gz"
        if segmented.has(CONTRASTS[0]) and truth.exists():
            yield from of_exam(segmented, exam, truth)


def of_exam(segmented: Manifest, exam: Manifest, truth: Path) -> Iterator[dict[str, float | str]]:
    images, affine = read_images(exam, ("brain",))
    true = read_truth(truth, OURS, exam, images["brain"] > 0)
    voxel_cm3 = abs(float(np.linalg.det(affine[:3, :3]))) / 1000
    acquired = read_image(segmented.path(CONTRASTS[0]))[0] == 1
    for contrast in filter(segmented.has, CONTRASTS):
        labels = read_image(segmented.path(contrast))[0]
        found_cm3, true_cm3 = ((one == 1).sum() * voxel_cm3 for one in (labels, true))
        yield {
            "exam": f"{exam.patient} {exam.visit}",
            "contrast": contrast,
            "true_cm3": true_cm3,
            "found_cm3": found_cm3,
            "bias": found_cm3 / true_cm3 - 1 if true_cm3 else np.nan,
            "dice_enhancing": dice(labels == 1, true == 1),
            "dice_abnormality": dice(labels > 0, true > 0),
            "dice_necrosis": dice(labels == 3, true == 3),
            "dice_acquired": dice(labels == 1, acquired),
        }


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    both = int(one.sum() + other.sum())
    return 2 * float((one & other).sum()) / both if both else float("nan")


if __name__ == "__main__":
    main()
