"""What the jobs of one visit, and the measurement of one patient, are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gadless.jobs.ask import Ask, Constant, split
from gadless.jobs.code import Scripts
from gadless.jobs.networks import NetworkJobs
from gadless.jobs.phantoms import Phantoms
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfPatient, OfVisit
from gadless.networks.contract import SEGMENTS
from gadless.record import COMMON, JobName
from gadless.trial.config import Config
from gadless.trial.config.sequences import built_in

RULES = {"preprocessed": "preprocess", "synthetic": "synthesise", "segmented": "segment"}
"""Image stage to the rule that makes it, in the order of the stages."""

_SHOWN = {"required", "drawn", "window", "also"}


@dataclass
class Visit:
    """Wildcards of a job of one visit."""

    folder: str
    patient: str
    visit: str


@dataclass
class Patient:
    """Wildcards of a job of one patient."""

    patient: str


class ImageAsks:
    """Image jobs of one cohort: of the trial, or of a set that networks learn from.

    Parameters
    ----------
    config : Config
    visits : VisitJobs
    networks : NetworkJobs
    phantoms : Phantoms
    scripts : Scripts
    spacing_mm : float
        Of the grid: networks learn on one of their own.
    """

    def __init__(
        self,
        config: Config,
        visits: VisitJobs,
        networks: NetworkJobs,
        phantoms: Phantoms,
        scripts: Scripts,
        spacing_mm: float,
    ) -> None:
        self._config, self._visits, self._networks = config, visits, networks
        self._phantoms, self._scripts = phantoms, scripts
        self._spacing_mm = spacing_mm
        self._sequences: dict[frozenset[str], Constant] = {}
        self._usual = frozenset(built_in())

    def job(self, rule: str, *key: str) -> JobName:
        """Return the name of a job of this cohort."""
        return JobName(self._visits.folder, rule, key)

    def all(self) -> Iterable[Ask]:
        """Every image job, each after those that it reads."""
        for exam in self._visits.exams:
            w = Visit(self._visits.folder, *exam)
            yield from (self.preprocess(w), self.synthesise(w), self.segment(w))

    def preprocessing(self) -> Iterable[Ask]:
        """Every job of the first stage alone."""
        for exam in self._visits.exams:
            yield self.preprocess(Visit(self._visits.folder, *exam))

    def phantoms(self) -> Iterable[Ask]:
        """Every job that makes a scan of these visits."""
        paths = (path for exam in self._visits.exams for path in self._files(*exam))
        makers = dict.fromkeys(job for path in paths if (job := self._phantoms.maker(path)))
        return map(self._phantoms.ask, makers)

    def preprocess(self, w: OfVisit) -> Ask:
        """One visit's scans, on the grid of its patient."""
        plan = self._visits.plan
        scans = plan.scans(w.patient, w.visit)
        anchor = plan.anchor(w.patient, w.visit)
        reads = [self.job("preprocess", w.patient, anchor)] if anchor else []
        return Ask(
            self.job("preprocess", w.patient, w.visit),
            {
                "code": self._scripts.version("preprocess.py"),
                "settings": self._settings,
                "sequences": self._sequences_of(scans),
            },
            (self._visits.status(w.patient, w.visit, "preprocessed"),),
            {COMMON: self._outside(scans)},
            (*reads, *self._makers(scans.values())),
            exam=self._exam(w),
        )

    def synthesise(self, w: OfVisit) -> Ask:
        """Ask for what our generators make of a visit, and what others made of it."""
        networks, visits = self._networks, self._visits
        made = visits.generated(w)
        generators = [name for name in networks.generators if name in made]
        images = visits.images(w)
        told: dict[str, Any] = {
            "generators": {name: networks.identity(name, w.patient) for name in generators},
            "brought": images,
            "units": visits.units(w),
        }
        counted: dict[str, dict[str, Any]] = {
            "generators": {name: networks.counted(name, w.patient) for name in generators},
            "brought": {name: sorted(kinds) for name, kinds in images.items()},
            "units": told["units"],
        }
        given = {
            name: {kind: path for kind, path in kinds.items() if path}
            for name, kinds in images.items()
        }
        common = {
            "code": self._scripts.version("synthesise.py"),
            "registration": self._registration if any(given.values()) else Constant({}),
        }
        return Ask(
            self.job("synthesise", w.patient, w.visit),
            {**common, **told},
            (visits.status(w.patient, w.visit, "synthetic"),),
            {name: self._outside(paths) for name, paths in given.items()},
            (
                self.job("preprocess", w.patient, w.visit),
                *networks.makers(generators, w.patient),
                *self._makers(path for paths in given.values() for path in paths.values()),
            ),
            split(counted),
            common,
            self._exam(w),
        )

    def segment(self, w: OfVisit) -> Ask:
        """Ask for the tumour on every contrast: by our networks, or by others' masks."""
        config, visits, networks = self._config, self._visits, self._networks
        made = {*SEGMENTS, *visits.generated(w)}
        segmenters = [name for name in networks.segmenters if name in made]
        masks, contrasts = visits.masks(w), config.readings
        told: dict[str, Any] = {
            "contrasts": contrasts,
            "networks": {name: networks.identity(name, w.patient) for name in segmenters},
            "brought": masks,
            "codings": visits.codings(w),
        }
        counted: dict[str, dict[str, Any]] = {
            "contrasts": dict.fromkeys(contrasts, True),
            "networks": {name: networks.counted(name, w.patient) for name in segmenters},
            "brought": {name: path is not None for name, path in masks.items()},
            "codings": told["codings"],
        }
        given = {name: path for name, path in masks.items() if path}
        common = {
            "code": self._scripts.version("segment.py"),
            "reference": config.reference,
            "repeat": config.repeat,
        }
        return Ask(
            self.job("segment", w.patient, w.visit),
            {**common, **told},
            (visits.status(w.patient, w.visit, "segmented"),),
            {name: self._outside({"mask": path}) for name, path in given.items()},
            (
                self.job("preprocess", w.patient, w.visit),
                self.job("synthesise", w.patient, w.visit),
                *networks.makers(segmenters, w.patient),
                *self._makers(given.values()),
            ),
            split(counted),
            common,
            self._exam(w),
        )

    def measure(self, w: OfPatient) -> Ask:
        """All visits of a patient, on all contrasts."""
        plan = self._visits.plan
        imaged = plan.imaged(w.patient)
        counted = {
            "code": self._scripts.version("measure.py"),
            "days": self._visits.days(w),
            "imaged": imaged,
            "contrasts": self._readings,
            "settings": self._measurement,
            "drawn": self._drawn,
        }
        # What may go afterwards changes no result.
        aside = {"keep_images": self._config.keep_images, "space": plan.space(w.patient)}
        return Ask(
            self.job("measure", w.patient),
            {**counted, **aside},
            (f"{self._visits.folder}/patients/{w.patient}/measurements.tsv",),
            reads=tuple(
                self.job(rule, w.patient, visit) for visit in imaged for rule in RULES.values()
            ),
            common=counted,
        )

    @cached_property
    def _settings(self) -> Constant:
        chosen = self._config.preprocess.for_images()
        return Constant({**chosen, "spacing_mm": self._spacing_mm})

    @cached_property
    def _registration(self) -> Constant:
        return Constant(self._config.preprocess.for_images())

    @cached_property
    def _drawn(self) -> Constant:
        """Sequences as the pictures show them; what was acquired after gadolinium is a contrast."""
        shown = {
            name: one.model_dump(mode="json", include={"title", "window"})
            for name, one in self._config.sequences.items()
            if one.drawn and not one.enhanced
        }
        return Constant(shown)

    @cached_property
    def _measurement(self) -> Constant:
        return Constant(self._config.measurement.model_dump(mode="json"))

    @cached_property
    def _readings(self) -> Constant:
        return Constant(self._config.readings)

    def _sequences_of(self, scans: Mapping[str, str]) -> Constant:
        """Sequences of an exam, as far as preprocessing needs to know them.

        Those that every trial has, and what else this visit has: a further sequence is no concern
        of a visit without it.
        """
        named = self._usual.union(scans)
        if named not in self._sequences:
            self._sequences[named] = Constant(
                {
                    name: sequence.model_dump(mode="json", exclude=_SHOWN)
                    for name, sequence in self._config.sequences.items()
                    if name in named
                }
            )
        return self._sequences[named]

    def _exam(self, w: OfVisit) -> tuple[str, str] | None:
        """Exam of the trial; None for one that networks learn from, which they are not to miss."""
        mine = self._visits.folder == self._config.results
        return (w.patient, w.visit) if mine else None

    def _files(self, patient: str, visit: str) -> list[str]:
        plan = self._visits.plan
        return [*plan.scans(patient, visit).values(), *plan.theirs(patient, visit).values()]

    def _outside(self, paths: Mapping[str, str]) -> dict[str, str]:
        return {role: path for role, path in paths.items() if not self._phantoms.maker(path)}

    def _makers(self, paths: Iterable[str]) -> Iterable[JobName]:
        return dict.fromkeys(job for path in paths if (job := self._phantoms.maker(path)))
