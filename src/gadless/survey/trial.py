"""All patients of a trial surveyed, several at a time."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd

from gadless.errors import InputError
from gadless.orphan import die_with_maker
from gadless.survey.patient import Exam, Seen, survey_patient
from gadless.tables import write_table
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import Sequence as ScanSequence
from gadless.trial.plan import Plan

COLUMNS = ("patient", "visit", "outcome", "sequence", "step", "figure", "value", "limit", "reason")
"""Of the table: a row for each figure that is not passed, and for each fault."""

_ORDER = {"fail": 0, "warn": 1, "pass": 2}
# One thread a process, or they stand in each other's way.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def exams_of(plan: Plan, patient: str) -> list[Exam]:
    """Return a patient's visits with scans that are there, by day.

    Scans that the workflow makes itself, and has not made yet, are left out. One may be a folder.
    """
    exams = []
    for visit in plan.imaged(patient):
        scans = plan.scans(patient, visit)
        there = {name: path for name, path in scans.items() if Path(path).exists()}
        if there:
            exams.append(Exam(visit, there, plan.anchor(patient, visit)))
    return exams


def survey(
    patients: Mapping[str, Sequence[Exam]],
    settings: Preprocess,
    sequences: Mapping[str, ScanSequence],
    cores: int,
    done: Callable[[int], object] = lambda _: None,
) -> list[Seen]:
    """Survey patients, `cores` of them at a time.

    Parameters
    ----------
    patients : mapping of str to sequence of Exam
    settings : Preprocess
    sequences : mapping of str to Sequence
    cores : int
    done : callable
        Told how many visits a patient had who is done.

    Returns
    -------
    list of Seen
        Worst first, then in the order of the sheet.

    Raises
    ------
    InputError
        If a process was killed.
    """
    found: dict[str, list[Seen]] = {}
    if cores == 1 or len(patients) == 1:
        for patient, exams in patients.items():
            found[patient] = survey_patient(patient, exams, settings, sequences)
            done(len(exams))
    else:
        for name in _ONE_THREAD:
            os.environ.setdefault(name, "1")
        # Not forked: a process that has threads may lock up in its copy.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            *(min(cores, len(patients)), context),
            initializer=die_with_maker,
            initargs=(os.getpid(),),
        )
        with pool:
            jobs = {
                pool.submit(survey_patient, patient, exams, settings, sequences): patient
                for patient, exams in patients.items()
            }
            try:
                for job in as_completed(jobs):
                    found[jobs[job]] = job.result()
                    done(len(found[jobs[job]]))
            except BrokenProcessPool as error:
                raise InputError(
                    f"a process was killed, most likely for lack of memory, with {len(found)} of"
                    f" {len(patients)} patients read; run again with fewer --cores"
                ) from error
    seen = [one for patient in patients for one in found[patient]]
    _refuse_copies(seen)
    return sorted(seen, key=lambda one: _ORDER[one.outcome])


def _refuse_copies(seen: Sequence[Seen]) -> None:
    """Say where two patients have one image, whatever their files' headers and formats."""
    first: dict[str, tuple[Seen, str]] = {}
    for one in seen:
        for sequence, voxels in one.voxels.items():
            other, its = first.setdefault(voxels, (one, sequence))
            if other.patient != one.patient:
                where = f"patient {other.patient}, visit {other.visit}, {its}"
                one.faults[sequence] = f"{sequence}: holds the same image as {where}; one is wrong"


def table_of(seen: Sequence[Seen]) -> pd.DataFrame:
    """List what did not pass: faults of each visit, then figures, columns `COLUMNS`."""
    rows = [row for one in seen for row in _rows(one)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(one: Seen) -> Iterator[dict[str, object]]:
    of = {"patient": one.patient, "visit": one.visit}
    for sequence, reason in one.faults.items():
        yield {**of, "outcome": "fail", "sequence": sequence, "reason": reason}
    for row in one.figures:
        if row["outcome"] != "pass":
            yield {**of, **row}
    if one.outcome == "pass":
        yield {**of, "outcome": "pass"}


def write_survey(seen: Sequence[Seen], folder: Path) -> None:
    """Write the table, ``scans.tsv``, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(table_of(seen), folder / "scans.tsv")
