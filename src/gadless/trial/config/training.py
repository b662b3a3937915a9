"""Section `training`: whom networks learn from, how these are split, and one recipe a network."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from gadless.trial.config.base import Label, Section, Seed, Spacing
from gadless.trial.config.paths import PathText

MOST_STEPS, MOST_WEIGHT = 10_000_000, 1e6


class Losses(Section):
    """Weights of the generator's loss terms; 0 leaves a term out.

    Errors are averaged over regions of the *labels*, each on its own. By a threshold of the map, a
    network would learn vessels and dura: on real exams sixteen voxels of these enhance for one of
    tumour.
    """

    enhancing: float = Field(
        1.0, ge=0, le=MOST_WEIGHT, description="Mean of L1 + L2 over enhancing tumour."
    )
    lesion: float = Field(
        1.5,
        ge=0,
        le=MOST_WEIGHT,
        description="Mean of L1 + L2 over the rest of the lesion, which does not enhance; against"
        " `enhancing` it sets how likely a voxel must be to enhance until the map lights it.",
    )
    rest: float = Field(
        1.0,
        ge=0,
        le=MOST_WEIGHT,
        description="Mean absolute error over the rest of the brain, its outer 6 mm left out.",
    )
    brain: float = Field(
        0.0,
        ge=0,
        le=MOST_WEIGHT,
        description="Mean absolute error over the whole brain, as most published losses: there for"
        " comparison (`ablation`).",
    )
    ssim: float = Field(0.1, ge=0, le=MOST_WEIGHT, description="1 - structural similarity.")
    compartments: float = Field(
        0.5,
        ge=0,
        le=MOST_WEIGHT,
        description="Cross-entropy and Dice of the compartments, which the network also gives"
        " straight from its inputs.",
    )
    spread: float = Field(
        0.1,
        ge=0,
        le=MOST_WEIGHT,
        description="Likelihood of the error under the spread that the network gives; without it"
        " the spread means nothing.",
    )
    adversarial: float = Field(
        0.0, ge=0, le=MOST_WEIGHT, description="Weight of the discriminator's verdict."
    )


INPUTS: dict[str, list[str]] = {
    "generator": ["t1", "t2", "flair"],
    "segmenter": ["t1", "contrast", "t2", "flair"],
}
"""What a recipe sees that names no inputs."""

# What holds gadolinium, and what every network is given anyway.
_NO_INPUTS = ("t1c", "subtraction", "brain")


class Recipe(Section):
    """How one network is trained."""

    kind: Literal["generator", "segmenter"] = Field(description="What the network does.")
    inputs: list[str] = Field(
        [],
        description="Sequences that it sees, in order; `contrast` is what a segmenter sees as the"
        " T1 after contrast, acquired or predicted. Empty: `t1`, `t2`, `flair` for a generator,"
        " `t1`, `contrast`, `t2`, `flair` for a segmenter. A segmenter without `contrast` can be a"
        " candidate, and finds the abnormality that all contrasts share. A further entry of"
        " `sequences` is an input by being listed.",
    )
    start: str = Field(
        "",
        description="Name of a network that comes with Gadless, to begin from its weights"
        " (fine-tuning): with the same channels; inputs are matched by name. Empty: from nothing.",
    )
    channels: int = Field(8, ge=2, le=256, description="Features of the first level.")
    steps: int = Field(3600, ge=1, le=MOST_STEPS, description="Optimiser steps.")
    batch: int = Field(1, ge=1, le=1024, description="Patches a step.")
    patch: int = Field(
        48, ge=16, le=512, multiple_of=8, description="Edge of a cubic patch, in voxels."
    )
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Peak of the one-cycle schedule.")
    target: Literal["subtraction", "residual"] = Field(
        "subtraction",
        description="What a generator predicts: T1 after minus T1 before contrast, or T1 after"
        " contrast less what T1, T2 and FLAIR predict of it outside the lesion, which holds less of"
        " the anatomy where the two T1 are different sequences.",
    )
    losses: Losses = Field(default_factory=Losses, description="Loss weights (generators).")
    adversarial_start: int = Field(
        0, ge=0, le=MOST_STEPS, description="Step at which the discriminator joins."
    )
    uptake: float = Field(
        0.4,
        ge=0,
        lt=1,
        description="What a segmenter that sees `t1` and `contrast` calls enhancing ends where it"
        " enhances by less than this share of what its own lesion does (90th percentile); without"
        " it, edges of bright tumours count as tumour. 0: as the scores say.",
    )
    settle: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of steps after which normalisation keeps its running averages.",
    )
    seed: Seed = Field(1, description="Seed of weights and patches.")

    @model_validator(mode="before")
    @classmethod
    def _inputs_of_its_kind(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or raw.get("kind") not in ("generator", "segmenter"):
            return raw
        # Nothing else that is false: `inputs: 0` is a slip.
        if raw.get("inputs") is None or raw["inputs"] == []:
            return {**raw, "inputs": INPUTS[raw["kind"]]}
        return raw

    @model_validator(mode="after")
    def _sees_what_it_may(self) -> "Recipe":
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError(f"`inputs` names one twice: {self.inputs}")
        forbidden = [name for name in self.inputs if name in _NO_INPUTS]
        if forbidden:
            raise ValueError(f"`inputs` cannot name {forbidden}; contrast is called `contrast`")
        if "contrast" in self.inputs and self.kind == "generator":
            raise ValueError("`inputs`: a generator never sees `contrast`: it predicts it")
        return self


def _recipes() -> dict[str, Recipe]:
    return {
        "segmenter": Recipe(kind="segmenter"),
        "abnormality": Recipe(kind="segmenter", inputs=["t1", "t2", "flair"]),
        "unet": Recipe(kind="generator"),
        "cgan": Recipe(kind="generator", losses=Losses(adversarial=0.02), adversarial_start=750),
    }


class TrainingSet(Section):
    """Patients that networks learn from, beside those of `training` itself."""

    patients: PathText = Field(description="Sheet of these patients.")
    visits: PathText = Field(description="Sheet of their visits.")
    weight: float = Field(1.0, gt=0, le=MOST_WEIGHT, description="As `training.weight`.")
    labels: str | dict[Label, Label] | None = Field(None, description="As `training.labels`.")


PHANTOMS = TrainingSet(
    patients="config/training/patients.tsv",
    visits="config/training/visits.tsv",
    labels="gadless",
)
"""Who networks learn from where nobody else is named: the phantoms of the training cohort."""

_SET_NAME = r"^[A-Za-z0-9_-]+$"


class Training(Section):
    """The patients that networks learn from, and how these are split and weighed."""

    patients: PathText | None = Field(
        None,
        description="Sheet of the training patients. Empty: phantoms"
        f" (`{PHANTOMS.patients}`), or with `cross_fit` the trial's own patients.",
    )
    visits: PathText | None = Field(
        None,
        description="Sheet of the training visits, with the columns of any visits sheet; the truth"
        " is `mask_gbca`, which a segmenter needs and a generator does not. Empty: as `patients`.",
    )
    weight: float = Field(
        1.0,
        gt=0,
        le=MOST_WEIGHT,
        description="Share of patches that is drawn from these patients, against the weights of"
        " `also`.",
    )
    labels: str | dict[Label, Label] | None = Field(
        None,
        description="Coding of `mask_gbca` in the training visits: a name as in `labels_of`, or a"
        " mapping. Empty: as `labels_of` says for `gbca`; of phantoms, our own.",
    )
    also: dict[str, TrainingSet] = Field(
        default_factory=dict,
        description="Further sets of patients, by a name of your choice: phantoms beside one's own"
        " scans, or the reverse. They are learnt from and never held out.",
    )
    spacing_mm: Spacing = Field(2.0, description="Voxel of the grid that networks see.")
    split: Literal["patient", "site", "fold"] = Field(
        "patient",
        description="What is held out as a whole: patients, sites, or the patients of one value of"
        " the column `fold` of the patients sheet. Never single exams.",
    )
    held_out: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Share of patients (sites, folds) kept for validation, the last by name.",
    )
    folds: int | None = Field(
        None,
        ge=2,
        le=100,
        description="Also train a network for each of so many folds, on all patients but the"
        " fold's. Empty: none; with `cross_fit` 5, or as many as the column `fold` has values.",
    )
    cross_fit: bool = Field(
        False,
        description="Predict each of the trial's own patients with the network whose training has"
        " not seen him (networks that have a recipe and no `weights` of their own).",
    )
    validations: int = Field(
        6,
        ge=1,
        le=1000,
        description="How often, evenly over its steps, a network is tried on the held-out exams;"
        " the best of these times is kept. 1: what the last step leaves, where held-out exams are"
        " too few to choose by.",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "bfloat16",
        description="Arithmetic of training; bfloat16 is four to six times as fast on processors"
        " that have it (avx512_bf16, AMX, GPUs). Inference is always float32.",
    )
    licence: str = Field("", description="Licence of the weights, for their header and card.")
    recipes: dict[str, Recipe] = Field(
        default_factory=_recipes, description="One recipe a network, by name."
    )

    @field_validator("also")
    @classmethod
    def _names_are_folders(cls, also: Mapping[str, TrainingSet]) -> Mapping[str, TrainingSet]:
        wrong = [name for name in also if not re.match(_SET_NAME, name)]
        if wrong:
            raise ValueError(f"a set is named by letters, digits, `_` and `-`, not {wrong}")
        return also

    @model_validator(mode="after")
    def _both_sheets(self) -> "Training":
        if (self.patients is None) != (self.visits is None):
            raise ValueError("give `patients` and `visits` together, or neither")
        return self
