"""Kaplan-Meier and Aalen-Johansen estimates on many weightings of the same patients."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from gadless.statistics.resampling import Floats


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


def uncensored(days: Floats, died: np.ndarray, weights: Floats, at: Floats) -> Floats:
    """Probability of being uncensored just before each day of `at`; (samples, len(at)).

    The Kaplan-Meier estimate with censoring as the event. Deaths of a day precede its censorings,
    so the dead of a day are not at risk of being censored on it.
    """
    order = 2 * days + ~died  # a death on day d at 2d, a censoring at 2d + 1
    curve = kaplan_meier(order, ~died, weights)
    survival = np.concatenate([np.ones((len(weights), 1)), curve.survival], axis=1)
    return survival[:, np.searchsorted(curve.days, 2 * at, side="left")]


def curve_table(days: Floats, event: np.ndarray, level: float) -> pd.DataFrame:
    """Kaplan-Meier curve with numbers at risk and log-log interval.

    Returns
    -------
    DataFrame
        ``day at_risk events censored estimate lower upper``, day 0 first.

    Notes
    -----
    Greenwood's variance; Kalbfleisch & Prentice's log-log interval, as R's
    ``survfit(conf.type="log-log")``. No interval at survival 1 or 0.
    """
    times = np.unique(days)
    died, at_risk = counts(days, event, np.ones((1, len(days))), times)
    left, _ = counts(days, ~event, np.ones((1, len(days))), times)
    survival = np.cumprod(1 - died[0] / at_risk[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(died[0] / (at_risk[0] * (at_risk[0] - died[0])))
        spread = norm.ppf((1 + level) / 2) * np.sqrt(greenwood) / np.log(survival)
        lower, upper = survival ** np.exp(-spread), survival ** np.exp(spread)
    inner = (survival < 1) & (survival > 0)
    table = pd.DataFrame(
        {
            "day": times,
            "at_risk": at_risk[0],
            "events": died[0],
            "censored": left[0],
            "estimate": survival,
            "lower": np.where(inner, lower, np.nan),
            "upper": np.where(inner, upper, np.nan),
        }
    )
    return _from_zero(table, len(days), 1.0)


def median_interval(days: Floats, event: np.ndarray, level: float) -> tuple[float, float]:
    """Interval of the median: where the curve's limits pass one half (Brookmeyer-Crowley)."""
    table = curve_table(days, event, level)
    limits = []
    for column in ("lower", "upper"):
        below = table["day"][table[column] <= 0.5 + 1e-9]
        limits.append(float(below.iloc[0]) if len(below) else float("nan"))
    return limits[0], limits[1]


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


def incidence_table(days: Floats, cause: np.ndarray) -> pd.DataFrame:
    """Aalen-Johansen curve in the columns of :func:`curve_table`; deaths count as ``censored``."""
    ones = np.ones((1, len(days)))
    times = np.unique(days)
    at, values = incidence(days, cause, ones)
    first, at_risk = counts(days, cause == 1, ones, times)
    other, _ = counts(days, cause != 1, ones, times)
    padded = np.concatenate([[0.0], values[0]])
    table = pd.DataFrame(
        {
            "day": times,
            "at_risk": at_risk[0],
            "events": first[0],
            "censored": other[0],
            "estimate": padded[np.searchsorted(at, times, side="right")],
            "lower": np.nan,
            "upper": np.nan,
        }
    )
    return _from_zero(table, len(days), 0.0)


def _from_zero(table: pd.DataFrame, patients: int, start: float) -> pd.DataFrame:
    if not len(table) or table["day"].iloc[0] > 0:
        first = pd.DataFrame(
            {
                "day": [0.0],
                "at_risk": [float(patients)],
                "events": [0.0],
                "censored": [0.0],
                "estimate": [start],
                "lower": [np.nan],
                "upper": [np.nan],
            }
        )
        table = pd.concat([first, table], ignore_index=True) if len(table) else first
    whole = ["day", "at_risk", "events", "censored"]
    return table.astype(dict.fromkeys(whole, "int64"))
