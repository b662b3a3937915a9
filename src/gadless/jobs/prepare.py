"""From the configuration, as Snakemake gives it, to what every job is asked for."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gadless.errors import InputError
from gadless.jobs.ablation import AblationJobs
from gadless.jobs.asks import Asks
from gadless.jobs.code import Scripts
from gadless.jobs.networks import NetworkJobs
from gadless.jobs.owner import own
from gadless.jobs.phantoms import Phantoms
from gadless.jobs.place import Place
from gadless.jobs.run import Run, judge
from gadless.jobs.start import Start, faults_at_start
from gadless.jobs.start_storage import storage_faults
from gadless.jobs.training import TrainingJobs
from gadless.jobs.trial import TrialJobs
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfVisit
from gadless.record import JobName
from gadless.trial.config import Config, check_keys, read_config, with_paths
from gadless.trial.sheets import Trial, absent_sheets, no_trial, read_trial

_BEFORE_DATA = frozenset({"plan", "lock"})
"""Targets that need the configuration alone: their sheets need not exist yet."""


class Inputs:
    """Hands files to rules: those that this run makes, and those that are there.

    Parameters
    ----------
    follow : callable
        Marks a file whose time of change does not count (Snakemake's ``ancient``).
    """

    def __init__(self, follow: Callable[[str], Any]) -> None:
        self._follow = follow
        self.run: Callable[[], Run] = Run

    def __call__(self, path: str, reader: JobName | None = None) -> Any:
        """Return a file as the input of a rule; of a job, where it may read dropped images."""
        return path if self.run().makes(path, reader) else self._follow(path)


@dataclass
class Jobs:
    """Everything that rules ask for.

    Attributes
    ----------
    config : Config
    results : str
    networks : NetworkJobs
    visits : VisitJobs
        The trial's own image jobs.
    trial : TrialJobs
    training : TrainingJobs
    ablation : AblationJobs
    asks : Asks
        What every job is told.
    inputs : Inputs
        Every file that a rule reads is handed over by it.
    """

    config: Config
    results: str
    networks: NetworkJobs
    visits: VisitJobs
    trial: TrialJobs
    training: TrainingJobs
    ablation: AblationJobs
    asks: Asks
    inputs: Inputs
    _judge: Callable[["Jobs"], Run] = field(default=lambda _: Run())

    def govern(
        self,
        workflow: Any,
        place: Place,
        hooks: Mapping[str, Callable[[], None]],
        arguments: Sequence[str],
        tell: Callable[[str], None],
    ) -> None:
        """Have what runs judged by the records, as soon as Snakemake builds its graph.

        Parameters
        ----------
        workflow : snakemake.workflow.Workflow
        place : Place
        hooks : mapping of str to callable
            See `Place.hook`.
        arguments : sequence of str
            The command line without the program's name.
        tell : callable
            Takes a line for the user.
        """

        def judged(jobs: "Jobs") -> Run:
            place.hook(workflow, hooks)
            return judge(workflow, jobs, arguments, tell, place.own_name)

        self._judge = judged

    @cached_property
    def run(self) -> Run:
        """What runs today: asked by the first rule that needs its inputs."""
        return self._judge(self)

    @property
    def folders(self) -> str:
        """Pattern of the folders that hold visits; a user's names are taken by the letter."""
        return "|".join(map(re.escape, (self.results, *self.training.folders)))

    def made(self, path: str) -> Callable[[Any], Any]:
        """Return the function of wildcards that gives a file below the results folder."""
        return lambda w: self.inputs(f"{self.results}/{path}".format_map(dict(w.items())))

    def table(self, name: str) -> Callable[[Any], Any]:
        """Return the function that gives a table of the trial."""
        return self.made(f"trial/{name}.tsv")

    def manifest(self, rule: str, stage: str) -> Callable[[Any], Any]:
        """Return the function that gives a rule the manifest of an image stage of its visit."""
        return lambda w: self.inputs(
            self.visits.status(w.patient, w.visit, stage),
            JobName(self.results, rule, (w.patient, w.visit)),
        )

    def inputs_of_report(self, w: OfVisit) -> list[Any]:
        """Return the tables that a visit's DICOM report is made of."""
        self._judged()
        job = JobName(self.results, "native_masks", (w.patient, w.visit))
        return [self.inputs(path, job) for path in self.asks.measured_of_native(w)]

    def nothing(self, _: object) -> list[str]:
        """Return the inputs of a rule that has none: the run is judged all the same."""
        self._judged()
        return []

    def _judged(self) -> None:
        _ = self.run

    def inputs_of_preprocess(self, w: OfVisit) -> dict[str, Any]:
        """See `VisitJobs`; of the trial or of the training, by the folder."""
        self._judged()
        mine = w.folder == self.results
        return (self.visits if mine else self.training.visits(w.folder)).inputs_of_preprocess(w)

    def own(self) -> None:
        """Write down whose results these are, before the first job."""
        own(self.config, self.visits.plan.trial)

    def asked(self, rule: str) -> Callable[[Any], dict[str, Any]]:
        """Return the function of a rule's wildcards that gives its one parameter."""
        return self.asks.param(rule)

    def tables(self, name: str) -> Callable[[object], list[Any]]:
        """Return the function that gives one table of every patient that concerns this run."""
        return lambda _: self._followed(self.visits.tables(name, self.run.of(self.asks.patients)))

    def statuses(self, stage: str) -> Callable[[object], list[Any]]:
        """Return the function that gives one stage's manifests of all that concerns this run."""
        return lambda _: self._followed(
            self.visits.status(patient, visit, stage)
            for patient, visit in self.run.of(self.visits.exams, itemgetter(0))
        )

    def trained(self, _: object) -> list[str]:
        """Return the weights of every network that is trained."""
        self._judged()
        return self.training.targets()

    def _followed(self, paths: Iterable[str]) -> list[Any]:
        return [self.inputs(path) for path in paths]


def prepare(
    raw: Mapping[str, Any],
    configfiles: Sequence[str | Path],
    asked: Sequence[str],
    scripts: Path,
    phantoms: str,
    follow: Callable[[str], Any],
    *,
    command_line: Mapping[str, Any] = MappingProxyType({}),
    check: bool = False,
    stored_by: str | None = None,
) -> Jobs:
    """Read configuration and sheets, and check both.

    Parameters
    ----------
    raw : mapping
        The configuration, as Snakemake merged it.
    configfiles : sequence of path
        The files it was read from, in order; a path counts from the file that gives it.
    asked : sequence of str
        The command line: what is to be made decides whether sheets must exist.
    scripts : Path
        Folder of the workflow's scripts.
    phantoms : str
        Folder whose files rules make, so that a sheet may name them before they exist.
    follow : callable
        Marks a file whose time of change does not count (Snakemake's ``ancient``).
    command_line : mapping
        What was given beside the files (``--config``); there, a path counts from the working
        directory.
    check : bool
        Whether to look beyond the sheets (`faults_at_start`): once, not in every job of a cluster.
    stored_by : str, optional
        Plugin that is to hold all files (`storage_faults`).

    Raises
    ------
    InputError
        With every fault of the configuration; else with every fault of the sheets, and of whatever
        can be looked at without them.
    """
    # Snakemake has read the files by now, and took the last of what stands twice.
    check_keys(configfiles)
    made = (phantoms,)
    config = read_config(with_paths(raw, Config, configfiles, command_line))
    results = config.results
    before_data = _BEFORE_DATA & {Path(word.strip(":")).stem for word in asked}
    absent = absent_sheets(config)
    trial, faults = (None, []) if absent else _read(config, made)
    if not before_data:
        faults += absent
    known = trial or no_trial(config)
    inputs = Inputs(follow)
    visits = VisitJobs(config, results, known, made, inputs)
    training = TrainingJobs(config, f"{results}/training", visits, made, inputs)
    ablation = AblationJobs(training, results, inputs)
    networks = NetworkJobs(config, training, inputs, visits.brought)
    if check:
        faults += storage_faults(stored_by)
        faults += faults_at_start(Start(config, trial, configfiles, networks, made))
    if check and not faults and "train" in asked:
        faults += training.faults()
    if check and not faults and "ablation" in asked:
        faults += ablation.faults()
    if faults:
        raise InputError("\n".join(faults))
    code = Scripts(scripts)
    whole = TrialJobs(config, results, known, absent, networks, configfiles)
    asks = Asks(config, visits, networks, whole, training, ablation, code, Phantoms(phantoms, code))
    jobs = Jobs(config, results, networks, visits, whole, training, ablation, asks, inputs)
    inputs.run = lambda: jobs.run
    return jobs


def _read(config: Config, made: Sequence[str]) -> tuple[Trial | None, list[str]]:
    """Read the sheets, or say what is wrong with them, so that all faults are told at once."""
    try:
        return read_trial(config, made), []
    except InputError as error:
        return None, [str(error)]


def keep_memory() -> None:
    """Have image jobs keep the memory that they free.

    Every convolution frees large buffers and asks for them again. Where the C library keeps them
    instead of handing them to the kernel, image jobs take a sixth less time (docs/benchmarks.md).
    """
    for variable in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
        os.environ.setdefault(variable, str(2**32))
