"""Power in closed form, against simulation, the exact interval and the sizes that R finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gadless.statistics.estimators.power import (
    effective_visits,
    largest_count,
    patients_for_share,
    power_of_share,
)


@given(st.integers(1, 400), st.sampled_from([0.05, 0.1, 0.15, 0.3]), st.sampled_from([0.025, 0.05]))
def test_the_largest_count_is_the_last_whose_exact_limit_holds(n, margin, alpha):
    count = int(largest_count(n, margin, alpha))

    def upper(c):
        return binomtest(c, n).proportion_ci(1 - 2 * alpha, method="exact").high

    if count >= 0:
        assert upper(count) < margin
    assert upper(count + 1) >= margin


@pytest.mark.parametrize(
    ("share", "first", "always"), [(0.05, 59, 68), (0.10, 281, 304), (0.12, 814, 864)]
)
def test_patients_for_the_default_margin(share, first, always):
    found = patients_for_share(share, 0.15, alpha=0.05, power=0.8)
    assert (found.first, found.always) == (first, always)
    assert power_of_share(first - 1, share, 0.15) < 0.8 <= power_of_share(first, share, 0.15)
    after = power_of_share(np.arange(always, always + 500), share, 0.15)
    assert (after >= 0.8).all()
    assert power_of_share(always - 1, share, 0.15) < 0.8


@pytest.mark.parametrize(("n", "share"), [(24, 0.02), (59, 0.05), (200, 0.10), (521, 0.12)])
def test_power_is_the_share_of_simulated_trials(n, share):
    trials = 4000
    counts = np.random.default_rng(n).binomial(n, share, trials)
    limit = {
        count: binomtest(int(count), n).proportion_ci(0.9, method="exact").high
        for count in set(counts)
    }
    held = np.mean([limit[count] < 0.15 for count in counts])
    low, high = binom.ppf([0.0005, 0.9995], trials, power_of_share(n, share, 0.15)) / trials
    assert low <= held <= high


@given(st.integers(1, 1500), st.floats(0.02, 0.4), st.sampled_from([0.025, 0.05, 0.1]))
def test_at_the_margin_power_is_an_error_no_larger_than_alpha(n, margin, alpha):
    assert power_of_share(n, margin, margin, alpha) <= alpha


@given(st.integers(10, 600), st.floats(0.01, 0.14))
def test_power_falls_as_the_truth_nears_the_margin(n, share):
    assert power_of_share(n, share, 0.15) >= power_of_share(n, share + 0.005, 0.15)


def test_few_patients_never_suffice_and_no_size_does_at_the_margin():
    # 0.85^18 = 0.054: with 18 patients not even none discordant is enough.
    assert largest_count(18, 0.15, 0.05) == -1
    assert power_of_share(18, 0.0, 0.15) == 0
    assert largest_count(19, 0.15, 0.05) == 0
    assert patients_for_share(0.0, 0.15).first == 19
    assert patients_for_share(0.15, 0.15).first is None
    assert patients_for_share(0.1499, 0.15).always is None


def test_visits_of_one_patient_are_worth_fewer():
    assert effective_visits(6, 0.0) == 6
    assert effective_visits(6, 1.0) == 1
    assert effective_visits(6, 0.2) == pytest.approx(3)


def test_power_of_evaluability_is_that_of_correlated_visits():
    """Visits that fail together (beta-binomial), judged on as many as they are worth."""
    patients, visits, share, margin, correlation = 120, 6, 0.98, 0.95, 0.2
    rng = np.random.default_rng(8)
    trials = 3000
    total = (1 - correlation) / correlation
    own = rng.beta((1 - share) * total, share * total, (trials, patients))
    failed = rng.binomial(visits, own).sum(axis=1) / (patients * visits)
    worth = int(patients * effective_visits(visits, correlation))
    held = np.mean(failed * worth < largest_count(worth, 1 - margin, 0.05) + 0.5)
    power = power_of_share(worth, 1 - share, 1 - margin)
    # The count of correlated visits is no binomial: near, not equal.
    assert held == pytest.approx(float(power), abs=0.04)
    assert power < power_of_share(patients * visits, 1 - share, 1 - margin)
