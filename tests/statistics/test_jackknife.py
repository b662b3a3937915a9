"""Limits from leaving patients out, and from what one patient more could change."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.jackknife import Jackknifed, left_out
from gadless.statistics.estimators.paired_times import (
    hazard_ratio_ratio,
    restricted_mean_difference,
)


def mean_of(values: np.ndarray, more: tuple[float, float]) -> Jackknifed:
    weights = left_out(len(values), 2)
    everyone = np.append(values, more)
    return Jackknifed.of(weights @ everyone / weights.sum(axis=1), len(values))


def trial(
    patients: int, seed: int, differ: float = 0.2
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days and events on two contrasts, and arms; a share of patients differs."""
    rng = np.random.default_rng(seed)
    progression = 42 * np.ceil(rng.exponential(250, patients) / 42)
    late = progression + 84 * (rng.random(patients) < differ)
    end = np.ceil(rng.uniform(200, 900, patients))
    both = np.array([progression, late])
    return np.minimum(both, end), both <= end, np.arange(patients) % 2


def rows(days: np.ndarray, event: np.ndarray, arm: np.ndarray) -> CoxRows:
    start = np.full(len(days), -1.0)
    return CoxRows(start, days, event, arm[:, None].astype(float), np.arange(len(days)))


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(3, 2, 30)
    found = mean_of(values, (values.mean(), values.mean()))
    assert found.value == pytest.approx(values.mean())
    assert (found.down, found.up) == pytest.approx((0, 0), abs=1e-12)
    assert found.variance == pytest.approx(values.var(ddof=1) / 30)
    # Johnson (1978): mean + k3 / (6 s2 n) + k3 / (3 s4) (mean - mu)2, as moments of the sample
    k3, s2 = ((values - values.mean()) ** 3).mean(), values.var()
    assert found.skewness == pytest.approx(k3 / s2 / 30, rel=0.05)


def test_without_skewness_or_further_patient_limits_are_students() -> None:
    values = np.concatenate([np.arange(20.0), -np.arange(20.0)])
    found = mean_of(values, (0.0, 0.0))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.90)
    assert found.limits(0.90) == pytest.approx((expected.low, expected.high))
    for limit in (-3.0, 0.5, 6.0):
        against = stats.ttest_1samp(values, limit, alternative="less").pvalue
        assert found.below(limit) == pytest.approx(against)
        assert found.above(limit) == pytest.approx(1 - against)


def test_limits_and_p_values_decide_alike() -> None:
    values = np.random.default_rng(2).exponential(5, 25)
    found = mean_of(values, (-10, 60))
    for level in (0.5, 0.8, 0.9, 0.99):
        lower, upper = found.limits(level)
        assert found.below(upper) == pytest.approx((1 - level) / 2)
        assert found.above(lower) == pytest.approx((1 - level) / 2)
    # Skewed to the right, with a further patient far to the right: the upper limit lies further.
    lower, upper = found.limits(0.90)
    plain = stats.ttest_1samp(values, 0).confidence_interval(0.90)
    assert upper > plain.high
    assert lower < plain.low
    assert upper - plain.high > 2 * (plain.low - lower)


def test_patients_who_all_agree_still_leave_a_width() -> None:
    days, event, arm = trial(30, 3, differ=0)
    mean = restricted_mean_difference(days, event, 365)
    ratio = hazard_ratio_ratio(rows(days[0], event[0], arm), rows(days[1], event[1], arm), 0)
    for found in (mean, ratio):
        assert found.value == pytest.approx(0, abs=1e-9)
        lower, upper = found.limits(0.90)
        assert lower < 0 < upper
    # One of 31 who has the event on day 42 on one contrast and on none before day 365 on the other
    assert mean.up == pytest.approx((365 - 42) / 31, rel=0.1)


def test_without_censoring_restricted_means_are_means() -> None:
    days, event, _ = trial(40, 4)
    found = restricted_mean_difference(days, np.ones_like(event), 365)
    each = np.diff(np.minimum(days, 365), axis=0)[0]
    assert found.value == pytest.approx(each.mean())
    assert found.moves == pytest.approx((each - each.mean()) / 39)


def test_nobody_to_leave_out_gives_no_limits() -> None:
    # The only event: without that patient there is no hazard ratio.
    days, arm = np.arange(10.0, 40), np.arange(30) % 2
    event = np.arange(30) == 3
    found = hazard_ratio_ratio(rows(days, event, arm), rows(days, event, arm), 0)
    assert np.isnan(found.limits(0.90)).all()
    assert np.isnan(found.below(1.0))


def test_hazard_ratios_left_out_as_in_r(r: Callable[[str], list[float]]) -> None:
    days, event, arm = trial(24, 5)
    found = hazard_ratio_ratio(rows(days[0], event[0], arm), rows(days[1], event[1], arm), 0)
    text = "; ".join(
        f"{name} <- c({','.join(map(str, values.astype(float)))})"
        for name, values in (
            ("d1", days[0]),
            ("d2", days[1]),
            ("e1", event[0]),
            ("e2", event[1]),
            ("a", arm),
        )
    )
    end, begin = days.max(), days[event].min()
    code = f"""{text}
    b <- function(k) coef(coxph(Surv(d2[k], e2[k]) ~ a[k])) - coef(coxph(Surv(d1[k], e1[k]) ~ a[k]))
    cat(b(1:24), sapply(1:24, function(i) b(setdiff(1:24, i))))
    more <- function(x, y, g)
      coef(coxph(Surv(c(d2, y), c(e2, y < {end})) ~ c(a, g))) -
      coef(coxph(Surv(c(d1, x), c(e1, x < {end})) ~ c(a, g)))
    cat("", sapply(0:1, function(g) c(more({end}, {begin}, g), more({begin}, {end}, g))))
    """
    value, *others = r(code)
    assert found.value == pytest.approx(value, abs=1e-7)
    assert found.moves == pytest.approx(value - np.array(others[:24]), abs=1e-7)
    assert found.up == pytest.approx(max(others[24:]) - value, abs=1e-7)
    assert found.down == pytest.approx(min(others[24:]) - value, abs=1e-7)


def test_a_sparse_difference_at_the_margin_is_seldom_called_inside() -> None:
    """One in eight patients never progresses on the candidate, of 24: nobody may be among them."""
    rng = np.random.default_rng(6)
    inside = {"jackknifed": 0, "student": 0}
    for _ in range(500):
        lost = np.where(rng.random(24) < 1 / 8, rng.uniform(0, 320, 24), 0)
        found = mean_of(lost, (-323, 323))
        inside["jackknifed"] += found.limits(0.90)[1] < 20
        inside["student"] += found.value + 1.714 * np.sqrt(found.variance) < 20
    # 5% nominal; 43 of 500 would be passed by chance once in a thousand
    assert inside["jackknifed"] <= 43 < inside["student"]
