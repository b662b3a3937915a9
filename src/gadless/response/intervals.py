"""Progression as an interval: it happened between two visits, not on the second one."""

from typing import Any

import pandas as pd

from gadless.response.best_response import GROUP
from gadless.response.rules import Rule

COLUMNS = ("patient", "contrast", "criteria", "analysis_set", "endpoint", "left", "right")


def progression_intervals(response: pd.DataFrame, endpoints: pd.DataFrame) -> pd.DataFrame:
    """Bracket each TTP and PFS by the last visit without the event and the first with it.

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    endpoints : DataFrame
        As :func:`gadless.response.endpoints.endpoints` returns it.

    Returns
    -------
    DataFrame
        ``left`` and ``right`` in days from the origin, as R's ``Surv(left, right, type =
        "interval2")`` takes them: progression lies in (left, right]; a death is known to the day
        (left equals right); ``right`` is missing where censored.
    """
    assessed = _assessed_days(response)
    rows = []
    for row in endpoints[endpoints["endpoint"].isin(["TTP", "PFS"])].itertuples(index=False):
        key = tuple(getattr(row, name) for name in GROUP)
        rows.append((*key, row.endpoint, *_bounds(row, assessed.get(key, {}))))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"left": "Int64", "right": "Int64"})


def _assessed_days(response: pd.DataFrame) -> dict[tuple[Any, ...], dict[str, int]]:
    """Day of each evaluable visit from baseline on, by patient and analysis."""
    seen = response["value"].notna() & (response["rule"] != Rule.BEFORE_BASELINE)
    # Decline without an image dates a progression as an image does.
    kept = response[seen | (response["response"] == "PD")]
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    columns = (kept[name] for name in (*GROUP, "visit", "day"))
    for *key, visit, day in zip(*columns, strict=True):
        found.setdefault(tuple(key), {})[visit] = int(day)
    return found


def _bounds(row: Any, assessed: dict[str, int]) -> tuple[int | None, int | None]:
    if pd.isna(row.days):
        return None, None
    if row.event == 0:
        return row.days, None
    if row.trigger == "death":
        return row.days, row.days
    day = assessed[row.visit]
    before = [each for each in assessed.values() if each < day]
    # Days of the tables count from randomisation, those of the endpoint from its origin.
    origin = day - row.days
    return max(max(before, default=origin) - origin, 0), row.days
