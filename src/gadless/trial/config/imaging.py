"""Sections `preprocess` and `measurement`."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from gadless.trial.columns import HEAD_CM3, HEAD_MM
from gadless.trial.config.base import Section, Seed

# A limit outside of what its figure can be would never fire, or always.
Share = Annotated[float, Field(ge=0, le=1)]
Distance = Annotated[float, Field(ge=0, le=HEAD_MM)]
Volume = Annotated[float, Field(ge=0, le=10_000)]


class Quality(Section):
    """Limits of each step: a figure beyond `warn` is flagged, beyond `fail` unusable."""

    similarity_warn: Share = Field(
        0.23,
        description="Least mean squared local correlation of a sequence with its T1 (0 to 1).",
    )
    similarity_fail: Share = Field(
        0.20, description="Below this, the registration failed or it is another patient."
    )
    shift_warn_mm: Distance = Field(
        20.0, description="Largest plausible head movement between two sequences of one visit."
    )
    shift_fail_mm: Distance = Field(60.0, description="Beyond this, it is another head.")
    brain_cm3_warn: tuple[Volume, Volume] = Field(
        (900.0, 2200.0), description="Usual volume of the brain mask."
    )
    brain_cm3_fail: tuple[Volume, Volume] = Field(
        (500.0, 2300.0), description="Outside this, the brain mask has failed."
    )
    followup_warn: Share = Field(
        0.90,
        description="Least share of the smaller brain mask inside the larger, on the first"
        " visit or the template.",
    )
    followup_fail: Share = Field(0.80, description="Below this, the visit is badly placed.")
    coverage_warn: Share = Field(
        0.98, description="Least share of the brain in a sequence's field of view."
    )
    coverage_fail: Share = Field(0.80, description="Below this, the sequence is unusable.")

    @model_validator(mode="after")
    def _failing_is_worse_than_a_warning(self) -> "Quality":
        for name in ("similarity", "followup", "coverage"):
            warn, fail = getattr(self, f"{name}_warn"), getattr(self, f"{name}_fail")
            if fail > warn:
                raise ValueError(f"`{name}_fail` {fail:g} is milder than `{name}_warn` {warn:g}")
        if self.shift_fail_mm < self.shift_warn_mm:
            raise ValueError(
                f"`shift_fail_mm` {self.shift_fail_mm:g} is milder than `shift_warn_mm`"
                f" {self.shift_warn_mm:g}"
            )
        (low, high), (least, most) = self.brain_cm3_warn, self.brain_cm3_fail
        if not least <= low < high <= most:
            raise ValueError(
                f"`brain_cm3_warn` [{low:g}, {high:g}] must lie within `brain_cm3_fail`"
                f" [{least:g}, {most:g}], the lesser first"
            )
        return self

    def of_faults(self) -> "Quality":
        """Return the limits that make a fault, each in place of its warning's as well.

        All that a job on images needs: another limit of a warning makes no image again.
        """
        return Quality(
            **{
                name: getattr(self, name.replace("_warn", "_fail"))
                for name in type(self).model_fields
            }
        )


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
