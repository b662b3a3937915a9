"""Results are written whole or not at all, and read back as they were."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.files import sha256, write_json, written_whole
from gadless.tables import read_table, read_tables, write_table


def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")

    def fail() -> None:
        with written_whole(path) as scratch:
            scratch.write_text("half of the ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["table.tsv"]


def test_a_table_comes_back_with_identifiers_as_text_and_na_as_missing(tmp_path):
    frame = pd.DataFrame(
        {"patient": ["007", "1e5"], "value": [0.1, None], "reason": [float("nan"), "x"]}
    )
    write_table(frame, tmp_path / "t.tsv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.tsv"), frame, check_dtype=False)
    assert (tmp_path / "t.tsv").read_text().splitlines()[1] == "007\t0.1\tNA"
    assert pd.read_parquet(tmp_path / "t.parquet")["patient"].tolist() == ["007", "1e5"]


def test_numbers_and_text_in_one_column_are_kept(tmp_path):
    write_table(pd.DataFrame({"value": [1.5, "deepbet", None]}), tmp_path / "t.tsv")
    read = pd.read_parquet(tmp_path / "t.parquet")["value"]
    assert read.dropna().tolist() == ["1.5", "deepbet"]
    assert read.isna().tolist() == [False, False, True]


def test_equal_content_gives_equal_bytes(tmp_path):
    write_json({"b": 1, "a": [1.5]}, tmp_path / "one.json")
    write_json({"a": [1.5], "b": 1}, tmp_path / "two.json")
    assert sha256(tmp_path / "one.json") == sha256(tmp_path / "two.json")


def test_files_can_be_read_by_others(tmp_path):
    write_json({}, tmp_path / "x.json")
    assert (tmp_path / "x.json").stat().st_mode & 0o044


def test_days_and_counts_stay_whole_where_some_are_missing(tmp_path):
    write_table(pd.DataFrame({"day": [7.0, None], "volume": [1.0, None]}), tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text().splitlines()[1:] == ["7\t1.0", "NA\tNA"]


def test_what_is_declared_text_stays_text_and_codes_of_no_list_stay_as_written(tmp_path):
    codes = ["007", "10", "1e1"]
    frame = pd.DataFrame({"contrast": ["100", "25", "1"], "arm": codes, "code": codes})
    frame["age"], frame["grade"], frame["none"] = (
        [61, None, 3],
        [1.5, None, 90.70745417266153],
        None,
    )
    frame["huge"] = ["9" * 30, "1", "2"]
    frame = frame.astype({"age": "Int64"})
    write_table(frame, tmp_path / "t.tsv")
    read = read_table(tmp_path / "t.tsv")
    for name in ("contrast", "arm", "code", "huge"):
        assert read[name].tolist() == frame[name].tolist()
    assert read["age"].astype("string").tolist() == ["61", pd.NA, "3"]
    assert read["grade"].tolist()[::2] == [1.5, 90.70745417266153]
    assert read["none"].isna().all()


def test_a_users_column_may_have_the_name_of_a_count(tmp_path):
    frame = pd.DataFrame({"lesions": ["two", "one"], "new": [0.5, None], "event": [1.0, None]})
    write_table(frame, tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text().splitlines()[1:] == ["two\t0.5\t1", "one\tNA\tNA"]


@given(st.lists(st.text("0123456789.e-+naif", min_size=1, max_size=5), min_size=1))
def test_no_text_of_any_column_changes_by_being_read(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("tables") / "t.tsv"
    write_table(pd.DataFrame({"code": cells}), path)
    again = path.with_name("again.tsv")
    write_table(read_table(path), again)
    assert again.read_text() == path.read_text()


def one_by_one(paths):
    read = [read_table(path) for path in paths]
    return pd.concat([table for table in read if len(table)] or read[:1], ignore_index=True)


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([None, 0.5, 3.0, 1e-9]), st.text(max_size=4)), max_size=3
        ),
        min_size=1,
        max_size=4,
    )
)
def test_tables_read_together_are_those_read_one_by_one(tmp_path_factory, tables):
    """With line ends, tabs and quotes in cells, and empty tables."""
    folder = tmp_path_factory.mktemp("many")
    paths = [folder / f"{at}.tsv" for at in range(len(tables))]
    for path, rows in zip(paths, tables, strict=True):
        table = pd.DataFrame(rows, columns=["value", "reason"]).astype({"value": float})
        write_table(table.assign(patient=path.stem), path)
    written = []
    for name, found in (("together", read_tables(paths)), ("apart", one_by_one(paths))):
        write_table(found, folder / f"{name}.tsv")
        written.append((folder / f"{name}.tsv").read_bytes())
    assert written[0] == written[1]


def test_tables_of_other_columns_are_joined_by_name(tmp_path):
    write_table(pd.DataFrame({"visit": ["V1"], "value": [1.5]}), tmp_path / "a.tsv")
    write_table(pd.DataFrame({"value": [2.5], "visit": ["V2"]}), tmp_path / "b.tsv")
    write_table(pd.DataFrame({"value": [3.5], "site": ["x"]}), tmp_path / "c.tsv")
    found = read_tables([tmp_path / f"{name}.tsv" for name in "abc"])
    assert found["value"].tolist() == [1.5, 2.5, 3.5]
    assert found["visit"].fillna("").tolist() == ["V1", "V2", ""]


def test_a_table_without_a_last_line_end_loses_no_row(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.tsv").write_text(f"visit\tvalue\n{name}\t1.5")
    found = read_tables([tmp_path / "a.tsv", tmp_path / "b.tsv"])
    assert found["visit"].tolist() == ["a", "b"]
