"""`gadless check`: what a start would say, and every scan read and shown."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from known_head import scan

from gadless.cli import main
from gadless.survey.trial import exams_of
from gadless.tables import read_table

CONFIG = """\
name: two patients
patients: patients.tsv
visits: visits.tsv
results: {folder}/results
preprocess: {{sampling: 0.03}}
"""


@pytest.fixture
def trial(tmp_path):
    """Two patients with a T1 each; of the second's, the end is missing."""
    scans = scan(tmp_path / "scans", warp=9.0)
    content = scans["t1"].read_bytes()
    (tmp_path / "scans" / "short.nii.gz").write_bytes(content[: len(content) // 2])
    (tmp_path / "patients.tsv").write_text(
        "patient\tarm\tos_days\tos_event\nP1\tA\t400\t0\nP2\tB\t300\t1\n"
    )
    (tmp_path / "visits.tsv").write_text(
        "patient\tvisit\tday\tt1\tt2\tflair\tt1c\n"
        "P1\tV1\t0\tscans/t1.nii.gz\t\t\t\nP2\tV1\t0\tscans/short.nii.gz\t\t\t\n"
    )
    (tmp_path / "my.yaml").write_text(CONFIG.format(folder=tmp_path))
    return tmp_path


def test_a_sound_trial(trial, capsys):
    assert main(["check", str(trial / "my.yaml")]) == 0
    assert "nothing is wrong that can be known before any job" in capsys.readouterr().out
    assert not (trial / "my.check").exists()


def test_every_fault_of_a_start_and_the_exit_status(trial, capsys):
    visits = (trial / "visits.tsv").read_text().replace("short.nii.gz", "t1.nii.gz")
    (trial / "visits.tsv").write_text(visits)
    (trial / "my.yaml").write_text(CONFIG.format(folder=trial) + "statistics: {control_arm: C}\n")
    assert main(["check", str(trial / "my.yaml"), "--deep"]) == 1
    out = capsys.readouterr().out
    assert "control_arm" in out
    assert not (trial / "my.check").exists()


def test_a_scan_that_costs_its_visit_is_no_fault_and_no_all_clear(trial, capsys):
    (trial / "scans" / "short.nii.gz").write_bytes(b"")
    assert main(["check", str(trial / "my.yaml")]) == 0
    out = capsys.readouterr().out
    assert "warning: 1 scan is damaged, and its visit is not evaluable: patient P2, visit V1" in out
    assert "nothing stops a run; 1 warning above" in out
    assert "nothing is wrong" not in out


def test_deep_reads_every_scan_and_shows_the_worst_first(trial, capsys):
    assert main(["check", str(trial / "my.yaml"), "--deep", "--cores", "1"]) == 1
    out = capsys.readouterr().out
    assert "patient P2, visit V1: T1: file is truncated" in out
    table = read_table(trial / "my.check" / "scans.tsv")
    failed = table[table["outcome"] == "fail"]
    assert failed["patient"].tolist() == ["P2"]
    assert failed["reason"].tolist() == ["T1: file is truncated"]
    assert "P1" in set(table["patient"])
    page = (trial / "my.check" / "scans.html").read_text()
    assert page.index("Patient P2") < page.index("Patient P1")
    # A scan that cannot be read has no picture; nothing is fetched from anywhere.
    assert page.count("data:image/jpeg;base64,") == 1
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert not list(Path(trial / "results").glob("visits"))


def test_a_scan_may_be_a_folder_and_what_is_not_made_yet_is_left_out(tmp_path):
    series, made = tmp_path / "series", tmp_path / "not-yet.nii.gz"
    series.mkdir()
    scans = {"V1": {"t1": str(series)}, "V2": {"t1": str(made)}}
    plan = SimpleNamespace(
        imaged=lambda _: list(scans),
        scans=lambda _, visit: scans[visit],
        anchor=lambda _, visit: None if visit == "V1" else "V1",
    )
    (exam,) = exams_of(plan, "P1")
    assert (exam.visit, exam.scans, exam.anchor) == ("V1", {"t1": str(series)}, None)
