"""Differences of survival figures between two contrasts of the same patients, for equivalence.

The further patient of :mod:`jackknife` has the event on the earliest day that anybody has it on one
contrast, and is followed without it to the last day on the other: nobody can differ more.
"""

from dataclasses import fields

import numpy as np

from gadless.statistics.estimators import cox
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.jackknife import Jackknifed, left_out
from gadless.statistics.estimators.kaplan_meier import kaplan_meier

OWN = ("start", "stop", "event", "patient")
SHARED = [each.name for each in fields(CoxRows) if each.init and each.name not in OWN]
"""What rows of a model may have in common with others: covariates, strata."""


def restricted_mean_difference(days: Floats, event: np.ndarray, horizon: float) -> Jackknifed:
    """Restricted mean on the second contrast less that on the first, to a horizon in days.

    Parameters
    ----------
    days : array (2, patients)
    event : array (2, patients) of bool
    """
    patients = days.shape[1]
    begin, end = _extremes(days, event)
    weights = left_out(patients, 2)
    first, second = (
        kaplan_meier(np.append(own, [more, less]), np.append(had, [*happens]), weights)
        for own, had, more, less, happens in (
            (days[0], event[0], begin, end, (True, False)),
            (days[1], event[1], end, begin, (False, True)),
        )
    )
    values = second.restricted_mean(horizon) - first.restricted_mean(horizon)
    return Jackknifed.of(values, patients)


def hazard_ratio_ratio(first: CoxRows, second: CoxRows, column: int) -> Jackknifed:
    """Log of one covariate's hazard ratio on the second contrast over that on the first.

    Parameters
    ----------
    first, second : CoxRows
        One row a patient. A further patient may have any covariates that one of them has.
    column : int
        Of the covariates.
    """
    members = np.union1d(first.patient, second.patient)
    days, event = (
        np.concatenate([getattr(first, x), getattr(second, x)]) for x in ("stop", "event")
    )
    begin, end = _extremes(days, event)
    _, kinds = np.unique(
        np.column_stack([getattr(first, name) for name in SHARED]), axis=0, return_index=True
    )
    more = first.patient[kinds]
    weights = left_out(len(members), 2 * len(more))
    days, happens = np.repeat([begin, end], len(more)), np.repeat([True, False], len(more))
    shared = {name: np.tile(getattr(first, name)[kinds].T, 2).T for name in SHARED}
    logs = [
        cox.fit(_with(rows, members, day, had, shared), weights).coefficients[:, column]
        for rows, day, had in ((first, days[::-1], happens[::-1]), (second, days, happens))
    ]
    return Jackknifed.of(logs[1] - logs[0], len(members))


def _extremes(days: Floats, event: np.ndarray) -> tuple[float, float]:
    """Earliest day of an event on either contrast, and the last day of anybody."""
    end = float(days.max(initial=0))
    return float(days[event].min(initial=end)), end


def _with(
    rows: CoxRows, members: Floats, days: Floats, event: np.ndarray, shared: dict[str, np.ndarray]
) -> CoxRows:
    """Rows with further patients, all numbered by their place among the members."""
    own = {
        "start": np.full(len(days), rows.start.min(initial=0)),
        "stop": days,
        "event": event,
        "patient": len(members) + np.arange(len(days)),
    }
    before = {name: getattr(rows, name) for name in own | shared}
    before["patient"] = np.searchsorted(members, rows.patient)
    return CoxRows(
        **{name: np.concatenate([before[name], one]) for name, one in (own | shared).items()}
    )
