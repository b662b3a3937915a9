"""Values of the configuration in words, and those behind each figure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel

from gadless.report.drawing import Drawing
from gadless.report.figures.registry import FIGURES
from gadless.report.results import Results
from gadless.trial.config import Config


@dataclass(frozen=True)
class Behind:
    """The values that a figure was made with.

    Attributes
    ----------
    name, title : str
        Of the figure.
    rows : list of (str, str, str)
        Key, value, and what it means.
    """

    name: str
    title: str
    rows: list[tuple[str, str, str]]


def behind(results: Results, drawings: Iterable[Drawing]) -> list[Behind]:
    """Return the values behind each figure that is drawn, in the words of the plan."""
    found = []
    for drawing in drawings:
        if drawing.absent is None:
            figure = FIGURES[drawing.name]
            rows = [value_of(results.config, key) for key in figure.behind]
            if figure.of_criteria:
                rows += _of_criteria(results.table("criteria"), results.primary)
            found.append(Behind(drawing.name, drawing.title, rows))
    return found


def _of_criteria(criteria: pd.DataFrame, primary: str) -> Iterator[tuple[str, str, str]]:
    own = criteria[criteria["criteria"] == primary]
    for key, value, source in zip(own["key"], own["value"], own["source"], strict=True):
        if key in ("measure", "growth", "partial", "least_size", "nothing_left"):
            yield f"{primary}: {key}", str(value), str(source)


def value_of(config: Config, path: str) -> tuple[str, str, str]:
    """Return a key of the configuration, its value, and what it means.

    Parameters
    ----------
    config : Config
    path : str
        As ``statistics.margins.hazard_ratio``.
    """
    section: Any = config
    *above, key = path.split(".")
    for name in above:
        section = getattr(section, name)
    return path, text_of(getattr(section, key)), meaning(section, key)


def meaning(section: BaseModel, key: str) -> str:
    """Return what a key of a section means."""
    return " ".join((type(section).model_fields[key].description or "").split())


def text_of(value: Any) -> str:
    """Write a value of the configuration as it is read."""
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(text_of(each) for each in value) or "none"
        case dict():
            return ", ".join(f"{key} {text_of(each)}" for key, each in value.items()) or "none"
        case BaseModel():
            shown = value.model_dump(exclude_none=True).items()
            return ", ".join(f"{key.replace('_', ' ')} {each}" for key, each in shown)
        case _:
            return str(value)
