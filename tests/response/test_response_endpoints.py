"""Censoring: the situations of the FDA's 2007 tables, and the EMA's answer to each."""

import pandas as pd
import pytest
from response_cases import endpoint_of, outcomes, respond, settings_of, tables

from gadless.errors import InputError
from gadless.response.endpoints import endpoints

STABLE = [{"day": 42 * n, "value": 400} for n in range(4)]  # days 0, 42, 84, 126
GROWN = [*STABLE, {"day": 168, "value": 600}]
LATE = [*STABLE, {"day": 260, "value": 600}]  # 134 days after the last: more than two missed
NO_BASELINE = [{"day": 42, "value": 400}, {"day": 84, "value": 600}]
BASELINE_ONLY = STABLE[:1]


def dead(day):
    return {"os_days": day, "os_event": 1}


SITUATIONS = [
    # name, visits, patient, FDA PFS, FDA TTP, EMA PFS, EMA TTP (days, event)
    ("progression", GROWN, {}, (168, 1), (168, 1), (168, 1), (168, 1)),
    ("no progression, alive", STABLE, {}, (126, 0), (126, 0), (126, 0), (126, 0)),
    ("death between visits", STABLE, dead(150), (150, 1), (150, 0), (150, 1), (150, 0)),
    ("progression, then death", GROWN, dead(200), (168, 1), (168, 1), (168, 1), (168, 1)),
    ("progression on the day of death", GROWN, dead(168), (168, 1), (168, 1), (168, 1), (168, 1)),
    ("death after two missed visits", STABLE, dead(260), (126, 0), (126, 0), (260, 1), (260, 0)),
    ("death just within two visits", STABLE, dead(231), (231, 1), (231, 0), (231, 1), (231, 0)),
    ("progression after two missed visits", LATE, {}, (126, 0), (126, 0), (260, 1), (260, 1)),
    (
        "new therapy before progression",
        GROWN,
        {"new_therapy_day": 100},
        (84, 0),
        (84, 0),
        (168, 1),
        (168, 1),
    ),
    (
        "new therapy on the day of a scan",
        GROWN,
        {"new_therapy_day": 84},
        (84, 0),
        (84, 0),
        (168, 1),
        (168, 1),
    ),
    (
        "new therapy on the day of progression",
        GROWN,
        {"new_therapy_day": 168},
        (168, 1),
        (168, 1),
        (168, 1),
        (168, 1),
    ),
    (
        "new therapy, then death",
        STABLE,
        {"new_therapy_day": 130} | dead(180),
        (126, 0),
        (126, 0),
        (180, 1),
        (180, 0),
    ),
    ("no baseline", NO_BASELINE, {}, (0, 0), (0, 0), (0, 0), (0, 0)),
    ("no baseline, death", NO_BASELINE, dead(90), (0, 0), (0, 0), (90, 1), (90, 0)),
    ("nothing after baseline", BASELINE_ONLY, {}, (0, 0), (0, 0), (0, 0), (0, 0)),
    ("early death, nothing seen", BASELINE_ONLY, dead(60), (60, 1), (60, 0), (60, 1), (60, 0)),
    ("late death, nothing seen", BASELINE_ONLY, dead(300), (0, 0), (0, 0), (300, 1), (300, 0)),
    (
        "decline without a scan",
        [*STABLE, {"day": 140, "ne": "no images acquired", "clinical": "worse"}],
        {},
        (126, 0),
        (126, 0),
        (140, 1),
        (140, 1),
    ),
    (
        "decline with a scan",
        [*STABLE, {"day": 140, "value": 400, "clinical": "worse"}],
        {},
        (140, 1),
        (140, 1),
        (140, 1),
        (140, 1),
    ),
]  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each[0] for each in SITUATIONS])
def test_situation(situation):
    _, visits, patient, *expected = situation
    found = []
    for censoring in ("fda", "ema"):
        outcome = outcomes(visits, patient, endpoint={"censoring": censoring})
        found += [(outcome[name]["days"], outcome[name]["event"]) for name in ("PFS", "TTP")]
    assert found == expected


