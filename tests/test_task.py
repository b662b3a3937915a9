"""What a job leaves: results and a record of them, or neither, and one sentence."""

import errno
import hashlib
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from job_at_work import PARTS, asked, outputs, run, script, task

from gadless.errors import GadlessError
from gadless.files import guarded, write_text
from gadless.record import Part, Record, digest
from gadless.stopped import sentence


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def record(folder) -> Path:
    return folder / "records" / "segment" / "P1" / "V1.json"


@pytest.fixture
def upstream(folder, monkeypatch) -> Path:
    """A table that a job of another rule has made."""
    monkeypatch.setattr("gadless.task.LATE_S", 0.0)
    return made_by_collect(folder)


def made_by_collect(folder: Path) -> Path:
    table = folder / "trial" / "visits.tsv"
    changes = {"rule": "collect", "record": f"{folder}/records/collect.json"}
    collect = task(folder, **changes)
    collect._below = {table.parent}
    with guarded(collect):
        write_text("patient\tvisit\n", table)
        collect.finish(PARTS, {})
    return table


def reads(folder: Path) -> dict[str, dict[str, list[str]]]:
    return {"reads": {"collect": [f"{folder}/records/collect.json"]}}


def test_the_record_is_absent_while_a_job_runs_and_whole_after(folder, record):
    Record("segment", PARTS).write(record)
    status = outputs(folder)[0]
    body = f"""
    from gadless.record import Record
    assert Record.read_from({str(record)!r}) is None
    write_text("whole", {status!r})
    """
    done = run(script(folder, body.strip()))
    assert done.returncode == 0, done.stderr
    made = Record.read_from(record)
    assert made.parts == {"": Part({"code": "1"}, {})}
    assert list(made.made) == ["visits/P1/V1/segmented/status.json"]
    assert made.unfinished == ""


def test_a_job_that_fails_leaves_no_record_and_no_claim(folder, record):
    Record("segment", PARTS).write(record)
    done = run(script(folder, "raise ValueError('unforeseen')"))
    assert done.returncode == 1
    assert "unforeseen" in done.stderr
    assert list(record.parent.iterdir()) == []


def test_a_file_from_outside_is_known_by_its_content(folder, tmp_path):
    scan = tmp_path / "t1.nii.gz"
    scan.write_bytes(b"scan")
    parts = {"": {"told": {}, "files": {"t1": str(scan), "t2": "nowhere"}}}
    known = task(folder, parts=parts).parts()[""].files
    assert known["t1"]["sha256"] == hashlib.sha256(b"scan").hexdigest()
    assert known["t2"] == {"stat": "none", "sha256": "none"}


def test_what_a_killed_start_left_half_written_is_removed(folder):
    status = Path(outputs(folder)[0])
    killed, another = task(folder), task(folder, record=f"{folder}/records/other.json")
    left = []
    for one, below in ((killed, "cgan.nii.gz"), (killed, "figures/a.svg"), (another, "b.svg")):
        path = status.parent / below
        path.parent.mkdir(parents=True, exist_ok=True)
        with guarded(one):
            write_text("half", path)
        left.append(path.with_name(f".writing-{one.mark}-x"))
        path.rename(left[-1])
    again = task(folder)
    again.sweep()
    assert [path.exists() for path in left] == [False, False, True]


def test_scratch_files_carry_the_mark_of_their_job(folder, monkeypatch):
    one, seen = task(folder), []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda a, b: (seen.append(a.name), replace(a, b)))
    with guarded(one):
        write_text("whole", outputs(folder)[0])
    assert seen[0].startswith(f".writing-{one.mark}-")


def test_what_was_read_is_known_by_its_digest(folder, upstream):
    made = Record.read_from(folder / "records" / "collect.json")
    assert task(folder, **reads(folder)).read() == {"collect": digest([made.digest])}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda table: table.write_text("patient\tfisit\n"), "visits.tsv: was changed since"),
        (lambda table: table.write_text("other"), "visits.tsv: was changed since collect made it"),
        (lambda table: table.unlink(), "visits.tsv: is gone since collect made it"),
        (
            lambda table: (table.parents[1] / "records" / "collect.json").unlink(),
            "collect.json: is missing or damaged; run again",
        ),
        (
            lambda table: (table.parents[1] / "records" / "collect.json").write_text("{"),
            "collect.json: is missing or damaged; run again",
        ),
    ],
)
def test_a_result_that_is_not_what_was_made_is_named(folder, upstream, spoil, said):
    spoil(upstream)
    with pytest.raises(GadlessError, match=said):
        task(folder, **reads(folder)).read()


def test_an_image_that_was_dropped_is_not_waited_for(folder, upstream):
    path = folder / "records" / "collect.json"
    made = {"visits/P1/V1/segmented/t1.nii.gz": {"size": 3, "sha256": "x", "dropped": True}}
    Record("collect", PARTS, {}, made).write(path)
    task(folder, **reads(folder)).read()


def test_results_of_another_machine_may_come_late(folder, monkeypatch):
    table = made_by_collect(folder)
    monkeypatch.setattr("gadless.task._LOOK_S", 0.01)
    late = {path: path.read_bytes() for path in (table, folder / "records" / "collect.json")}
    for path in late:
        path.unlink()

    def come() -> None:
        for path, content in late.items():
            time.sleep(0.2)
            write_text(content.decode(), path)

    thread = threading.Thread(target=come)
    thread.start()
    assert list(task(folder, **reads(folder)).read()) == ["collect"]
    thread.join()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full; make room and run again, nothing half-written is left"),
        (errno.EDQUOT, "the quota is used up; make room and run again"),
        (errno.EROFS, "its file system can only be read"),
        (errno.EIO, "the disk or the network file system fails"),
        (errno.ESTALE, "the network file system has lost it"),
        (errno.EACCES, "may not be written to; change its rights and run again"),
        (errno.EPERM, "may not be written to; change its rights and run again"),
    ],
)
def test_an_error_of_the_system_is_one_sentence(number, said):
    error = OSError(number, os.strerror(number), "results/trial/km.tsv")
    assert sentence(error, "results").startswith(f"results/trial/km.tsv: {said}")


def test_what_may_not_be_read_is_said_to_be_so():
    error = PermissionError(errno.EACCES, "Permission denied", "scans/t1.nii.gz")
    assert sentence(error, "results") == (
        "scans/t1.nii.gz: may not be read; change its rights and run again"
    )


def test_other_errors_of_the_system_are_not_explained():
    assert sentence(FileNotFoundError(errno.ENOENT, "No such file", "x"), "results") is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_job_that_cannot_write_ends_with_a_sentence(folder, record, number):
    status = outputs(folder)[0]
    body = f"""
    from pathlib import Path
    def replace(*_): raise OSError({number}, "no", {status!r})
    Path.replace = replace
    write_text("half", {status!r})
    """
    done = run(script(folder, body.strip()))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "run again" in done.stderr
    assert list(Path(status).parent.iterdir()) == []
    assert list(record.parent.iterdir()) == []


def test_a_claim_that_cannot_be_written_is_a_sentence(folder):
    path = script(folder, "pass")
    (folder / "records").write_text("no folder")
    done = run(path)
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_a_log_on_a_full_disk_stops_nothing(folder, tmp_path):
    path = script(folder, f"task.log.warning('no room'); write_text('x', {outputs(folder)[0]!r})")
    text = path.read_text().replace(str(tmp_path / "job.log"), "/dev/full")
    path.write_text(text)
    done = run(path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_everything_told_is_there(folder):
    assert task(folder, told={"seed": 1}).told == {"seed": 1}
    assert asked(folder)["rule"] == "segment"
