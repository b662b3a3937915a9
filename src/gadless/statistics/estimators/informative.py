"""Whether failing goes with something that matters: exact tests, patients independent."""

import numpy as np
from scipy.stats import hypergeom

from gadless.statistics.estimators.bootstrap import Floats

PERMUTATIONS = 1999


def between_patients(
    failed: Floats, totals: Floats, group: np.ndarray, seed: int, permutations: int = PERMUTATIONS
) -> float:
    """P-value that the share of failed visits is the same in all groups of patients.

    A permutation test: patients keep their visits together and change groups, so visits of one
    patient may depend on each other in any way. The statistic is the weighted spread of the groups'
    shares about the whole. Monte Carlo p-values count the sample itself (Phipson & Smyth 2010), and
    are thus valid for any number of permutations.

    Parameters
    ----------
    failed, totals : array (patients,)
        Failed visits, of how many; patients without a visit are left out.
    group : array (patients,)
    seed : int

    Returns
    -------
    float
        NaN with fewer than two groups, or where no visit failed or all did.
    """
    seen = np.asarray(totals) > 0
    hits, sizes = np.asarray(failed, float)[seen], np.asarray(totals, float)[seen]
    names, code = np.unique(np.asarray(group)[seen], return_inverse=True)
    if len(names) < 2 or hits.sum() in (0, sizes.sum()):
        return float("nan")
    whole = hits.sum() / sizes.sum()
    rng = np.random.default_rng(seed)
    codes = np.stack([code, *(rng.permutation(code) for _ in range(permutations))])
    spread = np.zeros(len(codes))
    for at in range(len(names)):
        member = codes == at
        visits = member @ sizes
        spread += (member @ hits - visits * whole) ** 2 / visits
    # Equal statistics may differ in their last bits.
    return float((spread >= spread[0] * (1 - 1e-9)).mean())


def within_patients(failed: np.ndarray, marked: np.ndarray, patient: np.ndarray) -> float:
    """P-value that a patient's marked visits fail no more and no less often than the others.

    Conditional on how many visits of each patient failed and how many are marked, the number of
    marked visits that failed is a sum of hypergeometric counts, whose distribution is convolved
    exactly (the exact conditional test of 2 x 2 tables in strata, Gart 1970). Two-sided: twice the
    smaller tail.

    Parameters
    ----------
    failed, marked : array (visits,) of bool
    patient : array (visits,)

    Returns
    -------
    float
        NaN where no patient has both kinds of visits and both outcomes.
    """
    _, code = np.unique(patient, return_inverse=True)
    size, bad, mark = (
        np.bincount(code, weights=each).astype(int)
        for each in (np.ones(len(code)), failed.astype(float), marked.astype(float))
    )
    informed = (bad > 0) & (bad < size) & (mark > 0) & (mark < size)
    if not informed.any():
        return float("nan")
    distribution = np.ones(1)
    for n, k, m in zip(size[informed], bad[informed], mark[informed], strict=True):
        counts = np.arange(min(k, m) + 1)
        distribution = np.convolve(distribution, hypergeom.pmf(counts, n, k, m))
    inside = informed[code]
    seen = int((failed & marked & inside).sum())
    lower, upper = distribution[: seen + 1].sum(), distribution[seen:].sum()
    return float(min(1.0, 2 * min(lower, upper)))
