"""Mixed model of repeated differences: a mean, patients around it, visits around their patient."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from statsmodels.regression.mixed_linear_model import MixedLM

from gadless.statistics.resampling import Floats
from gadless.statistics.rows import Rows

LEAST_PATIENTS = 3
NO_SPREAD = 0.01
"""Share of the visits' spread below which the patients' is as good as none."""


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
    """Fit by restricted maximum likelihood, with statsmodels."""
    with warnings.catch_warnings():
        # It warns where the patients' variance is 0, which is an answer and is shown.
        warnings.simplefilter("ignore")
        found = MixedLM(values, np.ones((len(values), 1)), groups=patient).fit()
    between = float(np.asarray(found.cov_re)[0, 0])
    return RandomIntercept(
        mean=float(found.fe_params[0]),
        error=float(found.bse_fe[0]),
        between=between**0.5,
        within=float(found.scale) ** 0.5,
    )


def random_intercept(rows: Rows, difference: Floats, patient: np.ndarray) -> None:
    """Add mean difference, spread between and within patients.

    Parameters
    ----------
    difference : array (visits,), in mm
    patient : array (visits,)
    """
    groups, nan = len(np.unique(patient)), float("nan")
    found, reason = RandomIntercept(nan, nan, nan, nan), ""
    if groups < LEAST_PATIENTS or len(difference) == groups:
        reason = "needs repeated visits, and at least three patients"
    elif np.ptp(difference) < 1e-9:
        reason = "all differences are alike"
    else:
        found = fit_random_intercept(difference, patient)
        if found.between < NO_SPREAD * found.within:
            reason = "no spread between patients beyond that within them"
    half = norm.ppf((1 + rows.level) / 2) * found.error
    method = "mixed model, random intercept a patient, REML"
    rows = rows.under(n=len(difference), warning=reason)
    rows.add(
        "mixed_bias_mm",
        found.mean,
        lower=found.mean - half,
        upper=found.mean + half,
        method=f"{method}, Wald",
    )
    rows.add("mixed_sd_patient_mm", found.between, method=method)
    rows.add("mixed_sd_visit_mm", found.within, method=method)
