"""A trial whose jobs wrote their records and, for results, a line each: for counting jobs."""

import shutil
from pathlib import Path
from typing import Any

import here
import nibabel
import numpy as np
from folder import EXAMS, ROOT, SEQUENCES, Folder, new_folder

from gadless.files import guarded, write_text
from gadless.task import Task

BESIDE = {
    "preprocess": ("t1.nii.gz",),
    "synthesise": ("cgan.nii.gz",),
    "segment": ("gbca.nii.gz",),
    "measure": ("measurements.parquet", "panels/V2.png"),
    "collect": ("measurements.parquet",),
    "statistics": ("survival.parquet",),
    "report": ("tables/flow.tsv",),
}
"""What jobs make beside what Snakemake knows them by, or some of it."""


def sheets_of(folder: Folder) -> None:
    """Write the demo's sheets of a few patients, with scans in the trial's own folder."""
    for name in ("patients", "visits"):
        shutil.copy(ROOT / "config" / "demo" / f"{name}.tsv", folder.path)
    patients, visits = folder.sheet("patients"), folder.sheet("visits")
    exams = {(patient, visit) for patient, named in EXAMS.items() for visit in named}
    keys = list(zip(visits["patient"], visits["visit"], strict=True))
    for sequence in SEQUENCES:
        visits[sequence] = [f"scans/{p}/{v}/{sequence}.nii.gz" for p, v in keys]
    folder.write("patients", patients[patients["patient"].isin(list(EXAMS))])
    folder.write("visits", visits[[key in exams for key in keys]])
    settings = {"spacing_mm": 3.0}
    text = {"name": "phantoms", "patients": "patients.tsv", "visits": "visits.tsv"}
    (folder.path / "trial.yaml").touch()
    (folder.path / "trial.yaml").write_text("{}")
    folder.configure(**text, preprocess=settings, statistics={"bootstrap": 20})


def scanned(path: Path) -> Folder:
    """Return a trial of scans, all of whose jobs are done in this way."""
    folder = new_folder(path)
    sheets_of(folder)
    for at, (patient, visit) in enumerate(
        [(patient, visit) for patient in EXAMS for visit in ("V1", "V2", "V3")]
    ):
        for of, sequence in enumerate((*SEQUENCES, "truth")):
            # Of one size, so that content alone tells them apart.
            values = np.full((6, 6, 6), 0 if sequence == "truth" else 100 + 10 * at + of, np.int16)
            file = path / "scans" / patient / visit / f"{sequence}.nii"
            file.parent.mkdir(parents=True, exist_ok=True)
            image = nibabel.Nifti1Image(values, np.diag([3.0, 3.0, 3.0, 1.0]))
            nibabel.save(image, file.with_suffix(".nii"))
            file.rename(file.with_name(f"{sequence}.nii"))
    visits = folder.sheet("visits")
    for sequence in SEQUENCES:
        visits[sequence] = visits[sequence].str.removesuffix(".gz")
    folder.write("visits", visits)
    here.run(path, job=written)
    return folder


def measured(path: Path) -> Folder:
    """Return a trial that was measured elsewhere."""
    folder = new_folder(path)
    for name in ("patients", "measurements"):
        shutil.copy(ROOT / "config" / "simulated" / f"{name}.tsv", path)
        sheet = folder.sheet(name)
        folder.write(name, sheet[sheet["patient"] <= "S008"])
    (path / "trial.yaml").write_text("{}")
    folder.configure(
        name="eight patients",
        patients="patients.tsv",
        measurements="measurements.tsv",
        candidates=["cgan", "unet"],
        response={"criteria": ["rano2-2023-volume"]},
        statistics={"bootstrap": 5, "covariates": ["age"]},
    )
    return folder


def written(job: Any) -> None:
    """Write what a job would make: a line that says what it was made from; and its record."""
    asked = job.params.asked
    task = Task(asked, list(job.output), here.LOG)
    folder = Path(job.output[0]).parent
    with guarded(task):
        parts, read = task.parts(), task.read()
        beside = [folder / name for name in BESIDE.get(job.rule.name, ())]
        for path in [*job.output, *beside]:
            write_text(f"{path}: {parts} {read}", path)
        task.finish(parts, read)
