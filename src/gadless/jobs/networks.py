"""Which weights each job runs with, and what tells whether they are still the same."""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from gadless.jobs.training import TrainingJobs
from gadless.jobs.wildcards import OfPatient
from gadless.networks.contract import ABNORMALITY, SEGMENTER, SEGMENTS
from gadless.networks.described import network_files, segments_itself
from gadless.networks.seen import start_lines, told
from gadless.provenance import fingerprint
from gadless.record import JobName
from gadless.trial.brought import Brought
from gadless.trial.config import Config, Network


class NetworkJobs:
    """The networks of a trial.

    Parameters
    ----------
    config : Config
    training : TrainingJobs
        Weights below its folder are the workflow's own.
    follow : callable
        Hands a file to a rule (`gadless.jobs.prepare.Inputs`).
    brought : Brought
        What others made, so that no network is needed for it.
    """

    def __init__(
        self,
        config: Config,
        training: TrainingJobs,
        follow: Callable[[str], Any],
        brought: Brought,
    ) -> None:
        self.config, self.training = config, training
        self._brought = brought
        self._follow = follow
        # The same few files, asked of every visit.
        self._identities: dict[tuple[str, str | None], dict[str, Any]] = {}

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the networks that the trial runs.

        None where tumours were measured elsewhere; no generator of what others made at every visit,
        and no segmenter where all masks are theirs.
        """
        if self.config.measurements is not None:
            return ()
        # Images that others made of a candidate are segmented by ours, whatever its own network.
        theirs = [name for name in self._direct if not self._brought.imaged(name)]
        ours: tuple[str, ...] = (SEGMENTER,) if {*self._brought.segmented()} - {*theirs} else ()
        if ours and ABNORMALITY in self.config.networks:
            ours = (*ours, ABNORMALITY)
        return (*self._brought.generated(), *ours)

    def weights(self, name: str, patient: str | None = None) -> str | None:
        """Return the weights' file, for one patient where networks are cross-fitted.

        None: the shipped ones. Without a patient, of a cross-fitted network: those of the first
        fold, which stand for all where a network is told of.
        """
        return self.network(name, patient).weights

    def network(self, name: str, patient: str | None = None) -> Network:
        """Return a network's section, with the weights that `weights` gives."""
        section = self.config.networks[name]
        if not self.training.cross_fitted(name):
            return section
        weights = (
            self.training.weights(name, 1)
            if patient is None
            else self.training.weights_for(name, patient)
        )
        return section.model_copy(update={"weights": weights})

    def inputs(self, name: str, patient: str | None = None) -> list[Any]:
        """Weights as an input of a job: those that a rule makes; others go by their checksum."""
        settings = self.network(name, patient)
        if not settings.weights:
            return []
        if self.is_made(settings.weights):
            return [self._follow(settings.weights)]
        return [self._follow(str(path)) for path in network_files(name, settings)]

    def makers(self, names: Iterable[str], patient: str | None = None) -> list[JobName]:
        """Return the jobs that train networks, of those that are trained here."""
        weights = [self.network(name, patient).weights for name in names]
        return [
            JobName(self.training.folder, "train_network", (Path(path).stem,))
            for path in weights
            if path and self.is_made(path)
        ]

    def trained_here(self) -> bool:
        """Whether the trial runs any network that it trains itself."""
        return bool(self.makers(self.used))

    def inputs_of_generators(self, w: OfPatient) -> list[Any]:
        """Weights of all candidates that give images, as inputs of the job that synthesises."""
        return [file for name in self.generators for file in self.inputs(name, w.patient)]

    def inputs_of_segmenters(self, w: OfPatient) -> list[Any]:
        """Weights of all networks that give labels, as inputs of the job that segments."""
        return [file for name in self.segmenters for file in self.inputs(name, w.patient)]

    def identity(self, name: str, patient: str | None = None) -> dict[str, Any]:
        """Return a network's settings, and the checksum of weights that no rule makes."""
        weights = self.weights(name, patient)
        if (name, weights) not in self._identities:
            self._identities[name, weights] = self._identity(name, patient)
        return self._identities[name, weights]

    def counted(self, name: str, patient: str | None = None) -> dict[str, Any]:
        """Return what of `identity` counts: not where weights lie, but what they hold."""
        identity = self.identity(name, patient)
        settings = {key: of for key, of in identity["settings"].items() if key != "weights"}
        return {**identity, "settings": settings}

    def _identity(self, name: str, patient: str | None) -> dict[str, Any]:
        settings = self.network(name, patient)
        used = settings.model_dump(mode="json", exclude={"trained_on", "licence"})
        if settings.weights and self.is_made(settings.weights):
            return {"settings": used, "version": "made"}
        files = [fingerprint(path, content=True) for path in network_files(name, settings)]
        return {"settings": used, "version": "-".join(files)}

    @cached_property
    def segmenters(self) -> list[str]:
        """Every network that gives labels in the trial: the segmenter, and candidates."""
        return [name for name in self.used if name not in self.generators]

    @cached_property
    def _direct(self) -> list[str]:
        """Candidates whose network gives labels and no image."""
        networks = self.config.networks
        return [name for name in self._brought.generated() if segments_itself(name, networks[name])]

    @cached_property
    def generators(self) -> list[str]:
        """Every network that makes images in the trial."""
        return [name for name in self.used if name not in (*self._direct, *SEGMENTS)]

    def versions(self) -> dict[str, str]:
        """Checksum of every network's weights, by name."""
        return {name: self.identity(name)["version"] for name in self.used}

    def settings(self) -> dict[str, dict[str, Any]]:
        """Section of every network, by name: with its weights, all that can be told of it."""
        return {name: self.network(name).model_dump(mode="json") for name in self.used}

    def start_lines(self) -> list[str]:
        """Say of every network what it has learnt from, before anything runs.

        Raises
        ------
        InputError
            If weights are damaged.
        """
        return start_lines({name: told(name, one) for name, one in self.settings().items()})

    def is_made(self, weights: str) -> bool:
        """Whether the workflow's own training makes a file of weights."""
        return weights.startswith(f"{self.training.folder}/")
