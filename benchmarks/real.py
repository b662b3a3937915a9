"""How well the shipped weights do on real exams, against masks that others drew.

    snakemake --cores all --configfile tests/real/fourteen.yaml
    python benchmarks/real.py results/fourteen ../shared/real

Brings every segmentation back to the T1's own grid and compares there. Prints, for each exam and
contrast, the volume of enhancing tumour (cm3) and the Dice of enhancing tumour, of enhancing tumour
and core together, and of the T2/FLAIR abnormality, which is the same on every contrast; then the
medians over the exams that no network has learnt from. The two exams without a tumour have no mask:
anything enhancing in them is false. Last, how often the interval that a candidate states for its
volume holds that of the mask.
"""

import argparse
import tempfile
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from gadless.images.transforms import to_native
from gadless.measurement.image_metrics import ZERO_MAP

CONTRASTS = ("gbca", "cgan", "unet")
# Where an exam's mask lies below the folder of scans; the folder names the exam.
MASKS = ("*/seg.nii.gz", "*/seg_automatic.nii.gz", "train/*/seg.nii.gz")
# Of BraTS until 2021 (4) and from 2023 on (3), and the core of both.
ENHANCING, CORE = (3, 4), 1
# What the shipped segmenter and abnormality network have seen (their model cards).
LEARNT = {f"BraTS2021_0{number}" for number in ("0006", "1476", "1478", "1483", "1484")}
LARGE_CM3, NONE_CM3 = 1.0, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("scans", type=Path)
    given = parser.parse_args()
    masks = {path.parent.name: path for one in MASKS for path in given.scans.glob(one)}
    rows = [
        row
        for visit in sorted((given.results / "visits").glob("*/V1"))
        for row in of_exam(visit, masks.get(visit.parent.name))
    ]
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    table = table[~table["exam"].isin(LEARNT)]
    large, none = table[table["mask_cm3"] > LARGE_CM3], table[table["mask_cm3"] < NONE_CM3]
    figures = ["dice_enhancing", "dice_core", "dice_abnormality"]
    medians = large.groupby("contrast")[figures].median().round(2)
    print(f"\nmedians, {large['exam'].nunique()} exams with more than {LARGE_CM3:g} cm3 enhancing")
    print(medians.to_string())
    print(f"\nenhancing cm3 called in {none['exam'].nunique()} exams with less than {NONE_CM3:g}")
    print(none.groupby("contrast")["found_cm3"].agg(["median", "max"]).round(1).to_string())
    metrics = pd.read_csv(given.results / "trial" / "image_metrics.tsv", sep="\t")
    errors = metrics[(metrics["region"] == "brain") & (metrics["metric"] == "mae")]
    errors = errors[~errors["patient"].isin(LEARNT)]
    wide = errors.pivot_table(index="patient", columns="contrast", values="value")
    print("\nmean absolute error in the brain over the zero map's, median over exams")
    print(wide.div(wide[ZERO_MAP], axis=0).median().round(2).to_string())
    print("\nexams whose interval holds the mask's volume; median width, cm3")
    print(coverage(given.results, table).to_string())


def coverage(results: Path, table: pd.DataFrame) -> pd.DataFrame:
    measured = pd.read_csv(results / "trial" / "measurements.tsv", sep="\t")
    measured = measured.rename(columns={"patient": "exam"})
    both = table.merge(measured, on=["exam", "contrast"]).dropna(subset="enhancing_low_cm3")
    both["holds"] = both["mask_cm3"].between(both["enhancing_low_cm3"], both["enhancing_high_cm3"])
    both["width_cm3"] = both["enhancing_high_cm3"] - both["enhancing_low_cm3"]
    by = both.groupby(["contrast", both["mask_cm3"] > LARGE_CM3])
    return by.agg(exams=("holds", "size"), hold=("holds", "sum"), width_cm3=("width_cm3", "median"))


def of_exam(visit: Path, mask: Path | None) -> list[dict[str, float | str]]:
    images = {name: in_native_space(visit, name) for name in CONTRASTS}
    found = {name: np.asarray(image.dataobj) for name, image in images.items()}
    voxel_cm3 = float(np.prod(images[CONTRASTS[0]].header.get_zooms()[:3])) / 1000
    drawn = np.zeros_like(found[CONTRASTS[0]])
    if mask is not None:
        drawn = np.asarray(nibabel.Nifti1Image.from_filename(mask).dataobj)
    enhancing = np.isin(drawn, ENHANCING)
    return [
        {
            "exam": visit.parent.name,
            "contrast": name,
            "mask_cm3": float(enhancing.sum()) * voxel_cm3,
            "found_cm3": float((labels == 1).sum()) * voxel_cm3,
            "dice_enhancing": dice(labels == 1, enhancing),
            "dice_core": dice(np.isin(labels, (1, 3)), enhancing | (drawn == CORE)),
            "dice_abnormality": dice(labels > 0, drawn > 0),
        }
        for name, labels in found.items()
    ]


def in_native_space(visit: Path, contrast: str) -> nibabel.Nifti1Image:
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "native.nii.gz"
        labels = visit / "segmented" / f"{contrast}.nii.gz"
        to_native(labels, visit / "preprocessed" / "transforms.json", "t1", output)
        image = nibabel.Nifti1Image.from_filename(output)
        return nibabel.Nifti1Image(np.asarray(image.dataobj).copy(), image.affine)


def dice(one: np.ndarray, two: np.ndarray) -> float:
    """Dice 1945; not a number where both are empty."""
    size = int(one.sum() + two.sum())
    return 2 * float((one & two).sum()) / size if size else np.nan


if __name__ == "__main__":
    main()
