"""Sections `response` and `endpoint`."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from gadless.trial.columns import CENTURY, HEAD_CM3, MOST_STEROID_MG
from gadless.trial.config.base import Section

Share = Annotated[float, Field(gt=0, le=5)]


class Baseline(Section):
    """Which visit shrinkage is measured from; the same visit for every contrast."""

    rule: Literal["before_treatment", "after_radiotherapy", "first"] = Field(
        "before_treatment",
        description="`before_treatment`: last visit on or before `treatment_day` (day 0 where that"
        " is missing); `after_radiotherapy`: first visit at least `after_radiotherapy_days` after"
        " `radiotherapy_end_day`; `first`: first visit.",
    )
    window_days: int = Field(
        42,
        ge=0,
        le=CENTURY,
        description="How far before treatment a baseline may lie (`before_treatment`).",
    )
    after_radiotherapy_days: int = Field(
        21,
        ge=0,
        le=CENTURY,
        description="Least distance from radiotherapy (RANO 2.0: about four weeks).",
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
        le=HEAD_CM3,
        description="Volume that growth from nothing must reach to be progression, and least"
        " measurable volume (no published consensus).",
    )
    absent_volume_cm3: float = Field(
        0.05,
        ge=0,
        le=HEAD_CM3,
        description="Enhancing volume at or below which nothing is left (CR).",
    )
    repeatability: dict[str, Share] = Field(
        default_factory=dict,
        description="Coefficient of variation of each contrast's repeated readings (0.1: 10%), for"
        " criteria sets that take it in (`repeatability: true` in a set of one's own).",
    )
    stable_days: int = Field(
        42,
        ge=0,
        le=CENTURY,
        description="Least days for SD to count as best response, from baseline or the endpoints'"
        " origin, whichever is later. A scan planned on that day may come some days before it:"
        " allow for the protocol's window.",
    )
    physiologic_steroid_mg: float = Field(
        2.0,
        ge=0,
        le=MOST_STEROID_MG,
        description="Dexamethasone-equivalent dose that still counts as none, mg a day.",
    )
    unconfirmed_last: Literal["censored", "event"] = Field(
        "event",
        description="Progression that needs confirmation and has none by the last visit, or by the"
        " last before a new therapy.",
    )

    @model_validator(mode="after")
    def _nothing_is_not_measurable(self) -> "Response":
        if self.absent_volume_cm3 > self.smallest_volume_cm3 > 0:
            raise ValueError(
                f"`absent_volume_cm3` {self.absent_volume_cm3:g} is above `smallest_volume_cm3`"
                f" {self.smallest_volume_cm3:g}: a tumour between the two would be measurable and"
                " gone"
            )
        return self

    @field_validator("t2flair", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        # YAML reads a bare `off` as false.
        return "off" if value is False else value


class Period(Section):
    """One stretch of the visit schedule."""

    until_day: int | None = Field(
        None,
        gt=0,
        le=CENTURY,
        description="Last day, counted from `origin`; empty in the last stretch.",
    )
    interval_days: int = Field(
        gt=0, le=CENTURY, description="Planned days from one visit to the next."
    )


class Endpoint(Section):
    """How response becomes time to event."""

    primary: Literal["TTP", "PFS"] = Field(
        "PFS",
        description="The endpoint of the report's answer and of `margins.rmst_days`. TTP censors"
        " deaths, which are informative: its curve is no probability.",
    )
    censoring: str = Field(
        "fda",
        description="Censoring rules: `fda` (new therapy and two missed visits censor), `ema`"
        " (followed regardless), or a name in `custom`.",
    )
    custom: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="A user's own censoring rules: name, then `base` and the values that differ"
        " from it: `new_therapy` (`censor`, `event`, `ignore`), `missed_visits` (number or null)"
        " with `missed_before` (`progression`, `death`), `unseen_decline` (`ignore`, `event`),"
        " `no_baseline` (`censor`, `death_counts`).",
    )
    origin: Literal["randomisation", "treatment"] = Field(
        "randomisation", description="Day from which time counts."
    )
    visit_interval_days: int = Field(
        42,
        gt=0,
        le=CENTURY,
        description="Planned interval of visits, where it is the same throughout.",
    )
    schedule: list[Period] | None = Field(
        None,
        min_length=1,
        description="Planned intervals by period, instead of `visit_interval_days`: a list of"
        " `until_day` and `interval_days`, days rising, the last without `until_day`. Where visits"
        " have a `planned_day` and this is empty, the schedule is taken from there.",
    )
    visit_window: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="How much later than planned a visit may be, in shares of a planned interval,"
        " before it counts as the next: two visits are missed where more than two intervals and"
        " this lie between (0.5: a visit belongs to the planned day that it is nearest to).",
    )
    gap_warning: float = Field(
        1.5,
        gt=1,
        le=100,
        description="Median time between scans, in planned intervals, above which a warning says"
        " that the schedule is not the trial's (1.5: most scans were nearer to the planned visit"
        " after the next).",
    )
    missed_warning: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of first progressions and deaths censored for missed visits above which"
        " a warning says so (no published limit; the numbers stand in `endpoint_checks.tsv`"
        " whatever they are).",
    )
    data_cutoff_day: int | None = Field(
        None,
        ge=0,
        le=CENTURY,
        description="Study day on which the data base counts as locked: what came after it is not"
        " seen, and who lived on is censored on it. Empty: all data.",
    )

    @field_validator("schedule")
    @classmethod
    def _rising(cls, value: list[Period] | None) -> list[Period] | None:
        if value is None:
            return None
        if value[-1].until_day is not None:
            raise ValueError("the last period must be open: leave its `until_day` out")
        ends = [period.until_day for period in value[:-1]]
        if any(end is None for end in ends):
            raise ValueError("every period but the last needs an `until_day`")
        days = [0, *(end for end in ends if end is not None)]
        for start, end, period in zip(days[:-1], days[1:], value[:-1], strict=True):
            if end <= start:
                raise ValueError(f"`until_day` must rise: {end} does not lie after {start}")
            if (end - start) % period.interval_days:
                raise ValueError(
                    f"the period from day {start} to {end} is no whole number of intervals of"
                    f" {period.interval_days} days; end it on the day of a planned visit"
                )
        return value
