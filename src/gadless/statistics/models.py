"""The survival models, as rows for the Cox kernel."""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.counting import CoxRows
from gadless.statistics.covariates import Design
from gadless.statistics.resampling import Floats
from gadless.statistics.tables import Cohort, TimeToEvent


@dataclass(frozen=True)
class Model:
    """Rows of a model and the names of its coefficients.

    Attributes
    ----------
    rows : CoxRows
    names : list of str
    patients : int
        Patients who contribute.
    warning : str
    """

    rows: CoxRows
    names: list[str]
    patients: int
    warning: str = ""


def _model(
    start: Floats,
    stop: Floats,
    event: np.ndarray,
    values: Floats,
    patient: np.ndarray,
    names: list[str],
    warning: str,
) -> Model:
    usable = (stop > start) & ~np.isnan(values).any(axis=1)
    rows = CoxRows(start[usable], stop[usable], event[usable], values[usable], patient[usable])
    return Model(rows, names, len(np.unique(rows.patient)), warning)


def plain(days: Floats, event: np.ndarray, design: Design) -> Model:
    """Proportional hazards from day 0 on what is known then."""
    everyone = np.arange(len(days))
    start = np.zeros(len(days))
    return _model(start, days, event, design.matrix, everyone, design.names, design.warning)


def time_dependent(cohort: Cohort, progression: TimeToEvent, design: Design) -> Model:
    """Survival on progression as a state that changes after its day.

    At risk on (0, day of progression] without and on (day, death] with it; a progression on the day
    of death, or after the last day known alive, adds no exposure.
    """
    days, patient = cohort.os_days, np.arange(len(cohort.os_days))
    turned = progression.event & (progression.days < days)
    turn = progression.days[turned]
    start = np.concatenate([np.zeros(len(days)), turn])
    stop = np.concatenate([np.where(turned, progression.days, days), days[turned]])
    event = np.concatenate([cohort.os_event & ~turned, cohort.os_event[turned]])
    state = np.concatenate([np.zeros(len(days)), np.ones(len(turn))])
    values = np.concatenate([design.matrix, design.matrix[turned]])
    both = np.concatenate([patient, patient[turned]])
    return _model(
        start,
        stop,
        event,
        np.column_stack([state, values]),
        both,
        ["progression", *design.names],
        design.warning,
    )


def landmark(cohort: Cohort, progression: TimeToEvent, design: Design, day: float) -> Model:
    """Survival from a landmark on, of those then alive, by whether they had progressed by it."""
    alive = cohort.os_days > day
    state = (progression.event & (progression.days <= day)).astype(float)
    unseen = int((alive & ~progression.event & (progression.days < day)).sum())
    warning = design.warning
    if unseen:
        seen = f"{unseen} patients, last assessed before the landmark, count as not progressed"
        warning = "; ".join(text for text in (warning, seen) if text)
    return _model(
        np.zeros(alive.sum()),
        cohort.os_days[alive] - day,
        cohort.os_event[alive],
        np.column_stack([state, design.matrix])[alive],
        np.flatnonzero(alive),
        ["progression", *design.names],
        warning,
    )


def fixed(cohort: Cohort, progression: TimeToEvent, design: Design, cut: float) -> Model:
    """Take progression by day `cut` as known on day 0: the paper-style model, biased."""
    state = (progression.event & (progression.days <= cut)).astype(float)
    values = np.column_stack([state, design.matrix])
    bias = "biased: uses the future (immortal time); shown for comparison with published figures"
    warning = "; ".join(text for text in (bias, design.warning) if text)
    return _model(
        np.zeros(len(state)),
        cohort.os_days,
        cohort.os_event,
        values,
        np.arange(len(state)),
        ["progression", *design.names],
        warning,
    )


def stratified(model: Model, stratum: np.ndarray) -> Model:
    """Give each stratum a baseline hazard of its own.

    The strata follow each other on one axis of time, so nobody is ever at risk together with a
    patient of another stratum, and the kernel needs to know nothing of them.

    Parameters
    ----------
    stratum : array (patients,) of int
    """
    rows = model.rows
    shift = (rows.stop.max(initial=0) + 1) * stratum[rows.patient]
    start, stop = rows.start + shift, rows.stop + shift
    apart = CoxRows(start, stop, rows.event, rows.covariates, rows.patient)
    return Model(apart, model.names, model.patients, model.warning)


def without_progression(model: Model) -> Model:
    """Drop progression: what the other covariates explain alone, on the same patients."""
    rows = model.rows
    kept = CoxRows(rows.start, rows.stop, rows.event, rows.covariates[:, 1:], rows.patient)
    return Model(kept, model.names[1:], model.patients, model.warning)
