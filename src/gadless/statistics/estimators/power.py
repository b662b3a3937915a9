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
from scipy.stats import binom

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
    each: float = 1.0,
) -> SampleSize:
    """Return the patients that find a true share to lie below a margin.

    Parameters
    ----------
    share, margin, alpha : float
        As in :func:`power_of_share`.
    power : float
        What is asked for, below 1.
    each : float
        Independent observations that one patient is worth: 1 where a patient is counted once, see
        :func:`effective_visits` where visits are.

    Returns
    -------
    SampleSize
        Both numbers None where `share` is not below `margin`: no size would do.
    """
    if share >= margin:
        return SampleSize(None, None)
    patients = np.arange(1, LARGEST + 1)
    reached = power_of_share(np.floor(patients * each), share, margin, alpha) >= power
    if not reached[-1]:
        return SampleSize(None, None)
    missed = np.flatnonzero(~reached)
    return SampleSize(
        int(patients[reached.argmax()]), int(patients[missed[-1] + 1]) if len(missed) else 1
    )


def effective_visits(visits: float, correlation: float) -> float:
    """Return the independent visits that one patient's visits are worth.

    Visits of one patient fail together. With `visits` a patient and a correlation between them, a
    patient is worth visits / (1 + (visits - 1) correlation) independent ones (Kish 1965; for exact
    limits on that size, Korn & Graubard 1998). With a correlation of 1 a patient is one visit. The
    verdict's own interval is by patient: simulation says how near the two are
    (docs/sample-size.md).

    Parameters
    ----------
    visits : float
        Mean visits a patient, at least 1.
    correlation : float
        Intraclass correlation of failing, 0 to 1.
    """
    return visits / (1 + (visits - 1) * correlation)
