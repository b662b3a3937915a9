"""Images that were dropped make nothing run; a job that reads them has them made again."""

import logging
from pathlib import Path

import pytest
from small_trial import Sheets, small_trial

from gadless.files import guarded, write_text
from gadless.jobs import Jobs
from gadless.jobs.contents import Contents
from gadless.jobs.freshness import Freshness
from gadless.manifest import Manifest
from gadless.measurement.dropped import drop_images
from gadless.measurement.visit import read_visits
from gadless.task import Task

IMAGES = {"preprocess": ("t1", "brain"), "synthesise": ("cgan", "unet"), "segment": ("gbca",)}


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    return small_trial(tmp_path)


def make(jobs: Jobs) -> None:
    """Leave what every job would make, by the hand that jobs have."""
    for ask in jobs.asks.trial():
        task = Task(ask.param(), ask.outputs, logging.getLogger())
        with guarded(task):
            parts, read = task.parts(), task.read()
            if ask.job.rule in IMAGES:
                folder = Path(ask.outputs[0]).parent
                files = {name: f"{name}.nii.gz" for name in IMAGES[ask.job.rule]}
                for file in files.values():
                    write_text(f"{ask.job.words} {file}", folder / file)
                Manifest(*ask.job.key, ask.job.rule, folder, files).write()
            else:
                for path in ask.outputs:
                    write_text("table", path)
            task.finish(parts, read)


def drop(jobs: Jobs, patient: str) -> list[Path]:
    plan = jobs.visits.plan
    read = (plan.days(patient), plan.imaged(patient), jobs.config.readings)
    visits = read_visits(patient, *read, Path(jobs.results))
    return drop_images(Path(jobs.results), visits, plan.space(patient))


def stale(jobs: Jobs) -> set[str]:
    freshness = Freshness(Contents(jobs.results), lambda _: False)
    return {job.words for job in freshness.stale(list(jobs.asks.trial()))}


def test_dropped_images_make_nothing_run_and_deleted_ones_do(sheets: Sheets) -> None:
    jobs = sheets.jobs()
    make(jobs)
    assert stale(jobs) == set()
    assert len(drop(jobs, "P1")) == 1 + 2 * 2  # of the second visit the T1, of both their maps
    assert stale(jobs) == set()
    Path(jobs.results, "visits", "P2", "V2", "preprocessed", "t1.nii.gz").unlink()
    assert "preprocess P2 V2" in stale(jobs)


def test_what_is_needed_again_is_made_again(sheets: Sheets) -> None:
    make(sheets.jobs())
    drop(sheets.jobs(), "P1")
    sheets.config["measurement"] = {"connectivity": 6}
    found = stale(sheets.jobs())
    assert {"preprocess P1 V2", "synthesise P1 V1", "measure P1", "measure P2"} <= found
    # The T1 of the first visit was kept, and nothing of the other patient was dropped.
    assert not {"preprocess P1 V1", "preprocess P2 V2", "synthesise P2 V1"} & found


def test_masks_on_the_scans_grids_need_no_dropped_image(sheets: Sheets) -> None:
    make(sheets.jobs())
    drop(sheets.jobs(), "P1")
    jobs = sheets.jobs()
    freshness = Freshness(Contents(jobs.results), lambda _: False)
    found = freshness.stale([*jobs.asks.trial(), *jobs.asks.all_native()])
    assert {job.rule for job in found} == {"native_masks", "native"}


def test_a_shorter_list_of_candidates_makes_no_image_again(sheets: Sheets) -> None:
    make(sheets.jobs())
    sheets.config["candidates"] = ["unet"]
    found = stale(sheets.jobs())
    assert "measure P1" in found
    assert not any(name.startswith(tuple(IMAGES)) for name in found)
