"""Measurements of a cohort with errors of known size: a whole trial without an image.

Each contrast sees the true enhancing volume V of a visit as

    log observed = log V + bias + patient + visit,

where `patient` is drawn once a patient (it cancels in every ratio between visits of one patient)
and `visit` afresh each time, partly in common with all contrasts. Small lesions may be missed
altogether. The size of `visit` may differ from visit to visit, and a contrast may state it, as a
network does that knows how unsure it is: `enhancing_low_cm3` and `enhancing_high_cm3` are then the
5th and 95th percentile of what `visit` alone makes of the volume. Response, endpoints and
statistics take it from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.phantom.cohort import SHEET_SEQUENCES, Cohort
from gadless.phantom.schedule import draw_new_therapy
from gadless.phantom.survival_model import ARMS
from gadless.phantom.trajectories import GROWTH, SMALLEST_CM3

Vector = NDArray[np.float64]

COUNTED_CM3 = 0.05
NEW_COUNTED_CM3 = 0.2
MEASURABLE_MM = 10.0
INTERVAL = ("enhancing_low_cm3", "enhancing_high_cm3")
Z_90 = 1.6448536269514722
"""Standard normal quantile of the 95th percentile."""


@dataclass(frozen=True)
class ContrastError:
    """How one contrast errs; log means natural logarithm.

    Attributes
    ----------
    log_bias : float
        Mean log ratio of observed to true enhancing volume, of what is detected.
    patient_log_sd : float
        Spread of a patient's own, lasting error.
    visit_log_sd : float
        Spread of the error of a single visit.
    missed_share : float
        Probability of missing a very small lesion.
    missed_scale_cm3 : float
        The probability falls with volume v as exp(-v / scale).
    abnormality_log_sd : float
        Spread of the error of the whole abnormality, which T2 and FLAIR decide; independent visits.
    unusable_share : float
        Share of visits that cannot be evaluated on this contrast.
    unusable_reason : str
    treated_log_bias : float
        Added to `log_bias` on every visit after the first in the experimental arm: a contrast that
        the treatment itself deceives, as anti-angiogenic agents do.
    visit_log_sd_spread : float
        Spread of the logarithm of `visit_log_sd` between visits; 0: all visits err alike.
    stated : bool
        Whether the contrast states an interval for each volume: from the 5th to the 95th
        percentile by the visit's own standard deviation. Of what it misses it is sure.
    """

    log_bias: float = 0.0
    patient_log_sd: float = 0.0
    visit_log_sd: float = 0.05
    missed_share: float = 0.0
    missed_scale_cm3: float = 0.5
    abnormality_log_sd: float = 0.05
    unusable_share: float = 0.0
    unusable_reason: str = "not acquired"
    treated_log_bias: float = 0.0
    visit_log_sd_spread: float = 0.0
    stated: bool = False


@dataclass(frozen=True)
class ErrorModel:
    """The errors of all contrasts, and when scanning ends.

    Attributes
    ----------
    contrasts : mapping
        Error by name of the contrast.
    shared : float
        Share of the visit error's variance that all contrasts have in common.
    reference : str
        The contrast whose progression ends scanning.
    scans_after_progression : int or None
        Most scans after progression on the reference (uniform from 0), and a new therapy may start;
        None: nobody acts on it, scanning goes on.
    """

    contrasts: Mapping[str, ContrastError] = field(default_factory=lambda: dict(DEFAULT_CONTRASTS))
    shared: float = 0.3
    reference: str = "gbca"
    scans_after_progression: int | None = 1


_NO_T1C = "no T1c acquired"
_FAILED = "FLAIR: registration failed"
DEFAULT_CONTRASTS: Mapping[str, ContrastError] = {
    "gbca": ContrastError(0.0, 0.05, 0.08, 0.0, unusable_share=0.03, unusable_reason=_NO_T1C),
    # Lancet Digit Health 2021;3:e754 on the published generator: bias -7%, considerable scatter.
    "cgan": ContrastError(
        *(-0.07, 0.20, 0.15, 0.5, 0.5, 0.05, 0.01, _FAILED), visit_log_sd_spread=0.5, stated=True
    ),
    "unet": ContrastError(-0.20, 0.25, 0.20, 0.7, unusable_share=0.01, unusable_reason=_FAILED),
}


def simulate_measurements(
    cohort: Cohort, errors: ErrorModel | None = None, seed: int = 1
) -> pd.DataFrame:
    """Measure every visit of a cohort on every contrast.

    Parameters
    ----------
    cohort : Cohort
    errors : ErrorModel, optional
    seed : int
        Of the errors; the cohort has its own.

    Returns
    -------
    DataFrame
        One row a visit and contrast, in the columns of ``measurements.tsv``: volumes in cm3, the
        sum of products of measurable lesions, taken as spheres, in mm2.
    """
    return _simulate(cohort, errors or ErrorModel(), np.random.default_rng(seed))[0]


def simulate_trial(
    cohort: Cohort, errors: ErrorModel | None = None, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return patients and measurements of a trial whose scans end with progression.

    As `simulate_measurements`; in the sheet of patients, ``new_therapy_day`` then follows the
    reference's progression.
    """
    rng = np.random.default_rng(seed)
    errors = errors or ErrorModel()
    measurements, called = _simulate(cohort, errors, rng)
    patients = cohort.patients.copy()
    if errors.scans_after_progression is None:
        called = np.full(len(patients), np.inf)
    patients["new_therapy_day"] = draw_new_therapy(rng, patients["os_days"].to_numpy(), called)
    return patients, measurements


