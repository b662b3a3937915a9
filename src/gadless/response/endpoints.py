"""Time to progression, progression-free and overall survival, duration of response.

Each with its event, or the reason why there is none.
"""

from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.censoring import load_censoring
from gadless.response.courses import (
    Course,
    Seen,
    analysis_keys,
    grouped_courses,
    is_response,
    origins,
    summarise,
    under_the_treatment,
)
from gadless.response.progression import (
    Outcome,
    Rules,
    Survivor,
    progression_time,
)
from gadless.response.records import optional
from gadless.response.schedule import planned_visits
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
ENDPOINTS = ("TTP", "PFS", "OS", "DOR")


def endpoints(
    response: pd.DataFrame,
    patients: pd.DataFrame,
    visits: pd.DataFrame,
    measurements: pd.DataFrame,
    endpoint: Endpoint,
    settings: Response,
) -> pd.DataFrame:
    """Derive TTP, PFS, OS and DOR of every patient in every analysis.

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    patients : DataFrame
        ``patient``, ``os_days``, ``os_event``; ``new_therapy_day`` and ``treatment_day`` are used
        where they exist.
    visits, measurements : DataFrame
        The tables that the response was made from; each of their visits must be in it.
        ``planned_day`` of the visits is used where it exists.
    endpoint : Endpoint
        Censoring rules, schedule and origin.
    settings : Response
        For progression that still waits for confirmation.

    Returns
    -------
    DataFrame
        As ``endpoints.tsv``. ``days`` counts from the origin, of DOR from the first confirmed CR
        or PR; ``event`` is 1 or 0; both are missing where survival is not known, the event lies
        before the origin, or nothing was responded to, which ``description`` states. ``visit`` is
        the visit of the event, or the one censored at.

    Raises
    ------
    InputError
        If a visit has no response: the table is older than the sheets.

    Notes
    -----
    What censors is data (:mod:`gadless.response.censoring`). TTP is PFS with deaths censored on
    their day: a cause-specific time. DOR ends where PFS does, by the same rules.
    """
    _check_complete(response, visits, measurements)
    rules = Rules(load_censoring(endpoint), planned_visits(patients, visits, endpoint))
    courses = grouped_courses(response)
    keys = analysis_keys(response)
    rows: list[tuple[Any, ...]] = []
    for survivor in _survivors(patients, endpoint):
        for key in keys:
            seen = courses.get((survivor.patient, *key), [])
            outcomes, response_day = _outcomes(seen, survivor, rules, endpoint, settings)
            rows.extend(
                (survivor.patient, *key, name, *_cells(outcome, survivor, start))
                for name, outcome in outcomes.items()
                for start in [response_day if name == "DOR" else survivor.origin]
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


def _outcomes(
    seen: list[dict[str, Any]],
    survivor: Survivor,
    rules: Rules,
    endpoint: Endpoint,
    settings: Response,
) -> tuple[dict[str, Outcome], int | None]:
    """Every endpoint of one patient in one analysis, and the day of the response, if any."""
    course = summarise(seen, survivor.origin or 0, settings, rules.censoring)
    outcomes = {
        "TTP": progression_time(course, survivor, rules, deaths=False),
        "PFS": progression_time(course, survivor, rules, deaths=True),
        "OS": _survival(survivor, endpoint.data_cutoff_day),
    } | _before_origin(course, survivor, endpoint)
    response = _first_response(seen, survivor, rules, settings)
    none = Outcome(None, None, "no confirmed response")
    outcomes["DOR"] = none if response is None else outcomes["PFS"]
    return outcomes, None if response is None else response.day


def _first_response(
    seen: list[dict[str, Any]], survivor: Survivor, rules: Rules, settings: Response
) -> Seen | None:
    """First visit of a CR or PR that makes the best response one."""
    rows = under_the_treatment(seen, survivor.new_therapy_day, settings, rules.censoring)
    return next((Seen(row["day"], row["visit"]) for row in rows if is_response(row)), None)


def _cells(outcome: Outcome, survivor: Survivor, start: int | None) -> tuple[Any, ...]:
    """Cells of one endpoint, its days counted from `start`."""
    if survivor.origin is None:
        return None, None, "no treatment_day to count from", None, None
    days = None
    if outcome.day is not None and start is not None:
        days = max(outcome.day - start, 0)
    event = None if outcome.event is None else int(outcome.event)
    return days, event, outcome.description, outcome.visit, outcome.trigger


def _before_origin(course: Course, survivor: Survivor, endpoint: Endpoint) -> dict[str, Outcome]:
    """State what happened before time began to count: it has no time, and is not dropped."""
    when = "treatment_day" if endpoint.origin == "treatment" else "randomisation"
    if survivor.death is not None and survivor.death < (survivor.origin or 0):
        return dict.fromkeys(("TTP", "PFS", "OS"), Outcome(None, None, f"death before {when}"))
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


def _survival(survivor: Survivor, cutoff: int | None) -> Outcome:
    if survivor.os_days is None or survivor.os_event is None:
        return Outcome(None, None, "survival not known")
    if survivor.os_event:
        return Outcome(survivor.os_days, True, "death", None, "death")
    locked = cutoff is not None and survivor.os_days >= cutoff
    when = "the data cut-off" if locked else "last contact"
    return Outcome(survivor.os_days, False, f"censored: alive at {when}")
