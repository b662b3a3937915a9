"""Test of proportional hazards."""

import numpy as np
from scipy.stats import chi2

from gadless.statistics.figures import Fitted


def score_test(fitted: Fitted, name: str) -> tuple[float, float]:
    """Score test that a covariate's log hazard ratio does not change with log time.

    The model is extended by covariate x log(time) and the extension tested at 0, as in
    ``cox.zph(transform="log")`` of R survival 3 (Grambsch & Therneau 1994, in its exact form).

    Returns
    -------
    chi-square, p : float
        NaN where the model has no estimate.
    """
    if not fitted.result.fitted[0]:
        return float("nan"), float("nan")
    rows, at = fitted.model.rows, fitted.model.names.index(name)
    beta = fitted.result.coefficients[0]
    x = rows.covariates - rows.covariates.mean(axis=0)
    risk = np.exp(x @ beta)
    score, plain, crossed, squared = 0.0, 0.0, 0.0, 0.0
    times = np.unique(rows.stop[rows.event])
    logs = np.log(np.maximum(times, 0.5))  # whatever happens on day 0 happens early
    # Subtracting a constant from the transform changes nothing at the maximum, only the rounding.
    middle = logs.mean()
    for day, dying, share in rows.risk_sets(risk):
        scale = np.log(max(day, 0.5)) - middle
        mean = share @ x
        variance = (x * share[:, None]).T @ x - np.outer(mean, mean)
        score += scale * (x[dying].mean(axis=0) - mean)[at]
        plain = plain + variance
        crossed = crossed + scale * variance[at]
        squared += scale**2 * variance[at, at]
    information = squared - crossed @ np.linalg.solve(plain, crossed)
    if not information > 0:
        return float("nan"), float("nan")
    statistic = float(score**2 / information)
    return statistic, float(chi2.sf(statistic, 1))
