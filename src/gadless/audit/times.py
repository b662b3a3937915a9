"""How long each stage took, by what Snakemake measured of each job."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BENCHMARKS = "benchmarks"


def stage_times(folder: Path) -> dict[str, dict[str, Any]]:
    """Sum what was measured of every job, by stage.

    Parameters
    ----------
    folder : Path
        With ``benchmarks/{stage}.tsv`` or ``benchmarks/{stage}/**.tsv``.

    Returns
    -------
    dict
        Stage to ``jobs``, ``seconds`` (sum of wall clock), ``cpu_seconds`` and ``max_rss_mb`` (of
        the largest job).
    """
    found: dict[str, dict[str, Any]] = {}
    base = str(folder / BENCHMARKS)
    for path in sorted(_tables(base)):
        stage = os.path.relpath(path, base).partition(os.sep)[0].removesuffix(".tsv")
        empty = {"jobs": 0, "seconds": 0.0, "cpu_seconds": 0.0, "max_rss_mb": 0.0}
        sums = found.setdefault(stage, empty)
        row = _last_row(path)
        sums["jobs"] += 1
        sums["seconds"] += _number(row.get("s"))
        sums["cpu_seconds"] += _number(row.get("cpu_time"))
        sums["max_rss_mb"] = max(sums["max_rss_mb"], _number(row.get("max_rss")))
    return {
        stage: {name: round(value, 1) for name, value in sums.items()}
        for stage, sums in sorted(found.items())
    }


def _tables(folder: str) -> Iterator[str]:
    for above, _, names in os.walk(folder):
        yield from (f"{above}/{name}" for name in names if name.endswith(".tsv"))


def _last_row(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8", newline="") as stream:  # noqa: PTH123 - of 21,000
            return list(csv.DictReader(stream, delimiter="\t"))[-1]
    except (OSError, ValueError, IndexError, csv.Error):
        return {}


def _number(text: str | None) -> float:
    """Return a measure; 0 where a job was too short to be measured (``NA``, ``-``)."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if value == value and abs(value) != float("inf") else 0.0
