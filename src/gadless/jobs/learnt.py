"""The exams that networks learn from, as a job is told of them."""

from collections.abc import Iterator
from typing import Any

from gadless.jobs.phantoms import Phantoms
from gadless.jobs.training import TrainingJobs
from gadless.record import COMMON, JobName


class LearntExams:
    """What of them counts for a training, which files they are, and which jobs make them.

    Parameters
    ----------
    training : TrainingJobs
    phantoms : Phantoms
    """

    def __init__(self, training: TrainingJobs, phantoms: Phantoms) -> None:
        self._training, self._phantoms = training, phantoms

    def told(self) -> dict[str, Any]:
        """Return who is learnt from: where masks lie does not count, what they hold does."""
        return {
            "settings": self._training.settings(),
            "exams": [row[:-2] for row in self._training.rows()],
            "sets": {
                name: {key: value for key, value in about.items() if key != "folder"}
                for name, about in self._training.about_sets().items()
            },
        }

    def files(self) -> dict[str, dict[str, str]]:
        """Return the masks that no job makes."""
        masks = {
            "/".join((one.name, *exam)): path
            for one in self._training.sets.values()
            for exam in one.jobs.exams
            if (path := one.mask(*exam))
        }
        made = self._phantoms.maker
        return {COMMON: {role: path for role, path in masks.items() if made(path) is None}}

    def reads(self) -> Iterator[JobName]:
        """Yield the jobs that make the exams, and those that make the phantoms' truth."""
        for one in self._training.sets.values():
            for patient, visit in one.jobs.exams:
                yield JobName(one.jobs.folder, "preprocess", (patient, visit))
                mask = one.mask(patient, visit)
                maker = self._phantoms.maker(mask) if mask else None
                if maker:
                    yield maker
