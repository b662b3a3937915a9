"""What the jobs of one visit, and of one patient, are asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from gadless.jobs.wildcards import OfPatient, OfVisit
from gadless.record import JobName
from gadless.trial.brought import IMAGES, KINDS, Brought
from gadless.trial.config import Config
from gadless.trial.plan import Plan
from gadless.trial.sheets import Trial

# Every visit goes through all of them, in this order.
STAGES = ("preprocessed", "synthetic", "segmented")


class VisitJobs:
    """The image jobs of a trial, or of a cohort that networks learn from.

    Parameters
    ----------
    config : Config
    folder : str
        The results folder, or the part of it that holds this cohort.
    trial : Trial
        Its sheets.
    made : sequence of str
        Folders whose files rules make.
    follow : callable
        Hands a file to a rule (`gadless.jobs.prepare.Inputs`).
    """

    def __init__(
        self,
        config: Config,
        folder: str,
        trial: Trial,
        made: Sequence[str],
        follow: Callable[..., Any],
    ) -> None:
        self.config, self.folder = config, folder
        self.plan = Plan(trial, made, config.sequences)
        self.brought = Brought.of(config, trial.visits)
        self._follow = follow

    @property
    def measured_here(self) -> bool:
        """Whether tumours are measured on scans, and did not come as a table."""
        return self.config.measurements is None

    @cached_property
    def exams(self) -> list[tuple[str, str]]:
        """Patient and visit of every exam, in the order of the sheet."""
        if not self.measured_here:
            return []
        plan = self.plan
        return [(patient, visit) for patient in plan.patients for visit in plan.imaged(patient)]

    def status(self, patient: str, visit: str, stage: str) -> str:
        """Manifest of one image stage of one visit."""
        return f"{self.folder}/visits/{patient}/{visit}/{stage}/status.json"

    def statuses(self, stage: str) -> list[str]:
        """Manifests of one stage of every visit."""
        return [self.status(*exam, stage) for exam in self.exams]

    def inputs_of_preprocess(self, w: OfVisit) -> dict[str, Any]:
        """Return the visit's own scans, and the visit whose space it is registered to."""
        inputs = dict(self.plan.scans(w.patient, w.visit))
        anchor = self.plan.anchor(w.patient, w.visit)
        if anchor:
            inputs["anchor"] = self.status(w.patient, anchor, STAGES[0])
        job = JobName(self.folder, "preprocess", (w.patient, w.visit))
        return {name: self._follow(path, job) for name, path in inputs.items()}

    def images(self, w: OfVisit) -> dict[str, dict[str, str | None]]:
        """Images that others made of a visit, by contrast and kind; None: it was to come."""
        return self.brought.images(self.plan.theirs(w.patient, w.visit))

    def masks(self, w: OfVisit) -> dict[str, str | None]:
        """Masks that others made of a visit, by contrast; None: it was to come."""
        return self.brought.masks(self.plan.theirs(w.patient, w.visit))

    def generated(self, w: OfVisit) -> list[str]:
        """Candidates that our generators make of a visit."""
        return self.brought.generated_at(self.plan.theirs(w.patient, w.visit))

    def units(self, w: OfVisit) -> dict[str, Any]:
        """Contrast to the units of its maps, of those that a visit has."""
        images = self.images(w)
        return {name: unit for name, unit in self.config.map_units.items() if name in images}

    def codings(self, w: OfVisit) -> dict[str, Any]:
        """Contrast to the coding of its masks, of those that a visit has."""
        masks = self.masks(w)
        return {name: coded for name, coded in self.config.labels_of.items() if name in masks}

    def made_elsewhere(self) -> dict[str, dict[str, Any]]:
        """Count visits of which others made ``images`` or ``masks``, by contrast of the trial.

        Where there are masks, ``coding`` says how their labels are read.
        """
        kinds = {kind: "images" if kind in IMAGES else "masks" for kind in KINDS}
        found = Counter(
            (contrast, word)
            for exam in self.exams
            for kind, word in kinds.items()
            for contrast in self.plan.brought(*exam, kind)
        )
        words = ("images", "masks")
        counts: dict[str, dict[str, Any]] = {
            name: {word: found[name, word] for word in words} for name in self.config.readings
        }
        for name, coded in self.config.labels_of.items():
            if counts[name]["masks"]:
                counts[name]["coding"] = coded if isinstance(coded, str) else "a mapping of its own"
        return {name: each for name, each in counts.items() if any(each.values())}

    def files_of_images(self, w: OfVisit) -> list[Any]:
        """Return files of `images`, as inputs."""
        return self._inputs(path for files in self.images(w).values() for path in files.values())

    def files_of_masks(self, w: OfVisit) -> list[Any]:
        """Return files of `masks`, as inputs."""
        return self._inputs(self.masks(w).values())

    def _inputs(self, paths: Iterable[str | None]) -> list[Any]:
        return [self._follow(path) for path in paths if path is not None]

    def inputs_of_measure(self, w: OfPatient) -> list[Any]:
        """All image stages of all visits of a patient."""
        job = JobName(self.folder, "measure", (w.patient,))
        return [
            self._follow(self.status(w.patient, visit, stage), job)
            for visit in self.plan.imaged(w.patient)
            for stage in STAGES
        ]

    def days(self, w: OfPatient) -> dict[str, int]:
        """Visit to study day of one patient."""
        return self.plan.days(w.patient)

    def tables(self, name: str, patients: Iterable[str]) -> list[str]:
        """One table of some patients."""
        return [f"{self.folder}/patients/{patient}/{name}.tsv" for patient in patients]
