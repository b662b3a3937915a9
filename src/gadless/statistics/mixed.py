"""Mixed model of repeated differences."""

import warnings

import numpy as np
from scipy.stats import norm
from statsmodels.regression.mixed_linear_model import MixedLM

from gadless.statistics.resampling import Floats
from gadless.statistics.rows import Rows

LEAST_PATIENTS = 3


def random_intercept(rows: Rows, difference: Floats, patient: np.ndarray) -> None:
    """Add mean difference, spread between and within patients, by REML.

    Parameters
    ----------
    difference : array (visits,), in mm
    patient : array (visits,)
    """
    groups = len(np.unique(patient))
    shared = {"n": len(difference), "method": "mixed model, random intercept a patient, REML"}
    nan = float("nan")
    reason = ""
    bias = error = between = within = nan
    if groups < LEAST_PATIENTS or len(difference) == groups:
        reason = "needs repeated visits of at least three patients"
    elif np.ptp(difference) < 1e-9:
        reason = "all differences are alike"
    else:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model = MixedLM(difference, np.ones(len(difference)), groups=patient)
                fit = model.fit(reml=True)
                bias, error = float(fit.params[0]), float(fit.bse[0])
                between, within = float(fit.cov_re[0, 0]) ** 0.5, float(fit.scale) ** 0.5
            except (np.linalg.LinAlgError, ValueError) as fault:
                reason = f"could not be fitted ({fault})"
        if any("boundary" in str(item.message) for item in caught):
            reason = "no spread between patients beyond that within them"
    half = norm.ppf((1 + rows.level) / 2) * error
    rows.add(
        "mixed_bias_mm", bias, lower=bias - half, upper=bias + half, warning=reason,
        **{**shared, "method": shared["method"] + ", Wald"},  # type: ignore[arg-type]
    )
    rows.add("mixed_sd_patient_mm", between, warning=reason, **shared)
    rows.add("mixed_sd_visit_mm", within, warning=reason, **shared)
