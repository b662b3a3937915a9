"""A data cut-off: what came later is not seen, and everything left out is named."""

import pandas as pd
import pytest

from gadless.measurement.cutoff import as_of
from gadless.measurement.flow import FLOW


@pytest.fixture
def trial():
    patients = pd.DataFrame(
        {
            "patient": ["P1", "P2", "P3"],
            "arm": "A",
            "os_days": pd.array([100, 300, None], dtype="Int64"),
            "os_event": pd.array([1, 1, None], dtype="Int64"),
            "new_therapy_day": pd.array([90, 210, None], dtype="Int64"),
            "last_contact_day": pd.array([100, 300, 250], dtype="Int64"),
        }
    )
    visits = pd.DataFrame(
        {
            "patient": ["P1", "P2", "P2", "P3"],
            "visit": ["V1", "V1", "V2", "V9"],
            "day": [42, 200, 201, 220],
        }
    )
    measured = visits.assign(contrast="gbca", enhancing_cm3=1.0)
    flow = pd.DataFrame(
        [
            (patient, visit, None, "listed", "reached", None)
            for patient, visit in zip(visits["patient"], visits["visit"], strict=True)
        ],
        columns=list(FLOW),
    )
    quality = pd.DataFrame({"patient": ["P2"], "visit": ["V2"], "step": ["brain"]})
    return {
        "patients": patients,
        "visits": visits,
        "measurements": measured,
        "flow": flow,
        "quality": quality,
    }


def test_without_a_day_nothing_changes(trial):
    found = as_of(trial, None)
    assert found.keys() == trial.keys()
    assert all(found[name] is trial[name] for name in trial)


def test_visits_after_it_are_in_no_table(trial):
    found = as_of(trial, 200)
    assert found["visits"]["day"].tolist() == [42, 200]
    assert found["measurements"]["day"].tolist() == [42, 200]
    assert found["quality"].empty


def test_what_is_left_out_is_named(trial):
    flow = as_of(trial, 200)["flow"]
    out = flow[flow["outcome"] == "stopped"]
    assert out[["patient", "visit"]].to_numpy().tolist() == [["P2", "V2"], ["P3", "V9"]]
    assert set(out["reason"]) == {"after the data cut-off (day 200)"}
    assert set(map(tuple, flow[["patient", "visit"]].to_numpy())) == {
        ("P1", "V1"),
        ("P2", "V1"),
        ("P2", "V2"),
        ("P3", "V9"),
    }


def test_who_lived_on_is_censored_on_it(trial):
    found = as_of(trial, 200)["patients"].set_index("patient")
    assert found["os_days"].tolist()[:2] == [100, 200]
    assert found["os_event"].tolist()[:2] == [1, 0]
    assert found.loc["P3", ["os_days", "os_event"]].isna().all()
    assert found["last_contact_day"].tolist() == [100, 200, 200]
    assert found.loc["P1", "new_therapy_day"] == 90
    assert found[["new_therapy_day"]].isna().sum().item() == 2
    assert trial["patients"]["os_days"].tolist()[:2] == [100, 300]


def test_a_death_on_the_day_itself_is_seen(trial):
    found = as_of(trial, 300)["patients"]
    assert found["os_event"].tolist()[:2] == [1, 1]
