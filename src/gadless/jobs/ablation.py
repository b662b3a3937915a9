"""What is asked of the jobs that hold losses, inputs and outputs against each other."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from gadless.errors import InputError
from gadless.jobs.ask import Ask
from gadless.jobs.code import Scripts
from gadless.jobs.learnt import LearntExams
from gadless.jobs.training import TrainingJobs
from gadless.jobs.wildcards import OfVariant
from gadless.record import JobName
from gadless.trial.config import Recipe
from gadless.trial.config.ablation import BASELINES

# What writing a table leaves.
_TABLE = (".tsv", ".parquet")


class Variant(NamedTuple):
    """A variant and a seed, as Snakemake's wildcards name them."""

    variant: str
    seed: str

    @property
    def stem(self) -> str:
        """Of its files."""
        return f"{self.variant}.seed{self.seed}"


class AblationJobs:
    """A training and a judgement a variant and seed, a judgement a baseline, and one table.

    Parameters
    ----------
    training : TrainingJobs
        Whose exams all variants learn from.
    results : str
    follow : callable
        Of a path: what Snakemake is told to follow of it (`gadless.jobs.prepare.Inputs`).
    """

    def __init__(self, training: TrainingJobs, results: str, follow: Callable[[str], Any]) -> None:
        self.folder = f"{results}/ablation"
        self.training, self.settings = training, training.config.ablation
        self._follow = follow

    @property
    def variants(self) -> list[Variant]:
        """Every variant with every seed, seed by seed: what is there first is whole."""
        settings = self.settings
        return [Variant(v, str(s)) for s, v in product(settings.seeds, settings.variants)]

    @property
    def judged_ones(self) -> list[Variant]:
        """What no network makes, and then every variant."""
        return [*(Variant(name, "0") for name in BASELINES), *self.variants]

    def recipe(self, w: OfVariant) -> Recipe | None:
        """Return how a variant is trained; None: what no network makes.

        Raises
        ------
        InputError
            If the configuration has no such variant.
        """
        if Variant(w.variant, w.seed) not in self.judged_ones:
            raise InputError(
                f"ablation: there is no variant {w.variant!r} with seed {w.seed}; there are:"
                f" {', '.join(self.settings.variants)}, with {self.settings.seeds}"
            )
        return None if w.variant in BASELINES else self.settings.recipe(w.variant, int(w.seed))

    def told(self, w: OfVariant) -> dict[str, Any]:
        """Return what the training of a variant is told (`TrainingJobs.told`).

        Raises
        ------
        InputError
            If no network makes it; or see there.
        """
        recipe = self.recipe(w)
        if recipe is None:
            raise InputError(f"ablation: {w.variant!r} is what no network makes")
        return self.training.told(f"ablation.variants.{w.variant}", recipe)

    def weights(self, w: OfVariant) -> str:
        """Return the file that a variant's training writes."""
        return f"{self.folder}/weights/{Variant(w.variant, w.seed).stem}.safetensors"

    def weights_of(self, w: OfVariant) -> list[Any]:
        """Return the weights that are judged: one file, or none."""
        return [] if self.recipe(w) is None else [self._follow(self.weights(w))]

    def table(self, w: OfVariant) -> str:
        """Return the file of one judgement."""
        return f"{self.folder}/judged/{Variant(w.variant, w.seed).stem}.tsv"

    def judged(self, _: object = None) -> list[Any]:
        """Return every judgement."""
        return [self._follow(self.table(one)) for one in self.judged_ones]

    def faults(self) -> list[str]:
        """Say why the variants cannot be trained as configured, before anything runs."""
        try:
            self.training.about_sets()
            for one in self.variants:
                self.told(one)
        except InputError as error:
            return [str(error)]
        return []


class AblationAsks:
    """What each of these jobs is asked.

    Parameters
    ----------
    jobs : AblationJobs
    learnt : LearntExams
    scripts : Scripts
    """

    def __init__(self, jobs: AblationJobs, learnt: LearntExams, scripts: Scripts) -> None:
        self._jobs, self._learnt, self._scripts = jobs, learnt, scripts

    def all(self) -> Iterator[Ask]:
        """Every job, beyond those that make the exams."""
        yield from map(self.train, self._jobs.variants)
        yield from map(self.judge, self._jobs.judged_ones)
        yield self.table()

    def train(self, w: OfVariant) -> Ask:
        """Ask for the training of a variant with a seed."""
        told = {**self._common("ablation_train.py"), **self._jobs.told(w)}
        stem = self._jobs.weights(w).removesuffix(".safetensors")
        return Ask(
            self._job("ablation_train", w),
            told,
            tuple(stem + suffix for suffix in (".safetensors", ".tsv", ".md")),
            self._learnt.files(),
            tuple(self._learnt.reads()),
        )

    def judge(self, w: OfVariant) -> Ask:
        """Ask for the judgement of a variant with a seed, or of what no network makes."""
        recipe = self._jobs.recipe(w)
        told = {
            **self._common("ablation_judge.py"),
            "recipe": None if recipe is None else recipe.model_dump(mode="json"),
            "threshold": self._jobs.settings.threshold,
        }
        trained = () if recipe is None else (self._job("ablation_train", w),)
        return Ask(
            self._job("ablation_judge", w),
            told,
            tuple(Path(self._jobs.table(w)).with_suffix(end).as_posix() for end in _TABLE),
            self._learnt.files(),
            (*self._learnt.reads(), *trained),
        )

    def table(self, _: object = None) -> Ask:
        """Ask for the table and the figure."""
        jobs, settings = self._jobs, self._jobs.settings
        recipes = {name: settings.recipe(name, settings.seeds[0]) for name in settings.variants}
        told = {
            "code": self._scripts.version("ablation.py"),
            "recipes": {name: one.model_dump(mode="json") for name, one in recipes.items()},
            "seeds": settings.seeds,
        }
        return Ask(
            JobName(jobs.folder, "ablation"),
            told,
            tuple(
                f"{jobs.folder}/ablation.{suffix}" for suffix in ("tsv", "parquet", "svg", "png")
            ),
            reads=tuple(self._job("ablation_judge", one) for one in jobs.judged_ones),
        )

    def _common(self, script: str) -> dict[str, Any]:
        return {
            "code": self._scripts.version(script),
            **self._learnt.told(),
            "inputs": self._jobs.settings.inputs,
        }

    def _job(self, rule: str, w: OfVariant) -> JobName:
        return JobName(self._jobs.folder, rule, (Variant(w.variant, w.seed).stem,))
