"""What the jobs of one visit, and of one patient, are asked for."""

from collections.abc import Callable, Sequence
from typing import Any

from gadless.jobs.wildcards import OfPatient, OfVisit
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
