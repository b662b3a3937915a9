"""Weibull proportional hazards of interval-censored times, on many weightings of the patients.

The cumulative hazard is exp(a + b x) t^k, so b is a log hazard ratio as in a Cox model. An event
that is known to lie in (lower, upper] contributes S(lower) - S(upper), one whose day is known its
density, a patient without event S(lower) (Kalbfleisch & Prentice 2002, 3.2).
"""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.cox import CACHED, SEPARATION

MAX_ITERATIONS = 40
MAX_HALVINGS = 8
TOLERANCE = 1e-6
SINGULAR = 1e-7
"""Least eigenvalue of the information per event."""


@dataclass(frozen=True)
class Intervals:
    """What is known of each patient's time.

    Parameters
    ----------
    lower, upper : array (patients,)
        Days between which the event lies; `upper` infinite without event, equal to `lower` where
        the day is known.
    covariates : array (patients, p)
    """

    lower: Floats
    upper: Floats
    covariates: Floats

    @property
    def events(self) -> int:
        """Patients who have the event."""
        return int(np.isfinite(self.upper).sum())


@dataclass(frozen=True)
class WeibullFit:
    """One fit a row of weights.

    Attributes
    ----------
    coefficients : array (fits, p)
        Log hazard ratios; NaN where the likelihood has no maximum.
    errors : array (fits, p)
        Their standard errors, from the observed information.
    """

    coefficients: Floats
    errors: Floats


@dataclass(frozen=True)
class _Times:
    """Logarithms of both ends (0 where the end is none), and which of them count."""

    low: Floats
    high: Floats
    begun: Floats
    within: np.ndarray
    exact: Floats
    design: Floats

    @classmethod
    def of(cls, data: Intervals) -> "_Times":
        known = data.lower[data.lower > 0]
        # In units of a typical time the parameters are of order 1; hazard ratios do not change.
        scale = float(np.median(known)) if len(known) else 1.0
        exact = np.isfinite(data.upper) & (data.upper == data.lower)
        within = np.isfinite(data.upper) & ~exact
        begun = data.lower > 0
        return cls(
            low=np.log(np.where(begun, data.lower, scale) / scale),
            high=np.log(np.where(within, data.upper, scale) / scale),
            begun=begun.astype(float),
            within=within,
            exact=exact.astype(float),
            design=np.column_stack([np.ones(len(data.lower)), data.covariates]),
        )


def fit(data: Intervals, weights: Floats) -> WeibullFit:
    """Fit the model under each weighting of the patients.

    Parameters
    ----------
    data : Intervals
    weights : array (fits, patients)

    Notes
    -----
    Not fitted are samples without events, with a constant or collinear covariate, and those in
    which a covariate separates the events (monotone likelihood).
    """
    times = _Times.of(data)
    width = times.design.shape[1] + 1
    found = np.full((len(weights), width), np.nan)
    errors = np.full((len(weights), width), np.nan)
    begin = np.zeros(width)
    step = max(CACHED // max(len(data.lower), 1), 1)
    for at in [slice(0, 1), *(slice(i, i + step) for i in range(1, len(weights), step))]:
        found[at], errors[at] = _newton(times, weights[at], begin)
        if at.start == 0 and np.isfinite(found[0]).all():
            begin = found[0]
    return WeibullFit(found[:, 1:-1], errors[:, 1:-1])


def _newton(times: _Times, mass: Floats, begin: Floats) -> tuple[Floats, Floats]:
    """Newton-Raphson with step halving; parameters are intercept, covariates, log shape."""
    found = np.full((len(mass), len(begin)), np.nan)
    errors = np.full((len(mass), len(begin)), np.nan)
    events = mass @ (times.within | (times.exact > 0)).astype(float)
    active = np.flatnonzero(events > 0)
    theta = np.tile(begin, (len(active), 1))
    state = _derivatives(times, mass[active], theta)
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        likelihood, score, information = state
        # Far from the maximum the information may be indefinite; a ridge keeps the step uphill.
        least, enough = np.linalg.eigvalsh(information)[:, 0], SINGULAR * events[active]
        ridge = np.where(least < enough, 1e-3 * events[active] - least, 0.0)
        damped = information + ridge[:, None, None] * np.eye(len(begin))
        move = np.linalg.solve(damped, score[..., None])[..., 0].clip(-2, 2)
        state = _derivatives(times, mass[active], theta + move)
        for _ in range(MAX_HALVINGS):
            worse = ~(state[0] >= likelihood - 1e-9 * np.abs(likelihood))
            if not worse.any():
                break
            move[worse] /= 2
            state = _derivatives(times, mass[active], theta + move)
        theta = theta + move
        sound = np.isfinite(state[2]).all(axis=(1, 2))
        sound &= np.abs(theta[:, 1:]).max(axis=1) < SEPARATION
        still = sound & (np.abs(move).max(axis=1) < TOLERANCE)
        least = np.linalg.eigvalsh(np.where(sound[:, None, None], state[2], 0.0))[:, 0]
        done = still & (least > enough)
        found[active[done]] = theta[done]
        inverse = np.linalg.inv(state[2][done])
        errors[active[done]] = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
        kept = sound & ~still
        active, theta = active[kept], theta[kept]
        state = (state[0][kept], state[1][kept], state[2][kept])
    return found, errors


def _derivatives(times: _Times, mass: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Log likelihood, its gradient and the observed information; one row a sample."""
    shape = np.exp(theta[:, -1:])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        predictor = np.zeros_like(mass)
        for at, column in enumerate(times.design.T):
            predictor += theta[:, at, None] * column
        low, high = shape * times.low, shape * times.high
        first = np.exp(predictor + low) * times.begun
        second = np.where(times.within, np.exp(predictor + high), 0.0)
        gap = np.where(times.within, second - first, 1.0)
        # Odds of having the event within the interval's hazard: 0 for those without an interval.
        odds = np.where(times.within, 1 / np.expm1(gap), 0.0)
        inside = np.where(times.within, np.log(-np.expm1(-gap)), 0.0)
        own = times.exact * (predictor + theta[:, -1:] + low)
        likelihood = (mass * (inside - first + own)).sum(axis=1)
        up, down = odds * second, (1 + odds) * first
        spread = odds * (1 + odds)
        turn = second * high - first * low
        level = up - down + times.exact
        tilt = up * high - down * low + times.exact * (1 + low)
        gap = np.where(times.within, gap, 0.0)
        curve = {
            "level": mass * (down - up + spread * gap**2),
            "mixed": mass * (down * low - up * high + spread * gap * turn),
            "shape": mass
            * (
                down * (low**2 + low) - up * (high**2 + high) + spread * turn**2 - times.exact * low
            ),
        }
    width = theta.shape[1]
    score = np.empty((len(mass), width))
    information = np.empty((len(mass), width, width))
    for at, column in enumerate(times.design.T):
        score[:, at] = (mass * level * column).sum(axis=1)
        mixed = (curve["mixed"] * column).sum(axis=1)
        information[:, at, -1] = information[:, -1, at] = mixed
        for other, against in enumerate(times.design.T[: at + 1]):
            value = (curve["level"] * (column * against)).sum(axis=1)
            information[:, at, other] = information[:, other, at] = value
    score[:, -1] = (mass * tilt).sum(axis=1)
    information[:, -1, -1] = curve["shape"].sum(axis=1)
    return likelihood, score, information
