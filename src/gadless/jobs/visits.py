"""What the jobs of one visit, and of one patient, are asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gadless.jobs.wildcards import OfPatient, OfVisit
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
        Folders whose files rules make, which Snakemake tracks itself.
    follow : callable
        Marks a file that only its fingerprint may replace (Snakemake's ``ancient``).
    """

    def __init__(
        self,
        config: Config,
        folder: str,
        trial: Trial,
        made: Sequence[str],
        follow: Callable[[str], Any],
    ) -> None:
        self.config, self.folder = config, folder
        content = config.preprocess.fingerprint == "content"
        self.plan = Plan(trial, made, config.sequences, content=content)
        self.brought = Brought.of(config, trial.visits)
        self._follow = follow

    @property
    def exams(self) -> list[tuple[str, str]]:
        """Patient and visit of every exam, in the order of the sheet."""
        if self.config.measurements is not None:
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
        inputs: dict[str, Any] = {
            sequence: path if self.plan.is_made(path) else self._follow(path)
            for sequence, path in self.plan.scans(w.patient, w.visit).items()
        }
        anchor = self.plan.anchor(w.patient, w.visit)
        if anchor:
            inputs["anchor"] = self.status(w.patient, anchor, STAGES[0])
        return inputs

    def fingerprints(self, w: OfVisit) -> dict[str, str]:
        """Sequence to the fingerprint of its file."""
        return self.plan.fingerprints(w.patient, w.visit)

    def images(self, w: OfVisit) -> dict[str, dict[str, Any]]:
        """Images that others made of a visit, by contrast and kind; None: it was to come."""
        theirs = self.brought.images(self.plan.theirs(w.patient, w.visit))
        return {
            contrast: {kind: self._named(path) for kind, path in files.items()}
            for contrast, files in theirs.items()
        }

    def masks(self, w: OfVisit) -> dict[str, Any]:
        """Masks that others made of a visit, by contrast; None: it was to come."""
        theirs = self.brought.masks(self.plan.theirs(w.patient, w.visit))
        return {contrast: self._named(path) for contrast, path in theirs.items()}

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
        return self._inputs(file for files in self.images(w).values() for file in files.values())

    def files_of_masks(self, w: OfVisit) -> list[Any]:
        """Return files of `masks`, as inputs."""
        return self._inputs(self.masks(w).values())

    def _named(self, path: str | None) -> dict[str, str] | None:
        """Return what a job is told of a file: its path, and what changes with its content."""
        if path is None:
            return None
        return {"path": path, "fingerprint": self.plan.fingerprint(path)}

    def _inputs(self, files: Iterable[dict[str, str] | None]) -> list[Any]:
        paths = [file["path"] for file in files if file is not None]
        return [path if self.plan.is_made(path) else self._follow(path) for path in paths]

    def inputs_of_measure(self, w: OfPatient) -> list[str]:
        """All image stages of all visits of a patient."""
        return [
            self.status(w.patient, visit, stage)
            for visit in self.plan.imaged(w.patient)
            for stage in STAGES
        ]

    def days(self, w: OfPatient) -> dict[str, int]:
        """Visit to study day of one patient."""
        return self.plan.days(w.patient)

    def tables(self, name: str) -> list[str]:
        """One table of every patient, where tumours are measured here."""
        if self.config.measurements is not None:
            return []
        return [f"{self.folder}/patients/{patient}/{name}.tsv" for patient in self.plan.patients]
