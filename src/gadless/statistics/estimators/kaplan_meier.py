"""Kaplan-Meier and Aalen-Johansen estimates on many weightings of the same patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.statistics.estimators.bootstrap import Floats


@dataclass(frozen=True)
class Curve:
    """Survival after each distinct event day, one row a sample.

    Attributes
    ----------
    days : array (times,)
    survival : array (samples, times)
    """

    days: Floats
    survival: Floats

    def median(self) -> Floats:
        """First day on which survival is one half or less; NaN where it stays above. (samples,)."""
        if not len(self.days):
            return np.full(len(self.survival), np.nan)
        reached = self.survival <= 0.5 + 1e-9
        first = np.argmax(reached, axis=1)
        return np.where(reached.any(axis=1), self.days[first], np.nan)

    def restricted_mean(self, horizon: float) -> Floats:
        """Area under the curve from 0 to the horizon, in days; (samples,)."""
        inside = self.days < horizon
        edges = np.concatenate([[0.0], self.days[inside], [horizon]])
        height = np.concatenate(
            [np.ones((len(self.survival), 1)), self.survival[:, inside]], axis=1
        )
        return (height * np.diff(edges)).sum(axis=1)

    def followed(self, horizon: float, days: Floats, weights: Floats) -> NDArray[np.bool_]:
        """Whether each sample tells of the curve up to the horizon; (samples,).

        Somebody is followed so far, or the last one followed has the event, after which nobody is
        left. Otherwise a mean or an incidence at the horizon would be an extrapolation.

        Parameters
        ----------
        days : array (patients,)
        weights : array (samples, patients)
        """
        seen = weights[:, days >= horizon].sum(axis=1) > 0
        inside = int(np.searchsorted(self.days, horizon, side="right"))
        if not inside:
            return np.asarray(seen)
        return np.asarray(seen | (self.survival[:, inside - 1] < 1e-12))


def counts(
    days: Floats, event: np.ndarray, weights: Floats, times: Floats
) -> tuple[Floats, Floats]:
    """Mass of events at, and mass at risk just before, each of the ascending `times`."""
    order = np.argsort(days, kind="stable")
    sorted_days = days[order]
    left = np.searchsorted(sorted_days, times, side="left")
    right = np.searchsorted(sorted_days, times, side="right")
    sums = np.zeros((2, len(weights), len(days) + 1))
    np.cumsum(weights[:, order], axis=1, out=sums[0, :, 1:])
    np.cumsum((weights * event)[:, order], axis=1, out=sums[1, :, 1:])
    at_risk = sums[0, :, -1:] - sums[0][:, left]
    return sums[1][:, right] - sums[1][:, left], at_risk


def kaplan_meier(days: Floats, event: np.ndarray, weights: Floats) -> Curve:
    """Kaplan-Meier estimate under each weighting.

    Parameters
    ----------
    days : array (patients,)
    event : array (patients,) of bool
    weights : array (samples, patients)
    """
    times = np.unique(days[event])
    events, at_risk = counts(days, event, weights, times)
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    return Curve(times, np.cumprod(1 - hazard, axis=1))


def median_follow_up(days: Floats, died: np.ndarray) -> float:
    """Median time under observation: the Kaplan-Meier median with censoring as the event.

    Parameters
    ----------
    days : array (patients,)
        Of death, or of last contact.
    died : array (patients,) of bool

    Returns
    -------
    float
        Days; NaN where it is not reached.

    Notes
    -----
    Schemper and Smith, Control Clin Trials 1996;17:343; as R's ``survfit(Surv(days, 1 - died))``.
    """
    curve = kaplan_meier(days, ~died.astype(bool), np.ones((1, len(days))))
    return float(curve.median()[0])


def uncensored(days: Floats, died: np.ndarray, weights: Floats, at: Floats) -> Floats:
    """Probability of being uncensored just before each day of `at`; (samples, len(at)).

    The Kaplan-Meier estimate with censoring as the event. Deaths of a day precede its censorings,
    so the dead of a day are not at risk of being censored on it.
    """
    order = 2 * days + ~died  # a death on day d at 2d, a censoring at 2d + 1
    curve = kaplan_meier(order, ~died, weights)
    survival = np.concatenate([np.ones((len(weights), 1)), curve.survival], axis=1)
    return survival[:, np.searchsorted(curve.days, 2 * at, side="left")]


def incidence(days: Floats, cause: np.ndarray, weights: Floats) -> tuple[Floats, Floats]:
    """Aalen-Johansen cumulative incidence of cause 1 with cause 2 competing.

    Parameters
    ----------
    cause : array (patients,) of int
        0 censored, 1 the event, 2 the competing event.

    Returns
    -------
    days : array (times,)
    incidence : array (samples, times)
    """
    times = np.unique(days[cause > 0])
    either, at_risk = counts(days, cause > 0, weights, times)
    first, _ = counts(days, cause == 1, weights, times)
    safe = np.where(at_risk > 0, at_risk, 1.0)
    survival = np.cumprod(1 - either / safe, axis=1)
    before = np.concatenate([np.ones((len(weights), 1)), survival[:, :-1]], axis=1)
    return times, np.cumsum(before * first / safe, axis=1)
