"""Censoring: the situations of the FDA's 2007 tables, and the EMA's answer to each."""

import shutil
import subprocess

import pandas as pd
import pytest
from response_cases import endpoint_of, outcomes, respond, settings_of, tables

from gadless.errors import InputError
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals

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
    assert len(own) == 6
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


def _interval(visits, patient=None, name="PFS", criteria="rano2010", endpoint=None):
    response = respond(visits, criteria, patient)
    made = tables(visits, patient)
    derived = endpoints(
        response,
        made["patients"],
        made["visits"],
        made["measurements"],
        endpoint_of(**(endpoint or {})),
        settings_of(),
    )
    bounds = progression_intervals(response, derived)
    chosen = (bounds["analysis_set"] == "common") & (bounds["endpoint"] == name)
    left, right = bounds.loc[chosen, ["left", "right"]].iloc[0]
    return left, None if pd.isna(right) else right


def test_progression_lies_between_two_visits():
    assert _interval(GROWN) == (126, 168)


def test_a_failed_scan_widens_the_interval():
    visits = [*STABLE[:3], {"day": 126, "ne": "movement"}, {"day": 168, "value": 600}]
    assert _interval(visits) == (84, 168)


def test_death_is_known_to_the_day():
    assert _interval(STABLE, dead(150)) == (150, 150)
    assert _interval(STABLE, dead(150), "TTP") == (150, None)


def test_censored_is_open_to_the_right():
    assert _interval(STABLE) == (126, None)


def test_progression_at_the_first_visit_lies_after_the_baseline():
    visits = [{"day": -3, "value": 400}, {"day": 42, "value": 600}]
    assert _interval(visits) == (0, 42)


def test_a_refuted_progression_is_no_bound():
    """mRANO: the refuted visit counts as one without progression."""
    visits = [
        {"day": 0, "value": 400},
        {"day": 42, "value": 600},
        {"day": 84, "value": 400},
        {"day": 126, "value": 600},
        {"day": 168, "value": 600},
    ]
    assert _interval(visits, criteria="mrano2017-2d") == (84, 126)


def test_decline_without_a_scan_bounds_the_interval():
    visits = [*STABLE, {"day": 140, "ne": "no images acquired", "clinical": "worse"}]
    assert _interval(visits, endpoint={"censoring": "ema"}) == (126, 140)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_takes_the_intervals_as_they_are(tmp_path):
    """R's own classes: 0 censored, 1 exact (death), 3 interval (progression)."""
    cases = [(GROWN, None), (STABLE, None), (STABLE, dead(150)), (STABLE, dead(260))]
    rows = [_interval(visits, patient) for visits, patient in cases]
    pd.DataFrame(rows, columns=["left", "right"]).to_csv(tmp_path / "bounds.csv", index=False)
    code = (
        "library(survival); d <- read.csv(commandArgs(TRUE));"
        ' s <- Surv(d$left, d$right, type = "interval2"); cat(s[, "status"])'
    )
    run = subprocess.run(
        ["Rscript", "-e", code, str(tmp_path / "bounds.csv")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["3", "0", "1", "0"]


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
