"""What is told before the first job: everything that can be known, in one text."""

import os

from small_trial import Sheets
from starting import checked, told

from gadless.jobs import start


def test_a_trial_without_a_fault_starts(started: Sheets, table: Sheets) -> None:
    for trial in (started, table):
        os.chdir(trial.folder)
        assert checked(trial).config.results == "results"


def test_everything_is_told_at_once_with_the_faults_of_the_sheets(started: Sheets) -> None:
    """Of the sheets, the networks, the criteria; what needs sound sheets waits for these."""
    started.row("P1", "V1")["day"] = "soon"
    started.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    started.config["response"] = {"criteria": ["rano2011"]}
    text = told(started)
    assert "'soon': is no number" in text
    assert f"networks.cgan.weights: {started.folder}/gone.safetensors: no such file" in text
    assert "'rano2011' is not known" in text
    assert "2 faults were found before any job" in text


def test_every_sheet_that_is_not_there_is_told(started: Sheets) -> None:
    named = {"patients": "gone.tsv", "visits": "away/v.tsv"}
    started.config.update(named, networks={"cgan": {"weights": "c.safetensors"}})
    text = told(started)
    for path in (*named.values(), "c.safetensors"):
        assert f"{started.folder}/{path}: no such file" in text


def test_a_job_of_a_cluster_checks_nothing_again(started: Sheets) -> None:
    started.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    checked(started, check=False)


def test_every_check_is_listed_once() -> None:
    assert len(set(start.CHECKS)) == len(start.CHECKS)
