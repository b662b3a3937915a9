"""Survival that the model draws is the survival that it states."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, KaplanMeierFitter

from gadless.phantom.cohort import grow_plan
from gadless.phantom.plans import SIMULATED
from gadless.phantom.survival_model import (
    ARMS,
    SurvivalModel,
    draw_covariates,
    draw_death,
    draw_progression,
    draw_survival,
)

MODEL = SurvivalModel()
SIZE = 4000


def within(estimate: float, truth: float, error: float) -> bool:
    """Whether an estimate lies within four standard errors: fails by chance once in 16,000."""
    return abs(estimate - truth) < 4 * error


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    table = draw_covariates(rng, SIZE, MODEL)
    table["progression"] = draw_progression(rng, table, MODEL)
    table["death"] = draw_death(rng, table, table["progression"].to_numpy(), MODEL)
    return table.assign(
        experimental=(table["arm"] == ARMS[1]).astype(int),
        age10=(table["age"] - 57) / 10,
        kps10=(table["kps"] - 90) / 10,
    )


def test_arms_are_balanced_within_every_block() -> None:
    arm = draw_covariates(np.random.default_rng(1), 400, MODEL)["arm"].to_numpy().reshape(-1, 4)
    assert ((arm == ARMS[1]).sum(axis=1) == 2).all()


def test_hazard_ratios_of_progression_are_recovered(drawn: pd.DataFrame) -> None:
    columns = ["progression", "experimental", "mgmt", "kps10"]
    fit = CoxPHFitter().fit(drawn[columns], "progression").summary
    truth = {
        "experimental": MODEL.progression_hr_treatment,
        "mgmt": MODEL.progression_hr_mgmt,
        "kps10": MODEL.progression_hr_kps,
    }
    for name, ratio in truth.items():
        assert within(fit.loc[name, "coef"], np.log(ratio), fit.loc[name, "se(coef)"]), name


def test_median_progression_of_the_reference_patient_is_as_stated() -> None:
    rng = np.random.default_rng(5)
    same = pd.DataFrame({"arm": [ARMS[0]] * SIZE, "mgmt": 0, "kps": 90})
    day = draw_progression(rng, same, MODEL)
    share = (day <= MODEL.progression_median_days).mean()
    assert within(share, 0.5, np.sqrt(0.25 / SIZE))


# Everybody dies, so rows without event are all before progression: lifelines suspects separation.
@pytest.mark.filterwarnings("ignore::lifelines.exceptions.ConvergenceWarning")
def test_hazard_of_death_steps_up_at_progression_as_stated(drawn: pd.DataFrame) -> None:
    rows = drawn[["progression", "death", "experimental", "mgmt", "age10", "kps10"]].iloc[:2500]
    rows = rows.assign(patient=range(len(rows)))
    before = rows.assign(
        start=0.0,
        stop=rows[["progression", "death"]].min(axis=1),
        progressed=0,
        died=rows["death"] <= rows["progression"],
    )
    after = rows.assign(start=rows["progression"], stop=rows["death"], progressed=1, died=True)
    after = after[after["death"] > after["progression"]]
    table = pd.concat([before, after]).drop(columns=["progression", "death"])
    fit = (
        CoxTimeVaryingFitter()
        .fit(table, id_col="patient", start_col="start", stop_col="stop", event_col="died")
        .summary
    )
    truth = {
        "progressed": MODEL.death_hr_progression,
        "experimental": MODEL.death_hr_treatment,
        "mgmt": MODEL.death_hr_mgmt,
        "age10": MODEL.death_hr_age,
        "kps10": MODEL.death_hr_kps,
    }
    for name, ratio in truth.items():
        assert within(fit.loc[name, "coef"], np.log(ratio), fit.loc[name, "se(coef)"]), name


def test_death_follows_its_closed_form() -> None:
    """One kind of patient, progression on day 100: S(t) = exp(-r min(t,100) - k r max(t-100,0))."""
    rng = np.random.default_rng(6)
    same = pd.DataFrame({"arm": [ARMS[0]] * SIZE, "mgmt": 0, "kps": 90, "age": 57})
    death = draw_death(rng, same, np.full(SIZE, 100.0), MODEL)
    rate, ratio = MODEL.death_rate_per_day, MODEL.death_hr_progression
    curve = KaplanMeierFitter().fit(death)
    for day in (50, 100, 200, 400):
        expected = np.exp(-rate * min(day, 100) - ratio * rate * max(day - 100, 0))
        error = np.sqrt(expected * (1 - expected) / SIZE)
        assert within(float(curve.predict(day)), expected, error), day


def test_observation_ends_with_death_or_follow_up() -> None:
    rng = np.random.default_rng(7)
    table = draw_covariates(rng, 500, MODEL)
    survival = draw_survival(rng, table, np.full(500, 100.0), MODEL)
    alive = survival[survival["os_event"] == 0]
    assert alive["os_days"].between(*MODEL.followup_days).all()
    assert survival["os_days"].min() >= 1


def test_a_treatment_without_effect_can_be_asked_for() -> None:
    model = replace(MODEL, progression_hr_treatment=1.0)
    cohort = grow_plan(replace(SIMULATED, patients=SIZE, survival=model))
    arm = (cohort.patients["arm"] == ARMS[1]).astype(int)
    table = pd.DataFrame({"day": cohort.courses.progression_day, "arm": arm})
    fit = CoxPHFitter().fit(table, "day").summary.loc["arm"]
    assert within(fit["coef"], 0.0, fit["se(coef)"])


def test_another_schedule_leaves_the_patients_as_they_are() -> None:
    usual = grow_plan(SIMULATED)
    weekly = grow_plan(replace(SIMULATED, schedule=replace(SIMULATED.schedule, interval_days=84)))
    pd.testing.assert_frame_equal(usual.patients, weekly.patients)
    assert len(weekly.visits) < len(usual.visits)
