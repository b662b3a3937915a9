"""Sizes and power for the margins that a configuration has."""

import pytest
from small_trials import configuration

from gadless.statistics.planning import power_curves, sizes


def config(**plan):
    changed = configuration(equivalence_alpha=0.025, margins={"discordance": 0.2})
    return changed.model_copy(update={"plan": changed.plan.model_copy(update=plan)})


def test_sizes_follow_the_configured_margins_and_level():
    found = sizes(config(discordance=[0.05, 0.3], evaluability=[0.99, 0.95], patients=100))
    assert found["term"].tolist() == ["discordance"] * 2 + ["evaluability"] * 2
    assert found["margin"].tolist() == [0.2, 0.2, 0.95, 0.95]
    # R: smallest n with pbinom(max(which(qbeta(.975, c+1, n-c) < .2)) - 1, n, .05) >= .8
    assert found["first"].tolist()[0] == 41
    assert found["first"].isna().tolist() == [False, True, False, True]
    assert (found["always"].dropna() >= found["first"].dropna()).all()


def test_correlated_visits_need_more_patients():
    first = [
        sizes(config(evaluability=[0.98], correlation=each))["first"].iloc[-1]
        for each in (0.0, 0.3, 1.0)
    ]
    assert first[0] < first[1] < first[2]
    alone = sizes(config(evaluability=[0.98], correlation=0.1, arms=1))["first"].iloc[-1]
    assert alone < first[1]


def test_curves_pass_the_power_asked_for_where_the_sizes_say():
    chosen = config(patients=700)
    curves, found = power_curves(chosen), sizes(chosen)
    assert curves["patients"].max() == 700
    for row in found.dropna(subset="first").itertuples():
        curve = curves[(curves["term"] == row.term) & (curves["truth"] == row.truth)]
        power = curve.set_index("patients")["power"]
        assert (power[power.index < row.first] < 0.8).all()
        assert (power[power.index >= row.always] >= 0.8).all()
        assert power[700] == pytest.approx(row.planned)
