"""A record is read as it was written, or not at all."""

import pytest

from gadless.files import read_json, write_json
from gadless.record import JobName, Part, Record, digest, hash_of

RECORD = Record(
    "segment",
    {"": Part({"code": "1"}, {"t1": {"stat": "3-4", "sha256": "ab"}})},
    {"preprocess": "cd"},
    {"visits/P1/V1/segmented/status.json": {"size": 2, "sha256": "ef"}},
)


@pytest.mark.parametrize("record", [RECORD, Record("segment", {}, unfinished="was killed")])
def test_a_record_is_read_as_it_was_written(tmp_path, record):
    record.write(tmp_path / "record.json")
    assert Record.read_from(tmp_path / "record.json") == record


def test_the_same_work_leaves_the_same_bytes(tmp_path):
    for name in "ab":
        RECORD.write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "unfinished" not in read_json(tmp_path / "a")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"claim": "x", "process": 1}'])
def test_what_is_no_record_is_none(tmp_path, content):
    (tmp_path / "record.json").write_text(content)
    assert Record.read_from(tmp_path / "record.json") is None


@pytest.mark.parametrize("change", [{"format": 0}, {"parts": {"": {}}}, {"parts": None}])
def test_a_record_of_another_shape_is_none(tmp_path, change):
    RECORD.write(tmp_path / "record.json")
    write_json({**read_json(tmp_path / "record.json"), **change}, tmp_path / "record.json")
    assert Record.read_from(tmp_path / "record.json") is None


def test_a_record_that_was_cut_is_none(tmp_path):
    RECORD.write(tmp_path / "record.json")
    whole = (tmp_path / "record.json").read_bytes()
    (tmp_path / "record.json").write_bytes(whole[: len(whole) // 2])
    assert Record.read_from(tmp_path / "record.json") is None


def test_order_does_not_count():
    assert digest(["a", "b"]) == digest(["b", "a"]) != digest(["a"])
    assert hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1}) != hash_of({"a": 1})


def test_a_job_has_a_name():
    job = JobName("results", "segment", ("P1", "V1"))
    assert (job.record, job.words) == ("results/records/segment/P1/V1.json", "segment P1 V1")
