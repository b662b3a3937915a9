"""A folder with a copy of the workflow, to run and to change at will."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import yaml
from offline import run_offline

from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

# The phantom exams that most trials here hold.
EXAMS = {"P001": ("V1", "V2", "V3"), "P002": ("V1", "V2")}

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "workflow", "profiles", "config", "envs", "src")


@dataclass
class Workspace:
    """A folder with a copy of the workflow and a trial of its own."""

    folder: Path
    offline: bool = True
    """Whether it runs with the network cut off, the machine's own addresses included."""

    def snakemake(self, *arguments: str, check: bool = True) -> str:
        command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml", *arguments]
        guard = self.folder.with_name(f"{self.folder.name}.guard")
        done = run_offline(command, self.folder, self.folder / "src", guard, cut=self.offline)
        output = done.stdout + done.stderr
        assert not check or done.returncode == 0, output[-6000:]
        return output

    def gadless(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Give the command, in this folder."""
        return subprocess.run(
            [sys.executable, "-m", "gadless", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src")},
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str) -> str:
        return self.snakemake("--cores", "2", *arguments)

    def planned(self, *arguments: str) -> dict[str, int]:
        """Count the jobs that a dry run announces, by rule."""
        output = self.snakemake("-n", *arguments)
        if "Nothing to be done" in output:
            return {}
        table = output.split("Job stats:")[1].split("total")[0]
        counts = re.findall(r"^(\w+)\s+(\d+)\s*$", table, flags=re.MULTILINE)
        return {rule: int(count) for rule, count in counts if rule != "all"}

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(
            self.folder / "results" / "trial" / f"{name}.tsv",
            sep="\t",
            dtype={"patient": str, "visit": str},
        )

    def write_visits(self, visits: pd.DataFrame) -> None:
        visits.to_csv(self.folder / "visits.tsv", sep="\t", index=False)

    def visits(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "visits.tsv", sep="\t", dtype=str)

    def configure(self, **changes: object) -> None:
        path = self.folder / "trial.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


def new_workspace(folder: Path) -> Workspace:
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            # What Python compiled goes along: its times match, and each copy starts the sooner.
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy(source, folder)
    return Workspace(folder)


def eight(name: str) -> pd.DataFrame:
    """Return a sheet of the simulated trial, cut to its first eight patients."""
    sheet = pd.read_csv(ROOT / "config" / "simulated" / f"{name}.tsv", sep="\t", dtype=str)
    return sheet[sheet["patient"] <= "S008"]


SEQUENCES = ("t1", "t2", "flair", "t1c")


def scan_phantoms(folder: Path, exams: Mapping[str, Iterable[str]], spacing_mm: float) -> None:
    """Scan visits of the digital trial, as a hospital would deliver them."""
    cohort = grow("demo")
    for patient, visits in exams.items():
        for visit in visits:
            render_exam(cohort.state(patient, visit), folder / patient / visit, spacing_mm)


def scanned_workspace(
    folder: Path,
    exams: Mapping[str, Iterable[str]],
    scans: Path | str,
    spacing_mm: float,
    preprocess: Mapping[str, object] = MappingProxyType({}),
    **settings: object,
) -> Workspace:
    """Make a trial of phantoms whose scans lie in a folder, not yet run."""
    workspace, cohort = new_workspace(folder), grow("demo")
    keys = list(zip(cohort.visits["patient"], cohort.visits["visit"], strict=True))
    visits = cohort.visits[[visit in exams.get(who, ()) for who, visit in keys]].copy()
    for name in SEQUENCES:
        visits[name] = f"{scans}/" + visits["patient"] + "/" + visits["visit"] + f"/{name}.nii.gz"
    workspace.write_visits(visits)
    patients = cohort.patients[cohort.patients["patient"].isin(list(exams))]
    patients.to_csv(workspace.folder / "patients.tsv", sep="\t", index=False)
    trial = {
        "name": "phantoms",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "preprocess": {"spacing_mm": spacing_mm, **preprocess},
        **settings,
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    return workspace


def measured_workspace(folder: Path) -> Workspace:
    """Eight patients measured elsewhere, with one criteria set and a few resamples."""
    workspace = new_workspace(folder)
    for name in ("patients", "measurements"):
        eight(name).to_csv(workspace.folder / f"{name}.tsv", sep="\t", index=False)
    settings = {
        "name": "eight patients",
        "patients": "patients.tsv",
        "measurements": "measurements.tsv",
        "candidates": ["cgan", "unet"],
        "response": {"criteria": ["rano2-2023-volume"]},
        "statistics": {"bootstrap": 5, "covariates": ["age"]},
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(settings))
    return workspace
