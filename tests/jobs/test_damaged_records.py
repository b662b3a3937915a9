"""Records that are damaged, or are gone: their jobs run again."""

import json
import logging

import pytest
from recorded import TRIAL, record_of, why
from small_trial import Sheets

from gadless.jobs.freshness import AFTER, NEW
from gadless.record import Record
from gadless.task import Task

DAMAGED = {
    "empty": b"",
    "truncated": b'{\n "format": 1,\n "made"',
    "no text": b"\xff\xfe\x00",
    "another format": b'{"format": 0, "rule": "x", "parts": {}, "read": {}, "made": {}}',
    "no mapping": b"[1]",
    "deep": b"[" * 100_000,
    "nothing in it": b"{}",
}
SPOILT = {
    "parts": [[], {"": {}}, {"": {"told": [], "files": {}}}, {"": {"told": {}, "files": []}}],
    "read": [[], None],
    "unfinished": [1, None],
    "made": [None, ["a"], {"a": 1}, {"a": {"size": 1}}],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_record_is_none(done: Sheets, damage: str) -> None:
    record_of("measure/P1").write_bytes(DAMAGED[damage])
    assert why(done) == {"measure P1": NEW, **dict.fromkeys(TRIAL, AFTER)}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, values in SPOILT.items() for v in values])
def test_a_record_of_another_shape_is_none(done: Sheets, key: str, value: object) -> None:
    path = record_of("preprocess/P1/V2")
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert why(done)["preprocess P1 V2"] == NEW


def test_a_record_that_is_gone(done: Sheets) -> None:
    record_of("segment/P2/V1").unlink()
    assert why(done) == {"segment P2 V1": NEW, **dict.fromkeys({"measure P2", *TRIAL}, AFTER)}


def test_a_job_that_was_killed_is_read_by_those_after_it_and_tried_again(done: Sheets) -> None:
    """Its record knows nothing of what was asked, and is one all the same."""
    path = record_of("segment/P2/V1")
    asked = next(ask for ask in done.jobs().asks.trial() if ask.job.words == "segment P2 V1")
    task = Task(asked.param(), asked.outputs, logging.getLogger("test"))
    task.finish({}, {}, "was killed")
    assert Record.read_from(path) is not None
    assert why(done)["segment P2 V1"] == "was killed"
