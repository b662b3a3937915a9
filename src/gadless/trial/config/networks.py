"""Sections `networks` and `training`."""

from typing import Literal

from pydantic import Field

from gadless.trial.config.base import Section, Seed
from gadless.trial.config.paths import PathText


class Network(Section):
    """A trained network, and how it was or is to be trained."""

    weights: PathText | None = Field(
        None, description="A safetensors file; empty: the weights shipped under this name."
    )


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
