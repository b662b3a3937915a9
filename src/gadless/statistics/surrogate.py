"""Progression as a surrogate for survival: how well does it foretell death on each contrast?

Three specifications, all adjusted for treatment and the configured covariates: progression as a
state that changes (time-dependent), progression by a landmark among those alive then, and, labelled
biased, progression as if it had been known from the start.
"""

from collections.abc import Iterator

import numpy as np

from gadless.statistics import covariates, models
from gadless.statistics.figures import Figure, Fitted, fit_model, two_sided
from gadless.statistics.kaplan_meier import kaplan_meier
from gadless.statistics.models import Model
from gadless.statistics.proportional import score_test
from gadless.statistics.resampling import Bootstrapped
from gadless.statistics.study import Study
from gadless.statistics.tables import TimeToEvent

Baselines = dict[str, tuple[Bootstrapped, Bootstrapped]]
"""Harrell's and Uno's concordance of the covariates alone, by stratum."""

HARRELL = "Harrell's C, apparent"
UNO = "Uno's C, apparent"


def covariates_alone(study: Study) -> Baselines:
    """Concordance without progression: the same for every contrast, so fitted once."""
    nobody = np.zeros(len(study.cohort.patients))
    empty = TimeToEvent(nobody, nobody > 0, nobody.astype(str), nobody.astype(str))
    found = {}
    for stratum, model in _landmarks(study, empty):
        found[stratum] = _alone(study, model, uno=True)
    full = models.fixed(study.cohort, empty, _design(study), 0)
    found["all"] = _alone(study, full, uno=False)
    return found


def _alone(study: Study, model: Model, *, uno: bool) -> tuple[Bootstrapped, Bootstrapped]:
    reduced = models.without_progression(model)
    missing = Bootstrapped.missing(len(study.weights) - 1)
    if not reduced.names or not reduced.rows.events:
        return missing, missing
    return fit_model(study, reduced).concordance(uno=uno)


def _design(study: Study) -> covariates.Design:
    return covariates.adjusted(study.cohort, study.config.statistics.covariates)


def _landmarks(study: Study, progression: TimeToEvent) -> Iterator[tuple[str, Model]]:
    for day in study.config.statistics.landmarks:
        model = models.landmark(study.cohort, progression, _design(study), day)
        yield f"landmark:{day}", model


def figures(
    study: Study, progression: TimeToEvent, reference: TimeToEvent, alone: Baselines
) -> Iterator[Figure]:
    """All figures of one contrast.

    Parameters
    ----------
    progression : TimeToEvent
        Time to progression on the contrast.
    reference : TimeToEvent
        On the reference: its median cuts the fixed covariate, for every contrast alike.
    alone : dict
        From :func:`covariates_alone`.
    """
    design = _design(study)
    cohort = study.cohort
    changing = models.time_dependent(cohort, progression, design)
    yield from _model(study, "surrogate_time_dependent", "all", changing, alone["all"])
    for stratum, model in _landmarks(study, progression):
        yield from _model(study, "surrogate_landmark", stratum, model, alone[stratum])
    ones = np.ones((1, len(cohort.patients)))
    median = kaplan_meier(reference.days, reference.event, ones).median()[0]
    cut = median if np.isfinite(median) else float(reference.days.max(initial=0))
    biased = models.fixed(cohort, progression, design, cut)
    yield from _model(study, "surrogate_fixed", "all", biased, alone["all"])


def _model(
    study: Study,
    analysis: str,
    stratum: str,
    model: Model,
    alone: tuple[Bootstrapped, Bootstrapped],
) -> Iterator[Figure]:
    fitted = fit_model(study, model)
    method = {
        "surrogate_time_dependent": "Cox, progression as a time-dependent state",
        "surrogate_landmark": "Cox from the landmark on",
        "surrogate_fixed": "Cox, early progression as a fixed covariate",
    }[analysis]

    def figure(term: str, value: Bootstrapped, how: str = method, **more: object) -> Figure:
        return Figure(
            analysis,
            "TTP",
            stratum,
            term,
            value,
            model.patients,
            model.rows.events,
            how,
            warning=fitted.warning,
            **more,  # type: ignore[arg-type]
        )

    for name in model.names:
        value, z = fitted.coefficient(name)
        yield figure(f"hr_{name}", value, log=True, p=two_sided(z))
    yield from _concordances(figure, fitted, alone, analysis)
    statistic, p = score_test(fitted, "progression")
    draws = np.full(len(study.weights) - 1, np.nan)
    yield figure("ph_test", Bootstrapped(statistic, draws[:0]), "score test, log time", p=p)


def _concordances(
    figure: object, fitted: Fitted, alone: tuple[Bootstrapped, Bootstrapped], analysis: str
) -> Iterator[Figure]:
    assert callable(figure)
    counting = analysis == "surrogate_time_dependent"
    how = "counting-process concordance, apparent" if counting else HARRELL
    landmark = analysis == "surrogate_landmark"
    full, uno = fitted.concordance(uno=landmark)
    yield figure("c_index", full, how)
    yield figure("c_index_covariates", alone[0], HARRELL)
    yield figure("c_index_gain", full - alone[0], how)
    if landmark:
        yield figure("c_index_uno", uno, UNO)
        yield figure("c_index_uno_covariates", alone[1], UNO)
