"""When patients are scanned, and how they are doing on those days."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.errors import InputError

Vector = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Schedule:
    """Planned visits, and what keeps patients from them.

    Attributes
    ----------
    interval_days : int
        Planned distance of follow-up visits from randomisation on.
    late_interval_days : int
        Distance once `late_from_day` is reached.
    late_from_day : int
    last_day : int
        No scan is planned after it.
    jitter_days : int
        Visits take place up to this far from plan.
    missed_share : float
        Share of follow-up visits that do not take place.
    scans_after_progression : int or None
        Most scans after the first one on which true progression can be seen (uniform from 0);
        None: scanning goes on.
    """

    interval_days: int = 42
    late_interval_days: int = 84
    late_from_day: int = 168
    last_day: int = 720
    jitter_days: int = 4
    missed_share: float = 0.04
    scans_after_progression: int | None = None

    def __post_init__(self) -> None:
        if 2 * self.jitter_days >= min(self.interval_days, self.late_interval_days):
            raise InputError(
                f"visits every {self.interval_days} days, {self.jitter_days} days either way, could"
                " change places; give a smaller jitter_days"
            )

    def planned_days(self) -> NDArray[np.int64]:
        """Days of the planned follow-up visits."""
        early = np.arange(
            self.interval_days, min(self.late_from_day, self.last_day) + 1, self.interval_days
        )
        start = (early[-1] if early.size else 0) + self.late_interval_days
        return np.concatenate([early, np.arange(start, self.last_day + 1, self.late_interval_days)])


def draw_visits(
    rng: np.random.Generator,
    os_days: NDArray[np.int64],
    progression_day: Vector,
    schedule: Schedule,
) -> tuple[Positions, NDArray[np.int64]]:
    """Draw the days on which each patient is scanned, none after the end of observation.

    Returns
    -------
    patient, day : arrays of int
        One entry a visit, sorted by patient and day. Each patient begins on day -14 to 0.
    """
    size, planned = len(os_days), schedule.planned_days()
    jitter = rng.integers(
        -schedule.jitter_days, schedule.jitter_days, (size, planned.size), endpoint=True
    )
    baseline = rng.integers(-14, 0, (size, 1), endpoint=True)
    days = np.concatenate([baseline, planned + jitter], axis=1)
    takes_place = rng.random(days.shape) >= schedule.missed_share
    takes_place[:, 0] = True
    takes_place &= days <= os_days[:, None]
    extra = rng.integers(0, (schedule.scans_after_progression or 0) + 1, size)
    if schedule.scans_after_progression is not None:
        shows = (days >= progression_day[:, None]) & takes_place
        # Progressed scans seen before this one: the first has none, and `extra` more may follow.
        takes_place &= np.cumsum(shows, axis=1) - shows <= extra[:, None]
    patient, column = np.nonzero(takes_place)
    return patient, days[patient, column]


def draw_clinical(
    rng: np.random.Generator,
    patient: Positions,
    day: NDArray[np.int64],
    progression_day: Vector,
    shrinking: NDArray[np.bool_],
) -> pd.DataFrame:
    """Draw steroid dose and clinical status of each visit.

    The dose has a patient's own level and rises after true progression. Status is mostly stable,
    worse in a third of visits after progression, better in some while the tumour shrinks. One in
    thirty is not recorded.

    Returns
    -------
    DataFrame
        ``steroid_mg`` (dexamethasone-equivalent, mg a day) and ``clinical_status``.
    """
    size = len(patient)
    usual = rng.choice([0.0, 2.0, 4.0], len(progression_day), p=[0.55, 0.25, 0.20])[patient]
    progressed = day >= progression_day[patient]
    follow_up = day > 0
    raised = rng.choice([0.0, 2.0, 4.0, 8.0], size, p=[0.35, 0.15, 0.35, 0.15]) * progressed
    lowered = (rng.random(size) < 0.3) & shrinking[patient] & ~progressed & follow_up
    dose = np.where(lowered, 0.0, usual + raised)
    chance = rng.random(size)
    status = np.where(progressed & (chance < 0.33), "worse", "stable").astype(object)
    status[~progressed & follow_up & (chance < 0.01)] = "worse"
    status[~progressed & follow_up & shrinking[patient] & (chance > 0.85)] = "improved"
    dose[rng.random(size) < 1 / 30] = np.nan
    status[follow_up & (rng.random(size) < 1 / 30)] = None
    return pd.DataFrame({"steroid_mg": dose, "clinical_status": status})


def draw_treatment(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Draw when treatment starts, and when the radiotherapy before it had ended.

    Returns
    -------
    DataFrame
        ``treatment_day`` and ``radiotherapy_end_day``.
    """
    return pd.DataFrame(
        {
            "treatment_day": rng.integers(0, 3, size, endpoint=True),
            "radiotherapy_end_day": -rng.integers(100, 700, size),
        }
    )


def draw_new_therapy(
    rng: np.random.Generator, os_days: NDArray[np.int64], called_day: Vector
) -> pd.Series:
    """Draw the first day of a new therapy after progression was called.

    Parameters
    ----------
    rng : Generator
    os_days : array of int
    called_day : array
        Day of the scan on which progression was called; infinite where it was not.

    Returns
    -------
    Series of Int64
        7 to 28 days after the call, in seven of ten patients, if they live to it.
    """
    size = len(os_days)
    treated = rng.random(size) < 0.7
    start = called_day + rng.integers(7, 28, size, endpoint=True)
    start = np.where(treated & (start <= os_days), start, np.nan)
    return pd.Series(pd.array(start, dtype="Float64")).astype("Int64")
