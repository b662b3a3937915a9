"""Sheets: every fault named with its file, or every row as it stands in the file."""

import gzip

import pandas as pd
import pytest
from grids import Grid, Written, plain, rows_of, says, written
from hypothesis import given
from judging import budget, judge
from nifti_bytes import Small

from gadless.trial.columns import MEASUREMENTS, PATIENTS, VISITS
from gadless.trial.config import read_config
from gadless.trial.sheets import read_scans, read_trial

PEOPLE: Grid = [
    ["patient", "arm", "os_days", "os_event", "age", "mgmt"],
    *(
        [f"P{at}", "ab"[at % 2], str(400 + at), str(at % 2), str(50 + at), "01"[at % 2]]
        for at in range(4)
    ),
]
MEASURED: Grid = [
    ["patient", "visit", "day", "contrast", "enhancing_cm3"],
    *(
        [f"P{at}", f"V{visit}", str(42 * visit), contrast, f"{4.5 + visit}"]
        for at in range(4)
        for visit in range(2)
        for contrast in ("gbca", "cgan")
    ),
]
SCANNED: Grid = [
    ["patient", "visit", "day", "t1", "t2", "flair", "t1c"],
    *(
        [f"P{at}", f"V{visit}", str(42 * visit), *(f"{at}{visit}{name}.nii.gz" for name in "abcd")]
        for at in range(4)
        for visit in range(2)
    ),
]
SETTINGS = {"candidates": ["cgan"], "statistics": {"covariates": ["age"], "strata": ["mgmt"]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sheets")
    scan = gzip.compress(Small((8, 8, 8), 4, "<", 8.0).content())
    for row in SCANNED[1:]:
        for name in row[3:]:
            (made / name).write_bytes(scan)
    return made


def compare(read, grid: Grid, columns, key) -> None:
    """Every row of the file is among those read, once, each cell as it stands."""
    rows = rows_of(grid)
    assert len(read) == len(rows)
    by_key = {tuple(row[name] for name in key): row for row in rows}
    assert len(by_key) == len(rows)
    header = {name for row in rows for name in row}
    for _, found in read.iterrows():
        row = by_key[tuple(found[name] for name in key)]
        for column in columns:
            if column.name in header and column.kind != "path" and column.name in read:
                assert says(found[column.name], row.get(column.name), column), column.name


def put(folder, **sheets: Written) -> None:
    for name, sheet in sheets.items():
        (folder / f"{name}.tsv").write_bytes(sheet.content)


def lines_of(sheet: Written) -> int:
    """Count the lines that hold anything, of bytes that no grid vouches for."""
    text = sheet.content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    rows = text.split("\n")[1:]
    return sum(any(plain(cell) is not None for cell in row.split("\t")) for row in rows)


def check_people(read, sheet: Written) -> None:
    if not sheet.faithful:
        assert len(read) == lines_of(sheet)
        return
    compare(read, sheet.grid, PATIENTS, ["patient"])
    ages = {row["patient"]: row["age"] for row in rows_of(sheet.grid)}
    for patient, age in zip(read["patient"], read["age"], strict=True):
        assert pd.isna(age) == (ages[patient] is None)
        assert pd.isna(age) or float(age) == float(ages[patient])


@budget(0.5)
@given(patients=written(PEOPLE), table=written(MEASURED))
def test_measurements(patients, table, folder):
    put(folder, patients=patients, table=table)
    named = {"patients": str(folder / "patients.tsv"), "measurements": str(folder / "table.tsv")}
    config = read_config({**SETTINGS, **named})
    trial = judge("sheets of measurements", lambda: read_trial(config), "patients.tsv", "table.tsv")
    if trial is None:
        return
    check_people(trial.patients, patients)
    if table.faithful:
        read = pd.concat([trial.measurements, trial.unused])
        compare(read, table.grid, MEASUREMENTS, ["patient", "visit", "contrast"])
    else:
        assert len(trial.measurements) + len(trial.unused) == lines_of(table)


@budget(0.3)
@given(patients=written(PEOPLE), visits=written(SCANNED))
def test_visits(patients, visits, folder):
    put(folder, patients=patients, visits=visits)
    named = {"patients": str(folder / "patients.tsv"), "visits": str(folder / "visits.tsv")}
    coded = {"labels_of": {"gbca": "gadless"}, "map_units": {"cgan": "t1"}}
    config = read_config({**SETTINGS, **named, **coded})
    trial = judge("sheets of scans", lambda: read_trial(config), "patients.tsv", "visits.tsv")
    if trial is None:
        return
    check_people(trial.patients, patients)
    if visits.faithful:
        compare(trial.visits, visits.grid, VISITS, ["patient", "visit"])
    else:
        assert len(trial.visits) == lines_of(visits)


@budget(0.25)
@given(patients=written(PEOPLE), visits=written(SCANNED))
def test_training_sheets(patients, visits, folder):
    put(folder, learnt=patients, exams=visits)
    sheets = (str(folder / "learnt.tsv"), str(folder / "exams.tsv"))
    trial = judge("training sheets", lambda: read_scans(*sheets), "learnt.tsv", "exams.tsv")
    if trial is not None and patients.faithful and visits.faithful:
        compare(trial.patients, patients.grid, PATIENTS, ["patient"])
        compare(trial.visits, visits.grid, VISITS, ["patient", "visit"])
