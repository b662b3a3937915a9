"""Jobs that leave records as the workflow's do, and what a start then finds stale."""

import logging
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from small_trial import Sheets

from gadless.files import guarded, write_text
from gadless.jobs import Jobs
from gadless.jobs.ask import Ask
from gadless.jobs.run import Run, judge
from gadless.task import Task

TRIAL = {
    *("collect", "quality", "response", "endpoints", "cdisc", "statistics", "sparing", "report"),
    "patient_pages",
}
STAGES = ("preprocess", "synthesise", "segment")


class Trigger(Enum):
    """As Snakemake names them."""

    MTIME = 1
    PARAMS = 2
    CODE = 3


def images(patient: str, visit: str) -> set[str]:
    return {f"{stage} {patient} {visit}" for stage in STAGES}


def work(ask: Ask) -> None:
    """Do a job: what it makes says what it was made from, as a result does."""
    outputs = [*ask.outputs]
    if ask.job.rule in STAGES:
        outputs.insert(0, f"{ask.folder}/image.nii.gz")
    task = Task(ask.param(), ask.outputs, logging.getLogger("test"))
    with guarded(task):
        parts, read = task.parts(), task.read()
        for path in outputs:
            write_text(f"{ask.job.words}: {parts}, {read}"[:4000], path)
        task.finish(parts, read)


def finish(sheets: Sheets) -> None:
    """Run whatever is stale, to the report."""
    jobs = sheets.jobs()
    found = started(jobs).stale
    for ask in jobs.asks.trial():
        if ask.job in found:
            work(ask)
    assert started(sheets.jobs()).stale == {}


def workflow(targets: Iterable[str] = (), **settings: Any) -> Any:
    """What of Snakemake's workflow takes part."""
    given = {
        "targets": frozenset(targets),
        "forcerun": frozenset(),
        "forcetargets": False,
        "forceall": False,
        "until": frozenset(),
        "rerun_triggers": frozenset(Trigger),
        **settings,
    }
    return SimpleNamespace(
        is_main_process=True,
        dag_settings=SimpleNamespace(**given),
        scheduling_settings=None,
        dag=SimpleNamespace(forcefiles=set()),
    )


def started(jobs: Jobs, targets: Iterable[str] = (), words: str = "", **settings: Any) -> Run:
    return judge(workflow(targets, **settings), jobs, words.split(), tell=lambda _: None)


def why(sheets: Sheets, targets: Iterable[str] = (), **settings: Any) -> dict[str, str]:
    """Job to the reason why it is stale."""
    found = started(sheets.jobs(), targets, **settings).stale
    return {job.words: reason for job, reason in found.items()}


def record_of(name: str) -> Path:
    return Path("results", "records", f"{name}.json")
