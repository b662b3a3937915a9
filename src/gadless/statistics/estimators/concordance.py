"""Concordance of a risk score with survival, on many weightings of the same patients.

The definitions are those of R's ``survival::concordance`` (Therneau & Watson 2015): at each death
the dying row is compared with every other row at risk in its stratum; deaths on one day are not
comparable, a row censored on that day outlives it; tied scores count one half.
"""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.kaplan_meier import uncensored


@dataclass(frozen=True)
class Index:
    """Concordance of each sample's score.

    Attributes
    ----------
    harrell : array (samples,)
        Share of comparable pairs in which the one at higher risk dies first.
    uno : array (samples,)
        The same with deaths weighted by the inverse squared probability of being uncensored (Uno
        2011), so that it does not depend on the censoring; all NaN unless asked for.
    """

    harrell: Floats
    uno: Floats


class Comparable:
    """The comparable pairs of a set of rows: fixed by times, whatever the score."""

    def __init__(self, rows: CoxRows) -> None:
        self.rows = rows
        self.deaths = np.flatnonzero(rows.event)
        day = rows.stop[self.deaths, None]
        at_risk = (rows.start < day) & (rows.stop >= day)
        at_risk &= rows.stratum == rows.stratum[self.deaths, None]
        self.pairs = (at_risk & ~((rows.stop == day) & rows.event)).astype(np.int8)

    def concordance(self, score: Floats, weights: Floats, *, uno: bool = False) -> Index:
        """Concordance under each weighting.

        Parameters
        ----------
        score : array (samples, rows)
            Higher is a higher hazard; a row of NaN gives NaN.
        weights : array (samples, patients)
            Whole numbers: sums of pairs are then exact in single precision, which is twice as fast.
        uno : bool
            Also Uno's index; rows must start at 0.
        """
        mass = weights[:, self.rows.patient]
        # Pairs in play: depends on the weights alone, so one product serves all samples.
        single = mass.astype(np.float32)
        totals = (single @ self.pairs.astype(np.float32).T).astype(float)
        found = np.full((2, len(mass)), np.nan)
        ranks = dense_ranks(score)
        inverse = self._inverse(mass) if uno else mass[:, :0]
        for at in np.flatnonzero(np.isfinite(score).all(axis=1)):
            twice = self._twice_concordant(ranks[at], single[at])
            factor = mass[at, self.deaths]
            found[0, at] = _ratio(factor, twice, totals[at])
            if uno:
                found[1, at] = _ratio(factor * inverse[at], twice, totals[at])
        return Index(found[0], found[1])

    def _twice_concordant(self, rank: np.ndarray, mass: np.ndarray) -> Floats:
        """Mass of each death's concordant partners counted twice, and of tied ones once."""
        # Patients not drawn are left out: more than half of all pairs.
        dying = np.flatnonzero(mass[self.deaths] > 0)
        present = np.flatnonzero(mass > 0)
        own, other = rank[self.deaths[dying], None], rank[present]
        kept = self.pairs[dying][:, present]
        kept *= (own > other).view(np.int8) + (own >= other).view(np.int8)
        twice = np.zeros(len(self.deaths))
        twice[dying] = kept.astype(np.float32) @ mass[present]
        return twice

    def _inverse(self, mass: Floats) -> Floats:
        """Inverse squared probability, by stratum, that each death was not censored before."""
        rows = self.rows
        chance = np.zeros((len(mass), len(self.deaths)))
        for stratum in range(rows.strata):
            own = rows.stratum == stratum
            dying = own[self.deaths]
            at = rows.stop[self.deaths[dying]]
            chance[:, dying] = uncensored(rows.stop[own], rows.event[own], mass[:, own], at)
        return np.divide(1.0, chance**2, out=np.zeros_like(chance), where=chance > 0)


def dense_ranks(score: Floats) -> np.ndarray:
    """Rank each row's values, equal ones alike: small whole numbers compare faster than floats."""
    order = np.argsort(score, axis=1, kind="stable")
    ascending = np.take_along_axis(score, order, axis=1)
    climb = np.zeros(score.shape, dtype=np.int32)
    climb[:, 1:] = np.cumsum(ascending[:, 1:] > ascending[:, :-1], axis=1)
    ranks = np.empty_like(climb)
    np.put_along_axis(ranks, order, climb, axis=1)
    return ranks.astype(np.int16) if score.shape[1] < 2**15 else ranks


def _ratio(factor: Floats, twice: Floats, totals: Floats) -> float:
    total = float(factor @ totals)
    return float(factor @ twice) / (2 * total) if total > 0 else float("nan")
