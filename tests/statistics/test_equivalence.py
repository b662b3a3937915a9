"""Margins, the verdict, and where it would flip."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.weightstats import DescrStatsW

from gadless.statistics.equivalence import (
    INSIDE,
    OUTSIDE,
    UNDECIDED,
    discordance,
    symmetric,
    verdict,
)
from gadless.statistics.resampling import Bootstrapped


def normal(mean: float, sd: float) -> Bootstrapped:
    """A bootstrap distribution without noise: normal quantiles."""
    return Bootstrapped(mean, mean + sd * norm.ppf((np.arange(2000) + 0.5) / 2000))


@pytest.mark.parametrize(
    ("mean", "sd", "outcome"),
    [(0, 1, INSIDE), (4, 1, UNDECIDED), (-4, 1, UNDECIDED), (9, 1, OUTSIDE), (-9, 1, OUTSIDE)],
)
def test_outcome(mean: float, sd: float, outcome: str) -> None:
    found = symmetric("rmst_days", normal(mean, sd), 5, 0.9, 100)
    assert found.outcome == outcome
    # With the margin that it says would be needed, and not with less, the interval is inside.
    assert symmetric("", normal(mean, sd), found.needed * 1.001, 0.9, 1).outcome == INSIDE
    assert symmetric("", normal(mean, sd), found.needed * 0.999, 0.9, 1).outcome != INSIDE


def test_p_is_that_of_two_one_sided_tests() -> None:
    values = np.random.default_rng(0).normal(1, 4, 400)
    spread = values.std(ddof=1) / 20
    found = symmetric("", normal(values.mean(), spread), 1.5, 0.9, 400)
    expected = DescrStatsW(values).ttost_mean(-1.5, 1.5)[0]
    assert found.p == pytest.approx(expected, abs=0.003)
    assert (found.p < 0.05) == (found.outcome == INSIDE)


def test_a_ratio_is_symmetric_on_the_log_scale() -> None:
    up = symmetric("", normal(0.1, 0.05).exp(), 1.25, 0.9, 1, ratio=True)
    down = symmetric("", normal(-0.1, 0.05).exp(), 1.25, 0.9, 1, ratio=True)
    assert up.needed == pytest.approx(down.needed, rel=1e-3)
    assert up.outcome == down.outcome == INSIDE


def test_discordance_is_one_sided() -> None:
    assert discordance(0, 100, 0.15, 0.9).outcome == INSIDE
    assert discordance(15, 100, 0.15, 0.9).outcome == UNDECIDED
    assert discordance(40, 100, 0.15, 0.9).outcome == OUTSIDE
    assert discordance(0, 0, 0.15, 0.9).outcome == UNDECIDED


def test_verdict() -> None:
    inside, undecided, outside = (symmetric("", normal(mean, 1), 5, 0.9, 1) for mean in (0, 4, 9))
    assert verdict([inside, inside]) == "equivalent"
    assert verdict([inside, undecided]) == "undecided"
    assert verdict([inside, undecided, outside]) == "not equivalent"


def test_without_resamples_nothing_is_decided() -> None:
    found = symmetric("", Bootstrapped(0.0, np.zeros(0)), 5, 0.9, 1)
    assert found.outcome == UNDECIDED
    assert found.warning == "no resamples, no interval"


def test_an_interval_without_width_is_remarked() -> None:
    found = symmetric("", Bootstrapped(0.0, np.zeros(200)), 5, 0.9, 23)
    assert (found.lower, found.upper) == (0, 0)
    assert "without width is no certainty" in found.warning
    assert symmetric("", normal(0, 1), 5, 0.9, 23).warning == ""


def test_too_few_fitted_resamples_give_no_interval() -> None:
    draws = np.where(np.arange(100) < 6, np.nan, 1.0)
    lower, upper, warning = Bootstrapped(1.0, draws).interval(0.95)
    assert np.isnan(lower)
    assert np.isnan(upper)
    assert warning == "6 of 100 resamples failed: no interval"
    draws = np.where(np.arange(100) < 5, np.nan, 1.0)
    assert Bootstrapped(1.0, draws).interval(0.95)[2] == "5 of 100 resamples failed"
