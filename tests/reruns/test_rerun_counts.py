"""What each change makes run: counted by Snakemake's dry run, in three situations."""

from pathlib import Path

import here
import pytest
from folder import SITUATIONS, Folder
from row import Row
from table import ROWS

CASES = [
    pytest.param(
        *(row, situation),
        id=f"{row.change[:40]}, {situation}",
        # Every row once in `make test`, in each situation a third of them.
        marks=[] if (at + of) % len(SITUATIONS) == 0 else [pytest.mark.slow],
    )
    for at, row in enumerate(ROWS)
    for of, situation in enumerate(SITUATIONS)
]


@pytest.mark.parametrize(("row", "situation"), CASES)
def test_a_change_runs_what_it_needs_wherever_results_lie(
    stand_ins: dict[str, Folder], tmp_path: Path, row: Row, situation: str
) -> None:
    copy = SITUATIONS[situation](stand_ins[row.trial], tmp_path / "copy")
    row.make(copy)
    assert here.planned(copy.path) == row.jobs
