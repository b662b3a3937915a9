"""Defects seen in other tools that call response: each stays impossible here."""

import pytest
from response_cases import respond

VOLUME = "rano2-2023-volume"


def _last(visits, criteria=VOLUME, **more):
    response = respond(visits, criteria, **more)
    return response.iloc[-1]


@pytest.mark.parametrize(("now", "expected"), [(0.5, "SD"), (1.0, "PD"), (30.0, "PD")])
def test_disease_from_a_baseline_of_nothing_is_not_missed(now, expected):
    """Seen: baseline sum 0 gives SD whatever follows."""
    assert _last([{"day": 0, "value": 0}, {"day": 42, "value": now}])["response"] == expected


def test_nothing_left_at_a_nadir_of_nothing_is_complete_response():
    """Seen: nadir 0 and visit 0 gives SD instead of CR."""
    row = _last([{"day": 0, "value": 9}, {"day": 42, "value": 0}, {"day": 84, "value": 0}])
    assert (row["response"], row["nadir"], row["nadir_visit"]) == ("CR", 0, "V2")


def test_nothing_ever_is_stable_and_divides_by_nothing():
    """Seen: division by a baseline of zero."""
    row = _last([{"day": 0, "value": 0}, {"day": 42, "value": 0}])
    assert row["response"] == "SD"
    assert row[["change_from_baseline", "change_from_nadir"]].isna().all()


def test_recurrence_from_a_nadir_of_nothing():
    """Seen: no rule for a nadir of 0; here growth must reach the least volume."""
    course = [{"day": 0, "value": 9}, {"day": 42, "value": 0}]
    assert _last([*course, {"day": 84, "value": 0.9}])["response"] == "PR"
    assert _last([*course, {"day": 84, "value": 1.0}])["response"] == "PD"


def test_complete_response_does_not_hang_on_equality_of_floats():
    """Seen: CR only if the sum equals 0.0 exactly."""
    row = _last([{"day": 0, "value": 9}, {"day": 42, "value": 0.1 + 0.2 - 0.3}])
    assert row["response"] == "CR"


def test_growth_is_a_change_and_not_a_ratio():
    """Seen: a ratio t2/t1 compared with the cut-off of a change (0.4)."""
    row = _last([{"day": 0, "value": 10}, {"day": 42, "value": 5}])
    assert (row["response"], row["change_from_baseline"]) == ("SD", -0.5)


def test_visits_are_ordered_by_day_and_not_by_name():
    """Seen: visit 10 sorted before visit 2."""
    visits = [{"day": 42 * n, "value": 10 - n / 2, "visit": f"V{n}"} for n in range(11)]
    visits[10]["value"] = 9.0
    response = respond(visits, VOLUME)
    assert response["day"].is_monotonic_increasing
    last = response.iloc[-1]
    assert (last["visit"], last["nadir"], last["nadir_visit"]) == ("V10", 5.5, "V9")
    assert last["response"] == "PD"


def test_new_lesions_enter_the_category():
    """Seen: new lesions do not count."""
    visits = [{"day": 0, "value": 400}, {"day": 42, "value": 100, "new": 1}]
    row = _last(visits, "rano2010", patient={"radiotherapy_end_day": -200})
    assert (row["response"], row["rule"]) == ("PD", "new lesion")


def test_the_first_visit_is_not_the_baseline_by_default():
    """Seen: baseline assumed to be the first folder."""
    visits = [{"day": -90, "value": 40}, {"day": -3, "value": 10}, {"day": 42, "value": 14}]
    row = _last(visits)
    assert (row["baseline_visit"], row["baseline"], row["response"]) == ("V2", 10, "PD")


def test_a_quarter_less_is_not_partial_response():
    """Seen: PR called at -25%."""
    for criteria in ("rano2010", "macdonald1990", "irano2015", "mrano2017-2d", "rano2-2023-2d"):
        row = _last([{"day": 0, "value": 400}, {"day": 42, "value": 300}], criteria)
        assert row["response"] == "SD"


def test_several_lesions_are_summed():
    """Seen: one slice, one lesion, no sum."""
    lesions = [["E1", 300, 1, 0], ["E2", 200, 1, 0]]
    grown = [["E1", 300, 1, 0], ["E2", 325, 1, 0]]
    row = _last([{"day": 0, "lesions": lesions}, {"day": 42, "lesions": grown}], "rano2010")
    assert (row["baseline"], row["value"], row["response"]) == (500, 625, "PD")


@pytest.mark.parametrize("steroid", [0.0, 1.0, 4.0])
def test_steroids_alone_do_not_make_disease_stable(steroid):
    """Seen: any steroid use maps to SD."""
    visits = [
        {"day": 0, "value": 400, "steroid": 4.0},
        {"day": 42, "value": 600, "steroid": steroid},
    ]
    assert _last(visits, "rano2010")["response"] == "PD"
    visits[1]["value"] = 150
    assert _last(visits, "rano2010")["response"] == "PR"


def test_more_steroid_alone_is_no_progression():
    """RANO: an increase of the dose by itself is not PD."""
    visits = [
        {"day": 0, "value": 400, "steroid": 0.0},
        {"day": 42, "value": 400, "steroid": 16.0},
    ]
    assert _last(visits, "rano2010")["response"] == "SD"


def test_unevaluable_visits_are_neither_nadir_nor_baseline():
    visits = [
        {"day": -20, "value": 8},
        {"day": 0, "ne": "movement"},
        {"day": 42, "ne": "movement"},
        {"day": 84, "value": 9},
    ]
    row = _last(visits)
    assert (row["baseline_visit"], row["nadir_visit"], row["response"]) == ("V1", "V1", "SD")


def test_of_equal_values_the_earliest_is_the_nadir():
    visits = [{"day": 42 * n, "value": value} for n, value in enumerate([400, 300, 300, 310])]
    assert _last(visits, "rano2010")["nadir_visit"] == "V2"
