"""Time to progression, progression-free and overall survival, each with its event or reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.courses import (
    analysis_keys,
    declined_unseen,
    grouped_courses,
    is_progression,
    origins,
)
from gadless.response.rules import Rule, trigger
from gadless.response.tables import optional
from gadless.trial.config.response import Endpoint, Response

COLUMNS = (
    "patient",
    "contrast",
    "criteria",
    "analysis_set",
    "endpoint",
    "days",
    "event",
    "description",
    "visit",
    "trigger",
)
ENDPOINTS = ("TTP", "PFS", "OS")
_UNSEEN = "clinical decline without an evaluable image"
_UNCONFIRMED = "progression not confirmed"


@dataclass(frozen=True, slots=True)
class Survivor:
    """What the patients sheet says about one patient's time; None where not recorded."""

    patient: str
    os_days: int | None
    os_event: bool | None
    new_therapy_day: int | None
    origin: int | None

    @property
    def death(self) -> int | None:
        """Day of death; None if alive or not known."""
        return self.os_days if self.os_event else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One endpoint of one patient, by study day."""

    day: int | None
    event: bool | None
    description: str
    visit: str | None = None
    trigger: str | None = None


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
    progression: tuple[int, str, str, bool] | None
    uncounted: str
    too_early: bool = False


def endpoints(
    response: pd.DataFrame,
    patients: pd.DataFrame,
    visits: pd.DataFrame,
    measurements: pd.DataFrame,
    endpoint: Endpoint,
    settings: Response,
) -> pd.DataFrame:
    """Derive TTP, PFS and OS of every patient on every contrast, criteria and analysis set.

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    patients : DataFrame
        ``patient``, ``os_days``, ``os_event``; ``new_therapy_day`` and ``treatment_day`` are used
        where they exist.
    visits, measurements : DataFrame
        The tables that the response was made from; each of their visits must be in it.
    endpoint : Endpoint
        Censoring rules and origin.
    settings : Response
        For progression that still waits for confirmation.

    Returns
    -------
    DataFrame
        As ``endpoints.tsv``. ``days`` counts from the origin; ``event`` is 1 or 0; both are missing
        where survival is not known or the event lies before the origin, which ``description``
        states. ``visit`` is the visit of the event, or the one censored at.

    Raises
    ------
    InputError
        If a visit has no response: the table is older than the sheets.

    Notes
    -----
    FDA 2007 guidance, appendix tables (PFS): progression or death after two missed visits, a new
    therapy, and no baseline censor at the last adequate assessment before. EMA: events count
    whenever they happen. TTP is PFS with deaths censored on their day: a cause-specific time.
    """
    _check_complete(response, visits, measurements)
    courses = grouped_courses(response)
    keys = analysis_keys(response)
    rows: list[tuple[Any, ...]] = []
    for survivor in _survivors(patients, endpoint):
        for key in keys:
            course = summarise(
                courses.get((survivor.patient, *key), []), survivor, endpoint, settings
            )
            outcomes = {
                "TTP": progression_time(course, survivor, endpoint, deaths=False),
                "PFS": progression_time(course, survivor, endpoint, deaths=True),
                "OS": _survival(survivor),
            } | _before_origin(course, survivor, endpoint)
            rows.extend(
                (survivor.patient, *key, name, *_cells(outcome, survivor))
                for name, outcome in outcomes.items()
            )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"days": "Int64", "event": "Int64"})


def _check_complete(
    response: pd.DataFrame, visits: pd.DataFrame, measurements: pd.DataFrame
) -> None:
    """Make sure that no visit of the sheets was lost on the way."""
    pairs = {
        name: set(zip(table["patient"].astype(str), table["visit"].astype(str), strict=True))
        for name, table in (("r", response), ("visits", visits), ("measurements", measurements))
    }
    judged = pairs.pop("r")
    for name, expected in pairs.items():
        if missing := sorted(expected - judged):
            patient, visit = missing[0]
            raise InputError(
                f"patient {patient}, visit {visit} is in {name} and has no response;"
                " classify the visits again"
            )


def _cells(outcome: Outcome, survivor: Survivor) -> tuple[Any, ...]:
    if survivor.origin is None:
        return None, None, "no treatment_day to count from", None, None
    days = None if outcome.day is None else max(outcome.day - survivor.origin, 0)
    event = None if outcome.event is None else int(outcome.event)
    return days, event, outcome.description, outcome.visit, outcome.trigger


def _before_origin(course: Course, survivor: Survivor, endpoint: Endpoint) -> dict[str, Outcome]:
    """State what happened before time began to count: it has no time, and is not dropped."""
    when = "treatment_day" if endpoint.origin == "treatment" else "randomisation"
    if survivor.death is not None and survivor.death < (survivor.origin or 0):
        return dict.fromkeys(ENDPOINTS, Outcome(None, None, f"death before {when}"))
    if course.too_early:
        return dict.fromkeys(("TTP", "PFS"), Outcome(None, None, f"progression before {when}"))
    return {}


def _survivors(patients: pd.DataFrame, endpoint: Endpoint) -> list[Survivor]:
    return [
        Survivor(*row)
        for row in zip(
            patients["patient"].astype(str),
            optional(patients, "os_days", int),
            optional(patients, "os_event", bool),
            optional(patients, "new_therapy_day", int),
            origins(patients, endpoint),
            strict=True,
        )
    ]


def summarise(
    rows: Sequence[dict[str, Any]], survivor: Survivor, endpoint: Endpoint, settings: Response
) -> Course:
    """Reduce one patient's responses to what endpoints ask for."""
    origin = survivor.origin or 0
    if not rows:
        return Course(False, origin, "no visit", [], None, "")
    baseline = next((row for row in rows if row["rule"] == Rule.BASELINE), None)
    if baseline is None:
        return Course(False, origin, rows[0]["rule"].partition("; ")[2], [], None, "")
    later = [row for row in rows if row["day"] > baseline["day"] and row is not baseline]
    after = [row for row in later if row["day"] >= origin]
    assessed = [(row["day"], row["visit"]) for row in after if row["value"] is not None]
    progression, uncounted = None, ""
    for row in after:
        imaged = row["value"] is not None
        if is_progression(row, settings, endpoint):
            progression = (row["day"], row["visit"], trigger(row["rule"]), imaged)
            break
        if declined_unseen(row):
            uncounted = _UNSEEN
        elif row["response"] == "PD" and row["confirmed"] == "pending":
            uncounted = _UNCONFIRMED
        elif imaged and row["response"] != "PD":
            # A scan without progression later tells against both.
            uncounted = ""
    too_early = any(
        row["day"] < origin and is_progression(row, settings, endpoint) for row in later
    )
    start = max(origin, baseline["day"])
    return Course(True, start, "", assessed, progression, uncounted, too_early)


