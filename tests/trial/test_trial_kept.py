"""Columns that travel: those that are read, and those that the configuration names."""

from datetime import date

import pandas as pd
from small_sheets import MEASUREMENTS, PATIENTS, Rows, column, faults, read

from gadless.export.cdisc.days import Calendar
from gadless.export.cdisc.subjects import adsl
from gadless.measurement.collect import collect

NAMES = [f"somebody {at}" for at in range(8)]
NAMED = column(column(PATIENTS, "full_name", NAMES), "country", ["north", "south"])
NOTED = column(MEASUREMENTS, "note_reader", ["tired"])


def travelled(trial) -> set[str]:
    """Every column of every table that the sheets are written into."""
    tables = collect(trial, ["gbca", "cgan"], {})
    return {str(name) for table in tables.values() for name in table.columns}


def exported(trial):
    """The data set of subjects for submissions."""
    return adsl("trial", trial.patients, Calendar.of(trial.patients, date(2000, 1, 1)))


def test_a_column_that_nothing_names_stays_in_the_sheet(tmp_path):
    trial = read(tmp_path, NAMED, NOTED)
    assert not travelled(trial) & {"full_name", "country", "note_reader", "age"}
    subjects = exported(trial)
    shown = " ".join([*subjects.labels, *subjects.labels.values(), subjects.frame.to_csv()])
    assert "full_name" not in shown
    assert "somebody" not in shown


def test_what_statistics_names_travels(tmp_path):
    trial = read(tmp_path, NAMED, NOTED, statistics={"covariates": ["age"], "strata": ["country"]})
    assert {"age", "country"} <= travelled(trial)
    assert "full_name" not in travelled(trial)


def test_what_is_kept_by_name_travels_as_it_stands(tmp_path):
    kept = ["full_name", "note_reader"]
    trial = read(tmp_path, NAMED, NOTED, keep_columns=kept)
    assert set(kept) <= travelled(trial)
    assert trial.patients["full_name"].tolist() == NAMES
    subjects = exported(trial)
    assert "somebody 3" in subjects.frame.to_csv()
    assert "Sheet column: full_name" in subjects.labels.values()


def test_a_comment_changes_nothing_that_is_read(tmp_path):
    plain, noted = read(tmp_path), read(tmp_path, NAMED, NOTED)
    pd.testing.assert_frame_equal(plain.patients, noted.patients)
    pd.testing.assert_frame_equal(plain.visits, noted.visits)
    pd.testing.assert_frame_equal(plain.measurements, noted.measurements)


def turned(rows: Rows) -> Rows:
    return [row[::-1] for row in rows]


def test_columns_in_another_order_are_the_same_sheet(tmp_path):
    """Column for column: the tables of results are the same to the byte."""
    named = {"statistics": {"strata": ["country"]}, "keep_columns": ["note_reader", "full_name"]}
    trial = read(tmp_path, NAMED, NOTED, **named)
    other = read(tmp_path, turned(NAMED), turned(NOTED), **named)
    for name, table in collect(trial, ["gbca", "cgan"], {}).items():
        pd.testing.assert_frame_equal(table, collect(other, ["gbca", "cgan"], {})[name])


def test_a_column_to_keep_that_no_sheet_has_is_a_fault(tmp_path):
    (said,) = faults(tmp_path, NAMED, NOTED, keep_columns=["fullname"])
    assert "fullname" in said
    assert "no sheet has such a column" in said
