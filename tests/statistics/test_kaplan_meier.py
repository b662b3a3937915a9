"""Curves, medians, restricted means and incidence against lifelines and R."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from gadless.statistics.comparisons.curves import curve_table, incidence_table
from gadless.statistics.estimators import kaplan_meier as km
from gadless.statistics.estimators import library


def sample(seed: int, patients: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 14.0 * rng.integers(1, 20, patients), rng.random(patients) < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_curve_and_log_log_interval_equal_lifelines(seed: int) -> None:
    days, event = sample(seed)
    table = curve_table(days, event, 0.95).set_index("day")
    fitter = KaplanMeierFitter().fit(days, event)
    expected = fitter.survival_function_["KM_estimate"].reindex(table.index)
    np.testing.assert_allclose(table["estimate"], expected, atol=1e-12)
    limits = fitter.confidence_interval_survival_function_.reindex(table.index)
    inner = table["lower"].notna()
    np.testing.assert_allclose(table.loc[inner, "lower"], limits[inner].iloc[:, 0], atol=1e-9)
    np.testing.assert_allclose(table.loc[inner, "upper"], limits[inner].iloc[:, 1], atol=1e-9)
    assert table["at_risk"].iloc[0] == 50
    assert table["events"].sum() + table["censored"].sum() == 50


@pytest.mark.parametrize("seed", range(3))
def test_median_and_restricted_mean_equal_lifelines(seed: int) -> None:
    days, event = sample(seed)
    curve = km.kaplan_meier(days, event, np.ones((1, 50)))
    fitter = KaplanMeierFitter().fit(days, event)
    assert curve.median()[0] == fitter.median_survival_time_
    expected = restricted_mean_survival_time(fitter, t=200)
    assert curve.restricted_mean(200)[0] == pytest.approx(expected, rel=1e-9)


def test_median_interval_equals_r(r) -> None:
    days, event = sample(9)
    code = (
        f"t <- c({','.join(map(str, days))}); e <- c({','.join(map(str, event.astype(int)))});"
        "f <- survfit(Surv(t, e) ~ 1, conf.type = 'log-log'); q <- quantile(f, 0.5);"
        "cat(q$quantile, q$lower, q$upper)"
    )
    median, lower, upper = r(code)
    assert library.median(library.kaplan_meier(days, event, 0.95)) == (median, lower, upper)
    assert km.kaplan_meier(days, event, np.ones((1, 50))).median()[0] == median


def test_weights_are_copies_of_patients() -> None:
    days, event = sample(3, 30)
    weights = np.random.default_rng(2).integers(0, 4, 30)
    copies = np.repeat(np.arange(30), weights)
    whole = km.kaplan_meier(days[copies], event[copies], np.ones((1, len(copies))))
    weighted = km.kaplan_meier(days, event, weights[None].astype(float))
    assert weighted.median()[0] == whole.median()[0]
    assert weighted.restricted_mean(180)[0] == pytest.approx(whole.restricted_mean(180)[0])


def test_aalen_johansen_equals_r(r) -> None:
    days, _ = sample(4)
    cause = np.random.default_rng(5).integers(0, 3, 50)
    code = (
        f"t <- c({','.join(map(str, days))}); s <- factor(c({','.join(map(str, cause))}), 0:2);"
        "f <- survfit(Surv(t, s) ~ 1);"
        "cat(summary(f, times = c(50, 100, 200), extend = TRUE)$pstate[, 2])"
    )
    at, curves = km.incidence(days, cause, np.ones((1, 50)))
    found = [curves[0, np.searchsorted(at, day, side="right") - 1] for day in (50, 100, 200)]
    np.testing.assert_allclose(found, r(code), rtol=1e-9)
    table = incidence_table(days, cause)
    assert table["estimate"].iloc[-1] == pytest.approx(curves[0, -1])
    assert (table["events"] + table["censored"]).sum() == 50


def test_without_competition_incidence_is_one_minus_survival() -> None:
    days, event = sample(6)
    _, curves = km.incidence(days, event.astype(int), np.ones((1, 50)))
    survival = km.kaplan_meier(days, event, np.ones((1, 50))).survival
    np.testing.assert_allclose(curves, 1 - survival, atol=1e-12)


def test_median_that_is_not_reached_is_missing() -> None:
    curve = km.kaplan_meier(np.arange(1.0, 5), np.array([1, 0, 0, 0]) == 1, np.ones((1, 4)))
    assert np.isnan(curve.median()[0])


def test_nobody_has_the_event() -> None:
    curve = km.kaplan_meier(np.arange(1.0, 5), np.zeros(4, bool), np.ones((1, 4)))
    assert np.isnan(curve.median()[0])
    assert curve.restricted_mean(30)[0] == 30
    table = curve_table(np.arange(1.0, 5), np.zeros(4, bool), 0.95)
    assert (table["estimate"] == 1).all()
    assert table["lower"].isna().all()


def test_a_curve_says_nothing_beyond_its_last_patient() -> None:
    days, event = np.array([10.0, 20, 30, 40]), np.array([1, 1, 0, 0]) == 1
    # everyone; without the last; the first two alone, who both have the event
    weights = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]])
    curve = km.kaplan_meier(days, event, weights)
    for horizon, expected in ((30, [1, 1, 1]), (35, [1, 0, 1]), (40, [1, 0, 1]), (41, [0, 0, 1])):
        np.testing.assert_array_equal(curve.followed(horizon, days, weights), expected)
    never = km.kaplan_meier(days, ~event & event, weights)
    np.testing.assert_array_equal(never.followed(40, days, weights), [1, 0, 0])


def test_median_follow_up_is_r_s() -> None:
    """R 4: `survfit(Surv(d, 1 - e) ~ 1)` on these gives a median of 40."""
    days = np.array([5, 8, 8, 12, 20, 20, 31, 40, 44, 60], dtype=float)
    died = np.array([1, 0, 1, 1, 0, 1, 0, 0, 1, 0], dtype=bool)
    assert km.median_follow_up(days, died) == 40
    assert np.isnan(km.median_follow_up(days, np.ones(10, dtype=bool)))