def progression_time(
    course: Course, survivor: Survivor, endpoint: Endpoint, *, deaths: bool
) -> Outcome:
    """Time to progression (`deaths` false) or progression-free survival of one patient."""
    origin = survivor.origin or 0
    event = _first_event(course, survivor)
    fda = endpoint.censoring == "fda"
    if not course.has_baseline and (fda or event is None or not deaths):
        if not fda and event is not None:
            return Outcome(event.day, False, "censored: death without progression, no baseline")
        return Outcome(origin, False, f"censored at the start: no baseline ({course.why})")
    if fda:
        limit = survivor.new_therapy_day
        if limit is not None and (event is None or (event.day or 0) > limit):
            return _last_assessment(course, origin, limit, "new therapy")
        if event is not None and _gap(course, event) > 2.5 * endpoint.visit_interval_days:
            what = "death" if event.trigger == "death" else "progression"
            return _last_assessment(
                course, origin, (event.day or 0) - 1, f"{what} after two or more missed visits"
            )
    if event is None:
        return _last_assessment(course, origin, None, course.uncounted or "no progression")
    if event.trigger == "death" and not deaths:
        return Outcome(event.day, False, f"censored: death without progression{_waiting(course)}")
    return event


def _first_event(course: Course, survivor: Survivor) -> Outcome | None:
    """Progression or death, whichever comes first; progression on the day of death counts."""
    if course.progression is not None:
        day, visit, cause, _ = course.progression
        return Outcome(day, True, "progression", visit, cause)
    if survivor.death is not None:
        return Outcome(survivor.death, True, f"death{_waiting(course)}", None, "death")
    return None


def _waiting(course: Course) -> str:
    """Return what to add to a death that came before a progression was confirmed."""
    return f"; {_UNCONFIRMED}" if course.uncounted == _UNCONFIRMED else ""


def _gap(course: Course, event: Outcome) -> int:
    """Days between an event and the last adequate assessment, or the start, before it."""
    day = event.day or 0
    return day - max([course.start, *(seen for seen, _ in course.assessed if seen < day)])


def _last_assessment(course: Course, origin: int, limit: int | None, why: str) -> Outcome:
    """Censor at the last adequate assessment, up to and including the day `limit`."""
    inside = [each for each in course.assessed if limit is None or each[0] <= limit]
    if not inside:
        return Outcome(origin, False, f"censored at the start: {why}, no assessment before")
    day, visit = inside[-1]
    return Outcome(day, False, f"censored at the last assessment: {why}", visit)


def _survival(survivor: Survivor) -> Outcome:
    if survivor.os_days is None or survivor.os_event is None:
        return Outcome(None, None, "survival not known")
    if survivor.os_event:
        return Outcome(survivor.os_days, True, "death", None, "death")
    return Outcome(survivor.os_days, False, "censored: alive at last contact")
