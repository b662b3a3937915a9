"""The table of the ablation: a row a variant, seed and kind of exams, with its ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from gadless.networks.validation import task_score
from gadless.trial.config.ablation import BASELINES
from gadless.trial.config.training import Losses, Recipe


@dataclass(frozen=True)
class Measure:
    """One column.

    Attributes
    ----------
    name, title : str
    terms : tuple of str
        Terms of a generator's loss that contain it, or the error that it is made of.
    labelled : bool
        Whether the loss of a network that gives labels contains it.
    """

    name: str
    title: str
    terms: tuple[str, ...] = ()
    labelled: bool = False

    def is_in_loss(self, recipe: Recipe) -> bool:
        """Whether a recipe's loss contains what is measured."""
        if recipe.kind == "segmenter":
            return self.labelled
        return any(getattr(recipe.losses, term) > 0 for term in self.terms)


_LEARNT = ("compartments",)

MEASURES = (
    Measure("ssim", "SSIM", ("ssim",)),
    Measure("mae_ratio", "MAE over the zero map's", ("brain", "rest")),
    Measure("gms", "gradient-magnitude similarity"),
    Measure("nmi", "normalised mutual information"),
    Measure("recovery_enhancing", "contrast recovered, enhancing tumour", ("brain", "enhancing")),
    Measure("recovery_elsewhere", "contrast recovered, vessels and dura", ("brain", "rest")),
    Measure("excess_lesion", "excess, lesion that does not enhance", ("brain", "lesion")),
    Measure("excess_rest", "excess, outside the lesion", ("brain", "rest")),
    Measure("auc", "AUC of enhancing tumour within the lesion"),
    Measure("dice", "Dice of enhancing tumour", labelled=True),
    Measure("lesion_f1", "F1 of enhancing lesions"),
    Measure("false_cm3", "false enhancing volume, cm3, where none enhances"),
    Measure("volume_bias", "log of found over true enhancing volume"),
    Measure("direct_auc", "as auc, by the labels' probability"),
    Measure("direct_dice", "as dice, by the labels", _LEARNT, labelled=True),
    Measure("direct_lesion_f1", "as lesion_f1, by the labels"),
    Measure("direct_false_cm3", "as false_cm3, by the labels"),
    Measure("direct_volume_bias", "as volume_bias, by the labels"),
    Measure("direct_abnormality", "Dice of the whole abnormality, by the labels", _LEARNT, True),
)
"""In the order of the columns."""

NAMES = [measure.name for measure in MEASURES]

KEYS = ["variant", "seed", "exams"]

_WORST = {"false_cm3": "false_cm3_worst", "direct_false_cm3": "direct_false_cm3_worst"}


def summary(exams: pd.DataFrame) -> pd.DataFrame:
    """Return medians over patients, of whom each visit counts alike; and the worst false volumes.

    Parameters
    ----------
    exams : DataFrame
        ``variant seed exams patient visit`` and measures, of every variant and seed.

    Returns
    -------
    DataFrame
        ``variant seed exams patients`` and measures, in order of first appearance.
    """
    whole = exams.reindex(columns=[*KEYS, "patient", *NAMES])
    patients = whole.groupby([*KEYS, "patient"], sort=False, dropna=False)[NAMES].mean()
    grouped = patients.groupby(KEYS, sort=False, dropna=False)
    table = grouped.median()
    for name, worst in _WORST.items():
        table[worst] = whole.groupby(KEYS, sort=False, dropna=False)[name].max()
    table.insert(0, "patients", grouped.size())
    return table.reset_index()


def ranked(table: pd.DataFrame, seeds: Sequence[int]) -> pd.DataFrame:
    """Add the score of the task, and ranks by it and by SSIM, seed by seed.

    What no network makes has no seed, and takes part in the ranking of each: its rank is the mean
    over seeds. The acquired map is what the others are measured by, and is not ranked; what gives
    no map has no rank by SSIM. Rank 1 is best; equals share the mean of their ranks.

    Parameters
    ----------
    table : DataFrame
        Of `summary`; `seed` is 0 where no network was trained.
    seeds : sequence of int
    """
    table = table.copy()
    table["task"] = [_task(row) for _, row in table.iterrows()]
    ranks: dict[str, list[pd.Series]] = {"rank_ssim": [], "rank_task": []}
    competing = table[table["variant"] != BASELINES[0]]
    for seed in seeds:
        of_all = competing["variant"].isin(BASELINES)
        of_seed = competing[of_all | (competing["seed"] == seed)]
        for name, by in (("rank_ssim", "ssim"), ("rank_task", "task")):
            by_kind = of_seed.groupby("exams")[by]
            ranks[name].append(by_kind.rank(ascending=False, method="average"))
    for name, found in ranks.items():
        table[name] = pd.concat(found, axis=1).mean(axis=1).reindex(table.index)
    return table


def _task(row: pd.Series) -> float:
    """Score of a row as `gadless.networks.validation.task_score` has it for a network."""
    named = {"enhancing": "dice", "auc": "auc", "false_cm3": "false_cm3"}
    figures = {name: float(row[column]) for name, column in named.items()}
    return task_score({**figures, "volume_bias": float(row["volume_bias"])})


def in_loss(recipe: Recipe | None) -> dict[str, str]:
    """Say of every measure whether a recipe's loss contained it; None: of what is not learnt.

    Returns
    -------
    dict of str to str
        ``in_loss``, the names of the measures, or ``none``; ``losses``, the terms and weights.
    """
    if recipe is None:
        return {"in_loss": "none", "losses": "not learnt"}
    names = [measure.name for measure in MEASURES if measure.is_in_loss(recipe)]
    if recipe.kind == "segmenter":
        terms = "cross-entropy and Dice of compartments"
    else:
        weights = {name: getattr(recipe.losses, name) for name in Losses.model_fields}
        terms = " ".join(f"{name}={weight:g}" for name, weight in weights.items() if weight > 0)
    return {"in_loss": " ".join(names) or "none", "losses": terms}


def assembled(
    exams: pd.DataFrame, recipes: dict[str, Recipe], seeds: Sequence[int]
) -> pd.DataFrame:
    """Return the whole table: ranks first, then measures, then what each loss contained.

    Parameters
    ----------
    exams : DataFrame
        See `summary`.
    recipes : dict of str to Recipe
        By variant; of a baseline none.
    seeds : sequence of int
    """
    # A variant's name is text, whatever it looks like; a measure that nobody has is still one.
    numbers = {name: pd.to_numeric(exams[name]) for name in NAMES if name in exams}
    exams = exams.assign(**numbers, variant=exams["variant"].astype(str))
    table = ranked(summary(exams), seeds)
    about = pd.DataFrame([in_loss(recipes.get(str(name))) for name in table["variant"]])
    table = pd.concat([table, about], axis=1)
    first = [*KEYS, "patients", "rank_ssim", "rank_task", "task"]
    return table[[*first, *(name for name in table.columns if name not in first)]]
