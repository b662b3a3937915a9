"""A results folder that can be one, and a disk with room for it."""

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from small_trial import SCRIPTS, Sheets
from starting import checked, told

from gadless.errors import InputError
from gadless.jobs import prepare, start_folders


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ("/", "is the root of all folders"),
        (".", "holds the working folder"),
        ("..", "holds the working folder"),
        ("../trial", "holds the working folder"),
        ("~", "holds the home folder"),
        ("~/..", "holds the home folder"),
        ("scans/P1_V1_t1.nii.gz", "is a file, not a folder"),
        ("scans/P1_V1_t1.nii.gz/results", "lies below"),
        ("broken", "is a file, not a folder"),
    ],
)
def test_results_that_can_be_no_folder_of_results(
    started: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: str, words: str
) -> None:
    (tmp_path / "homes" / "me").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "homes" / "me"))
    (started.folder / "broken").symlink_to(started.folder / "nowhere")
    started.config["results"] = results
    text = told(started, command_line={"results": results})
    assert words in text
    assert "1 fault was found" in text
    path = os.path.normpath(started.folder / Path(results).expanduser())
    assert f"results: {path}: " in text


def test_results_that_hold_the_sheets_or_the_configuration(started: Sheets) -> None:
    (started.folder / "out").mkdir()
    for name in ("visits.tsv", "patients.tsv"):
        started.write()
        shutil.copy(started.folder / name, started.folder / "out" / name)
        started.config.update(results="out", **{name.removesuffix(".tsv"): f"out/{name}"})
        assert f"results: {started.folder}/out: holds {started.folder}/out/{name}" in told(started)
        started.config.pop(name.removesuffix(".tsv"))
    (started.folder / "out" / "my.yaml").write_text("name: x\n")
    raw = {"patients": "patients.tsv", "visits": "visits.tsv", "results": "out"}
    with pytest.raises(InputError, match=r"out: holds .*out/my\.yaml"):
        prepare(raw, ["out/my.yaml"], (), SCRIPTS, "nowhere", str, check=True)


def test_a_link_to_the_home_folder_is_the_home_folder(
    started: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (started.folder / "link").symlink_to(tmp_path / "home")
    started.config["results"] = "link"
    assert "holds the home folder" in told(started)


def test_results_that_cannot_be_written(started: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refused(path: Path, mode: int) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(os, "access", refused)
    started.config["results"] = "a/b"
    assert f"{started.folder} cannot be written to" in told(started)
    assert asked == [started.folder]


def test_a_disk_without_room(started: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four visits of 7 images at 1 mm, less those that are there already."""
    usage = namedtuple("usage", "total used free")
    free = 50e6
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free))
    text = told(started)
    assert "4 visits are to be made there and take at least 0.1 GB (24 MB each)" in text
    assert "the disk has 0.1 GB free" in text
    (started.folder / "results" / "records").mkdir()
    for patient, visit in (("P1", "V1"), ("P1", "V2")):
        (started.folder / "results" / "visits" / patient / visit).mkdir(parents=True)
    checked(started)
    shutil.rmtree(started.folder / "results")
    started.config["preprocess"] = {"spacing_mm": 2.0}
    checked(started)
    free = 1e6
    assert "take at least" in told(started)


def test_the_room_that_a_visit_takes_is_what_it_was_measured_to_take(started: Sheets) -> None:
    """Measured: 26 to 32 MB at 1 mm in two real heads, 6.2 MB at 2 mm (docs/benchmarks.md)."""
    config = checked(started).config
    assert 0.5 * 29 < start_folders.mb_per_visit(config) < 26
    coarse = config.preprocess.model_copy(update={"spacing_mm": 2.0})
    config = config.model_copy(update={"preprocess": coarse})
    assert 0.4 * 6.2 < start_folders.mb_per_visit(config) < 6.2
