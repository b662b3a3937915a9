"""Duration of response: from the first confirmed response to the end of PFS."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from response_cases import derive, endpoint_of, measured_criteria, outcomes, settings_of, tables
from test_response_properties import visits

from gadless.response.best_response import best_response
from gadless.response.endpoints import endpoints

SHRUNK = [{"day": 0, "value": 400}, {"day": 42, "value": 150}, {"day": 84, "value": 150}]
GROWN = [*SHRUNK, {"day": 126, "value": 150}, {"day": 168, "value": 300}]


def _duration(*course, **how):
    found = outcomes(*course, **how)["DOR"]
    days = None if pd.isna(found["days"]) else found["days"]
    event = None if pd.isna(found["event"]) else found["event"]
    return days, event, found["description"]


def test_it_runs_from_the_first_visit_that_shows_the_response():
    assert _duration(GROWN) == (126, 1, "progression")


def test_without_progression_it_is_censored_at_the_last_assessment():
    assert _duration(SHRUNK) == (42, 0, "censored at the last assessment: no progression")


def test_a_death_ends_it():
    assert _duration(SHRUNK, {"os_days": 150, "os_event": 1}) == (108, 1, "death")


def test_it_is_censored_as_pfs_is():
    assert _duration(GROWN, {"new_therapy_day": 100})[:2] == (42, 0)
    late = [*SHRUNK, {"day": 400, "value": 300}]
    assert _duration(late)[:2] == (42, 0)
    assert _duration(late, endpoint={"censoring": "ema"})[:2] == (358, 1)


def test_who_did_not_respond_has_none():
    none = (None, None, "no confirmed response")
    stable = [{"day": 42 * n, "value": 400} for n in range(3)]
    assert _duration(stable) == none
    # Seen once, not confirmed.
    assert _duration([*SHRUNK[:2], {"day": 84, "value": 400}]) == none
    # First seen under another therapy.
    assert _duration(SHRUNK, {"new_therapy_day": 20}) == none
    # A response after a progression is none of this treatment.
    grown = [{"day": 0, "value": 400}, {"day": 42, "value": 600}]
    assert _duration([*grown, {"day": 84, "value": 100}, {"day": 126, "value": 100}]) == none


def test_it_does_not_depend_on_the_origin():
    course = [visit | {"day": visit["day"] + 10} for visit in GROWN]
    how = {"endpoint": {"origin": "treatment"}}
    assert _duration(course, {"treatment_day": 10}, **how)[:2] == (126, 1)


@settings(max_examples=30, deadline=None)
@given(
    visits(),
    st.sampled_from(measured_criteria()),
    st.sampled_from(["fda", "ema"]),
    st.sampled_from([None, 100, 300]),
    st.integers(0, 400),
)
def test_who_has_a_duration_is_who_responded(course, criteria, censoring, change, gap):
    patient = {"os_days": course[-1]["day"] + gap, "os_event": gap % 2, "new_therapy_day": change}
    endpoint = {"censoring": censoring}
    response, found = derive(course, patient, criteria, endpoint=endpoint)
    sheet = tables(course, patient)["patients"]
    best = best_response(response, sheet, settings_of(), endpoint_of(**endpoint))
    key = ["contrast", "criteria", "analysis_set"]
    responded = best.set_index(key)["best_response"].isin(["CR", "PR"])
    wide = found.set_index([*key, "endpoint"])
    for analysis, answer in responded.items():
        duration, survival = wide.loc[(*analysis, "DOR")], wide.loc[(*analysis, "PFS")]
        assert pd.notna(duration["days"]) == answer
        if answer:
            assert 0 <= duration["days"] <= survival["days"]
            assert duration["event"] == survival["event"]


def test_a_progression_before_time_counts_leaves_no_duration():
    course = [
        {"day": 0, "value": 400},
        {"day": 20, "value": 150},
        {"day": 50, "value": 150},
        {"day": 70, "value": 300},
    ]
    made = tables(course, {"treatment_day": 80})
    response, _ = derive(course, settings={"baseline": {"rule": "first"}})
    found = endpoints(
        response,
        made["patients"],
        made["visits"],
        made["measurements"],
        endpoint_of(origin="treatment"),
        settings_of(),
    )
    row = found[(found["endpoint"] == "DOR") & (found["analysis_set"] == "all")].iloc[0]
    assert pd.isna(row["days"])
    assert row["description"] == "progression before treatment_day"
