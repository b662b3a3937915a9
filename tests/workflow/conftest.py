"""A small trial of phantoms in a copy of the workflow, run once for all tests of this folder."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "workflow", "profiles", "config", "envs", "src")
EXAMS = {"P001": ("V1", "V2", "V3"), "P002": ("V1", "V2")}
SEQUENCES = ("t1", "t2", "flair", "t1c")


@dataclass
class Workspace:
    """A folder with a copy of the workflow and a trial of its own."""

    folder: Path

    def snakemake(self, *arguments: str, check: bool = True) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src")}
        command = [sys.executable, "-m", "snakemake", "--configfile", "trial.yaml", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        assert not check or done.returncode == 0, output[-6000:]
        return output

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
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder)
    return Workspace(folder)


@pytest.fixture(scope="session")
def scans(tmp_path_factory) -> Path:
    """Scans of a few phantom visits, as a hospital would deliver them."""
    folder = tmp_path_factory.mktemp("scans")
    cohort = grow("demo")
    for patient, visits in EXAMS.items():
        for visit in visits:
            render_exam(cohort.state(patient, visit), folder / patient / visit, 2.0)
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory, scans) -> Workspace:
    """A trial of two patients with two visits each, run to the report."""
    workspace = new_workspace(tmp_path_factory.mktemp("trial") / "copy")
    cohort = grow("demo")
    patients = cohort.patients[cohort.patients["patient"].isin(list(EXAMS))]
    patients.to_csv(workspace.folder / "patients.tsv", sep="\t", index=False)
    visits = cohort.visits[cohort.visits["patient"].isin(list(EXAMS))].copy()
    visits = visits[visits["visit"].isin(["V1", "V2"])]
    for sequence in SEQUENCES:
        visits[sequence] = [
            scans / patient / visit / f"{sequence}.nii.gz"
            for patient, visit in zip(visits["patient"], visits["visit"], strict=True)
        ]
    workspace.write_visits(visits)
    trial = {
        "name": "two phantoms",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "preprocess": {"spacing_mm": 2.0},
        "statistics": {"bootstrap": 20},
        "report": {"phantom": True},
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    workspace.run()
    return workspace


@pytest.fixture
def copy(finished, tmp_path) -> Workspace:
    """The finished trial to change at will; times of change are kept."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    return Workspace(tmp_path / "copy")
