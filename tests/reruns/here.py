"""The workflow in a process of the tests: Snakemake itself, without its start.

Each call works in a child of its own, which has all modules already.
"""

import asyncio
import importlib
import logging
import multiprocessing
import os
import runpy
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import snakemake.cli
import snakemake.workflow
from folder import ROOT
from snakemake.script import Snakemake

import gadless.jobs  # noqa: F401 - loaded here, before any child is made
from gadless import provenance
from gadless.orphan import PARENT

LOG = logging.getLogger("tests")
_FORK = multiprocessing.get_context("fork")


@cache
def _warm() -> None:
    """Load, before any child is made, what each would load for itself."""
    snakemake.cli.parse_args(["-n"])
    for script in (ROOT / "workflow" / "scripts").glob("*.py"):
        provenance.code_version(script)


@cache
def warm_for_images() -> None:
    """Load what the scripts of images take long to load."""
    for name in ("images.preprocess", "networks.segment", "networks.synthesise"):
        importlib.import_module(f"gadless.{name}")
    for name in ("measurement.measure", "statistics.analyse", "report.build", "export.cdisc"):
        importlib.import_module(f"gadless.{name}")


def in_child(work: Callable[[], Any]) -> Any:
    """Call a function in a child of this process, and return what it returns."""
    _warm()
    ours, theirs = _FORK.Pipe(duplex=False)
    with tempfile.TemporaryFile("w+") as said:

        def call() -> None:
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
            try:
                theirs.send((True, work()))
            except BaseException:  # noqa: BLE001 - the test is told of any end
                theirs.send((False, traceback.format_exc()))

        child = _FORK.Process(target=call)
        child.start()
        theirs.close()
        good, found = ours.recv()
        child.join()
        said.seek(0)
        assert good, f"{said.read()}\n{found}"
        return found


def planned(folder: Path, *arguments: str) -> dict[str, int]:
    """Count the jobs that Snakemake would run, by rule."""

    def work() -> dict[str, int]:
        jobs = _dry_run(folder, arguments).dag.needrun_jobs(exclude_finished=False)
        return dict(Counter(job.rule.name for job in jobs if job.rule.name != "all"))

    return in_child(work)


def run(folder: Path, *arguments: str, job: Callable[[Any], None] | None = None) -> dict[str, int]:
    """Run what Snakemake plans, one job after the other, and count it.

    Parameters
    ----------
    folder : Path
    arguments : str
        Of the command line.
    job : callable, optional
        Does a job in the place of its script.
    """
    do = _run_script if job is None else job

    def work() -> dict[str, int]:
        workflow = _dry_run(folder, arguments)
        workflow.globals["jobs"].own()
        to_do = [
            job
            for job in workflow.dag.needrun_jobs(exclude_finished=False)
            if job.rule.name != "all"
        ]
        waiting = list(to_do)
        while waiting:
            open_jobs = set(waiting)
            following = next(
                job for job in waiting if open_jobs.isdisjoint(workflow.dag.dependencies[job])
            )
            _clear(following)
            do(following)
            # Snakemake waits for this one too, where a rule is named as a target.
            Path(following.benchmark).touch()
            asyncio.run(workflow.persistence.finished(following))
            waiting.remove(following)
        return dict(Counter(job.rule.name for job in to_do))

    return in_child(work)


def _dry_run(folder: Path, arguments: Sequence[str]) -> Any:
    os.chdir(folder)
    if (source := folder / "src" / "gadless").is_dir():
        # A copy of the library, to change at will.
        provenance._PACKAGE = source
    words = [*arguments, "-n", "--quiet", "all", "--configfile", "trial.yaml"]
    sys.argv = ["snakemake", *words]
    found: list[Any] = []
    execute = snakemake.workflow.Workflow.execute

    def noticed(workflow: Any, *given: Any, **named: Any) -> None:
        found.append(workflow)
        execute(workflow, *given, **named)

    snakemake.workflow.Workflow.execute = noticed
    parser, parsed = snakemake.cli.parse_args(words)
    assert snakemake.cli.args_to_api(parsed, parser)
    return found[0]


def _clear(job: Any) -> None:
    """Make a job's place as Snakemake does: its outputs removed, their folders made."""
    for path in job.output:
        Path(path).unlink(missing_ok=True)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    for path in (job.log[0], job.benchmark):
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _run_script(job: Any) -> None:
    script = Path("workflow", "scripts", f"{job.rule.name}.py")
    told = Snakemake(
        *(job.input, job.output, job.params, job.wildcards, job.threads, job.resources, job.log),
        *(job.rule.workflow.globals["config"], job.rule.name, None, str(script.parent)),
    )

    def work() -> None:
        # A script that has a Snakemake ends its process; this one has more to say.
        os.environ.pop(PARENT, None)
        sys.argv = [str(script)]
        runpy.run_path(str(script), {"snakemake": told}, "__main__")

    in_child(work)
