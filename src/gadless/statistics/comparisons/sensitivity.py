"""The hazard ratios of the primary analysis under other assumptions, bootstrapped like these.

`site_strata`: each site has a baseline hazard of its own. `interval_censored`: progression lies
between two visits, not on the second. `last_assessment`: survival counts only as long as it is
known who has progressed. All of the pairs under the primary criteria.
"""

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from gadless.statistics import covariates, models
from gadless.statistics.comparisons import surrogate
from gadless.statistics.estimators import weibull
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.figures import LEAST_EVENTS, Figure, fit_model
from gadless.statistics.models import Model
from gadless.statistics.study import Key, Study, Unit

ENDPOINTS = ("TTP", "PFS")
Terms = list[tuple[str, str, str]]
"""Stratum and term of a row, and the model's coefficient that it shows."""
PROGRESSION: Terms = [("all", "hr_progression", "progression")]


def figures(study: Study, unit: Unit) -> Iterator[Figure]:
    """Bootstrapped figures of this module's analyses on one contrast of a pair."""
    for name in ENDPOINTS:
        yield from _interval_censored(study, Key(*unit, name))
    yield from _last_assessment(study, unit)
    if not several_sites(study):
        return
    _, site = np.unique(study.sites, return_inverse=True)
    for how, name, model, terms in adjusted_models(study, unit):
        apart = models.stratified(model, site)
        said = f"{how}, stratified by site ({site.max() + 1} strata)"
        yield from _hazard_ratios(study, "site_strata", name, apart, terms, said)


def _last_assessment(study: Study, unit: Unit) -> Iterator[Figure]:
    """Follow survival no longer than progression was looked for."""
    progression, design = surrogate.pieces(study, unit)
    seen = progression.known_until(progression.days)
    model = models.time_dependent(study.cohort, seen, design)
    how = "Cox, survival censored where the progression state is no longer known"
    yield from _hazard_ratios(study, "last_assessment", "TTP", model, PROGRESSION, how)


def _hazard_ratios(
    study: Study, analysis: str, name: str, model: Model, terms: Terms, how: str
) -> Iterator[Figure]:
    fitted = fit_model(study, model)
    for stratum, term, column in terms:
        yield fitted.hazard_ratio(column, analysis, name, stratum, term, how)


def several_sites(study: Study) -> bool:
    """Whether patients are known to come from two sites or more."""
    return len(set(study.sites) - {""}) > 1


def adjusted_models(study: Study, unit: Unit) -> Iterator[tuple[str, str, Model, Terms]]:
    """Give the models of treatment and of progression as the primary analysis has them.

    Yields
    ------
    method, endpoint : str
    model : Model
    terms : list
        What of the model is shown.
    """
    design = covariates.arms(study.cohort)
    for name in ENDPOINTS if design.names else ():
        times = study.endpoint(*unit, name)
        terms = [(arm, "treatment_hr", arm) for arm in design.names]
        yield "Cox", name, models.plain(times.days, times.event, design), terms
    model = models.time_dependent(study.cohort, *surrogate.pieces(study, unit))
    how = "Cox, progression as a time-dependent state"
    yield how, "TTP", model, PROGRESSION


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
        yield Figure(
            "interval_censored",
            key.endpoint,
            arm,
            "treatment_hr",
            value,
            informed,
            data.events,
            "Weibull, progression between two visits",
            log=True,
            p=float(2 * norm.sf(abs(value.value / found.errors[0, at]))),
            warning=few if data.events < limit * count else "",
        )
