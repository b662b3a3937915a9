"""Whoever was started last may write, and nobody else."""

import os
import threading
from pathlib import Path

import pytest
from job_at_work import PARTS, outputs, task

from gadless.claim import Claim, Superseded, holder
from gadless.files import guarded, write_text
from gadless.record import Record


@pytest.fixture
def record(tmp_path) -> Path:
    return tmp_path / "records" / "segment" / "P1" / "V1.json"


def test_an_orphan_writes_nothing_once_another_has_taken_over(tmp_path):
    result = Path(outputs(tmp_path)[0])
    orphan = task(tmp_path)
    write_text("before", result)
    again = task(tmp_path)
    with guarded(orphan), pytest.raises(Superseded, match="another start"):
        write_text("orphan", result)
    assert result.read_text() == "before"
    with guarded(again):
        write_text("again", result)
    with guarded(orphan), pytest.raises(Superseded):
        orphan.finish(PARTS, {})
    assert result.read_text() == "again"
    assert [path.name for path in result.parent.iterdir()] == ["status.json"]
    assert holder(tmp_path / "records/segment/P1/V1.json") == os.getpid()


def test_what_an_orphan_wrote_before_is_overwritten(tmp_path, record):
    result = Path(outputs(tmp_path)[0])
    orphan = task(tmp_path)
    with guarded(orphan):
        write_text("orphan", result)
        orphan.finish(PARTS, {})
    again = task(tmp_path)
    assert Record.read_from(record) is None
    with guarded(again):
        write_text("again", result)
        again.finish(PARTS, {})
    assert result.read_text() == "again"
    assert Record.read_from(record).made["visits/P1/V1/segmented/status.json"]["size"] == 5


def test_nobody_takes_over_between_the_look_and_the_rename(record):
    first = Claim.take(record, "mark")
    taken = threading.Event()

    def take() -> None:
        Claim.take(record, "mark")
        taken.set()

    other = threading.Thread(target=take)
    with first.held():
        other.start()
        assert not taken.wait(0.3)
    assert taken.wait(10)
    other.join()
    with pytest.raises(Superseded), first.held():
        pass


def test_a_claim_is_no_record_and_leaves_nothing_behind(record):
    claim = Claim.take(record, "mark")
    assert Record.read_from(record) is None
    assert holder(record) == os.getpid()
    claim.release()
    assert list(record.parent.iterdir()) == []
    assert holder(record) is None


def test_only_who_has_a_job_gives_it_back(record):
    first = Claim.take(record, "mark")
    second = Claim.take(record, "mark")
    first.release()
    with second.held():
        pass


def test_a_claim_that_cannot_be_written_leaves_the_record(record, monkeypatch):
    Record("segment", PARTS).write(record)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        Claim.take(record, "mark")
    assert Record.read_from(record) is not None
    assert [path.name for path in record.parent.iterdir()] == ["V1.json"]
