"""From the configuration, as Snakemake gives it, to what every job is asked for."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gadless.errors import InputError
from gadless.jobs.code import Scripts
from gadless.jobs.networks import NetworkJobs
from gadless.jobs.start import Start, faults_at_start
from gadless.jobs.training import TrainingJobs
from gadless.jobs.trial import TrialJobs
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfVisit
from gadless.networks.contract import SEGMENTER
from gadless.trial.config import Config, check_keys, read_config, with_paths
from gadless.trial.config.sequences import built_in
from gadless.trial.sheets import Trial, absent_sheets, no_trial, read_trial

_BEFORE_DATA = frozenset({"plan", "lock"})
"""Targets that need the configuration alone: their sheets need not exist yet."""


@dataclass(frozen=True)
class Jobs:
    """Everything that rules ask for.

    Attributes
    ----------
    config : Config
    results : str
    scripts : Scripts
    networks : NetworkJobs
    visits : VisitJobs
        The trial's own image jobs.
    trial : TrialJobs
    training : TrainingJobs
    """

    config: Config
    results: str
    scripts: Scripts
    networks: NetworkJobs
    visits: VisitJobs
    trial: TrialJobs
    training: TrainingJobs

    @property
    def folders(self) -> str:
        """Pattern of the folders that hold visits; a user's names are taken by the letter."""
        return "|".join(map(re.escape, (self.results, *self.training.folders)))

    def of(self, w: OfVisit) -> VisitJobs:
        """Return the image jobs of the trial or of the training, by the folder of the results."""
        return self.visits if w.folder == self.results else self.training.visits(w.folder)

    def inputs_of_preprocess(self, w: OfVisit) -> dict[str, Any]:
        """See `VisitJobs.inputs_of_preprocess`."""
        return self.of(w).inputs_of_preprocess(w)

    def fingerprints(self, w: OfVisit) -> dict[str, str]:
        """See `VisitJobs.fingerprints`."""
        return self.of(w).fingerprints(w)

    def preprocess_settings(self, w: OfVisit) -> dict[str, Any]:
        """Networks learn on a grid of their own; all else is as in the trial."""
        chosen = self.config.preprocess.model_dump(mode="json", exclude={"fingerprint"})
        if w.folder != self.results:
            chosen["spacing_mm"] = self.config.training.spacing_mm
        return chosen

    def sequences(self, w: OfVisit) -> dict[str, dict[str, Any]]:
        """Sequences of an exam, as far as preprocessing needs to know them.

        Those that every trial has, and what else this visit has: a further sequence is no concern
        of a visit without it.
        """
        named = {*built_in(), *self.of(w).plan.scans(w.patient, w.visit)}
        shown = {"required", "drawn", "window", "also"}
        return {
            name: sequence.model_dump(mode="json", exclude=shown)
            for name, sequence in self.config.sequences.items()
            if name in named
        }

    def provenance(self, _: object = None) -> dict[str, Any]:
        """Return what the report says of software, networks and what others made."""
        return self.trial.provenance() | {"brought": self.visits.made_elsewhere()}

    def generators(self, w: OfVisit) -> dict[str, dict[str, Any]]:
        """Return the generators that run at a visit, by name."""
        made = self.visits.generated(w)
        return {
            name: self.networks.identity(name, w.patient)
            for name in self.networks.generators
            if name in made
        }

    def segmenters(self, w: OfVisit) -> dict[str, dict[str, Any]]:
        """Return the networks that give labels at a visit, by name."""
        made = {SEGMENTER, *self.visits.generated(w)}
        return {
            name: self.networks.identity(name, w.patient)
            for name in self.networks.segmenters
            if name in made
        }

    def registration(self, w: OfVisit) -> dict[str, Any]:
        """Return settings by which others' T1c are registered; none where a visit has none."""
        images = self.visits.images(w).values()
        given = any(file is not None for files in images for file in files.values())
        chosen = self.config.preprocess.model_dump(mode="json", exclude={"fingerprint"})
        return chosen if given else {}

    def drawn(self) -> dict[str, dict[str, Any]]:
        """Sequences as the panels show them."""
        return {name: one.model_dump(mode="json") for name, one in self.config.sequences.items()}


def prepare(
    raw: Mapping[str, Any],
    configfiles: Sequence[str | Path],
    asked: Sequence[str],
    scripts: Path,
    made: Sequence[str],
    follow: Callable[[str], Any],
    *,
    command_line: Mapping[str, Any] = MappingProxyType({}),
    check: bool = False,
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
    made : sequence of str
        Folders whose files rules make, so that a sheet may name them before they exist.
    follow : callable
        Marks a file that only its fingerprint may replace (Snakemake's ``ancient``).
    command_line : mapping
        What was given beside the files (``--config``); there, a path counts from the working
        directory.
    check : bool
        Whether to look beyond the sheets (`faults_at_start`): once, not in every job of a cluster.

    Raises
    ------
    InputError
        With every fault of the configuration; else with every fault of the sheets, and of whatever
        can be looked at without them.
    """
    # Snakemake has read the files by now, and took the last of what stands twice.
    check_keys(configfiles)
    config = read_config(with_paths(raw, Config, configfiles, command_line))
    results = config.results
    before_data = _BEFORE_DATA & {Path(word.strip(":")).stem for word in asked}
    absent = absent_sheets(config)
    trial, faults = (None, []) if absent else _read(config, made)
    if not before_data:
        faults += absent
    known = trial or no_trial(config)
    visits = VisitJobs(config, results, known, made, follow)
    training = TrainingJobs(config, f"{results}/training", visits, made, follow)
    networks = NetworkJobs(config, training, follow, visits.brought)
    if check:
        faults += faults_at_start(Start(config, trial, configfiles, networks, made))
    if check and not faults and "train" in asked:
        faults += training.faults()
    if faults:
        raise InputError("\n".join(faults))
    return Jobs(
        config,
        results,
        Scripts(scripts),
        networks,
        visits,
        TrialJobs(config, results, known, absent, networks, configfiles),
        training,
    )


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
