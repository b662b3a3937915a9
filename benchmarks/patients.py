"""Size and time of patients' pages: 1 mm exams, as many patients and visits as a trial has.

    python benchmarks/patients.py --exams FOLDER --results results/simulated --out FOLDER

FOLDER holds exams as training has them, one folder each: ``t1``, ``t1c`` and ``seg`` (BraTS coding)
``.nii.gz`` on one grid, skull-stripped. Some patients are made of them by the functions of the
measuring job: each four visits on three contrasts, no two of the same four exams; every patient of
the trial in ``--results`` (`config/simulated.yaml`) is a hard link to one of these. Candidates'
maps are smoothed real ones, their masks are moved by a voxel: sizes are what is asked, not anatomy.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from scipy import ndimage

from gadless.manifest import Manifest
from gadless.measurement.viewer import FILE, write_view
from gadless.measurement.visit import VisitScans
from gadless.report.patients.build import build_pages
from gadless.tables import read_table
from gadless.trial.config import read_config

CONTRASTS = ("gbca", "cgan", "unet")
VISITS = 4
BLUR_MM = {"cgan": 1.0, "unet": 2.0}
BRATS = np.array([0, 3, 2, 1, 1], dtype=np.uint8)
"""Necrosis 1, oedema 2, enhancing 3 or 4, as Gadless' labels."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exams", type=Path, nargs="+", required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("config/simulated.yaml"))
    parser.add_argument("--unlike", type=int, default=6, help="patients of images of their own")
    parser.add_argument("--out", type=Path, required=True, help="deleted before and kept after")
    asked = parser.parse_args()
    exams = sorted(one.parent for folder in asked.exams for one in folder.glob("*/seg.nii.gz"))
    shutil.rmtree(asked.out, ignore_errors=True)
    made = [one_patient(at, exams, asked.out / "made") for at in range(asked.unlike)]
    every_patient(asked, made)
    for page in (asked.out / "report" / "patients.html", *_pages(asked.out)[:1]):
        opened(page)


def one_patient(at: int, exams: list[Path], folder: Path) -> Path:
    """Write what the page shows of four exams, and say what it took."""
    chosen = [exams[(at + step * (1 + at // len(exams))) % len(exams)] for step in range(VISITS)]
    place = folder / f"P{at}"
    scans = [visit(number, exam, place) for number, exam in enumerate(chosen)]
    nowhere = pd.DataFrame(columns=["visit", "contrast", "lesion", "x_mm", "y_mm", "z_mm"])
    begun = time.process_time()
    write_view(scans, [one.visit for one in scans], CONTRASTS, nowhere, place / FILE)
    took, size = time.process_time() - begun, (place / FILE).stat().st_size
    print(f"images of a patient: {took:5.1f} CPU s, {size / 1e6:.2f} MB", flush=True)
    return place / FILE


def visit(number: int, exam: Path, place: Path) -> VisitScans:
    """Lay one exam out as the image stages leave it; the candidates' images are made up."""
    folder = place / f"V{number + 1}"
    folder.mkdir(parents=True)
    t1, t1c, seg = (nibabel.as_closest_canonical(nibabel.load(exam / f"{one}.nii.gz"))
                    for one in ("t1", "t1c", "seg"))  # fmt: skip
    grey = np.asarray(t1.dataobj, dtype=np.float32)
    brain, enhanced = grey > 0, np.asarray(t1c.dataobj, dtype=np.float32)
    grey, enhanced = (one / np.median(one[brain]) * brain for one in (grey, enhanced))
    labels = BRATS[np.asarray(seg.dataobj).astype(int)]

    def stage(name: str, images: dict[str, NDArray[Any]]) -> Manifest:
        for key, image in images.items():
            nibabel.save(nibabel.Nifti1Image(image, t1.affine), folder / f"{name}_{key}.nii")
        files = {key: f"{name}_{key}.nii" for key in images}
        return Manifest(place.name, folder.name, name, folder, files=files)

    maps = {one: ndimage.gaussian_filter(enhanced - grey, wide) for one, wide in BLUR_MM.items()}
    masks = {one: np.roll(labels, at, axis=0) for at, one in enumerate(CONTRASTS)}
    return VisitScans(
        folder.name,
        42 * number,
        stage("preprocess", {"t1": grey, "t1c": enhanced, "brain": brain.astype(np.uint8)}),
        stage("synthesise", maps),
        stage("segment", masks),
    )


def every_patient(asked: argparse.Namespace, made: list[Path]) -> None:
    """Write all pages of the trial, each patient with images, and say what it took."""
    paths = {one.stem: one for one in (asked.results / "trial").glob("*.tsv")}
    patients, views = read_table(paths["patients"])["patient"].astype(str), {}
    for at, patient in enumerate(patients):
        views[patient] = asked.out / "patients" / patient / FILE
        views[patient].parent.mkdir(parents=True)
        os.link(made[at % len(made)], views[patient])
    begun, wall = time.process_time(), time.perf_counter()
    config = read_config(yaml.safe_load(asked.config.read_text()))
    build_pages(config, paths, views, asked.out / "report")
    took, waited = time.process_time() - begun, time.perf_counter() - wall
    sizes = [page.stat().st_size / 1e6 for page in _pages(asked.out)]
    index = (asked.out / "report" / "patients.html").stat().st_size / 1e6
    print(
        f"pages of {len(sizes)} patients: {took:.0f} CPU s, {waited:.0f} s of wall;"
        f" {min(sizes):.2f} to {max(sizes):.2f} MB each, {sum(sizes) / 1e3:.2f} GB in all;"
        f" index {index:.2f} MB",
        flush=True,
    )


def _pages(folder: Path) -> list[Path]:
    return sorted((folder / "report" / "patients").glob("*.html"))


def opened(page: Path) -> None:
    """Say how long Chromium takes to open a page and to draw it, no GPU."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium here", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as scratch:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--disable-background-networking", f"--user-data-dir={scratch}"]
        command += [f"--screenshot={scratch}/shot.png", "--window-size=1400,900"]
        begun = time.perf_counter()
        subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True)
        wall = time.perf_counter() - begun
        print(f"{page.name} in Chromium: {wall:.1f} s of wall", flush=True)


if __name__ == "__main__":
    main()
