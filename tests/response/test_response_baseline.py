"""Which visit is the baseline, and what a patient without one looks like."""

import pytest
from response_cases import respond, settings_of, tables

from gadless.response.assessment import Patient, Visit
from gadless.response.baseline import find_baseline
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.trial.config.response import Baseline

DAYS = (-60, -20, 0, 30, 70, 120)
VISITS = [Visit(f"V{n}", day) for n, day in enumerate(DAYS)]


def _find(usable=None, treatment=None, radiotherapy=None, **rule):
    return find_baseline(
        VISITS,
        usable or [True] * len(DAYS),
        Patient("P", treatment, radiotherapy),
        Baseline.model_validate(rule),
    )


@pytest.mark.parametrize(
    ("treatment", "window", "expected"),
    [
        (None, 42, 2),
        (0, 42, 2),
        (-1, 42, 1),
        (-21, 42, 0),
        (35, 42, 3),
        (115, 45, 4),
        (115, 44, None),
    ],
)
def test_last_on_or_before_treatment_within_the_window(treatment, window, expected):
    position, reason = _find(treatment=treatment, window_days=window)
    assert position == expected
    assert bool(reason) == (expected is None)


def test_a_failed_visit_does_not_serve():
    assert _find([True, True, False, True, True, True])[0] == 1
    assert _find([True, False, False, True, True, True]) == (
        None,
        "no evaluable visit in the 42 days up to treatment",
    )


@pytest.mark.parametrize(("end", "expected"), [(9, 3), (10, 4), (49, 4), (50, 5), (100, None)])
def test_first_after_radiotherapy(end, expected):
    assert _find(radiotherapy=end, rule="after_radiotherapy")[0] == expected


def test_no_radiotherapy_is_stated():
    assert _find(rule="after_radiotherapy") == (None, "no radiotherapy_end_day")


def test_first_evaluable():
    assert _find([False, True, True, True, True, True], rule="first")[0] == 1
    assert _find([False] * 6, rule="first") == (None, "no evaluable visit")


def _two_contrasts(missing_visit):
    """V1 at -20, V2 at 0, V3 at 42; the reference fails at one visit."""
    course = [{"day": d, "gbca": 10.0, "cgan": 10.0} for d in (-20, 0, 42)]
    made = tables(course, contrasts=("gbca", "cgan"))
    rows = made["measurements"]
    failed = rows["visit"].isin(missing_visit) & (rows["contrast"] == "gbca")
    rows.loc[failed, ["evaluable", "reason"]] = [0, "no T1c acquired"]
    response = classify(
        **made,
        criteria=load_criteria(["rano2-2023-volume"]),
        settings=settings_of(),
        contrasts=["gbca", "cgan"],
    )
    return response.set_index(["analysis_set", "contrast", "visit"]).sort_index()


def test_a_pair_shares_a_baseline_even_if_one_has_a_later_scan():
    found = _two_contrasts(["V2"])
    for contrast in ("gbca", "cgan"):
        row = found.loc[("common", contrast, "V3")]
        assert (row["baseline_visit"], row["response"]) == ("V1", "SD")
    assert found.loc[("all", "cgan", "V3"), "baseline_visit"] == "V2"


def test_on_its_own_visits_each_contrast_has_its_own_baseline():
    found = _two_contrasts(["V1", "V2"])
    assert set(found.loc["common", "response"]) == {"NE"}
    assert found.loc[("common", "cgan", "V3"), "rule"].startswith("no baseline; ")
    assert found.loc[("all", "cgan", "V3"), "baseline_visit"] == "V2"
    assert found.loc[("all", "gbca", "V3"), "rule"] == (
        "no baseline; no evaluable visit in the 42 days up to treatment"
    )


def test_the_baseline_itself_is_no_response():
    row = respond([{"day": 0, "value": 400}]).iloc[0]
    assert (row["response"], row["rule"], row["value"]) == ("NE", "baseline", 400)
    assert row["confirmed"] is None
