"""What each change makes run: counted by Snakemake's dry run, in three situations."""

from pathlib import Path

import here
import pytest
from changes import replaced
from folder import SITUATIONS, Folder
from row import ALL_IMAGES, TRIAL, Row, jobs
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


TABLE = "results/patients/P001/measurements.tsv"
COMMANDS = {
    "-F": ALL_IMAGES,
    "-R statistics": jobs("statistics", "report", "patient_pages"),
    "-R measure": jobs(*TRIAL, measure=2),
    f"-R {TABLE}": jobs(*TRIAL, measure=1),
    "report -f": jobs("report"),
    TABLE: {},
    "collect": {},
}
AFTER_A_SCAN = {
    TABLE: jobs(preprocess=1, synthesise=1, segment=1, measure=1),
    "results/patients/P002/measurements.tsv": {},
    "response": jobs("collect", "response", preprocess=1, synthesise=1, segment=1, measure=1),
    "--until segment": jobs(preprocess=1, synthesise=1, segment=1),
    "--omit-from collect": jobs(preprocess=1, synthesise=1, segment=1, measure=1),
    f"{TABLE} -R endpoints": jobs(
        *("collect", "response", "endpoints"), preprocess=1, synthesise=1, segment=1, measure=1
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_forces_what_it_names(stand_ins: dict[str, Folder], command: str) -> None:
    assert here.planned(stand_ins["scanned"].path, *command.split()) == COMMANDS[command]


@pytest.mark.parametrize("command", AFTER_A_SCAN)
def test_a_target_needs_no_more_than_what_leads_to_it(
    stand_ins: dict[str, Folder], tmp_path: Path, command: str
) -> None:
    copy = SITUATIONS["copied elsewhere"](stand_ins["scanned"], tmp_path)
    replaced(copy)
    assert here.planned(copy.path, *command.split()) == AFTER_A_SCAN[command]
