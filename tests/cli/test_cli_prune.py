"""`gadless prune` reads what the workflow reads, and refuses what it should not touch."""

import io
from pathlib import Path

import pytest
import yaml
from kept import exam, patient, put

from gadless.cli import main
from gadless.files import read_json, write_json
from gadless.jobs import prepare

ROOT = Path(__file__).parents[2]
SCANS = ("t1", "t2", "flair", "t1c")


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """A trial of one visit, in whose results lie a second visit, a second patient and a second
    candidate.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text("")
    (tmp_path / "workflow").symlink_to(ROOT / "workflow")
    put(tmp_path, "patients.tsv", "patient\tarm\tos_days\tos_event\nP001\ta\t900\t0\n")
    for name in SCANS:
        put(tmp_path, f"scans/{name}.nii.gz", name)
    cells = "\t".join(f"scans/{name}.nii.gz" for name in SCANS)
    header = "\t".join(("patient", "visit", "day", *SCANS))
    put(tmp_path, "visits.tsv", f"{header}\nP001\tV1\t-7\t{cells}\n")
    settings = {"patients": "patients.tsv", "visits": "visits.tsv", "candidates": ["cgan"]}
    (tmp_path / "trial.yaml").write_text(yaml.safe_dump(settings))
    results = tmp_path / "results"
    for name, visit in (("P001", "V1"), ("P001", "V2"), ("P002", "V1")):
        exam(results, name, visit, ("cgan", "unet"))
    patient(results, "P001")
    patient(results, "P002")
    prepare(settings, ["trial.yaml"], (), ROOT / "workflow/scripts", "results/phantom", str).own()
    return tmp_path


def prune(monkeypatch, answer="", *arguments):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    return main(["prune", "--configfile", "trial.yaml", *arguments])


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_lists_and_asks_first(trial, monkeypatch, capsys):
    before = files(trial)
    for answer in ("no\n", "y\n", "", "\n"):
        assert prune(monkeypatch, answer) == 0
        assert files(trial) == before
    out = capsys.readouterr().out
    assert "2 visits, " in out
    assert "  P001 V2  " in out
    assert "  P002 V1  " in out
    assert "3 files (tables of patients), " in out
    assert "2 images of unet, " in out
    assert "Nothing was removed." in out


@pytest.mark.parametrize(("answer", "arguments"), [("yes\n", ()), ("", ("--yes",))])
def test_after_a_yes_it_is_gone(trial, monkeypatch, capsys, answer, arguments):
    assert prune(monkeypatch, answer, *arguments) == 0
    assert "Removed " in capsys.readouterr().out
    left = files(trial / "results")
    assert not [path for path in left if "P002" in path or "V2" in path]
    assert [path for path in left if "unet" in path] == []
    assert "visits/P001/V1/segmented/cgan.nii.gz" in left
    assert prune(monkeypatch) == 0
    assert "holds nothing that is no longer named" in capsys.readouterr().out


def test_a_withdrawn_scan_is_no_longer_named(trial, monkeypatch, capsys):
    text = (trial / "visits.tsv").read_text()
    header, row = text.splitlines()
    emptied = "\t".join([*row.split("\t")[:3], *[""] * len(SCANS)])
    put(trial, "visits.tsv", f"{header}\n{emptied}\n")
    assert prune(monkeypatch) == 0
    assert "  P001 V1  " in capsys.readouterr().out


def test_sheets_with_faults_are_refused(trial, monkeypatch, capsys):
    before = files(trial)
    text = (trial / "visits.tsv").read_text()
    put(trial, "visits.tsv", text.replace("\t-7\t", "\tearly\t"))
    assert prune(monkeypatch, "", "--yes") == 2
    assert "early" in capsys.readouterr().err
    (trial / "visits.tsv").unlink()
    assert prune(monkeypatch, "", "--yes") == 2
    assert files(trial) == before - {"visits.tsv"}


def test_another_trials_results_are_refused(trial, monkeypatch, capsys):
    path = trial / "results/records/trial.json"
    owner = read_json(path)
    other = trial / "elsewhere"
    other.mkdir()
    moved = {"working_folder": str(other), "sheets": {"patients": str(other / "p.tsv")}}
    write_json({**owner, **moved, "beside": {}, "patients": ["X1", "X2", "X3"]}, path)
    before = files(trial)
    assert prune(monkeypatch, "", "--yes") == 2
    assert "holds the results of" in capsys.readouterr().err
    path.unlink()
    assert prune(monkeypatch, "", "--yes") == 2
    assert files(trial) == before - {"results/records/trial.json"}


def test_a_run_at_work_is_left_alone(trial, monkeypatch, capsys):
    put(trial, ".snakemake/locks/0.output.lock", "x")
    assert prune(monkeypatch, "", "--yes") == 2
    assert "a run is at work" in capsys.readouterr().err
    assert (trial / "results/visits/P002").exists()


def test_results_behind_a_link_are_the_trials_own(trial, monkeypatch):
    (trial / "results").rename(trial / "disk")
    (trial / "results").symlink_to(trial / "disk")
    owner = read_json(trial / "disk/records/trial.json")
    assert owner["format"]
    assert prune(monkeypatch, "", "--yes") == 0
    assert not (trial / "disk/visits/P002").exists()
