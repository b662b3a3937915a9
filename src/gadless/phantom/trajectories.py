"""How large each lesion is on each day, before anybody has measured it.

Each patient has up to three lesions. The *primary* and, in some, a *satellite* share the patient's
original tumour; a *new* lesion appears in some at progression. The enhancing volume of the original
tumour falls log-linearly from baseline to its nadir, then grows ever faster, so that it reaches the
level that defines true progression on its crossing day, exactly. What is true here is therefore
known in closed form:

true progression is the first day on which the enhancing volume of the original tumour is at least
1.4 times its nadir and at least 1 cm3, or on which a new lesion has appeared.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.phantom.survival_model import ARMS

GROWTH = 1.4
SMALLEST_CM3 = 1.0
VANISHED_CM3 = 0.03
LARGEST_CM3 = 60.0
LARGEST_OEDEMA_CM3 = 110.0
ACCELERATION = 1.5
NEW_LESION_CM3 = 0.3
NEW_LESION_LARGEST_CM3 = 20.0
SCAR = 0.25
NECROSIS_HALF_CM3 = 8.0
PRIMARY, SATELLITE, NEW = range(3)

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class DiseaseModel:
    """How tumours differ between patients; log means natural logarithm.

    Attributes
    ----------
    baseline_median_cm3, baseline_log_sd : float
        Enhancing volume at baseline; log-normal, clipped to `baseline_range_cm3`.
    baseline_range_cm3 : tuple of float
    shrinking : tuple of float
        Share of patients whose tumour shrinks at all: control, experimental.
    depth : tuple of float
        Mean log reduction at nadir of those who shrink: control, experimental (exponential).
    nadir_range : tuple of float
        Nadir as a fraction of the crossing day.
    new_lesion_share : float
        Share of patients in whom progression is a new lesion, before the original tumour crosses.
    satellite_share : float
        Share of patients with a second lesion.
    silent_share : float
        Share of patients whose tumour does not enhance.
    necrosis_median, oedema_median : float
        Patient factors of the two compartments; log-normal with sd 0.35.
    """

    baseline_median_cm3: float = 8.0
    baseline_log_sd: float = 0.8
    baseline_range_cm3: tuple[float, float] = (1.2, 40.0)
    shrinking: tuple[float, float] = (0.35, 0.75)
    depth: tuple[float, float] = (0.4, 0.9)
    nadir_range: tuple[float, float] = (0.35, 0.65)
    new_lesion_share: float = 0.20
    satellite_share: float = 0.25
    silent_share: float = 0.0
    necrosis_median: float = 0.5
    oedema_median: float = 4.5


@dataclass(frozen=True)
class Courses:
    """The course of every patient's tumour; each field holds one value a patient.

    Attributes
    ----------
    baseline_cm3 : array
        Enhancing volume up to day 0.
    depth : array
        Log reduction at nadir; 0 where the tumour never shrinks.
    nadir_day, crossing_day : array
        Days of the nadir, and of reaching the level of progression.
    new_day, new_rate : array
        Day on which the new lesion appears (infinite: never), and its log growth a day.
    satellite : array
        Share of the original tumour that the satellite holds at baseline.
    silent : array of bool
    necrosis, oedema : array
        Factors of the two compartments.
    """

    baseline_cm3: Vector
    depth: Vector
    nadir_day: Vector
    crossing_day: Vector
    new_day: Vector
    new_rate: Vector
    satellite: Vector
    silent: NDArray[np.bool_]
    necrosis: Vector
    oedema: Vector

    @property
    def progression_day(self) -> Vector:
        """Day of true progression."""
        return np.minimum(self.crossing_day, self.new_day)


def draw_courses(
    rng: np.random.Generator,
    covariates: pd.DataFrame,
    progression_day: Vector,
    model: DiseaseModel,
) -> Courses:
    """Draw tumour courses whose true progression falls on the given days.

    Parameters
    ----------
    rng : Generator
    covariates : DataFrame
        With ``arm``, one row a patient.
    progression_day : array
    model : DiseaseModel
    """
    size = len(covariates)
    arm = (covariates["arm"].to_numpy() == ARMS[1]).astype(int)
    size_cm3 = model.baseline_median_cm3 * np.exp(rng.normal(0, model.baseline_log_sd, size))
    shrinks = rng.random(size) < np.asarray(model.shrinking)[arm]
    depth = rng.exponential(np.asarray(model.depth)[arm]) * shrinks
    by_new_lesion = rng.random(size) < model.new_lesion_share
    crossing = progression_day + np.where(by_new_lesion, rng.uniform(30, 200, size), 0.0)
    fraction = rng.uniform(*model.nadir_range, size)
    has_satellite = rng.random(size) < model.satellite_share
    return Courses(
        baseline_cm3=np.clip(size_cm3, *model.baseline_range_cm3),
        depth=depth,
        nadir_day=np.where(depth > 0, fraction * crossing, 0.0),
        crossing_day=crossing,
        new_day=np.where(by_new_lesion, progression_day, np.inf),
        new_rate=rng.uniform(0.02, 0.045, size),
        satellite=rng.uniform(0.10, 0.30, size) * has_satellite,
        silent=rng.random(size) < model.silent_share,
        necrosis=model.necrosis_median * np.exp(rng.normal(0, 0.35, size)),
        oedema=model.oedema_median * np.exp(rng.normal(0, 0.35, size)),
    )


def original_cm3(courses: Courses, patient: NDArray[np.intp], day: Vector) -> Vector:
    """Enhancing volume of the original tumour, necrosis not counted, in cm3.

    Parameters
    ----------
    courses : Courses
    patient : array of int, shape (n,)
        Position of each exam's patient in `courses`.
    day : array, shape (n,)
    """
    baseline = courses.baseline_cm3[patient]
    nadir_day, crossing = courses.nadir_day[patient], courses.crossing_day[patient]
    nadir = baseline * np.exp(-courses.depth[patient])
    shrinking = np.clip(day / np.maximum(nadir_day, 1e-9), 0.0, 1.0)
    growing = np.maximum(day - np.maximum(nadir_day, 0.0), 0.0) / (crossing - nadir_day)
    rise = np.log(np.maximum(GROWTH * nadir, SMALLEST_CM3) / nadir)
    level = np.where(day < nadir_day, np.log(baseline) - courses.depth[patient] * shrinking, 0.0)
    # An overflow is cut before it happens: log(LARGEST_CM3) is the ceiling either way.
    regrowth = np.minimum(np.log(nadir) + rise * growing**ACCELERATION, np.log(LARGEST_CM3))
    return np.exp(np.where(day < nadir_day, level, regrowth))


def enhancing_cm3(courses: Courses, patient: NDArray[np.intp], day: Vector) -> Vector:
    """Enhancing volume of each lesion, shape (n, 3); 0 where a lesion is not there.

    The satellite's share falls as the tumour shrinks, to nothing at half its baseline volume: it
    vanishes with a good response and reappears in the same place with regrowth.
    """
    original = original_cm3(courses, patient, day)
    relative = original / courses.baseline_cm3[patient]
    share = courses.satellite[patient] * np.clip(2 * relative - 1, 0.0, 1.0)
    since = np.clip(day - courses.new_day[patient], 0.0, 365.0)
    new = NEW_LESION_CM3 * np.exp(courses.new_rate[patient] * since)
    lesions = np.stack(
        [
            original * (1 - share),
            original * share,
            np.where(day >= courses.new_day[patient], np.minimum(new, NEW_LESION_LARGEST_CM3), 0.0),
        ],
        axis=1,
    )
    return np.where(lesions < VANISHED_CM3, 0.0, lesions)


def volumes_cm3(
    courses: Courses, patient: NDArray[np.intp], day: Vector
) -> tuple[Vector, Vector, Vector]:
    """Volumes of the compartments of each lesion.

    Necrosis takes a growing share of larger lesions. Oedema follows the core with a power of 0.7
    and leaves a scar where a lesion has been. In a silent tumour the core itself does not enhance.

    Returns
    -------
    enhancing, necrosis, nonenhancing : arrays, shape (n, 3)
        Disjoint, in cm3.
    """
    enhancing = enhancing_cm3(courses, patient, day)
    necrosis = _necrosis(courses, patient, enhancing)
    core = enhancing + necrosis
    first = enhancing_cm3(courses, patient, np.zeros_like(day))
    scar = SCAR * (first + _necrosis(courses, patient, first))
    oedema = courses.oedema[patient][:, None] * (core + scar) ** 0.7
    total = oedema.sum(axis=1, keepdims=True)
    oedema *= np.minimum(1.0, LARGEST_OEDEMA_CM3 / np.maximum(total, 1e-9))
    silent = courses.silent[patient][:, None]
    return (
        np.where(silent, 0.0, enhancing),
        np.where(silent, 0.0, necrosis),
        np.where(silent, oedema + core, oedema),
    )


def _necrosis(courses: Courses, patient: NDArray[np.intp], enhancing: Vector) -> Vector:
    share = enhancing / (enhancing + NECROSIS_HALF_CM3)
    return courses.necrosis[patient][:, None] * enhancing * share
