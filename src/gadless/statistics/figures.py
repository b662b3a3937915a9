"""Figures of one contrast, bootstrapped on shared resamples so that any two can be paired."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from gadless.statistics import cox
from gadless.statistics.concordance import Comparable
from gadless.statistics.models import Model
from gadless.statistics.resampling import Bootstrapped, Floats

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

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the same figure on another contrast has in common with this one."""
        return self.analysis, self.endpoint, self.stratum, self.term


@dataclass(frozen=True)
class Fitted:
    """A Cox model on the sample and on each resample."""

    model: Model
    result: cox.CoxFit
    weights: Floats
    warning: str

    def coefficient(self, name: str) -> tuple[Bootstrapped, Floats]:
        """Log hazard ratio of a covariate, and its Wald statistic on the sample and resamples."""
        at = self.model.names.index(name)
        values = self.result.coefficients[:, at]
        return Bootstrapped.of(values), values / np.sqrt(self.result.variance[:, at, at])

    def concordance(self, *, uno: bool = False) -> tuple[Bootstrapped, Bootstrapped]:
        """Apparent concordance, Harrell's and Uno's, of each model on its own sample."""
        score = cox.linear_predictor(self.model.rows, self.result.coefficients)
        # Equal covariates are equal scores, whatever the last bits of their sums.
        score = np.round(score, 10)
        found = Comparable(self.model.rows).concordance(score, self.weights, uno=uno)
        return Bootstrapped.of(found.harrell), Bootstrapped.of(found.uno)


def two_sided(z: Floats) -> float:
    """Two-sided p-value of the sample's Wald statistic."""
    return float(2 * norm.sf(abs(z[0])))


def fit(model: Model, weights: Floats, per_variable: float) -> Fitted:
    """Fit a model to the sample and the resamples; say what is wrong with it."""
    result = cox.fit(model.rows, weights)
    events, count = model.rows.events, len(model.names)
    warnings = [model.warning] if model.warning else []
    if count and events < per_variable * count:
        warnings.append(LEAST_EVENTS.format(limit=per_variable, events=events, count=count))
    if not result.fitted[0]:
        reason = "no events" if not events else "a covariate is constant or separates the events"
        warnings.append(f"the model has no estimate: {reason}")
    return Fitted(model, result, weights, "; ".join(warnings))
