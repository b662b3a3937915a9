"""A small trial of phantoms in a copy of the workflow, run once for all tests of this folder."""

import shutil
from pathlib import Path

import pytest
import yaml
from workspace import Workspace, new_workspace

from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

EXAMS = {"P001": ("V1", "V2", "V3"), "P002": ("V1", "V2")}
SEQUENCES = ("t1", "t2", "flair", "t1c")


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
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    workspace.run()
    return workspace


@pytest.fixture
def copy(finished, tmp_path) -> Workspace:
    """The finished trial to change at will; times of change are kept."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    return Workspace(tmp_path / "copy")
