"""A job dies with its Snakemake, and what is killed for memory is said."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from job_at_work import children, kill, number, runs, script, start, until

from gadless.files import read_json
from gadless.record import Record

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a death")

SLEEPS = "time.sleep(600)"
# A call that keeps the interpreter, as a registration does: no thread of Python can end it.
KEEPS_THE_INTERPRETER = "ctypes.PyDLL(None).sleep(600)"
EXAM = {"exam": ("P1", "V1")}


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def begin(folder):
    """Start a job; every process of it is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(body: str, **changes) -> tuple[subprocess.Popen[str], int]:
        snakemake = start(script(folder, body, **changes))
        started.append(snakemake)
        return snakemake, number(folder.parent / "pid")

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("body", [SLEEPS, KEEPS_THE_INTERPRETER])
def test_a_job_dies_with_its_snakemake(begin, body):
    snakemake, job = begin(body)
    (shell,) = children(snakemake.pid)
    (keeper,) = children(shell)
    assert runs(job)
    snakemake.kill()
    snakemake.wait()
    until(lambda: not runs(job) and not runs(keeper))


def test_a_job_dies_with_the_shell_that_started_it(begin):
    snakemake, job = begin(SLEEPS)
    (shell,) = children(snakemake.pid)
    kill(shell)
    until(lambda: not runs(job))


def test_a_job_dies_with_its_keeper(begin):
    snakemake, job = begin(SLEEPS)
    (keeper,) = children(children(snakemake.pid)[0])
    kill(keeper)
    until(lambda: not runs(job))


def test_a_job_that_is_ended_by_a_cluster_ends(begin):
    """Which tells every process, or the outermost alone."""
    snakemake, job = begin(SLEEPS)
    (keeper,) = children(children(snakemake.pid)[0])
    subprocess.run(["kill", str(keeper)], check=True)
    assert snakemake.wait() == 128 + signal.SIGTERM
    assert not runs(job)


@pytest.mark.parametrize(("body", "status"), [("pass", 0), ("sys.exit(3)", 3)])
def test_the_exit_status_is_the_jobs(begin, body, status):
    assert begin(body)[0].wait() == status


def test_an_exam_whose_job_was_killed_is_a_fault_that_is_tried_again(begin, folder):
    stage = folder / "visits" / "P1" / "V1" / "segmented"
    body = f"write_text('old', {str(stage / 'gbca.nii.gz')!r}); {SLEEPS}"
    snakemake, job = begin(body, **EXAM)
    until((stage / "gbca.nii.gz").exists)
    kill(job)
    assert snakemake.wait() == 0
    said = "segment P1 V1 was killed, most likely for lack of memory"
    assert said in snakemake.communicate()[1]
    manifest = read_json(stage / "status.json")
    reason = "segment was killed, most likely for lack of memory"
    assert manifest["faults"] == {"visit": reason}
    assert [path.name for path in stage.iterdir()] == ["status.json"]
    record = Record.read_from(folder / "records" / "segment" / "P1" / "V1.json")
    assert record.unfinished == "was killed, most likely for lack of memory"
    assert list(record.made) == ["visits/P1/V1/segmented/status.json"]


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError('Unable to allocate 3 GiB')",
        "RuntimeError('[enforce fail at alloc_cpu.cpp:124] can\\'t allocate memory: you tried')",
        "type('OutOfMemoryError', (RuntimeError,), {})('CUDA out of memory')",
    ],
)
def test_an_exam_whose_job_ran_out_of_memory_is_a_fault(begin, folder, error):
    snakemake, _ = begin(f"raise {error}", **EXAM)
    assert snakemake.wait() == 0
    assert "Traceback" not in snakemake.communicate()[1]
    manifest = read_json(folder / "visits" / "P1" / "V1" / "segmented" / "status.json")
    assert manifest["faults"] == {"visit": "segment ran out of memory"}


def test_memory_is_limited(begin, folder):
    """By the system, and not by an error that a test raises."""
    limit = "__import__('resource').setrlimit(__import__('resource').RLIMIT_AS, (2**31, 2**31))"
    snakemake, _ = begin(f"{limit}; __import__('numpy').ones((2**20, 2**14))", **EXAM)
    assert snakemake.wait() == 0
    assert "ran out of memory" in snakemake.communicate()[1]


def test_a_job_of_no_exam_that_was_killed_fails_with_its_name(begin, folder):
    snakemake, job = begin(SLEEPS)
    kill(job)
    assert snakemake.wait() == 1
    said = snakemake.communicate()[1]
    assert "segment P1 V1 was killed, most likely for lack of memory; run again" in said
    assert not (folder / "records" / "segment" / "P1" / "V1.json").exists()


def test_other_errors_keep_their_traceback(begin):
    snakemake, _ = begin("raise RuntimeError('of another kind')", **EXAM)
    assert snakemake.wait() == 1
    assert "Traceback" in snakemake.communicate()[1]


_POOL = """
import os, sys, time
from pathlib import Path
from functools import partial
import gadless.statistics.comparisons.survival as survival

class Study:
    def units(self): return ["a", "b"]

def asleep(folder, study, wanted, each):
    list(each(partial(sleep, folder), wanted))

def sleep(folder, name):
    Path(folder, name).write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    survival._all_figures = partial(asleep, sys.argv[1])
    survival.all_figures(Study(), 2)
"""


def test_workers_of_the_statistics_die_with_it(tmp_path):
    (tmp_path / "pool.py").write_text(_POOL)
    pool = subprocess.Popen([sys.executable, str(tmp_path / "pool.py"), str(tmp_path)])
    workers = [number(tmp_path / name) for name in "ab"]
    assert all(map(runs, workers))
    pool.kill()
    pool.wait()
    until(lambda: not any(map(runs, workers)))


def test_a_worker_whose_maker_died_while_it_started_does_not_stay(tmp_path):
    """Its parent is then somebody else, who may live for ever."""
    with subprocess.Popen(["true"]) as gone:
        pass
    for maker, status in ((gone.pid, -signal.SIGKILL), ("os.getppid()", 0)):
        command = f"import os; from gadless.orphan import die_with_maker; die_with_maker({maker})"
        assert subprocess.run([sys.executable, "-c", command], check=False).returncode == status
