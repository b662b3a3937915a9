"""Each patient's course through an analysis, and which of its visits are progression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.response.rules import Rule, is_outside_the_pair, trigger
from gadless.response.tables import optional
from gadless.trial.config.response import Endpoint, Response

ANALYSIS = ["contrast", "criteria", "analysis_set", "candidate"]
GROUP = ["patient", *ANALYSIS]
UNSEEN = "clinical decline without an evaluable image"
UNCONFIRMED = "progression not confirmed"


@dataclass(frozen=True, slots=True)
class Course:
    """What one patient's assessments say, reduced to what endpoints ask for.

    Attributes
    ----------
    has_baseline : bool
    start : int
        Day from which assessments can be missed: the baseline's, or the origin if that is later.
    why : str
        Why there is no baseline.
    assessed : list of (day, visit)
        Evaluable visits after baseline (adequate assessments).
    shown : list of int
        Days on which the contrast showed the tumour, those outside the pair included: a scan that
        failed on the other contrast only is not missed.
    progression : tuple of (day, visit, trigger, imaged) or None
        First progression that counts; `imaged` tells whether an evaluable image was there.
    uncounted : str
        What looked like progression and is no event by the rules; empty where nothing did.
    too_early : bool
        Whether a progression that counts lies before the origin.
    """

    has_baseline: bool
    start: int
    why: str
    assessed: list[tuple[int, str]]
    shown: list[int]
    progression: tuple[int, str, str, bool] | None
    uncounted: str
    too_early: bool = False


AnalysisKey = tuple[str, str, str, str | None]
"""Contrast, criteria set, analysis set, and the candidate of the pair (None in ``all``)."""


def analysis_keys(response: pd.DataFrame) -> list[AnalysisKey]:
    """Return each analysis once, in order of appearance."""
    unique = response[ANALYSIS].drop_duplicates()
    return list(plain(unique).itertuples(index=False, name=None))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as Python objects, None for missing: a key that is missing equals itself."""
    return frame.astype(object).where(frame.notna(), None)


def grouped_courses(response: pd.DataFrame) -> dict[tuple[str | None, ...], list[dict[str, Any]]]:
    """Rows of the response table by patient and analysis, in order of days."""
    names = ["visit", "day", "response", "confirmed", "rule", "value"]
    table = plain(response[[*GROUP, *names]])
    keys = zip(*(table[name] for name in GROUP), strict=True)
    courses: dict[tuple[str | None, ...], list[dict[str, Any]]] = {}
    for key, *cells in zip(keys, *(table[name] for name in names), strict=True):
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


def summarise(
    rows: Sequence[dict[str, Any]], origin: int, endpoint: Endpoint, settings: Response
) -> Course:
    """Reduce one patient's responses to what endpoints ask for."""
    if not rows:
        return Course(False, origin, "no visit", [], [], None, "")
    baseline = next((row for row in rows if row["rule"] == Rule.BASELINE), None)
    if baseline is None:
        return Course(False, origin, rows[0]["rule"].partition("; ")[2], [], [], None, "")
    later = [row for row in rows if row["day"] > baseline["day"] and row is not baseline]
    after = [row for row in later if row["day"] >= origin]
    assessed = [(row["day"], row["visit"]) for row in after if row["value"] is not None]
    shown = [r["day"] for r in after if r["value"] is not None or is_outside_the_pair(r["rule"])]
    progression, uncounted = None, ""
    for row in after:
        imaged = row["value"] is not None
        if is_progression(row, settings, endpoint):
            progression = (row["day"], row["visit"], trigger(row["rule"]), imaged)
            break
        if declined_unseen(row):
            uncounted = UNSEEN
        elif row["response"] == "PD" and row["confirmed"] == "pending":
            uncounted = UNCONFIRMED
        elif imaged and row["response"] != "PD":
            # A scan without progression later tells against both.
            uncounted = ""
    too_early = any(
        row["day"] < origin and is_progression(row, settings, endpoint) for row in later
    )
    start = max(origin, baseline["day"])
    return Course(True, start, "", assessed, shown, progression, uncounted, too_early)
