"""What the jobs that train networks are asked for."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from gadless.errors import InputError
from gadless.jobs.visits import STAGES, VisitJobs
from gadless.jobs.wildcards import OfNetwork
from gadless.trial.config import Config
from gadless.trial.sheets import read_scans


class TrainingJobs:
    """The training of a trial's networks.

    Parameters
    ----------
    config : Config
    folder : str
        For the training exams and the weights.
    made : sequence of str
        Folders whose files rules make.
    follow : callable
        As for `VisitJobs`.
    """

    def __init__(
        self, config: Config, folder: str, made: Sequence[str], follow: Callable[[str], Any]
    ) -> None:
        self.config, self.folder = config, folder
        self._made, self._follow = made, follow

    @cached_property
    def visits(self) -> VisitJobs:
        """The exams that networks learn from; their sheets are read when first asked for."""
        sheets = self.config.training
        trial = read_scans(sheets.patients, sheets.visits, self._made, self.config.sequences)
        return VisitJobs(self.config, self.folder, trial, self._made, self._follow)

    def weights(self, network: str) -> str:
        """Return the file that a network's training writes."""
        return f"{self.folder}/weights/{network}.safetensors"

    def targets(self) -> list[str]:
        """Weights of every network that has a recipe."""
        return [self.weights(network) for network in self.config.training.recipes]

    def inputs(self, _: object = None) -> dict[str, list[Any]]:
        """Preprocessed exams and their masks."""
        plan = self.visits.plan
        masks = [
            plan.brought(*exam, "mask").get(self.config.reference) for exam in self.visits.exams
        ]
        return {
            "exams": self.visits.statuses(STAGES[0]),
            "truths": [
                mask if plan.is_made(mask) else self._follow(mask) for mask in masks if mask
            ],
        }

    def recipe(self, w: OfNetwork) -> dict[str, Any]:
        """How one network is trained.

        Raises
        ------
        InputError
            If the configuration has no recipe for it.
        """
        recipes = self.config.training.recipes
        if w.network not in recipes:
            raise InputError(
                f"no recipe for network {w.network!r} in `training`; there are:"
                f" {', '.join(sorted(recipes))}"
            )
        return recipes[w.network].model_dump(mode="json")

    def settings(self) -> dict[str, Any]:
        """Return what all networks' training has in common."""
        return self.config.training.model_dump(mode="json", exclude={"recipes"})
