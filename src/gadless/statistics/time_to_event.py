"""One endpoint on one contrast as arrays over the cohort."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.tables import Cohort, numbers


@dataclass(frozen=True)
class TimeToEvent:
    """One endpoint on one contrast, aligned to the cohort.

    Attributes
    ----------
    days : array (patients,)
    event : array (patients,) of bool
    trigger : array (patients,) of str
        What made the event; empty without one.
    visit : array (patients,) of str
        Visit of the event; empty if it has none.
    assessed : array (patients,) of bool
        Who was judged at a visit after baseline at which an event would have counted.
    dated : array (patients,) of bool
        Who has a time; the others (survival not known, events before time counts) stand on day 0
        without event, and are compared with nothing.
    known : array (patients,)
        Last day on which it is known whether the event has happened; infinite as a rule.
    """

    days: Floats
    event: np.ndarray
    trigger: np.ndarray
    visit: np.ndarray
    assessed: np.ndarray
    dated: np.ndarray
    known: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame, cohort: Cohort, assessed: np.ndarray) -> Self:
        """Align the rows of one contrast, criteria set, analysis set and endpoint."""
        aligned = rows.set_index("patient").reindex(cohort.patients)
        if "visit" not in aligned:
            aligned["visit"] = pd.NA
        days = numbers(aligned["days"])
        text = aligned[["trigger", "visit"]].astype("string").fillna("")
        return cls(
            days=days.fillna(0).to_numpy(dtype=np.float64),
            event=numbers(aligned["event"]).fillna(0).to_numpy(dtype=np.float64) == 1,
            trigger=text["trigger"].to_numpy(dtype=str),
            visit=text["visit"].to_numpy(dtype=str),
            assessed=assessed,
            dated=days.notna().to_numpy(dtype=bool),
            known=np.full(len(assessed), np.inf),
        )

    @classmethod
    def nobody(cls, cohort: Cohort) -> Self:
        """Everyone censored on day 0, nobody assessed."""
        columns = ["patient", "days", "event", "trigger"]
        none = np.zeros(len(cohort.patients), dtype=bool)
        return cls.of(pd.DataFrame(columns=columns), cohort, none)

    def comparable(self, *others: Self) -> np.ndarray:
        """Who was assessed on any of several contrasts, and has a time on each; (patients,)."""
        every = (self, *others)
        assessed = np.any([each.assessed for each in every], axis=0)
        return np.asarray(assessed & np.all([each.dated for each in every], axis=0))

    def cut(self, days: Floats) -> Self:
        """End observation on the given days: later events have not happened, nor are they known."""
        event = self.event & (self.days <= days)
        none = np.zeros(len(days), dtype=str)
        return replace(
            self,
            days=np.minimum(self.days, days),
            event=event,
            trigger=np.where(event, self.trigger, none),
            visit=np.where(event, self.visit, none),
            known=np.where(event, self.known, np.minimum(self.known, days)),
        )

    def known_until(self, days: Floats) -> Self:
        """Say until when it is known whether those without event have had it."""
        return replace(self, known=np.where(self.event, self.known, np.minimum(self.known, days)))
