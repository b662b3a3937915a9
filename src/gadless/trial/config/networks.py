"""Sections `networks` and `training`."""

from typing import Annotated, Literal

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


class Recipe(Section):
    """How one network is trained."""

    kind: Literal["generator", "segmenter"] = Field(description="What the network does.")
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


def _recipes() -> dict[str, Recipe]:
    return {
        "segmenter": Recipe(kind="segmenter", steps=3500),
        "unet": Recipe(kind="generator"),
        "cgan": Recipe(kind="generator", losses=Losses(adversarial=0.02), adversarial_start=750),
    }


class Training(Section):
    """The patients that networks learn from; never those of the trial."""

    patients: PathText = Field(
        "config/training/patients.tsv", description="Sheet of the training patients."
    )
    visits: PathText = Field(
        "config/training/visits.tsv", description="Sheet of the training visits."
    )
    spacing_mm: float = Field(2.0, gt=0, description="Voxel of the grid that networks see.")
    held_out: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Share of patients kept for validation, the last by identifier.",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "bfloat16",
        description="Arithmetic of training; bfloat16 is four to six times as fast on processors"
        " that have it (avx512_bf16, AMX, GPUs). Inference is always float32.",
    )
    recipes: dict[str, Recipe] = Field(
        default_factory=_recipes, description="One recipe a network, by name."
    )
