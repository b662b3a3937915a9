"""Censoring rules as data: one YAML file each, every value with its source and how certain it is.

What each rule is in the words of ICH E9(R1) follows from its values, by ``intercurrent.yaml``; so a
set of one's own is described as it is, not as the set it began from.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gadless.errors import InputError
from gadless.response.criteria import Origin
from gadless.trial.config.response import Endpoint

_HEADINGS = ("title", "citation")
_TABLE = ("censoring", "key", "value", "source", "certainty")


@dataclass(frozen=True)
class Intercurrent:
    """How one intercurrent event is handled, for one endpoint.

    Attributes
    ----------
    label : str
        The event, for readers.
    strategy : str
        ICH E9(R1): ``treatment policy``, ``hypothetical``, ``composite variable`` or ``while
        alive``; or ``missing data``, which by the addendum is no intercurrent event.
    handling : str
        What is done.
    """

    label: str
    strategy: str
    handling: str


class Censoring(BaseModel):
    """One set of censoring rules for progression: what ends follow-up, what gap, what counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Name in the configuration.")
    title: str = Field(description="Name for readers.")
    citation: str = Field(description="The guidance.")
    new_therapy: Literal["censor", "event", "ignore"] = Field(
        description="A new therapy before progression or death: censors at the last adequate"
        " assessment up to it, is an event itself, or ends nothing."
    )
    missed_visits: int | None = Field(
        ge=1,
        le=1000,
        description="Planned visits missed before an event, this many or more, that censor at the"
        " last adequate assessment; none: an event counts however long the gap.",
    )
    missed_before: tuple[Literal["progression", "death"], ...] = Field(
        description="Events that such a gap censors."
    )
    unseen_decline: Literal["ignore", "event"] = Field(
        description="Clinical decline without an evaluable image: no event, or progression."
    )
    no_baseline: Literal["censor", "death_counts"] = Field(
        description="Without a baseline: censored at the start, or death is still an event (PFS)."
    )
    origins: dict[str, Origin] = Field(
        default_factory=dict, description="Source and certainty of each value."
    )

    @model_validator(mode="after")
    def _a_gap_censors_something(self) -> "Censoring":
        if (self.missed_visits is None) != (not self.missed_before):
            raise ValueError(
                "missed_visits and missed_before belong together: give a number of visits and the"
                " events that they censor, or neither (null and [])"
            )
        return self

    def handled(self) -> dict[str, str]:
        """Way of handling each intercurrent event, as ``intercurrent.yaml`` names it."""
        return {
            "new_therapy": self.new_therapy,
            "death": "event",
            "missed_visits": "ignore" if self.missed_visits is None else "censor",
            "clinical_progression": self.unseen_decline,
            "no_baseline": self.no_baseline,
            "candidate_failed": "no_assessment",
        }

    def intercurrent(self, endpoint: str) -> dict[str, Intercurrent]:
        """Describe every intercurrent event of an endpoint in the words of ICH E9(R1).

        Parameters
        ----------
        endpoint : {"TTP", "PFS", "OS", "DOR"}

        Returns
        -------
        dict of str to Intercurrent
            ``new_therapy``, ``death``, ``missed_visits``, ``clinical_progression``,
            ``no_baseline``, ``candidate_failed``; of overall survival ``new_therapy`` alone.
        """
        events = ["new_therapy"] if endpoint == "OS" else list(self.handled())
        words = {
            "missed": "any number"
            if self.missed_visits is None
            else f"{self.missed_visits} or more",
            "events": " or ".join(self.missed_before) or "progression or death",
        }
        found = {}
        for event in events:
            entry = _strategies()[event]
            ways = entry[self.handled()[event]]
            said = ways.get(endpoint, ways.get("any"))
            label = entry["label"].format(**words)
            found[event] = Intercurrent(label, said["strategy"], said["handling"])
        return found

    def table(self) -> pd.DataFrame:
        """Every value with its source and certainty: ``censoring key value source certainty``."""
        rows = []
        for key, origin in self.origins.items():
            value = getattr(self, key)
            text = ", ".join(value) if isinstance(value, tuple) else value
            shown = "none" if text in (None, "") else str(text)
            rows.append((self.name, key, shown, origin.source, origin.certainty))
        return pd.DataFrame(rows, columns=list(_TABLE))


def known_censoring() -> list[str]:
    """Names of the censoring rules that come with Gadless."""
    folder = resources.files("gadless.response") / "censoring"
    return sorted(
        item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")
    )


def load_censoring(endpoint: Endpoint) -> Censoring:
    """Load the censoring rules that a configuration names.

    Parameters
    ----------
    endpoint : Endpoint
        ``censoring`` names rules that come with Gadless or a key of ``custom``: a user's own, with
        ``base`` and the values that differ from it.

    Raises
    ------
    InputError
        For an unknown name or ``base``, an unknown key or a value that cannot be, also in a set of
        ``custom`` that is not chosen; the message lists what is known.
    """
    return _chosen(endpoint.censoring, json.dumps(endpoint.custom, sort_keys=True, default=str))


@lru_cache(maxsize=8)
def _chosen(name: str, custom: str) -> Censoring:
    own: dict[str, Any] = json.loads(custom)
    known = known_censoring()
    if taken := sorted(set(own) & set(known)):
        raise InputError(f"endpoint.custom: {taken[0]} comes with Gadless; choose another name")
    made = {each: _checked(each, _customised(each, values)) for each, values in own.items()}
    if name in made:
        return made[name]
    if name not in known:
        raise InputError(
            f"endpoint.censoring: {name!r} is not known; known are {', '.join([*known, *own])}"
        )
    return _checked(name, _read(name))


@lru_cache(maxsize=1)
def _strategies() -> dict[str, Any]:
    file = resources.files("gadless.response") / "intercurrent.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def _read(name: str) -> dict[str, Any]:
    """Split a file into plain values and their origins."""
    file = resources.files("gadless.response") / "censoring" / f"{name}.yaml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    headings = {key: entries.pop(key) for key in _HEADINGS}
    values = {key: entry["value"] for key, entry in entries.items()}
    origins = {key: Origin(entry["certainty"], entry["source"]) for key, entry in entries.items()}
    return {"name": name, **headings, **values, "origins": origins}


def _customised(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    base = own.get("base")
    if base not in known_censoring():
        raise InputError(
            f"endpoint.custom.{name}: `base` must name one of {', '.join(known_censoring())};"
            f" given: {base!r}"
        )
    content = _read(str(base))
    changed = {key: value for key, value in own.items() if key != "base"}
    origins = content["origins"] | {
        key: Origin("user", "configuration") for key in changed if key not in _HEADINGS
    }
    title = changed.get("title", f"{name} ({content['title']}, changed)")
    return content | changed | {"name": name, "title": title, "origins": origins}


def _checked(name: str, content: Mapping[str, Any]) -> Censoring:
    try:
        return Censoring.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        given = f" (given: {fault['input']!r:.80})" if key else ""
        raise InputError(
            f"censoring {name}: {f'{key}: ' if key else ''}{fault['msg']}{given}"
        ) from None
