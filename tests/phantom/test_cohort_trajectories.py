"""Tumour courses reach the level of progression on their day, and not before."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadless.phantom.survival_model import SurvivalModel, draw_covariates
from gadless.phantom.trajectories import (
    GROWTH,
    LARGEST_CM3,
    LARGEST_OEDEMA_CM3,
    NEW,
    SATELLITE,
    SMALLEST_CM3,
    Courses,
    DiseaseModel,
    draw_courses,
    enhancing_cm3,
    original_cm3,
    volumes_cm3,
)

EVERYTHING = DiseaseModel(satellite_share=0.6, new_lesion_share=0.5, depth=(1.5, 3.0))


def courses_of(size: int, seed: int, model: DiseaseModel = EVERYTHING) -> Courses:
    rng = np.random.default_rng(seed)
    covariates = draw_covariates(rng, size, SurvivalModel())
    return draw_courses(rng, covariates, rng.uniform(20, 400, size), model)


def one(**values: float) -> Courses:
    """One patient: 10 cm3, no shrinkage, crossing on day 100, unless said otherwise."""
    usual = {
        "baseline_cm3": 10.0,
        "depth": 0.0,
        "nadir_day": 0.0,
        "crossing_day": 100.0,
        "new_day": np.inf,
        "new_rate": 0.03,
        "satellite": 0.0,
        "silent": False,
        "necrosis": 0.5,
        "oedema": 4.5,
    }
    return Courses(**{name: np.array([value]) for name, value in (usual | values).items()})


def test_the_level_of_progression_is_reached_on_the_crossing_day() -> None:
    courses = courses_of(400, seed=3)
    every = np.arange(400)
    nadir = courses.baseline_cm3 * np.exp(-courses.depth)
    level = np.maximum(GROWTH * nadir, SMALLEST_CM3)
    np.testing.assert_allclose(original_cm3(courses, every, courses.crossing_day), level)
    np.testing.assert_allclose(original_cm3(courses, every, courses.nadir_day), nadir)
    assert (original_cm3(courses, every, courses.crossing_day - 0.01) < level).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), patient=st.integers(0, 9))
def test_a_tumour_never_falls_below_its_nadir_and_never_shrinks_after_it(
    seed: int, patient: int
) -> None:
    courses = courses_of(10, seed)
    day = np.linspace(-20, 700, 400)
    index = np.full(day.size, patient)
    volume = original_cm3(courses, index, day)
    nadir = courses.baseline_cm3[patient] * np.exp(-courses.depth[patient])
    assert volume.min() >= nadir * (1 - 1e-9)
    assert volume.max() <= LARGEST_CM3 * (1 + 1e-9)
    growing = volume[day >= courses.nadir_day[patient]]
    assert (np.diff(growing) >= -1e-9).all()
    assert (np.abs(volume[day <= 0] / courses.baseline_cm3[patient] - 1) < 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(-14, 700))
def test_compartments_are_plausible(seed: int, day: int) -> None:
    courses = courses_of(20, seed, replace(EVERYTHING, silent_share=0.2))
    every = np.arange(20)
    enhancing, necrosis, nonenhancing = volumes_cm3(courses, every, np.full(20, float(day)))
    for part in (enhancing, necrosis, nonenhancing):
        assert np.isfinite(part).all()
        assert (part >= 0).all()
    assert ((necrosis > 0) <= (enhancing > 0)).all(), "necrosis lies within enhancement"
    assert (enhancing[courses.silent] == 0).all()
    loud = ~courses.silent
    assert (nonenhancing[loud].sum(axis=1) <= LARGEST_OEDEMA_CM3 * (1 + 1e-9)).all()


def test_a_satellite_vanishes_with_response_and_reappears_in_regrowth() -> None:
    courses = one(depth=1.5, nadir_day=50.0, satellite=0.3)
    day = np.array([0.0, 50.0, 200.0])
    satellite = enhancing_cm3(courses, np.zeros(3, int), day)[:, SATELLITE]
    assert satellite[0] == pytest.approx(3.0)
    assert satellite[1] == 0
    assert satellite[2] > 0
    scar = volumes_cm3(courses, np.zeros(3, int), day)[2][1, SATELLITE]
    assert scar > 0, "oedema stays where a lesion has been"


def test_a_new_lesion_appears_on_the_day_of_progression() -> None:
    courses = one(crossing_day=200.0, new_day=80.0)
    assert courses.progression_day[0] == 80
    new = enhancing_cm3(courses, np.zeros(3, int), np.array([79.9, 80.0, 120.0]))[:, NEW]
    assert new.tolist() == pytest.approx([0.0, 0.3, 0.3 * np.exp(0.03 * 40)])


def test_a_vanished_tumour_has_progressed_only_once_it_is_one_cm3() -> None:
    courses = one(depth=6.0, nadir_day=50.0)
    assert original_cm3(courses, np.zeros(1, int), np.array([100.0]))[0] == pytest.approx(1.0)
    assert enhancing_cm3(courses, np.zeros(1, int), np.array([50.0])).sum() == 0
