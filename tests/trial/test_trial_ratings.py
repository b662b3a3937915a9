"""Ratings of exams: one sheet or a folder of them, each fault with its row."""

from pathlib import Path

import pytest
from small_sheets import as_text, faults, read

RATINGS = (
    ("patient", "visit", "contrast", "rating", "comment", "reader"),
    ("P1", "V1", "cgan", "wrong", "a vessel, not a rim", "AB"),
    ("P0", "V0", "gbca", "fine", "NA", "AB"),
    ("P0", "V0", "gbca", "Doubtful", "", "CD"),
)


def write(path: Path, rows=RATINGS) -> str:
    path.write_text(as_text(rows), encoding="utf-8")
    return str(path)


def test_a_sheet_is_read_in_the_order_of_exams(tmp_path):
    trial = read(tmp_path, ratings=write(tmp_path / "ratings.tsv"))
    found = trial.ratings
    assert list(found["patient"]) == ["P0", "P0", "P1"]
    assert list(found["rating"]) == ["fine", "doubtful", "wrong"]
    assert found["comment"].isna().tolist() == [True, True, False]
    assert read(tmp_path).ratings is None


def test_a_folder_of_sheets_is_one(tmp_path):
    folder = tmp_path / "rated"
    folder.mkdir()
    write(folder / "ratings_P1.tsv", RATINGS[:2])
    write(folder / "ratings_P0.tsv", (RATINGS[0], *RATINGS[2:]))
    (folder / "notes.txt").write_text("none of it")
    trial = read(tmp_path, ratings=str(folder))
    assert list(trial.ratings["patient"]) == ["P0", "P0", "P1"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("P9", "V1", "cgan", "wrong"), "row 3, column visit: 'P9 V1': is no visit of this trial"),
        (("P1", "V7", "cgan", "wrong"), "row 3, column visit: 'P1 V7': is no visit of this trial"),
        (("P1", "V1", "ct", "wrong"), "row 3, column contrast: 'ct': is no contrast"),
        (("P1", "V1", "gbca", "bad"), "row 3, column rating: 'bad'"),
        (("P1", "V1", "gbca", ""), "row 3, column rating"),
        (("P1", "V1", "cgan", "fine"), "row 3, column contrast: 'P1 V1 cgan': this reader rated"),
    ],
)
def test_a_fault_names_its_row(tmp_path, row, told):
    rows = (RATINGS[0][:4], ("P1", "V1", "cgan", "wrong"), row)
    (fault,) = faults(tmp_path, ratings=write(tmp_path / "ratings.tsv", rows))
    assert fault.startswith(f"ratings.tsv, {told}")


def test_the_same_exam_twice_in_two_sheets_is_a_fault_of_the_second(tmp_path):
    folder = tmp_path / "rated"
    folder.mkdir()
    write(folder / "a.tsv", RATINGS[:2])
    write(folder / "b.tsv", RATINGS[:2])
    (fault,) = faults(tmp_path, ratings=str(folder))
    assert fault.startswith("rated/b.tsv, row 2, column contrast")
    assert "(a.tsv, row 2)" in fault


def test_a_lacking_column_is_named(tmp_path):
    rows = [row[:3] for row in RATINGS]
    assert "rating" in str(faults(tmp_path, ratings=write(tmp_path / "ratings.tsv", rows)))
