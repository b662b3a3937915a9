"""How alike the enhancing volume is of three scans of one real exam, on each contrast.

    python benchmarks/repeatability.py make ../shared/real results/repeatability
    snakemake --cores all --configfile results/repeatability/trial.yaml
    python benchmarks/repeatability.py report results/repeatability

The tumour is the same in all three; what differs is what a scanner does. Each exam becomes a
patient with three visits: `V1` the scans as they are; `V2` the head turned by 8 degrees about an
oblique axis and shifted by 5 mm, with noise; `V3` averaged over slices of 3 mm, with other noise.
Noise is Gaussian, 3% of the sequence's median in the brain. All of it is done to the scans as
delivered, before anything that Gadless does; all four sequences of a visit are turned alike.

The exams are those that no network has learnt from and whose mask has more than 1 cm3 of enhancing
tumour. The report prints volumes (cm3), the coefficient of variation of each exam's (standard
deviation over mean; of two, where the third was refused) and its root mean square over exams; an
exam with nothing found in any scan has none, and is counted.
"""

import argparse
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from real import LEARNT
from scipy.ndimage import affine_transform, uniform_filter1d
from scipy.spatial.transform import Rotation

LARGE = (
    "BraTS2021_01481",
    "BraTS2021_01482",
    "glioma_large_enhancing",
    "train/BraTS-GLI-00000-000",
    "train/Brats18_TCIA02_607_1",
    "train/BraTS-GLI-00009-000",
    "train/BraTS2021_00006",
    "train/BraTS2021_01478",
)
EXAMS = [exam for exam in LARGE if Path(exam).name not in LEARNT]
SEQUENCES = ("t1", "t1c", "t2", "flair")
VISITS = ("V1", "V2", "V3")
DEGREES, SHIFT_MM = 8.0, (3.0, -2.0, 3.5)
AXIS = (1.0, 1.0, 1.0)
SLICE_MM, NOISE = 3, 0.03

Image = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    making = steps.add_parser("make")
    making.add_argument("scans", type=Path)
    making.add_argument("folder", type=Path)
    reporting = steps.add_parser("report")
    reporting.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.step == "make":
        make(given.scans, given.folder)
    else:
        report(given.folder)


def make(scans: Path, folder: Path) -> None:
    """Write three visits of each exam, the trial's sheets and its configuration."""
    rows = []
    for number, exam in enumerate(EXAMS):
        name = Path(exam).name
        where = {visit: folder.resolve() / "scans" / name / visit for visit in VISITS[1:]}
        for at, sequence in enumerate(SEQUENCES):
            image = nibabel.Nifti1Image.from_filename(scans / exam / f"{sequence}.nii.gz")
            for visit, one in scanned_again(image, seed=10 * number + at).items():
                where[visit].mkdir(parents=True, exist_ok=True)
                nibabel.save(one, where[visit] / f"{sequence}.nii.gz")
        for day, visit in zip((0, 56, 112), VISITS, strict=True):
            rows.append(row(name, visit, day, where.get(visit, (scans / exam).resolve())))
    pd.DataFrame(rows).to_csv(folder / "visits.tsv", sep="\t", index=False)
    patients = {"patient": [Path(exam).name for exam in EXAMS], "arm": "single"}
    patients |= {"os_days": "NA", "os_event": "NA"}
    pd.DataFrame(patients).to_csv(folder / "patients.tsv", sep="\t", index=False)
    settings = {
        "name": "three scans of one exam",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "results": "results",
        "preprocess": {"spacing_mm": 2.0},
        "response": {"baseline": {"rule": "first"}},
        "statistics": {"bootstrap": 200},
    }
    (folder / "trial.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))


def row(exam: str, visit: str, day: int, folder: Path) -> dict[str, str | int]:
    paths = {name: str(folder / f"{name}.nii.gz") for name in SEQUENCES}
    return {"patient": exam, "visit": visit, "day": day, **paths}


def scanned_again(image: nibabel.Nifti1Image, seed: int) -> dict[str, nibabel.Nifti1Image]:
    """Return the second and the third scan of a sequence with voxels of 1 mm."""
    if not np.allclose(image.header.get_zooms()[:3], 1.0):
        raise ValueError(f"{image.get_filename()}: voxels of 1 mm are expected")
    data = np.asarray(image.dataobj, dtype=np.float32)
    noise = np.random.default_rng(seed)
    thick, affine = in_slices(data, image.affine)
    return {
        "V2": stored(noisy(turned(data), noise), image.affine, image.get_data_dtype()),
        "V3": stored(noisy(thick, noise), affine, image.get_data_dtype()),
    }


def stored(data: Image, affine: NDArray[np.float64], dtype: Any) -> nibabel.Nifti1Image:
    """Keep the numbers as the original does: whole ones, or any."""
    if np.issubdtype(dtype, np.integer):
        top = np.iinfo(np.int16).max
        return nibabel.Nifti1Image(np.minimum(np.rint(data), top).astype(np.int16), affine)
    return nibabel.Nifti1Image(data, affine)


def turned(data: Image) -> Image:
    """Turn the head about the middle of the grid, by cubic splines; what is not brain stays 0."""
    direction = np.asarray(AXIS) / np.linalg.norm(AXIS)
    matrix = Rotation.from_rotvec(np.radians(DEGREES) * direction).as_matrix()
    middle = (np.asarray(data.shape) - 1) / 2
    offset = middle - matrix @ (middle + np.asarray(SHIFT_MM))
    moved = affine_transform(data, matrix, offset, order=3)
    inside = affine_transform((data > 0).astype(np.float32), matrix, offset, order=1) >= 0.5
    return np.where(inside, np.maximum(moved, 0), 0).astype(np.float32)


def in_slices(data: Image, affine: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """Average over slices along the third axis."""
    kept = uniform_filter1d(data, SLICE_MM, axis=2)[:, :, SLICE_MM // 2 :: SLICE_MM]
    wider = affine @ np.diag([1.0, 1.0, SLICE_MM, 1.0])
    wider[:3, 3] = affine[:3, 3] + affine[:3, 2] * (SLICE_MM // 2)
    return kept, wider


def noisy(data: Image, noise: np.random.Generator) -> Image:
    """Add noise where there is a signal: these scans hold nothing but the brain."""
    level = NOISE * float(np.median(data[data > 0]))
    shaken = np.maximum(data + level * noise.standard_normal(data.shape, np.float32), 0)
    return np.where(data > 0, shaken, 0).astype(np.float32)


def report(folder: Path) -> None:
    """Print the volumes of the three scans and how much they vary."""
    table = pd.read_csv(folder / "results" / "trial" / "measurements.tsv", sep="\t")
    wide = table.pivot_table(
        index=["contrast", "patient"], columns="visit", values="enhancing_cm3", sort=False
    )
    wide = wide.reindex(columns=list(VISITS))
    mean, spread = wide.mean(axis=1), wide.std(axis=1)
    wide["cv"] = (spread / mean).where(mean > 0)
    print(wide.round(2).to_string())
    for contrast, found in wide.groupby(level="contrast", sort=False):
        some = found["cv"].dropna()
        nothing = int((found[list(VISITS)].max(axis=1) == 0).sum())
        print(
            f"{contrast}: root mean square of the coefficient of variation"
            f" {np.sqrt((some**2).mean()):.0%} over {len(some)} exams;"
            f" nothing found in any scan of {nothing}"
        )


if __name__ == "__main__":
    main()
