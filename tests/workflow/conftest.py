"""Small trials in copies of the workflow, run once for all tests of this folder."""

import shutil
from pathlib import Path

import pytest
from workspace import EXAMS, Workspace, measured_workspace, scan_phantoms, scanned_workspace

SPACING_MM = 3.0


@pytest.fixture(scope="session")
def scans(tmp_path_factory) -> Path:
    """Scans of a few phantom visits, as a hospital would deliver them."""
    folder = tmp_path_factory.mktemp("scans")
    scan_phantoms(folder, EXAMS, SPACING_MM)
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory, scans) -> Workspace:
    """A trial of two patients with two visits each, run to the report."""
    folder = tmp_path_factory.mktemp("trial") / "copy"
    exams = {patient: visits[:2] for patient, visits in EXAMS.items()}
    settings = {"name": "two phantoms", "statistics": {"bootstrap": 20}}
    preprocess = {"brain_extraction": "atlas"}  # half the time of a network's
    workspace = scanned_workspace(folder, exams, scans, SPACING_MM, preprocess, **settings)
    workspace.run()
    return workspace


@pytest.fixture(scope="session")
def measured_and_run(tmp_path_factory) -> Workspace:
    """A trial of eight patients measured elsewhere, run to the report."""
    workspace = measured_workspace(tmp_path_factory.mktemp("measured") / "copy")
    workspace.run()
    return workspace


@pytest.fixture
def copy(finished, tmp_path) -> Workspace:
    """The finished trial to change at will; times of change are kept."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    return Workspace(tmp_path / "copy")
