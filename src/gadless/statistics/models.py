"""The survival models, as rows for the Cox kernel."""

from dataclasses import dataclass, replace

import numpy as np

from gadless.statistics.covariates import Design
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.rows import Warnings, joined
from gadless.statistics.tables import Cohort
from gadless.statistics.time_to_event import TimeToEvent


@dataclass(frozen=True)
class Model:
    """Rows of a model and the names of its coefficients.

    Attributes
    ----------
    rows : CoxRows
    names : list of str
    patients : int
        Patients who contribute.
    warning : tuple of str
    """

    rows: CoxRows
    names: list[str]
    patients: int
    warning: Warnings = ()


def _model(
    start: Floats,
    stop: Floats,
    event: np.ndarray,
    values: Floats,
    patient: np.ndarray,
    names: list[str],
    warning: Warnings,
) -> Model:
    usable = (stop > start) & ~np.isnan(values).any(axis=1)
    rows = CoxRows(start[usable], stop[usable], event[usable], values[usable], patient[usable])
    return Model(rows, names, len(np.unique(rows.patient)), warning)


def plain(days: Floats, event: np.ndarray, design: Design) -> Model:
    """Proportional hazards from day 0 on what is known then.

    Everyone is at risk on day 0 itself, as in R's ``Surv(days, event)``: an event on it counts.
    """
    everyone = np.arange(len(days))
    start = np.full(len(days), -1.0)
    return _model(start, days, event, design.matrix, everyone, design.names, design.warning)


def _survival(cohort: Cohort, progression: TimeToEvent) -> tuple[Floats, np.ndarray]:
    """Overall survival as long as it is known who has progressed."""
    known = cohort.os_days <= progression.known
    return np.minimum(cohort.os_days, progression.known), cohort.os_event & known


def time_dependent(cohort: Cohort, progression: TimeToEvent, design: Design) -> Model:
    """Survival on progression as a state that changes after its day.

    At risk on (0, day of progression] without and on (day, death] with it; a progression on the day
    of death, or after the last day known alive, adds no exposure.
    """
    (days, died), patient = _survival(cohort, progression), np.arange(len(cohort.os_days))
    turned = progression.event & (progression.days < days)
    turn = progression.days[turned]
    start = np.concatenate([np.zeros(len(days)), turn])
    stop = np.concatenate([np.where(turned, progression.days, days), days[turned]])
    event = np.concatenate([died & ~turned, died[turned]])
    state = np.concatenate([np.zeros(len(days)), np.ones(len(turn))])
    values = np.concatenate([design.matrix, design.matrix[turned]])
    both = np.concatenate([patient, patient[turned]])
    unseen = int((~progression.event & (progression.days < days)).sum())
    said = "patients outlive their last assessment without progression and count as not progressed"
    return _model(
        start,
        stop,
        event,
        np.column_stack([state, values]),
        both,
        ["progression", *design.names],
        joined(design.warning, f"{unseen} {said}" if unseen else ""),
    )


def landmark(cohort: Cohort, progression: TimeToEvent, design: Design, day: float) -> Model:
    """Survival from a landmark on, of those then alive, by whether they had progressed by it."""
    days, died = _survival(cohort, progression)
    alive = days > day
    state = (progression.event & (progression.days <= day)).astype(float)
    unseen = int((alive & ~progression.event & (progression.days < day)).sum())
    said = "patients, last assessed before the landmark, count as not progressed"
    return _model(
        np.zeros(alive.sum()),
        days[alive] - day,
        died[alive],
        np.column_stack([state, design.matrix])[alive],
        np.flatnonzero(alive),
        ["progression", *design.names],
        joined(design.warning, f"{unseen} {said}" if unseen else ""),
    )


def fixed(cohort: Cohort, progression: TimeToEvent, design: Design, cut: float) -> Model:
    """Take progression by day `cut` as known on day 0: the paper-style model, biased."""
    days, died = _survival(cohort, progression)
    state = (progression.event & (progression.days <= cut)).astype(float)
    bias = "biased: uses the future (immortal time); shown for comparison with published figures"
    return _model(
        np.zeros(len(state)),
        days,
        died,
        np.column_stack([state, design.matrix]),
        np.arange(len(state)),
        ["progression", *design.names],
        joined(bias, design.warning),
    )


def stratified(model: Model, stratum: np.ndarray) -> Model:
    """Give each stratum a baseline hazard of its own, within those that the model has already.

    Parameters
    ----------
    stratum : array (patients,)
        Label of each patient's stratum.
    """
    rows = model.rows
    labels, codes = np.unique(np.asarray(stratum)[rows.patient], return_inverse=True)
    return replace(model, rows=replace(rows, stratum=rows.stratum * len(labels) + codes))


def without_progression(model: Model) -> Model:
    """Drop progression: what the other covariates explain alone, on the same patients."""
    rows = model.rows
    kept = replace(rows, covariates=rows.covariates[:, 1:])
    return replace(model, rows=kept, names=model.names[1:])
