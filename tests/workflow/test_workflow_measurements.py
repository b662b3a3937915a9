"""A trial that enters as a table of measurements, with no image in sight."""

import pandas as pd
import pytest
import yaml
from workspace import ROOT, Workspace, new_workspace

SHEETS = ROOT / "config" / "simulated"
RESULTS = ("response", "best_response", "endpoints", "intervals", "agreement", "survival", "flow")


def _sheet(name: str) -> pd.DataFrame:
    sheet = pd.read_csv(SHEETS / f"{name}.tsv", sep="\t", dtype=str)
    return sheet[sheet["patient"] <= "S008"]


@pytest.fixture
def trial(tmp_path) -> Workspace:
    workspace = new_workspace(tmp_path / "copy")
    for name in ("patients", "measurements"):
        _sheet(name).to_csv(workspace.folder / f"{name}.tsv", sep="\t", index=False)
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


def test_it_runs_to_the_report_and_a_fault_leaves_what_was_computed(trial):
    once = ("collect", "response", "endpoints", "statistics", "cdisc", "report")
    assert trial.planned() == dict.fromkeys(once, 1)
    trial.run()
    assert (trial.folder / "results" / "report" / "index.html").is_file()
    tables = {name: trial.table(name) for name in RESULTS}
    assert all(len(table) for table in tables.values())
    assert set(tables["endpoints"]["patient"]) == set(_sheet("patients")["patient"])
    assert trial.planned() == {}
    measured = _sheet("measurements")
    again = pd.concat([measured, measured.iloc[[4]]])
    again.to_csv(trial.folder / "measurements.tsv", sep="\t", index=False)
    output = trial.snakemake("-n", check=False)
    assert f"row {len(again) + 1}, column contrast" in output
    assert "this visit stands twice for this contrast" in output
    assert "Traceback" not in output
    for name, table in tables.items():
        pd.testing.assert_frame_equal(trial.table(name), table)
