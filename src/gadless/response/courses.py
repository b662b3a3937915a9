"""Each patient's course through an analysis, and which of its visits are progression."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gadless.response.tables import optional
from gadless.trial.config.response import Endpoint, Response

GROUP = ["patient", "contrast", "criteria", "analysis_set"]


def analysis_keys(response: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Contrast, criteria set and analysis set, each combination once, in order of appearance."""
    unique = response[["contrast", "criteria", "analysis_set"]].drop_duplicates()
    return list(unique.itertuples(index=False, name=None))


def grouped_courses(response: pd.DataFrame) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows of the response table by patient and analysis, in order of days."""
    names = ["visit", "day", "response", "confirmed", "rule", "value"]
    plain = response[names].astype(object).where(response[names].notna(), None)
    keys = zip(*(response[name] for name in GROUP), strict=True)
    courses: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, *cells in zip(keys, *(plain[name] for name in names), strict=True):
        courses.setdefault(key, []).append(dict(zip(names, cells, strict=True)))
    for course in courses.values():
        course.sort(key=lambda row: (row["day"], row["visit"]))
    return courses


def origins(patients: pd.DataFrame, endpoint: Endpoint) -> list[int | None]:
    """Study day from which each patient's endpoints count; None where it is not recorded."""
    if endpoint.origin == "randomisation":
        return [0] * len(patients)
    return optional(patients, "treatment_day", int)


def declined_unseen(row: Mapping[str, Any]) -> bool:
    """Whether a visit is progression by clinical decline alone, with no evaluable image."""
    return row["response"] == "PD" and row["value"] is None


def is_progression(row: Mapping[str, Any], settings: Response, endpoint: Endpoint) -> bool:
    """Whether a visit ends the time without progression.

    A refuted progression never does, a pending one as the configuration says, and clinical decline
    without an evaluable image does not in the FDA's tables.
    """
    if row["response"] != "PD" or (endpoint.censoring == "fda" and declined_unseen(row)):
        return False
    return row["confirmed"] in ("yes", "not_needed") or (
        row["confirmed"] == "pending" and settings.unconfirmed_last == "event"
    )
