"""Agreement of two classifications of the same things: from a confusion table to a number.

Every function takes tables of masses, shape (samples, k, k): reference in rows, candidate in
columns.
"""

import numpy as np
from scipy.stats import binomtest, chi2

from gadless.statistics.estimators.bootstrap import Floats

RESPONSES = ("CR", "PR", "MR", "SD", "PD")
"""Response categories in their order; NE is no category but the absence of one."""


def confusion(reference: np.ndarray, candidate: np.ndarray, weights: Floats, size: int) -> Floats:
    """Masses of each pair of codes; (samples, size, size)."""
    cells = np.asarray(reference) * size + np.asarray(candidate)
    table = np.zeros((len(weights), size * size))
    for cell in np.unique(cells):
        table[:, cell] = weights[:, cells == cell].sum(axis=1)
    return table.reshape(-1, size, size)


def agreement(table: Floats) -> Floats:
    """Share on the diagonal."""
    return _divide(np.trace(table, axis1=1, axis2=2), table.sum(axis=(1, 2)))


def kappa(table: Floats, *, linear: bool = False) -> Floats:
    """Cohen's kappa, unweighted or with linear weights (Cohen 1960, 1968).

    NaN where both raters use a single category: chance agreement is then complete and kappa
    undefined.
    """
    size = table.shape[1]
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    disagreement = distance if linear else (distance > 0).astype(float)
    total = table.sum(axis=(1, 2))
    rows, columns = table.sum(axis=2), table.sum(axis=1)
    expected = _divide(np.einsum("bi,ij,bj->b", rows, disagreement, columns), total)
    return 1 - _divide((table * disagreement).sum(axis=(1, 2)), expected)


def ac1(table: Floats) -> Floats:
    """Gwet's first-order agreement coefficient (Gwet 2008), over the categories of the scale.

    Chance agreement is sum(q (1 - q)) / (k - 1) with q the mean of the two marginal shares: it does
    not collapse when one category prevails, as kappa does.
    """
    total = table.sum(axis=(1, 2))
    mean = _divide((table.sum(axis=1) + table.sum(axis=2)).T / 2, total).T
    chance = (mean * (1 - mean)).sum(axis=1) / (table.shape[1] - 1)
    return _divide(agreement(table) - chance, 1 - chance)


def stuart_maxwell(table: Floats) -> tuple[float, float, int]:
    """Test of equal margins for one table (Stuart 1955, Maxwell 1970).

    Categories that neither uses are left out; without any disagreement the statistic is 0.

    Returns
    -------
    statistic, p : float
    freedom : int
    """
    used = (table.sum(axis=0) + table.sum(axis=1)) > 0
    kept = table[np.ix_(used, used)]
    rows, columns = kept.sum(axis=1), kept.sum(axis=0)
    difference = (rows - columns)[:-1]
    variance = -(kept + kept.T)
    variance[np.diag_indices(len(kept))] = rows + columns - 2 * np.diag(kept)
    variance = variance[:-1, :-1]
    # A category that is never confused with another adds no information and no freedom.
    rank = int(np.linalg.matrix_rank(variance)) if variance.size else 0
    if rank == 0:
        return 0.0, 1.0, 0
    statistic = float(difference @ np.linalg.pinv(variance) @ difference)
    return statistic, float(chi2.sf(statistic, rank)), rank


def mcnemar(only_reference: int, only_candidate: int) -> float:
    """Exact two-sided McNemar test: a sign test of the discordant pairs (McNemar 1947)."""
    discordant = only_reference + only_candidate
    if not discordant:
        return 1.0
    return float(binomtest(only_candidate, discordant, 0.5).pvalue)


def wilson(events: float, total: float, level: float) -> tuple[float, float]:
    """Wilson's interval of a share of independent patients (NaN of none)."""
    if total <= 0:
        return float("nan"), float("nan")
    interval = binomtest(round(events), round(total)).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    result = np.full(shape, np.nan)
    return np.divide(numerator, denominator, out=result, where=np.asarray(denominator) != 0)
