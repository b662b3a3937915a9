"""Time to progression, progression-free and overall survival, each with its event or reason."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.courses import (
    UNCONFIRMED,
    Course,
    analysis_keys,
    grouped_courses,
    origins,
    summarise,
)
from gadless.response.tables import optional
from gadless.trial.config.response import Endpoint, Response

COLUMNS = (
    "patient",
    "contrast",
    "criteria",
    "analysis_set",
    "candidate",
    "endpoint",
    "days",
    "event",
    "description",
    "visit",
    "trigger",
)
ENDPOINTS = ("TTP", "PFS", "OS")


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
                courses.get((survivor.patient, *key), []), survivor.origin or 0, endpoint, settings
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
    return f"; {UNCONFIRMED}" if course.uncounted == UNCONFIRMED else ""


def _gap(course: Course, event: Outcome) -> int:
    """Days between an event and the last day before it that showed the tumour, or the start."""
    day = event.day or 0
    return day - max([course.start, *(seen for seen in course.shown if seen < day)])


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
