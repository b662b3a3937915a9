"""Concordance of a risk score with survival, on many weightings of the same patients.

The definitions are those of R's ``survival::concordance`` (Therneau & Watson 2015): at each death
the dying row is compared with every other row at risk in its stratum; deaths on one day are not
comparable, a row censored on that day outlives it; tied scores count one half.
"""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows, places
from gadless.statistics.estimators.kaplan_meier import uncensored

SAMPLES = 100
"""Samples that are worked on at once: all of them would take ten arrays of the weights' size."""
BLOCK = 64
"""Rows that are compared one by one: the table of the others has a line a block."""


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
    """The comparable pairs of a set of rows: fixed by times, whatever the score.

    A death's partners are the rows that leave after it, less those that enter after it; strata lie
    one after the other in time, and rows of later ones, which are among both, cancel.
    """

    def __init__(self, rows: CoxRows) -> None:
        self.rows = rows
        self.deaths = np.flatnonzero(rows.event)
        start, stop = places(rows)
        at = stop[self.deaths]
        # The dying of a day leave before those who are censored on it, and all at once.
        self._leaving = _After.of(2 * stop + ~rows.event, 2 * at + 1)
        self._entering = _After.of(start, at)

    def concordance(self, score: Floats, weights: Floats, *, uno: bool = False) -> Index:
        """Concordance under each weighting.

        Parameters
        ----------
        score : array (samples, rows)
            Higher is a higher hazard; a row of NaN gives NaN.
        weights : array (samples, patients)
        uno : bool
            Also Uno's index; rows must start at 0.
        """
        parts = [
            self._of_samples(score[at : at + SAMPLES], weights[at : at + SAMPLES], uno=uno)
            for at in range(0, len(score), SAMPLES)
        ]
        return Index(*np.concatenate(parts, axis=1))

    def _of_samples(self, score: Floats, weights: Floats, *, uno: bool) -> Floats:
        """Both indices of some samples; (2, samples)."""
        mass = weights.take(self.rows.patient, axis=1)
        # Pairs in play: depends on the weights alone.
        totals = self._leaving.mass(mass) - self._entering.mass(mass)
        found = np.full((2, len(mass)), np.nan)
        ranks = dense_ranks(score)
        inverse = self._inverse(mass) if uno else mass[:, :0]
        # Sums of whole numbers are exact, and seven times as fast.
        counted = mass.astype(np.int32) if (mass % 1 == 0).all() else mass
        for at in np.flatnonzero(np.isfinite(score).all(axis=1)):
            twice = self._twice_concordant(ranks[at], counted[at])
            factor = mass[at, self.deaths]
            found[0, at] = _ratio(factor, twice, totals[at])
            if uno:
                found[1, at] = _ratio(factor * inverse[at], twice, totals[at])
        return found

    def _twice_concordant(self, rank: np.ndarray, mass: np.ndarray) -> Floats:
        """Mass of each death's concordant partners counted twice, and of tied ones once."""
        # Patients not drawn are left out: a third of all.
        dying = np.flatnonzero(mass[self.deaths] > 0)
        own = rank[self.deaths[dying]]
        twice = np.zeros(len(self.deaths))
        twice[dying] = self._leaving.twice_below(rank, mass, dying, own)
        twice[dying] -= self._entering.twice_below(rank, mass, dying, own)
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


@dataclass(frozen=True)
class _After:
    """Rows in the order of a time, and where those begin that come after each death.

    Attributes
    ----------
    order : array (rows,) of int
        Without those that come before every death.
    begin : array (deaths,) of int
        Place in `order`.
    """

    order: np.ndarray
    begin: np.ndarray

    @classmethod
    def of(cls, time: np.ndarray, at: np.ndarray) -> "_After":
        """Order rows by their time; those at or after a death's `at` come after it."""
        order = np.argsort(time, kind="stable")
        begin = np.searchsorted(time[order], at, side="left")
        first = int(begin.min(initial=len(order)))
        return cls(order[first:], begin - first)

    def mass(self, mass: Floats) -> Floats:
        """Mass of the rows after each death; (samples, deaths)."""
        sums = np.zeros((len(mass), len(self.order) + 1))
        np.cumsum(mass.take(self.order, axis=1), axis=1, out=sums[:, 1:])
        return np.asarray(sums[:, -1:] - sums.take(self.begin, axis=1))

    def twice_below(
        self, rank: np.ndarray, mass: np.ndarray, dying: np.ndarray, own: np.ndarray
    ) -> np.ndarray:
        """Mass after each death of lower rank counted twice, and of the same rank once.

        In the order of time, whole blocks of rows are looked up in a table of their mass by rank,
        summed over the blocks that follow; the rows of the block in which a death's rows begin are
        compared one by one. Comparing every pair would take the square of the patients.

        Parameters
        ----------
        rank : array (rows,) of int
        mass : array (rows,)
        dying : array (some,) of int
            Which deaths.
        own : array (some,) of int
            Their ranks.
        """
        drawn = mass[self.order] > 0
        rows = self.order[drawn]
        if not len(rows):
            return np.zeros(len(dying))
        begin = np.concatenate([[0], np.cumsum(drawn)])[self.begin[dying]]
        block, place = np.divmod(begin, BLOCK)
        blocks, ranks = len(rows) // BLOCK + 1, int(rank.max()) + 1
        values = np.zeros(blocks * BLOCK, dtype=rank.dtype)
        masses = np.zeros(blocks * BLOCK, dtype=mass.dtype)
        values[: len(rows)], masses[: len(rows)] = rank[rows], mass[rows]
        cells = np.repeat(np.arange(blocks) * ranks, BLOCK) + values
        table = np.zeros((blocks + 1, ranks + 1), dtype=mass.dtype)
        table[:-1, 1:] = np.bincount(cells, masses, blocks * ranks).reshape(blocks, ranks)
        # Four times as fast as a cumulative sum down the columns.
        for at in range(blocks - 1, 0, -1):
            table[at - 1] += table[at]
        below = np.cumsum(table, axis=1, dtype=mass.dtype)
        whole = below[block + 1, own] + below[block + 1, own + 1]
        near = values.reshape(blocks, BLOCK)[block]
        counted = (near < own[:, None]).view(np.int8) + (near <= own[:, None]).view(np.int8)
        counted *= np.arange(BLOCK) >= place[:, None]
        return whole + np.einsum("ij,ij->i", counted, masses.reshape(blocks, BLOCK)[block])


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
