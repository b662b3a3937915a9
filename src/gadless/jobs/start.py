"""Everything that can be known before the first job, told at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gadless.errors import InputError
from gadless.jobs.start_columns import column_faults
from gadless.jobs.start_folders import disk_faults, results_faults
from gadless.jobs.start_networks import network_faults
from gadless.jobs.start_scans import scan_faults
from gadless.response.censoring import load_censoring
from gadless.response.criteria_table import criteria_of
from gadless.trial.config import Config
from gadless.trial.sequences import path_columns
from gadless.trial.sheets import Trial


@dataclass(frozen=True)
class Start:
    """What is known when Snakemake starts.

    Attributes
    ----------
    config : Config
        Its paths as seen from the working directory.
    trial : Trial or None
        None where only what needs no sheets is asked for.
    configfiles : sequence of path
        The files that the configuration was read from.
    networks : sequence of str
        Names of the networks that run.
    is_made : callable
        Whether a rule makes a file, so that it need not exist yet.
    """

    config: Config
    trial: Trial | None
    configfiles: Sequence[Path | str] = ()
    networks: Sequence[str] = ()
    is_made: Callable[[str], bool] = lambda _: False

    @property
    def results(self) -> Path:
        """The results folder."""
        return Path(self.config.results)


def faults_at_start(start: Start) -> list[str]:
    """Say all that is wrong and can be known now, each in a sentence; nothing where all is well.

    A results folder that cannot be one is said alone: the other checks keep what they find there.

    Parameters
    ----------
    start : Start
    """
    faults = results_faults(start.config, start.configfiles)
    if faults:
        return faults
    return [fault for check in CHECKS for fault in check(start)]


def check_start(start: Start) -> None:
    """Raise one error with all that `faults_at_start` finds.

    Raises
    ------
    InputError
    """
    faults = faults_at_start(start)
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise InputError(f"the trial has {len(faults)} {noun}, found before any job:\n{listed}")


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
    return network_faults(start.config, start.networks, start.is_made)


def _scans(start: Start) -> list[str]:
    if start.trial is None or start.config.visits is None:
        return []
    columns = path_columns(start.config)
    return scan_faults(start.trial.visits, columns, start.is_made, start.results)


def _disk(start: Start) -> list[str]:
    if start.trial is None or start.config.visits is None:
        return []
    return disk_faults(start.config, start.trial.visits)


CHECKS: tuple[Callable[[Start], list[str]], ...] = (
    *(_criteria, _columns, _networks, _scans, _disk),
)
"""Each says what is wrong in its part; a new check is one more function here."""
