"""Progression as an interval: between two visits, and as R takes it."""

import pandas as pd
from response_cases import derive

from gadless.response.intervals import progression_intervals

STABLE = [{"day": 42 * n, "value": 400} for n in range(4)]  # days 0, 42, 84, 126
GROWN = [*STABLE, {"day": 168, "value": 600}]


def dead(day):
    return {"os_days": day, "os_event": 1}


def _interval(visits, patient=None, name="PFS", criteria="rano2010", endpoint=None):
    response, derived = derive(visits, patient, criteria, endpoint=endpoint)
    bounds = progression_intervals(response, derived)
    chosen = (bounds["analysis_set"] == "common") & (bounds["endpoint"] == name)
    left, right = bounds.loc[chosen, ["left", "right"]].iloc[0]
    return left, None if pd.isna(right) else right


def test_progression_lies_between_two_visits():
    assert _interval(GROWN) == (126, 168)


def test_a_failed_scan_widens_the_interval():
    visits = [*STABLE[:3], {"day": 126, "ne": "movement"}, {"day": 168, "value": 600}]
    assert _interval(visits) == (84, 168)


def test_death_is_known_to_the_day():
    assert _interval(STABLE, dead(150)) == (150, 150)
    assert _interval(STABLE, dead(150), "TTP") == (150, None)


def test_censored_is_open_to_the_right():
    assert _interval(STABLE) == (126, None)


def test_progression_at_the_first_visit_lies_after_the_baseline():
    visits = [{"day": -3, "value": 400}, {"day": 42, "value": 600}]
    assert _interval(visits) == (0, 42)


def test_a_refuted_progression_is_no_bound():
    """mRANO: the refuted visit counts as one without progression."""
    visits = [
        {"day": 0, "value": 400},
        {"day": 42, "value": 600},
        {"day": 84, "value": 400},
        {"day": 126, "value": 600},
        {"day": 168, "value": 600},
    ]
    assert _interval(visits, criteria="mrano2017-2d") == (84, 126)


def test_decline_without_a_scan_bounds_the_interval():
    visits = [*STABLE, {"day": 140, "ne": "no images acquired", "clinical": "worse"}]
    assert _interval(visits, endpoint={"censoring": "ema"}) == (126, 140)


def test_r_takes_the_intervals_as_they_are(tmp_path, read_by_r):
    """R's own classes: 0 censored, 1 exact (death), 3 interval (progression)."""
    cases = [(GROWN, None), (STABLE, None), (STABLE, dead(150)), (STABLE, dead(260))]
    rows = [_interval(visits, patient) for visits, patient in cases]
    pd.DataFrame(rows, columns=["left", "right"]).to_csv(tmp_path / "bounds.csv", index=False)
    code = (
        "library(survival); d <- read.csv(commandArgs(TRUE));"
        ' s <- Surv(d$left, d$right, type = "interval2"); cat(s[, "status"])'
    )
    printed = read_by_r(code, tmp_path / "bounds.csv")
    assert printed.split() == ["3", "0", "1", "0"]
