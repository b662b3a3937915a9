"""Two sheets of a trial measured elsewhere, written as text, and what reading them says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.trial.config import read_config
from gadless.trial.sheets import Trial, read_trial

Rows = Sequence[Sequence[object]]

PATIENTS = (
    ("patient", "arm", "os_days", "os_event", "age"),
    *((f"P{at}", "ab"[at % 2], 400 + at, at % 2, 50 + at) for at in range(8)),
)
MEASUREMENTS = (
    ("patient", "visit", "day", "contrast", "enhancing_cm3"),
    *(
        (f"P{at}", f"V{visit}", 42 * visit, contrast, 4.5 + visit)
        for at in range(8)
        for visit in range(2)
        for contrast in ("gbca", "cgan")
    ),
)


def as_text(rows: Rows, end: str = "\n") -> str:
    return "".join(
        "\t".join("" if cell is None else str(cell) for cell in row) + end for row in rows
    )


def column(rows: Rows, name: str, cells: Sequence[object]) -> list[list[object]]:
    """Rows with a column more; the last cell serves all rows that are left."""
    padded = [name, *cells, *[cells[-1]] * (len(rows) - 1 - len(cells))]
    return [[*row, cell] for row, cell in zip(rows, padded, strict=True)]


def changed(rows: Rows, line: int, name: str, value: object) -> list[list[object]]:
    """Rows with another cell in a line of the file, the header being line 1."""
    copy = [list(row) for row in rows]
    copy[line - 1][copy[0].index(name)] = value
    return copy


def read(
    folder: Path, patients: Rows | str = PATIENTS, table: Rows | str = MEASUREMENTS, **keys: Any
) -> Trial:
    for name, sheet in (("patients", patients), ("measurements", table)):
        text = sheet if isinstance(sheet, str) else as_text(sheet)
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8", newline="")
    named = {name: str(folder / f"{name}.tsv") for name in ("patients", "measurements")}
    return read_trial(read_config({"candidates": ["cgan"], **named, **keys}))


def faults(folder: Path, *sheets: Rows | str, **keys: Any) -> list[str]:
    """Every fault on a line of its own, the folder left out; empty where there is none."""
    try:
        read(folder, *sheets, **keys)
    except InputError as error:
        lines = str(error).replace(f"{folder}/", "").splitlines()
        return [line.strip() for line in lines[1:]] or lines
    return []
