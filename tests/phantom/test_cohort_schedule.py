"""Visits come in order, end with observation, and stop after progression as planned."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadless.errors import InputError
from gadless.phantom.schedule import (
    Schedule,
    draw_clinical,
    draw_new_therapy,
    draw_visits,
)

SIZE = 40
schedules = st.builds(
    Schedule,
    interval_days=st.integers(21, 84),
    late_interval_days=st.integers(21, 120),
    late_from_day=st.integers(0, 300),
    last_day=st.integers(0, 500),
    jitter_days=st.integers(0, 10),
    missed_share=st.floats(0, 0.9),
    scans_after_progression=st.one_of(st.none(), st.integers(0, 3)),
)


@settings(max_examples=80, deadline=None)
@given(schedule=schedules, seed=st.integers(0, 10_000))
def test_visits_come_in_order_and_end_with_observation(schedule: Schedule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    os_days, progression = rng.integers(1, 600, SIZE), rng.uniform(10, 600, SIZE)
    patient, day = draw_visits(rng, os_days, progression, schedule)
    visits = pd.DataFrame({"patient": patient, "day": day})
    assert (np.diff(patient) >= 0).all()
    assert (visits.groupby("patient")["day"].diff().dropna() > 0).all()
    assert (day <= os_days[patient]).all()
    first = visits.groupby("patient")["day"].first()
    assert len(first) == SIZE
    assert first.between(-14, 0).all()
    if schedule.scans_after_progression is not None:
        progressed = np.bincount(patient, day >= progression[patient], SIZE)
        assert progressed.max() <= 1 + schedule.scans_after_progression


def test_planned_days_are_six_weekly_then_twelve_weekly() -> None:
    assert Schedule(last_day=400).planned_days().tolist() == [42, 84, 126, 168, 252, 336]
    assert Schedule(last_day=100).planned_days().tolist() == [42, 84]
    assert Schedule(last_day=30).planned_days().size == 0


def test_every_planned_visit_takes_place_where_none_is_missed() -> None:
    schedule = Schedule(missed_share=0.0, jitter_days=0, last_day=168)
    rng = np.random.default_rng(1)
    _, day = draw_visits(rng, np.array([150]), np.array([30.0]), schedule)
    assert day[1:].tolist() == [42, 84, 126]


def test_visits_that_could_change_places_are_refused() -> None:
    with pytest.raises(InputError, match="every 14 days, 7 days either way"):
        Schedule(interval_days=14, jitter_days=7)


def test_patients_are_worse_after_progression() -> None:
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(2000), 2)
    day = np.tile([50, 150], 2000)
    state = draw_clinical(rng, patient, day, np.full(2000, 100.0), np.zeros(2000, dtype=bool))
    worse = (state["clinical_status"] == "worse").groupby(day).mean()
    assert worse[50] < 0.03
    assert worse[150] == pytest.approx(0.33, abs=0.05)
    dose = state["steroid_mg"].groupby(day).mean()
    assert dose[150] > dose[50] + 1
    assert state["steroid_mg"].isna().mean() == pytest.approx(1 / 30, abs=0.012)


def test_a_new_therapy_follows_the_call_of_progression() -> None:
    rng = np.random.default_rng(3)
    called = np.where(np.arange(1000) < 500, 100.0, np.inf)
    start = draw_new_therapy(rng, np.full(1000, 120), called)
    assert start[500:].isna().all()
    assert start.dropna().between(107, 120).all()
    # Seven in ten are treated, of whom 14 of 22 start days lie before the end on day 120.
    assert start[:500].notna().mean() == pytest.approx(0.7 * 14 / 22, abs=0.08)
