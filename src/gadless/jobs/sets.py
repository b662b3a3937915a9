"""The sets of patients that networks learn from, and what each says of its exams."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.jobs.visits import STAGES, VisitJobs
from gadless.provenance import fingerprint
from gadless.trial.codings import coding, codings
from gadless.trial.config import Config
from gadless.trial.config.training import PHANTOMS, TrainingSet
from gadless.trial.folds import sites_of
from gadless.trial.sheets import read_scans

OWN = ""
"""The set that `training` itself names; only of this one is anybody held out."""

TRUTH = "gbca"
"""Contrast whose mask (`mask_gbca`) is the truth."""


@dataclass(frozen=True)
class ExamSet:
    """One set of patients.

    Attributes
    ----------
    name : str
    settings : TrainingSet
    jobs : VisitJobs
        That make its preprocessed images.
    """

    name: str
    settings: TrainingSet
    jobs: VisitJobs

    @property
    def patients(self) -> pd.DataFrame:
        """Its patients sheet."""
        return self.jobs.plan.trial.patients

    @property
    def visits(self) -> pd.DataFrame:
        """Its visits sheet."""
        return self.jobs.plan.trial.visits

    def about(self) -> dict[str, Any]:
        """Return what holds for all of its exams: folder, weight, coding of the masks.

        Raises
        ------
        InputError
            If there is no such coding, or masks and none.
        """
        labels = self.settings.labels
        if labels is None and self.has_masks():
            key = f"training.also.{self.name}" if self.name else "training"
            raise InputError(
                f"{self.settings.visits}, column mask_{TRUTH}: the configuration does not say what "
                f"its labels mean; set `{key}.labels` to one of {', '.join(codings())}, or to a "
                "mapping of their labels to ours"
            )
        numbers = coding(labels or "gadless")
        return {
            "folder": self.jobs.folder,
            "weight": self.settings.weight,
            "coding": {str(theirs): ours for theirs, ours in numbers.items()},
        }

    def mask(self, patient: str, visit: str) -> str | None:
        """Path of an exam's truth."""
        return self.jobs.plan.brought(patient, visit, "mask").get(TRUTH)

    def has_masks(self) -> bool:
        """Whether any exam has a truth."""
        return any(self.mask(*exam) for exam in self.jobs.exams)

    def statuses(self) -> list[str]:
        """Manifests of the preprocessed exams."""
        return self.jobs.statuses(STAGES[0])

    def rows(self) -> list[list[str]]:
        """Return patient, visit, site, phantom, mask and its fingerprint of every exam."""
        sites = sites_of(self.patients, self.visits)
        plan, phantoms, rows = self.jobs.plan, self._phantoms(), []
        for patient, visit in self.jobs.exams:
            mask = self.mask(patient, visit)
            version = "made" if mask and plan.is_made(mask) else fingerprint(mask)
            site, phantom = sites.get((patient, visit), ""), str(int(patient in phantoms))
            rows.append([patient, visit, site, phantom, mask or "", version if mask else ""])
        return rows

    def _phantoms(self) -> set[str]:
        table = self.patients
        if "phantom" not in table:
            return set()
        flagged = table["phantom"].astype("Int64").fillna(0) == 1
        return set(table.loc[flagged, "patient"])


def sets_of(
    config: Config,
    folder: str,
    trial: VisitJobs,
    made: Sequence[str],
    follow: Callable[[str], Any],
) -> dict[str, ExamSet]:
    """Read the sheets that networks learn from.

    Parameters
    ----------
    config : Config
    folder : str
        For the training exams.
    trial : VisitJobs
        The trial's own images: these are learnt from where they have the grid of networks.
    made : sequence of str
        Folders whose files rules make.
    follow : callable
        As for `VisitJobs`.

    Raises
    ------
    InputError
        With every fault of a sheet.
    """
    # A trial of measurements has no scans of its own; its networks may learn from others'.
    scanned = config.model_copy(update={"measurements": None})
    named = {OWN: own_set(config), **config.training.also}
    folders = folders_of(config, folder)
    sets = {}
    for name, settings in named.items():
        if name == OWN and is_the_trial(config) and same_grid(config):
            sets[name] = ExamSet(name, settings, trial)
            continue
        sheets = read_scans(settings.patients, settings.visits, made, config.sequences)
        jobs = VisitJobs(scanned, folders[name], sheets, made, follow)
        sets[name] = ExamSet(name, settings, jobs)
    return sets


def folders_of(config: Config, folder: str) -> dict[str, str]:
    """Return where each set's images are made, known without its sheets."""
    return {OWN: folder, **{name: f"{folder}/also/{name}" for name in config.training.also}}


def own_set(config: Config) -> TrainingSet:
    """Return the set that `training` itself names: its sheets, the trial's, or the phantoms.

    Raises
    ------
    InputError
        If the trial's own patients are meant, and it has no scans.
    """
    training = config.training
    weighed = {"weight": training.weight}
    labels = training.labels or config.labels_of.get(TRUTH)
    if training.patients is not None and training.visits is not None:
        sheets = {"patients": training.patients, "visits": training.visits}
        return TrainingSet(**sheets, labels=labels, **weighed)
    if not training.cross_fit:
        return PHANTOMS.model_copy(update=weighed)
    if config.visits is None:
        raise InputError(
            "training.cross_fit: the trial has no `visits`; networks learn from scans, and "
            "`measurements` has none"
        )
    return TrainingSet(patients=config.patients, visits=config.visits, labels=labels, **weighed)


def is_the_trial(config: Config) -> bool:
    """Whether networks learn from the trial's own sheets."""
    own = own_set(config)
    return (own.patients, own.visits) == (config.patients, config.visits)


def same_grid(config: Config) -> bool:
    """Whether the trial's images lie on the grid that networks see."""
    return config.training.spacing_mm == config.preprocess.spacing_mm
