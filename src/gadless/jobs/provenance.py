"""What a run leaves behind about itself: `provenance.json` and the RO-Crate.

Written by Snakemake's own process when its jobs are done or have failed, not by a job: whatever was
asked for leaves it, and nothing runs because of it. Before the first job the old one is removed, so
that what is found is never that of an earlier run; a run that was killed leaves none, and the next
one writes it even where nothing is left to do.
"""

import atexit
import importlib.metadata
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gadless import __version__
from gadless.audit.provenance import (
    FORMAT,
    Gathered,
    Source,
    described,
    gather,
    moment,
    stages,
    write_provenance,
)
from gadless.audit.recorded import CRATE, PROVENANCE
from gadless.errors import GadlessError, InputError
from gadless.files import is_file
from gadless.jobs.ask import Ask
from gadless.jobs.contents import Contents
from gadless.jobs.freshness import Freshness
from gadless.machine import commit, machine
from gadless.networks.seen import with_origins
from gadless.provenance import code_version, versions
from gadless.record import FOLDER
from gadless.trial.sheets import absent_sheets

if TYPE_CHECKING:
    from gadless.jobs.prepare import Jobs

log = logging.getLogger(__name__)


class RunProvenance:
    """Sees to it that a run leaves its provenance.

    Parameters
    ----------
    jobs : Jobs
    workflow : snakemake.workflow.Workflow
    root : Path
        Folder of Gadless's Snakefile.
    """

    def __init__(self, jobs: "Jobs", workflow: Any, root: Path) -> None:
        self._jobs, self._workflow, self._root = jobs, workflow, root
        self._results = Path(jobs.results)
        self._started = time.time()
        config = jobs.config
        sheets = {
            "patients sheet": config.patients,
            "visits sheet": config.visits,
            "measurements": config.measurements,
        }
        files = {f"configuration {n}": str(file) for n, file in enumerate(workflow.configfiles, 1)}
        self._sheets: list[dict[str, Any]] = []
        # Not in each job of a cluster, which reads all this as well.
        if workflow.is_main_process:
            # Now, as they were read: they may change while jobs run.
            self._sheets += [
                described(role, path, self._results)
                for role, path in (files | sheets).items()
                if path is not None and is_file(path)
            ]
            # Snakemake calls no hook where nothing is to be done.
            atexit.register(self._end_late)

    def begin(self) -> None:
        """Remove what an earlier run left: from now on, it is not true."""
        for name in (PROVENANCE, CRATE):
            (self._results / name).unlink(missing_ok=True)

    def end(self, outcome: str) -> None:
        """Write both files.

        Parameters
        ----------
        outcome : str
            ``completed``, ``failed`` or ``stopped before``: an earlier run was stopped, and this
            one had nothing to do.
        """
        try:
            gathered = gather(self._results, self._sources())
            if not gathered.records:
                return
            told = self._told(gathered, outcome)
            write_provenance(told, self._results)
            # Late: most of the time that it takes to load is for what is not used here.
            from gadless.export.crate import write_crate

            reads = {rule: sorted(names) for rule, names in gathered.reads.items()}
            write_crate({**told, "made": gathered.made, "reads": reads}, self._results)
        except (OSError, GadlessError) as error:
            # The results are there; only what tells of them is not.
            log.warning("%s was not written: %s; run again", PROVENANCE, error)

    def _end_late(self) -> None:
        """Write both at the end of a run without a job, where a killed one left none."""
        absent = not all((self._results / name).exists() for name in (PROVENANCE, CRATE))
        if absent and self._workflow.executor_plugin is not None and not self._workflow.dryrun:
            self.end("stopped before")

    def _sources(self) -> Iterator[Source]:
        """Yield every job that the report needs, and what else has run."""
        asks, absent = self._jobs.asks, absent_sheets(self._jobs.config)
        needed = [] if absent else list(asks.trial())
        known = {ask.job for ask in needed}
        made = (*self._training(), *self._native(), asks.plan())
        further = [ask for ask in made if ask.job not in known]
        content = self._jobs.config.preprocess.fingerprint == "content"
        freshness = Freshness(Contents(self._jobs.results, always=content), lambda _: False)
        stale = freshness.stale([*needed, *further])
        for ask in (*needed, *further):
            record = None if ask.job in stale else freshness.record(ask.job)
            if record is not None or ask.job in known:
                yield Source(ask.job, ask.files, record)

    def _native(self) -> list[Ask]:
        """Return the jobs of the masks on the scans' own grids, where they have ever run."""
        asks = self._jobs.asks
        ran = Path(asks.native().job.record).exists()
        return list(asks.all_native()) if ran else []

    def _training(self) -> list[Ask]:
        """Return the jobs of the training, where it has ever run."""
        folders = (self._jobs.training.folder, *self._jobs.training.folders)
        if not any(Path(folder, FOLDER).is_dir() for folder in folders):
            return []
        try:
            return list(self._jobs.asks.training())
        except InputError:
            # Its sheets are not here any more, or no longer right; the trial does not need them.
            return []

    def _told(self, gathered: Gathered, outcome: str) -> dict[str, Any]:
        jobs = self._jobs
        absent = absent_sheets(jobs.config)
        about = {} if absent else jobs.asks.report().told["provenance"]
        networks = with_origins({"networks": {}, "brought": {}, **about})
        values = without_home(jobs.config.model_dump(mode="json"))
        return {
            "format": FORMAT,
            "trial": {"name": jobs.config.name},
            "complete": not gathered.outstanding,
            "outstanding": dict(sorted(gathered.outstanding.items())),
            "run": {
                "started": moment(self._started),
                "ended": moment(time.time()),
                "outcome": outcome,
            },
            "stages": stages(self._results, gathered),
            "machine": machine(),
            "code": self._code(),
            "packages": packages(),
            "networks": without_home(networks["networks"]),
            "brought": networks["brought"],
            "seeds": dict(seeds(values)),
            "configuration": values,
            "records": gathered.records,
            "inputs": [*self._sheets, *gathered.inputs],
        }

    def _code(self) -> dict[str, Any]:
        scripts = sorted((self._root / "workflow" / "scripts").glob("*.py"))
        hashes = {script.name: code_version(script) for script in scripts}
        return {"gadless": __version__, **commit(self._root), "scripts": hashes}


def without_home(value: Any) -> Any:
    """Return a value in which no path says whose home it lies in."""
    if isinstance(value, Mapping):
        return {key: without_home(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_home(one) for one in value]
    home = f"{Path.home()}{os.sep}"
    return f"~/{value[len(home) :]}" if isinstance(value, str) and value.startswith(home) else value


def packages() -> dict[str, str]:
    """Versions of Python and of every package that Gadless needs."""
    required = importlib.metadata.requires("gadless") or []
    names = [re.split(r"[^A-Za-z0-9_.-]", one)[0] for one in required if "extra ==" not in one]
    return versions(*sorted(names))


def seeds(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every seed of a configuration by its dotted key."""
    for key, value in values.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            yield from seeds(value, name)
        elif key == "seed":
            yield name, value
