"""Figures of one contrast, bootstrapped on shared resamples so that any two can be paired."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from gadless.statistics.estimators import cox, library, proportional
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.concordance import Comparable
from gadless.statistics.models import Model, stratified
from gadless.statistics.rows import Warnings, joined
from gadless.statistics.strata import Strata
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
    error : float or None
        Standard error on the sample: the row then has Wald limits, as it has Wald's `p`.
    z : array (samples,) or None
        Statistic of the test that decides what the trial concludes, on the sample and resamples.
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
    warning: Warnings = ()
    z: Floats | None = None
    limits: tuple[float, float] | None = None
    error: float | None = None

    @property
    def shown(self) -> Bootstrapped:
        """The value as it is printed."""
        return self.value.exp() if self.log else self.value

    def interval(self, level: float) -> tuple[float, float] | None:
        """Limits of another kind than the bootstrap's, as they are printed; None without such."""
        if self.error is None:
            return self.limits
        half = norm.ppf((1 + level) / 2) * self.error
        ends = np.array([self.value.value - half, self.value.value + half])
        lower, upper = np.exp(ends) if self.log else ends
        return float(lower), float(upper)

    def concluded(self, direction: str, alpha: float) -> Floats:
        """Return what the test that decides concludes on the sample and each resample.

        Returns
        -------
        array (samples,)
            -1 or 1: significant, in that direction; 0: not significant; NaN: no test.
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
        """P-value of the test that decides, in a direction or two-sided, on the sample."""
        if self.z is None:
            raise ValueError(f"{self.term} is not tested")
        if direction == "two-sided":
            return two_sided(self.z)
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
    warning : tuple of str
    kernel_only : bool
    strata : str
        What the strata add to a row's method.
    """

    model: Model
    result: cox.CoxFit
    weights: Floats
    warning: Warnings
    kernel_only: bool = False
    strata: str = ""

    def hazard_ratio(
        self, column: str, analysis: str, endpoint: str, stratum: str, term: str, method: str
    ) -> Figure:
        """Figure of one covariate's hazard ratio, with its Wald test and interval."""
        at = self.model.names.index(column)
        value = Bootstrapped.of(self.result.coefficients[:, at])
        error = float(np.sqrt(self.result.variance[0, at, at]))
        return Figure(
            analysis,
            endpoint,
            stratum,
            term,
            value,
            self.model.patients,
            self.model.rows.events,
            f"{method}{self.strata}, Wald",
            log=True,
            p=float(2 * norm.sf(abs(value.value) / error)),
            warning=self.warning,
            error=error,
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
        # No library has the concordance of rows that enter late, or of pairs within strata.
        if not (self.kernel_only or rows.start.any() or rows.strata > 1):
            harrell = library.settle(harrell, library.concordance(rows, score[0]), "lifelines")
        return harrell, Bootstrapped.of(found.uno)


def two_sided(z: Floats) -> float:
    """Two-sided p-value of the sample's statistic."""
    return float(2 * norm.sf(abs(z[0])))


def fit_model(study: Study, model: Model, *, unstratified: bool = False) -> Fitted:
    """Fit a model of a study, in the strata of its randomisation, to the sample and resamples."""
    columns = [] if unstratified else study.config.statistics.strata
    strata = Strata.of(study.cohort, columns)
    limit = study.config.statistics.events_per_variable
    apart = within(model, strata)
    found = fit(apart, study.weights, limit, kernel_only=study.kernel_only)
    return replace(found, strata=strata.method)


def within(model: Model, strata: Strata) -> Model:
    """Stratify a model, and say what is wrong with the strata."""
    if not strata.columns:
        return model
    apart = stratified(model, strata.labels)
    return replace(apart, warning=joined(model.warning, strata.warning))


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


def _by_library(model: Model, result: cox.CoxFit) -> tuple[cox.CoxFit, Warnings]:
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
