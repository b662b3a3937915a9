"""Section `preprocess.quality`: what each figure of an image is held to."""

from typing import Annotated, Any, cast

from pydantic import Field, field_validator, model_validator

from gadless.trial.columns import HEAD_MM
from gadless.trial.config.base import Section

# A limit outside of what its figure can be would never fire, or always.
Share = Annotated[float, Field(ge=0, le=1)]
Sided = Annotated[float, Field(ge=-1, le=1)]
Distance = Annotated[float, Field(ge=0, le=HEAD_MM)]
Volume = Annotated[float, Field(ge=0, le=10_000)]
Degrees = Annotated[float, Field(ge=0, le=180)]
Change = Annotated[float, Field(ge=0, le=100)]

OTHER = "other"
"""Stands for every sequence that has no limit of its own."""

_OWN = ("t1c", "t2", "flair", OTHER)

AT_LEAST = (
    *("similarity", "matched", "identity", "in_place", "followup", "coverage"),
    *("sequence", "enhances"),
)
"""Limits below which a figure is flagged (`_warn`) or unusable (`_fail`)."""

AT_MOST = ("same_image", "negative", "saturated", "jumps", "air", "header_size")
"""Limits above which it is."""


class Quality(Section):
    """Limits of each step: a figure beyond `warn` is flagged, beyond `fail` unusable."""

    similarity_warn: dict[str, Share] = Field(
        {"t1c": 0.30, "t2": 0.30, "flair": 0.23, OTHER: 0.23},
        description="Least mean squared local correlation of a sequence with its T1 (0 to 1), by"
        " sequence; a number alone holds for all.",
    )
    similarity_fail: dict[str, Share] = Field(
        {"t1c": 0.26, "t2": 0.25, "flair": 0.17, OTHER: 0.20},
        description="Below this, the registration failed or it is another patient.",
    )
    matched_warn: Share = Field(
        0.17,
        description="Least share of the brain that matches a sequence best where the T1 has it;"
        " asked where the correlation leaves a doubt (below 0.30).",
    )
    matched_fail: Share = Field(0.14, description="Below this, it is another patient.")
    same_image_warn: Share = Field(
        0.98,
        description="Largest mean squared local correlation of two scans: two acquisitions differ"
        " by noise at least.",
    )
    same_image_fail: Share = Field(0.995, description="Above this, they are one image twice.")
    sequence_warn: Sided = Field(
        0.0,
        description="How much more a scan looks like the sequence that it is called than like the"
        " next (-1 to 1).",
    )
    sequence_fail: Sided = Field(-0.05, description="Below this, it is another sequence.")
    enhances_warn: Sided = Field(
        0.6,
        description="Vessels, sinus and plexus that are brighter on T1c than on T1, less those"
        " that are darker, over both (-1 to 1).",
    )
    enhances_fail: Sided = Field(
        0.2,
        description="Below this, T1c was taken without contrast; below its negative, T1 and T1c are"
        " swapped.",
    )
    identity_warn: Share = Field(
        0.60,
        description="Least mean squared local correlation of a follow-up's T1 with the first"
        " visit's.",
    )
    identity_fail: Share = Field(
        0.28, description="Below this, it is another patient, or one of the two is mirrored."
    )
    in_place_warn: Share = Field(
        0.7,
        description="Least share of the brain that matches best where the first visit has it; asked"
        " where the correlation leaves a doubt.",
    )
    in_place_fail: Share = Field(0.35, description="Below this, it is another head.")
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
    negative_warn: Share = Field(
        0.02, description="Largest share of a scan's voxels (but zeros) that lie below zero."
    )
    negative_fail: Share = Field(0.2, description="Above this, it was z-scored or subtracted.")
    saturated_warn: Share = Field(
        0.002, description="Largest share of a scan's voxels that have its highest value."
    )
    saturated_fail: Share = Field(0.05, description="Above this, its bright parts are cut off.")
    jumps_warn: Share = Field(
        0.002,
        description="Largest share of neighbouring voxels that differ by three quarters of the"
        " scan's range.",
    )
    jumps_fail: Share = Field(0.01, description="Above this, whole numbers ran over (wrapped).")
    air_warn: Share = Field(
        0.25, description="Largest share of tissue's brightness that a scan's darkest voxels have."
    )
    air_fail: Share = Field(0.5, description="Above this, an amount was added to all its numbers.")
    header_size_warn: Share = Field(
        0.005, description="Largest difference of a voxel's edges by sform or qform and by pixdim."
    )
    header_size_fail: Share = Field(
        0.02, description="Above this, nobody knows how large the head is."
    )
    header_turn_warn: Degrees = Field(
        2.0, description="Largest turn between sform and qform, degrees; it is flagged alone."
    )
    header_shift_warn_mm: Distance = Field(
        5.0, description="Largest distance between them, of the image's centre; flagged alone."
    )
    brain_change_warn: Change = Field(
        0.10, description="Largest change of the brain's volume between visits; flagged alone."
    )
    tumour_shift_warn_mm: Distance = Field(
        20.0, description="Largest move of the abnormality's centre between visits; flagged alone."
    )
    tissue_change_warn: Change = Field(
        3.0,
        description="Largest change of the non-enhancing volume between visits, as a factor less"
        " one; flagged alone.",
    )

    @field_validator("similarity_warn", "similarity_fail", mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        # Spelt out, or what is written down and read again would be laid over the defaults.
        return dict.fromkeys(_OWN, value) if isinstance(value, int | float) else value

    @model_validator(mode="before")
    @classmethod
    def _of_the_sequences_that_are_not_named(cls, raw: Any) -> Any:
        """Lay a mapping over the defaults."""
        if not isinstance(raw, dict):
            return raw
        over = {}
        for name in ("similarity_warn", "similarity_fail"):
            if isinstance(given := raw.get(name), dict):
                over[name] = {**cls.model_fields[name].default, **given}
        return {**raw, **over}

    @model_validator(mode="after")
    def _failing_is_worse_than_a_warning(self) -> "Quality":
        for name in AT_LEAST:
            pairs = _by_sequence(getattr(self, f"{name}_warn"), getattr(self, f"{name}_fail"))
            for warn, fail in pairs:
                if fail > warn:
                    raise ValueError(
                        f"`{name}_fail` {fail:g} is milder than `{name}_warn` {warn:g}"
                    )
        for name in (*AT_MOST, "shift"):
            unit = "_mm" if name == "shift" else ""
            warn, fail = getattr(self, f"{name}_warn{unit}"), getattr(self, f"{name}_fail{unit}")
            if fail < warn:
                raise ValueError(
                    f"`{name}_fail{unit}` {fail:g} is milder than `{name}_warn{unit}` {warn:g}"
                )
        (low, high), (least, most) = self.brain_cm3_warn, self.brain_cm3_fail
        if not least <= low < high <= most:
            raise ValueError(
                f"`brain_cm3_warn` [{low:g}, {high:g}] must lie within `brain_cm3_fail`"
                f" [{least:g}, {most:g}], the lesser first"
            )
        return self

    def similarity(self, sequence: str) -> tuple[float, float]:
        """Return the limits of a warning and of a fault of a sequence's likeness with its T1."""
        warn, fail = (
            limit.get(sequence, limit[OTHER])
            for limit in (self.similarity_warn, self.similarity_fail)
        )
        return warn, fail

    def of_faults(self) -> "Quality":
        """Return the limits that make a fault, each in place of its warning's as well.

        All that a job on images needs: another limit of a warning makes no image again.
        """
        fields = type(self).model_fields
        strict = {}
        for name in fields:
            fault = name.replace("_warn", "_fail")
            # What is flagged alone stops nothing, whatever its limit.
            strict[name] = getattr(self, fault) if fault in fields else fields[name].default
        return Quality(**strict)


def _by_sequence(
    warn: float | dict[str, float], fail: float | dict[str, float]
) -> list[tuple[float, float]]:
    """Return the pairs of a warning's and a fault's limit, one for each sequence that has one."""
    if isinstance(warn, dict) and isinstance(fail, dict):
        names = {*warn, *fail}
        return [(warn.get(name, warn[OTHER]), fail.get(name, fail[OTHER])) for name in names]
    return [(float(cast(float, warn)), float(cast(float, fail)))]
