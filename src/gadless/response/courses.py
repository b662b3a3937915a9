"""Each patient's course through an analysis, and which of its visits are progression."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from gadless.response.censoring import Censoring
from gadless.response.records import optional
from gadless.response.rules import Rule, is_outside_the_pair, trigger
from gadless.trial.config.response import Endpoint, Response

ANALYSIS = ["contrast", "criteria", "analysis_set", "candidate"]
GROUP = ["patient", *ANALYSIS]
UNSEEN = "clinical decline without an evaluable image"
UNCONFIRMED = "progression not confirmed"


class Progression(NamedTuple):
    """A progression that counts; `pending` where no later visit has settled it yet."""

    day: int
    visit: str
    trigger: str
    pending: bool


class Seen(NamedTuple):
    """A day, and the visit on it."""

    day: int
    visit: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """What one patient's assessments say, reduced to what endpoints ask for.

    Attributes
    ----------
    has_baseline : bool
    start : Seen
        From when assessments can be missed: the baseline, or the origin (no visit) if that is
        later.
    why : str
        Why there is no baseline.
    assessed : list of Seen
        Evaluable visits after baseline (adequate assessments).
    shown : list of Seen
        Visits at which the contrast showed the tumour, those outside the pair included: a scan that
        failed on the other contrast only is not missed.
    progression : Progression or None
        First progression that counts.
    uncounted : str
        What looked like progression and is no event by the rules; empty where nothing did.
    too_early : bool
        Whether a progression that counts lies before the origin.
    """

    has_baseline: bool
    start: Seen
    why: str
    assessed: list[Seen]
    shown: list[Seen]
    progression: Progression | None
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
    names = ["visit", "day", "response", "confirmed", "dated_visit", "rule", "value"]
    if "dated_visit" not in response:
        response = response.assign(dated_visit=None)
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


def is_seen(row: Mapping[str, Any]) -> bool:
    """Whether an evaluable image was there: measured, or read by someone."""
    return row["value"] is not None or row.get("rule") == Rule.AS_READ


def seen(response: pd.DataFrame) -> pd.Series:
    """Tell the same of each row of a response table; without a column for it, all are."""
    if "value" not in response:
        return pd.Series(True, index=response.index)
    read = response["rule"] == Rule.AS_READ if "rule" in response else False
    return response["value"].notna() | read


def declined_unseen(row: Mapping[str, Any]) -> bool:
    """Whether a visit is progression by clinical decline alone, with no evaluable image."""
    return row["response"] == "PD" and not is_seen(row)


def is_progression(row: Mapping[str, Any], settings: Response, censoring: Censoring) -> bool:
    """Whether a visit ends the time without progression.

    A refuted progression never does; a pending one, and clinical decline without an evaluable
    image, as the configuration and the censoring rules say.
    """
    if row["response"] != "PD":
        return False
    if declined_unseen(row) and censoring.unseen_decline == "ignore":
        return False
    return row["confirmed"] in ("yes", "not_needed") or (
        row["confirmed"] == "pending" and settings.unconfirmed_last == "event"
    )


def under_the_treatment(
    rows: Sequence[dict[str, Any]],
    new_therapy: int | None,
    settings: Response,
    censoring: Censoring,
) -> Iterator[dict[str, Any]]:
    """Visits of one patient up to a new therapy and to the first progression that counts, both in.

    A response that is first seen under a new therapy is the new therapy's, by all rules.
    """
    for row in rows:
        if new_therapy is not None and row["day"] > new_therapy:
            return
        yield row
        if is_progression(row, settings, censoring):
            return


def is_response(row: Mapping[str, Any]) -> bool:
    """Whether a visit is a CR or PR that is confirmed, or needs no confirmation."""
    return row["response"] in ("CR", "PR") and row["confirmed"] in ("yes", "not_needed")


def summarise(
    rows: Sequence[dict[str, Any]], origin: int, settings: Response, censoring: Censoring
) -> Course:
    """Reduce one patient's responses to what endpoints ask for."""
    nowhere = Seen(origin, None)
    if not rows:
        return Course(False, nowhere, "no visit", [], [], None, "")
    baseline = next((row for row in rows if row["rule"] == Rule.BASELINE), None)
    if baseline is None:
        return Course(False, nowhere, rows[0]["rule"].partition("; ")[2], [], [], None, "")
    later = [row for row in rows if row["day"] > baseline["day"] and row is not baseline]
    after = [row for row in later if row["day"] >= origin]
    assessed = [_seen(row) for row in after if is_seen(row)]
    shown = [_seen(row) for row in after if is_seen(row) or is_outside_the_pair(row["rule"])]
    days = {row["visit"]: row["day"] for row in rows}
    progression, uncounted = None, ""
    for row in after:
        pending = row["confirmed"] == "pending"
        if is_progression(row, settings, censoring):
            dated = row["dated_visit"] or row["visit"]
            progression = Progression(days[dated], dated, trigger(row["rule"]), pending)
            break
        if declined_unseen(row):
            uncounted = UNSEEN
        elif row["response"] == "PD" and pending:
            uncounted = UNCONFIRMED
        elif is_seen(row) and row["response"] != "PD":
            # A scan without progression later tells against both.
            uncounted = ""
    too_early = any(
        is_progression(row, settings, censoring)
        and days[row["dated_visit"] or row["visit"]] < origin
        for row in later
    )
    start = _seen(baseline) if baseline["day"] >= origin else nowhere
    return Course(True, start, "", assessed, shown, progression, uncounted, too_early)


def _seen(row: Mapping[str, Any]) -> Seen:
    return Seen(row["day"], row["visit"])
