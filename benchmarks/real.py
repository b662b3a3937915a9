"""How well the shipped weights do on the four real exams, against masks that others drew.

    snakemake --cores all --configfile tests/real/trial.yaml
    python benchmarks/real.py results/real ../shared/real

Brings every segmentation back to the T1's own grid and compares there. Prints, for each exam and
contrast, the volume of enhancing tumour (cm3) and the Dice of enhancing tumour and of the whole
abnormality.
"""

import argparse
import tempfile
from pathlib import Path

import nibabel
import numpy as np

from gadless.images.transforms import to_native

CONTRASTS = ("gbca", "cgan", "unet")
# File of each exam's mask, and the label of enhancing tumour in it; every other label that is not 0
# belongs to the abnormality.
MASKS = {
    "BraTS2021_01480": ("seg.nii.gz", 4),
    "BraTS2021_01481": ("seg.nii.gz", 4),
    "BraTS2021_01482": ("seg.nii.gz", 4),
    "glioma_large_enhancing": ("seg_automatic.nii.gz", 3),
}
OURS_ENHANCING = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("scans", type=Path)
    arguments = parser.parse_args()
    print("exam                    contrast  mask cm3  found cm3  Dice enhancing  Dice abnormality")
    for exam, (file, label) in MASKS.items():
        image = nibabel.Nifti1Image.from_filename(arguments.scans / exam / file)
        drawn = np.asarray(image.dataobj)
        voxel_cm3 = float(np.prod(image.header.get_zooms()[:3])) / 1000
        for contrast in CONTRASTS:
            found = in_native_space(arguments.results / "visits" / exam / "V1", contrast)
            enhancing, reference = found == OURS_ENHANCING, drawn == label
            print(
                f"{exam:23} {contrast:8} {reference.sum() * voxel_cm3:9.1f}"
                f"  {enhancing.sum() * voxel_cm3:9.1f}  {dice(enhancing, reference):14.2f}"
                f"  {dice(found > 0, drawn > 0):16.2f}"
            )


def in_native_space(visit: Path, contrast: str) -> np.ndarray:
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "native.nii.gz"
        labels = visit / "segmented" / f"{contrast}.nii.gz"
        to_native(labels, visit / "preprocessed" / "transforms.json", "t1", output)
        return np.asarray(nibabel.Nifti1Image.from_filename(output).dataobj).copy()


def dice(one: np.ndarray, two: np.ndarray) -> float:
    """Dice 1945; not a number where both are empty."""
    size = int(one.sum() + two.sum())
    return 2 * float((one & two).sum()) / size if size else np.nan


if __name__ == "__main__":
    main()
