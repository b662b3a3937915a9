"""Which weights each job runs with, and what tells whether they are still the same."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from gadless.jobs.training import SEGMENTER, TrainingJobs
from gadless.jobs.wildcards import OfPatient
from gadless.networks.header import shipped
from gadless.networks.seen import start_lines, told
from gadless.provenance import fingerprint
from gadless.trial.brought import Brought
from gadless.trial.config import Config


class NetworkJobs:
    """The networks of a trial.

    Parameters
    ----------
    config : Config
    training : TrainingJobs
        Weights below its folder are the workflow's own.
    follow : callable
        Marks a file that only its content may replace (Snakemake's ``ancient``).
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
        self._content = cache(partial(fingerprint, content=True))

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the networks that the trial runs.

        None where tumours were measured elsewhere; no generator of what others made at every visit,
        and no segmenter where all masks are theirs.
        """
        if self.config.measurements is not None:
            return ()
        segmenter = (SEGMENTER,) if self._brought.segmented() else ()
        return (*self._brought.generated(), *segmenter)

    def weights(self, name: str, patient: str | None = None) -> str | None:
        """Return the weights' file, for one patient where networks are cross-fitted.

        None: the shipped ones. Without a patient, of a cross-fitted network: those of the first
        fold, which stand for all where a network is told of.
        """
        if not self.training.cross_fitted(name):
            return self.config.networks[name].weights
        if patient is None:
            return self.training.weights(name, 1)
        return self.training.weights_for(name, patient)

    def inputs(self, name: str, patient: str | None = None) -> list[Any]:
        """Weights as an input of a job: those that a rule makes; others go by their checksum."""
        named = self.weights(name, patient)
        return [] if not named else [named if self.is_made(named) else self._follow(named)]

    def inputs_of_generators(self, w: OfPatient) -> list[Any]:
        """Weights of all candidates, as inputs of the job that synthesises."""
        generators = [name for name in self.used if name != SEGMENTER]
        return [file for name in generators for file in self.inputs(name, w.patient)]

    def inputs_of_segmenter(self, w: OfPatient) -> list[Any]:
        """Weights of the segmenter, as an input of the job that segments."""
        return self.inputs(SEGMENTER, w.patient) if SEGMENTER in self.used else []

    def identity(self, name: str, patient: str | None = None) -> dict[str, Any]:
        """Where a network's weights lie, and the checksum of those that no rule makes."""
        named = self.weights(name, patient)
        if named and self.is_made(named):
            return {"weights": named, "version": "made"}
        return {"weights": named, "version": self._content(named or shipped(name))}

    def segmenter(self, w: OfPatient) -> dict[str, Any]:
        """Return the segmenter; nothing where the trial has no need of it."""
        return self.identity(SEGMENTER, w.patient) if SEGMENTER in self.used else {}

    def versions(self) -> dict[str, str]:
        """Checksum of every network's weights, by name."""
        return {name: self.identity(name)["version"] for name in self.used}

    def settings(self) -> dict[str, dict[str, Any]]:
        """Section of every network, by name: with its weights, all that can be told of it."""
        networks = self.config.networks
        return {
            name: networks[name].model_dump(mode="json") | {"weights": self.weights(name)}
            for name in self.used
        }

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
