"""Sections `networks` and `training`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from gadless.trial.config.base import Section, Seed
from gadless.trial.config.paths import PathText

NetworkFormat = Literal["gadless", "onnx", "torchscript", "monai", "nnunet"]
Scale = Literal["gadless", "zscore", "percentiles", "none"]
Output = Literal["map", "t1c", "labels"]
Fold = Annotated[int, Field(ge=0)] | Literal["all"]
Edge = Annotated[int, Field(ge=8)]

_AXES = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}


class TrainedOn(Section):
    """What a network has learnt from, counted."""

    exams: int | None = Field(None, ge=0, description="Exams that it learnt from.")
    patients: int | None = Field(None, ge=0, description="Patients that these are of.")
    phantom_exams: int | None = Field(
        None, ge=0, description="How many of the exams are digital phantoms."
    )
    sites: list[str] = Field([], description="Where they come from.")
    description: str = Field("", description="The same in words.")

    @model_validator(mode="after")
    def _no_more_phantoms_than_exams(self) -> "TrainedOn":
        if (self.phantom_exams or 0) > (self.exams or 0):
            raise ValueError("names more phantom_exams than exams")
        return self


class Network(Section):
    """A trained network: ours, or one made elsewhere and the contract that it keeps.

    A file of Gadless states its own contract. Of any other what its files do not say must stand
    here, because a network that is given other images than it knows fails in silence.
    """

    weights: PathText | None = Field(
        None,
        description="A safetensors file of Gadless, an ONNX or TorchScript file, a MONAI bundle or"
        " an nnU-Net v2 model folder; empty: the weights shipped under this name.",
    )
    format: NetworkFormat | None = Field(
        None, description="What `weights` is; empty: told from what lies there."
    )
    inputs: list[str] | None = Field(
        None,
        description="Images in the order of the network's channels: names of sequences, and"
        " `contrast` for a segmenter (T1 after contrast, acquired or synthetic).",
    )
    spacing_mm: float | None = Field(
        None, gt=0, description="Isotropic voxel of the grid that the network sees."
    )
    orientation: str | None = Field(
        None,
        description="Axes of the arrays that it learnt from, as nibabel's `aff2axcodes`: RAS, LPS"
        " (BraTS) ...",
    )
    normalisation: Scale | None = Field(
        None,
        description="What each input is scaled to: `gadless` (median of the brain 1), `zscore`"
        " (mean 0 and standard deviation 1 in the brain), `percentiles` (0.5th and 99.5th of the"
        " brain to 0 and 1, cut), `none` (the network does it itself: images as in `gadless`).",
    )
    output: Output | None = Field(
        None,
        description="What comes out: `map` (T1 after minus T1 before contrast), `t1c` (T1 after"
        " contrast), both on the scale of its T1 input; or `labels`.",
    )
    labels_of: str | dict[int, Annotated[int, Field(ge=0, le=3)]] | None = Field(
        None,
        description="Coding of its labels: a named one, or its label to ours (0 background, 1"
        " enhancing, 2 non-enhancing abnormality, 3 necrosis).",
    )
    regions: dict[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] | None = Field(
        None,
        description="Where output channels are overlapping regions (sigmoid) and not one score a"
        " label: channel to the label that it paints, in the order of painting.",
    )
    patch: tuple[Edge, Edge, Edge] | None = Field(
        None,
        description="Voxels that it takes at once, where not the whole brain; patches overlap by"
        " half.",
    )
    folds: list[Fold] | None = Field(
        None, min_length=1, description="nnU-Net: folds that are averaged; empty: all there are."
    )
    mirroring: bool = Field(
        False, description="nnU-Net: average over mirrored images, at 8 times the time."
    )
    trained_on: str | TrainedOn | None = Field(
        None,
        description="What a network made elsewhere has learnt from, in words or counted; shown in"
        " the report.",
    )
    licence: str | None = Field(
        None, description="Licence of a network made elsewhere; shown in the report."
    )

    @field_validator("inputs")
    @classmethod
    def _named_once(cls, inputs: list[str] | None) -> list[str] | None:
        if inputs is not None and (not inputs or len(set(inputs)) < len(inputs)):
            raise ValueError("name at least one image, and none twice")
        return inputs

    @field_validator("orientation")
    @classmethod
    def _three_axes(cls, codes: str | None) -> str | None:
        if codes is None:
            return None
        codes = codes.upper()
        if len(codes) != 3 or {_AXES.get(code) for code in codes} != {0, 1, 2}:
            raise ValueError("give one letter each of R or L, A or P, S or I, such as RAS")
        return codes


class Losses(Section):
    """Weights of the generator's loss terms; 0 leaves a term out."""

    l1: float = Field(1.0, ge=0, description="Mean absolute error.")
    ssim: float = Field(0.1, ge=0, description="1 - structural similarity.")
    enhancement: float = Field(
        10.0, ge=0, description="Extra weight of L1 + L2 where the target enhances."
    )
    enhancement_end: float = Field(
        2.5,
        ge=0,
        description="What `enhancement` relaxes to between half and three quarters of the steps:"
        " the high weight finds the tumour, the low one its volume.",
    )
    adversarial: float = Field(0.0, ge=0, description="Weight of the discriminator's verdict.")


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
        " `t1`, `contrast`, `t2`, `flair` for a segmenter. A further entry of `sequences` is an"
        " input by being listed.",
    )
    channels: int = Field(8, ge=2, description="Features of the first level.")
    steps: int = Field(3600, ge=1, description="Optimiser steps.")
    batch: int = Field(1, ge=1, description="Patches a step.")
    patch: int = Field(48, ge=16, multiple_of=8, description="Edge of a cubic patch, in voxels.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak of the one-cycle schedule.")
    losses: Losses = Field(default_factory=Losses, description="Loss weights (generators).")
    adversarial_start: int = Field(0, ge=0, description="Step at which the discriminator joins.")
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
        if isinstance(raw, dict) and not raw.get("inputs") and raw.get("kind") in INPUTS:
            return {**raw, "inputs": INPUTS[raw["kind"]]}
        return raw

    @model_validator(mode="after")
    def _sees_what_it_may(self) -> "Recipe":
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError(f"`inputs` names one twice: {self.inputs}")
        forbidden = [name for name in self.inputs if name in _NO_INPUTS]
        if forbidden:
            raise ValueError(f"`inputs` cannot name {forbidden}; contrast is called `contrast`")
        if ("contrast" in self.inputs) != (self.kind == "segmenter"):
            raise ValueError(
                "`inputs`: a segmenter sees `contrast`, and a generator never does: it predicts it"
            )
        return self


