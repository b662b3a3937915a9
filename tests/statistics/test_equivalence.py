"""Margins, the verdict, and where it would flip."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from small_trials import configuration, simulate
from statsmodels.stats.weightstats import DescrStatsW

from gadless.statistics.analyse import analyse
from gadless.statistics.comparisons.equivalence import (
    INSIDE,
    OUTSIDE,
    UNDECIDED,
    discordance,
    symmetric,
)
from gadless.statistics.comparisons.verdict import Verdict
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.trial.config import Endpoint


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


def test_discordance_is_decided_as_its_p_value_says() -> None:
    # 9 of 100 against 15%: P(X <= 9) = 0.0551, although Wilson's limit is below the margin
    found = discordance(9, 100, 0.15, 0.9)
    assert found.p == pytest.approx(0.05509, abs=1e-5)
    assert found.outcome == UNDECIDED
    for count in range(101):
        one = discordance(count, 100, 0.15, 0.9)
        assert (one.outcome == INSIDE) == (one.p < 0.05)


def test_where_nobody_progresses_nothing_but_volumes_is_compared() -> None:
    tables = simulate(40, 3, identical=True)
    ends = tables.endpoints
    died = ends["patient"].map(tables.patients.set_index("patient")["os_event"])
    pfs = ends["endpoint"] == "PFS"
    calm = ends.assign(
        event=np.where(pfs, died, 0), trigger=np.where(pfs & (died == 1), "death", None)
    )
    for primary in ("TTP", "PFS"):
        config = configuration().model_copy(update={"endpoint": Endpoint(primary=primary)})
        found = analyse(replace(tables, endpoints=calm), config, kernel_only=True)["agreement"]
        rows = found[
            (found["analysis"] == "equivalence")
            & (found["analysis_set"] == "common")
            & (found["term"] != "evaluability")
        ].set_index("term")
        assert list(rows["outcome"]) == [INSIDE, UNDECIDED, UNDECIDED, UNDECIDED]
        assert rows["warning"][1:].str.contains("nobody progresses on either contrast").all()
        assert (found.loc[found["analysis"] == "verdict", "outcome"] == UNDECIDED).all()


@pytest.mark.parametrize("mean", [9, -9])
def test_a_margin_below_the_nearer_end_leaves_the_interval_outside(mean: float) -> None:
    found = symmetric("", normal(mean, 1), 5, 0.9, 1)
    assert symmetric("", normal(mean, 1), found.excluded * 0.999, 0.9, 1).outcome == OUTSIDE
    assert symmetric("", normal(mean, 1), found.excluded * 1.001, 0.9, 1).outcome == UNDECIDED
    assert np.isnan(symmetric("", normal(0, 1), 5, 0.9, 1).excluded)
    ratio = symmetric("", normal(mean / 10, 0.1).exp(), 1.25, 0.9, 1, ratio=True)
    assert ratio.excluded == pytest.approx(np.exp(0.9 - 0.1 * norm.ppf(0.95)), rel=1e-2)
    assert discordance(40, 100, 0.15, 0.9).excluded == pytest.approx(0.3172, abs=1e-3)


def test_verdict() -> None:
    inside, undecided, outside = (symmetric("", normal(mean, 1), 5, 0.9, 1) for mean in (0, 4, 9))
    assert Verdict([inside, inside], [undecided], []).outcome == "equivalent"
    assert Verdict([inside, undecided], [], []).outcome == "undecided"
    assert Verdict([inside, undecided, outside], [], []).outcome == "not equivalent"
    assert Verdict([], [], []).outcome == "undecided"


def test_a_verdict_holds_only_if_nothing_contradicts_it() -> None:
    inside, outside = (symmetric("rmst_days", normal(mean, 1), 5, 0.9, 1) for mean in (0, 9))
    failing = Verdict([inside], [inside], ["arm"])
    assert failing.outcome == "undecided"
    assert failing.reasons == ["failing is informative by arm"]
    alone = Verdict([inside], [inside, outside], [])
    assert alone.outcome == "undecided"
    assert alone.reasons == ["rmst_days wholly outside on own visits"]
    assert Verdict([outside], [], ["arm"]).outcome == "not equivalent"
    beside = replace(outside, applies=False)
    assert Verdict([inside, beside], [], []).outcome == "equivalent"


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
