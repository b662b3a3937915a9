"""Say what is wrong with a trial before it runs; with --deep, read and compare every scan.

Without --deep: what a start of the workflow would say, from the configuration, the sheets and the
first bytes of the scans. With it: every scan is read to its end and held against the others of its
visit and of its patient, as the workflow's own jobs would do it on a coarse grid; a table
(scans.tsv) and a page of thumbnails (scans.html), worst first, are written. Exit status: 0 where
nothing fails, 1 where something does.
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gadless.commands.words import counted, shown
from gadless.commands.workflow import workflow_folder
from gadless.errors import InputError

if TYPE_CHECKING:
    from gadless.jobs import Jobs

HELP = "what is wrong with a trial, before it runs?"

_PICTURES = 200


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("config", nargs="+", type=Path, help="as for snakemake --configfile")
    parser.add_argument("--deep", action="store_true", help="read and compare every scan")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="for --deep (default: CONFIG.check, beside it)"
    )
    parser.add_argument(
        "--cores", type=int, metavar="N", help="patients at a time (default: all cores)"
    )
    parser.add_argument(
        *("--pictures", "-p"),
        type=int,
        default=_PICTURES,
        metavar="N",
        help=f"visits with thumbnails at most (default: {_PICTURES})",
    )
    parser.add_argument("--all", action="store_true", help="list everything, not the first few")


def run(given: argparse.Namespace) -> int:
    """Check, and tell."""
    # Late: other subcommands need not wait for what reads sheets.
    from gadless.jobs.unrun import unrun_jobs

    warned = _Warned()
    logging.getLogger().addHandler(warned)
    try:
        jobs = unrun_jobs(given.config, workflow_folder(), check=True)
    except InputError as error:
        _say([str(error)])
        return 1
    finally:
        logging.getLogger().removeHandler(warned)
    said = "nothing is wrong that can be known before any job"
    if warned.lines:
        # As long as nobody set logging up, these would be lost in a pipe, or all that is seen.
        _say([f"warning: {line}" for line in warned.lines])
        said = f"nothing stops a run; {counted(len(warned.lines), 'warning')} above"
    _say([f"{given.config[-1]}: {said}"])
    return _deep(given, jobs) if given.deep else 0


class _Warned(logging.Handler):
    """What a start would log as a warning, kept to be told."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _deep(given: argparse.Namespace, jobs: "Jobs") -> int:
    from tqdm import tqdm

    from gadless.survey.page import write_page
    from gadless.survey.trial import exams_of, survey, write_survey

    plan, config = jobs.visits.plan, jobs.config
    if not jobs.visits.measured_here:
        _say(["tumours were measured elsewhere: there is no scan to read"])
        return 0
    patients = {name: exams for name in plan.patients if (exams := exams_of(plan, name))}
    visits = sum(map(len, patients.values()))
    with tqdm(total=visits, unit="visit", disable=None) as bar:
        cores = max(given.cores or os.cpu_count() or 1, 1)
        seen = survey(patients, config.preprocess, config.sequences, cores, bar.update)
    folder = given.out or given.config[-1].with_suffix(".check")
    write_survey(seen, folder)
    titles = {name: one.title for name, one in config.sequences.items()}
    write_page(seen, titles, config.name, given.pictures, folder / "scans.html")
    for outcome, heading in (("fail", "with a fault"), ("warn", "to look at")):
        found = [one for one in seen if one.outcome == outcome]
        if found:
            lines = [
                f"patient {one.patient}, visit {one.visit}"
                + "".join(f": {reason}" for reason in list(one.faults.values())[:1])
                for one in found
            ]
            _say([f"{counted(len(found), 'visit')} {heading}:", *shown(lines, every=given.all)])
    planned = sum(len(plan.imaged(name)) for name in plan.patients)
    if planned > visits:
        _say([f"{counted(planned - visits, 'visit')} not read: the workflow makes their scans"])
    _say([f"{counted(visits, 'visit')} read; {folder / 'scans.tsv'}, {folder / 'scans.html'}"])
    return 1 if any(one.outcome == "fail" for one in seen) else 0


def _say(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
