"""Margins, the verdict, and where it would flip."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from small_trials import configuration, simulate
from statsmodels.stats.weightstats import DescrStatsW

from gadless.statistics.analyse import analyse
from gadless.statistics.comparisons.margin import (
    INSIDE,
    NOT_APPLICABLE,
    OUTSIDE,
    UNDECIDED,
    Evidence,
    Margin,
    compare,
    discordance,
    not_applicable,
)
from gadless.statistics.comparisons.verdict import Verdict
from gadless.statistics.estimators import bootstrap
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Endpoint, Response
from gadless.trial.config.statistics import LEAST_RESAMPLES


def normal(mean: float, sd: float, *, ratio: bool = False) -> Evidence:
    """A figure, or the logarithm of a ratio, with a normal error."""

    def scaled(limit: float) -> float:
        return (np.log(limit) if ratio else limit) - mean

    back = np.exp if ratio else float
    ends = [float(back(mean + sign * sd * norm.ppf(0.95))) for sign in (0, -1, 1)]
    return Evidence(
        *ends,
        lambda limit: float(norm.cdf(scaled(limit) / sd)),
        lambda limit: float(norm.sf(scaled(limit) / sd)),
        100,
        "normal",
    )


def judged(mean: float, margin: float = 5, **settings: object) -> Margin:
    return compare("rmst_days", normal(mean, 1), margin, **settings)


@pytest.mark.parametrize(
    ("mean", "sd", "outcome"),
    [(0, 1, INSIDE), (4, 1, UNDECIDED), (-4, 1, UNDECIDED), (9, 1, OUTSIDE), (-9, 1, OUTSIDE)],
)
def test_outcome(mean: float, sd: float, outcome: str) -> None:
    found = compare("rmst_days", normal(mean, sd), 5)
    assert found.outcome == outcome
    # With the margin that it says would be needed, and not with less, the interval is inside.
    assert judged(mean, found.needed * 1.001).outcome == INSIDE
    assert judged(mean, found.needed * 0.999).outcome != INSIDE


def test_p_is_that_of_two_one_sided_tests() -> None:
    values = np.random.default_rng(0).normal(1, 4, 400)
    spread = values.std(ddof=1) / 20
    found = compare("", normal(values.mean(), spread), 1.5)
    expected = DescrStatsW(values).ttost_mean(-1.5, 1.5)[0]
    assert found.p == pytest.approx(expected, abs=0.003)
    assert (found.p < 0.05) == (found.outcome == INSIDE)


def test_a_ratio_is_symmetric_on_the_log_scale() -> None:
    up = compare("", normal(0.1, 0.05, ratio=True), 1.25, ratio=True)
    down = compare("", normal(-0.1, 0.05, ratio=True), 1.25, ratio=True)
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
    tables = simulate(40, 3)
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
    found = judged(mean)
    assert judged(mean, found.excluded * 0.999).outcome == OUTSIDE
    assert judged(mean, found.excluded * 1.001).outcome == UNDECIDED
    assert np.isnan(judged(0).excluded)
    ratio = compare("", normal(mean / 10, 0.1, ratio=True), 1.25, ratio=True)
    assert ratio.excluded == pytest.approx(np.exp(0.9 - 0.1 * norm.ppf(0.95)), rel=1e-2)
    assert discordance(40, 100, 0.15, 0.9).excluded == pytest.approx(0.3172, abs=1e-3)


def test_verdict() -> None:
    inside, undecided, outside = (judged(mean) for mean in (0, 4, 9))
    assert Verdict([inside, inside], [undecided], []).outcome == "equivalent"
    assert Verdict([inside, undecided], [], []).outcome == "undecided"
    assert Verdict([inside, undecided, outside], [], []).outcome == "not equivalent"
    assert Verdict([], [], []).outcome == "undecided"


def test_a_verdict_holds_only_if_nothing_contradicts_it() -> None:
    inside, outside = (judged(mean) for mean in (0, 9))
    failing = Verdict([inside], [inside], ["arm"])
    assert failing.outcome == "undecided"
    assert failing.reasons == ["failing is informative by arm"]
    alone = Verdict([inside], [inside, outside], [])
    assert alone.outcome == "undecided"
    assert alone.reasons == ["rmst_days wholly outside on own visits"]
    assert Verdict([outside], [], ["arm"]).outcome == "not equivalent"
    beside = replace(outside, applies=False)
    assert Verdict([inside, beside], [], []).outcome == "equivalent"


def test_one_side_is_one_test() -> None:
    high, low = judged(-9, side="upper"), judged(9, side="lower")
    assert (high.outcome, low.outcome) == (INSIDE, INSIDE)
    assert (judged(9, side="upper").outcome, judged(-9, side="lower").outcome) == (OUTSIDE, OUTSIDE)
    assert judged(4, side="upper").outcome == UNDECIDED
    for mean in (-3, 3.2, 3.5, 9):
        upper, lower, both = (judged(mean, side=side) for side in ("upper", "lower", "both"))
        assert both.p == max(upper.p, lower.p)
        assert both.needed == max(upper.needed, lower.needed)
        for one in (upper, lower, both):
            assert (one.p < 0.05) == (one.outcome == INSIDE)
    assert "non-inferiority, upper limit only" in high.method
    assert (
        configuration(noninferiority={"rmst_days": "lower"}).statistics.side("rmst_days") == "lower"
    )
    assert configuration().statistics.side("rmst_days") == "both"


def test_an_interval_without_width_decides_nothing() -> None:
    for where in (0.0, 9.0):
        found = compare("", replace(normal(0, 1), estimate=where, lower=where, upper=where), 5)
        assert found.outcome == UNDECIDED


def test_what_does_not_apply_takes_no_part() -> None:
    one = not_applicable("hazard_ratio", 1.25, "one arm")
    assert one.outcome == NOT_APPLICABLE
    assert Verdict([judged(0), one], [], []).outcome == "equivalent"
    assert Verdict([judged(0), judged(4), one], [], []).outcome == "undecided"


def equivalence(
    tables: TrialTables, analysis_set: str = "common", **settings: object
) -> pd.DataFrame:
    found = analyse(tables, configuration(**settings), kernel_only=True)
    every = found["agreement"]
    chosen = (every["analysis"] == "equivalence") & (every["analysis_set"] == analysis_set)
    return every[chosen & (every["stratum"] == "all")].set_index("term")


def test_terms_are_decided_alike_with_any_number_of_resamples() -> None:
    """A single resample has no interval (S9), and nothing that decides rests on resamples."""
    tables = simulate(60, 5)
    columns = ["estimate", "lower", "upper", "p", "outcome"]
    none, one, many = (equivalence(tables, bootstrap=each)[columns] for each in (0, 1, 250))
    pd.testing.assert_frame_equal(none, one)
    pd.testing.assert_frame_equal(none, many)
    assert none.drop(index="discordance")["lower"].notna().all()


@pytest.mark.parametrize("strata", [[], ["site"]])
def test_estimates_are_those_of_the_result_tables(strata: list[str]) -> None:
    config = configuration(bootstrap=0, strata=strata)
    found = analyse(simulate(80, 6), config, kernel_only=True)
    survival, agreement = found["survival"], found["agreement"]

    def estimate(rows: pd.DataFrame, term: str, **where: str) -> float:
        where = {"analysis_set": "common", "candidate": "cgan", "term": term, **where}
        chosen = np.all([rows[name].fillna("") == value for name, value in where.items()], axis=0)
        (value,) = rows.loc[chosen, "estimate"]
        return float(value)

    same = {"analysis": "equivalence", "stratum": "all"}
    ratio = estimate(survival, "treatment_hr_ratio", endpoint="PFS", analysis="treatment_effect")
    assert estimate(agreement, "hazard_ratio", **same) == pytest.approx(ratio, rel=1e-6)
    mean = estimate(survival, "rmst_difference_days", endpoint="PFS", stratum="all")
    assert estimate(agreement, "rmst_days", **same) == pytest.approx(mean)
    bias = estimate(agreement, "median_bias_percent", analysis="volume", stratum="all")
    assert estimate(agreement, "volume_bias_percent", **same) == pytest.approx(bias)


def test_twenty_patients_who_hardly_differ_are_undecided() -> None:
    """S8: resamples of 20 such patients all agree, and said so without width."""
    rows = equivalence(simulate(20, 7, identical=True))
    # Nobody differs; one patient more might, and three in twenty of those to come.
    assert rows.loc["hazard_ratio", "outcome"] == UNDECIDED
    assert rows.loc["discordance", "outcome"] == INSIDE
    assert (rows["lower"] < rows["upper"]).drop(index="volume_bias_percent").all()


def test_one_arm_is_judged_by_what_applies() -> None:
    tables = simulate(40, 3)
    alone = replace(tables, patients=tables.patients.assign(arm="A"))
    rows = equivalence(alone)
    assert rows.loc["hazard_ratio", "outcome"] == NOT_APPLICABLE
    assert rows.loc["hazard_ratio", "warning"] == "one arm: no treatment effect to compare"
    assert NOT_APPLICABLE not in set(rows["outcome"].drop(index="hazard_ratio"))


def test_products_alone_are_compared_as_products() -> None:
    tables = simulate(40, 3)
    measured = tables.measurements
    areas = measured.assign(spd_mm2=200 * measured["enhancing_cm3"]).drop(columns="enhancing_cm3")
    renamed = {
        name: getattr(tables, name).assign(criteria="rano2010")
        for name in ("response", "best_response", "endpoints")
    }
    config = configuration().model_copy(update={"response": Response(criteria=["rano2010"])})
    found = analyse(replace(tables, measurements=areas, **renamed), config, kernel_only=True)
    every = found["agreement"]
    term = every[(every["term"] == "volume_bias_percent") & (every["analysis"] == "equivalence")]
    assert term["estimate"].notna().all()
    assert (term["lower"] < term["upper"]).all()
    assert term["method"].str.startswith("median of spd_mm2 at visits of at least 100 mm2").all()


def test_too_few_resamples_give_no_interval() -> None:
    assert bootstrap.LEAST_RESAMPLES == LEAST_RESAMPLES == 200
    assert np.isfinite(Bootstrapped(1.0, np.arange(200.0)).interval(0.95)[0])
    lower, upper, warning = Bootstrapped(1.0, np.arange(199.0)).interval(0.95)
    assert np.isnan([lower, upper]).all()
    assert warning == "199 resamples, fewer than 200: no interval"


def test_too_few_fitted_resamples_give_no_interval() -> None:
    draws = np.where(np.arange(200) < 11, np.nan, 1.0)
    lower, upper, warning = Bootstrapped(1.0, draws).interval(0.95)
    assert np.isnan(lower)
    assert np.isnan(upper)
    assert warning == "11 of 200 resamples failed: no interval"
    draws = np.where(np.arange(200) < 10, np.nan, 1.0)
    assert Bootstrapped(1.0, draws).interval(0.95)[2] == "10 of 200 resamples failed"
