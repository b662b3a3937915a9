"""Whether what a job made is what the last run left: asked before it is handed on by itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gadless.audit.recorded import PROVENANCE
from gadless.files import checksum, read_json
from gadless.record import FOLDER, Record


def last_run(folder: Path) -> Mapping[str, Any] | None:
    """Return what the last run told of a results folder; None where it told nothing."""
    path = folder / PROVENANCE
    return read_json(path) if path.exists() else None


def not_standing(
    folder: Path, told: Mapping[str, Any], labels: Sequence[str], files: Sequence[str]
) -> str | None:
    """Return why results cannot be handed on; None where they stand.

    Parameters
    ----------
    folder : Path
        The results folder.
    told : mapping
        See `last_run`.
    labels : sequence of str
        Of the jobs that made what is handed on, each after those that it read.
    files : sequence of str
        Of the last job's, below the folder.
    """
    for label in labels:
        path = folder / FOLDER / f"{label}.json"
        if not path.exists() or told["records"].get(label) != checksum(path):
            return f"{label} is not as the last run left it; run the workflow again"
        record = Record.read_from(path)
    made = {} if record is None else record.made
    for name in files:
        known, path = made.get(name), folder / name
        if known is None or not path.exists() or checksum(path) != known["sha256"]:
            return f"{path} is not as the last run left it; run the workflow again"
    return None
