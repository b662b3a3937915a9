"""A visit that is added at the end moves no event that was there before."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from response_cases import derive, endpoint_of, measured_criteria, settings_of, tables
from test_response_properties import visits

from gadless.measurement.cutoff import as_of
from gadless.response.censoring import known_censoring
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints

PENDING = "confirmation pending"
SCHEDULES = (None, [{"until_day": 168, "interval_days": 42}, {"interval_days": 84}])


def _times(course, how):
    _, derived = derive(course, **how)
    return derived.set_index(["analysis_set", "endpoint"])


@pytest.mark.parametrize("censoring", known_censoring())
@pytest.mark.parametrize("criteria", measured_criteria())
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
    criteria=st.sampled_from(measured_criteria()),
    change=st.sampled_from([None, None, 100]),
)
def test_who_is_free_is_never_found_to_have_progressed_before(censoring, course, criteria, change):
    """Time that a censored patient was followed for stays free of progression.

    But for one that RANO 2.0 dates back to the first visit with a raised steroid dose.
    """
    how = {
        "criteria": criteria,
        "patient": {"new_therapy_day": change},
        "settings": {"unconfirmed_last": "event"},
        "endpoint": {"censoring": censoring},
    }
    whole, part = _times(course, how), _times(course[:-1], how)
    dated_back = _dated_back(course, how)
    for key, row in part[part["event"] == 0].iterrows():
        if key[1] in ("TTP", "PFS") and pd.notna(row["days"]) and not dated_back:
            assert whole.loc[key, "days"] >= row["days"]


def _dated_back(course, how):
    response, _ = derive(course, **how)
    dated = response["dated_visit"]
    return bool((dated.notna() & (dated != response["visit"])).any())


def test_a_progression_under_a_raised_dose_is_dated_back():
    raised = {"steroid": 4.0, "reason": "tumour"}
    course = [{"day": 0}, {"day": 7, "ne": "movement", **raised}, {"day": 14, "steroid": 4.0}]
    how = {"criteria": "rano2-2023-2d", "settings": {"unconfirmed_last": "event"}}
    course = [{"value": 0.0, "clinical": "stable", **visit} for visit in course]
    worse = {"day": 21, "value": 0.0, "clinical": "worse", "steroid": 4.0}
    assert not _dated_back(course, how)
    assert _dated_back([*course, worse], how)
    before, after = _times(course, how), _times([*course, worse], how)
    assert before.loc[("all", "TTP"), ["days", "event"]].tolist() == [14, 0]
    assert after.loc[("all", "TTP"), ["days", "event"]].tolist() == [7, 1]


def test_a_progression_that_waits_says_so():
    course = [{"day": 0, "value": 10}, {"day": 42, "value": 20}]
    how = {"criteria": "mrano2017-volume"}
    found = _times(course, how).loc[("all", "TTP")]
    assert (found["days"], found["description"]) == (42, f"progression; {PENDING}")
    settled = _times([*course, {"day": 84, "value": 28}], how).loc[("all", "TTP")]
    assert (settled["days"], settled["description"]) == (42, "progression")
    # And a scan that refutes it takes it back.
    refuted = _times([*course, {"day": 84, "value": 10}], how).loc[("all", "TTP")]
    assert (refuted["days"], refuted["event"]) == (84, 0)


def _locked(course, patient, day, criteria):
    """Endpoints of the tables as they were on a study day."""
    made = {name: table for name, table in tables(course, patient).items() if table is not None}
    seen = as_of(made, day)
    response = classify(
        seen["measurements"],
        seen["visits"],
        seen["patients"],
        None,
        load_criteria([criteria]),
        settings_of(),
        ["gbca"],
    )
    sheets = (seen["patients"], seen["visits"], seen["measurements"])
    found = endpoints(response, *sheets, endpoint_of(data_cutoff_day=day), settings_of())
    return found.set_index(["analysis_set", "endpoint"])


def test_a_cut_off_looks_at_nothing_later():
    course = [{"day": 42 * n, "value": value} for n, value in enumerate((10, 20, 28, 5))]
    patient = {"os_days": 300, "os_event": 1, "new_therapy_day": 90}
    found = _locked(course, patient, 60, "mrano2017-volume")
    assert found.loc[("all", "TTP"), "description"] == f"progression; {PENDING}"
    survival = found.loc[("all", "OS")]
    expected = [60, 0, "censored: alive at the data cut-off"]
    assert survival[["days", "event", "description"]].tolist() == expected
    whole = _locked(course, patient, None, "mrano2017-volume")
    assert whole.loc[("all", "TTP"), "description"] == "progression"
    assert whole.loc[("all", "OS"), ["days", "event"]].tolist() == [300, 1]


@settings(max_examples=40, deadline=None)
@given(
    course=visits(least=3),
    criteria=st.sampled_from(measured_criteria()),
    day=st.integers(0, 700),
    death=st.integers(0, 900),
)
def test_what_had_happened_by_the_cut_off_is_as_it_was(course, criteria, day, death):
    """Every event of the locked data is one of the whole, and the other way round up to that day.

    But for those that waited for confirmation on that day.
    """
    patient = {"os_days": course[-1]["day"] + death, "os_event": 1, "new_therapy_day": 200}
    locked, whole = (_locked(course, patient, when, criteria) for when in (day, None))
    for name in ("TTP", "PFS", "OS"):
        before, after = locked.loc[("all", name)], whole.loc[("all", name)]
        if PENDING in before["description"] or pd.isna(after["days"]):
            continue
        assert before["days"] <= day or course[0]["day"] > day
        if before["event"] == 1:
            assert before.tolist() == after.tolist()
        if after["event"] == 1 and after["days"] <= day and PENDING not in after["description"]:
            assert before["event"] == 1
