"""Tests of proportional hazards."""

import numpy as np
from scipy.stats import chi2

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows

GLOBAL = ""
"""Stands for all covariates together."""

Test = tuple[float, float]
"""Chi-square and p-value."""


def score_tests(rows: CoxRows, coefficients: Floats, names: list[str]) -> dict[str, Test]:
    """Score tests that log hazard ratios do not change with log time.

    The model is extended by covariate x log(time) and the extension tested at 0, as in
    ``cox.zph(transform="log")`` of R survival 3 (Grambsch & Therneau 1994, in its exact form).

    Parameters
    ----------
    rows : CoxRows
    coefficients : array (covariates,)
        The model's; NaN where it has no estimate.
    names : list of str
        One a covariate.

    Returns
    -------
    dict
        By covariate, and `GLOBAL` of all together, with as many degrees of freedom; NaN where the
        model has no estimate.
    """
    missing = dict.fromkeys([*names, GLOBAL], (float("nan"), float("nan")))
    if not np.isfinite(coefficients).all():
        return missing
    width = len(names)
    x = rows.covariates - rows.covariates.mean(axis=0)
    risk = np.exp(x @ coefficients)
    score = np.zeros(width)
    plain, crossed, squared = (np.zeros((width, width)) for _ in range(3))
    # Subtracting a constant from the transform changes nothing at the maximum, only the rounding.
    middle = _log(np.unique(rows.stop[rows.event])).mean()
    for day, dying, share in rows.risk_sets(risk):
        scale = float(_log(day)) - middle
        mean = share @ x
        variance = (x * share[:, None]).T @ x - np.outer(mean, mean)
        score += scale * (x[dying].mean(axis=0) - mean)
        plain += variance
        crossed += scale * variance
        squared += scale**2 * variance
    spread = squared - crossed @ np.linalg.solve(plain, crossed)
    if not (np.linalg.eigvalsh(spread) > 0).all():
        return missing
    found = {name: _tested(score[at] ** 2 / spread[at, at], 1) for at, name in enumerate(names)}
    return found | {GLOBAL: _tested(float(score @ np.linalg.solve(spread, score)), width)}


def _log(day: np.ndarray | float) -> np.ndarray:
    """Log of days; whatever happens on day 0 happens early on it."""
    return np.log(np.maximum(day, 0.5))


def _tested(statistic: float, freedom: int) -> Test:
    return float(statistic), float(chi2.sf(statistic, freedom))
