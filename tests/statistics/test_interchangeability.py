"""Two readings of the reference differ as well: what the candidate adds to that."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from small_trials import configuration, simulate

from gadless.errors import InputError
from gadless.statistics.analyse import analyse
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import interchangeability
from gadless.statistics.comparisons.interchangeability import Disagreement, expected_of_repeats
from gadless.statistics.estimators.continuous import within
from gadless.statistics.estimators.proportions import paired_below, paired_difference
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Config

REPEAT = "again"


def repeated(tables: TrialTables, *, without: int = 0) -> TrialTables:
    """Add a second reading of the reference, which errs as the candidate of another seed does."""
    other = simulate(tables.patients["patient"].nunique(), 99)
    left_out = set(tables.patients["patient"][:without])

    def add(name: str) -> pd.DataFrame:
        own, more = getattr(tables, name), getattr(other, name)
        reading = more[more["contrast"] == "cgan"].assign(contrast=REPEAT)
        reading = reading[~reading["patient"].isin(left_out)]
        if "candidate" not in own:
            return pd.concat([own, reading])
        pair = own[(own["candidate"] == "cgan") & (own["contrast"] == "gbca")]
        pair = pair[~pair["patient"].isin(left_out)].assign(candidate=REPEAT)
        reading = reading.assign(candidate=reading["candidate"].replace("cgan", REPEAT))
        return pd.concat([own, pair, reading])

    names = ("measurements", "response", "best_response", "endpoints")
    return replace(tables, **{name: add(name) for name in names})


def with_repeat(**statistics: object) -> Config:
    return configuration(**statistics).model_copy(update={"repeat": REPEAT})


def select(table: pd.DataFrame, **where: str) -> pd.DataFrame:
    chosen = np.all([table[name].fillna("") == value for name, value in where.items()], axis=0)
    return table[chosen]


def test_with_a_second_reading_the_excess_decides() -> None:
    tables = repeated(simulate(60, 2), without=15)
    found = analyse(tables, with_repeat(), kernel_only=True)["agreement"]
    (row,) = select(
        found, analysis="equivalence", analysis_set="common", term="excess_discordance"
    ).itertuples()
    shares = select(found, analysis="interchangeability", level="patient").set_index("term")
    assert row.n == 45
    assert list(shares["n"]) == [45, 45]
    candidate, repeat = shares.loc[["candidate_discordance", "repeat_discordance"], "estimate"]
    assert row.estimate == pytest.approx(candidate - repeat)
    assert row.lower < row.estimate < row.upper
    assert select(found, analysis="equivalence", term="discordance").empty
    margin = select(found, analysis="equivalence_margin", term="excess_discordance")
    assert set(margin["estimate"]) == {0.05}


def test_without_one_the_report_says_what_two_readings_would_differ_by() -> None:
    found = analyse(simulate(40, 2), configuration(), kernel_only=True)["agreement"]
    assert len(select(found, analysis="equivalence", term="discordance")) == 2
    (row,) = select(found, analysis="interchangeability").itertuples()
    assert row.term == "expected_repeat_discordance"
    assert 0 < row.estimate < 1
    assert row.n >= 450


def test_readings_that_differ_more_are_told_apart_more_often() -> None:
    tables = simulate(60, 4)
    study = assemble(tables, configuration())
    shares = []
    for spread in (0.0, 0.02, 0.3):
        courses, unlike, said = expected_of_repeats(study, tables, spread)
        assert not said
        shares.append(unlike / courses)
    assert shares[0] == 0
    assert shares[0] < shares[1] < shares[2]


def test_where_nothing_can_be_read_again_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = simulate(20, 4)
    study = assemble(tables, configuration())
    lacking = replace(tables, measurements=tables.measurements.drop(columns="enhancing_cm3"))
    courses, _, said = expected_of_repeats(study, lacking, 0.1)
    assert courses == 0
    assert said == "no enhancing_cm3: nothing is measured that could be read again"
    assert expected_of_repeats(study, tables, float("nan"))[0] == 0

    def refuse(*_: object) -> None:
        raise InputError("criteria need another column")

    monkeypatch.setattr(interchangeability, "classify", refuse)
    assert expected_of_repeats(study, tables, 0.1) == (0, 0, "criteria need another column")


def test_the_excess_is_a_score_test() -> None:
    # Tango (1998): 44 patients, 12 on the second reading only, 1 on the first only... by hand at 0
    assert paired_below(12, 1, 44, 0.0) == pytest.approx(norm.cdf((1 - 12) / np.sqrt(13)))
    for only in range(12):
        upper = paired_difference(3, only, 60, 0.90)[1]
        assert paired_below(3, only, 60, upper) == pytest.approx(0.05, abs=1e-6)
    assert np.isnan(paired_below(0, 0, 0, 0.05))


def test_the_fewest_that_turn_the_answer() -> None:
    study = assemble(simulate(80, 1), configuration())
    every = np.ones(80, dtype=bool)
    at = np.arange(80)
    seen = Disagreement(every, at < 2, every, at % 40 == 0)
    turning = seen.could_turn(at >= 30)
    assert set(turning) == set(range(30, 80))
    assert turning[-1] == 40  # already told apart by the readings: weighs least
    outcomes = [seen.worse(np.isin(at, turning[:more])).judged(study).estimate for more in range(4)]
    assert outcomes == pytest.approx([0, 1 / 80, 2 / 80, 3 / 80])
    assert np.isnan(Disagreement(~every, ~every, every, every).judged(study).lower)


def test_spread_within_patients_ignores_what_patients_differ_by() -> None:
    patient = np.repeat(np.arange(50), 4)
    noise = np.random.default_rng(0).normal(0, 0.1, 200)
    apart = within(noise + 3.0 * patient, patient)
    assert apart == pytest.approx(within(noise, patient))
    groups = noise.reshape(50, 4)
    assert apart == pytest.approx(np.sqrt(groups.var(axis=1, ddof=1).mean()))
    assert np.isnan(within(np.ones(3), np.arange(3)))


def test_the_trials_own_repeats_show_their_coefficient_of_variation() -> None:
    tables = repeated(simulate(80, 5))
    measured = tables.measurements.reset_index(drop=True)
    rng, spread = np.random.default_rng(1), 0.1
    again, own = (measured["contrast"] == name for name in (REPEAT, "gbca"))
    true = rng.lognormal(3, 0.5, own.sum())
    for reading in (own, again):
        measured.loc[reading, "enhancing_cm3"] = true * rng.lognormal(0, spread, len(true))
    found = analyse(
        replace(tables, measurements=measured), with_repeat(bootstrap=200), kernel_only=True
    )["agreement"]
    (row,) = select(found, term="repeatability_cv").itertuples()
    assert row.n == len(true)
    assert row.lower < np.sqrt(np.expm1(spread**2)) < row.upper
    assert row.estimate == pytest.approx(np.sqrt(np.expm1(spread**2)), rel=0.1)
