"""What names in a configuration stand for, as tables and plain values: criteria and censoring."""

from typing import Any

import pandas as pd
from pydantic import BaseModel

from gadless.response.censoring import Censoring, known_censoring, load_censoring
from gadless.response.criteria import Criteria, load_criteria
from gadless.response.criteria_table import criteria_table
from gadless.trial.config import Config

ENDPOINTS = ("TTP", "PFS", "OS")


def criteria_values(config: Config) -> pd.DataFrame:
    """Every value of the criteria in use, with what it means, its source and how certain it is.

    Returns
    -------
    DataFrame
        As ``criteria.tsv``, with ``title``, ``citation`` and ``meaning`` beside; sets in the order
        of the configuration, values in that of their files.
    """
    sets = load_criteria(config.response.criteria, config.response.custom)
    table = criteria_table(sets, config.response, config.measurement)
    by_name = {one.name: one for one in sets}
    return table.assign(
        title=[by_name[name].title for name in table["criteria"]],
        citation=[by_name[name].citation for name in table["criteria"]],
        meaning=[_meaning(Criteria, key) for key in table["key"]],
    )


def censoring_values(rules: Censoring) -> pd.DataFrame:
    """Every value of censoring rules, as `criteria_values`, under ``censoring``."""
    table = rules.table()
    meaning = [_meaning(Censoring, key) for key in table["key"]]
    return table.assign(title=rules.title, citation=rules.citation, meaning=meaning)


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


_CONFIGURED = {
    "least_size": "Least size that is measurable, and that growth from nothing must reach.",
    "nothing_left": "Size at or below which nothing is left (CR).",
}


def _meaning(kind: type[BaseModel], key: str) -> str:
    if key.startswith("repeatability of "):
        return "Coefficient of variation of repeated readings, and the least change that counts."
    field = kind.model_fields.get(key)
    return _CONFIGURED[key] if field is None else " ".join((field.description or "").split())
