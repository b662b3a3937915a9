"""The hazard ratios of the primary analysis under other assumptions, bootstrapped like these.

`covariate_adjusted`: the treatment's effect beside the configured covariates. `unstratified`:
without the strata of randomisation. `site_strata`: each site has a baseline hazard of its own.
`interval_censored`: progression lies between two visits, not on the second. `last_assessment`:
survival counts only as long as it is known who has progressed. Under the primary criteria, on the
pairs; the first two on each contrast's own visits too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from gadless.statistics import covariates, models
from gadless.statistics.comparisons import surrogate
from gadless.statistics.estimators import weibull
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.figures import LEAST_EVENTS, Figure, fit_model
from gadless.statistics.models import Model
from gadless.statistics.study import Key, Study, Unit
from gadless.vocabulary.names import PFS, TTP
from gadless.vocabulary.survival import (
    COVARIATE_ADJUSTED,
    HR_PROGRESSION,
    INTERVAL_CENSORED,
    LAST_ASSESSMENT,
    SITE_STRATA,
    TREATMENT_HR,
    UNSTRATIFIED,
)

ENDPOINTS = (TTP, PFS)
Terms = list[tuple[str, str, str]]
"""Stratum and term of a row, and the model's coefficient that it shows."""
PROGRESSION: Terms = [("all", HR_PROGRESSION, "progression")]


def figures(study: Study, unit: Unit) -> Iterator[Figure]:
    """Bootstrapped figures of this module's analyses on one contrast."""
    yield from _treatment(study, unit)
    if unit.analysis.candidate:
        yield from _pair(study, unit)


def _treatment(study: Study, unit: Unit) -> Iterator[Figure]:
    """Analyse the treatment beside covariates, and without strata."""
    settings = study.config.statistics
    if settings.covariates:
        design = covariates.adjusted(study.cohort, settings.covariates, settings.is_category)
        adjusted = f"Cox, adjusted for {', '.join(settings.covariates)}"
        changed = treatment_models(study, unit, design, adjusted)
        yield from _hazard_ratios(study, COVARIATE_ADJUSTED, changed)
    if settings.strata:
        changed = primary_models(study, unit)
        yield from _hazard_ratios(study, UNSTRATIFIED, changed, unstratified=True)


def _pair(study: Study, unit: Unit) -> Iterator[Figure]:
    for name in ENDPOINTS:
        yield from _interval_censored(study, Key(*unit, name))
    yield from _hazard_ratios(study, LAST_ASSESSMENT, [_last_assessment(study, unit)])
    if several_sites(study) and "site" not in study.config.statistics.strata:
        changed = (one.by_site(study.sites) for one in primary_models(study, unit))
        yield from _hazard_ratios(study, SITE_STRATA, changed)


@dataclass(frozen=True)
class Specified:
    """A model, what a row says of it, and which of its coefficients are shown."""

    method: str
    endpoint: str
    model: Model
    terms: Terms

    def by_site(self, sites: np.ndarray) -> "Specified":
        """Give each site a baseline hazard of its own."""
        method = f"{self.method}, stratified by site ({len(set(sites))} strata)"
        return replace(self, method=method, model=models.stratified(self.model, sites))


def _hazard_ratios(
    study: Study, analysis: str, specified: Iterable[Specified], *, unstratified: bool = False
) -> Iterator[Figure]:
    for one in specified:
        fitted = fit_model(study, one.model, unstratified=unstratified)
        for stratum, term, column in one.terms:
            yield fitted.hazard_ratio(column, analysis, one.endpoint, stratum, term, one.method)


def _last_assessment(study: Study, unit: Unit) -> Specified:
    """Follow survival no longer than progression was looked for."""
    progression, design = surrogate.pieces(study, unit)
    seen = progression.known_until(progression.days)
    how = "Cox, survival censored where the progression state is no longer known"
    model = models.time_dependent(study.cohort, seen, design)
    return Specified(how, TTP, model, PROGRESSION)


def several_sites(study: Study) -> bool:
    """Whether patients are known to come from two sites or more."""
    return len(set(study.sites) - {""}) > 1


def primary_models(study: Study, unit: Unit) -> Iterator[Specified]:
    """Give the models of treatment and of progression as the primary analysis has them."""
    yield from treatment_models(study, unit, covariates.arms(study.cohort), "Cox")
    model = models.time_dependent(study.cohort, *surrogate.pieces(study, unit))
    yield Specified("Cox, progression as a time-dependent state", TTP, model, PROGRESSION)


def treatment_models(
    study: Study, unit: Unit, design: covariates.Design, method: str
) -> Iterator[Specified]:
    """Give the model of the treatment on each endpoint; none where there is one arm."""
    arms = covariates.arms(study.cohort).names
    for name in ENDPOINTS if arms else ():
        times = study.endpoint(*unit, name)
        model = models.plain(times.days, times.event, design)
        yield Specified(method, name, model, [(arm, TREATMENT_HR, arm) for arm in arms])


def _interval_censored(study: Study, key: Key) -> Iterator[Figure]:
    design = covariates.arms(study.cohort)
    if not design.names or key not in study.bounds:
        return
    data = weibull.Intervals(*study.bounds[key], design.matrix)
    found = weibull.fit(data, study.weights)
    informed = int(((data.lower > 0) | np.isfinite(data.upper)).sum())
    limit, count = study.config.statistics.events_per_variable, len(design.names)
    few = LEAST_EVENTS.format(limit=limit, events=data.events, count=count)
    for at, arm in enumerate(design.names):
        value = Bootstrapped.of(found.coefficients[:, at])
        error = float(found.errors[0, at])
        yield Figure(
            INTERVAL_CENSORED,
            key.endpoint,
            arm,
            TREATMENT_HR,
            value,
            informed,
            data.events,
            "Weibull, progression between two visits, Wald",
            log=True,
            p=float(2 * norm.sf(abs(value.value / error))),
            warning=(few,) if data.events < limit * count else (),
            error=error,
        )
