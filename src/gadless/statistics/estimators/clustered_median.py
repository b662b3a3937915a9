"""A median of visits, with limits that know that a patient's visits go together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.clustered_share import ClusteredShare, clustered_share


@dataclass(frozen=True)
class ClusteredMedian:
    """Visits of patients, and the median of what was measured at them.

    A value is compared with the median by the share of visits on its either side, with the limits
    of :func:`clustered_share` (Woodruff, *J Am Stat Assoc* 1952;47:635; with one visit a patient it
    is the sign test). Nothing is assumed of the values, whose few largest ones decide nothing, and
    the share near one half is where limits of a share are at their best.

    Attributes
    ----------
    values : array (visits,)
    patient : array (visits,) of int
    level : float
        Of the two-sided interval.
    """

    values: Floats
    patient: np.ndarray
    level: float

    @property
    def estimate(self) -> float:
        """Median of the visits; NaN without one."""
        return float(np.median(self.values)) if len(self.values) else float("nan")

    def limits(self) -> tuple[float, float]:
        """Interval; NaN where even all visits say nothing (of four patients, at 90%)."""
        everything = self._share(np.ones(len(self.values), dtype=bool))
        if not everything.lower > 0.5:
            return float("nan"), float("nan")
        values = np.unique(self.values)
        lower = _first(len(values), lambda at: self._upto(values[at]).upper >= 0.5)
        upper = _first(len(values), lambda at: self._from(values[-1 - at]).upper >= 0.5)
        return float(values[lower]), float(values[-1 - upper])

    def above(self, limit: float) -> float:
        """P-value of the hypothesis that the median is `limit` or less."""
        return self._upto(limit).below(0.5)

    def below(self, limit: float) -> float:
        """P-value of the hypothesis that the median is `limit` or more."""
        return self._from(limit).below(0.5)

    def _upto(self, value: float) -> ClusteredShare:
        return self._share(self.values <= value)

    def _from(self, value: float) -> ClusteredShare:
        return self._share(self.values >= value)

    def _share(self, member: np.ndarray) -> ClusteredShare:
        _, patient = np.unique(self.patient, return_inverse=True)
        size = int(patient.max(initial=-1)) + 1
        hits = np.bincount(patient, member.astype(float), size).astype(float)
        totals = np.bincount(patient, minlength=size).astype(float)
        return clustered_share(hits, totals, self.level)


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """First of a count of places from which on something holds; it holds at the last."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
