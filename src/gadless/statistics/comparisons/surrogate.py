"""Progression as a surrogate for survival: how well does it foretell death on each contrast?

Three specifications, all adjusted for treatment and the configured covariates: progression as a
state that changes (time-dependent), progression by a landmark among those alive then, and, labelled
biased, progression as if it had been known from the start.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gadless.statistics import covariates, models
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.estimators.kaplan_meier import kaplan_meier
from gadless.statistics.estimators.proportional import GLOBAL
from gadless.statistics.figures import Figure, Fitted, fit_model
from gadless.statistics.models import Model
from gadless.statistics.rows import joined
from gadless.statistics.study import Study, Unit
from gadless.statistics.time_to_event import TimeToEvent
from gadless.vocabulary.names import TTP
from gadless.vocabulary.survival import (
    C_INDEX,
    C_INDEX_COVARIATES,
    C_INDEX_GAIN,
    C_INDEX_UNO,
    C_INDEX_UNO_COVARIATES,
    PH_TEST,
    PH_TEST_GLOBAL,
    SURROGATE_FIXED,
    SURROGATE_LANDMARK,
    SURROGATE_TIME_DEPENDENT,
)

Baselines = dict[str, tuple[Bootstrapped, Bootstrapped]]
"""Harrell's and Uno's concordance of the covariates alone, by stratum."""

HARRELL = "Harrell's C, apparent"
UNO = "Uno's C, apparent"


def pieces(study: Study, unit: Unit) -> tuple[TimeToEvent, covariates.Design]:
    """Time to progression on a contrast, and the covariates, as the models of survival take them.

    Nothing is known of patients who are not followed: they are left out, in a pair from the models
    of both contrasts alike.
    """
    followed = study.followed(unit)
    progression = study.endpoint(*unit, TTP)
    known = np.where(followed, np.inf, 0.0)
    return progression.known_until(known), _design(study, followed)


def _design(study: Study, followed: np.ndarray) -> covariates.Design:
    """Arms and covariates, with a word on who is left out."""
    design = covariates.adjusted(
        study.cohort,
        study.config.statistics.covariates,
        study.config.statistics.is_category,
    )
    unseen = int((~followed).sum())
    said = f"{unseen} patients, never assessed after baseline, are left out" if unseen else ""
    return replace(design, warning=joined(design.warning, said))


def covariates_alone(study: Study, followed: np.ndarray) -> Baselines:
    """Concordance without progression: the same for every contrast, so fitted once."""
    known = np.where(followed, np.inf, 0.0)
    nobody = TimeToEvent.nobody(study.cohort).known_until(known)
    design = _design(study, followed)
    found = {}
    for stratum, model in _landmarks(study, nobody, design):
        found[stratum] = _alone(study, model, uno=True)
    full = models.fixed(study.cohort, nobody, design, 0)
    found["all"] = _alone(study, full, uno=False)
    return found


def _alone(study: Study, model: Model, *, uno: bool) -> tuple[Bootstrapped, Bootstrapped]:
    reduced = models.without_progression(model)
    missing = Bootstrapped.missing(len(study.weights) - 1)
    if not reduced.names or not reduced.rows.events:
        return missing, missing
    return fit_model(study, reduced).concordance(uno=uno)


def _landmarks(
    study: Study, progression: TimeToEvent, design: covariates.Design
) -> Iterator[tuple[str, Model]]:
    for day in study.config.statistics.landmarks:
        model = models.landmark(study.cohort, progression, design, day)
        yield f"landmark:{day}", model


def figures(study: Study, unit: Unit, alone: Baselines) -> Iterator[Figure]:
    """All figures of one contrast.

    Parameters
    ----------
    unit : Unit
    alone : dict
        From :func:`covariates_alone`, on the same patients; empty where each contrast knows
        another part of their survival.
    """
    progression, design = pieces(study, unit)
    cohort = study.cohort
    changing = models.time_dependent(cohort, progression, design)
    yield from _model(study, SURROGATE_TIME_DEPENDENT, "all", changing, alone)
    for stratum, model in _landmarks(study, progression, design):
        yield from _model(study, SURROGATE_LANDMARK, stratum, model, alone)
    # The reference's median cuts the fixed covariate, for every contrast alike.
    reference = study.endpoint(unit.analysis, study.config.reference, TTP)
    ones = np.ones((1, len(cohort.patients)))
    median = kaplan_meier(reference.days, reference.event, ones).median()[0]
    cut = median if np.isfinite(median) else float(reference.days.max(initial=0))
    biased = models.fixed(cohort, progression, design, cut)
    yield from _model(study, SURROGATE_FIXED, "all", biased, alone)


def _model(
    study: Study,
    analysis: str,
    stratum: str,
    model: Model,
    alone: Baselines,
) -> Iterator[Figure]:
    fitted = fit_model(study, model)
    methods: dict[str, str] = {
        SURROGATE_TIME_DEPENDENT: "Cox, progression as a time-dependent state",
        SURROGATE_LANDMARK: "Cox from the landmark on",
        SURROGATE_FIXED: "Cox, early progression as a fixed covariate",
    }
    method = methods[analysis]

    def figure(term: str, value: Bootstrapped, how: str = method, **more: object) -> Figure:
        return Figure(
            analysis,
            TTP,
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
        yield fitted.hazard_ratio(name, analysis, TTP, stratum, f"hr_{name}", method)
    yield from _concordances(figure, fitted, alone.get(stratum), analysis)
    tests = fitted.proportional()
    for term, name, freedom in (
        (PH_TEST, "progression", 1),
        (PH_TEST_GLOBAL, GLOBAL, len(model.names)),
    ):
        statistic, p = tests[name]
        how = f"score test, log time, {freedom} df"
        yield figure(term, Bootstrapped(statistic, np.zeros(0)), how, p=p)


def _concordances(
    figure: Callable[..., Figure],
    fitted: Fitted,
    alone: tuple[Bootstrapped, Bootstrapped] | None,
    analysis: str,
) -> Iterator[Figure]:
    counting = analysis == SURROGATE_TIME_DEPENDENT
    how = "counting-process concordance, apparent" if counting else HARRELL
    landmark = analysis == SURROGATE_LANDMARK
    full, uno = fitted.concordance(uno=landmark)
    yield figure(C_INDEX, full, how)
    if alone is not None:
        yield figure(C_INDEX_COVARIATES, alone[0], HARRELL)
        yield figure(C_INDEX_GAIN, full - alone[0], how)
    if landmark:
        yield figure(C_INDEX_UNO, uno, UNO)
        if alone is not None:
            yield figure(C_INDEX_UNO_COVARIATES, alone[1], UNO)
