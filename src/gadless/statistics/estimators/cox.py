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
            coefficients[at], variance[at] = _newton(
                rows, weights[at].take(rows.patient, axis=1), begin
            )
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
    events = (mass.take(layout.deaths, axis=1) > 0).sum(axis=1)
    span = np.ptp(layout.scaled, axis=0)
    ridge = 1e-12 * np.eye(width)
    beta = np.tile(begin, (len(mass), 1))
    terms = Terms.of(layout, mass)
    likelihood, score, information = derivatives(rows, mass, beta, terms)
    # Problems leave as soon as they are solved or have no solution.
    active = np.flatnonzero(_soluble(information, events))
    beta, likelihood, score, information = (
        part[active] for part in (beta, likelihood, score, information)
    )
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        step = np.linalg.solve(information + ridge, score[..., None])[..., 0].clip(-4, 4)
        here, own = mass[active], terms[active]
        trial = derivatives(rows, here, beta + step, own)
        for _ in range(MAX_HALVINGS):
            worse: np.ndarray = np.asarray(trial[0] < likelihood - 1e-9 * np.abs(likelihood))
            if not worse.any():
                break
            step[worse] /= 2
            trial = derivatives(rows, here, beta + step, own)
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


def derivatives(
    rows: CoxRows, mass: Floats, beta: Floats, terms: "Terms | None" = None
) -> tuple[Floats, Floats, Floats]:
    """Log partial likelihood, its gradient and the observed information, scaled covariates.

    Parameters
    ----------
    mass : array (fits, rows)
    beta : array (fits, p)
    terms : Terms, optional
        Of these masses, where they are known.

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
        terms = terms or Terms.of(layout, mass)
        at_risk = _AtRisk.of(layout, risk)
        total, share = at_risk.sums(layout)
        denominator = np.where(terms.weight > 0, total - terms.fraction * share, 1.0)
        hazard = terms.weight / denominator
        death_mass = mass.take(layout.deaths, axis=1)
        likelihood = (death_mass * predictor.take(layout.deaths, axis=1)).sum(axis=1) - (
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
            moment, tied = at_risk.sums(layout, column)
            means.append((moment - terms.fraction * tied) / denominator)
        weighted = [terms.weight * mean for mean in means]
        for at, (first, second) in enumerate(zip(*layout.upper, strict=True)):
            value = seconds[:, at] - np.einsum("bi,bi->b", weighted[first], means[second])
            information[:, first, second] = information[:, second, first] = value
    return likelihood, score, information


@dataclass(frozen=True)
class Terms:
    """Efron's terms, a column a death: `weight` (0: unused) and tied `fraction`."""

    weight: Floats
    fraction: Floats

    @classmethod
    def of(cls, layout: Layout, mass: Floats) -> "Terms":
        """Lay out the terms of some masses, whatever the coefficients."""
        deaths = mass.take(layout.deaths, axis=1)
        present = deaths > 0
        tied = np.add.reduceat(present, layout.first, axis=1).take(layout.time, axis=1)
        before: np.ndarray = np.cumsum(present, axis=1) - present
        rank: np.ndarray = before - before.take(layout.first, axis=1).take(layout.time, axis=1)
        summed = np.add.reduceat(deaths, layout.first, axis=1).take(layout.time, axis=1)
        count = np.maximum(tied, 1)
        weight = np.where(present, summed / count, 0.0)
        return cls(weight, np.where(present, rank / count, 0.0))

    def __getitem__(self, fits: np.ndarray) -> "Terms":
        return Terms(self.weight[fits], self.fraction[fits])


@dataclass(frozen=True)
class _AtRisk:
    """Relative hazards in the three orders that sums run over: put in order once, not a column."""

    leaving: Floats
    entering: Floats
    dying: Floats

    @classmethod
    def of(cls, layout: Layout, risk: Floats) -> "_AtRisk":
        return cls(
            *(risk.take(at, axis=1) for at in (layout.by_stop, layout.by_start, layout.deaths))
        )

    def sums(self, layout: Layout, column: Floats | None = None) -> tuple[Floats, Floats]:
        """Sum hazards, times a covariate, over the risk set and over the tied deaths of each term.

        Parameters
        ----------
        column : array (rows,), optional
        """
        leaving, entering, dying = self.leaving, self.entering, self.dying
        if column is not None:
            leaving, dying = leaving * column[layout.by_stop], dying * column[layout.deaths]
            entering = entering * column[layout.by_start]
        # Summed over those still under observation, less those not yet entered.
        sums = _running(leaving, layout.at_stop)
        if len(layout.by_start):
            sums -= _running(entering, layout.at_start)
        tied = np.add.reduceat(dying, layout.first, axis=1)
        return sums.take(layout.time, axis=1), tied.take(layout.time, axis=1)


def _running(ordered: Floats, counts: np.ndarray) -> Floats:
    sums = np.zeros((ordered.shape[0], ordered.shape[1] + 1))
    np.cumsum(ordered, axis=1, out=sums[:, 1:])
    return sums.take(counts, axis=1)


def _cumulative(layout: Layout, hazard: Floats, fraction: Floats) -> Floats:
    """Cumulative hazard that each row is exposed to, with Efron's reduction for the dying."""
    steps = np.add.reduceat(hazard, layout.first, axis=1)
    sums = np.zeros((len(hazard), steps.shape[1] + 1))
    np.cumsum(steps, axis=1, out=sums[:, 1:])
    cumulative = sums.take(layout.until_stop, axis=1) - sums.take(layout.until_start, axis=1)
    reduction = np.add.reduceat(hazard * fraction, layout.first, axis=1).take(layout.time, axis=1)
    cumulative[:, layout.deaths] -= reduction
    return cumulative