def _recipes() -> dict[str, Recipe]:
    return {
        "segmenter": Recipe(kind="segmenter", steps=3500),
        "unet": Recipe(kind="generator"),
        "cgan": Recipe(kind="generator", losses=Losses(adversarial=0.02), adversarial_start=750),
    }


class TrainingSet(Section):
    """Patients that networks learn from, beside those of `training` itself."""

    patients: PathText = Field(description="Sheet of these patients.")
    visits: PathText = Field(description="Sheet of their visits.")
    weight: float = Field(1.0, gt=0, description="As `training.weight`.")
    labels: str | dict[int, int] | None = Field(None, description="As `training.labels`.")


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
        description="Share of patches that is drawn from these patients, against the weights of"
        " `also`.",
    )
    labels: str | dict[int, int] | None = Field(
        None,
        description="Coding of `mask_gbca` in the training visits: a name as in `labels_of`, or a"
        " mapping. Empty: as `labels_of` says for `gbca`; of phantoms, our own.",
    )
    also: dict[str, TrainingSet] = Field(
        default_factory=dict,
        description="Further sets of patients, by a name of your choice: phantoms beside one's own"
        " scans, or the reverse. They are learnt from and never held out.",
    )
    spacing_mm: float = Field(2.0, gt=0, description="Voxel of the grid that networks see.")
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
        description="Also train a network for each of so many folds, on all patients but the"
        " fold's. Empty: none; with `cross_fit` 5, or as many as the column `fold` has values.",
    )
    cross_fit: bool = Field(
        False,
        description="Predict each of the trial's own patients with the network whose training has"
        " not seen him (networks that have a recipe and no `weights` of their own).",
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
