"""Sections `preprocess` and `measurement`."""

from typing import Any, Literal

from pydantic import Field, model_validator

from gadless.trial.columns import HEAD_CM3, HEAD_MM
from gadless.trial.config.base import Section, Seed
from gadless.trial.config.quality import Quality


class Preprocess(Section):
    """From the scanner's files to one grid."""

    spacing_mm: float = Field(
        1.0, gt=0.4, le=3.0, description="Isotropic voxel of the common grid."
    )
    skull_stripped: Literal["auto", "yes", "no"] = Field(
        "auto", description="Whether the scans come without skull; `auto` looks at each T1."
    )
    brain_extraction: Literal["deepbet", "atlas"] = Field(
        "deepbet", description="Tool for the brain mask; `atlas` needs no network."
    )
    bias_grid_mm: float = Field(
        8.0, ge=1, le=50, description="Voxel on which the bias field is fitted."
    )
    sampling: float = Field(
        0.05, gt=0, le=1, description="Share of voxels (2 mm) that the registration looks at."
    )
    seed: Seed = Field(2021, description="Seed of the registration's sampling.")
    fingerprint: Literal["stat", "content"] = Field(
        "stat",
        description="How a replaced scan is noticed: size and time of change, or its content.",
    )
    quality: Quality = Field(default_factory=Quality, description="Limits of each step.")

    def for_images(self) -> dict[str, Any]:
        """Return what decides an image, as plain values."""
        quality = self.quality.of_faults().model_dump(mode="json")
        return self.model_dump(mode="json", exclude={"fingerprint"}) | {"quality": quality}


class Measurement(Section):
    """From masks to numbers."""

    connectivity: Literal[6, 18, 26] = Field(
        26, description="Neighbours that join two voxels into one lesion."
    )
    smallest_lesion_cm3: float = Field(
        0.05, ge=0, le=HEAD_CM3, description="Components below this are noise and enter no figure."
    )
    smallest_new_lesion_cm3: float = Field(
        0.2,
        ge=0,
        le=HEAD_CM3,
        description="Least volume of a new lesion; smaller ones are followed, not called.",
    )
    measurable_mm: float = Field(
        10.0,
        gt=0,
        le=HEAD_MM,
        description="Least length of both perpendicular diameters of measurable disease.",
    )
    rim_gap_mm: float = Field(
        8.0,
        ge=0,
        le=HEAD_MM,
        description="Widest gap with which an enhancing rim still encloses its core in a slice, if"
        " at most half as wide as the core; 0: closed rims alone.",
    )
    match_distance_mm: float = Field(
        5.0,
        ge=0,
        le=HEAD_MM,
        description="Farthest that a lesion may lie from its predecessor's outline.",
    )

    @model_validator(mode="after")
    def _a_new_lesion_is_a_lesion(self) -> "Measurement":
        if self.smallest_new_lesion_cm3 < self.smallest_lesion_cm3:
            raise ValueError(
                f"`smallest_new_lesion_cm3` {self.smallest_new_lesion_cm3:g} is below"
                f" `smallest_lesion_cm3` {self.smallest_lesion_cm3:g}, and what is smaller than"
                " that is no lesion at all"
            )
        return self
