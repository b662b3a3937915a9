"""One variant: its training by `gadless.networks.train`, on exams that all variants can use."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gadless.networks.ablation.judge import baseline, judge, mean_enhancement, said_by
from gadless.networks.cases import Exam
from gadless.networks.dataset import Cohort, load_cohort
from gadless.networks.job import TrainingJob
from gadless.networks.train import train
from gadless.networks.weights import load
from gadless.trial.config.training import Recipe, Training

COMMAND = "snakemake --cores all ablation"


def common_cohort(
    exams: Iterable[Exam], inputs: Sequence[str], settings: Training, cache: Path
) -> Cohort:
    """Find the exams that every variant can learn from and be judged on, and part them once.

    An exam needs a mask that holds, and every image that any variant sees: were each variant to use
    what it can, they would learn from different patients, and some from those that others are
    judged on.

    Parameters
    ----------
    exams : iterable of Exam
    inputs : sequence of str
        Of all variants (`gadless.trial.config.ablation.Ablation.inputs`).
    settings : Training
    cache : Path

    Raises
    ------
    InputError
        See `gadless.networks.dataset.load_cohort`.
    """
    needs_all = Recipe(kind="segmenter", inputs=list(inputs))
    return load_cohort(exams, needs_all, settings.spacing_mm, settings.held_out, cache)


def train_variant(
    variant: str,
    recipe: Recipe,
    cohort: Cohort,
    settings: Training,
    sequences: Mapping[str, Mapping[str, Any]],
    weights: Path,
    cache: Path,
) -> None:
    """Train one variant with one seed, and keep what its last step leaves.

    An interrupted training goes on where it was, as any does.

    Parameters
    ----------
    variant : str
    recipe : Recipe
        With its seed.
    cohort : Cohort
        Of all variants; the split is the same again.
    settings : Training
    sequences : mapping
        See `gadless.networks.job.TrainingJob`.
    weights : Path
        To write; the curve (TSV) and the card (Markdown) lie beside it.
    cache : Path
    """
    train(
        TrainingJob(
            variant,
            recipe,
            settings.model_copy(update={"validations": 1}),
            [member.exam for member in (*cohort.learning, *cohort.held_out)],
            weights,
            weights.with_suffix(".tsv"),
            weights.with_suffix(".md"),
            cache,
            sequences=sequences,
            command=COMMAND,
        )
    )


def judge_variant(
    variant: str,
    seed: int,
    network: tuple[Path, Recipe] | None,
    cohort: Cohort,
    spacing_mm: float,
    threshold: float,
) -> pd.DataFrame:
    """Judge one variant, or a map that no network makes, by every held-out exam.

    Parameters
    ----------
    variant : str
        Without `network`, one of `gadless.trial.config.ablation.BASELINES`.
    seed : int
        0 where nothing was trained.
    network : (Path, Recipe) or None
        Weights, and how they were trained.
    cohort : Cohort
    spacing_mm : float
    threshold : float
        `ablation.threshold`.

    Returns
    -------
    DataFrame
        ``variant seed`` and the columns of `gadless.networks.ablation.judge.judge`.
    """
    if network is None:
        ask = baseline(variant, mean_enhancement(cohort) if variant == "mean" else 0.0)
    else:
        weights, recipe = network
        labelled = recipe.kind == "segmenter" or recipe.losses.compartments > 0
        ask = said_by(*load(weights, variant, recipe.kind), labelled)
    table = judge(ask, cohort, spacing_mm, threshold)
    table.insert(0, "variant", variant)
    table.insert(1, "seed", seed)
    return table
