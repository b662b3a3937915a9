"""Shares of independent patients, their difference between groups and between two readings.

Score intervals: the differences that a score test, with the nuisance parameter at its maximum
likelihood given the difference, does not reject. They stay inside -1 to 1, and have width where
nobody or everybody has the event.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

NOTHING = float("nan"), float("nan")
END = 1 - 1e-12
"""Next to the largest difference, where a score may be infinite."""


def exact(events: int, total: int, level: float) -> tuple[float, float]:
    """Exact interval of a share (Clopper & Pearson 1934); NaN of none."""
    if total <= 0:
        return NOTHING
    found = binomtest(events, total).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def difference(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> tuple[float, float, float]:
    """Interval and test of the second group's share less the first's.

    Miettinen & Nurminen, *Stat Med* 1985;4:213.

    Parameters
    ----------
    first, second : tuple of int
        Events and patients of each group.

    Returns
    -------
    lower, upper, p : float
        NaN where a group is empty. The two-sided test is the one that the interval inverts; `p` is
        1 where all patients, or none, have the event.
    """
    if not (first[1] and second[1]):
        return *NOTHING, float("nan")

    def score(delta: float) -> float:
        return _unpaired(first, second, delta)

    middle = second[0] / second[1] - first[0] / first[1]
    return *_inverted(score, middle, level), float(2 * norm.sf(abs(score(0.0))))


def paired_difference(
    only_first: int, only_second: int, total: int, level: float
) -> tuple[float, float]:
    """Interval of the share on the second reading less that on the first, same patients.

    Tango, *Stat Med* 1998;17:891. At a difference of 0 the test is McNemar's.

    Parameters
    ----------
    only_first, only_second : int
        Patients with the event on one reading only.
    total : int
        All patients.

    Returns
    -------
    lower, upper : float
        NaN without patients.
    """
    if total <= 0:
        return NOTHING
    middle = (only_second - only_first) / total
    return _inverted(lambda delta: _paired(only_first, only_second, total, delta), middle, level)


def _inverted(score: Callable[[float], float], middle: float, level: float) -> tuple[float, float]:
    """Return the differences whose score is as far from 0 as the level allows."""
    limit = float(norm.ppf((1 + level) / 2))
    lower = -1.0 if middle <= -END else brentq(lambda at: score(at) - limit, -END, middle)
    upper = 1.0 if middle >= END else brentq(lambda at: score(at) + limit, middle, END)
    return float(lower), float(upper)


def _paired(only_first: int, only_second: int, total: int, delta: float) -> float:
    """Tango's statistic: 0 at the estimate, above it for smaller differences."""
    # Of the share with the event on the first reading only, given the difference.
    linear = -only_first - only_second + (2 * total - only_second + only_first) * delta
    constant = -only_first * delta * (1 - delta)
    share = (np.sqrt(linear**2 - 8 * total * constant) - linear) / (4 * total)
    variance = total * (2 * share + delta * (1 - delta))
    return _ratio(only_second - only_first - total * delta, variance)


def _unpaired(first: tuple[int, int], second: tuple[int, int], delta: float) -> float:
    """Miettinen & Nurminen's statistic: 0 at the estimate, above it for smaller differences."""
    (x, n), (y, m) = first, second
    both, events = n + m, x + y
    # The first share's maximum likelihood given the difference: the middle root of a cubic.
    a = both
    b = (m + 2 * n) * delta - both - events
    c = (n * delta - both - 2 * x) * delta + events
    d = x * delta * (1 - delta)
    q = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    inside = max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)
    p = np.copysign(np.sqrt(inside), q)
    angle = (np.pi + np.arccos(np.clip(q / p**3 if p else 0.0, -1, 1))) / 3
    share = float(np.clip(2 * p * np.cos(angle) - b / (3 * a), max(0, -delta), min(1, 1 - delta)))
    other = share + delta
    variance = (share * (1 - share) / n + other * (1 - other) / m) * both / (both - 1)
    return _ratio(y / m - x / n - delta, variance)


def _ratio(excess: float, variance: float) -> float:
    if variance > 0:
        return float(excess / np.sqrt(variance))
    return float(np.sign(excess) * 1e300) if abs(excess) > 1e-12 else 0.0


def paired_below(only_first: int, only_second: int, total: int, delta: float) -> float:
    """P-value of the hypothesis that the second share exceeds the first by `delta` or more.

    The one-sided score test that :func:`paired_difference` inverts; NaN without patients.
    """
    if total <= 0:
        return float("nan")
    return float(norm.cdf(_paired(only_first, only_second, total, delta)))
