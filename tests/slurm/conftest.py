"""One Slurm for all tests of this folder, and what they run on it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from cluster import Cluster, install, why_not
from on_slurm import OnSlurm
from workspace import Workspace, measured_workspace, new_workspace

from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

EXAMS = {"P001": ("V1", "V2"), "P002": ("V1",)}
SEQUENCES = ("t1", "t2", "flair", "t1c")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Slurm of three nodes, two of which have devices."""
    if reason := why_not() or install():
        pytest.skip(reason)
    # Short: the path of a socket has 107 letters at most.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    started = Cluster(folder)
    try:
        started.start()
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """A trial of two patients and three visits, not run yet, whose jobs keep a journal."""
    folder = tmp_path_factory.mktemp("small")
    workspace = new_workspace(folder / "copy")
    cohort = grow("demo")
    visits = cohort.visits
    visits = visits[[visit in EXAMS.get(patient, ()) for patient, visit in _keys(visits)]].copy()
    for sequence in SEQUENCES:
        visits[sequence] = [
            folder / patient / visit / f"{sequence}.nii.gz" for patient, visit in _keys(visits)
        ]
    for patient, visit in _keys(visits):
        render_exam(cohort.state(patient, visit), folder / patient / visit, 3.0)
    workspace.write_visits(visits)
    patients = cohort.patients[cohort.patients["patient"].isin(list(EXAMS))]
    patients.to_csv(workspace.folder / "patients.tsv", sep="\t", index=False)
    trial = {
        "name": "two phantoms",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "preprocess": {"spacing_mm": 3.0},
        "statistics": {"bootstrap": 5},
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    put_switches(workspace)
    return workspace.folder


def put_switches(workspace: Workspace) -> None:
    """Have the jobs of a copied workflow keep a journal, and listen to a test."""
    shutil.copy(Path(__file__).with_name("switches.py"), workspace.folder / "src")
    for script in (workspace.folder / "workflow" / "scripts").glob("*.py"):
        text = script.read_text()
        if "with started(snakemake) as task:" in text:
            text = text.replace("as task:", "as task, watched(snakemake):", 1)
            script.write_text(
                text.replace(
                    "from gadless.task", "from switches import watched\nfrom gadless.task", 1
                )
            )


def _keys(visits: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(visits["patient"], visits["visit"], strict=True))


@pytest.fixture(scope="session")
def one_machine(small, tmp_path_factory) -> Workspace:
    """The trial on one machine that shows two devices."""
    folder = tmp_path_factory.mktemp("machine") / "copy"
    shutil.copytree(small, folder)
    workspace = Workspace(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
        patch.delenv("GADLESS_DEVICE", raising=False)
        workspace.run("--resources", "gpu=2")
    return workspace


@pytest.fixture
def measured(cluster, tmp_path) -> OnSlurm:
    """A trial without images, to be run on the cluster."""
    workspace = measured_workspace(tmp_path / "copy")
    put_switches(workspace)
    return OnSlurm(workspace)


@pytest.fixture
def trial(small, cluster, tmp_path) -> OnSlurm:
    """The trial, to be run on the cluster."""
    shutil.copytree(small, tmp_path / "copy")
    return OnSlurm(Workspace(tmp_path / "copy"))
