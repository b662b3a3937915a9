"""What every job is asked for, rule by rule: one place for its parameters and its record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gadless.jobs.ablation import AblationAsks, AblationJobs
from gadless.jobs.ask import Ask
from gadless.jobs.code import Scripts
from gadless.jobs.images import ImageAsks, Patient
from gadless.jobs.learnt import LearntExams
from gadless.jobs.native import NativeAsks
from gadless.jobs.networks import NetworkJobs
from gadless.jobs.phantoms import Phantoms
from gadless.jobs.training import TrainingJobs
from gadless.jobs.trial import MADE, TrialJobs
from gadless.jobs.visits import VisitJobs
from gadless.jobs.wildcards import OfPatient, OfPhantom, OfTraining, OfVisit
from gadless.record import JobName
from gadless.trial.config import Config
from gadless.trial.config.counted import counted


class Asks:
    """Every job of a trial.

    Parameters
    ----------
    config : Config
    visits : VisitJobs
    networks : NetworkJobs
    trial : TrialJobs
    training : TrainingJobs
    ablation : AblationJobs
    scripts : Scripts
    phantoms : Phantoms
    """

    def __init__(
        self,
        config: Config,
        visits: VisitJobs,
        networks: NetworkJobs,
        trial: TrialJobs,
        training: TrainingJobs,
        ablation: AblationJobs,
        scripts: Scripts,
        phantoms: Phantoms,
    ) -> None:
        self._config, self._visits, self._networks = config, visits, networks
        self._trial, self._training = trial, training
        self._scripts, self._phantoms = scripts, phantoms
        self._images = self._cohort(visits, config.preprocess.spacing_mm)
        self._native = NativeAsks(config, visits, scripts)
        self._learnt = LearntExams(training, phantoms)
        self._ablation = AblationAsks(ablation, self._learnt, scripts)
        self.ablation_train, self.ablation_judge = self._ablation.train, self._ablation.judge
        self.ablation = self._ablation.table
        # Networks learn on a grid of their own.
        self._learnt_from = cache(
            lambda folder: self._cohort(training.visits(folder), config.training.spacing_mm)
        )

    @property
    def patients(self) -> list[str]:
        """Patients who are measured here."""
        return self._visits.plan.patients if self._visits.measured_here else []

    def param(self, rule: str) -> Callable[[Any], dict[str, Any]]:
        """Return the function of a rule's wildcards that gives its parameter."""
        ask: Callable[[Any], Ask] = getattr(self, rule)
        return partial(_param, ask)

    def trial(self) -> Iterator[Ask]:
        """Every job to the report, each after those that it reads."""
        yield from self._images.phantoms()
        if self._networks.trained_here():
            yield from self.training()
        yield from self._images.all()
        yield from (self._images.measure(Patient(name)) for name in self.patients)
        yield from (self.collect(), self.quality(), self.response(), self.endpoints())
        yield from (self.cdisc(), self.statistics(), self.sparing(), self.report())
        yield self.patient_pages()

    def training(self) -> Iterator[Ask]:
        """Every job to the networks' weights."""
        yield from self._exams_of_training()
        for network in self._training.networks:
            for fold in self._training.all_folds():
                yield self._train(network, fold)

    def all_of_ablation(self) -> Iterator[Ask]:
        """Every job to the table of the ablation."""
        yield from self._exams_of_training()
        yield from self._ablation.all()

    def _exams_of_training(self) -> Iterator[Ask]:
        for one in self._training.sets.values():
            images = self._images_of(one.jobs.folder)
            yield from images.phantoms()
            yield from images.preprocessing()
        yield self.training_exams()

    def phantom(self, w: OfPhantom) -> Ask:
        """One scan of a phantom."""
        return self._phantoms.ask(
            JobName(self._phantoms.folder, "phantom", (w.cohort, w.patient, w.visit))
        )

    def preprocess(self, w: OfVisit) -> Ask:
        """See `ImageAsks`; of the trial or of the training, by the folder of the results."""
        return self._images_of(w.folder).preprocess(w)

    def synthesise(self, w: OfVisit) -> Ask:
        """See `ImageAsks`."""
        return self._images.synthesise(w)

    def segment(self, w: OfVisit) -> Ask:
        """See `ImageAsks`."""
        return self._images.segment(w)

    def measure(self, w: OfPatient) -> Ask:
        """See `ImageAsks`."""
        return self._images.measure(w)

    def native_masks(self, w: OfVisit) -> Ask:
        """See `NativeAsks`."""
        return self._native.masks(w)

    def measured_of_native(self, w: OfVisit) -> list[str]:
        """See `NativeAsks.tables`."""
        return self._native.tables(w)

    def native(self, _: object = None) -> Ask:
        """See `NativeAsks`."""
        return self._native.derivative()

    def all_native(self) -> Iterator[Ask]:
        """See `NativeAsks`."""
        return self._native.all()

    def collect(self, _: object = None) -> Ask:
        """Return the patients' tables, joined, and the sheets."""
        told = {
            "sheets": self._trial.sheets_hash(),
            "patients": self.patients,
            "config": self._trial.settings_of_sheets(),
            "cutoff": self._config.endpoint.data_cutoff_day,
        }
        aside = {"made": [self._phantoms.folder]}
        return self._of_trial("collect", told, self._measured(), aside)

    def quality(self, _: object = None) -> Ask:
        """Return the figures of the images, graded."""
        limits = self._config.preprocess.quality.model_dump(mode="json")
        told = {"patients": self.patients, "limits": limits}
        return self._of_trial("quality", told, (*self._measured(), *self._before("collect")))

    def response(self, _: object = None) -> Ask:
        """Return the categories of response."""
        told = {"config": self._trial.settings("measurement", "response", "endpoint")}
        return self._of_trial("response", told, self._before("collect"))

    def endpoints(self, _: object = None) -> Ask:
        """Return endpoints and intervals."""
        told = {"config": self._trial.settings("response", "endpoint")}
        read = self._before("collect", "response")
        return self._of_trial("endpoints", told, read)

    def cdisc(self, _: object = None) -> Ask:
        """Return the data sets for submissions."""
        told = {
            "config": self._trial.settings("name", "response", "endpoint"),
            "cdisc": self._config.cdisc.model_dump(mode="json"),
        }
        read = self._before("collect", "response", "endpoints")
        return self._of_trial("cdisc", told, read)

    def statistics(self, _: object = None) -> Ask:
        """Return the comparison of the contrasts."""
        told = {"config": self._trial.settings("measurement", "response", "endpoint", "statistics")}
        read = self._before("collect", "response", "endpoints")
        return self._of_trial("statistics", told, read)

    def sparing(self, _: object = None) -> Ask:
        """Return which exams could do without contrast."""
        told = {"config": self._trial.settings("measurement", "response", "endpoint", "statistics")}
        return self._of_trial("sparing", told, self._before("collect"))

    def report(self, _: object = None) -> Ask:
        """Return the page."""
        told = {
            "config": self._config.model_dump(mode="json"),
            "exams": [list(exam) for exam in self._visits.exams],
            "provenance": self._trial.provenance() | {"brought": self._visits.made_elsewhere()},
            "lock": self._trial.lock_standing(),
        }
        read = (*self._before("collect", "quality", "response"), *self._before("endpoints"))
        read = (*self._measured(), *read, *self._before("statistics", "sparing"))
        return self._of_trial("report", told, read)

    def patient_pages(self, _: object = None) -> Ask:
        """Return the page of every patient.

        All in one job: whatever changes one patient's images changes tables that all of them read.
        """
        told = {
            "config": self._trial.settings("name", "labels", "response", "endpoint")
            | {"report": {"title": self._config.report.title}}
            | {"candidates": self._config.candidates}
            | {"statistics": {"covariates": self._config.statistics.covariates}},
            "imaged": self.patients,
        }
        read = self._before("collect", "quality", "response", "endpoints", "statistics")
        return self._of_trial(
            "patient_pages", told, (*self._measured(), *read), made=self._trial.pages
        )

    def plan(self, _: object = None) -> Ask:
        """Return the plan of the analysis, from the configuration alone."""
        told = {
            "config": self._config.model_dump(mode="json"),
            "lock": self._trial.lock_standing(),
        }
        return self._of_trial("plan", told, ())

    def training_exams(self, _: object = None) -> Ask:
        """Return the list of whom networks learn from."""
        told = {
            "code": self._scripts.version("training_exams.py"),
            "exams": self._training.rows(),
            "sets": self._training.about_sets(),
        }
        folder = self._training.folder
        outputs = (f"{folder}/exams.tsv", f"{folder}/folds.tsv")
        return Ask(JobName(folder, "training_exams"), told, outputs)

    def train_network(self, w: OfTraining) -> Ask:
        """Return one network's training."""
        return self._train(w.network, self._training.fold(w))

    def _train(self, network: str, fold: int) -> Ask:
        training = self._training
        told = {
            "code": self._scripts.version("train.py"),
            **training.asked(network),
            "fold": fold,
            **self._learnt.told(),
        }
        weights = Path(training.weights(network, fold))
        return Ask(
            training.job(network, fold),
            told,
            tuple(str(weights.with_suffix(suffix)) for suffix in (".safetensors", ".tsv", ".md")),
            self._learnt.files(),
            tuple(self._learnt.reads()),
        )

    def _of_trial(
        self,
        rule: str,
        told: dict[str, Any],
        reads: Sequence[JobName],
        aside: Mapping[str, Any] = MappingProxyType({}),
        made: Sequence[str] | None = None,
    ) -> Ask:
        """Return a job of the whole trial; neither `aside` nor where sheets lie counts."""
        folder = self._trial.results
        whole = {"code": self._scripts.version(f"{rule}.py"), **told}
        common = dict(whole)
        if "config" in told:
            common["config"] = counted(told["config"])
        return Ask(
            JobName(folder, rule),
            {**whole, **aside},
            tuple(f"{folder}/{name}" for name in made or MADE[rule]),
            reads=tuple(reads),
            common=common,
        )

    def _before(self, *rules: str) -> tuple[JobName, ...]:
        return tuple(JobName(self._trial.results, rule) for rule in rules)

    def _measured(self) -> tuple[JobName, ...]:
        return tuple(self._images.job("measure", name) for name in self.patients)

    def _cohort(self, visits: VisitJobs, spacing_mm: float) -> ImageAsks:
        parts = (self._networks, self._phantoms, self._scripts)
        return ImageAsks(self._config, visits, *parts, spacing_mm)

    def _images_of(self, folder: str) -> ImageAsks:
        return self._images if folder == self._visits.folder else self._learnt_from(folder)


def _param(ask: Callable[[Any], Ask], w: Any) -> dict[str, Any]:
    return ask(w).param()
