"""Criteria, endpoints and what they need in the sheets, at the start."""

from typing import Any

import pytest
from small_trial import Sheets
from starting import checked, told


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"response": {"criteria": ["mine"]}}, "'mine' is not known"),
        ({"response": {"repeatability": {"cgan": 0.1}}}, "no criteria set in use takes it in"),
        ({"endpoint": {"censoring": "mine"}}, "endpoint.censoring: 'mine' is not known"),
        ({"response": {"criteria": ["as-read"]}}, "takes readers' categories, and images give"),
        (
            {"endpoint": {"origin": "treatment"}},
            "patients.tsv, column treatment_day: is not there, and `endpoint.origin: treatment`",
        ),
        (
            {"response": {"baseline": {"rule": "after_radiotherapy"}}},
            "patients.tsv, column radiotherapy_end_day: is not there, and `response.baseline.rule",
        ),
        (
            {"response": {"t2flair": "flag"}},
            "visits.tsv, column t2flair_worse: is not there, and `response.t2flair: flag`",
        ),
    ],
)
def test_what_the_configuration_asks_for_is_there(
    started: Sheets, config: dict[str, Any], words: str
) -> None:
    started.config.update(config)
    assert words in told(started)


def test_an_empty_column_is_no_column(started: Sheets) -> None:
    started.config["endpoint"] = {"origin": "treatment"}
    started.patients[0]["treatment_day"] = ""
    assert "treatment_day: is empty in every row" in told(started)
    started.patients[0]["treatment_day"] = 3
    checked(started)


def test_planned_days_that_are_no_protocols(started: Sheets) -> None:
    started.row("P1", "V1")["planned_day"], started.row("P1", "V2")["planned_day"] = 42, 0
    assert "patient P1, visit V2: planned_day 0, but the earlier visit" in told(started)


@pytest.mark.parametrize("column", ["enhancing_cm3", "spd_mm2", "abnormality_cm3"])
def test_criteria_need_their_measure_in_a_table(table: Sheets, column: str) -> None:
    for row in table.visits:
        row[column] = ""
    assert f"need the column {column} in measurements" in told(table)
    for row in table.visits:
        del row[column]
    assert f"need the column {column} in measurements" in told(table)


def test_a_measure_that_one_contrast_lacks_wherever_it_was_evaluated(table: Sheets) -> None:
    for row in table.visits:
        row["evaluable"] = 1
        if row["contrast"] == "cgan":
            row["spd_mm2"] = ""
    assert "rano2010 need the column spd_mm2 in measurements, and it is empty in all 4" in told(
        table
    )
    for row in table.visits:
        row["evaluable"] = int(row["contrast"] == "gbca")
    checked(table)


def test_a_reader_needs_no_measure(table: Sheets) -> None:
    for row in table.visits:
        row["response"] = "SD" if row["contrast"] == "cgan" else ""
        if row["contrast"] == "cgan":
            row.update(enhancing_cm3="", spd_mm2="", abnormality_cm3="")
    checked(table)
