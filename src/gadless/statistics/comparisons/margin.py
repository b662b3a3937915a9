"""One comparison with its margin: what is known of a figure, and whether that is inside.

Two one-sided tests at level alpha: equivalent if the 1 - 2 alpha interval lies inside the margin
(Schuirmann 1987). Judged on one side only, it is one of the two tests: non-inferiority.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binom, binomtest

from gadless.statistics.estimators.clustered_median import ClusteredMedian
from gadless.statistics.estimators.jackknife import Jackknifed
from gadless.statistics.rows import Warnings, joined
from gadless.vocabulary.equivalence import DISCORDANCE
from gadless.vocabulary.names import EVERYONE, INSIDE, NOT_APPLICABLE, OUTSIDE, UNDECIDED

WIDTHLESS = (
    "more than half of the visits have exactly this value: an interval without width is no"
    " certainty, and decides nothing"
)
FEW = "fewer than {least} patients"
LEAST_PATIENTS = 10
Side = Literal["both", "lower", "upper"]


@dataclass(frozen=True)
class Margin:
    """One co-primary comparison with its margin.

    Attributes
    ----------
    term, stratum : str
    estimate, lower, upper, p : float
        90% interval (at alpha 0.05), and the larger of the one-sided p-values.
    margin : float
        On the config's scale.
    low, high : float
        Limits on the scale of the estimate; infinite where one side has none.
    needed : float
        Smallest margin, on the config's scale, that holds the interval.
    excluded : float
        Margins below it leave the interval wholly outside; NaN where none does.
    method : str
    applies : bool
        Whether the trial has what is compared; what does not apply takes no part in the verdict.
    """

    term: str
    stratum: str
    estimate: float
    lower: float
    upper: float
    p: float
    margin: float
    low: float
    high: float
    needed: float
    excluded: float
    n: int
    warning: Warnings
    method: str = ""
    applies: bool = True

    @property
    def outcome(self) -> str:
        """Inside, outside, undecided or not applicable; no interval without width decides."""
        if not self.applies:
            return NOT_APPLICABLE
        if not self.lower < self.upper:
            return UNDECIDED
        if self.low < self.lower and self.upper < self.high:
            return INSIDE
        return OUTSIDE if self.lower > self.high or self.upper < self.low else UNDECIDED


@dataclass(frozen=True)
class Evidence:
    """What a trial says of a figure.

    Attributes
    ----------
    estimate, lower, upper : float
    above, below : callable
        P-values of the hypotheses that the figure is at most, and at least, a limit.
    n : int
    method : str
    warning : tuple of str
    """

    estimate: float
    lower: float
    upper: float
    above: Callable[[float], float]
    below: Callable[[float], float]
    n: int
    method: str
    warning: Warnings = ()

    @classmethod
    def none(
        cls, n: int, method: str, warning: str | Warnings, estimate: float = float("nan")
    ) -> "Evidence":
        """Return that nothing can be said, and why."""
        return cls(estimate, *NOTHING, _unknown, _unknown, n, method, joined(warning))

    @classmethod
    def jackknifed(
        cls, found: Jackknifed, level: float, method: str, warning: Warnings, *, ratio: bool = False
    ) -> "Evidence":
        """Take a difference of independent patients, or of the logarithm of a ratio."""
        lower, upper = found.limits(level)
        n, above, below = len(found.moves), found.above, found.below
        estimate = found.value
        if ratio:
            estimate, lower, upper = (float(np.exp(each)) for each in (estimate, lower, upper))

            def above(limit: float) -> float:
                return found.above(float(np.log(limit)))

            def below(limit: float) -> float:
                return found.below(float(np.log(limit)))

        if n < LEAST_PATIENTS:
            few = FEW.format(least=LEAST_PATIENTS)
            return cls.none(n, method, joined(warning, few), estimate)
        if not np.isfinite(found.value):
            return cls.none(n, method, joined(warning, "no estimate"))
        if not np.isfinite(lower):
            alone = "one patient decides whether it can be estimated"
            return cls.none(n, method, joined(warning, alone), estimate)
        return cls(estimate, lower, upper, above, below, n, method, warning)

    @classmethod
    def median(cls, found: ClusteredMedian, method: str) -> "Evidence":
        """Take a median of visits."""
        patients, n = len(np.unique(found.patient)), len(found.values)
        if not n:
            return cls.none(n, method, "no visit")
        lower, upper = found.limits()
        if patients < LEAST_PATIENTS or not np.isfinite(lower):
            return cls.none(n, method, FEW.format(least=LEAST_PATIENTS), found.estimate)
        said = (WIDTHLESS,) if lower == upper else ()
        return cls(found.estimate, lower, upper, found.above, found.below, n, method, said)


NOTHING = float("nan"), float("nan")


def _unknown(_: float) -> float:
    return float("nan")


def compare(
    term: str,
    found: Evidence,
    margin: float,
    *,
    ratio: bool = False,
    side: Side = "both",
    stratum: str = "all",
) -> Margin:
    """Compare with limits either way, -margin to margin or 1/margin to margin, or with one.

    Parameters
    ----------
    side : str
        `upper`: only a figure that is too large matters; `lower`: only one that is too small.
    """
    low, high = (1 / margin, margin) if ratio else (-margin, margin)
    p, needed, excluded = [], [], []
    if side != "upper":
        p.append(found.above(low))
        needed.append(1 / found.lower if ratio else -found.lower)
        excluded.append(1 / found.upper if ratio else -found.upper)
    if side != "lower":
        p.append(found.below(high))
        needed.append(found.upper)
        excluded.append(found.lower)
    beyond = max(excluded)
    return Margin(
        term=term,
        stratum=stratum,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=max(p),
        margin=margin,
        low=-np.inf if side == "upper" else low,
        high=np.inf if side == "lower" else high,
        needed=max(needed),
        excluded=beyond if beyond > (1 if ratio else 0) else float("nan"),
        n=found.n,
        warning=found.warning,
        method=found.method + ("" if side == "both" else f"; non-inferiority, {side} limit only"),
    )


def not_applicable(term: str, margin: float, why: str) -> Margin:
    """Say that a trial has nothing to compare under this term."""
    nan = float("nan")
    return Margin(
        term, "all", nan, nan, nan, nan, margin, nan, nan, nan, nan, 0, (why,), applies=False
    )


def discordance(
    count: int, n: int, margin: float, level: float, warning: str | Warnings = ()
) -> Margin:
    """Build the one-sided comparison of the discordant share with the largest tolerated.

    Exact limits (Clopper & Pearson 1934), so that the interval and the binomial test decide alike
    and neither errs more often than it says. A `warning` leaves the comparison undecided.
    """
    estimate = lower = upper = p = float("nan")
    if n:
        estimate, p = count / n, float(binom.cdf(count, n, margin))
        interval = binomtest(count, n).proportion_ci(level, method="exact")
        lower, upper = float(interval.low), float(interval.high)
    said = joined(warning, None if n else "no patient")
    if said:
        lower = upper = p = float("nan")
    return Margin(
        term=DISCORDANCE,
        stratum=EVERYONE,
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=p,
        margin=margin,
        low=-np.inf,  # an interval of a share may touch 0, which is inside
        high=margin,
        needed=upper,
        excluded=lower if lower > 0 else float("nan"),
        n=n,
        warning=said,
        method="share of patients, exact interval",
    )
