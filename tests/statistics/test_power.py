"""Power in closed form, against simulation, the exact interval and the sizes that R finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gadless.statistics.estimators.clustered_share import clustered_share
from gadless.statistics.estimators.power import (
    failing_visits,
    largest_count,
    patients_for_evaluability,
    patients_for_share,
    power_of_evaluability,
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


@given(
    st.integers(1, 40), st.integers(1, 6), st.floats(0.005, 0.5), st.sampled_from([0.0, 0.2, 1.0])
)
def test_failing_visits_have_a_distribution_with_the_mean_and_spread_that_they_must(
    patients, visits, share, correlation
):
    chance = failing_visits(patients, visits, share, correlation)
    count = np.arange(patients * visits + 1)
    mean = (chance * count).sum()
    spread = (chance * (count - mean) ** 2).sum()
    design = 1 + (visits - 1) * correlation
    assert chance.sum() == pytest.approx(1)
    assert mean == pytest.approx(patients * visits * share)
    assert spread == pytest.approx(patients * visits * share * (1 - share) * design, rel=1e-6)


@pytest.mark.parametrize(
    ("patients", "share", "visits", "correlation"),
    [(60, 0.995, 5, 0.1), (100, 0.99, 5, 0.0), (100, 0.99, 4, 0.3), (250, 0.98, 6, 0.1)],
)
def test_power_of_evaluability_is_that_of_the_verdicts_own_limit(
    patients, share, visits, correlation
):
    """Visits that fail together (beta-binomial), each trial judged by `clustered_share`."""
    rng = np.random.default_rng(patients)
    trials = 500
    if correlation:
        total = (1 - correlation) / correlation
        own = rng.beta((1 - share) * total, share * total, (trials, patients))
    else:
        own = np.full((trials, patients), 1 - share)
    failed = rng.binomial(visits, own)
    visited = np.full(patients, float(visits))
    held = np.mean([clustered_share(visits - one, visited, 0.9).lower > 0.95 for one in failed])
    power = power_of_evaluability(patients, share, 0.95, 0.05, visits, correlation)
    # How failures gather is taken at its expectation: near, not equal.
    assert held == pytest.approx(power, abs=0.07)


def test_an_arm_needs_59_patients_even_if_nothing_fails():
    """0.95^58 = 0.051: the limit's own rule (`clustered_share`)."""
    assert power_of_evaluability(58, 1 - 1e-12, 0.95) == pytest.approx(0)
    assert power_of_evaluability(59, 1 - 1e-12, 0.95) == pytest.approx(1)
    found = patients_for_evaluability(1 - 1e-12, 0.95, arms=2)
    assert (found.first, found.always) == (118, 118)
    assert patients_for_evaluability(0.95, 0.95).first is None


def test_at_the_margin_evaluability_errs_no_more_than_it_says():
    for patients in (59, 100, 300):
        for correlation in (0.0, 0.1, 0.5):
            assert power_of_evaluability(patients, 0.95, 0.95, 0.05, 5, correlation) <= 0.055
