"""A share of visits, with an interval that knows that a patient's visits go together."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, t

from gadless.statistics.estimators.bootstrap import Floats


@dataclass(frozen=True)
class ClusteredShare:
    """A share of visits and its interval.

    Attributes
    ----------
    estimate, lower, upper : float
        NaN without a visit.
    effective, effective_upper : float
        Independent visits that tell as much of the lower and of the upper limit as these do.
    """

    estimate: float
    lower: float
    upper: float
    effective: float
    effective_upper: float

    def above(self, limit: float) -> float:
        """P-value of the hypothesis that the share is `limit` or less."""
        return _below(limit, self.estimate, self.effective)

    def below(self, limit: float) -> float:
        """P-value of the hypothesis that the share is `limit` or more."""
        return _below(1 - limit, 1 - self.estimate, self.effective_upper)


def _below(limit: float, share: float, effective: float) -> float:
    """Chance of as large a share or a larger one if the truth is `limit`."""
    if np.isnan(share):
        return float("nan")
    return float(beta.cdf(limit, share * effective, (1 - share) * effective + 1)) if share else 1.0


def clustered_share(hits: Floats, totals: Floats, level: float) -> ClusteredShare:
    """Share of visits that are hits, the patients being independent and their visits not.

    Clopper-Pearson limits at the effective number of visits (Korn & Graubard, *Survey Methodology*
    1998;24:193), which is the number of visits over the design effect, with t quantiles for few
    patients. A design effect estimated from the few visits that missed is worth little, and where
    none missed there is none: the interval would have no width, or a worse candidate a better
    limit than a faultless one. So each limit's design effect is taken as if one patient more had
    been seen, as large as the one that a visit drawn at random belongs to, of whom every visit went
    the wrong way. Where all visits are hits the limit is then the exact one of that many
    *patients* (fewer, if some have more visits than others): 59 are the fewest whose one-sided 95%
    limit is over 0.95.

    Parameters
    ----------
    hits, totals : array (patients,)
        Visits that are hits, of how many; patients without a visit count for nothing.
    level : float
        Of the two-sided interval: each limit errs with probability (1 - level) / 2.
    """
    seen = np.asarray(totals, dtype=float) > 0
    hit, total = np.asarray(hits, dtype=float)[seen], np.asarray(totals, dtype=float)[seen]
    if not len(total):
        nan = float("nan")
        return ClusteredShare(nan, nan, nan, 0.0, 0.0)
    error, visits = (1 - level) / 2, total.sum()
    share = float(hit.sum() / visits)
    low = _effective(total - hit, total, error)
    high = _effective(hit, total, error)
    # A beta distribution with a parameter of 0 stands at its end.
    lower = beta.ppf(error, share * low, (1 - share) * low + 1) if share > 0 else 0.0
    upper = beta.ppf(1 - error, share * high + 1, (1 - share) * high) if share < 1 else 1.0
    return ClusteredShare(share, float(lower), float(upper), low, high)


def _effective(against: Floats, total: Floats, error: float) -> float:
    """Effective number of visits, one patient more having had all visits against the limit.

    Linearised variance of the ratio (Cochran, *Sampling Techniques* 1977, 2.11). No fewer than if
    each patient's visits all went one way (Kish 1965), nor more than there are.
    """
    patients, visits = len(total), total.sum()
    fewest = visits**2 / (total**2).sum()
    if patients == 1:
        return float(fewest)
    sizes = np.append(total, (total**2).sum() / visits)
    counts = np.append(against, sizes[-1])
    share = counts.sum() / sizes.sum()
    if share == 1:
        return float(fewest)
    away = counts - share * sizes
    variance = (away**2).sum() * len(sizes) / (len(sizes) - 1)
    design = variance / (share * (1 - share) * sizes.sum())
    few = (t.ppf(error, max(visits - 1, 1)) / t.ppf(error, patients - 1)) ** 2
    return float(np.clip(visits / design * few, fewest, visits))
