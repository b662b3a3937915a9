"""One Slurm for all tests of this folder, and what they run on it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from cluster import Cluster, install, why_not
from on_slurm import OnSlurm
from workspace import Workspace, measured_workspace, scan_phantoms, scanned_workspace

EXAMS = {"P001": ("V1", "V2"), "P002": ("V1",)}


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
    scan_phantoms(folder / "scans", EXAMS, 3.0)
    settings = {"statistics": {"bootstrap": 5}}
    workspace = scanned_workspace(folder / "copy", EXAMS, folder / "scans", 3.0, **settings)
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
