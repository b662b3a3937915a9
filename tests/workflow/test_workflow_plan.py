"""The plan and its lock are made before there are sheets, and a lock that stands is left."""

import pytest
import yaml
from workspace import Workspace, new_workspace

SETTINGS = {
    "name": "to come",
    "patients": "patients.tsv",
    "measurements": "measurements.tsv",
    "candidates": ["cgan"],
}


@pytest.fixture
def coming(tmp_path) -> Workspace:
    workspace = new_workspace(tmp_path / "copy")
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(SETTINGS))
    return workspace


@pytest.mark.slow
def test_plan_and_lock_need_the_configuration_alone(coming):
    coming.run("plan", "lock")
    page = coming.folder / "results" / "plan" / "plan.html"
    assert "Not locked" in page.read_text()
    lock = coming.folder / "trial.lock.yaml"
    first = lock.read_bytes()

    coming.configure(statistics={"margins": {"discordance": 0.25}})
    output = coming.snakemake("--cores", "1", "plan", "lock", check=False)
    assert "remove the file by hand" in output
    assert "Traceback" not in output
    assert lock.read_bytes() == first
    for text in (output, page.read_text()):
        assert "statistics.margins.discordance: 0.15 → 0.25" in text


def test_everything_else_still_needs_the_sheets(coming):
    output = coming.snakemake("-n", check=False)
    assert "patients.tsv: no such file" in output
    assert "Traceback" not in output
    output = coming.snakemake("-n", "plan", "all", check=False)
    assert "measurements.tsv: no such file" in output
