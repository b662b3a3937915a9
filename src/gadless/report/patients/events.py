"""What happened to a patient, by study day, as the charts mark it."""

from collections.abc import Iterator, Sequence

import pandas as pd

from gadless.report import words
from gadless.trial.config import Config

Event = tuple[float, str, int]
"""Study day, words, and the position of the contrast that it happened on; -1: on none."""

_DAYS = {"treatment_day": "treatment", "new_therapy_day": "new therapy"}


def events(
    config: Config,
    contrasts: Sequence[tuple[str, str]],
    sheet: pd.DataFrame,
    ends: pd.DataFrame,
    days: pd.Series,
) -> Iterator[Event]:
    """Yield treatment, new therapy, death, and the progression on each contrast.

    Parameters
    ----------
    config : Config
    contrasts : sequence of (str, str)
        Name and label, in the order of colours.
    sheet : DataFrame
        The patient's row of ``patients``.
    ends : DataFrame
        The patient's rows of ``endpoints`` under the primary criteria, each contrast on its own
        visits.
    days : Series
        Study days of the visits. A death further after the last than they reach is left out, so
        that the course can be read; it heads the page.
    """
    known = sheet.iloc[0].dropna() if len(sheet) else pd.Series(dtype=object)
    for name, label in _DAYS.items():
        if name in known:
            yield float(known[name]), label, -1
    if known.get("os_event") == 1 and "os_days" in known and len(days):
        day, last = float(known["os_days"]), float(days.max())
        if day <= last + max(last - float(days.min()), 1.0):
            yield day, "death", -1
    # Endpoints count from their origin, charts from randomisation.
    start = float(known.get("treatment_day", 0)) if config.endpoint.origin == "treatment" else 0.0
    names = [name for name, _ in contrasts]
    own = ends[(ends["endpoint"] == "TTP") & (ends["event"] == 1)]
    for row in own.to_dict("records"):
        if not words.missing(row["days"]):
            position = names.index(str(row["contrast"]))
            label = contrasts[position][1]
            yield float(row["days"]) + start, f"progression, {label}", position
