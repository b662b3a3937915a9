"""Section `ablation`: which losses, inputs and outputs are held against each other."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from gadless.trial.config.base import Section, Seed
from gadless.trial.config.training import MOST_STEPS, Recipe

# What a network that is to learn the map alone leaves out of the losses.
_BRAIN_ALONE = {
    "brain": 1.0,
    "enhancing": 0.0,
    "lesion": 0.0,
    "rest": 0.0,
    "compartments": 0.0,
    "spread": 0.0,
}

BASELINES = ("acquired", "zero", "mean")
"""Rows of the table that no network makes: the map itself, none, and the mean of those learnt from.
"""

_NAME = r"^[A-Za-z0-9_-]+$"
# The same for all variants, or the table would not compare what it names.
_SHARED = ("steps", "patch", "seed", "start")


def _variants() -> dict[str, dict[str, Any]]:
    return {
        "l1": {"losses": dict(_BRAIN_ALONE)},
        "labels": {},
        "no_compartments": {"losses": {"compartments": 0.0}},
        "no_ssim": {"losses": {"ssim": 0.0}},
        "adversarial": {"losses": {"adversarial": 0.02}, "adversarial_start": 100},
        "direct": {"kind": "segmenter", "inputs": ["t1", "t2", "flair"]},
    }


class Ablation(Section):
    """Losses, inputs and outputs held against each other (`snakemake --cores all ablation`).

    Every variant learns from the same exams, seed by seed, and is judged on the same held-out ones.
    Nothing is chosen on these: a network is kept as it is after its last step.
    """

    steps: int = Field(1200, ge=1, le=MOST_STEPS, description="Optimiser steps of each training.")
    start: str = Field(
        "",
        description="Network that comes with Gadless, from whose weights every training begins:"
        " what is dear to learn is learnt once. It must not have learnt from the exams that judge:"
        " `segmenter` and `abnormality` have learnt from all phantoms of config/training. Empty:"
        " from nothing.",
    )
    patch: int = Field(
        32, ge=16, le=512, multiple_of=8, description="Edge of a cubic patch, in voxels."
    )
    seeds: list[Seed] = Field(
        [1, 2, 3],
        min_length=1,
        description="Seeds of each variant; what differs by less than these do is not shown.",
    )
    threshold: float = Field(
        0.3,
        gt=0,
        le=10,
        description="From which enhancement on a voxel of the true lesion enhances, in brain"
        " medians of the T1.",
    )
    variants: dict[str, dict[str, Any]] = Field(
        default_factory=_variants,
        description="Keys of a recipe that differ from its defaults, by the variant's name. The"
        " recipe is a generator's, where `kind` does not say otherwise.",
    )

    def recipe(self, variant: str, seed: int) -> Recipe:
        """Return how a variant is trained with a seed."""
        shared = {"steps": self.steps, "start": self.start, "patch": self.patch, "seed": seed}
        return Recipe(**{"kind": "generator", **self.variants[variant], **shared})

    @property
    def inputs(self) -> list[str]:
        """What any variant sees: an exam that lacks one of these is used by none."""
        recipes = (self.recipe(name, self.seeds[0]) for name in self.variants)
        return list(dict.fromkeys(name for recipe in recipes for name in recipe.inputs))

    @field_validator("seeds")
    @classmethod
    def _seeds_differ(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("names a seed twice: the same training again shows no spread")
        return seeds

    @field_validator("variants")
    @classmethod
    def _names_are_files(
        cls, variants: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Mapping[str, Any]]:
        wrong = [name for name in variants if not re.match(_NAME, name) or name in BASELINES]
        if wrong or not variants:
            raise ValueError(
                "a variant is named by letters, digits, `_` and `-`, and not"
                f" {', '.join(BASELINES)}; given: {wrong or 'none'}"
            )
        for name, keys in variants.items():
            if shared := [key for key in _SHARED if key in keys]:
                raise ValueError(f"{name}: {', '.join(shared)} is the same for all variants")
        return variants

    @model_validator(mode="after")
    def _recipes_can_be_read(self) -> "Ablation":
        for name in self.variants:
            if "contrast" in self.recipe(name, self.seeds[0]).inputs:
                raise ValueError(
                    f"variants.{name}: sees `contrast`, which is what the others are to do without;"
                    " name its `inputs`"
                )
        return self
