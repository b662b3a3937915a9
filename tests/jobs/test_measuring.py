"""What Snakemake's measuring costs, and that it still measures."""

import os
import time

import psutil
import pytest
from snakemake.benchmark import BenchmarkRecord, BenchmarkTimer

from gadless.jobs import measure_lightly


@pytest.fixture
def lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "memory_full_info", psutil.Process.memory_full_info)
    measure_lightly()


@pytest.mark.usefixtures("lightly")
def test_time_and_memory_are_measured() -> None:
    held, until = bytearray(os.urandom(1 << 20) * 64), time.process_time() + 0.2
    while time.process_time() < until:
        pass
    record = BenchmarkRecord()
    BenchmarkTimer(os.getpid(), record).work()
    used = psutil.Process().cpu_times()
    assert record.max_rss > len(held) / 1024**2
    assert record.cpu_time == pytest.approx(used.user + used.system, abs=1.0)
    assert not record.errors


@pytest.mark.usefixtures("lightly")
def test_no_memory_is_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def walked(_: object) -> None:
        raise AssertionError("memory was walked through")

    for name in ("_parse_smaps", "_parse_smaps_rollup", "memory_full_info", "memory_footprint"):
        monkeypatch.setattr(psutil._psplatform.Process, name, walked, raising=False)
    record = BenchmarkRecord()
    BenchmarkTimer(os.getpid(), record).work()
    assert record.data_collected
    assert record.max_uss == 0


def test_another_workflow_is_measured_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    before = psutil.Process.memory_full_info
    monkeypatch.setattr(psutil.Process, "memory_full_info", before)
    measure_lightly(imported=True)
    assert psutil.Process.memory_full_info is before
