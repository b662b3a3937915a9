"""When visits were planned: how many of them lie between two days."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from gadless.errors import InputError
from gadless.response.records import optional
from gadless.trial.config.response import Endpoint

# Planned days nearer than this are no protocol's: days of attendance, or days that count from
# another day in each patient. No published value; no trial images the brain within a week.
_LEAST_GAP = 7


@dataclass(frozen=True)
class Schedule:
    """Planned visits as a count that grows with time.

    The count is 0 at the origin and one more on each planned day, and grows evenly in between. So
    the time between two days is told in planned intervals, also where these change on the way:
    with visits every 42 days to day 168 and every 84 after it, day 147 counts 3.5 and day 210
    counts 4.5.

    Attributes
    ----------
    days : tuple of int
        Days from the origin at which the interval changes, the first 0.
    counts : tuple of int
        Planned visits up to and including each of these days.
    intervals : tuple of int
        Days from one planned visit to the next after each of them.
    """

    days: tuple[int, ...]
    counts: tuple[int, ...]
    intervals: tuple[int, ...]

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Schedule":
        """Read the schedule of a configuration."""
        if endpoint.schedule is None:
            return cls((0,), (0,), (endpoint.visit_interval_days,))
        days, counts = [0], [0]
        for period in endpoint.schedule[:-1]:
            # The configuration holds whole intervals in every period but the last.
            end = period.until_day or 0
            counts.append(counts[-1] + (end - days[-1]) // period.interval_days)
            days.append(end)
        intervals = tuple(period.interval_days for period in endpoint.schedule)
        return cls(tuple(days), tuple(counts), intervals)

    @classmethod
    def through(cls, planned: Sequence[int]) -> "Schedule":
        """Make the schedule that has these planned days; after the last, its interval goes on."""
        days = (0, *sorted({day for day in planned if day > 0}))
        gaps = tuple(after - day for day, after in pairwise(days))
        return cls(days, tuple(range(len(days))), (*gaps, gaps[-1]))

    def count(self, day: int) -> Fraction:
        """Count planned visits up to a day from the origin, in shares between two of them."""
        at = max(bisect_right(self.days, day) - 1, 0)
        return self.counts[at] + Fraction(day - self.days[at], self.intervals[at])

    def interval(self, day: int) -> int:
        """Planned days from one visit to the next, on a day from the origin."""
        return self.intervals[max(bisect_right(self.days, day) - 1, 0)]


@dataclass(frozen=True)
class Planned:
    """The schedule of every patient, and the planned day of every visit that has one.

    Attributes
    ----------
    schedules : dict of str to Schedule
        By patient.
    days : dict of (str, str) to int
        (patient, visit) to its planned day, from the origin.
    window : Fraction
        How much later than planned a visit may be, in shares of an interval.
    """

    schedules: Mapping[str, Schedule]
    days: Mapping[tuple[str, str], int] = field(default_factory=dict)
    window: Fraction = Fraction(1, 2)

    def elapsed(
        self,
        patient: str,
        origin: int,
        before: tuple[int, str | None],
        after: tuple[int, str | None],
    ) -> Fraction:
        """Count planned intervals between two (study day, visit); a visit's planned day counts."""
        schedule = self.schedules[patient]
        first, last = (
            schedule.count(self.days.get((patient, visit or ""), day - origin))
            for day, visit in (before, after)
        )
        return last - first


def planned_visits(patients: pd.DataFrame, visits: pd.DataFrame, endpoint: Endpoint) -> Planned:
    """Gather when each patient's visits were planned.

    Parameters
    ----------
    patients, visits : DataFrame
        ``planned_day`` of the visits, where it exists, is the protocol's day of each visit, counted
        from the endpoints' origin; missing for a visit that was not planned.
    endpoint : Endpoint
        With ``schedule`` it is the schedule; otherwise the planned days found in a patient's arm
        are, and where there are none, ``visit_interval_days``.

    Raises
    ------
    InputError
        If planned days fall while days rise, or lie too near for a protocol's; the message names
        patient and visit.
    """
    names = patients["patient"].astype(str).to_list()
    window = Fraction(str(endpoint.visit_window))
    configured = Schedule.of(endpoint)
    days = _planned_days(visits)
    if not days or endpoint.schedule is not None:
        return Planned(dict.fromkeys(names, configured), days, window)
    arms = dict(zip(names, optional(patients, "arm", str), strict=True))
    by_arm: dict[str | None, dict[int, tuple[str, str]]] = {}
    for key, day in days.items():
        by_arm.setdefault(arms.get(key[0]), {}).setdefault(day, key)
    found = {arm: _through(own) for arm, own in by_arm.items()}
    return Planned({name: found.get(arms[name]) or configured for name in names}, days, window)


def _planned_days(visits: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Planned day of each visit that has one, in order of days within each patient."""
    rows = zip(
        visits["patient"].astype(str),
        optional(visits, "day", int),
        visits["visit"].astype(str),
        optional(visits, "planned_day", int),
        strict=True,
    )
    found: dict[tuple[str, str], int] = {}
    latest: dict[str, tuple[int, str]] = {}
    for patient, _, visit, planned in sorted(row for row in rows if row[3] is not None):
        before = latest.get(patient)
        if before is not None and planned < before[0]:
            raise InputError(
                f"visits: patient {patient}, visit {visit}: planned_day {planned}, but the earlier"
                f" visit {before[1]} was planned for day {before[0]}; correct one of them"
            )
        latest[patient] = (planned, visit)
        found[patient, visit] = planned
    return found


def _through(planned: Mapping[int, tuple[str, str]]) -> Schedule | None:
    """Make the schedule of one arm; none where it has no planned day after the origin."""
    days = sorted(day for day in planned if day > 0)
    for day, after in pairwise([0, *days]):
        if after - day < _LEAST_GAP:
            patient, visit = planned[after]
            raise InputError(
                f"visits: patient {patient}, visit {visit}: planned_day {after} lies"
                f" {after - day} days after the planned day {day} of the same arm; give the"
                " protocol's days, counted from the endpoint's origin, or `endpoint.schedule`"
            )
    return Schedule.through(days) if days else None
