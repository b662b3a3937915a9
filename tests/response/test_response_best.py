"""Best response, with confirmation and least duration."""

import pytest
from response_cases import best, outcomes


def _course(*values, step=42):
    return [{"day": step * n, "value": value} for n, value in enumerate(values)]


@pytest.mark.parametrize(
    ("course", "expected", "confirmed"),
    [
        (_course(400, 0, 0), "CR", "yes"),
        (_course(400, 200, 200), "PR", "yes"),
        (_course(400, 200, 0, 0), "CR", "yes"),
        (_course(400, 200, 390), "SD", "no"),
        (_course(400, 200, 210, 390), "SD", "no"),
        (_course(400, 0), "SD", "no"),
        (_course(400, 400), "SD", "not_needed"),
        (_course(400, 600), "PD", "not_needed"),
        (_course(400, 400, step=41), "NE", "not_needed"),
        (_course(400), "NE", "not_needed"),
    ],
)
def test_best_response(course, expected, confirmed):
    found = best(course, "macdonald1990")
    assert (found["best_response"], found["confirmed"]) == (expected, confirmed)


def test_what_follows_progression_does_not_count():
    assert best(_course(400, 600, 100, 100))["best_response"] == "PD"


def test_what_follows_a_refuted_progression_counts():
    found = best(_course(400, 600, 100, 100), "mrano2017-2d")
    assert (found["best_response"], found["confirmed"]) == ("PR", "yes")


def test_what_follows_a_new_therapy_does_not_count():
    found = best(_course(400, 400, 100, 100), patient={"new_therapy_day": 50})
    assert found["best_response"] == "SD"
    found = best(_course(400, 400, 100, 100), patient={"new_therapy_day": 130})
    assert found["best_response"] == "PR"


@pytest.mark.parametrize(("choice", "expected"), [("event", "PD"), ("censored", "NE")])
def test_progression_awaiting_confirmation(choice, expected):
    found = best(_course(400, 600, step=30), "mrano2017-2d", settings={"unconfirmed_last": choice})
    assert found["best_response"] == expected


@pytest.mark.parametrize(("censoring", "expected"), [("fda", "PR"), ("ema", "SD")])
def test_it_ends_where_the_endpoints_end(censoring, expected):
    """Decline without an image: no event in the FDA's tables, so what follows counts."""
    course = [
        *_course(400, 400),
        {"day": 60, "ne": "no images acquired", "clinical": "worse"},
        {"day": 84, "value": 150},
        {"day": 126, "value": 150},
    ]
    assert best(course, endpoint={"censoring": censoring})["best_response"] == expected
    outcome = outcomes(course, endpoint={"censoring": censoring})["TTP"]
    assert outcome["event"] == (censoring == "ema")


def test_decline_without_an_image_is_no_stable_disease():
    course = [{"day": 0, "value": 400}, {"day": 60, "ne": "x", "clinical": "worse"}]
    assert best(course)["best_response"] == "NE"


def test_stable_disease_lasts_from_the_later_of_baseline_and_origin():
    course = [{"day": -30, "value": 400}, {"day": 30, "value": 400}]
    assert best(course)["best_response"] == "NE"
    assert best([*course, {"day": 42, "value": 400}])["best_response"] == "SD"
    treated = {"patient": {"treatment_day": 10}, "endpoint": {"origin": "treatment"}}
    assert best([*course, {"day": 42, "value": 400}], **treated)["best_response"] == "NE"
    assert best([*course, {"day": 52, "value": 400}], **treated)["best_response"] == "SD"
