"""A share of visits whose interval holds although a patient's visits go together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from gadless.statistics.estimators.clustered_share import clustered_share


@pytest.mark.parametrize("patients", [1, 5, 20, 58, 59, 200])
def test_a_faultless_share_has_the_exact_limit_of_its_patients(patients: int) -> None:
    visits = np.full(patients, 7)
    found = clustered_share(visits, visits, 0.90)
    exact = binomtest(patients, patients).proportion_ci(0.90, method="exact")
    assert (found.estimate, found.upper) == (1, 1)
    assert found.lower == pytest.approx(exact.low)
    assert (found.lower > 0.95) == (patients >= 59)


def test_a_share_of_none_mirrors_a_share_of_all() -> None:
    totals = np.array([3, 1, 8, 4, 4])
    none, every = (clustered_share(hits, totals, 0.95) for hits in (0 * totals, totals))
    assert (none.estimate, none.lower) == (0, 0)
    assert none.upper == pytest.approx(1 - every.lower)


def test_independent_visits_have_nearly_the_exact_limits() -> None:
    hits = np.ones(1000)
    hits[:40] = 0
    found = clustered_share(hits, np.ones(1000), 0.90)
    exact = binomtest(960, 1000).proportion_ci(0.90, method="exact")
    assert found.lower == pytest.approx(exact.low, abs=2e-4)
    assert found.upper == pytest.approx(exact.high, abs=2e-4)


def test_visits_that_go_together_count_as_their_patients() -> None:
    totals = np.full(200, 10)
    together = np.where(np.arange(200) < 20, 0, 10)
    spread = np.full(200, 9)
    exact = binomtest(180, 200).proportion_ci(0.90, method="exact")
    found = clustered_share(together, totals, 0.90)
    assert found.lower == pytest.approx(exact.low, abs=2e-3)
    assert found.effective == pytest.approx(200, rel=0.05)
    assert clustered_share(spread, totals, 0.90).lower > found.lower


@given(
    st.lists(
        st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=2,
        max_size=40,
    )
)
def test_the_interval_has_width_and_holds_the_share(visits: list[tuple[int, int]]) -> None:
    hits, totals = np.array(visits, dtype=float).T
    found = clustered_share(hits, totals, 0.90)
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1
    assert found.upper - found.lower > 1e-3
    mirrored = clustered_share(totals - hits, totals, 0.90)
    assert mirrored.lower == pytest.approx(1 - found.upper)
    # One visit more that failed is no better than a faultless patient.
    if (hits == totals).all():
        worse = clustered_share(hits - np.eye(len(hits))[0], totals, 0.90)
        assert worse.lower < found.lower


def test_patients_without_a_visit_count_for_nothing() -> None:
    with_them = clustered_share(np.array([3, 0, 5, 0]), np.array([4, 0, 5, 0]), 0.90)
    assert with_them == clustered_share(np.array([3, 5]), np.array([4, 5]), 0.90)
    assert np.isnan(clustered_share(np.zeros(3), np.zeros(3), 0.90).lower)


@pytest.mark.parametrize("alike", [0.1, 0.9])
def test_a_share_at_the_margin_is_seldom_called_above_it(alike: float) -> None:
    rng = np.random.default_rng(5)
    scale = 1 / alike - 1
    called = 0
    for _ in range(400):
        totals = rng.integers(1, 13, 120)
        chance = rng.beta(0.95 * scale, 0.05 * scale, 120)
        called += clustered_share(rng.binomial(totals, chance), totals, 0.90).lower > 0.95
    # 5% nominal; 36 of 400 would be passed by chance once in a thousand
    assert called <= 36
