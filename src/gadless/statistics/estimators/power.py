"""How many patients the exact terms of a verdict need: power in closed form.

A share is below its margin when the upper limit of its exact one-sided interval is (Clopper &
Pearson 1934). Whether it is depends on a count alone, so that power is a sum of binomial
probabilities, without simulation. It is a saw in the number of patients: one more patient may cost
power where the count that is still tolerated stays the same. Two sizes are therefore given, the
first that reaches the power and the one from which on every larger trial does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, betabinom, binom, t

LARGEST = 20_000
"""Patients beyond which no size is looked for."""


@dataclass(frozen=True)
class SampleSize:
    """Patients that a power asks for.

    Attributes
    ----------
    first : int or None
        Smallest number whose power is at least what was asked; None: not below `LARGEST`.
    always : int or None
        Smallest number from which on every larger one has it too.
    """

    first: int | None
    always: int | None


def largest_count(n: ArrayLike, margin: float, alpha: float) -> NDArray[np.int64]:
    """Return the largest count of `n` whose exact upper limit lies below a margin; -1 if none does.

    Parameters
    ----------
    n : array_like of int
    margin : float
        Share, above 0 and below 1.
    alpha : float
        One-sided level: the limit is the upper end of the 1 - 2 alpha interval.

    Notes
    -----
    The upper limit u of a count c solves P(X <= c | n, u) = alpha and falls with it, so that u lies
    below the margin exactly where P(X <= c | n, margin) < alpha.
    """
    size = np.asarray(n, dtype=np.int64)
    count = np.asarray(binom.ppf(alpha, size, margin)).astype(np.int64)
    # `ppf` gives the first count whose probability reaches alpha; the one before is below it.
    return np.where(binom.cdf(count, size, margin) < alpha, count, count - 1)


def power_of_share(
    n: ArrayLike, share: float, margin: float, alpha: float = 0.05
) -> NDArray[np.float64]:
    """Probability that a share is found to lie below a margin.

    Parameters
    ----------
    n : array_like of int
        Independent patients.
    share : float
        What is true.
    margin, alpha : float
        As in :func:`largest_count`.

    Returns
    -------
    ndarray
        In the shape of `n`. At `share` equal to `margin` it is the error of the first kind, which
        never exceeds `alpha`.
    """
    size = np.asarray(n, dtype=np.int64)
    count = largest_count(size, margin, alpha)
    return np.where(count >= 0, binom.cdf(np.maximum(count, 0), size, share), 0.0)


def patients_for_share(
    share: float,
    margin: float,
    alpha: float = 0.05,
    power: float = 0.8,
) -> SampleSize:
    """Return the patients that find a true share to lie below a margin.

    Parameters
    ----------
    share, margin, alpha : float
        As in :func:`power_of_share`.
    power : float
        What is asked for, below 1.

    Returns
    -------
    SampleSize
        Both numbers None where `share` is not below `margin`: no size would do.
    """
    if share >= margin:
        return SampleSize(None, None)
    patients = np.arange(1, LARGEST + 1)
    reached = power_of_share(patients, share, margin, alpha) >= power
    if not reached[-1]:
        return SampleSize(None, None)
    missed = np.flatnonzero(~reached)
    return SampleSize(
        int(patients[reached.argmax()]), int(patients[missed[-1] + 1]) if len(missed) else 1
    )


def failing_visits(
    patients: int, visits: int, share: float, correlation: float
) -> NDArray[np.float64]:
    """Probability of each number of failed visits, 0 to all, of patients with as many visits each.

    Parameters
    ----------
    patients, visits : int
    share : float
        Share of visits that fail.
    correlation : float
        Intraclass correlation of failing, 0 to 1: patients' own shares follow a beta distribution.

    Notes
    -----
    The sum of independent beta-binomial counts, exactly, as the power of their generating function
    at the roots of unity.
    """
    each = np.arange(visits + 1)
    if correlation <= 0:
        one = binom.pmf(each, visits, share)
    elif correlation >= 1:
        one = np.where(each == 0, 1 - share, np.where(each == visits, share, 0.0))
    else:
        total = (1 - correlation) / correlation
        one = betabinom.pmf(each, visits, share * total, (1 - share) * total)
    size = patients * visits + 1
    return np.clip(np.fft.irfft(np.fft.rfft(one, size) ** patients, size), 0.0, 1.0)


def power_of_evaluability(
    patients: int,
    share: float,
    margin: float,
    alpha: float = 0.05,
    visits: int = 5,
    correlation: float = 0.1,
) -> float:
    """Probability that the share of visits that can be evaluated is found above a margin.

    Parameters
    ----------
    patients : int
        Of one group that is judged by itself.
    share, margin : float
        True share of visits, and the least tolerated.
    alpha : float
        One-sided level.
    visits : int
        Visits of each patient.
    correlation : float
        As in :func:`failing_visits`.

    Notes
    -----
    How many visits fail has its exact distribution. Whether the limit of
    :func:`gadless.statistics.estimators.clustered_share.clustered_share` then holds depends also on
    how they gather in patients, which is taken at its expectation.
    """
    if patients < 2:
        return 0.0
    chance = failing_visits(patients, visits, 1 - share, correlation)
    # As many failures as the margin has in expectation are never tolerated.
    count = np.arange(int((1 - margin) * patients * visits) + 1)
    with_others = correlation + (1 - correlation) * (1 - share)
    squares = np.asarray(count * (1 + (visits - 1) * with_others), dtype=np.float64)
    lower = _lower_limit(count, squares, patients, visits, alpha)
    return float(chance[count][lower > margin].sum())


def _lower_limit(
    count: NDArray[np.int64],
    squares: NDArray[np.float64],
    patients: int,
    visits: int,
    alpha: float,
) -> NDArray[np.float64]:
    """Return the verdict's lower limit from the failures and the sum of their squares by patient.

    The formula of `clustered_share`, one patient more having failed throughout, for patients with
    equally many visits.
    """
    every = patients * visits
    failing = (count + visits) / ((patients + 1) * visits)
    away = squares + visits**2 - (patients + 1) * (failing * visits) ** 2
    spread = failing * (1 - failing) * (patients + 1) * visits
    design = away * (patients + 1) / patients / spread
    few = (t.ppf(alpha, every - 1) / t.ppf(alpha, patients - 1)) ** 2
    effective = np.clip(every / design * few, patients, every)
    share = 1 - count / every
    return np.asarray(beta.ppf(alpha, share * effective, (1 - share) * effective + 1))


def patients_for_evaluability(
    share: float,
    margin: float,
    alpha: float = 0.05,
    power: float = 0.8,
    visits: int = 5,
    correlation: float = 0.1,
    arms: int = 1,
) -> SampleSize:
    """Return the patients that find a true share of evaluable visits to lie above a margin.

    Parameters
    ----------
    share, margin, alpha, visits, correlation
        As in :func:`power_of_evaluability`.
    power : float
        What is asked for.
    arms : int
        Arms of equal size, each of which must pass by itself.

    Returns
    -------
    SampleSize
        Patients of all arms together.
    """
    if share <= margin:
        return SampleSize(None, None)

    def reaches(each: int) -> bool:
        held = power_of_evaluability(each, share, margin, alpha, visits, correlation)
        return bool(held**arms >= power)

    enough = 16
    while not (reaches(enough) and reaches(enough + enough // 10)):
        enough *= 2
        if enough * arms > LARGEST:
            return SampleSize(None, None)
    around = np.arange(enough // 2, 3 * enough // 2)
    reached = np.array([reaches(int(each)) for each in around])
    missed = np.flatnonzero(~reached)
    always = around[missed[-1] + 1] if len(missed) else around[0]
    return SampleSize(arms * int(around[reached.argmax()]), arms * int(always))
