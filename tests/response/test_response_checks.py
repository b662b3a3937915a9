"""What a reader is told of the schedule and of the censoring."""

import numpy as np
import pandas as pd
import pytest
from response_cases import endpoint_of, settings_of, tables

from gadless.response.checks import endpoint_checks
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints

SIX_THEN_TWELVE = [{"until_day": 168, "interval_days": 42}, {"interval_days": 84}]
PLANNED = [0, 42, 84, 126, 168, 252, 336, 420, 504]


def _trial(patients=25):
    """Scans every six weeks to day 168, every twelve after it; some scans fail, all progress."""
    random = np.random.default_rng(8)
    parts = []
    for number in range(patients):
        last = int(random.integers(5, len(PLANNED)))
        days = [day + int(random.integers(-4, 5)) if day else 0 for day in PLANNED[: last + 1]]
        course = [{"day": day, "gbca": 10.0} for day in days]
        course[-1]["gbca"] = 30.0
        # A scan that failed just before the progression: one visit missed.
        course[-2]["ne"] = "movement"
        parts.append(tables(course, {"os_days": 900}, ("gbca",), f"P{number:02}"))
    return {
        name: pd.concat([part[name] for part in parts], ignore_index=True)
        for name in ("measurements", "visits", "patients")
    }


def _checked(made, **how):
    endpoint = endpoint_of(**how)
    response = classify(
        **made,
        lesions=None,
        criteria=load_criteria(["volumetric-2019"]),
        settings=settings_of(),
        contrasts=["gbca"],
    )
    sheets = (made["patients"], made["visits"], made["measurements"])
    derived = endpoints(response, *sheets, endpoint, settings_of())
    return derived, endpoint_checks(derived, *sheets, endpoint)


def _missed(checks, endpoint="PFS"):
    found = checks[(checks["reason"] == "missed visits") & (checks["endpoint"] == endpoint)]
    return found[found["analysis_set"] == "all"]


def test_visits_that_were_not_planned_are_not_missed():
    """Scans from 6 to 12 weeks; one interval counts most of them as two that were missed."""
    _, wrong = _checked(_trial(), visit_interval_days=42)
    (row,) = _missed(wrong).to_dict("records")
    assert row["n"] > 12
    assert f"{row['n']} of 25 first progressions and deaths are censored" in row["warning"]
    derived, right = _checked(_trial(), schedule=SIX_THEN_TWELVE)
    assert _missed(right).empty
    assert derived.loc[derived["endpoint"] == "PFS", "event"].eq(1).all()
    assert right["warning"].isna().all()


def test_a_schedule_that_is_not_the_trials_is_warned_of():
    _, checks = _checked(_trial(), visit_interval_days=42)
    gaps = checks[checks["check"] == "visit_gap"].set_index("period")
    early = gaps.loc["after planned visit 0 to 3"]
    late = gaps.loc["after planned visit 4 to 7"]
    assert early["median_intervals"] == pytest.approx(1, abs=0.1)
    assert pd.isna(early["warning"])
    assert late["median_intervals"] == pytest.approx(2, abs=0.1)
    assert "planned intervals: give the trial's `endpoint.schedule`" in late["warning"]
    assert late["median_days"] == pytest.approx(84, abs=4)


@pytest.mark.parametrize("unit", [7, 30.4])
def test_days_in_weeks_or_months_are_warned_of(unit):
    """No visit was missed then, so that every progression counts: silent else."""
    made = _trial()
    made["visits"]["day"] = (made["visits"]["day"] / unit).round().astype(int)
    made["measurements"]["day"] = (made["measurements"]["day"] / unit).round().astype(int)
    _, checks = _checked(made, visit_interval_days=42)
    (warning,) = checks["warning"].dropna()
    assert "are the visits' days given in weeks or months?" in warning


def test_every_patient_is_counted_once_an_analysis_and_endpoint():
    made = _trial(12)
    made["patients"].loc[:3, ["os_days", "os_event"]] = [200, 1]
    gone = set(made["patients"]["patient"][:4])
    for name in ("visits", "measurements"):
        table = made[name]
        late = (table["day"] > 200) & table["patient"].isin(gone)
        made[name] = table[~late].reset_index(drop=True)
    made["patients"]["new_therapy_day"] = [100 if n in (5, 6) else None for n in range(12)]
    derived, checks = _checked(made, schedule=SIX_THEN_TWELVE)
    outcome = checks[checks["check"] == "outcome"]
    key = ["contrast", "criteria", "analysis_set", "endpoint"]
    assert outcome.groupby(key)["n"].sum().eq(12).all()
    assert outcome["of"].eq(12).all()
    own = outcome[(outcome["analysis_set"] == "all") & (outcome["endpoint"] == "TTP")]
    counts = own.set_index("reason")["n"]
    assert counts["new therapy"] == 2
    assert counts["event"] == (derived.query("endpoint == 'TTP'")["event"] == 1).sum()


def test_a_contact_without_a_scan_is_no_visit_of_the_schedule():
    course = [
        {"day": 0, "value": 10.0},
        {"day": 42, "value": 10.0, "ne": "no images acquired"},
        {"day": 84, "value": 10.0},
    ]
    made = tables(course)
    made.pop("lesions")
    _, checks = _checked(made)
    gaps = checks[(checks["check"] == "visit_gap") & (checks["period"] == "all")]
    assert gaps["median_days"].tolist() == [84]


def test_few_gaps_warn_of_nothing():
    made = tables([{"day": day, "value": 10.0} for day in (0, 200, 400)])
    made.pop("lesions")
    _, checks = _checked(made)
    gaps = checks[checks["check"] == "visit_gap"]
    assert gaps["median_days"].max() == 200
    assert gaps["warning"].isna().all()


def test_nobody_is_an_empty_table():
    made = tables([{"day": 0, "value": 10.0}])
    made.pop("lesions")
    empty = {name: table.iloc[:0] for name, table in made.items()}
    derived, checks = _checked(empty)
    assert derived.empty
    assert checks.empty
