"""Covariates are numbers, yes and no, or categories: never told from a slip in one cell."""

import logging

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sheets import PATIENTS, as_text, changed, column, faults, read

from gadless.trial.covariates import amounts

AGE = {"statistics": {"covariates": ["age"]}}


def with_column(name, cells, **settings):
    return column(PATIENTS, name, cells), {"statistics": {"covariates": [name], **settings}}


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("61,5", "is no number; write decimals with a point"),
        ("abc", "is no number; correct it"),
        ("6O", "is no number; correct it"),
        ("inf", "is no number; correct it"),
        ("1e999", "is no number; correct it"),
        (">60", "is no number; correct it"),
    ],
)
def test_a_cell_that_is_no_number_among_ages_is_named(tmp_path, cell, advice):
    (fault,) = faults(tmp_path, changed(PATIENTS, 4, "age", cell), **AGE)
    assert f"patients.tsv, row 4, column age: '{cell}': {advice}" in fault
    assert "statistics.categories" in fault


def test_every_age_with_a_decimal_comma_is_named(tmp_path):
    found = faults(tmp_path, as_text(PATIENTS).replace("\t5", "\t5,"), **AGE)
    assert len(found) == len(PATIENTS) - 1
    assert all("write decimals with a point" in fault for fault in found)


def test_a_0_1_covariate_counts_what_is_missing_as_missing(tmp_path):
    cells = [0, 1, "n/a", ".", "", "NaN", "NA", 1]
    patients, settings = with_column("mgmt", cells)
    mgmt = read(tmp_path, patients, **settings).patients["mgmt"]
    assert mgmt.isna().sum() == 5
    assert mgmt.dropna().tolist() == [0, 1, 1]


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("yes", "no"), ("Y", "n"), ("yes", "0")])
def test_yes_and_no_are_1_and_0(tmp_path, words):
    patients, settings = with_column("mgmt", [*words, "NA", words[0]])
    mgmt = read(tmp_path, patients, **settings).patients["mgmt"]
    assert mgmt.isna().sum() == 1
    assert mgmt.dropna().tolist() == [1, 0, 1, 1, 1, 1, 1]


def test_text_is_a_category(tmp_path):
    patients, settings = with_column("sex", ["M", "F", "NA", "M"])
    assert set(read(tmp_path, patients, **settings).patients["sex"].dropna()) == {"M", "F"}


def test_numbers_among_text_are_asked_about(tmp_path):
    patients, settings = with_column("stage", ["I", "II", "3", "III", "IV"])
    (fault,) = faults(tmp_path, patients, **settings)
    assert "column stage: this column holds text, and in 1 rows numbers, such as 3" in fault
    patients, settings = with_column("stage", ["I", "II", "3"], categories=["stage"])
    assert not faults(tmp_path, patients, **settings)


@pytest.mark.parametrize("name", ["site", "centre", "Center", "region"])
def test_codes_of_a_category_stay_text(tmp_path, name):
    categories = [name] if name == "region" else []
    patients, settings = with_column(name, ["007", "101", "7"], categories=categories)
    read_sites = read(tmp_path, patients, **settings).patients[name]
    assert read_sites.tolist()[:3] == ["007", "101", "7"]


def test_codes_that_are_taken_as_amounts_are_said_to_be(tmp_path, caplog):
    patients, settings = with_column("hospital", [101, 102, 103, 104])
    with caplog.at_level(logging.WARNING):
        read(tmp_path, patients, **settings)
    assert "column hospital holds 4 whole numbers and is taken as an amount" in caplog.text
    caplog.clear()
    patients, settings = with_column("kps", [60, 70, 80, 90])
    read(tmp_path, patients, **settings)
    assert not caplog.text


@pytest.mark.parametrize(
    "name", ["arm", "patient", "os_days", "os_event", "treatment_day", "new_therapy_day"]
)
@pytest.mark.parametrize("key", ["covariates", "strata", "categories"])
def test_a_column_with_a_part_of_its_own_is_no_covariate(tmp_path, name, key):
    found = faults(tmp_path, statistics={key: [name]})
    assert f"`{key}` names {name}: this column has its own part" in found[0]


def test_a_covariate_named_twice_is_refused(tmp_path):
    found = faults(tmp_path, statistics={"covariates": ["age", "age"]})
    assert "`covariates` names a column twice: age" in found[0]


def test_a_stratum_is_a_column_and_no_covariate(tmp_path):
    found = faults(tmp_path, statistics={"strata": ["mgmt"]})
    assert "statistics.strata names column(s) that are not there: mgmt" in found[0]
    found = faults(tmp_path, statistics={"strata": ["age"], "covariates": ["age"]})
    assert "`strata` and `covariates` both name age" in found[0]
    assert not faults(tmp_path, statistics={"strata": ["age"]})


def test_a_control_arm_that_nobody_has_is_found_at_the_start(tmp_path):
    (fault,) = faults(tmp_path, statistics={"control_arm": "placebo"})
    assert "patients.tsv, column arm: 'placebo': statistics.control_arm names it" in fault
    assert "the arms are: a, b" in fault
    assert not faults(tmp_path, statistics={"control_arm": "b"})


@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(0, 1), min_size=1))
def test_amounts_are_the_numbers_that_were_written(cells):
    text = pd.Series([None if cell is None else str(cell) for cell in cells], dtype=object)
    found = amounts(text)
    assert found is not None
    assert found.isna().tolist() == [cell is None for cell in cells]
    given = [float(cell) for cell in cells if cell is not None]
    assert found.dropna().tolist() == pytest.approx(given, rel=1e-14)
