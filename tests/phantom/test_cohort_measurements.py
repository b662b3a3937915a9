"""Measurement errors have the size that the error model states."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gadless.phantom.cohort import Cohort, grow, grow_plan
from gadless.phantom.measurements import (
    DEFAULT_CONTRASTS,
    ContrastError,
    ErrorModel,
    simulate_measurements,
    simulate_trial,
)
from gadless.phantom.plans import SIMULATED
from gadless.trial.columns import MEASUREMENTS


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return grow_plan(replace(SIMULATED, patients=1500, seed=77))


def wide(table: pd.DataFrame, column: str = "enhancing_cm3") -> pd.DataFrame:
    return table.pivot_table(index=["patient", "day"], columns="contrast", values=column)


def log_errors(cohort: Cohort, errors: ErrorModel, seed: int = 1) -> pd.DataFrame:
    """Log ratio of observed to true volume, one column a contrast."""
    table = simulate_measurements(cohort, errors, seed)
    truth = cohort.truth().set_index(["patient", "day"])["enhancing_cm3"]
    observed = wide(table)
    return np.log(observed.where(observed > 0.5)).sub(np.log(truth.where(truth > 0.5)), axis=0)


def everlasting(**contrasts: ContrastError) -> ErrorModel:
    return ErrorModel(contrasts, shared=0.0, reference="gbca", scans_after_progression=None)


def test_without_error_the_truth_is_measured(cohort: Cohort) -> None:
    exact = everlasting(gbca=ContrastError(visit_log_sd=0.0, abnormality_log_sd=0.0))
    table = simulate_measurements(cohort, exact)
    truth = cohort.truth()
    for column in ("enhancing_cm3", "necrosis_cm3", "nonenhancing_cm3"):
        np.testing.assert_allclose(table[column], truth[column], atol=2e-3)
    assert (table["lesions"] <= truth["lesions"]).all()


def test_bias_and_spread_are_recovered(cohort: Cohort) -> None:
    errors = everlasting(
        gbca=ContrastError(visit_log_sd=0.08),
        cgan=ContrastError(log_bias=-0.1, patient_log_sd=0.2, visit_log_sd=0.15),
    )
    found = log_errors(cohort, errors)
    patients = found.groupby("patient")["cgan"].mean()
    assert found["gbca"].mean() == pytest.approx(0.0, abs=0.01)
    assert patients.mean() == pytest.approx(-0.1, abs=4 * 0.22 / np.sqrt(1500))
    within = found["cgan"].groupby("patient").transform("mean")
    freedom = len(found["cgan"].dropna()) - found["cgan"].groupby("patient").any().sum()
    spread = np.sqrt(((found["cgan"] - within) ** 2).sum() / freedom)
    assert spread == pytest.approx(0.15, rel=0.05)
    assert found["cgan"].std() == pytest.approx(np.hypot(0.2, 0.15), rel=0.06)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_shared_error_correlates_contrasts_as_stated(cohort: Cohort, shared: float) -> None:
    errors = everlasting(gbca=ContrastError(visit_log_sd=0.1), cgan=ContrastError(visit_log_sd=0.2))
    found = log_errors(cohort, replace(errors, shared=shared)).dropna()
    assert found.corr().loc["gbca", "cgan"] == pytest.approx(shared, abs=0.04)


def test_small_lesions_are_missed_as_often_as_stated(cohort: Cohort) -> None:
    error = ContrastError(visit_log_sd=0.0, missed_share=0.6, missed_scale_cm3=2.0)
    enhancing = cohort.lesion_volumes()[0]
    chance = np.where(enhancing > 0, 0.6 * np.exp(-enhancing / 2.0), 0.0)
    expected = ((enhancing >= 0.05) * (1 - chance)).sum()
    table = simulate_measurements(cohort, everlasting(gbca=error))
    slack = 4 * np.sqrt((chance * (1 - chance)).sum())
    assert abs(table["lesions"].sum() - expected) < slack
    assert chance.sum() > 100, "the test has something to miss"


def test_sums_of_products_are_those_of_spheres(cohort: Cohort) -> None:
    table = simulate_measurements(cohort, everlasting(gbca=ContrastError()))
    one = table[(cohort.truth()["lesions"] == 1) & (table["measurable_lesions"] == 1)]
    core = one["enhancing_cm3"] + one["necrosis_cm3"]
    radius_mm = 10 * (core * 3 / (4 * np.pi)) ** (1 / 3)
    np.testing.assert_allclose(one["spd_mm2"], (2 * radius_mm) ** 2, rtol=2e-3)


def test_scanning_ends_after_progression_on_the_reference(cohort: Cohort) -> None:
    errors = ErrorModel(
        {"gbca": ContrastError(visit_log_sd=0.08), "cgan": ContrastError()},
        scans_after_progression=1,
    )
    patients, table = simulate_trial(cohort, errors)
    reference = table[table["contrast"] == "gbca"]
    after, day = [], {}
    for patient, visits in reference.groupby("patient"):
        volume = visits["enhancing_cm3"].to_numpy()
        nadir = np.minimum.accumulate(volume)[:-1]
        grown = (volume[1:] >= 1.4 * nadir) & (volume[1:] >= 1.0)
        called = np.flatnonzero(grown | (visits["new_lesion"].to_numpy(dtype=int)[1:] == 1))
        if called.size:
            after.append(len(visits) - 2 - called[0])
            day[patient] = visits["day"].to_numpy()[called[0] + 1]
    assert set(after) == {0, 1}
    goes_on = simulate_measurements(cohort, replace(errors, scans_after_progression=None))
    assert len(goes_on) > len(table)
    therapy = patients.set_index("patient")["new_therapy_day"].dropna()
    assert len(therapy) > 100
    assert (therapy <= patients.set_index("patient")["os_days"][therapy.index]).all()
    assert all(7 <= start - day[patient] <= 28 for patient, start in therapy.items())


def test_unusable_visits_have_a_reason_and_no_numbers(cohort: Cohort) -> None:
    errors = everlasting(gbca=ContrastError(unusable_share=0.1, unusable_reason="no T1c acquired"))
    table = simulate_measurements(cohort, errors)
    unusable = table["evaluable"] == 0
    assert unusable.mean() == pytest.approx(0.1, abs=0.02)
    assert (table.loc[unusable, "reason"] == "no T1c acquired").all()
    assert table.loc[unusable, "enhancing_cm3"].isna().all()
    assert table.loc[~unusable, "enhancing_cm3"].notna().all()
    assert table.loc[~unusable, "reason"].isna().all()


def test_a_lesion_missed_at_first_is_new_once_seen(cohort: Cohort) -> None:
    table = simulate_measurements(cohort, everlasting(gbca=ContrastError()))
    careless = simulate_measurements(cohort, everlasting(gbca=ContrastError(missed_share=0.5)))
    assert careless["new_lesion"].sum() > table["new_lesion"].sum()
    first = table.groupby("patient").head(1)
    assert (first["new_lesion"] == 0).all()


def test_a_stated_interval_holds_the_truth_as_often_as_it_says(cohort: Cohort) -> None:
    sure = ContrastError(visit_log_sd=0.2, visit_log_sd_spread=0.6, stated=True)
    table = simulate_measurements(cohort, everlasting(gbca=ContrastError(), cgan=sure))
    own = table[table["contrast"] == "cgan"].set_index(["patient", "day"])
    truth = cohort.truth().set_index(["patient", "day"])["enhancing_cm3"].reindex(own.index)
    large = truth > 1
    low, high = own["enhancing_low_cm3"], own["enhancing_high_cm3"]
    for beyond in (truth < low, truth > high):
        assert beyond[large].mean() == pytest.approx(0.05, abs=0.012)
    width = np.log(high / low)[large] / (2 * 1.645)
    assert np.sqrt((width**2).mean()) == pytest.approx(0.2, rel=0.05)
    assert np.log(width).std() == pytest.approx(0.6, rel=0.05)
    assert table.loc[table["contrast"] == "gbca", "enhancing_low_cm3"].isna().all()


def test_what_one_contrast_states_moves_no_other(cohort: Cohort) -> None:
    plain = everlasting(gbca=ContrastError(), cgan=ContrastError(), unet=ContrastError())
    sure = replace(DEFAULT_CONTRASTS["cgan"], unusable_share=0.0)
    other = simulate_measurements(cohort, everlasting(**{**plain.contrasts, "cgan": sure}))
    before = simulate_measurements(cohort, plain)
    for name in ("gbca", "unet"):
        one, two = (each[each["contrast"] == name] for each in (before, other))
        np.testing.assert_array_equal(one["enhancing_cm3"], two["enhancing_cm3"])


def test_the_table_has_the_columns_of_the_contract(cohort: Cohort) -> None:
    table = simulate_measurements(cohort)
    known = [column.name for column in MEASUREMENTS]
    assert [name for name in known if name in table] == list(table.columns)
    assert set(table["contrast"]) == set(DEFAULT_CONTRASTS)
    assert not table.duplicated(["patient", "visit", "contrast"]).any()


def test_the_same_seed_measures_the_same(cohort: Cohort) -> None:
    one, other = (simulate_measurements(cohort, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert not one.equals(simulate_measurements(cohort, seed=4))


def test_simulator_imports_neither_trial_nor_images_nor_torch() -> None:
    code = "import sys, gadless.phantom.measurements; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules = loaded.stdout.split()
    for unwanted in ("gadless.trial", "gadless.images", "torch", "SimpleITK"):
        assert unwanted not in modules


def test_a_clinical_contact_is_not_measured() -> None:
    demo = grow("demo")
    table = simulate_measurements(demo, everlasting(gbca=ContrastError()))
    contact = demo.visits["t1"].isna().to_numpy()
    assert contact.sum() == 1
    assert table.loc[contact, "reason"].tolist() == ["no scan: clinical contact"]
    assert table.loc[contact, "enhancing_cm3"].isna().all()
    assert (table["evaluable"] == (~contact).astype(int)).all()
