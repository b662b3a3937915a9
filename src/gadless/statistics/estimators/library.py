"""Point estimates on the sample itself, by lifelines and statsmodels.

The kernels of this package exist to be resampled; each estimates on the sample too. Where a library
has the same estimator, the library's number is what the tables show, so every such number has been
computed twice, and a row says so where the two differ.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from lifelines import CoxTimeVaryingFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError
from lifelines.utils import concordance_index, restricted_mean_survival_time
from statsmodels.duration.survfunc import CumIncidenceRight, survdiff
from statsmodels.stats.inter_rater import cohens_kappa

from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.counting import CoxRows

TOLERANCE = 1e-6
"""Relative to the estimate, or absolute below 1: far under any margin, far over rounding."""
PRECISION = 1e-14
"""Of lifelines' Newton decrement, half the square of the error in standard errors."""


def settle(kernel: Bootstrapped, estimate: float, name: str) -> Bootstrapped:
    """Take the estimate of a library, called `name`, for the kernel's on the sample.

    A figure that the kernel cannot estimate stays missing, one that the library cannot stays the
    kernel's; that, and any difference, is the figure's `doubt`.
    """
    if np.isnan(kernel.value):
        return kernel
    if np.isnan(estimate):
        return replace(kernel, doubt=f"{name} gives no estimate: the resampling's own is shown")
    doubt = kernel.doubt
    if not abs(kernel.value - estimate) <= TOLERANCE * max(1.0, abs(estimate)):
        doubt = f"{name} and the resampling's own estimate ({kernel.value:.6g}) differ"
    return Bootstrapped(estimate, kernel.draws, doubt)


def cox(rows: CoxRows) -> Floats:
    """Cox regression with Efron's ties, stratified where the rows are, by lifelines.

    Returns
    -------
    array (p,)
        Log hazard ratios; NaN where lifelines does not converge. Its variance is that of the step
        before the last, right to five digits, and is not used.
    """
    width = rows.covariates.shape[1]
    table = pd.DataFrame(rows.covariates, columns=[f"x{at}" for at in range(width)])
    table = table.assign(row=range(len(table)), start=rows.start, stop=rows.stop, event=rows.event)
    strata = None
    if rows.strata > 1:
        table, strata = table.assign(stratum=rows.stratum), ["stratum"]
    fitter = CoxTimeVaryingFitter()
    with warnings.catch_warnings():
        # What it warns of (little variance, slow convergence) the kernel has judged before.
        warnings.simplefilter("ignore")
        try:
            fitter.fit(
                table,
                id_col="row",
                start_col="start",
                stop_col="stop",
                event_col="event",
                strata=strata,
                # Its default leaves 3e-6 of a hazard ratio, which would read as a difference.
                fit_options={"precision": PRECISION},
            )
        except (ConvergenceError, np.linalg.LinAlgError, ValueError):
            return np.full(width, np.nan)
    return np.asarray(fitter.params_, dtype=float)


def concordance(rows: CoxRows, score: Floats) -> float:
    """Harrell's concordance of a score with times from day 0, by lifelines.

    Parameters
    ----------
    score : array (rows,)
        Higher is a higher hazard.
    """
    if not rows.events or not np.isfinite(score).all():
        return float("nan")
    try:
        return float(concordance_index(rows.stop, -score, rows.event))
    except ZeroDivisionError:  # no two patients can be compared
        return float("nan")


def logrank(days: Floats, event: np.ndarray, group: np.ndarray, stratum: np.ndarray) -> float:
    """Chi-square of the log-rank test of equal hazards in all groups, by statsmodels.

    Parameters
    ----------
    stratum : array (patients,)
        Label of each patient's stratum.
    """
    try:
        return float(survdiff(days, event.astype(int), group, strata=stratum)[0])
    except np.linalg.LinAlgError:  # a group is never at risk with another
        return float("nan")


def kaplan_meier(days: Floats, event: np.ndarray, level: float) -> KaplanMeierFitter:
    """Kaplan-Meier curve with log-log limits at `level`, by lifelines."""
    return KaplanMeierFitter(alpha=1 - level).fit(days, event)


def median(curve: KaplanMeierFitter) -> tuple[float, float, float]:
    """First days on which a curve, its lower and its upper limit are at one half or below.

    Brookmeyer & Crowley (1982); NaN where a half is not reached. Up to rounding: a curve that is
    0.5 in decimals need not be in lifelines' sum of logarithms.
    """
    limits = curve.confidence_interval_
    steps = (curve.survival_function_.iloc[:, 0], limits.iloc[:, 0], limits.iloc[:, 1])

    def reached(step: pd.Series) -> float:
        below = step.index[step <= 0.5 + 1e-9]
        return float(below[0]) if len(below) else float("nan")

    return reached(steps[0]), reached(steps[1]), reached(steps[2])


def restricted_mean(curve: KaplanMeierFitter, horizon: float) -> float:
    """Area under a curve from 0 to the horizon, in days, by lifelines."""
    return float(restricted_mean_survival_time(curve, t=horizon))


def incidence(days: Floats, cause: np.ndarray) -> tuple[Floats, Floats]:
    """Aalen-Johansen incidence of cause 1 with cause 2 competing, by statsmodels.

    lifelines breaks ties by chance, and visits are full of ties.

    Returns
    -------
    days, incidence : array (times,)
    """
    if not (cause == 1).any():
        return np.zeros(1), np.zeros(1)
    with np.errstate(divide="ignore", invalid="ignore"):  # its standard errors, where all leave
        found = CumIncidenceRight(days, cause)
    return np.asarray(found.times, dtype=float), np.asarray(found.cinc[0], dtype=float)


def incidence_at(days: Floats, cause: np.ndarray, horizon: float) -> float:
    """Aalen-Johansen incidence of cause 1 at the horizon."""
    at, share = incidence(days, cause)
    reached = int(np.searchsorted(at, horizon, side="right"))
    return float(share[reached - 1]) if reached else 0.0


def kappa(table: Floats, *, linear: bool) -> float:
    """Cohen's kappa of one table, unweighted or with linear weights, by statsmodels."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if not table.sum():
            return float("nan")
        found = cohens_kappa(table, wt="linear" if linear else None, return_results=False)
    return float(found)
