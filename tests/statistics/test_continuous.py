"""Agreement of measurements against closed forms and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from gadless.statistics.estimators import continuous as con
from gadless.statistics.estimators.mixed import fit_random_intercept

volumes = st.lists(st.tuples(st.floats(0, 200), st.floats(0, 200)), min_size=3, max_size=30)


def test_ccc_by_hand() -> None:
    # x = 1, 2, 3 and y = 2, 3, 4: r = 1, equal spread, means 1 apart; 2 * 2/3 / (4/3 + 1) = 4/7.
    found = con.concordance(np.array([1.0, 2, 3]), np.array([2.0, 3, 4]), np.ones((1, 3)))
    assert found.ccc[0] == pytest.approx(4 / 7)
    assert found.pearson[0] == pytest.approx(1)
    assert found.scale_shift[0] == pytest.approx(1)
    assert found.location_shift[0] == pytest.approx(1 / np.sqrt(2 / 3))


@given(volumes)
def test_ccc_is_bounded_by_pearson(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs).T
    assume(np.ptp(x) > 1e-3 and np.ptp(y) > 1e-3)
    found = con.concordance(x, y, np.ones((1, len(x))))
    assert abs(found.ccc[0]) <= abs(found.pearson[0]) + 1e-9 <= 1 + 2e-9
    assert 0 < found.bias_factor[0] <= 1 + 1e-9
    swapped = con.concordance(y, x, np.ones((1, len(x))))
    assert swapped.ccc[0] == pytest.approx(found.ccc[0], abs=1e-9)
    assert swapped.location_shift[0] == pytest.approx(-found.location_shift[0], abs=1e-9)
    assert swapped.scale_shift[0] == pytest.approx(1 / found.scale_shift[0])


@given(st.lists(st.floats(0, 200), min_size=2, max_size=30))
def test_identical_measurements_agree_fully(values: list[float]) -> None:
    x = np.array(values)
    assume(np.ptp(x) > 1e-3)
    found = con.concordance(x, x, np.ones((1, len(x))))
    assert found.ccc[0] == pytest.approx(1)
    limits = con.limits_of_agreement(x - x, np.arange(len(x)), np.ones((1, len(x))))
    assert limits.bias[0] == limits.lower[0] == limits.upper[0] == 0


@given(st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 3)), min_size=1, max_size=25))
def test_weighted_median_is_that_of_the_copies(pairs: list[tuple[float, int]]) -> None:
    values, weights = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    found = con.weighted_median(values, weights[None].astype(float))[0]
    copies = np.repeat(values, weights)
    if len(copies):
        assert found == np.median(copies)
    else:
        assert np.isnan(found)


def test_limits_with_one_pair_a_patient_are_the_classical_ones() -> None:
    difference = np.random.default_rng(0).normal(1, 2, 40)
    limits = con.limits_of_agreement(difference, np.arange(40), np.ones((1, 40)))
    half = 1.959964 * difference.std(ddof=1)
    assert limits.lower[0] == pytest.approx(difference.mean() - half)
    assert limits.upper[0] == pytest.approx(difference.mean() + half)


def test_limits_with_repeats_recover_the_spread_that_was_simulated() -> None:
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(2000), rng.integers(1, 6, 2000))
    difference = rng.normal(0, 1.5, 2000)[patient] + rng.normal(0, 2, len(patient))
    limits = con.limits_of_agreement(difference, patient, np.ones((1, 2000)))
    assert limits.spread[0] == pytest.approx(2.5, rel=0.03)


def test_limits_of_a_resample_are_those_of_its_copies() -> None:
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(10), 3)
    difference = rng.normal(size=30)
    weights = rng.integers(0, 3, 10)
    found = con.limits_of_agreement(difference, patient, weights[None].astype(float))
    copies = np.repeat(np.arange(10), weights)
    rows = np.concatenate([np.flatnonzero(patient == copy) for copy in copies])
    again = np.repeat(np.arange(len(copies)), 3)
    expected = con.limits_of_agreement(difference[rows], again, np.ones((1, len(copies))))
    assert found.spread[0] == pytest.approx(expected.spread[0])
    assert found.bias[0] == pytest.approx(expected.bias[0])


@pytest.mark.parametrize("seed", range(3))
def test_mixed_model_equals_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patient = rng.integers(0, 25, 120)
    values = 0.4 + rng.normal(0, 0.8, 25)[patient] + rng.normal(0, 1, 120)
    found = fit_random_intercept(values, patient)
    other = sm.MixedLM(values, np.ones(120), groups=patient).fit()
    assert found.mean == pytest.approx(other.params[0], abs=1e-4)
    assert found.error == pytest.approx(other.bse[0], rel=1e-3)
    assert found.between == pytest.approx(other.cov_re[0, 0] ** 0.5, rel=1e-3)
    assert found.within == pytest.approx(other.scale**0.5, rel=1e-3)


@pytest.mark.parametrize(("seed", "spread"), [(0, 0.8), (1, 0.2), (2, 0.0), (5, 0.0)])
def test_mixed_model_equals_nlme(r, seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(12), 3)
    values = 0.4 + rng.normal(0, spread, 12)[patient] + rng.normal(0, 0.3, 36)
    found = fit_random_intercept(values, patient)
    code = (
        f"library(nlme); y <- c({','.join(map(str, values))});"
        f"p <- c({','.join(map(str, patient))});"
        "f <- lme(y ~ 1, random = ~ 1 | p);"
        "cat(fixef(f), sqrt(vcov(f)), as.numeric(VarCorr(f)[, 'StdDev']))"
    )
    ours = [found.mean, found.error, found.between, found.within]
    np.testing.assert_allclose(ours, r(code), rtol=1e-4, atol=1e-4)


def test_slope_by_hand() -> None:
    x = np.array([0.0, 1, 2, 5])
    assert con.slope(x, 3 - 2 * x, np.ones((1, 4)))[0] == pytest.approx(-2)
    assert np.isnan(con.slope(np.ones(4), x, np.ones((1, 4)))[0])


def test_sphere() -> None:
    # A 10 mm sphere holds 0.5236 cm3.
    assert con.sphere_diameter(np.array([np.pi / 6, 0.0])) == pytest.approx([10, 0])