def _simulate(
    cohort: Cohort, errors: ErrorModel, rng: np.random.Generator
) -> tuple[pd.DataFrame, Vector]:
    """Return measurements, and each patient's day of progression on the reference."""
    visits, patient = cohort.visits, cohort.patient_index
    truth = cohort.lesion_volumes()
    common = rng.normal(size=len(visits))
    treated = _treated(cohort)
    observed = {
        name: _observe(rng, truth, patient, common, treated, error, errors.shared)
        for name, error in errors.contrasts.items()
    }
    for table in observed.values():
        _leave_out(table, visits[list(SHEET_SEQUENCES)].isna().all(axis=1).to_numpy())
    called_visit, order = _called(observed[errors.reference], patient), _order(patient)
    day = np.full(len(cohort.patients), np.inf)
    at_call = order == called_visit[patient]
    day[patient[at_call]] = visits["day"].to_numpy(dtype=float)[at_call]
    keep = np.ones(len(visits), dtype=bool)
    if errors.scans_after_progression is not None:
        extra = rng.integers(0, errors.scans_after_progression + 1, len(cohort.patients))
        keep = order <= (called_visit + extra)[patient]
    identity = visits[["patient", "visit", "day"]].reset_index(drop=True)
    clinical = visits[["steroid_mg", "clinical_status", "site"]].reset_index(drop=True)
    tables = [
        pd.concat([identity.assign(contrast=name), table, clinical], axis=1)[keep]
        for name, table in observed.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    # An interval stands beside its volume.
    names = [name for name in table if name not in INTERVAL]
    beside = names.index("enhancing_cm3") + 1
    names[beside:beside] = [name for name in INTERVAL if name in table]
    table = table[names]
    return table.sort_values(["patient", "day", "contrast"], kind="stable", ignore_index=True), day


def _treated(cohort: Cohort) -> NDArray[np.bool_]:
    """Whether each visit follows the first of a patient in the experimental arm."""
    experimental = (cohort.patients["arm"] == ARMS[1]).to_numpy()
    return experimental[cohort.patient_index] & (_order(cohort.patient_index) > 0)


def _leave_out(table: pd.DataFrame, contact: NDArray[np.bool_]) -> None:
    """Mark clinical contacts, where nothing could be measured."""
    if contact.any():
        table.loc[contact, table.columns[2:]] = np.nan
        table.loc[contact, "evaluable"] = 0
        table.loc[contact, "reason"] = "no scan: clinical contact"


def _observe(
    rng: np.random.Generator,
    truth: tuple[Vector, Vector, Vector],
    patient: NDArray[np.intp],
    common: Vector,
    treated: NDArray[np.bool_],
    error: ContrastError,
    shared: float,
) -> pd.DataFrame:
    """Measure all visits on one contrast."""
    enhancing, necrosis, nonenhancing = truth
    visits = len(patient)
    own = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=visits)
    # From a stream of its own: contrasts whose visits err alike are drawn as they always were.
    (apart,) = rng.spawn(1)
    size = error.visit_log_sd * _sizes(apart, error.visit_log_sd_spread, visits)
    lasting = rng.normal(size=int(patient.max(initial=-1)) + 1)[patient]
    bias = error.log_bias + error.treated_log_bias * treated
    factor = np.exp(bias + error.patient_log_sd * lasting + size * own)[:, None]
    missed = rng.random(enhancing.shape) < error.missed_share * np.exp(
        -enhancing / error.missed_scale_cm3
    )
    seen = ~missed & (enhancing > 0)
    volumes = np.where(seen, enhancing * factor, 0.0)
    cores = np.where(seen, (enhancing + necrosis) * factor, 0.0)
    abnormality = (enhancing + necrosis + nonenhancing).sum(axis=1) * np.exp(
        rng.normal(0, error.abnormality_log_sd, visits)
    )
    unusable = rng.random(visits) < error.unusable_share
    table = _figures(volumes, cores, abnormality)
    if error.stated:
        for name, end in (("low", -Z_90), ("high", Z_90)):
            stated = volumes.sum(axis=1) * np.exp(end * size)
            table[f"enhancing_{name}_cm3"] = stated.round(3)
    table["new_lesion"] = pd.array(_new_lesion(volumes, patient), dtype="Int64")
    table.loc[unusable] = np.nan
    reason = pd.Series(error.unusable_reason, index=table.index).where(unusable, None)
    table.insert(0, "reason", reason)
    table.insert(0, "evaluable", (~unusable).astype(int))
    return table


