"""Worked patients, each decided by a sentence of the criteria."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from response_cases import best, measured_criteria, outcomes, respond

PATIENTS = yaml.safe_load(Path(__file__).with_name("worked_patients.yaml").read_text())


def _case(worked: dict[str, Any]) -> dict[str, Any]:
    names = ("visits", "criteria", "patient", "settings", "custom")
    return {name: worked[name] for name in names if name in worked}


@pytest.mark.parametrize("worked", PATIENTS, ids=[each["name"] for each in PATIENTS])
def test_worked_patient(worked):
    response = respond(**_case(worked), measurement=worked.get("measurement"))
    rows = response.to_dict("records")
    assert len(rows) == len(worked["visits"])
    for row, visit in zip(rows, worked["visits"], strict=True):
        rule, *remarks = row["rule"].split("; ")
        if "response" in visit:
            assert row["response"] == visit["response"], (row, worked["why"])
        if "rule" in visit:
            assert rule == visit["rule"], (row, worked["why"])
        if "confirmed" in visit:
            assert row["confirmed"] == visit["confirmed"], (row, worked["why"])
        if "remark" in visit:
            assert any(visit["remark"] in remark for remark in remarks), (row, worked["why"])
        if "remarks" in visit:
            assert len(remarks) == visit["remarks"], (row, worked["why"])
        if "dated" in visit:
            assert row["dated_visit"] == visit["dated"], (row, worked["why"])
        if "value" in visit and row["measure"] in ("spd_mm2", "enhancing_cm3", "sld_mm"):
            assert row["value"] == visit["value"]
    if "best" in worked:
        assert best(**_case(worked))["best_response"] == worked["best"]
    if "ttp" in worked:
        ttp = outcomes(**_case(worked), endpoint=worked.get("endpoint"))["TTP"]
        assert [ttp["days"], ttp["event"]] == worked["ttp"], (ttp, worked["why"])


def test_worked_patients_cover_every_criteria_set_and_category():
    assert len(PATIENTS) >= 60
    assert {each["criteria"] for each in PATIENTS} == set(measured_criteria())
    seen = {visit.get("response") for each in PATIENTS for visit in each["visits"]}
    assert {"CR", "PR", "MR", "SD", "PD", "NE"} <= seen
    assert all(each["why"] for each in PATIENTS)
