"""Missed visits by the schedule, against counting planned days one by one."""

from bisect import bisect_left

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from response_cases import endpoint_of, outcomes, respond, settings_of, tables

from gadless.errors import InputError
from gadless.response.endpoints import endpoints
from gadless.response.schedule import Schedule, planned_visits
from gadless.trial.config import read_config

SIX_THEN_TWELVE = [{"until_day": 168, "interval_days": 42}, {"interval_days": 84}]
SHEETS = {"patients": "p.tsv", "visits": "v.tsv"}


def _schedule(*periods):
    return Schedule.of(endpoint_of(schedule=list(periods)))


def _stable_to(*days):
    return [{"day": day, "value": 400} for day in (0, *days)]


def _pfs(visits, patient=None, **endpoint):
    found = outcomes(visits, patient, endpoint=endpoint)["PFS"]
    return found["days"], found["event"]


@pytest.mark.parametrize(
    ("day", "count"),
    [(-21, -0.5), (0, 0), (42, 1), (147, 3.5), (168, 4), (210, 4.5), (252, 5), (504, 8)],
)
def test_planned_visits_are_counted(day, count):
    assert _schedule(*SIX_THEN_TWELVE).count(day) == count


def test_scans_from_six_to_twelve_weeks_are_not_missed():
    """Seen: with one interval of 42 days, 22 of 25 censored for missed visits had missed <= 1."""
    course = [*_stable_to(42, 84, 126, 168), {"day": 336, "value": 600}]
    assert _pfs(course, visit_interval_days=42) == (168, 0)
    # One was missed, on day 252.
    assert _pfs(course, schedule=SIX_THEN_TWELVE) == (336, 1)
    # Two were: on days 252 and 336.
    course[-1]["day"] = 420
    assert _pfs(course, schedule=SIX_THEN_TWELVE) == (168, 0)


def test_the_last_visit_before_a_change_may_be_early_or_late():
    for last in (160, 168, 176):
        course = [*_stable_to(42, 84, 126, last), {"day": 340, "value": 600}]
        assert _pfs(course, schedule=SIX_THEN_TWELVE) == (340, 1)


def test_a_death_is_judged_by_the_schedule_too():
    dead = {"os_days": 377, "os_event": 1}
    course = _stable_to(42, 84, 126, 168)
    # Two intervals of 84 days and half of one: day 378.
    assert _pfs(course, dead, schedule=SIX_THEN_TWELVE) == (377, 1)
    assert _pfs(course, dead | {"os_days": 379}, schedule=SIX_THEN_TWELVE) == (168, 0)


def test_the_window_says_how_late_a_visit_may_be():
    course = [*_stable_to(42), {"day": 147, "value": 600}]
    assert _pfs(course, visit_window=0.5) == (147, 1)
    assert _pfs(course, visit_window=0.4) == (42, 0)


