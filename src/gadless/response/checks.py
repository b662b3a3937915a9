"""What a reader must know of the endpoints: how visits kept to the schedule, and what censored."""

from collections import Counter
from itertools import pairwise

import pandas as pd

from gadless.measurement.visit import NO_IMAGES
from gadless.response.censoring import load_censoring
from gadless.response.courses import ANALYSIS, origins, plain
from gadless.response.progression import MISSED, reason
from gadless.response.schedule import Planned, planned_visits
from gadless.trial.config.response import Endpoint

COLUMNS = (
    "check",
    *ANALYSIS,
    "endpoint",
    "period",
    "reason",
    "n",
    "of",
    "median_days",
    "median_intervals",
    "warning",
)
# A period is as many planned visits: long enough for a median, short enough to show a change.
_VISITS_A_PERIOD = 4
# Fewer gaps than this make no median to warn of.
_LEAST_GAPS = 5
# Less of the planned interval than this is no schedule: a week is 1/7, a month 1/30 of its days.
_DENSE = 0.2


def endpoint_checks(
    endpoints: pd.DataFrame,
    patients: pd.DataFrame,
    visits: pd.DataFrame,
    measurements: pd.DataFrame,
    endpoint: Endpoint,
) -> pd.DataFrame:
    """Compare the scans' days with the schedule, and count why times are censored.

    Parameters
    ----------
    endpoints : DataFrame
        As :func:`gadless.response.endpoints.endpoints` returns it.
    patients, visits, measurements : DataFrame
        The tables that it was made from.
    endpoint : Endpoint

    Returns
    -------
    DataFrame
        As ``endpoint_checks.tsv``. ``check`` is ``visit_gap``: time from one scan to the next by
        the planned visits after which it began (``period``), ``n`` gaps, their median in days and
        in planned intervals, up to a patient's first progression on any contrast; or ``outcome``:
        of how many patients (``of``) each time ends with an event or is censored, and why
        (``reason``, ``n``). ``warning`` where the median gap exceeds ``gap_warning`` planned
        intervals, is under a fifth of one (weeks or months for days), or the share of first
        progressions and deaths that missed visits censored ``missed_warning``.
    """
    planned = planned_visits(patients, visits, endpoint)
    gaps = _gaps(endpoints, patients, visits, measurements, endpoint, planned)
    rows = [*_gap_rows(gaps, endpoint), *_outcome_rows(endpoints, endpoint)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"n": "Int64", "of": "Int64"})


Gap = tuple[int, int, float]
"""Planned visits before it began, days, planned intervals."""


def _gaps(
    endpoints: pd.DataFrame,
    patients: pd.DataFrame,
    visits: pd.DataFrame,
    measurements: pd.DataFrame,
    endpoint: Endpoint,
    planned: Planned,
) -> list[Gap]:
    """Time from each scan to the next, from the origin to the first progression seen."""
    progressed = endpoints[(endpoints["endpoint"] == "TTP") & (endpoints["event"] == 1)]
    ends = progressed.groupby(progressed["patient"].astype(str))["days"].min().to_dict()
    attended = _attended(visits, measurements)
    found: list[Gap] = []
    for patient, origin in zip(
        patients["patient"].astype(str), origins(patients, endpoint), strict=True
    ):
        if origin is None:
            continue
        last = origin + ends[patient] if patient in ends else None
        own = [each for each in attended.get(patient, []) if last is None or each[0] <= last]
        before = [(origin, None)] if any(day <= origin for day, _ in own) else []
        later = [each for each in own if each[0] > origin]
        for start, end in pairwise([*before, *later]):
            elapsed = planned.elapsed(patient, origin, start, end)
            begun = planned.schedules[patient].count(start[0] - origin)
            found.append((int(begun), end[0] - start[0], float(elapsed)))
    return found


def _attended(
    visits: pd.DataFrame, measurements: pd.DataFrame
) -> dict[str, list[tuple[int, str | None]]]:
    """Day and visit of each scan that was attempted, by patient; one a day."""
    key = ["patient", "visit"]
    known = {"evaluable", "reason"} <= set(measurements)
    scanned = measurements
    if known:
        contact = (measurements["evaluable"] == 0) & (measurements["reason"] == NO_IMAGES)
        scanned = measurements[~contact.fillna(False).astype(bool)]
    seen = set(zip(*(scanned[name].astype(str) for name in key), strict=True))
    days: dict[str, dict[int, str | None]] = {}
    for patient, visit, day in zip(
        visits["patient"].astype(str), visits["visit"].astype(str), visits["day"], strict=True
    ):
        if (patient, visit) in seen:
            days.setdefault(patient, {}).setdefault(int(day), visit)
    return {patient: sorted(own.items()) for patient, own in days.items()}


def _gap_rows(gaps: list[Gap], endpoint: Endpoint) -> list[tuple[object, ...]]:
    by_period: dict[str, list[Gap]] = {"all": gaps} if gaps else {}
    for gap in sorted(gaps):
        first = gap[0] // _VISITS_A_PERIOD * _VISITS_A_PERIOD
        name = f"after planned visit {first} to {first + _VISITS_A_PERIOD - 1}"
        by_period.setdefault(name, []).append(gap)
    rows: list[tuple[object, ...]] = []
    for period, own in by_period.items():
        days = float(pd.Series([gap[1] for gap in own]).median())
        intervals = float(pd.Series([gap[2] for gap in own]).median())
        warning = None
        if len(own) >= _LEAST_GAPS and intervals > endpoint.gap_warning:
            where = "" if period == "all" else f" {period}"
            warning = (
                f"scans{where} lie {days:g} days apart (median), {intervals:.2g} planned intervals:"
                " give the trial's `endpoint.schedule`, or visits count as missed that were not"
                " planned"
            )
        elif len(own) >= _LEAST_GAPS and period == "all" and intervals < _DENSE:
            warning = (
                f"scans lie {days:g} days apart (median), {intervals:.2g} planned intervals: are"
                " the visits' days given in weeks or months?"
            )
        empty = (None,) * (len(ANALYSIS) + 1)
        rows.append(("visit_gap", *empty, period, None, len(own), None, days, intervals, warning))
    return rows


def _outcome_rows(endpoints: pd.DataFrame, endpoint: Endpoint) -> list[tuple[object, ...]]:
    missed = load_censoring(endpoint).missed_visits
    rows: list[tuple[object, ...]] = []
    # Survival depends on no visit.
    chosen = endpoints[endpoints["endpoint"] != "OS"]
    table = plain(chosen[[*ANALYSIS, "endpoint", "event", "description"]])
    counted: dict[tuple[object, ...], Counter[str]] = {}
    for *names, event, description in table.itertuples(index=False, name=None):
        counted.setdefault(tuple(names), Counter())[reason(event, description)] += 1
    for key, reasons in counted.items():
        of = reasons.total()
        lost = reasons[MISSED] / max(reasons[MISSED] + reasons["event"], 1)
        for name, n in sorted(reasons.items()):
            warning = None
            if name == MISSED and key[-1] == "PFS" and lost > endpoint.missed_warning:
                warning = (
                    f"{n} of {n + reasons['event']} first progressions and deaths are censored"
                    f" after {missed} or more missed visits"
                )
            rows.append(("outcome", *key, None, name, n, of, None, None, warning))
    return rows
