"""Values that would crash late or never fire (of class F): refused at the start."""

import pytest
from spoilt import SHEETS, measured, people, told

from gadless.errors import InputError
from gadless.trial.config import read_config

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    "keys",
    [
        {"statistics": {"seed": -1}},
        {"statistics": {"margins": INF}},
        {"statistics": {"margins": {"hazard_ratio": INF}}},
        {"statistics": {"landmarks": [90, 90]}},
        {"statistics": {"bootstrap": 10**9}},
        {"report": {"days_per_month": INF}},
        {"preprocess": {"quality": {"similarity_fail": NAN}}},
        {"preprocess": {"quality": {"similarity_fail": -5}}},
        {"preprocess": {"quality": {"coverage_warn": 5}}},
        {"preprocess": {"quality": {"shift_warn_mm": -1}}},
        {"preprocess": {"quality": {"brain_cm3_warn": [NAN, 2000]}}},
        {"preprocess": {"quality": {"followup_fail": 0.95}}},
        {"preprocess": {"seed": -1}},
        {"training": {"recipes": {"cgan": {"learning_rate": INF}}}},
    ],
)
def test_f_numbers_that_would_crash_late_or_never_fire_are_refused(keys):
    with pytest.raises(InputError, match="the configuration has faults"):
        read_config({**SHEETS, **keys})


def test_f_a_day_beyond_a_century_is_named(trial):
    faults = told(trial, people().set(3, "os_days", 99999999999))
    assert faults[0].startswith("patients.tsv, row 3, column os_days: '99999999999'")


def test_f_row_numbers_are_those_of_the_file_after_a_quoted_line_break(trial):
    table = measured().add("note", "").set(3, "note", '"two\nlines"').set(9, "day", "soon")
    assert told(trial, table=table)[0].startswith("measurements.tsv, row 10, column day: 'soon'")
