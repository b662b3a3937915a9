"""Best response of each patient."""

from typing import Any

import pandas as pd

from gadless.response.rules import Rule
from gadless.response.tables import optional
from gadless.trial.config.response import Response

COLUMNS = ("patient", "contrast", "criteria", "analysis_set", "best_response", "confirmed")
GROUP = ["patient", "contrast", "criteria", "analysis_set"]


def counts_as_progression(response: str, confirmed: str | None, unconfirmed_last: str) -> bool:
    """Whether a visit is progression: refuted never, pending as the configuration says."""
    if response != "PD":
        return False
    return confirmed in ("yes", "not_needed") or (
        confirmed == "pending" and unconfirmed_last == "event"
    )


def best_response(
    response: pd.DataFrame, patients: pd.DataFrame, settings: Response | None = None
) -> pd.DataFrame:
    """Derive each patient's best response up to progression or a new therapy.

    CR and PR count once confirmed; unconfirmed they are SD, as SD is only from
    ``settings.stable_days`` after baseline on. Order: CR, PR, MR, SD, PD, NE (REFERENCE: the
    CDISC-style algorithm of admiralonco, adapted to RANO).

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    patients : DataFrame
        ``patient`` and, where it exists, ``new_therapy_day``.
    settings : Response, optional
        Section `response` of the configuration; without it, the defaults.

    Returns
    -------
    DataFrame
        As ``best_response.tsv``: every patient of the sheet on every contrast, criteria set and
        analysis set. ``confirmed`` is ``yes`` for a confirmed CR or PR, ``no`` where a CR or PR was
        seen and not confirmed (the best response is then a lesser one), else ``not_needed``.
    """
    new_therapy = dict(
        zip(
            patients["patient"].astype(str), optional(patients, "new_therapy_day", int), strict=True
        )
    )
    settings = settings or Response.model_validate({})
    courses = grouped_courses(response)
    keys = analysis_keys(response)
    rows = []
    for patient in new_therapy:
        for key in keys:
            course = courses.get((patient, *key), [])
            rows.append((patient, *key, *_best(course, new_therapy[patient], settings)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


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


def _best(
    course: list[dict[str, Any]], new_therapy: int | None, settings: Response
) -> tuple[str, str]:
    baseline = next((row["day"] for row in course if row["rule"] == Rule.BASELINE), None)
    found: set[str] = set()
    unconfirmed = False
    for row in course:
        if new_therapy is not None and row["day"] > new_therapy:
            break
        category, confirmed = row["response"], row["confirmed"]
        if counts_as_progression(category, confirmed, settings.unconfirmed_last):
            found.add("PD")
            break
        if category == "NE" or baseline is None:
            continue
        if category in ("CR", "PR") and confirmed not in ("yes", "not_needed"):
            unconfirmed = True
            category = "SD"
        if category in ("SD", "PD") and row["day"] - baseline < settings.stable_days:
            continue
        found.add("SD" if category == "PD" else category)
    best = next((each for each in ("CR", "PR", "MR", "SD", "PD") if each in found), "NE")
    if best in ("CR", "PR"):
        return best, "yes"
    return best, "no" if unconfirmed else "not_needed"
