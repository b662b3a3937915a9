"""Figures of one contrast, bootstrapped on shared resamples so that any two can be paired."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from gadless.statistics.estimators import cox, library, proportional
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.concordance import Comparable
from gadless.statistics.models import Model
from gadless.statistics.rows import joined
from gadless.statistics.study import Study

LEAST_EVENTS = "fewer than {limit:g} events a coefficient ({events} for {count}): unreliable"


@dataclass(frozen=True)
class Figure:
    """One number on one contrast.

    Attributes
    ----------
    analysis, endpoint, stratum, term : str
        Where its row stands in `survival.tsv`.
    value : Bootstrapped
        A hazard ratio is kept as its logarithm (`log`).
    limits : tuple of float or None
        Interval of another kind than the bootstrap's.
    z : array (samples,) or None
        Wald statistic of a tested hazard ratio.
    """

    analysis: str
    endpoint: str
    stratum: str
    term: str
    value: Bootstrapped
    n: int
    events: int
    method: str
    log: bool = False
    p: float = float("nan")
    warning: str = ""
    z: Floats | None = None
    limits: tuple[float, float] | None = None

    def concluded(self, direction: str, alpha: float) -> Floats:
        """Return what a Wald test of the hazard ratio concludes on the sample and each resample.

        Returns
        -------
        array (samples,)
            -1 or 1: significant, in that direction; 0: not significant; NaN: no fit.
        """
        if self.z is None:
            raise ValueError(f"{self.term} is not tested")
        sign = np.sign(self.z)
        if direction == "two-sided":
            significant = 2 * norm.sf(np.abs(self.z)) < alpha
        else:
            wanted = -1.0 if direction == "less" else 1.0
            significant = norm.sf(wanted * self.z) < alpha
        return np.where(np.isfinite(self.z), sign * significant, np.nan)

    def tested(self, direction: str) -> float:
        """P-value of the sample's Wald test in a direction, or two-sided."""
        if self.z is None or direction == "two-sided":
            return self.p
        return float(norm.sf(self.z[0] if direction == "greater" else -self.z[0]))

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the same figure on another contrast has in common with this one."""
        return self.analysis, self.endpoint, self.stratum, self.term


@dataclass(frozen=True)
class Fitted:
    """A Cox model on the sample and on each resample.

    Attributes
    ----------
    model : Model
    result : CoxFit
        Row 0 is the sample's, its coefficients lifelines' unless `kernel_only`.
    weights : array (samples, patients)
    warning : str
    kernel_only : bool
    """

    model: Model
    result: cox.CoxFit
    weights: Floats
    warning: str
    kernel_only: bool = False

    def coefficient(self, name: str) -> tuple[Bootstrapped, Floats]:
        """Log hazard ratio of a covariate, and its Wald statistic on the sample and resamples."""
        at = self.model.names.index(name)
        values = self.result.coefficients[:, at]
        return Bootstrapped.of(values), values / np.sqrt(self.result.variance[:, at, at])

    def hazard_ratio(
        self, column: str, analysis: str, endpoint: str, stratum: str, term: str, method: str
    ) -> Figure:
        """Figure of one covariate's hazard ratio, with its Wald test."""
        value, z = self.coefficient(column)
        return Figure(
            analysis,
            endpoint,
            stratum,
            term,
            value,
            self.model.patients,
            self.model.rows.events,
            method,
            log=True,
            p=two_sided(z),
            warning=self.warning,
        )

    def proportional(self) -> dict[str, proportional.Test]:
        """Score tests of proportional hazards on the sample, by covariate and of all together."""
        rows, names = self.model.rows, self.model.names
        coefficients = self.result.coefficients[0]
        if not self.result.fitted[0]:
            coefficients = np.full(len(names), np.nan)
        return proportional.score_tests(rows, coefficients, names)

    def concordance(self, *, uno: bool = False) -> tuple[Bootstrapped, Bootstrapped]:
        """Apparent concordance, Harrell's and Uno's, of each model on its own sample."""
        rows = self.model.rows
        score = cox.linear_predictor(rows, self.result.coefficients)
        # Equal covariates are equal scores, whatever the last bits of their sums.
        score = np.round(score, 10)
        found = Comparable(rows).concordance(score, self.weights, uno=uno)
        harrell = Bootstrapped.of(found.harrell)
        # No library has the concordance of rows that enter late.
        if not self.kernel_only and not rows.start.any():
            harrell = library.settle(harrell, library.concordance(rows, score[0]), "lifelines")
        return harrell, Bootstrapped.of(found.uno)


def two_sided(z: Floats) -> float:
    """Two-sided p-value of the sample's Wald statistic."""
    return float(2 * norm.sf(abs(z[0])))


def fit_model(study: Study, model: Model) -> Fitted:
    """Fit a model of a study to the sample and the study's resamples."""
    limit = study.config.statistics.events_per_variable
    return fit(model, study.weights, limit, kernel_only=study.kernel_only)


def fit(model: Model, weights: Floats, per_variable: float, *, kernel_only: bool = False) -> Fitted:
    """Fit a model to the sample and the resamples; say what is wrong with it."""
    result = cox.fit(model.rows, weights)
    events, count = model.rows.events, len(model.names)
    warning = model.warning
    if count and events < per_variable * count:
        few = LEAST_EVENTS.format(limit=per_variable, events=events, count=count)
        warning = joined(warning, few)
    if not result.fitted[0]:
        reason = "no events" if not events else "a covariate is constant or separates the events"
        warning = joined(warning, f"the model has no estimate: {reason}")
    elif not kernel_only:
        result, doubt = _by_library(model, result)
        warning = joined(warning, doubt)
    return Fitted(model, result, weights, warning, kernel_only)


def _by_library(model: Model, result: cox.CoxFit) -> tuple[cox.CoxFit, str]:
    """Put lifelines' estimates in the sample's row."""
    coefficients = library.cox(model.rows)
    doubts = [
        library.settle(Bootstrapped.of(own), estimate, "lifelines").doubt
        for own, estimate in zip(result.coefficients.T, coefficients, strict=True)
    ]
    if np.isfinite(coefficients).all():
        every = result.coefficients.copy()
        every[0] = coefficients
        result = replace(result, coefficients=every)
    return result, joined(*doubts)
