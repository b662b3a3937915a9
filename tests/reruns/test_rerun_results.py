"""What a change leaves is what a run from scratch would: every file, compared."""

import json
import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import here
import pytest
import stand_in
from folder import EXAMS, SITUATIONS, Folder, new_folder
from row import Row
from table import ROWS

from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow

pytestmark = pytest.mark.slow

ASIDE = (
    *("logs/*", "benchmarks/*", ".*.json", "records/trial.json"),
    *("provenance.json", "ro-crate-metadata.json"),
)
"""Of a place, a time or a machine, and what a start keeps for the next: no results."""

RUN = [pytest.param(at, row, id=row.change[:40]) for at, row in enumerate(ROWS)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Folder]:
    """Both trials, run by the scripts of the workflow."""
    here.warm_for_images()
    path = tmp_path_factory.mktemp("finished")
    scanned = new_folder(path / "scanned")
    cohort = grow("demo")
    for patient, visit in [
        *((p, v) for p, visits in EXAMS.items() for v in visits),
        ("P001", "V3"),
    ]:
        folder = scanned.path / "scans" / patient / visit
        render_exam(cohort.state(patient, visit), folder, 3.0)
    stand_in.sheets_of(scanned)
    trials = {"scanned": scanned, "measured": stand_in.measured(path / "measured")}
    for trial in trials.values():
        here.run(trial.path)
    return trials


@pytest.mark.parametrize(("at", "row"), RUN)
def test_a_change_leaves_what_a_run_from_scratch_would(
    finished: dict[str, Folder], tmp_path: Path, at: int, row: Row
) -> None:
    base = finished[_trial_of(row)]
    situation = list(SITUATIONS)[at % len(SITUATIONS)]
    changed = SITUATIONS[situation](base, tmp_path / "changed")
    row.make(changed)
    assert here.run(changed.path) == row.jobs
    assert here.planned(changed.path) == {}
    found = results(changed, row.leaves)
    if row.trial == "scanned" and not row.inputs:
        # Neither sheets nor configuration are another: what was there before is from scratch.
        scratch = base
    else:
        scratch = Folder(tmp_path / "scratch")
        # Of the folder itself alone: `results.py` is code.
        scratch.path.mkdir()
        for path in changed.path.iterdir():
            if not path.name.startswith((".snakemake", "results")):
                copy = shutil.copytree if path.is_dir() else shutil.copy2
                copy(path, scratch.path / path.name)
        here.run(scratch.path)
    assert found == results(scratch, row.leaves)


def test_every_result_stands_in_a_record(finished: dict[str, Folder]) -> None:
    """So that one that is deleted is made anew."""
    for trial in finished.values():
        records = [json.loads(path.read_text()) for path in _files(trial.results, "records/")]
        made = {name for record in records for name in record.get("made", {})}
        there = {path.relative_to(trial.results).as_posix() for path in _files(trial.results, "")}
        results = {name for name in there if not name.startswith("records/")}
        assert {name for name in results if not _is_aside(name, ())} == made


def results(folder: Folder, leaves: tuple[str, ...]) -> dict[str, Any]:
    """Return every result by its path; of a record, what does not depend on a time of change."""
    found = {}
    for path in _files(folder.results, ""):
        name = path.relative_to(folder.results).as_posix()
        if not _is_aside(name, leaves):
            content = path.read_bytes()
            found[name] = _timeless(content, leaves) if name.startswith("records/") else content
    return found


def _timeless(record: bytes, leaves: tuple[str, ...]) -> Any:
    content = json.loads(record)
    for part in content["parts"].values():
        for file in part["files"].values():
            del file["stat"]
    if leaves:
        # More was there to be read than from scratch.
        del content["read"]
    return content


def _files(folder: Path, below: str) -> list[Path]:
    return sorted(path for path in (folder / below).rglob("*") if path.is_file())


def _is_aside(name: str, leaves: tuple[str, ...]) -> bool:
    return any(
        fnmatch(name, f"{pattern}*" if pattern.endswith("/") else pattern)
        for pattern in (*ASIDE, *leaves)
    )


def _trial_of(row: Row) -> str:
    """Return the trial in which a row is run: that without images, where it has none to run."""
    return "measured" if row.tables or row.trial == "measured" else "scanned"