def _sizes(rng: np.random.Generator, spread: float, visits: int) -> Vector:
    """Draw by how much each visit errs more or less than others: 1 in the mean of squares."""
    return np.exp(spread * rng.normal(size=visits) - spread**2)


def _figures(volumes: Vector, cores: Vector, abnormality: Vector) -> pd.DataFrame:
    """Return the columns that follow from enhancing and core volumes of lesions, shape (n, 3)."""
    # The diameter of a sphere, in mm, of a volume in cm3.
    diameter = 10 * np.cbrt(6 * cores / np.pi)
    measurable = diameter >= MEASURABLE_MM
    table = pd.DataFrame(
        {
            "enhancing_cm3": volumes.sum(axis=1).round(3),
            "nonenhancing_cm3": np.maximum(abnormality - cores.sum(axis=1), 0.0).round(3),
            "necrosis_cm3": (cores - volumes).sum(axis=1).round(3),
        }
    )
    table["abnormality_cm3"] = table.sum(axis=1).round(3)
    table["spd_mm2"] = (np.where(measurable, diameter, 0.0) ** 2).sum(axis=1).round(1)
    table["lesions"] = pd.array((volumes >= COUNTED_CM3).sum(axis=1), dtype="Int64")
    table["measurable_lesions"] = pd.array(measurable.sum(axis=1), dtype="Int64")
    return table


def _order(patient: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each visit's number within its patient, from 0; visits are sorted by patient."""
    return np.arange(patient.size) - np.searchsorted(patient, patient)


def _new_lesion(volumes: Vector, patient: NDArray[np.intp]) -> NDArray[np.int64]:
    """Whether a visit shows a lesion that this contrast did not show on the patient's first visit.

    A lesion that was there but missed at first therefore counts as new once it is seen, as it would
    with a reader.
    """
    first = np.searchsorted(patient, patient)
    return ((volumes >= NEW_COUNTED_CM3) & (volumes[first] == 0)).any(axis=1).astype(int)


def _called(table: pd.DataFrame, patient: NDArray[np.intp]) -> NDArray[np.intp]:
    """Order of the first visit of each patient that shows progression; beyond all visits if none.

    Growth by 40% over the smallest volume so far, to at least 1 cm3, or a new lesion.
    """
    order = _order(patient)
    size, width = int(patient.max(initial=-1)) + 1, int(order.max(initial=0)) + 1
    volume = np.full((size, width), np.nan)
    volume[patient, order] = table["enhancing_cm3"].to_numpy(dtype=float, na_value=np.nan)
    new = np.zeros((size, width), dtype=bool)
    new[patient, order] = table["new_lesion"].to_numpy(dtype=float, na_value=0.0) == 1
    nadir = np.fmin.accumulate(volume, axis=1)[:, :-1]
    grown = (volume[:, 1:] >= GROWTH * nadir) & (volume[:, 1:] >= SMALLEST_CM3)
    progressed = np.concatenate([np.zeros((size, 1), dtype=bool), grown | new[:, 1:]], axis=1)
    return np.where(progressed.any(axis=1), progressed.argmax(axis=1), width)
