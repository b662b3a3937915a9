"""A visit that is added at the end moves no event that was there before."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from response_cases import derive
from test_response_properties import visits

from gadless.response.censoring import known_censoring
from gadless.response.criteria import known_criteria

PENDING = "confirmation pending"
SCHEDULES = (None, [{"until_day": 168, "interval_days": 42}, {"interval_days": 84}])


def _times(course, how):
    _, derived = derive(course, **how)
    return derived.set_index(["analysis_set", "endpoint"])


@pytest.mark.parametrize("censoring", known_censoring())
@pytest.mark.parametrize("criteria", known_criteria())
@settings(max_examples=10, deadline=None)
@given(
    course=visits(least=3),
    end=st.sampled_from([None, -30, 30]),
    change=st.sampled_from([None, None, 100, 300]),
    schedule=st.sampled_from(SCHEDULES),
    last=st.sampled_from(["event", "censored"]),
)
def test_an_event_stays_where_it_was(criteria, censoring, course, end, change, schedule, last):
    """Day, visit and trigger; but for one of which its own words say that it waits."""
    how = {
        "criteria": criteria,
        "patient": {"radiotherapy_end_day": end, "new_therapy_day": change},
        "settings": {"unconfirmed_last": last},
        "endpoint": {"censoring": censoring, "schedule": schedule},
    }
    whole, part = _times(course, how), _times(course[:-1], how)
    same = ["days", "event", "visit", "trigger", "description"]
    for key, row in part[part["event"] == 1].iterrows():
        if PENDING not in row["description"]:
            assert whole.loc[key, same].tolist() == row[same].tolist()


@pytest.mark.parametrize("censoring", known_censoring())
@settings(max_examples=25, deadline=None)
@given(
    course=visits(least=3),
    criteria=st.sampled_from(known_criteria()),
    change=st.sampled_from([None, None, 100]),
)
def test_who_is_free_is_never_found_to_have_progressed_before(censoring, course, criteria, change):
    """Time that a censored patient was followed for stays free of progression."""
    how = {
        "criteria": criteria,
        "patient": {"new_therapy_day": change},
        "settings": {"unconfirmed_last": "event"},
        "endpoint": {"censoring": censoring},
    }
    whole, part = _times(course, how), _times(course[:-1], how)
    for key, row in part[part["event"] == 0].iterrows():
        if key[1] in ("TTP", "PFS") and pd.notna(row["days"]):
            assert whole.loc[key, "days"] >= row["days"]


def test_a_progression_that_waits_says_so():
    course = [{"day": 0, "value": 10}, {"day": 42, "value": 20}]
    how = {"criteria": "mrano2017-volume"}
    found = _times(course, how).loc[("all", "TTP")]
    assert (found["days"], found["description"]) == (42, f"progression; {PENDING}")
    settled = _times([*course, {"day": 84, "value": 20}], how).loc[("all", "TTP")]
    assert (settled["days"], settled["description"]) == (42, "progression")
    # And a scan that refutes it takes it back.
    refuted = _times([*course, {"day": 84, "value": 10}], how).loc[("all", "TTP")]
    assert (refuted["days"], refuted["event"]) == (84, 0)