@pytest.mark.parametrize(
    ("visits", "patient", "description"),
    [
        (STABLE, {}, "censored at the last assessment: no progression"),
        (
            STABLE,
            dead(260),
            "censored at the last assessment: death after two or more missed visits",
        ),
        (
            LATE,
            {},
            "censored at the last assessment: progression after two or more missed visits",
        ),
        (GROWN, {"new_therapy_day": 100}, "censored at the last assessment: new therapy"),
        (
            NO_BASELINE,
            {},
            "censored at the start: no baseline"
            " (no evaluable visit in the 42 days up to treatment)",
        ),
        (BASELINE_ONLY, {}, "censored at the start: no progression, no assessment before"),
        (STABLE, dead(150), "death"),
        (GROWN, {}, "progression"),
    ],
)
def test_reason_is_stated(visits, patient, description):
    assert outcomes(visits, patient)["PFS"]["description"] == description


DECLINED = [*STABLE, {"day": 140, "ne": "no images acquired", "clinical": "worse"}]


@pytest.mark.parametrize(
    ("visits", "patient", "censoring", "description"),
    [
        (NO_BASELINE, dead(90), "ema", "censored: death without progression, no baseline"),
        (STABLE, dead(150), "ema", "censored: death without progression"),
        (STABLE, dead(150), "fda", "censored: death without progression"),
        (LATE, {}, "ema", "progression"),
        (GROWN, {"new_therapy_day": 100}, "ema", "progression"),
        (DECLINED, {}, "ema", "progression"),
        (
            DECLINED,
            {},
            "fda",
            "censored at the last assessment: clinical decline without an evaluable image",
        ),
        (
            [*DECLINED, {"day": 168, "value": 400}],
            {},
            "fda",
            "censored at the last assessment: no progression",
        ),
        (
            STABLE,
            {"new_therapy_day": 7},
            "fda",
            "censored at the start: new therapy, no assessment before",
        ),
    ],
)
def test_reason_of_the_time_to_progression(visits, patient, censoring, description):
    outcome = outcomes(visits, patient, endpoint={"censoring": censoring})["TTP"]
    assert outcome["description"] == description


def test_a_progression_that_waits_for_confirmation_is_the_reason():
    course = [*STABLE, {"day": 168, "value": 600}]
    more = {"criteria": "mrano2017-2d", "settings": {"unconfirmed_last": "censored"}}
    outcome = outcomes(course, **more)["PFS"]
    assert (outcome["days"], outcome["event"], outcome["visit"]) == (168, 0, "V5")
    assert outcome["description"] == "censored at the last assessment: progression not confirmed"


def test_a_death_before_confirmation_names_the_progression():
    course = [*STABLE, {"day": 168, "value": 600}]
    more = {"criteria": "mrano2017-2d", "settings": {"unconfirmed_last": "censored"}}
    outcome = outcomes(course, dead(200), **more)
    assert (outcome["PFS"]["days"], outcome["PFS"]["event"]) == (200, 1)
    assert outcome["PFS"]["description"] == "death; progression not confirmed"
    expected = "censored: death without progression; progression not confirmed"
    assert outcome["TTP"]["description"] == expected
    # A later scan without progression tells that there was none.
    refuted = outcomes([*course, {"day": 190, "value": 400}], dead(200), **more)
    assert refuted["PFS"]["description"] == "death"


FROM_TREATMENT = {"endpoint": {"origin": "treatment"}}


def _stated(outcome):
    return {
        name: None if pd.notna(row["days"]) or pd.notna(row["event"]) else row["description"]
        for name, row in outcome.items()
        if name != "DOR"
    }


def test_progression_before_time_counts_is_stated():
    course = [{"day": 0, "value": 400}, {"day": 15, "value": 700}, {"day": 60, "value": 710}]
    more = {"patient": {"treatment_day": 20}, "settings": {"baseline": {"rule": "first"}}}
    outcome = outcomes(course, **more, **FROM_TREATMENT)
    early = "progression before treatment_day"
    assert _stated(outcome) == {"TTP": early, "PFS": early, "OS": None}
    course = [visit | {"day": visit["day"] - 20} for visit in course]
    early = "progression before randomisation"
    assert _stated(outcomes(course, **more)) == {"TTP": early, "PFS": early, "OS": None}
    assert outcomes(course[:2], **more)["TTP"]["visit"] is None


def test_a_refuted_progression_before_time_counts_is_none():
    course = [{"day": 0, "value": 400}, {"day": 15, "value": 700}, {"day": 60, "value": 400}]
    more = {"patient": {"treatment_day": 20}, "settings": {"baseline": {"rule": "first"}}}
    outcome = outcomes(course, criteria="mrano2017-2d", **more, **FROM_TREATMENT)
    assert (outcome["TTP"]["days"], outcome["TTP"]["event"]) == (40, 0)


