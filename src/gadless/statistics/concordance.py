"""Concordance of a risk score with survival, on many weightings of the same patients.

The definitions are those of R's ``survival::concordance`` (Therneau & Watson 2015): at each death the
dying row is compared with every other row at risk; deaths on one day are not comparable, a row censored
on that day outlives it; tied scores count one half.
"""

import numpy as np

from gadless.statistics.cox import CoxRows
from gadless.statistics.kaplan_meier import uncensored
from gadless.statistics.resampling import Floats


class Comparable:
    """The comparable pairs of a set of rows: fixed by times, whatever the score."""

    def __init__(self, rows: CoxRows) -> None:
        self.patient = rows.patient
        self.deaths = np.flatnonzero(rows.event)
        day = rows.stop[self.deaths, None]
        at_risk = (rows.start < day) & (rows.stop >= day)
        self.pairs = at_risk & ~((rows.stop == day) & rows.event)
        self._rows = rows

    def concordance(self, score: Floats, weights: Floats, *, inverse: bool = False) -> Floats:
        """Weighted share of comparable pairs in which the one at higher risk dies first.

        Parameters
        ----------
        score : array (samples, rows)
            Higher is a higher hazard; a row of NaN gives NaN.
        weights : array (samples, patients)
        inverse : bool
            Uno's: deaths weighted by the inverse squared probability of being uncensored, so that
            the figure does not depend on the censoring. Rows must start at 0.

        Returns
        -------
        array (samples,)
        """
        return np.array(
            [
                self._one(values, mass, inverse)
                for values, mass in zip(score, weights[:, self.patient], strict=True)
            ]
        )

    def _one(self, score: Floats, mass: Floats, inverse: bool) -> float:
        if not np.isfinite(score).all():
            return float("nan")
        dying = mass[self.deaths] > 0
        deaths = self.deaths[dying]
        present = np.flatnonzero(mass > 0)
        pairs = self.pairs[np.ix_(dying, present)]
        factor = mass[deaths]
        if inverse:
            rows = self._rows
            factor = factor / uncensored(rows.stop, rows.event, mass, rows.stop[deaths]) ** 2
        own, other, partner = score[deaths, None], score[present], mass[present]
        higher = ((own > other) & pairs) @ partner
        tied = ((own == other) & pairs) @ partner
        total = float(factor @ (pairs @ partner))
        return float(factor @ (higher + tied / 2)) / total if total > 0 else float("nan")
