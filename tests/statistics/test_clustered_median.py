"""A median of visits: limits that hold although a patient's visits go together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gadless.statistics.estimators.clustered_median import ClusteredMedian


def visits(patients: int, seed: int, *, between: float = 0.15, within: float = 0.08):
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 9, patients))
    return rng.normal(0, between, patients)[patient] + rng.normal(0, within, len(patient)), patient


@pytest.mark.parametrize("patients", [5, 12, 31, 200])
def test_one_visit_a_patient_gives_nearly_the_sign_test(patients: int) -> None:
    values = np.random.default_rng(patients).normal(0, 1, patients)
    found = ClusteredMedian(values, np.arange(patients), 0.90)
    # Exact order statistics: the largest r with P(Bin(n, 1/2) < r) <= 0.05
    rank = int(binom.ppf(0.05, patients, 0.5))
    rank -= binom.cdf(rank - 1, patients, 0.5) > 0.05
    ordered = np.sort(values)
    lower, upper = found.limits()
    # The patient that is imagined beside them makes it wider by at most one place.
    assert lower in ordered[max(rank - 2, 0) : rank]
    assert upper in ordered[::-1][max(rank - 2, 0) : rank]
    assert found.estimate == pytest.approx(np.median(values))
    sign = binomtest(int((values > 0.3).sum()), patients, 0.5, alternative="greater").pvalue
    assert found.above(0.3) == pytest.approx(sign, rel=0.25)


def test_fewer_than_five_patients_bound_nothing() -> None:
    values, patient = np.arange(40.0), np.arange(40) % 4
    assert np.isnan(ClusteredMedian(values, patient, 0.90).limits()).all()
    assert np.isfinite(ClusteredMedian(values, np.arange(40) % 5, 0.90).limits()).all()
    nothing = ClusteredMedian(np.zeros(0), np.zeros(0, dtype=int), 0.90)
    assert np.isnan([nothing.estimate, *nothing.limits()]).all()


@given(st.integers(12, 40), st.integers(0, 10_000), st.floats(-0.3, 0.3))
def test_limits_and_p_values_decide_alike(patients: int, seed: int, limit: float) -> None:
    found = ClusteredMedian(*visits(patients, seed), 0.90)
    lower, upper = found.limits()
    assert lower <= found.estimate <= upper
    assert (found.above(limit) < 0.05) == (limit < lower)
    assert (found.below(limit) < 0.05) == (limit > upper)


@given(st.integers(12, 40), st.integers(0, 10_000))
def test_the_other_way_round_is_the_mirror_image(patients: int, seed: int) -> None:
    values, patient = visits(patients, seed)
    lower, upper = ClusteredMedian(values, patient, 0.90).limits()
    assert ClusteredMedian(-values, patient, 0.90).limits() == (-upper, -lower)


def test_visits_that_go_together_are_fewer() -> None:
    values = np.random.default_rng(3).normal(0, 1, 400)
    apart = ClusteredMedian(values, np.arange(400), 0.90).limits()
    together = ClusteredMedian(
        np.repeat(values[:50], 8), np.repeat(np.arange(50), 8), 0.90
    ).limits()
    assert np.diff(together) > 2 * np.diff(apart)


@pytest.mark.parametrize("patients", [12, 60])
def test_a_bias_at_the_margin_is_seldom_called_within(patients: int) -> None:
    # 5% nominal; 36 of 400 would be passed by chance once in a thousand
    found = (ClusteredMedian(*visits(patients, seed), 0.90) for seed in range(400))
    assert sum(one.below(0.0) < 0.05 for one in found) <= 36
