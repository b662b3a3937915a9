"""Cox regression on many weightings of the same patients at once.

A Newton kernel in numpy: the rows are sorted once, then any number of weight vectors is fitted
together. Rows are in counting-process form, at risk on (start, stop], so time-dependent covariates
are rows of their own.

Ties are Efron's, weighted as R's ``coxph(weights=)`` does: deaths of *different* patients on one
day are tied, and copies of one patient in a resample are mass, not ties. (Efron on replicated rows
would treat the copies as ties, and so estimate something else than on the sample; Breslow would
not, but is biased towards 0 by the many ties of scheduled visits.)
"""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows, Layout

MAX_ITERATIONS = 30
MAX_HALVINGS = 6
TOLERANCE = 3e-5
"""Last step, in standard deviations of a covariate: Newton then errs by about its square."""
SEPARATION = 15.0
"""Log hazard ratio over a covariate's whole range beyond which the likelihood has no maximum."""
CACHED = 30_000
"""Rows times resamples that are worked on at once."""
SINGULAR = 1e-7
"""Least eigenvalue of the information per event, covariates scaled to unit variance."""


@dataclass(frozen=True)
class CoxFit:
    """One fit a row of weights.

    Attributes
    ----------
    coefficients : array (fits, p)
        Log hazard ratios; NaN where the likelihood has no maximum.
    variance : array (fits, p, p)
        Inverse information.
    fitted : array (fits,) of bool
    """

    coefficients: Floats
    variance: Floats
    fitted: np.ndarray


def fit(rows: CoxRows, weights: Floats) -> CoxFit:
    """Fit a Cox model under each weighting of the patients.

    Parameters
    ----------
    rows : CoxRows
    weights : array (fits, patients)
        Mass of each patient; a patient of mass 0 is not in that sample.

    Notes
    -----
    Not fitted are samples without events, with a covariate that is constant or collinear in the
    risk sets, and with separation (monotone likelihood).
    """
    width = rows.covariates.shape[1]
    coefficients = np.full((len(weights), width), np.nan)
    variance = np.full((len(weights), width, width), np.nan)
    if rows.events and width:
        begin = np.zeros(width)
        for at in _chunks(len(weights), len(rows.stop)):
            coefficients[at], variance[at] = _newton(rows, weights[at][:, rows.patient], begin)
            if at.start == 0 and np.isfinite(coefficients[0]).all():
                # Resamples lie near the sample: starting there halves the iterations.
                begin = np.nan_to_num(coefficients[0] * rows.layout.scale)
    return CoxFit(coefficients, variance, np.isfinite(coefficients).all(axis=1))


