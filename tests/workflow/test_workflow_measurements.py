"""A trial that enters as a table of measurements, with no image in sight."""

import shutil

import pandas as pd
import pytest
from workspace import Workspace, eight, measured_workspace

RESULTS = ("response", "best_response", "endpoints", "intervals", "agreement", "survival", "flow")
ONCE = (
    *("collect", "quality", "response", "endpoints", "statistics", "cdisc", "sparing", "report"),
    "patient_pages",
)


@pytest.fixture
def trial(tmp_path) -> Workspace:
    return measured_workspace(tmp_path / "copy")


def test_it_runs_to_the_report_and_a_fault_leaves_what_was_computed(measured_and_run, tmp_path):
    shutil.copytree(measured_and_run.folder, tmp_path / "copy")
    trial = Workspace(tmp_path / "copy")
    assert (trial.folder / "results" / "report" / "index.html").is_file()
    tables = {name: trial.table(name) for name in RESULTS}
    assert all(len(table) for table in tables.values())
    assert set(tables["endpoints"]["patient"]) == set(eight("patients")["patient"])
    assert trial.planned() == {}
    # Its captions are filled in from what the jobs were told.
    trial.snakemake("--report", "report.html")
    assert "resamples of patients (seed" in (trial.folder / "report.html").read_text(
        encoding="utf-8"
    )
    measured = eight("measurements")
    again = pd.concat([measured, measured.iloc[[4]]])
    again.to_csv(trial.folder / "measurements.tsv", sep="\t", index=False)
    output = trial.snakemake("-n", check=False)
    assert f"row {len(again) + 1}, column contrast" in output
    assert "this visit stands twice for this contrast" in output
    assert "Traceback" not in output
    for name, table in tables.items():
        pd.testing.assert_frame_equal(trial.table(name), table)


@pytest.mark.parametrize("candidates", [["reader2"], []])
def test_contrasts_of_a_table_need_no_network(trial, candidates):
    rows = eight("measurements").replace({"contrast": {"cgan": "reader2"}})
    rows.to_csv(trial.folder / "measurements.tsv", sep="\t", index=False)
    trial.configure(candidates=candidates)
    assert trial.planned() == dict.fromkeys(ONCE, 1)


def test_the_jobs_read_the_sheets_as_the_start_did(trial):
    """A covariate whose name resembles a column, and whose codes only the configuration tells."""
    patients = eight("patients")
    patients["centre"] = [f"00{at % 2}" for at in range(len(patients))]
    patients["treatment"] = ["TRUE", "FALSE"] * (len(patients) // 2)
    patients.to_csv(trial.folder / "patients.tsv", sep="\t", index=False)
    trial.configure(statistics={"covariates": ["centre", "treatment"]})
    trial.run("results/trial/patients.tsv")
    read = pd.read_csv(trial.folder / "results/trial/patients.tsv", sep="\t", dtype=str)
    assert read["centre"].tolist() == patients["centre"].tolist()
    assert read["treatment"].tolist() == ["1", "0"] * (len(patients) // 2)


def test_faults_of_the_file_itself_are_found_at_the_start(trial):
    path = trial.folder / "trial.yaml"
    text = path.read_text()
    path.write_text(f"{text}name: again\n")
    output = trial.snakemake("-n", check=False)
    first = text.splitlines().index("name: eight patients") + 1
    assert f"`name` stands twice, in rows {first} and {len(text.splitlines()) + 1}" in output
    # Without sheets of its own, a configuration must not fall on the demo's.
    path.write_text(text.replace("patients: patients.tsv\n", ""))
    output = trial.snakemake("-n", check=False)
    assert "patients: missing, and has no default" in output
    trial.configure(patients="patients.tsv", statistics={"control_arm": "placebo"})
    output = trial.snakemake("-n", check=False)
    assert "'placebo': statistics.control_arm names it, but the arms are" in output
    assert "Traceback" not in output
