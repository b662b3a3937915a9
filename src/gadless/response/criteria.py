"""Criteria sets as data: one YAML file each, every value with its source and how certain it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gadless.errors import InputError
from gadless.response.measures import MEASURES, MeasureName
from gadless.trial.columns import CENTURY, HEAD_MM

Certainty = Literal["verified", "secondary", "unverified", "assumed", "user"]
_HEADINGS = ("title", "citation")


@dataclass(frozen=True)
class Origin:
    """Where one value of a criteria set comes from.

    Attributes
    ----------
    certainty : str
        ``verified`` read in the source's own text; ``secondary`` read in a text that reports it;
        ``unverified`` from memory, to be checked; ``assumed`` a choice of ours; ``user`` from the
        configuration.
    source : str
    """

    certainty: Certainty
    source: str


class Criteria(BaseModel):
    """One criteria set. Proportions are exact decimals, so that a threshold means what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Name in the configuration and in every table.")
    title: str = Field(description="Name for readers.")
    citation: str = Field(description="The paper.")
    measure: MeasureName = Field(
        description="What is compared: sum of products of perpendicular diameters, volume, sum of"
        " longest diameters; or nothing (`category`): the reader's own category stands."
    )
    targets: int | None = Field(
        None, ge=1, le=1000, description="Enhancing target lesions at most; none: all that qualify."
    )
    nonenhancing_targets: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Non-enhancing target lesions at most; none: all that qualify.",
    )
    growth: Decimal = Field(
        gt=0, le=5, description="Growth over the nadir that is PD (0.25: by 25%)."
    )
    least_growth: Decimal | None = Field(
        None,
        gt=0,
        le=100_000,
        description="Growth in the measure's unit that a single target must show besides (the sum,"
        " where single lesions are not given); none: no such rule.",
    )
    partial: Decimal = Field(gt=0, le=1, description="Shrinkage from baseline that is PR.")
    minor: Decimal | None = Field(
        None, gt=0, le=1, description="Shrinkage of non-enhancing disease that is MR; none: no MR."
    )
    new_lesions: Literal["progression", "measurable", "added"] = Field(
        description="A new lesion is PD, is PD if measurable, or is added to the sum."
    )
    measurable_only: bool = Field(
        description="Whether only measurable lesions are targets, and a patient without any at"
        " baseline is at best SD."
    )
    measurable_short_mm: Decimal | None = Field(
        None,
        gt=0,
        le=HEAD_MM,
        description="Least perpendicular diameter of a measurable lesion; none: as the longest,"
        " `measurement.measurable_mm`.",
    )
    nonmeasurable_progression: bool = Field(
        description="Whether a lesion too small to measure at baseline is PD once it is measurable"
        " and has grown by `growth` over its own smallest size."
    )
    nonenhancing_disease: bool = Field(
        description="Whether non-enhancing tumour can take part (`disease: mixed`)."
    )
    t2flair: Literal["off", "flag", "volume"] = Field(description="How T2/FLAIR takes part.")
    t2flair_growth: Decimal = Field(
        gt=0,
        le=5,
        description="Growth of the T2/FLAIR abnormality over its nadir that is PD (`volume`).",
    )
    steroids: bool = Field(description="Whether CR and PR depend on the steroid dose.")
    physiologic_steroids: bool = Field(
        description="Whether CR may stand on a physiologic steroid dose, or off steroids only."
    )
    unresolved_steroid_reasons: tuple[Literal["tumour", "other"], ...] = Field(
        description="Reasons of a raised steroid dose (`steroid_reason`) that leave a stable scan"
        " neither SD nor PD (it is NE) until the dose is down again; progression before that is"
        " dated back to the first visit with the raised dose. None: a raised dose is a remark."
    )
    clinical_progression: bool = Field(description="Whether clinical decline is PD.")
    confirm_response_days: int = Field(
        ge=0,
        le=CENTURY,
        description="Least days to the visit that confirms CR or PR; 0: none needed.",
    )
    confirm_missed: int = Field(
        ge=0,
        le=1000,
        description="Failed scans that may lie between a response and its confirmation.",
    )
    confirm_progression: Literal["never", "early", "always"] = Field(
        description="When PD needs confirmation: never, within the early window, always."
    )
    confirm_progression_days: int = Field(
        ge=0, le=CENTURY, description="Least days to the visit that confirms PD."
    )
    confirm_waived_by: tuple[Literal["clinical", "outside_field", "histology"], ...] = Field(
        description="What makes confirmation of PD unnecessary: clinical decline, growth outside"
        " the radiation field, histology."
    )
    confirm_against: Literal["nadir", "first"] = Field(
        description="The confirming visit must grow over the nadir, or over the first PD itself."
    )
    refuted_becomes_reference: bool = Field(
        description="Whether, once PD is refuted, growth is measured from that scan on: the nadir"
        " is counted anew from it. Shrinkage is measured from the baseline still."
    )
    early_window: Literal["radiotherapy", "treatment"] | None = Field(
        None, description="What the early window is counted from: end of radiotherapy, treatment."
    )
    early_window_days: int = Field(
        ge=0,
        le=CENTURY,
        description="Last day that is early, counted from the start of the window.",
    )
    early_progression: Literal["counted", "outside_field"] = Field(
        description="Early PD counts, or only outside the radiation field or by histology."
    )
    repeatability: bool = Field(
        description="Whether a change that measuring twice would show by itself is none: growth and"
        " shrinkage of enhancing tumour must exceed `response.repeatability` as well."
    )
    origins: dict[str, Origin] = Field(
        default_factory=dict, description="Source and certainty of each value."
    )

    @field_validator("t2flair", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        # YAML reads a bare `off` as false.
        return "off" if value is False else value

    @model_validator(mode="after")
    def _early_means_something(self) -> "Criteria":
        asked = self.confirm_progression == "early" or self.early_progression == "outside_field"
        if asked and self.early_window is None:
            raise ValueError(
                "confirm_progression `early` and early_progression `outside_field` need an"
                " early_window: `radiotherapy` or `treatment`, with early_window_days"
            )
        return self

    @model_validator(mode="after")
    def _confirmation_ends(self) -> "Criteria":
        if self.confirm_against == "first" and not self.refuted_becomes_reference:
            raise ValueError(
                "confirm_against `first` needs refuted_becomes_reference: true; else a tumour that"
                " no longer grows progresses anew at each of its visits"
            )
        return self

    @model_validator(mode="after")
    def _measured_as_asked(self) -> "Criteria":
        measure = MEASURES[self.measure]
        if self.nonenhancing_disease and measure.nonenhancing is None:
            raise ValueError(f"nonenhancing_disease: {self.measure} are of enhancing tumour only")
        return self

    @property
    def as_read(self) -> bool:
        """Whether nothing is measured: the readers' own categories stand."""
        return self.measure == "category"


def known_criteria() -> list[str]:
    """Names of the criteria sets that come with Gadless."""
    folder = resources.files("gadless.response") / "criteria"
    return sorted(
        item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")
    )


@cache
def _raw(name: str) -> dict[str, Any]:
    file = resources.files("gadless.response") / "criteria" / f"{name}.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _read(name: str) -> dict[str, Any]:
    """Split a criteria file into plain values and their origins."""
    content: dict[str, Any] = {"name": name}
    origins = {}
    for key, entry in _raw(name).items():
        if key in _HEADINGS:
            content[key] = entry
        else:
            content[key] = entry["value"]
            origins[key] = Origin(entry["certainty"], entry["source"])
    return content | {"origins": origins}


def _exact(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn floats into the decimals that their writer meant."""
    return {
        key: Decimal(repr(value)) if isinstance(value, float) else value
        for key, value in values.items()
    }


def _customised(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    base = own.get("base")
    if base not in known_criteria():
        raise InputError(
            f"response.custom.{name}: `base` must name one of {', '.join(known_criteria())};"
            f" given: {base!r}"
        )
    content = _read(base)
    changed = {key: value for key, value in own.items() if key != "base"}
    origins = content["origins"] | {
        key: Origin("user", "configuration") for key in changed if key not in _HEADINGS
    }
    title = changed.get("title", f"{name} (after {content['title']})")
    return content | changed | {"name": name, "title": title, "origins": origins}


def load_criteria(
    names: Sequence[str], custom: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Criteria]:
    """Load criteria sets, in the order given.

    Parameters
    ----------
    names : sequence of str
        Names of criteria that come with Gadless, or keys of `custom`.
    custom : mapping, optional
        A user's own sets: name, then ``base`` (a set that comes with Gadless) and the values that
        differ from it.

    Raises
    ------
    InputError
        For an unknown or repeated name, an unknown ``base``, an unknown key or a value that cannot
        be, also in a set of `custom` that `names` leaves out; the message lists what is known.
    """
    custom = custom or {}
    if taken := sorted(set(custom) & set(known_criteria())):
        raise InputError(f"response.custom: {taken[0]} comes with Gadless; choose another name")
    if len(set(names)) < len(names):
        raise InputError(f"response.criteria names a criteria set twice: {list(names)}")
    own = {name: _load(name, custom) for name in custom}
    return [own[name] if name in own else _load(name, custom) for name in names]


def _load(name: str, custom: Mapping[str, Mapping[str, Any]]) -> Criteria:
    if name in custom:
        content = _customised(name, custom[name])
    elif name in known_criteria():
        content = _read(name)
    else:
        known = ", ".join([*known_criteria(), *custom])
        raise InputError(f"response.criteria: {name!r} is not known; known are {known}")
    try:
        return Criteria.model_validate(_exact(content))
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        if not key:
            raise InputError(f"criteria {name}: {fault['msg']}") from None
        raise InputError(
            f"criteria {name}: {key}: {fault['msg']} (given: {fault['input']!r:.80})"
        ) from None
