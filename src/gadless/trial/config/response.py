"""Sections `response` and `endpoint`."""

from typing import Any, Literal

from pydantic import Field, field_validator

from gadless.trial.config.base import Section


class Baseline(Section):
    """Which visit shrinkage is measured from; the same visit for every contrast."""

    rule: Literal["before_treatment", "after_radiotherapy", "first"] = Field(
        "before_treatment",
        description="`before_treatment`: last visit on or before `treatment_day` (day 0 where that"
        " is missing); `after_radiotherapy`: first visit at least `after_radiotherapy_days` after"
        " `radiotherapy_end_day`; `first`: first visit.",
    )
    window_days: int = Field(
        42, ge=0, description="How far before treatment a baseline may lie (`before_treatment`)."
    )
    after_radiotherapy_days: int = Field(
        21, ge=0, description="Least distance from radiotherapy (RANO 2.0: about four weeks)."
    )


class Response(Section):
    """How measurements become response categories."""

    criteria: list[str] = Field(
        ["rano2-2023-volume", "volumetric-2019", "rano2010"],
        min_length=1,
        description="Criteria sets; the first is primary.",
    )
    custom: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="A user's own criteria: name, then `base` and the values that differ from it.",
    )
    baseline: Baseline = Field(default_factory=Baseline, description="The baseline visit.")
    disease: Literal["enhancing", "mixed"] = Field(
        "enhancing", description="Whether non-enhancing tumour is measured as well."
    )
    t2flair: Literal["off", "flag", "volume"] | None = Field(
        None,
        description="How T2/FLAIR takes part: not at all, by the reader's `t2flair_worse`, or by"
        " volume; empty: as each criteria set has it.",
    )
    smallest_volume_cm3: float = Field(
        1.0,
        ge=0,
        description="Volume that growth from nothing must reach to be progression, and least"
        " measurable volume (no published consensus).",
    )
    absent_volume_cm3: float = Field(
        0.05, ge=0, description="Enhancing volume at or below which nothing is left (CR)."
    )
    stable_days: int = Field(
        42,
        ge=0,
        description="Least days for SD to count as best response, from baseline or the endpoints'"
        " origin, whichever is later. A scan planned on that day may come some days before it:"
        " allow for the protocol's window.",
    )
    physiologic_steroid_mg: float = Field(
        2.0, ge=0, description="Dexamethasone-equivalent dose that still counts as none, mg a day."
    )
    unconfirmed_last: Literal["censored", "event"] = Field(
        "event",
        description="Progression that needs confirmation and has none by the last visit, or by the"
        " last before a new therapy.",
    )

    @field_validator("t2flair", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        # YAML reads a bare `off` as false.
        return "off" if value is False else value


class Endpoint(Section):
    """How response becomes time to event."""

    primary: Literal["TTP", "PFS"] = Field(
        "TTP", description="The endpoint of the report's answer."
    )
    censoring: Literal["fda", "ema"] = Field(
        "fda",
        description="`fda`: new therapy and two missed visits censor; `ema`: followed regardless.",
    )
    origin: Literal["randomisation", "treatment"] = Field(
        "randomisation", description="Day from which time counts."
    )
    visit_interval_days: int = Field(
        42, gt=0, description="Planned interval; two missed visits are twice this and a half."
    )
