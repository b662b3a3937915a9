"""Sections `statistics` and `report`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gadless.trial.columns import CENTURY, PATIENTS
from gadless.trial.config.base import Section, Seed

# Columns with a part of their own in every model; a site may well be a covariate.
_RESERVED = tuple(column.name for column in PATIENTS if column.name != "site")
_ALWAYS_CATEGORIES = ("site", "centre", "center")


class Margins(Section):
    """Equivalence margins. No consensus exists: a trial's statistician sets them beforehand."""

    volume_bias_percent: float = Field(
        20.0,
        gt=0,
        le=1000,
        description="Median bias of the primary criteria's measure (volume, products, diameters),"
        " either way.",
    )
    hazard_ratio: float = Field(
        1.25,
        gt=1,
        le=100,
        description="Ratio of treatment hazard ratios, either way (1/margin to margin).",
    )
    rmst_days: float = Field(
        21.0,
        gt=0,
        le=CENTURY,
        description="Difference of restricted means of `endpoint.primary`, either way: half of a"
        " visit interval of 42 days.",
    )
    discordance: float = Field(
        0.15,
        gt=0,
        lt=1,
        description="Share of patients whose progression differs: on one contrast only, or dated to"
        " another visit. Not used where `repeat` gives a second reading of the reference.",
    )
    excess_discordance: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="With `repeat`: share of patients whose progression may differ between"
        " candidate and reference beyond the share that differs between two readings of the"
        " reference (one patient in twenty; no consensus).",
    )
    evaluability: float = Field(
        0.95,
        gt=0,
        lt=1,
        description="Least share of the reference's evaluable visits that the candidate could"
        " evaluate, overall and in each arm.",
    )


LEAST_RESAMPLES = 200
"""Fewer resamples than this give no bootstrap interval."""
MOST_RESAMPLES = 100_000
"""More resamples than this narrow no interval, and fill the memory."""
Term = Literal["volume_bias_percent", "hazard_ratio", "rmst_days"]


class Statistics(Section):
    """How the two contrasts are compared."""

    covariates: list[str] = Field(
        default_factory=list,
        description="Columns of the patients sheet that survival models adjust for, beside `arm`.",
    )
    strata: list[str] = Field(
        default_factory=list,
        description="Columns of the patients sheet that randomisation was stratified by: the"
        " primary analysis of the treatment is stratified by their combinations. None may be a"
        " covariate.",
    )
    categories: list[str] = Field(
        default_factory=list,
        description="Columns of the patients sheet that are categories although they look like"
        " numbers (codes of regions, say): each level has a coefficient. `site`, `centre` and"
        " `center` always are, and text without any number is.",
    )
    bootstrap: int = Field(
        1000,
        ge=0,
        le=MOST_RESAMPLES,
        description=f"Resamples of patients; fewer than {LEAST_RESAMPLES} give no bootstrap"
        " intervals. The comparisons with margins need none.",
    )
    seed: Seed = Field(26101, description="Seed of the resampling.")
    conf_level: float = Field(0.95, gt=0.5, lt=1, description="Level of all intervals.")
    landmarks: list[Annotated[int, Field(gt=0, le=CENTURY)]] = Field(
        [90, 180], description="Landmark days of the survival models."
    )
    rmst_days: int = Field(365, gt=0, le=CENTURY, description="Horizon of restricted means.")
    events_per_variable: float = Field(
        10.0, gt=0, le=1000, description="Fewer events a coefficient than this raises a warning."
    )
    control_arm: str | None = Field(
        None,
        description="Arm that the others are compared with; empty: the first in alphabetical order."
        " A one-sided `treatment_direction` needs it.",
    )
    treatment_direction: Literal["two-sided", "less", "greater"] = Field(
        "two-sided", description="Alternative of the treatment's hazard ratio."
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Level of the trial's own conclusion.")
    equivalence_alpha: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="Level of each one-sided test of equivalence, apart from `alpha`: 0.05 is a 90%"
        " interval inside the margins (the convention of two one-sided tests).",
    )
    noninferiority: dict[Term, Literal["lower", "upper"]] = Field(
        default_factory=dict,
        description="Terms that are judged on one side only, by the limit that counts: `upper`"
        " where only a figure that is too large matters, `lower` where only one that is too small."
        " The others are judged either way: a candidate that flatters a treatment misleads as much"
        " as one that hides it.",
    )
    evaluability_by_arm: bool = Field(
        True,
        description="Whether the share of evaluable visits must hold in each arm by itself, which"
        " takes 59 patients an arm even if nothing fails; else an arm whose share is wholly below"
        " the margin contradicts the verdict.",
    )
    informative_alpha: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Level at which failing counts as informative, over all tests of it together; a"
        " higher one is more cautious.",
    )
    informative_by: list[Literal["progression", "arm", "site"]] = Field(
        ["progression", "arm", "site"],
        description="What failing must not go with, or the verdict is undecided: the visits that"
        " are compared then do not stand for those that are not.",
    )
    margins: Margins = Field(default_factory=Margins, description="Equivalence margins.")

    @model_validator(mode="after")
    def _columns_have_one_use(self) -> "Statistics":
        for key, names in (
            ("covariates", self.covariates),
            ("strata", self.strata),
            ("categories", self.categories),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"`{key}` names a column twice: {', '.join(twice)}")
            reserved = [name for name in names if name in _RESERVED]
            if reserved:
                raise ValueError(
                    f"`{key}` names {', '.join(reserved)}: this column has its own part in every"
                    " model; name columns that were known at randomisation"
                )
        both = [name for name in self.strata if name in self.covariates]
        if both:
            raise ValueError(
                f"`strata` and `covariates` both name {', '.join(both)}: a stratum has a baseline"
                " hazard of its own, and no coefficient beside it; leave it in one of them"
            )
        if len(set(self.landmarks)) < len(self.landmarks):
            raise ValueError(f"`landmarks` names a day twice: {self.landmarks}")
        return self

    def side(self, term: Term) -> Literal["both", "lower", "upper"]:
        """Which limits of a term's interval are compared with its margin."""
        return self.noninferiority.get(term, "both")

    def is_category(self, name: str) -> bool:
        """Whether a column is a category, whatever its cells look like."""
        return name in self.categories or name.casefold() in _ALWAYS_CATEGORIES

    @model_validator(mode="after")
    def _direction_has_a_control(self) -> "Statistics":
        if self.treatment_direction != "two-sided" and self.control_arm is None:
            raise ValueError(
                f"`treatment_direction: {self.treatment_direction}` needs `control_arm`: the hazard"
                " ratio's direction depends on which arm is compared with which"
            )
        return self


class Report(Section):
    """What the report shows."""

    title: str | None = Field(None, description="Title; empty: made from the trial's name.")
    panels: int = Field(8, ge=0, le=1000, description="Image panels shown at most.")
    days_per_month: float = Field(
        30.4375, ge=28, le=31, description="Conversion of days to months."
    )