@settings(max_examples=200, deadline=None)
@given(st.integers(7, 120), st.integers(0, 900), st.integers(1, 900))
def test_one_interval_is_two_and_a_half_of_it(interval, last, gap):
    schedule = Schedule.of(endpoint_of(visit_interval_days=interval))
    elapsed = schedule.count(last + gap) - schedule.count(last)
    assert (elapsed > 2.5) == (2 * gap > 5 * interval)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_missed_visits_are_those_between(data):
    """Near the planned days, the rule is: two or more planned days lie between."""
    number = st.integers(1, 5)
    interval = st.sampled_from([21, 42, 56, 84])
    steps = data.draw(st.lists(st.tuples(number, interval), max_size=3))
    last_interval = data.draw(interval)
    periods, planned, end = [], [0], 0
    for count, days in [*steps, (8, last_interval)]:
        planned += [end + days * n for n in range(1, count + 1)]
        end += count * days
        periods.append({"until_day": end, "interval_days": days})
    periods[-1].pop("until_day")
    schedule = _schedule(*periods)

    def near(at):
        gap = min(abs(planned[at] - planned[other]) for other in (at - 1, at + 1))
        return planned[at] + data.draw(st.integers(-(gap // 5), gap // 5))

    first = data.draw(st.integers(1, len(planned) - 3))
    second = data.draw(st.integers(first + 1, len(planned) - 2))
    between = second - first - 1
    elapsed = schedule.count(near(second)) - schedule.count(near(first))
    assert (elapsed > 2.5) == (between >= 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, unique=True), st.integers(0, 400))
def test_a_schedule_through_planned_days_counts_them(weeks, day):
    planned = sorted(7 * week for week in weeks)
    schedule = Schedule.through(planned)
    for number, each in enumerate(planned, start=1):
        assert schedule.count(each) == number
    if day <= planned[-1]:
        at = bisect_left(planned, day)
        assert at <= schedule.count(day) <= at + 1


def _with_planned(visits, planned, patient=None, **endpoint):
    made = tables(visits, patient)
    derived = endpoints(
        respond(visits),
        made["patients"],
        made["visits"].assign(planned_day=planned),
        made["measurements"],
        endpoint_of(**endpoint),
        settings_of(),
    )
    row = derived[(derived["endpoint"] == "PFS") & (derived["analysis_set"] == "all")].iloc[0]
    return row["days"], row["event"]


def test_planned_days_of_the_sheet_are_the_schedule():
    course = [*_stable_to(42, 84, 126, 168, 252), {"day": 420, "value": 600}]
    assert _with_planned(course, [0, 42, 84, 126, 168, 252, 420]) == (420, 1)
    # The same days with every visit planned every six weeks: four between were missed.
    assert _with_planned(course, [None] * 7) == (252, 0)


def test_a_late_visit_counts_as_the_one_it_was_planned_as():
    """On day 190 instead of 126: the third planned visit, so that none was missed."""
    course = [*_stable_to(42, 80), {"day": 190, "value": 600}]
    assert _with_planned(course, [0, 42, 84, 126]) == (190, 1)
    assert _with_planned(course, [None] * 4) == (80, 0)


def test_a_configured_schedule_goes_before_that_of_the_sheet():
    course = [*_stable_to(84), {"day": 252, "value": 600}]
    planned = [0, 84, 252]
    assert _with_planned(course, planned) == (252, 1)
    assert _with_planned(course, planned, schedule=[{"interval_days": 42}]) == (84, 0)


def test_planned_days_are_those_of_the_arm():
    visits = pd.DataFrame(
        {
            "patient": ["P1", "P1", "P2", "P2"],
            "visit": ["V1", "V2"] * 2,
            "day": [42, 84, 56, 112],
            "planned_day": [42, 84, 56, 112],
        }
    )
    patients = pd.DataFrame({"patient": ["P1", "P2", "P3"], "arm": ["A", "B", "C"]})
    found = planned_visits(patients, visits, endpoint_of())
    counts = [found.schedules[name].count(168) for name in ("P1", "P2", "P3")]
    assert counts == [4, 3, 4]


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        ([42, 41], "V2: planned_day 41, but the earlier visit V1 was planned for day 42"),
        ([42, 45], "V2: planned_day 45 lies 3 days after the planned day 42"),
    ],
)
def test_planned_days_that_cannot_be_are_named(planned, message):
    visits = pd.DataFrame({"patient": "P1", "visit": ["V1", "V2"], "day": [42, 84]})
    patients = pd.DataFrame({"patient": ["P1"], "arm": ["A"]})
    with pytest.raises(InputError, match=message):
        planned_visits(patients, visits.assign(planned_day=planned), endpoint_of())


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ([{"until_day": 168, "interval_days": 42}], "must be open"),
        ([{"interval_days": 42}, {"interval_days": 84}], "needs an `until_day`"),
        (
            [
                {"until_day": 168, "interval_days": 42},
                {"until_day": 126, "interval_days": 42},
                {"interval_days": 84},
            ],
            "must rise: 126 does not lie after 168",
        ),
        ([{"until_day": 100, "interval_days": 42}, {"interval_days": 84}], "no whole number"),
        ([{"interval_days": 0}], "greater than 0"),
        ([], "at least 1 item"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(schedule, message):
    with pytest.raises(InputError, match=message):
        read_config(SHEETS | {"endpoint": {"schedule": schedule}})
