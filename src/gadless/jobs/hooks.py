"""What is done once a run, before its first job and after its last."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gadless.jobs.place import Place
from gadless.jobs.progress import Progress
from gadless.jobs.provenance import RunProvenance

if TYPE_CHECKING:
    from gadless.jobs.prepare import Jobs


class RunHooks:
    """The start and the end of a run.

    Parameters
    ----------
    jobs : Jobs
    place : Place
    workflow : snakemake.workflow.Workflow
    logger : Logger
        Snakemake's.
    """

    def __init__(self, jobs: "Jobs", place: Place, workflow: Any, logger: logging.Logger) -> None:
        self._jobs, self._workflow, self._logger = jobs, workflow, logger
        self._provenance = RunProvenance(jobs, workflow, place.root)
        self._progress = Progress(jobs.results, place.own_name)

    def start(self) -> None:
        """Write down whose results these are, say what networks have seen, count exams."""
        self._provenance.begin()
        self._jobs.own()
        for line in self._jobs.networks.start_lines():
            self._logger.info(line)
        self._progress.watch(self._logger, self._workflow)

    def success(self) -> None:
        """Leave the provenance of a run that came to its end."""
        self._end("completed")

    def error(self) -> None:
        """Leave the provenance of a run with a job that failed."""
        self._end("failed")

    def by_name(self) -> dict[str, Callable[[], None]]:
        """Return them by Snakemake's names."""
        return {"onstart": self.start, "onsuccess": self.success, "onerror": self.error}

    def _end(self, outcome: str) -> None:
        self._progress.end()
        self._provenance.end(outcome)
