"""Criteria, censoring rules and settings: every value, with its source and certainty."""

from collections.abc import Iterator

import pandas as pd
from pydantic import BaseModel

from gadless.report import words
from gadless.report.certainty import summary
from gadless.report.configured import meaning, text_of
from gadless.report.grids import Grid
from gadless.report.plan.document import Block, Section
from gadless.report.plan.given import Given
from gadless.trial.config import Config

_LEVELS = (
    "Certainty: “verified” was read in the source's own text; “secondary” in a text that reports"
    " it; “unverified” is from memory, to be checked; “assumed” is a choice made here, because no"
    " source gives the value; “user” comes from this trial's configuration."
)


def sections(config: Config, given: Given) -> Iterator[Section]:
    """Yield the chapter on response criteria, a table a set, and the settings around them."""
    first, *others = config.response.criteria
    lead = (
        f"Response is classified at every visit under {first} (primary)"
        + (f" and, as sensitivity analyses, under {words.listing(others)}" if others else "")
        + ". The values below are applied as they stand. "
        + _LEVELS
    )
    yield Section("Response criteria", (lead, *summary(given.criteria)))
    for name in config.response.criteria:
        rows = given.criteria[given.criteria["criteria"] == name]
        role = ", primary" if name == first else ""
        yield Section(f"{name}{role}", tuple(_set(rows, "criteria")), level=3)
    settings = (
        _settings("response", config.response, without=("custom", "criteria")),
        _settings("response.baseline", config.response.baseline),
        _settings("measurement", config.measurement),
    )
    yield Section("Settings around the criteria", settings, level=3)
    rules = (
        *_set(given.censoring, "censoring"),
        _settings("endpoint", config.endpoint, without=("custom",)),
    )
    yield Section(f"Censoring rules: {config.endpoint.censoring}", rules, level=3)


def _set(rows: pd.DataFrame, column: str) -> Iterator[Block]:
    if rows.empty:
        return
    title, citation = rows.iloc[0]["title"], rows.iloc[0]["citation"]
    yield Grid(
        str(rows.iloc[0][column]),
        f"{title}. {citation}.",
        ("Key", "Value", "Meaning", "Certainty", "Source"),
        tuple(
            (str(row.key), str(row.value), str(row.meaning), str(row.certainty), str(row.source))
            for row in rows.itertuples()
        ),
        "configuration",
    )


def _settings(name: str, section: BaseModel, without: tuple[str, ...] = ()) -> Grid:
    """Lay out the plain keys of a section of the configuration with what each means."""
    rows = []
    for key in type(section).model_fields:
        value = getattr(section, key)
        if key not in without and not isinstance(value, BaseModel):
            rows.append((key, text_of(value), meaning(section, key)))
    return Grid(
        f"Settings: {name}",
        "As configured.",
        ("Key", "Value", "Meaning"),
        tuple(rows),
        "configuration",
    )
