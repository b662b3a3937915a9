"""Whose results a folder holds."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from recorded import finish
from small_trial import SCRIPTS, Sheets
from starting import checked, told

from gadless.jobs import prepare
from gadless.jobs.owner import KEPT, own, owner_faults
from gadless.trial.config import read_config


@pytest.fixture
def owned(started: Sheets) -> Sheets:
    """A trial with scans that have headers, and results that know it."""
    started.config["name"] = "first"
    checked(started).own()
    return started


def at(folder: Path, monkeypatch: pytest.MonkeyPatch, trial: Sheets) -> Sheets:
    monkeypatch.chdir(folder)
    trial.folder = folder
    return trial


def test_the_same_trial_is_the_same_and_is_written_once(owned: Sheets) -> None:
    before = Path("results", KEPT).stat().st_ino
    checked(owned).own()
    assert Path("results", KEPT).stat().st_ino == before
    owned.visits.pop()
    owned.config["name"] = "renamed"
    checked(owned).own()
    assert json.loads(Path("results", KEPT).read_text())["name"] == "renamed"


@pytest.mark.parametrize("moved", [True, False])
def test_what_is_moved_or_copied_together_is_the_same(
    owned: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moved: bool
) -> None:
    there = tmp_path / "somewhere" / "else"
    there.parent.mkdir()
    (owned.folder.rename if moved else lambda to: shutil.copytree(owned.folder, to))(there)
    checked(at(there, monkeypatch, owned)).own()
    assert str(there) in Path("results", KEPT).read_text()


def test_a_moved_trial_whose_sheets_stay_where_they_are(
    owned: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Sheets of a data base, named by their whole path."""
    shutil.copytree(owned.folder, tmp_path / "sheets")
    raw = {name: f"{tmp_path}/sheets/{name}.tsv" for name in ("patients", "visits")}

    def start() -> None:
        prepare(raw, [], (), SCRIPTS, "nowhere", str, check=True).own()

    shutil.rmtree("results")
    start()
    (tmp_path / "a").mkdir()
    owned.folder.rename(tmp_path / "a" / "moved")
    monkeypatch.chdir(tmp_path / "a" / "moved")
    start()


def test_results_alone_that_were_moved(
    owned: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    shutil.copytree(owned.folder, new, ignore=shutil.ignore_patterns("results"))
    shutil.move(owned.folder / "results", new / "deep" / "results")
    owned.config["results"] = "deep/results"
    former = owned.folder
    text = told(at(new, monkeypatch, owned))
    for words in (str(former), str(new), "'first'", f"delete {new}/deep/results/{KEPT}"):
        assert words in text
    shutil.rmtree(former)
    checked(owned).own()


def test_another_working_folder_on_the_same_results_is_refused_with_both_named(
    owned: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    former, second = owned.folder, tmp_path / "second"
    shutil.copytree(former, second, ignore=shutil.ignore_patterns("results"))
    owned.config["results"] = str(former / "results")
    text = told(at(second, monkeypatch, owned))
    assert f"worked on in {former}, of the sheets {former}/patients.tsv" in text
    assert f"worked on in {second}, of the sheets {second}/patients.tsv" in text
    Path(former, "results", KEPT).unlink()
    checked(owned)


def test_another_trials_sheets_are_refused_even_where_patients_are_called_the_same(
    owned: Sheets,
) -> None:
    for name in ("patients", "visits"):
        owned.config[name] = f"{name}2.tsv"
        shutil.copy(f"{name}.tsv", f"{name}2.tsv")
    # A copy of the sheets under another name is the same trial, by its name.
    checked(owned)
    owned.config["name"] = "second"
    text = told(owned)
    assert "trial 'first'" in text
    assert "trial 'second'" in text
    assert "patients2.tsv" in text
    owned.config["name"] = "first"
    for name in ("patients", "visits"):
        text = Path(f"{name}2.tsv").read_text()
        Path(f"{name}2.tsv").write_text(text.replace("P1\t", "Q1\t").replace("P2\t", "Q2\t"))
    assert "0 of their 2 patients are its own" in told(owned)


def test_a_plan_of_another_trial_is_refused_before_its_data(owned: Sheets) -> None:
    raw = {"name": "second", "patients": "nowhere.tsv", "visits": "neither.tsv"}
    (fault,) = owner_faults(read_config(raw), None)
    assert "trial 'second'" in fault
    assert owner_faults(read_config({**raw, "results": "others"}), None) == []


def test_a_plan_leaves_what_is_known_of_the_patients(owned: Sheets) -> None:
    before = Path("results", KEPT).read_bytes()
    jobs = prepare(
        {"name": "first", "patients": "patients.tsv", "visits": "visits.tsv"},
        *([], ("plan",), SCRIPTS, "nowhere", str),
    )
    trial = jobs.visits.plan.trial
    own(jobs.config, replace(trial, patients=trial.patients.iloc[:0]))
    assert Path("results", KEPT).read_bytes() == before


def test_results_of_an_older_gadless_are_refused(started: Sheets) -> None:
    Path("results/trial").mkdir(parents=True)
    assert "was made by an older Gadless" in told(started)
    assert "move the folder away or delete it" in told(started)


def test_results_of_another_format_are_refused(owned: Sheets) -> None:
    path = Path("results", KEPT)
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    assert "records have format 99, and this one writes 1" in told(owned)


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", '{"format": 1}', '"x"', "\0"),
        '{"format": 1, "name": "x", "working_folder": "/", "sheets": [], "beside": {},'
        ' "patients": [1]}',
        '{"format": 1, "name": "x", "working_folder": "/", "sheets": 1, "beside": {},'
        ' "patients": []}',
    ],
)
def test_a_mark_that_is_damaged_is_named(owned: Sheets, content: str) -> None:
    Path("results", KEPT).write_text(content)
    text = told(owned)
    assert f"{KEPT}: cannot be read" in text
    assert "delete it, and run again" in text


def test_results_without_a_mark_are_taken(owned: Sheets) -> None:
    """As an error about a mark says: it may be deleted."""
    finish(owned)
    Path("results", KEPT).unlink()
    checked(owned).own()
    assert Path("results", KEPT).is_file()