def _chunks(count: int, size: int) -> list[slice]:
    """Cut off the sample itself, then as many resamples as the CPU's cache holds."""
    step = max(CACHED // max(size, 1), 1)
    return [slice(0, 1), *(slice(at, at + step) for at in range(1, count, step))]


def linear_predictor(rows: CoxRows, coefficients: Floats) -> Floats:
    """Log relative hazard of each row, centred; (fits, rows)."""
    return _predict(rows.layout, coefficients * rows.layout.scale)


def _predict(layout: Layout, scaled: Floats) -> Floats:
    # A plain sum, not a BLAS product: the same bits on any number of threads.
    predictor = np.zeros((len(scaled), len(layout.scaled)))
    for column in range(scaled.shape[1]):
        predictor += scaled[:, column, None] * layout.scaled[:, column]
    return predictor


def _newton(rows: CoxRows, mass: Floats, begin: Floats) -> tuple[Floats, Floats]:
    """Newton-Raphson with step halving, one problem a row of `mass`; NaN where it fails."""
    layout = rows.layout
    width = len(begin)
    found = np.full((len(mass), width), np.nan)
    variance = np.full((len(mass), width, width), np.nan)
    events = (mass[:, layout.deaths] > 0).sum(axis=1)
    span = np.ptp(layout.scaled, axis=0)
    ridge = 1e-12 * np.eye(width)
    beta = np.tile(begin, (len(mass), 1))
    likelihood, score, information = derivatives(rows, mass, beta)
    # Problems leave as soon as they are solved or have no solution.
    active = np.flatnonzero(_soluble(information, events))
    beta, likelihood, score, information = (
        part[active] for part in (beta, likelihood, score, information)
    )
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        step = np.linalg.solve(information + ridge, score[..., None])[..., 0].clip(-4, 4)
        here = mass[active]
        trial = derivatives(rows, here, beta + step)
        for _ in range(MAX_HALVINGS):
            worse: np.ndarray = np.asarray(trial[0] < likelihood - 1e-9 * np.abs(likelihood))
            if not worse.any():
                break
            step[worse] /= 2
            trial = derivatives(rows, here, beta + step)
        beta = beta + step
        likelihood, score, information = trial
        sound = _soluble(information, events[active])
        sound &= np.abs(beta * span).max(axis=1) < SEPARATION
        done = sound & (np.abs(step).max(axis=1) < TOLERANCE)
        found[active[done]] = beta[done]
        variance[active[done]] = np.linalg.inv(information[done])
        kept = sound & ~done
        active = active[kept]
        beta, likelihood, score, information = (
            part[kept] for part in (beta, likelihood, score, information)
        )
    return found / layout.scale, variance / np.outer(layout.scale, layout.scale)


def _soluble(information: Floats, events: Floats) -> np.ndarray:
    finite: np.ndarray = np.isfinite(information).all(axis=(1, 2), keepdims=False)  # type: ignore[assignment]
    safe = np.where(finite[:, None, None], information, 0.0)
    return finite & (events > 0) & (np.linalg.eigvalsh(safe)[:, 0] > SINGULAR * events)


def derivatives(rows: CoxRows, mass: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """Log partial likelihood, its gradient and the observed information, scaled covariates.

    Parameters
    ----------
    mass : array (fits, rows)
    beta : array (fits, p)

    Notes
    -----
    Efron (1977), weighted as in Therneau & Grambsch, *Modeling Survival Data* (2000), 3.3. The sum
    of second moments over risk sets is rearranged to one sum over rows, each weighted by its own
    cumulative hazard, which turns p^2 cumulative sums into one.
    """
    layout = rows.layout
    predictor = _predict(layout, beta)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        risk = mass * np.exp(predictor)
        terms = _terms(layout, mass)
        total, share = terms.at(layout, risk)
        denominator = np.where(terms.weight > 0, total - terms.fraction * share, 1.0)
        hazard = terms.weight / denominator
        death_mass = mass[:, layout.deaths]
        likelihood = (death_mass * predictor[:, layout.deaths]).sum(axis=1) - (
            terms.weight * np.log(denominator)
        ).sum(axis=1)
        exposure = risk * _cumulative(layout, hazard, terms.fraction)
        residual = -exposure
        residual[:, layout.deaths] += death_mass
        score = np.einsum("bi,ip->bp", residual, layout.scaled)
        information = np.empty((len(mass), beta.shape[1], beta.shape[1]))
        seconds = np.einsum("bi,iq->bq", exposure, layout.products)
        means = []
        for column in layout.scaled.T:
            moment, tied = terms.at(layout, risk * column)
            means.append((moment - terms.fraction * tied) / denominator)
        for at, (first, second) in enumerate(zip(*layout.upper, strict=True)):
            value = seconds[:, at] - (terms.weight * means[first] * means[second]).sum(axis=1)
            information[:, first, second] = information[:, second, first] = value
    return likelihood, score, information


@dataclass(frozen=True)
class _Terms:
    """Efron's terms, a column a death: `weight` (0: unused) and tied `fraction`."""

    weight: Floats
    fraction: Floats

    def at(self, layout: Layout, values: Floats) -> tuple[Floats, Floats]:
        """Sum row values over the risk set, and over the tied deaths, of each term."""
        # Summed over those still under observation, less those not yet entered.
        sums = _running(values[:, layout.by_stop], layout.at_stop)
        if len(layout.by_start):
            sums -= _running(values[:, layout.by_start], layout.at_start)
        tied = np.add.reduceat(values[:, layout.deaths], layout.first, axis=1)
        return sums[:, layout.time], tied[:, layout.time]


def _running(ordered: Floats, counts: np.ndarray) -> Floats:
    sums = np.zeros((ordered.shape[0], ordered.shape[1] + 1))
    np.cumsum(ordered, axis=1, out=sums[:, 1:])
    return sums[:, counts]


def _terms(layout: Layout, mass: Floats) -> _Terms:
    deaths = mass[:, layout.deaths]
    present = deaths > 0
    tied = np.add.reduceat(present, layout.first, axis=1)[:, layout.time]
    before: np.ndarray = np.cumsum(present, axis=1) - present
    rank: np.ndarray = before - before[:, layout.first][:, layout.time]
    summed = np.add.reduceat(deaths, layout.first, axis=1)[:, layout.time]
    count = np.maximum(tied, 1)
    weight = np.where(present, summed / count, 0.0)
    return _Terms(weight, np.where(present, rank / count, 0.0))


def _cumulative(layout: Layout, hazard: Floats, fraction: Floats) -> Floats:
    """Cumulative hazard that each row is exposed to, with Efron's reduction for the dying."""
    steps = np.add.reduceat(hazard, layout.first, axis=1)
    sums = np.zeros((len(hazard), steps.shape[1] + 1))
    np.cumsum(steps, axis=1, out=sums[:, 1:])
    cumulative = sums[:, layout.until_stop] - sums[:, layout.until_start]
    reduction = np.add.reduceat(hazard * fraction, layout.first, axis=1)[:, layout.time]
    cumulative[:, layout.deaths] -= reduction
    return cumulative
