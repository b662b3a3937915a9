"""What names in a configuration stand for, as tables and plain values: criteria and censoring."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pydantic import BaseModel

from gadless.response.censoring import Censoring, known_censoring, load_censoring
from gadless.response.criteria import Criteria, load_criteria
from gadless.trial.config import Config

ENDPOINTS = ("TTP", "PFS", "OS")
_VALUES = ("title", "citation", "key", "meaning", "value", "source", "certainty")


def criteria_values(sets: Sequence[Criteria]) -> pd.DataFrame:
    """Every value of criteria sets, with what it means, its source and how certain it is.

    Returns
    -------
    DataFrame
        ``criteria``, ``title``, ``citation``, ``key``, ``meaning``, ``value``, ``source``,
        ``certainty``; sets in the order given, values in that of their files.
    """
    return pd.DataFrame([row for one in sets for row in _rows(one)], columns=["criteria", *_VALUES])


def censoring_values(rules: Censoring) -> pd.DataFrame:
    """Every value of censoring rules, as :func:`criteria_values`, under ``censoring``."""
    return pd.DataFrame(_rows(rules), columns=["censoring", *_VALUES])


def intercurrent_events(config: Config) -> pd.DataFrame:
    """How each intercurrent event is handled, by the rules in use and by the others that are known.

    Returns
    -------
    DataFrame
        ``censoring``, ``endpoint``, ``event``, ``label``, ``strategy``, ``handling``; the rules in
        use first.
    """
    others = [name for name in known_censoring() if name != config.endpoint.censoring]
    rows = []
    for name in (config.endpoint.censoring, *others):
        rules = load_censoring(config.endpoint.model_copy(update={"censoring": name}))
        for endpoint in ENDPOINTS:
            rows += [
                (name, endpoint, event, said.label, said.strategy, said.handling)
                for event, said in rules.intercurrent(endpoint).items()
            ]
    columns = ["censoring", "endpoint", "event", "label", "strategy", "handling"]
    return pd.DataFrame(rows, columns=columns)


def resolved(config: Config) -> dict[str, Any]:
    """Values of the criteria and of the censoring rules in use, without where they come from."""
    sets = load_criteria(config.response.criteria, config.response.custom)
    rules = load_censoring(config.endpoint)
    headings = {"origins", "title", "citation"}
    return {
        "criteria": {one.name: one.model_dump(mode="json", exclude=headings) for one in sets},
        "censoring": rules.model_dump(mode="json", exclude=headings),
    }


def _rows(one: Criteria | Censoring) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for key, origin in one.origins.items():
        meaning = type(one).model_fields[key].description or ""
        value = _text(getattr(one, key))
        heads = (one.name, one.title, one.citation, key, " ".join(meaning.split()))
        rows.append((*heads, value, origin.source, origin.certainty))
    return rows


def _text(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(_text(each) for each in value) or "none"
        case BaseModel():
            return ", ".join(f"{key} {_text(each)}" for key, each in value.model_dump().items())
        case _:
            return str(value)
