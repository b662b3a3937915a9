"""Mixed model of repeated differences: a mean, patients around it, visits around their patient."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from gadless.statistics.estimators.bootstrap import Floats

LEAST_PATIENTS = 3


@dataclass(frozen=True)
class RandomIntercept:
    """Fit of y = mean + patient + visit.

    Attributes
    ----------
    mean, error : float
        Fixed effect and its standard error.
    between, within : float
        Standard deviations of patients and of visits within a patient.
    """

    mean: float
    error: float
    between: float
    within: float


def fit_random_intercept(values: Floats, patient: np.ndarray) -> RandomIntercept:
    """Restricted maximum likelihood, profiled over the ratio of the two variances.

    With one random effect the likelihood depends on each patient's count, mean and sum of squares
    alone, so the fit is a search in one dimension (Laird & Ware 1982). statsmodels' general
    optimiser gives the same, but stops short or fails where the patients do not differ.
    """
    _, member = np.unique(patient, return_inverse=True)
    size = np.bincount(member).astype(float)
    means = np.bincount(member, values) / size
    inside = float(((values - means[member]) ** 2).sum())
    freedom = len(values) - 1

    def parts(ratio: float) -> tuple[float, float, Floats]:
        weight = size / (1 + ratio * size)
        mean = float((weight * means).sum() / weight.sum())
        return mean, (inside + float((weight * (means - mean) ** 2).sum())) / freedom, weight

    def deviance(log_ratio: float) -> float:
        ratio = np.exp(log_ratio)
        _, variance, weight = parts(ratio)
        return float(
            freedom * np.log(variance) + np.log1p(ratio * size).sum() + np.log(weight.sum())
        )

    best = minimize_scalar(deviance, bounds=(-15, 15), method="bounded", options={"xatol": 1e-8})
    ratio = float(np.exp(best.x)) if best.x > -14 else 0.0
    mean, variance, weight = parts(ratio)
    return RandomIntercept(
        mean, (variance / weight.sum()) ** 0.5, (ratio * variance) ** 0.5, variance**0.5
    )
