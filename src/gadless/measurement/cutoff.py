"""The trial's tables as they would be had the data base been locked on a study day."""

from collections.abc import Mapping

import pandas as pd

from gadless.measurement.flow import FLOW, STOPPED

# Days of the patients sheet that are not known before they have come.
_EVENTS = ("treatment_day", "radiotherapy_end_day", "new_therapy_day")


def as_of(tables: Mapping[str, pd.DataFrame], day: int | None) -> dict[str, pd.DataFrame]:
    """Leave out what came after a study day.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The trial's tables by name; ``patients`` and ``visits`` are needed.
    day : int or None
        ``endpoint.data_cutoff_day``; None leaves all as it is.

    Returns
    -------
    dict of str to DataFrame
        Without the visits after `day`, in every table that has visits; a death after it has not
        happened, follow-up ends on it, and a treatment that begins after it has no day. Where there
        is a ``flow``, each visit left out stands there with the reason.

    Notes
    -----
    Responses and their confirmation are then judged by what was there, since nothing later reaches
    them.
    """
    if day is None:
        return dict(tables)
    visits = tables["visits"]
    late = visits[visits["day"] > day]
    unseen = set(zip(late["patient"].astype(str), late["visit"].astype(str), strict=True))
    found = {name: _without(table, unseen) for name, table in tables.items()}
    found["patients"] = _followed_to(tables["patients"], day)
    if "flow" in found:
        reason = f"after the data cut-off (day {day})"
        rows = [(*key, None, "listed", STOPPED, reason) for key in sorted(unseen)]
        left_out = pd.DataFrame(rows, columns=list(FLOW))
        if rows:
            found["flow"] = pd.concat([found["flow"], left_out], ignore_index=True)
    return found


def _without(table: pd.DataFrame, unseen: set[tuple[str, str]]) -> pd.DataFrame:
    if not {"patient", "visit"} <= set(table):
        return table
    keys = zip(table["patient"].astype(str), table["visit"].astype(str), strict=True)
    kept = pd.Series([key not in unseen for key in keys], index=table.index, dtype=bool)
    return table[kept].reset_index(drop=True)


def _followed_to(patients: pd.DataFrame, day: int) -> pd.DataFrame:
    found = patients.copy()
    for name in _EVENTS:
        if name in found:
            found[name] = found[name].mask((found[name] > day).fillna(False).astype(bool))
    if {"os_days", "os_event"} <= set(found):
        alive = (found["os_days"] > day).fillna(False).astype(bool)
        found["os_event"] = found["os_event"].mask(alive & found["os_event"].notna(), 0)
    for name in ("os_days", "last_contact_day"):
        if name in found:
            found[name] = found[name].clip(upper=day)
    return found
