"""The criteria in use as a table: every value with its source and how certain it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.completed import CompletedCriteria
from gadless.response.criteria import Certainty, Criteria, load_criteria
from gadless.trial.config.base import Section
from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response

COLUMNS = ("criteria", "key", "value", "source", "certainty")


def criteria_of(settings: Response, contrasts: Sequence[str]) -> list[Criteria]:
    """Load the criteria sets of a configuration, and hold them against the rest of it.

    Parameters
    ----------
    settings : Response
        Section `response` of the configuration.
    contrasts : sequence of str
        All contrasts of the trial.

    Raises
    ------
    InputError
        As :func:`gadless.response.criteria.load_criteria`; and for a repeatability of a contrast
        that the trial has not, that no criteria set takes in, or that one misses.
    """
    sets = load_criteria(settings.criteria, settings.custom)
    given = set(settings.repeatability)
    if unknown := sorted(given - set(contrasts)):
        raise InputError(
            f"response.repeatability: {unknown[0]!r} is no contrast of the trial;"
            f" it has {', '.join(contrasts)}"
        )
    taking = [each.name for each in sets if each.repeatability]
    if given and not taking:
        raise InputError(
            "response.repeatability is given and no criteria set in use takes it in; list a set of"
            " your own with `repeatability: true` in response.criteria, or take it away"
        )
    if taking and (missing := [name for name in contrasts if name not in given]):
        raise InputError(
            f"criteria {taking[0]} take the repeatability of each contrast in;"
            f" give that of {missing[0]} in response.repeatability"
        )
    return sets


def criteria_table(
    criteria: Sequence[Criteria], settings: Response, measurement: Measurement | None = None
) -> pd.DataFrame:
    """List every value of every criteria set, as the configuration completes it.

    Parameters
    ----------
    criteria : sequence of Criteria
    settings : Response
        Section `response` of the configuration.
    measurement : Measurement, optional
        Section `measurement`; without it, the defaults.

    Returns
    -------
    DataFrame
        As ``criteria.tsv``: ``criteria``, ``key``, ``value``, ``source`` and ``certainty``
        (``verified``, ``secondary``, ``unverified``, ``assumed``, or ``user`` for what the
        configuration says). An absent value is ``none``. Of a set whose categories are read, only
        the measure is listed: nothing else is used.
    """
    rows = [
        (each.name, *row)
        for each in criteria
        for row in _values(CompletedCriteria.of(each, settings, measurement))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _values(judge: CompletedCriteria) -> Iterator[tuple[str, str, str, str]]:
    criteria, settings = judge.criteria, judge.settings
    for key, origin in criteria.origins.items():
        value, source, certainty = getattr(criteria, key), origin.source, origin.certainty
        if key == "t2flair" and settings.t2flair is not None:
            value, source, certainty = settings.t2flair, "response.t2flair", "user"
        if key == "measure" or not criteria.as_read:
            yield key, text_of(value), source, certainty
    if criteria.as_read:
        return
    unit, volume = judge.measure.unit, criteria.measure == "volume"
    least = (settings, "smallest_volume_cm3") if volume else (judge.measurement, "measurable_mm")
    yield "least_size", f"{judge.least:g} {unit}", *_configured(*least)
    if volume:
        absent = (settings, "absent_volume_cm3")
        yield "nothing_left", f"{judge.absent:g} {unit}", *_configured(*absent)
    if criteria.repeatability:
        for contrast, variation in settings.repeatability.items():
            change = judge.on(contrast).repeat
            text = f"{variation:g}: least growth {change.growth}, shrinkage {change.shrinkage}"
            yield f"repeatability of {contrast}", text, "response.repeatability", "user"


def _configured(section: Section, key: str) -> tuple[str, Certainty]:
    """Source and certainty of a value of the configuration; its defaults are assumed."""
    source = f"{type(section).__name__.lower()}.{key}"
    return source, "user" if key in section.model_fields_set else "assumed"


def text_of(value: Any) -> str:
    """Write a value of a criteria set for a reader."""
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
