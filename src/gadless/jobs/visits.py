"""What the jobs of one visit, and of one patient, are asked for."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from gadless.jobs.wildcards import OfPatient, OfVisit
from gadless.trial.config import Config
from gadless.trial.plan import Plan
from gadless.trial.sheets import Trial

IMAGES, MASKS = ("t1c", "map"), "mask"
"""Kinds of what others make: images enter where ours are synthesised, masks where we segment."""

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

    def images(self, w: OfVisit) -> dict[str, Any]:
        """Images and maps that others made of a visit, by kind and contrast."""
        return {kind: self._brought(w, kind) for kind in IMAGES}

    def masks(self, w: OfVisit) -> dict[str, Any]:
        """Masks that others made of a visit, by contrast."""
        return self._brought(w, MASKS)

    def made_elsewhere(self) -> dict[str, dict[str, int]]:
        """Count visits of which others made ``images`` or ``masks``, by contrast of the trial."""
        kinds = {**dict.fromkeys(IMAGES, "images"), MASKS: "masks"}
        found = Counter(
            (contrast, word)
            for exam in self.exams
            for kind, word in kinds.items()
            for contrast in self.plan.brought(*exam, kind)
        )
        words = ("images", "masks")
        counts = {
            name: {word: found[name, word] for word in words} for name in self.config.readings
        }
        return {name: each for name, each in counts.items() if any(each.values())}

    def files_of_images(self, w: OfVisit) -> list[Any]:
        """Return files of `images`, as inputs."""
        return [file for kind in IMAGES for file in self._files(w, kind)]

    def files_of_masks(self, w: OfVisit) -> list[Any]:
        """Return files of `masks`, as inputs."""
        return self._files(w, MASKS)

    def _brought(self, w: OfVisit, kind: str) -> dict[str, dict[str, str]]:
        """Contrast to path and fingerprint of what others made of one kind."""
        return {
            contrast: {"path": path, "fingerprint": self.plan.fingerprint(path)}
            for contrast, path in self.plan.brought(w.patient, w.visit, kind).items()
        }

    def _files(self, w: OfVisit, kind: str) -> list[Any]:
        paths = self.plan.brought(w.patient, w.visit, kind).values()
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
