"""How far a run is, in exams, and which of its jobs were the slowest.

Listens to what Snakemake logs in its main process, which is the same on every executor. Nothing
here can stop a run: what Snakemake does not say is not told.
"""

import csv
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gadless.files import write_text

LAST = "segment"
"""The rule after which an exam is done."""
KNOWN_FROM = 3
"""Jobs of a rule that must have ended before the time that others of it take can be told."""
GAP = 30.0
"""Least seconds between two lines."""
LISTED, NAMED = 200, 3
"""Slowest jobs in the file, and in the line that tells of it."""
COLUMNS = ("rule", "patient", "visit", "seconds", "cpu_seconds", "peak_mb", "log")


@dataclass
class TimedJob:
    """One job from its start.

    Attributes
    ----------
    rule : str
    patient, visit : str
        Empty where the job is of none.
    start, end : float
        Seconds of a clock; `end` is 0 while it runs.
    benchmark, log : str
        Paths; empty where the rule has none.
    """

    rule: str
    patient: str
    visit: str
    start: float
    benchmark: str = ""
    log: str = ""
    end: float = 0.0


class Progress(logging.Handler):
    """Count the exams of a run and say how many are left.

    Parameters
    ----------
    results : path
        The trial's results; the slowest jobs are listed in its ``logs``.
    own_name : callable
        Gives our name of a rule (`gadless.jobs.place.Place.own_name`).
    clock : callable, optional
    """

    def __init__(
        self,
        results: Path | str,
        own_name: Callable[[str], str] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._own_name = own_name
        self._slowest = Path(results) / "logs" / "slowest.tsv"
        self._clock = clock
        self._logger = logging.getLogger("gadless.progress")
        self._wanted: Counter[str] = Counter()
        self._exams = 0
        self._running: dict[int, TimedJob] = {}
        self._done: list[TimedJob] = []
        self._took: defaultdict[str, list[float]] = defaultdict(list)
        self._failed: set[tuple[str, str]] = set()
        self._start, self._told = 0.0, float("-inf")

    def watch(self, logger: logging.Logger, workflow: Any) -> None:
        """Begin: listen to Snakemake's logger, and know what is to be done.

        Parameters
        ----------
        logger : Logger
            Lines go to it too.
        workflow : Workflow
            Snakemake's, its graph built.
        """
        self._logger, self._start = logger, self._clock()
        try:
            jobs = [job for job in workflow.dag.needrun_jobs() if "visit" in job.wildcards_dict]
            self._wanted = Counter(self._own_name(job.rule.name) for job in jobs)
        except Exception as error:  # noqa: BLE001
            self._logger.warning("no progress is told: %r", error)
        self._exams = self._wanted[LAST]
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event; of one that cannot be understood, say so once and be silent."""
        try:
            self._note(str(getattr(record, "event", "")), record.__dict__)
        except Exception as error:  # noqa: BLE001
            self.leave()
            self._logger.warning("no progress is told from here on: %r", error)

    def leave(self) -> None:
        """Listen no more."""
        self._logger.removeHandler(self)

    def _note(self, event: str, said: Mapping[str, Any]) -> None:
        if event == "job_info":
            wildcards = said["wildcards"] or {}
            rule = self._own_name(said["rule_name"])
            patient, visit = (str(wildcards.get(name, "")) for name in ("patient", "visit"))
            run = TimedJob(rule, patient, visit, self._clock())
            run.benchmark, run.log = said["benchmark"] or "", next(iter(said["log"] or ()), "")
            self._running[int(said["jobid"])] = run
            self._failed.discard((run.patient, run.visit))
        elif event == "job_error":
            failed = self._running.pop(int(said["jobid"]), None)
            if failed and failed.visit:
                self._failed.add((failed.patient, failed.visit))
        elif event == "job_finished":
            done = self._running.pop(int(said["job_id"]), None)
            if done:
                self._end_of(done)

    def _end_of(self, run: TimedJob) -> None:
        run.end = self._clock()
        self._done.append(run)
        self._took[run.rule].append(run.end - run.start)
        if run.visit and self._exams:
            self._tell()

    def _tell(self) -> None:
        done, now = len(self._took[LAST]), self._clock()
        over = done + len(self._failed) >= self._exams
        if not over and now - self._told < GAP:
            return
        self._told = now
        left = None if over else self.seconds_left()
        failed = f", {len(self._failed)} failed" if self._failed else ""
        when = "" if left is None else f", about {duration(left)} to the last exam"
        line = f"{done} of {self._exams} exams done{failed}{when}"
        self._logger.info(line, extra=_as_progress())

    def seconds_left(self) -> float | None:
        """Seconds until the last exam is done, at the speed so far.

        Returns
        -------
        float or None
            None while there are rules of which hardly any job has ended.

        Notes
        -----
        Each job weighs what jobs of its rule have taken on average, so that it does not matter in
        which order Snakemake takes them; those that run count for the part that has gone by.
        """
        done = whole = 0.0
        now, running = self._clock(), list(self._running.values())
        for rule, wanted in self._wanted.items():
            took = self._took[rule]
            if not took or len(took) < min(KNOWN_FROM, wanted):
                return None
            mean = sum(took) / len(took)
            ages = [now - run.start for run in running if run.rule == rule]
            done += sum(took) + sum(min(age, mean) for age in ages)
            # Nothing comes after a job that failed.
            whole += mean * max(wanted - len(self._failed), len(took) + len(ages))
        gone = now - self._start
        return gone * (whole - done) / done if done else None

    def end(self) -> None:
        """Write down the slowest jobs of the run and name the first; listen no more."""
        self.leave()
        try:
            rows = sorted(map(_row, self._done), key=lambda row: -float(row["seconds"]))[:LISTED]
            if not rows:
                return
            lines = ["\t".join(COLUMNS), *("\t".join(row.values()) for row in rows)]
            write_text("\n".join(lines) + "\n", self._slowest)
            named = ", ".join(_named(row) for row in rows[:NAMED])
            self._logger.info(f"Slowest jobs: {named}; more in {self._slowest}")
        except Exception as error:  # noqa: BLE001
            self._logger.warning("the slowest jobs cannot be told: %r", error)


def _as_progress() -> dict[str, Any]:
    """Mark a line as one that ``--quiet progress`` leaves out."""
    try:
        from snakemake.settings.enums import Quietness
    except ImportError:
        return {}
    return {"quietness": Quietness.PROGRESS}


def _row(run: TimedJob) -> dict[str, str]:
    """One line of the list: what Snakemake measured, or else the time from start to end."""
    measured: Mapping[str, str] = {}
    path = Path(run.benchmark)
    if run.benchmark and path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            measured = next(csv.DictReader(file, delimiter="\t"), {})
    own = {
        "seconds": measured.get("s", f"{run.end - run.start:.1f}"),
        "cpu_seconds": measured.get("cpu_time", "NA"),
        "peak_mb": measured.get("max_rss", "NA"),
    }
    return {"rule": run.rule, "patient": run.patient, "visit": run.visit, **own, "log": run.log}


def _named(row: Mapping[str, str]) -> str:
    who = " ".join(filter(None, (row["rule"], row["patient"], row["visit"])))
    return f"{who} {duration(float(row['seconds']))}"


def duration(seconds: float) -> str:
    """Say a time in words, as exactly as an estimate is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
