"""A figure of independent patients, each left out in turn, and limits that do not trust their luck.

Two contrasts that seldom differ give a difference to which a few patients contribute and most
nothing. In a small trial those few may by chance not be among the patients: then the difference is
near nothing, and so is its spread. Percentiles of resamples and t limits then both call a
difference at the margin inside it in 8 to 27% of trials of 24 to 80 patients instead of 5%
(docs/simulation.md). Two things mend that, both without resampling:

- the variance holds one patient more, who differs as much as a patient can: what this sample
  cannot exclude of the next patient. It is the pseudo-observation of the adjusted empirical
  likelihood (Chen, Variyath & Abraham, *J Comput Graph Stat* 2008;17:426) and of the bounds of a
  mean between known ends (Learned-Miller & Thomas 2019), and no interval is without width;
- limits are moved outwards for the skewness of the patients' contributions (Johnson, *J Am Stat
  Assoc* 1978;73:536), never inwards.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from gadless.statistics.estimators.bootstrap import Floats


def left_out(patients: int, more: int) -> Floats:
    """Weights of the sample, of the sample without each patient, and with each further one.

    Returns
    -------
    array (1 + patients + more, patients + more)
    """
    size = patients + more
    weights = np.zeros((1 + size, size))
    weights[:, :patients] = 1
    weights[np.arange(1, 1 + size), np.arange(size)] = np.repeat([0.0, 1.0], [patients, more])
    return weights


@dataclass(frozen=True)
class Jackknifed:
    """A figure, how far each patient moves it, and how far one patient more could.

    Attributes
    ----------
    value : float
    moves : array (patients,)
        The figure less what it is without the patient (a part of the whole, as dfbeta is); NaN
        where it cannot be estimated without him.
    down, up : float
        The furthest that one patient more could move it; at most and at least 0.
    """

    value: float
    moves: Floats
    down: float
    up: float

    @classmethod
    def of(cls, values: Floats, patients: int) -> "Jackknifed":
        """Read what an estimator gives under the weights of :func:`left_out`."""
        value = float(values[0])
        more = values[1 + patients :] - value
        down, up = float(np.min(more, initial=0)), float(np.max(more, initial=0))
        if not np.isfinite(more).all():
            down = up = float("nan")
        return cls(value, value - values[1 : 1 + patients], down, up)

    @property
    def variance(self) -> float:
        """Jackknife variance, of the patients alone."""
        away = self.moves - self.moves.mean()
        return float((len(away) - 1) / len(away) * (away**2).sum()) if len(away) else float("nan")

    @property
    def skewness(self) -> float:
        """Third moment of the moves over their second; 0 where nobody moves anything."""
        away = self.moves - self.moves.mean()
        spread = (away**2).sum()
        return float((away**3).sum() / spread) if spread > 0 else 0.0

    def limits(self, level: float) -> tuple[float, float]:
        """Two-sided interval, NaN where a patient cannot be left out."""
        if not self._known:
            return float("nan"), float("nan")
        quantile = float(t.ppf((1 + level) / 2, len(self.moves) - 1))
        return self.value - self._far(quantile, -1), self.value + self._far(quantile, 1)

    def below(self, limit: float) -> float:
        """P-value of the hypothesis that the figure is `limit` or more."""
        return self._tail(limit - self.value, 1)

    def above(self, limit: float) -> float:
        """P-value of the hypothesis that the figure is `limit` or less."""
        return self._tail(self.value - limit, -1)

    @property
    def _known(self) -> bool:
        figures = [self.value, self.down, self.up, *self.moves]
        return len(self.moves) > 1 and bool(np.isfinite(figures).all())

    def _parts(self, side: int) -> tuple[float, float]:
        """Skewness that moves a limit outwards, and the standard error, on one side."""
        skew = max(side * self.skewness, 0.0)
        return skew, float(np.hypot(np.sqrt(self.variance), self.up if side > 0 else self.down))

    def _far(self, quantile: float, side: int) -> float:
        skew, error = self._parts(side)
        return skew / 6 * (1 + 2 * quantile**2) + quantile * error

    def _tail(self, distance: float, side: int) -> float:
        """Return the level whose limit lies just so far from the value."""
        if not self._known:
            return float("nan")
        skew, error = self._parts(side)
        free = len(self.moves) - 1
        beyond = distance - skew / 6
        if error == 0:
            return 0.0 if beyond > 0 else 1.0
        if beyond <= 0 or skew == 0:
            return float(t.sf(beyond / error, free))
        # The positive root of skew / 3 q^2 + error q = beyond, without cancellation.
        root = 2 * beyond / (error + np.sqrt(error**2 + 4 / 3 * skew * beyond))
        return float(t.sf(root, free))
