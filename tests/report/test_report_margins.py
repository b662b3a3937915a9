"""The picture of the verdict: places in margins, by closed forms."""

import math

import pandas as pd
import pytest

from gadless.report.margins import REACH, Scale, picture
from gadless.report.results import Results
from gadless.report.table_one import table_one


def scale(term, lower, upper):
    row = pd.Series({"analysis": "equivalence", "term": term})
    return Scale.of(row, pd.Series({"lower": lower, "upper": upper}))


@pytest.mark.parametrize(
    ("term", "margin", "value", "place"),
    [
        ("volume_bias_percent", (-20, 20), -7, -0.35),
        ("volume_bias_percent", (-10, 20), -15, -1.5),
        ("hazard_ratio", (0.8, 1.25), 1.25, 1),
        ("hazard_ratio", (0.8, 1.25), 0.8, -1),
        ("hazard_ratio", (0.8, 1.25), 1, 0),
        ("hazard_ratio", (0.8, 1.25), 1.25**2, 2),
        ("rmst_days", (-21, 21), 42, 2),
        ("discordance", (0, 0.15), 0.3, 2),
        ("discordance", (0, 0), 0.3, math.inf),
        ("discordance", (0, 0), 0, 0),
        ("evaluability", (0.95, None), 1, 0),
        ("evaluability", (0.95, None), 0.95, 1),
        ("evaluability", (0.95, None), 0.9, 2),
        ("evaluability", (1, None), 1, 0),
        ("evaluability", (1, None), 0.9, math.inf),
        ("excess_discordance", (None, 0.05), -0.05, -1),
    ],
)
def test_a_value_stands_in_margins_from_no_difference(term, margin, value, place):
    assert scale(term, *margin).place(value) == pytest.approx(place)


def test_what_lies_inside_is_drawn_within_the_margin_and_what_lies_outside_is_not(
    write_tables, trial
):
    for _, bars in picture(Results(trial.make_config(candidates=["unet"]), write_tables())):
        for bar in bars:
            within = bar.low >= -1 and bar.high <= 1
            beyond = bar.low > 1 or bar.high < -1
            assert within == (bar.outcome == "inside")
            assert beyond == (bar.outcome == "outside")
            assert bar.low <= bar.middle <= bar.high


def test_evaluability_turns_its_interval_round(write_tables, trial):
    rows = trial.agreement()
    base = next(row for row in rows if row["term"] == "discordance" and row["candidate"] == "cgan")
    one = base | {"term": "evaluability", "estimate": 0.97, "lower": 0.9, "upper": 0.99}
    margin = one | {"analysis": "equivalence_margin", "lower": 0.95, "upper": None}
    results = Results(trial.make_config(), write_tables(agreement=[*rows, one, margin]))
    label, (bar, none) = picture(results)[-1]
    assert label.startswith("Share of the reference's visits")
    assert (bar.low, bar.middle, bar.high) == pytest.approx((0.2, 0.6, 2))
    assert bar.one_sided
    assert none is None
    assert bar.beyond == (False, False)
    assert bar.x(-REACH * 3) == 0
    assert bar.x(0) == 50


def test_table_one_counts_every_patient_once(write_tables, config, trial):
    base = next(row for row in trial.agreement() if row["term"] == "patients")
    followed = [
        base | {"term": "median_follow_up_days", "stratum": stratum, "estimate": days}
        for stratum, days in (("all", 402.0), ("arm:control", None), ("arm:drug", 388.0))
    ]
    tables = write_tables(agreement=[*trial.agreement(), *followed])
    grid = table_one(Results(config, tables))
    rows = {row[0]: row[1:] for row in grid.rows}
    assert grid.columns == ("", "All", "control", "drug")
    assert rows["Patients"] == ("12", "6", "6")
    assert rows["Deaths"] == ("8 (67%)", "4 (67%)", "4 (67%)")
    assert rows["Visits a patient, median (quartiles)"] == ("4 (4 to 4)",) * 3
    assert rows["Median follow-up, days"] == ("402", "not reached", "388")
