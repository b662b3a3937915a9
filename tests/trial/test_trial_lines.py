"""A sheet's lines: tabs part cells, and no row is lost to what another holds."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sheets import MEASUREMENTS, PATIENTS, as_text, changed, column, faults, read

from gadless.errors import InputError
from gadless.trial.columns import PATIENTS as SHEET
from gadless.trial.faults import raise_any
from gadless.trial.lines import ROW, read_cells
from gadless.trial.reading import read_sheet

LINES = len(MEASUREMENTS) - 1


def test_quotes_that_nobody_closed_take_in_no_row(tmp_path):
    table = column(MEASUREMENTS, "note", ["", '"seen twice', "", "", 'by "A"', '"late', ""])
    trial = read(tmp_path, PATIENTS, table)
    assert len(trial.measurements) == LINES
    notes = read_cells(tmp_path / "measurements.tsv", [])["note"]
    assert set(notes.dropna()) == {'"seen twice', 'by "A"', '"late'}


@pytest.mark.parametrize("closing", ['late"', '"late"'])
def test_a_quote_that_closes_rows_later_takes_in_none_either(tmp_path, closing):
    table = column(MEASUREMENTS, "note", ["", '"seen', "", "", closing, ""])
    assert len(read(tmp_path, PATIENTS, table).measurements) == LINES


def test_a_first_cell_that_ends_in_a_quote_closes_none_of_rows_before(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text('key\tnote\nk1\t"open\nk2\tx\nk3"\ty\n')
    assert read_cells(path, [])["key"].tolist() == ["k1", "k2", 'k3"']


def test_an_open_quote_in_a_column_that_is_read_is_named(tmp_path):
    table = column(MEASUREMENTS, "reason", ["", '"blurred', ""])
    (fault,) = faults(tmp_path, PATIENTS, table)
    assert "measurements.tsv, row 3, column reason: '\"blurred': opens a double quote" in fault


def test_quoted_cells_and_row_names_are_read_as_r_writes_them(tmp_path):
    def quoted(rows):
        return [[f'"{cell}"' if isinstance(cell, str) else cell for cell in row] for row in rows]

    def named(rows):
        header, *others = quoted(rows)
        return [header, *([f'"{at}"', *row] for at, row in enumerate(others, start=1))]

    trial = read(tmp_path, as_text(named(PATIENTS)), as_text(named(MEASUREMENTS), "\r\n"))
    plain = read(tmp_path)
    pd.testing.assert_frame_equal(trial.patients, plain.patients)
    pd.testing.assert_frame_equal(trial.measurements, plain.measurements)


def test_a_line_break_in_a_quoted_cell_shifts_no_row_number(tmp_path):
    table = column(MEASUREMENTS, "note", ['"two\nlines"', "", '"three\n\nlines"', ""])
    trial = read(tmp_path, PATIENTS, table, keep_columns=["note"])
    assert set(trial.measurements["note"].dropna()) == {"three\n\nlines", "two\nlines"}
    wrong = changed(table, 5, "enhancing_cm3", "large")
    (fault,) = faults(tmp_path, PATIENTS, wrong)
    assert "row 8, column enhancing_cm3: 'large'" in fault


def test_a_tab_too_many_at_the_ends_of_rows_is_one_fault(tmp_path):
    header, *rows = as_text(MEASUREMENTS).splitlines()
    (fault,) = faults(tmp_path, PATIENTS, "\n".join([header, *(f"{row}\t" for row in rows)]))
    assert f"row 2: {LINES} rows (2, 3, 4, 5, 6, ...) have more tabs than the header" in fault


@pytest.mark.parametrize("line", ["P0\tV9\t200\tgbca\t1\tx\ty", "P0\tV9\t200\tgbca"])
def test_a_row_of_another_length_is_named(tmp_path, line):
    lines = as_text(MEASUREMENTS).splitlines()
    (fault,) = faults(tmp_path, PATIENTS, "\n".join([*lines[:9], line, *lines[9:]]))
    assert f"row 10: this row has {line.count(chr(9)) + 1} cells, the header 5" in fault


def test_a_tab_after_the_header_and_every_row_is_no_column(tmp_path):
    trial = read(tmp_path, PATIENTS, as_text(MEASUREMENTS, "\t\n"))
    assert list(trial.measurements) == list(MEASUREMENTS[0])


def test_a_column_without_a_name_is_refused(tmp_path):
    table = column(MEASUREMENTS, "", ["x"])
    assert "column 6 has cells and no name" in faults(tmp_path, PATIENTS, table)[0]


def test_a_name_twice_in_the_header_is_refused(tmp_path):
    table = column(MEASUREMENTS, "day", [3])
    assert "column(s) day stand twice" in faults(tmp_path, PATIENTS, table)[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (as_text(PATIENTS).encode("utf-16"), "UTF-16"),
        (as_text(PATIENTS).encode("utf-16-le"), "row 1: .* UTF-16 without its mark"),
        (as_text(PATIENTS).replace("P2", "P\0").encode(), "row 4: .* NUL characters"),
        (b"PK\x03\x04xl/workbook.xml", "workbook"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (as_text(PATIENTS).replace("\ta\t", "\tä\t").encode("latin-1"), "row 2: cannot be read"),
        (b"", "the first line is empty"),
        (b"patient\tarm\tos_days\tos_event\n", "has a header and no row"),
    ],
)
def test_what_is_no_sheet_is_told_what_it_is(tmp_path, content, words):
    path = tmp_path / "patients.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        _read_whole(path)


def _read_whole(path):
    found = []
    read_sheet(path, SHEET, found)
    raise_any(found)


_CELL = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6)


@given(rows=st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=12))
def test_every_line_is_a_row_whatever_its_cells_hold(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("lines") / "sheet.tsv"
    # A key keeps each line from being blank.
    text = as_text([("key", "a", "b", "c"), *((f"k{at}", *row) for at, row in enumerate(rows))])
    path.write_text(text, encoding="utf-8", newline="")
    frame = read_cells(path, [])
    assert frame["key"].tolist() == [f"k{at}" for at in range(len(rows))]
    assert frame[ROW].tolist() == list(range(2, len(rows) + 2))


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "N/A", "#N/A", "NaN", "nan", ".", "<NA>", " . "])
def test_a_missing_cell_is_missing_in_every_column(tmp_path, cell):
    patients = changed(PATIENTS, 3, "age", cell)
    patients = column(column(patients, "treatment_day", [cell]), "site", [cell])
    table = column(MEASUREMENTS, "steroid_mg", [cell])
    table = column(column(table, "clinical_status", [cell]), "new_lesion", [cell])
    trial = read(tmp_path, patients, table, statistics={"covariates": ["age", "site"]})
    assert trial.patients["age"].isna().tolist() == [False, True, *[False] * 6]
    assert trial.patients[["treatment_day", "site"]].isna().all(axis=None)
    columns = ["steroid_mg", "clinical_status", "new_lesion"]
    assert trial.measurements[columns].isna().all(axis=None)
