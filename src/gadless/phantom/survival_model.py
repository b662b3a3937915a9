"""Who the patients are, when their tumour truly progresses and when they die.

The model is stated in full, so that an analysis can be judged against it:

- the arm is drawn in permuted blocks of four; age, sex, MGMT status and KPS independently of it;
- true progression follows a Weibull proportional-hazards model in arm, MGMT and KPS;
- death has a constant baseline hazard, multiplied for arm, MGMT, age and KPS, and once more from
  the moment of true progression on: it matters, and only as a time-dependent factor;
- follow-up ends administratively at a uniformly drawn day, independent of everything else.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ARMS = ("control", "experimental")
BLOCK = 4
KPS = (60, 70, 80, 90, 100)
KPS_SHARES = (0.06, 0.16, 0.28, 0.34, 0.16)
REFERENCE_AGE = 57.0
REFERENCE_KPS = 90.0


@dataclass(frozen=True)
class SurvivalModel:
    """Parameters of progression and death; every ratio is a hazard ratio.

    Attributes
    ----------
    progression_median_days : float
        Median day of true progression of a control patient with unmethylated MGMT and KPS 90.
    progression_shape : float
        Weibull shape; above 1 the hazard rises.
    progression_hr_treatment, progression_hr_mgmt, progression_hr_kps : float
        Experimental arm, methylated MGMT, and each 10 points of KPS.
    death_rate_per_day : float
        Hazard of death before progression: control, unmethylated, 57 years, KPS 90.
    death_hr_progression : float
        After true progression.
    death_hr_treatment, death_hr_mgmt, death_hr_age, death_hr_kps : float
        Experimental arm, methylated MGMT, each decade of age, each 10 points of KPS.
    mgmt_share : float
        Share of patients with methylated MGMT.
    followup_days : tuple of int
        Range of the administrative end of follow-up.
    """

    progression_median_days: float = 125.0
    progression_shape: float = 1.4
    progression_hr_treatment: float = 0.60
    progression_hr_mgmt: float = 0.70
    progression_hr_kps: float = 0.90
    death_rate_per_day: float = 0.0011
    death_hr_progression: float = 3.5
    death_hr_treatment: float = 0.95
    death_hr_mgmt: float = 0.60
    death_hr_age: float = 1.20
    death_hr_kps: float = 0.80
    mgmt_share: float = 0.42
    followup_days: tuple[int, int] = (360, 1080)


def draw_covariates(rng: np.random.Generator, size: int, model: SurvivalModel) -> pd.DataFrame:
    """Draw arm, age, sex, MGMT (1: methylated) and KPS of ``size`` patients."""
    blocks = np.tile(np.repeat(ARMS, BLOCK // len(ARMS)), (-(-size // BLOCK), 1))
    return pd.DataFrame(
        {
            "arm": rng.permuted(blocks, axis=1).ravel()[:size],
            "age": np.clip(rng.normal(REFERENCE_AGE, 10.0, size), 22, 82).round().astype(int),
            "sex": np.where(rng.random(size) < 0.6, "M", "F"),
            "mgmt": (rng.random(size) < model.mgmt_share).astype(int),
            "kps": rng.choice(KPS, size, p=KPS_SHARES),
        }
    )


def progression_log_hazard(covariates: pd.DataFrame, model: SurvivalModel) -> NDArray[np.float64]:
    """Log hazard ratio of true progression against the reference patient, one a patient."""
    return np.asarray(
        np.log(model.progression_hr_treatment) * (covariates["arm"] == ARMS[1])
        + np.log(model.progression_hr_mgmt) * covariates["mgmt"]
        + np.log(model.progression_hr_kps) * (covariates["kps"] - REFERENCE_KPS) / 10,
        dtype=float,
    )


def death_log_hazard(covariates: pd.DataFrame, model: SurvivalModel) -> NDArray[np.float64]:
    """Log hazard ratio of death before progression against the reference patient."""
    return np.asarray(
        np.log(model.death_hr_treatment) * (covariates["arm"] == ARMS[1])
        + np.log(model.death_hr_mgmt) * covariates["mgmt"]
        + np.log(model.death_hr_age) * (covariates["age"] - REFERENCE_AGE) / 10
        + np.log(model.death_hr_kps) * (covariates["kps"] - REFERENCE_KPS) / 10,
        dtype=float,
    )


def draw_progression(
    rng: np.random.Generator, covariates: pd.DataFrame, model: SurvivalModel
) -> NDArray[np.float64]:
    """Draw the day of true progression, whether or not the patient lives to see it.

    Weibull times by inversion of the cumulative hazard, (t / scale)^shape exp(lp) = E with
    E ~ Exp(1) (Bender et al., Stat Med 2005;24:1713).
    """
    scale = model.progression_median_days / np.log(2) ** (1 / model.progression_shape)
    exposure = rng.exponential(size=len(covariates)) / np.exp(
        progression_log_hazard(covariates, model)
    )
    return scale * exposure ** (1 / model.progression_shape)


def draw_death(
    rng: np.random.Generator,
    covariates: pd.DataFrame,
    progression_day: NDArray[np.float64],
    model: SurvivalModel,
) -> NDArray[np.float64]:
    """Draw the day of death, whose hazard steps up at true progression.

    The cumulative hazard is piecewise linear, so its inverse is exact (Austin, Stat Med
    2012;31:3946).
    """
    rate = model.death_rate_per_day * np.exp(death_log_hazard(covariates, model))
    exposure = rng.exponential(size=len(covariates))
    at_progression = rate * progression_day
    after = progression_day + (exposure - at_progression) / (rate * model.death_hr_progression)
    return np.where(exposure <= at_progression, exposure / rate, after)


def draw_survival(
    rng: np.random.Generator,
    covariates: pd.DataFrame,
    progression_day: NDArray[np.float64],
    model: SurvivalModel,
) -> pd.DataFrame:
    """Observed survival in whole days.

    Returns
    -------
    DataFrame
        ``os_days`` (at least 1) and ``os_event`` (1 dead, 0 alive at the end of follow-up).
    """
    death = np.ceil(draw_death(rng, covariates, progression_day, model))
    end = rng.integers(*model.followup_days, len(covariates), endpoint=True)
    return pd.DataFrame(
        {
            "os_days": np.maximum(np.minimum(death, end), 1).astype(int),
            "os_event": (death <= end).astype(int),
        }
    )
