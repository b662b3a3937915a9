"""Tables of a BIDS tree: participants.tsv, sessions.tsv, scans.tsv."""

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

from gadless.errors import InputError
from gadless.intake.found import Cell, Said
from gadless.intake.sheet import read_rows
from gadless.trial.columns import PATIENTS

Row = Mapping[str, str | None]

# What describes a patient and no person. All else stays where it is.
TAKEN = frozenset({column.name for column in PATIENTS} - {"patient"}) | {"age", "sex"}
_ALSO = {"gender": "sex"}
_TIMES = ("acq_time", "acquisition_time", "session_date", "date")
_PREFIX = {"participant_id": "sub-", "session_id": "ses-", "filename": ""}
_DATED = re.compile(r"ses-((?:19|20)\d\d[01]\d[0-3]\d)(?:\d{4,6})?")
_DAYS = ("day", "days", "study_day")


def rows_by(path: Path, key: str, said: list[Said], patient: str = "") -> dict[str, Row]:
    """Read a table by one of its columns; one that cannot be read is said, and is empty."""
    if not path.is_file():
        return {}
    try:
        sheet = read_rows(path, (key,))
    except InputError:
        # What it says may hold cells, which may hold names.
        what = (
            f"{path.name} cannot be read as a tab-separated table with the column {key}; mend it"
            " and run again: what it says is missing"
        )
        said.append(Said("fault", what, patient))
        return {}
    found: dict[str, Row] = {}
    for row in sheet.rows:
        name = row.get(key)
        if name is None:
            continue
        # `participant_id` has `sub-01`, and is often written `01`.
        prefix = _PREFIX[key]
        name = name if name.startswith(prefix) else f"{prefix}{name}"
        if name in found:
            what = f"{path.name}: a row stands twice; the first counts"
            said.append(Said("warning", what, patient))
        found.setdefault(name, row)
    return found


def cells_of(row: Row) -> dict[str, Cell]:
    """Return what a row of participants.tsv says that the patients sheet may hold."""
    found: dict[str, Cell] = {}
    for name, value in row.items():
        column = name.strip().casefold()
        column = _ALSO.get(column, column)
        if column in TAKEN and value is not None:
            found.setdefault(column, value)
    return found


def left_out(rows: Mapping[str, Row]) -> list[str]:
    """Columns of participants.tsv that are not taken."""
    names = {name for row in rows.values() for name in row}
    known = {*TAKEN, *_ALSO, "participant_id"}
    return sorted(name for name in names if name.strip().casefold() not in known)


def day_of(row: Row) -> int | None:
    """Return the study day that a row states."""
    for name in _DAYS:
        value = row.get(name)
        if value is not None and value.lstrip("+-").isdigit():
            return int(value)
    return None


def date_of(row: Row) -> datetime.date | None:
    """Return the date that a row states; None where there is none, or none that can be read."""
    for name in _TIMES:
        value = row.get(name)
        if value is None:
            continue
        try:
            return datetime.date.fromisoformat(value.strip()[:10])
        except ValueError:
            continue
    return None


def date_in(session: str) -> datetime.date | None:
    """Return the date that a session is named by (``ses-20200304``)."""
    found = _DATED.fullmatch(session)
    try:
        return datetime.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def is_dated(row: Row) -> bool:
    """Whether a row states a time, whether it can be read or not."""
    return any(row.get(name) is not None for name in _TIMES)
