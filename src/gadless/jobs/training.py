"""What the jobs that train networks are asked for, and whom each network has not seen."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.files import sha256
from gadless.jobs.sets import OWN, ExamSet, folders_of, sets_of
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfTraining
from gadless.networks.contract import SEGMENTER
from gadless.networks.header import shipped
from gadless.record import JobName
from gadless.trial.config import Config, Recipe
from gadless.trial.folds import fold_of, last_units, units_of

FOLDS = 5
"""Of cross-fitting, where the configuration gives no number."""

# Of `training`, what one network's training does not depend on, or is told exam by exam.
_ELSEWHERE = frozenset(
    {"patients", "visits", "weight", "labels", "also", "folds", "cross_fit", "recipes"}
)


class TrainingJobs:
    """The training of a trial's networks.

    Sheets are read when first asked for: most runs train nothing.

    Parameters
    ----------
    config : Config
    folder : str
        For the training exams and the weights.
    trial : VisitJobs
        The trial's own image jobs.
    made : sequence of str
        Folders whose files rules make.
    follow : callable
        As for `VisitJobs`.
    """

    def __init__(
        self,
        config: Config,
        folder: str,
        trial: VisitJobs,
        made: Sequence[str],
        follow: Callable[[str], Any],
    ) -> None:
        self.config, self.folder, self.trial = config, folder, trial
        self._made, self._follow = made, follow

    @property
    def folders(self) -> list[str]:
        """Folders of images that only training uses."""
        return list(folders_of(self.config, self.folder).values())

    @cached_property
    def sets(self) -> dict[str, ExamSet]:
        """The sets of patients that networks learn from, the one that `training` names first.

        Raises
        ------
        InputError
            With every fault of a sheet; or if a scan of the trial is learnt from that its networks
            are then judged on.
        """
        sets = sets_of(self.config, self.folder, self.trial, self._made, self._follow)
        self._check_strangers(sets.values())
        return sets

    def visits(self, folder: str) -> VisitJobs:
        """Return the image jobs of one folder."""
        return next(one.jobs for one in self.sets.values() if one.jobs.folder == folder)

    @cached_property
    def _units(self) -> dict[str, str]:
        own = self.sets[OWN]
        patients = own.patients[own.patients["patient"].isin(dict(own.jobs.exams))]
        return units_of(patients, own.visits, self.config.training.split)

    @cached_property
    def folds(self) -> dict[str, int]:
        """Fold of every patient of the first set, from 1; empty where no fold is trained.

        Raises
        ------
        InputError
            If there are too few patients, or the column `fold` has gaps.
        """
        training = self.config.training
        count = training.folds or (self._count_by_itself() if training.cross_fit else 0)
        return fold_of(self._units, count, training.split) if count else {}

    def _count_by_itself(self) -> int:
        return len(set(self._units.values())) if self.config.training.split == "fold" else FOLDS

    def rows(self, _: object = None) -> list[list[str]]:
        """Return every exam: set, fold, unit, and what its set says of it."""
        folds, units = self.folds, self._units
        return [
            [name, str(folds.get(row[0], 0)), units[row[0]], *row]
            if name == OWN
            else [name, "0", row[0], *row]
            for name, one in self.sets.items()
            for row in one.rows()
        ]

    def about_sets(self, _: object = None) -> dict[str, dict[str, Any]]:
        """Return what holds for all exams of a set, by its name."""
        return {name: one.about() for name, one in self.sets.items()}

    def weights(self, network: str, fold: int = 0) -> str:
        """Return the file that a network's training writes; 0: the one that saw all but a share."""
        return f"{self.folder}/weights/{network}{f'.fold{fold}' if fold else ''}.safetensors"

    def targets(self, _: object = None) -> list[str]:
        """Weights of every network that can be trained, and of each fold."""
        return [self.weights(name, fold) for name in self.networks for fold in self.all_folds()]

    def all_folds(self) -> list[int]:
        """Return every fold that is trained without, and 0."""
        return sorted({0, *self.folds.values()})

    def job(self, network: str, fold: int = 0) -> JobName:
        """Return the name of the job that trains a network."""
        return JobName(self.folder, "train_network", (Path(self.weights(network, fold)).stem,))

    @property
    def networks(self) -> list[str]:
        """Networks that have a recipe and what it needs: a segmenter, some mask."""
        masks = any(one.has_masks() for one in self.sets.values())
        recipes = self.config.training.recipes
        return [name for name, recipe in recipes.items() if masks or recipe.kind != SEGMENTER]

    def cross_fitted(self, network: str) -> bool:
        """Whether each patient of the trial gets weights of a network that has not seen him.

        So it is with `training.cross_fit`, a recipe, no `weights` of one's own, and, for a
        segmenter, masks of the trial's patients.
        """
        training = self.config.training
        named = self.config.networks.get(network)
        if not training.cross_fit or network not in training.recipes:
            return False
        if named is None or named.weights:
            return False
        return training.recipes[network].kind != SEGMENTER or self.sets[OWN].has_masks()

    def weights_for(self, network: str, patient: str) -> str:
        """Return the weights that have not seen a patient: his fold's, or those of nobody's fold.

        A patient whom the training sheets do not have was never learnt from.
        """
        return self.weights(network, self.folds.get(patient, 0))

    def inputs(self, _: object = None) -> dict[str, list[Any]]:
        """Preprocessed exams and their masks, of all sets."""
        masks = [
            self._follow(path)
            for one in self.sets.values()
            for exam in one.jobs.exams
            if (path := one.mask(*exam))
        ]
        exams = [self._follow(path) for one in self.sets.values() for path in one.statuses()]
        return {"exams": exams, "truths": masks}

    def faults(self) -> list[str]:
        """Say why networks cannot be trained as configured, before anything runs."""
        try:
            self.about_sets()
            last_units(self._units, self.config.training.held_out)
            self.targets()
            for network in self.networks:
                self.asked(network)
        except InputError as error:
            return [str(error)]
        return []

    def asked(self, network: str) -> dict[str, Any]:
        """Return how one network is trained.

        Raises
        ------
        InputError
            If the configuration has no recipe for it; or see `told`.
        """
        recipes = self.config.training.recipes
        if network not in recipes:
            raise InputError(
                f"no recipe for network {network!r} in `training`; there are:"
                f" {', '.join(sorted(recipes))}"
            )
        return self.told(f"training.recipes.{network}", recipes[network])

    def told(self, where: str, recipe: Recipe) -> dict[str, Any]:
        """Return a recipe, how its inputs are normalised, and the weights that it begins from.

        Parameters
        ----------
        where : str
            Key of the configuration that gives it.
        recipe : Recipe

        Raises
        ------
        InputError
            If its inputs are no sequences, or no such weights are shipped.
        """
        known = {name for name, one in self.config.sequences.items() if not one.enhanced}
        strange = [name for name in recipe.inputs if name not in known | {"contrast"}]
        if strange:
            raise InputError(
                f"{where}.inputs: {', '.join(strange)} is no sequence that a"
                f" network may see; there are: {', '.join(sorted(known))}; add an entry to"
                " `sequences`"
            )
        shown = {"title", "required", "drawn", "window", "also"}
        return {
            "recipe": recipe.model_dump(mode="json"),
            "sequences": {
                name: self.config.sequences[name].model_dump(mode="json", exclude=shown)
                for name in recipe.inputs
                if name in self.config.sequences
            },
            "begun_from": sha256(shipped(recipe.start)) if recipe.start else None,
        }

    def settings(self) -> dict[str, Any]:
        """Return what all networks' training has in common."""
        return self.config.training.model_dump(mode="json", exclude=set(_ELSEWHERE))

    def fold(self, w: OfTraining) -> int:
        """Return the fold that a training holds out, by its file's name; 0: none.

        Raises
        ------
        InputError
            If there is no such fold.
        """
        number = int(w.fold.removeprefix(".fold") or 0)
        if number and number not in self.folds.values():
            raise InputError(
                f"training: there is no fold {number}; `training.folds` or `cross_fit` makes folds"
            )
        return number

    def _check_strangers(self, sets: Iterable[ExamSet]) -> None:
        """See to it that no network is judged on a scan that it has learnt from."""
        config = self.config
        here = [
            name
            for name, one in config.networks.items()
            if (one.weights or "").startswith(f"{self.folder}/")
        ]
        if not config.training.cross_fit and not here:
            return
        of_trial = {_t1(self.trial, *exam): exam[0] for exam in self.trial.exams}
        known: set[str] = set()
        for one in sets:
            for patient, visit in one.jobs.exams:
                scan = _t1(one.jobs, patient, visit)
                judged = of_trial.get(scan)
                cross_fitted = config.training.cross_fit and one.name == OWN
                if cross_fitted:
                    known.add(patient)
                if scan and judged and not (cross_fitted and judged == patient):
                    raise InputError(
                        f"training: {scan} is learnt from (patient {patient}) and is a scan of the "
                        f"trial's patient {judged}, whom the network would be judged on; take it "
                        "out of the training sheets, or set `training.cross_fit: true` and use one "
                        "identifier in both"
                    )
        if config.training.cross_fit and known.isdisjoint(of_trial.values()):
            raise InputError(
                "training.cross_fit: no patient of the trial is in the training sheets; leave "
                "`training.patients` and `visits` out to learn from the trial's own"
            )


def _t1(jobs: VisitJobs, patient: str, visit: str) -> str | None:
    return jobs.plan.scans(patient, visit).get("t1")
