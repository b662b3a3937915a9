"""What a results folder holds that the sheets and the configuration no longer name."""

from collections.abc import Sequence
from pathlib import Path

from gadless.audit.prune import Named, Superfluous, superfluous
from gadless.errors import InputError
from gadless.files import from_here
from gadless.jobs.images import Visit
from gadless.jobs.owner import KEPT, owner_faults
from gadless.jobs.prepare import Jobs
from gadless.jobs.unrun import unrun_jobs
from gadless.jobs.visits import VisitJobs
from gadless.networks.contract import ABNORMALITY, spread_of
from gadless.record import FOLDER

_LOCKS = Path(".snakemake", "locks")


def find_unnamed(configfiles: Sequence[Path], folder: Path) -> Superfluous:
    """Read configuration and sheets as the workflow does, and find what they no longer name.

    Parameters
    ----------
    configfiles : sequence of path
    folder : Path
        With the ``Snakefile``.

    Raises
    ------
    InputError
        If either has faults; if there are no results of this trial; if a run is at work.
    """
    jobs = unrun_jobs(configfiles, folder)
    results = Path(jobs.results)
    _check(jobs, results)
    listed = set(jobs.visits.plan.trial.patients["patient"])
    named = {"": _named(jobs.visits)._replace(listed=listed)}
    for below, visits in _learnt_from(jobs).items():
        named[from_here(below).removeprefix(f"{jobs.results}/")] = _named(visits)
    return superfluous(results.resolve(), named, _products(jobs))


def _check(jobs: Jobs, results: Path) -> None:
    if not (results / KEPT).is_file():
        raise InputError(f"{results.absolute()}: holds no results of this trial; nothing to prune")
    if faults := owner_faults(jobs.config, jobs.visits.plan.trial):
        raise InputError("\n".join(faults))
    if _LOCKS.is_dir() and any(_LOCKS.iterdir()):
        raise InputError(
            f"{_LOCKS.absolute()}: a run is at work, or was killed; wait for it, or run"
            " `snakemake --unlock` if there is none"
        )


def _named(visits: VisitJobs) -> Named:
    measured = visits.plan.patients if visits.measured_here else []
    return Named(set(visits.exams), set(measured))


def _learnt_from(jobs: Jobs) -> dict[str, VisitJobs]:
    """Return the image jobs of the training by their folder, where it has ever run."""
    there = [folder for folder in jobs.training.folders if Path(folder, FOLDER).is_dir()]
    # Sheets that cannot be read say nothing of what may go: the error is the user's to mend.
    return {folder: jobs.training.visits(folder) for folder in there}


def _products(jobs: Jobs) -> dict[str, set[str]]:
    """Return record to products asked for, of the jobs that make an image a product."""
    asks, found = jobs.asks, {}
    for patient, visit in jobs.visits.exams:
        w = Visit(jobs.results, patient, visit)
        for ask in (asks.synthesise(w), asks.segment(w)):
            # What stands beside products that are asked for goes with none of them.
            beside = {ABNORMALITY, *map(spread_of, ask.parts)}
            found[f"{FOLDER}/{ask.job.label}.json"] = {*ask.parts, *beside}
    return found
