"""Which weights each job runs with, and what tells whether they are still the same."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from gadless.networks.contract import SEGMENTER
from gadless.networks.described import network_files, segments_itself
from gadless.networks.seen import start_lines, told
from gadless.provenance import fingerprint
from gadless.trial.brought import Brought
from gadless.trial.config import Config


class NetworkJobs:
    """The networks of a trial.

    Parameters
    ----------
    config : Config
    results : str
        The results folder; weights below its ``training`` are the workflow's own.
    follow : callable
        Marks a file that only its content may replace (Snakemake's ``ancient``).
    brought : Brought
        What others made, so that no network is needed for it.
    """

    def __init__(
        self, config: Config, results: str, follow: Callable[[str], Any], brought: Brought
    ) -> None:
        self.config = config
        self._brought = brought
        self._trained = f"{results}/training/"
        self._follow = follow

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
        segmenter = (SEGMENTER,) if {*self._brought.segmented()} - {*theirs} else ()
        return (*self._brought.generated(), *segmenter)

    def inputs(self, name: str) -> list[Any]:
        """Weights as an input of a job: those that a rule makes; others go by their checksum."""
        settings = self.config.networks[name]
        if not settings.weights:
            return []
        if self.is_made(settings.weights):
            return [settings.weights]
        return [self._follow(str(path)) for path in network_files(name, settings)]

    def inputs_of_generators(self) -> list[Any]:
        """Weights of all candidates that give images, as inputs of the job that synthesises."""
        return [file for name in self._generators for file in self.inputs(name)]

    def inputs_of_segmenters(self) -> list[Any]:
        """Weights of all networks that give labels, as inputs of the job that segments."""
        return [file for name in self.segmenters for file in self.inputs(name)]

    def identity(self, name: str) -> dict[str, Any]:
        """Return a network's settings, and the checksum of weights that no rule makes."""
        settings = self.config.networks[name]
        used = settings.model_dump(mode="json", exclude={"trained_on", "licence"})
        if settings.weights and self.is_made(settings.weights):
            return {"settings": used, "version": "made"}
        files = [fingerprint(path, content=True) for path in network_files(name, settings)]
        return {"settings": used, "version": "-".join(files)}

    @cached_property
    def generators(self) -> dict[str, dict[str, Any]]:
        """Every network that makes images in the trial, by name."""
        return {name: self.identity(name) for name in self._generators}

    @cached_property
    def segmenters(self) -> dict[str, dict[str, Any]]:
        """Every network that gives labels in the trial, by name: the segmenter, and candidates."""
        return {name: self.identity(name) for name in self.used if name not in self._generators}

    @cached_property
    def _direct(self) -> list[str]:
        """Candidates whose network gives labels and no image."""
        networks = self.config.networks
        return [name for name in self._brought.generated() if segments_itself(name, networks[name])]

    @property
    def _generators(self) -> list[str]:
        return [name for name in self.used if name not in (*self._direct, SEGMENTER)]

    def versions(self) -> dict[str, str]:
        """Checksum of every network's weights, by name."""
        return {name: self.identity(name)["version"] for name in self.used}

    def settings(self) -> dict[str, dict[str, Any]]:
        """Section of every network, by name: with its weights, all that can be told of it."""
        networks = self.config.networks
        return {name: networks[name].model_dump(mode="json") for name in self.used}

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
        return weights.startswith(self._trained)
