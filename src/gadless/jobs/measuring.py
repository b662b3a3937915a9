"""Snakemake's measuring of jobs, without what costs more than some of them."""

from types import SimpleNamespace
from typing import Any


def measure_lightly(imported: bool = False) -> None:
    """Measure time and resident memory of jobs, and not how much of it is theirs alone.

    Snakemake looks at every process of a job twice a second. For the last (``max_uss`` and
    ``max_pss``, then 0) the kernel walks through all of a process's memory: 18 ms of a network's.

    Parameters
    ----------
    imported : bool
        Whether another workflow takes in this one: all of its jobs are then measured as they were.
    """
    if imported:
        return
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError:  # then nothing is measured
        return
    psutil.Process.memory_full_info = _sizes


def _sizes(process: Any) -> SimpleNamespace:
    plain = process.memory_info()
    return SimpleNamespace(rss=plain.rss, vms=plain.vms, uss=0, pss=0)
