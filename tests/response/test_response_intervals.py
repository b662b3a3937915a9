"""Progression as an interval: between two visits, and as R takes it."""

import pandas as pd
from response_cases import derive, endpoint_of, tables

from gadless.response.intervals import progression_intervals

STABLE = [{"day": 42 * n, "value": 400} for n in range(4)]  # days 0, 42, 84, 126
GROWN = [*STABLE, {"day": 168, "value": 600}]


def dead(day):
    return {"os_days": day, "os_event": 1}


def _interval(visits, patient=None, name="PFS", criteria="rano2010", endpoint=None, **settings):
    response, derived = derive(visits, patient, criteria, settings, endpoint)
    patients = tables(visits, patient)["patients"]
    bounds = progression_intervals(response, derived, patients, endpoint_of(**(endpoint or {})))
    chosen = (bounds["analysis_set"] == "all") & (bounds["endpoint"] == name)
    left, right = bounds.loc[chosen, ["left", "right"]].iloc[0]
    return left, None if pd.isna(right) else right


def test_progression_lies_between_two_visits():
    assert _interval(GROWN) == (126, 168)


def test_a_failed_scan_widens_the_interval():
    visits = [*STABLE[:3], {"day": 126, "ne": "movement"}, {"day": 168, "value": 600}]
    assert _interval(visits) == (84, 168)


def test_death_is_known_to_the_day():
    assert _interval(STABLE, dead(150)) == (150, 150)


def test_a_new_therapy_that_is_an_event_is_known_to_the_day():
    rules = {"censoring": "own", "custom": {"own": {"base": "fda", "new_therapy": "event"}}}
    assert _interval(GROWN, {"new_therapy_day": 140}, "TTP", endpoint=rules) == (140, 140)


def test_a_death_that_is_censored_leaves_the_last_visit():
    """That somebody died says nothing on progression since the last scan."""
    assert _interval(STABLE, dead(150), "TTP") == (126, None)


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
        {"day": 168, "value": 760},
    ]
    assert _interval(visits, criteria="mrano2017-2d") == (84, 126)


def test_a_progression_that_waits_is_no_bound():
    """Seen once and not counted: whether it was one is not known."""
    waiting = {"criteria": "mrano2017-2d", "unconfirmed_last": "censored"}
    assert _interval(GROWN, **waiting) == (126, None)
    assert _interval(GROWN, dead(200), "TTP", **waiting) == (126, None)


def test_decline_that_does_not_count_is_no_bound():
    visits = [
        *STABLE,
        {"day": 140, "ne": "no images acquired", "clinical": "worse"},
        {"day": 168, "value": 600},
    ]
    assert _interval(visits) == (126, 168)


def test_days_count_from_the_origin():
    visits = [visit | {"day": visit["day"] + 10} for visit in GROWN]
    origin = {"endpoint": {"origin": "treatment"}}
    assert _interval(visits, {"treatment_day": 10}, **origin) == (126, 168)
    assert _interval(visits[:-1], {"treatment_day": 10} | dead(150), "TTP", **origin) == (126, None)


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


def test_a_progression_that_did_not_go_on_growing_was_none():
    """Refuted by a visit that has not grown further: both days count as free."""
    values = {0: 400, 42: 600, 84: 620, 126: 800}
    visits = [{"day": day, "value": value} for day, value in values.items()]
    response, derived = derive(visits, None, "mrano2017-2d")
    bounds = progression_intervals(
        response, derived, pd.DataFrame({"patient": ["P1"]}), endpoint_of()
    )
    chosen = (bounds["analysis_set"] == "all") & (bounds["endpoint"] == "TTP")
    assert tuple(bounds.loc[chosen, ["left", "right"]].iloc[0]) == (84, 126)
