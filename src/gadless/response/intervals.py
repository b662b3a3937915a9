"""Progression as an interval: it happened between two visits, not on the second one."""

from typing import Any

import pandas as pd

from gadless.response.courses import GROUP, origins, plain, seen
from gadless.response.progression import NEW_THERAPY
from gadless.trial.config.response import Endpoint

COLUMNS = (
    "patient",
    "contrast",
    "criteria",
    "analysis_set",
    "candidate",
    "endpoint",
    "left",
    "right",
)


def progression_intervals(
    response: pd.DataFrame, endpoints: pd.DataFrame, patients: pd.DataFrame, endpoint: Endpoint
) -> pd.DataFrame:
    """Bracket each TTP and PFS by the last visit without the event and the first with it.

    Parameters
    ----------
    response : DataFrame
        As :func:`gadless.response.classify.classify` returns it.
    endpoints : DataFrame
        As :func:`gadless.response.endpoints.endpoints` returns it.
    patients : DataFrame
        ``patient`` and, where time counts from it, ``treatment_day``.
    endpoint : Endpoint
        Section `endpoint` of the configuration, for the origin.

    Returns
    -------
    DataFrame
        ``left`` and ``right`` in days from the origin, as R's ``Surv(left, right, type =
        "interval2")`` takes them: progression lies in (left, right]; a death or a new therapy
        that is an event is known to the day (left equals right); ``right`` is missing where
        censored.

    Notes
    -----
    ``left`` is the last day on which the patient was seen free of progression: an evaluable visit,
    the baseline included, that is not PD or whose PD was refuted. A progression that waits for
    confirmation and does not count, a contact without an image and the day of a death that TTP
    censors show nothing of the kind.
    """
    free = _days_free(response)
    starts = dict(zip(patients["patient"].astype(str), origins(patients, endpoint), strict=True))
    rows = []
    chosen = plain(endpoints[endpoints["endpoint"].isin(["TTP", "PFS"])])
    for row in chosen.itertuples(index=False):
        key = tuple(getattr(row, name) for name in GROUP)
        bounds = _bounds(row, free.get(key, []), starts[str(row.patient)] or 0)
        rows.append((*key, row.endpoint, *bounds))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"left": "Int64", "right": "Int64"})


def _days_free(response: pd.DataFrame) -> dict[tuple[Any, ...], list[int]]:
    """Days on which each patient was seen free of progression, by patient and analysis."""
    free = ~response["response"].isin(["NE", "PD"])
    if "baseline_visit" in response:
        free |= (response["visit"] == response["baseline_visit"]).fillna(False).astype(bool)
    if "confirmed" in response:
        refuted = (response["response"] == "PD") & (response["confirmed"] == "no").fillna(False)
        free |= refuted & seen(response)
    kept = plain(response.loc[free, [*GROUP, "day"]])
    found: dict[tuple[Any, ...], list[int]] = {}
    columns = (kept[name] for name in (*GROUP, "day"))
    for *key, day in zip(*columns, strict=True):
        found.setdefault(tuple(key), []).append(int(day))
    return found


def _bounds(row: Any, free: list[int], origin: int) -> tuple[int | None, int | None]:
    if pd.isna(row.days):
        return None, None
    event = row.event == 1
    if event and row.trigger in ("death", NEW_THERAPY):
        return row.days, row.days
    # Days of the tables count from randomisation, those of the endpoint from its origin.
    end = row.days + origin
    # The visit of an event shows progression, so it is not among those seen free.
    before = [day - origin for day in free if day <= end]
    return max([0, *before]), row.days if event else None
