"""Everything that can be known before the first job, told at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError
from gadless.jobs.networks import NetworkJobs
from gadless.jobs.owner import owner_faults
from gadless.jobs.start_columns import column_faults
from gadless.jobs.start_folders import disk_faults, results_faults
from gadless.jobs.start_networks import network_faults
from gadless.jobs.start_scans import scan_faults
from gadless.response.censoring import load_censoring
from gadless.response.criteria_table import criteria_of
from gadless.trial.config import Config
from gadless.trial.faults import SHOWN
from gadless.trial.plan import Plan
from gadless.trial.sequences import path_columns
from gadless.trial.series import read_series_table
from gadless.trial.sheets import Trial


@dataclass(frozen=True)
class Start:
    """What is known when Snakemake starts.

    Attributes
    ----------
    config : Config
        Its paths as seen from the working directory.
    trial : Trial or None
        None where the sheets do not exist yet, or have faults of their own.
    configfiles : sequence of path
        The files that the configuration was read from.
    networks : NetworkJobs
        Which networks run.
    made : sequence of str
        Folders whose files rules make, so that these need not exist yet.
    """

    config: Config
    trial: Trial | None
    configfiles: Sequence[Path | str]
    networks: NetworkJobs
    made: Sequence[str] = ()


def faults_at_start(start: Start) -> list[str]:
    """Say all that is wrong and can be known now, in one text; nothing where all is well.

    A results folder that cannot be one is said alone: the other checks keep what they find there.

    Parameters
    ----------
    start : Start

    Returns
    -------
    list of str
        A heading, then a fault a line.
    """
    faults = results_faults(start.config, start.configfiles)
    faults = faults or owner_faults(start.config, start.trial)
    faults = faults or [fault for check in CHECKS for fault in check(start)]
    if not faults:
        return []
    noun = "fault was" if len(faults) == 1 else "faults were"
    shown = [f"  {line}" for fault in faults[:SHOWN] for line in fault.splitlines()]
    more = [f"  ... and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    return [f"{len(faults)} {noun} found before any job:", *shown, *more]


def _criteria(start: Start) -> list[str]:
    """Criteria and censoring are response's own, but a wrong name must not wait for imaging."""
    faults = []
    try:
        criteria_of(start.config.response, start.config.readings)
    except InputError as error:
        faults.append(str(error))
    try:
        load_censoring(start.config.endpoint)
    except InputError as error:
        faults.append(str(error))
    return faults


def _columns(start: Start) -> list[str]:
    # What criteria need is not known while their names are wrong.
    if start.trial is None or _criteria(start):
        return []
    return column_faults(start.config, start.trial)


def _networks(start: Start) -> list[str]:
    networks, training = start.networks, start.networks.training
    fitted: list[str] = []
    if start.config.training.cross_fit:
        # Who learns from the trial's own patients is not known while their sheets have faults.
        if start.trial is None:
            return []
        if faults := training.faults():
            return faults
        fitted = [name for name in networks.used if training.cross_fitted(name)]
    others = [name for name in networks.used if name not in fitted]
    return network_faults(start.config, others, networks.is_made)


def _scans(start: Start) -> list[str]:
    if start.trial is None or start.config.visits is None:
        return []
    plan = Plan(start.trial, start.made, ())
    columns, results = path_columns(start.config), Path(start.config.results)
    return scan_faults(start.trial.visits, columns, plan.is_made, results)


def _series(start: Start) -> list[str]:
    """Read where masks are to go back to; it must not wait until they are there."""
    native = start.config.native
    if native.series is None:
        return []
    try:
        read_series_table(Path(native.series), Path(native.private) if native.private else None)
    except InputError as error:
        return [f"native.series: {error}"]
    return []


def _disk(start: Start) -> list[str]:
    if start.trial is None or start.config.visits is None:
        return []
    return disk_faults(start.config, start.trial.visits)


CHECKS: tuple[Callable[[Start], list[str]], ...] = (
    *(_criteria, _columns, _networks, _scans, _series, _disk),
)
"""Each says what is wrong in its part; a new check is one more function here."""