def test_death_before_time_counts_is_stated():
    patient = {"treatment_day": 20} | dead(10)
    outcome = outcomes([{"day": -5, "value": 400}], patient, **FROM_TREATMENT)
    assert set(_stated(outcome).values()) == {"death before treatment_day"}


@pytest.mark.parametrize(
    ("visit", "criteria", "cause"),
    [
        ({"value": 600}, "rano2010", "enhancing"),
        ({"value": 400, "new": 1}, "rano2010", "new_lesion"),
        ({"value": 400, "t2": 1}, "rano2010", "nonenhancing"),
        ({"value": 400, "clinical": "worse"}, "rano2010", "clinical"),
        ({"value": 600, "clinical": "worse"}, "rano2010", "enhancing"),
        ({"value": 400, "abnormality": 900}, "volumetric-2019", "nonenhancing"),
    ],
)
def test_trigger(visit, criteria, cause):
    course = [{"day": 0, "value": 400, "abnormality": 500}, {"day": 42} | visit]
    outcome = outcomes(course, criteria=criteria)
    assert outcome["TTP"]["trigger"] == cause
    assert outcome["TTP"]["visit"] == "V2"


def test_non_enhancing_growth_triggers():
    course = [{"day": 0, "value": 10, "nonenh": 10}, {"day": 42, "value": 10, "nonenh": 20}]
    mixed = {"criteria": "rano2-2023-volume", "settings": {"disease": "mixed"}}
    assert outcomes(course, **mixed)["TTP"]["trigger"] == "nonenhancing"


def test_progression_on_the_day_of_death_is_what_ends_pfs():
    assert outcomes(GROWN, dead(168))["PFS"]["trigger"] == "enhancing"


def test_death_triggers_pfs_and_os_only():
    outcome = outcomes(STABLE, dead(150))
    assert [outcome[name]["trigger"] for name in ("TTP", "PFS", "OS")] == [None, "death", "death"]


def test_censoring_names_the_visit_it_counts_to():
    assert outcomes(STABLE)["TTP"]["visit"] == "V4"


def test_time_counts_from_treatment_if_asked():
    course = [visit | {"day": visit["day"] + 10} for visit in GROWN]
    outcome = outcomes(course, {"treatment_day": 10, **dead(300)}, endpoint={"origin": "treatment"})
    assert [outcome[name]["days"] for name in ("TTP", "PFS", "OS")] == [168, 168, 290]


def test_no_treatment_to_count_from_is_stated():
    outcome = outcomes(GROWN, endpoint={"origin": "treatment"})["TTP"]
    assert pd.isna(outcome["days"])
    assert outcome["description"] == "no treatment_day to count from"


def test_survival_not_known_is_a_row_of_its_own():
    outcome = outcomes(GROWN, {"os_days": None, "os_event": None})
    assert pd.isna(outcome["OS"]["days"])
    assert pd.isna(outcome["OS"]["event"])
    assert outcome["OS"]["description"] == "survival not known"
    assert (outcome["TTP"]["days"], outcome["TTP"]["event"]) == (168, 1)


def test_a_patient_without_any_visit_is_there():
    made = tables(GROWN)
    patients = pd.concat(
        [made["patients"], made["patients"].assign(patient="P2", os_days=70, os_event=1)]
    )
    derived = endpoints(
        respond(GROWN), patients, made["visits"], made["measurements"], endpoint_of(), settings_of()
    )
    own = derived[derived["patient"] == "P2"]
    assert len(own) == 4
    assert set(own.loc[own["endpoint"] == "TTP", "description"]) == {
        "censored at the start: no baseline (no visit)"
    }
    assert set(own.loc[own["endpoint"] == "OS", "days"]) == {70}


def test_stale_response_table_is_refused():
    made = tables(GROWN)
    with pytest.raises(InputError, match=r"patient P1, visit V5.*no response"):
        endpoints(
            respond(GROWN[:-1]),
            made["patients"],
            made["visits"],
            made["measurements"],
            endpoint_of(),
            settings_of(),
        )


def test_missed_visits_are_counted_from_a_late_baseline():
    """Baseline on day 70, progression 100 days later: nothing was missed."""
    visits = [{"day": 70, "value": 400}, {"day": 170, "value": 600}]
    more = {
        "patient": {"radiotherapy_end_day": 40},
        "settings": {"baseline": {"rule": "after_radiotherapy"}},
    }
    assert outcomes(visits, **more)["PFS"]["days"] == 170
    visits[1]["day"] = 176
    found = outcomes(visits, **more)["PFS"]
    assert (found["days"], found["event"]) == (0, 0)
