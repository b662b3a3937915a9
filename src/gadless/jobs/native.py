"""What is asked of the jobs that bring masks back to the scans' own grids."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from gadless.files import is_folder
from gadless.images.measured import TABLES
from gadless.jobs.ask import Ask
from gadless.jobs.code import Scripts
from gadless.jobs.images import Visit
from gadless.jobs.trial import MADE
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfVisit
from gadless.measurement.rated import rejected
from gadless.record import JobName
from gadless.trial.config import Config
from gadless.trial.series import Place, SeriesTable, read_series_table


class NativeAsks:
    """Masks of the trial's visits, and all of them as one data set.

    Parameters
    ----------
    config : Config
    visits : VisitJobs
    scripts : Scripts
    """

    def __init__(self, config: Config, visits: VisitJobs, scripts: Scripts) -> None:
        self._config, self._visits, self._scripts = config, visits, scripts

    def all(self) -> Iterator[Ask]:
        """Every job, beyond those of the trial."""
        for exam in self._visits.exams:
            yield self.masks(Visit(self._visits.folder, *exam))
        yield self.derivative()

    def masks(self, w: OfVisit) -> Ask:
        """Ask for the masks of a visit on the grid of one of its scans."""
        settings = self._config.native
        place = self._series(w, settings.sequence)
        counted = {
            "code": self._scripts.version("native_masks.py"),
            "contrasts": sorted(self._config.readings),
            "sequence": settings.sequence,
            "identified": settings.identified,
            "dicom": place is not None,
            "measured": None if place is None else self._measured(w),
        }
        # What was made of which series is the site's secret, and no hash of it is kept either.
        aside = {"series": None if place is None else [str(place[0]), place[1]]}
        exam = (w.patient, w.visit)
        reads = [self._job("preprocess", *exam), self._job("segment", *exam)]
        if place is not None:
            reads.append(self._job("measure", w.patient))
        return Ask(
            self._job("native_masks", *exam),
            {**counted, **aside},
            (self._visits.status(*exam, "native"),),
            reads=tuple(reads),
            common=counted,
            opens_images=False,
        )

    def derivative(self) -> Ask:
        """Ask for the masks of all visits as one data set."""
        exams, folder = self._visits.exams, self._visits.folder
        told = {
            "code": self._scripts.version("native.py"),
            "trial": self._config.name,
            "titles": dict(self._config.labels),
            "exams": [list(exam) for exam in exams],
        }
        return Ask(
            self._job("native"),
            told,
            tuple(f"{folder}/{name}" for name in MADE["native"]),
            reads=tuple(self._job("native_masks", *exam) for exam in exams),
        )

    def tables(self, w: OfVisit) -> list[str]:
        """Return the patient's tables that a report is made of; none where there is no DICOM."""
        if self._series(w, self._config.native.sequence) is None:
            return []
        return [f"{self._visits.folder}/patients/{w.patient}/{name}" for name in TABLES]

    def _measured(self, w: OfVisit) -> dict[str, Any]:
        """Return what the report of a visit needs beyond the patient's tables."""
        config = self._config
        acquired = sorted(name for name in (config.reference, config.repeat) if name is not None)
        wrong = self._rejected.get((w.patient, w.visit), {})
        return {"trial": config.name, "acquired": acquired, "rejected": wrong}

    @cached_property
    def _rejected(self) -> dict[tuple[str, str], dict[str, str]]:
        ratings = self._visits.plan.trial.ratings
        found: dict[tuple[str, str], dict[str, str]] = {}
        wrong = {} if ratings is None else rejected(ratings)
        for (patient, visit, contrast), why in wrong.items():
            found.setdefault((patient, visit), {})[contrast] = why
        return found

    def _job(self, rule: str, *key: str) -> JobName:
        return JobName(self._visits.folder, rule, key)

    def _series(self, w: OfVisit, sequence: str) -> Place | None:
        """Return the DICOM series of a scan, by the table or because the scan is one itself."""
        scans = self._visits.plan.scans(w.patient, w.visit)
        taken = sequence if sequence in scans else "t1"
        found = None
        if self._series_table is not None:
            found = self._series_table.of(w.patient, w.visit, taken)
        scan = scans.get(taken)
        if found is None and scan is not None and is_folder(scan):
            found = (Path(scan), None)
        return found

    @cached_property
    def _series_table(self) -> SeriesTable | None:
        native = self._config.native
        if native.series is None:
            return None
        private = None if native.private is None else Path(native.private)
        return read_series_table(Path(native.series), private)
