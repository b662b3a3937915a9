"""From what was found to a trial: sheets, configuration, protocol.

Run again, rows are added and none changes: what a person wrote stands.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from gadless.errors import InputError
from gadless.files import write_text
from gadless.intake.found import (
    KINDS,
    PATIENTS,
    PROTOCOL,
    TRIAL,
    VISITS,
    Cell,
    Found,
    FoundVisit,
    Said,
    Written,
)
from gadless.intake.sheet import Rows, add_rows, as_text, fill_cells, from_sheet, read_rows
from gadless.trial.reading import IDENTIFIER
from gadless.trial.sequences import built_in

_PATIENT = ("patient", "arm", "os_days", "os_event")
_ONE_ARM = "all"

Row = dict[str, str | None]
_SAID = ("kind", "patient", "visit", "series", "sequence", "what")


def write_trial(found: Found, folder: Path) -> Written:
    """Write ``patients.tsv``, ``visits.tsv``, ``trial.yaml`` and ``protocol.tsv``.

    Sheets and configuration that exist stay as they are: rows of patients and visits that they do
    not name are added at the end. The protocol is that of this run.

    Parameters
    ----------
    found : Found
    folder : Path
        Of the trial; made where it does not exist.

    Raises
    ------
    InputError
        If a sheet that exists cannot be read or lacks a column that every sheet has, or an
        identifier cannot name a folder.
    """
    _check_identifiers(found)
    folder.mkdir(parents=True, exist_ok=True)
    # Both are read before either is written.
    patients = read_rows(folder / PATIENTS, ("patient",))
    visits = read_rows(folder / VISITS, ("patient", "visit"))
    said = [*found.said]
    added = _add_patients(found, patients, said)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in visits.rows:
        rows[row.get("patient") or ""].append(row)
    pairs = _matched(found.visits, rows, visits)
    old = [(visit, row) for visit, row in pairs if row is not None]
    shifts = _shifts(old)
    new = [_shifted(visit, shifts, said) for visit, row in pairs if row is None]
    _add_visits(new, found, visits, said)
    _keep_visits(old, shifts, visits, said)
    _write_configuration(found.settings, folder, said)
    ordered = tuple(sorted(said, key=_order))
    lines = ["\t".join(_SAID)]
    lines += ["\t".join(as_text(getattr(one, name)) for name in _SAID) for one in ordered]
    write_text("\n".join(lines) + "\n", folder / PROTOCOL)
    return Written(folder, added, len(new), len(old), ordered)


def _order(said: Said) -> tuple[int, str, str, str, str]:
    return (KINDS.index(said.kind), said.patient, said.visit, said.sequence, said.series)


def _check_identifiers(found: Found) -> None:
    named = [patient.patient for patient in found.patients]
    named += [name for visit in found.visits for name in (visit.patient, visit.visit)]
    wrong = sorted({name for name in named if not IDENTIFIER.fullmatch(name)})
    if wrong:
        raise InputError(
            f"{', '.join(map(repr, wrong))}: cannot be an identifier; use letters, digits, `_`,"
            " `-` and `.`, a letter or digit first"
        )


def _add_patients(found: Found, sheet: Rows, said: list[Said]) -> int:
    known = sheet.keyed(("patient",))
    arms = {row.get("arm") for row in sheet.rows} | {one.cells.get("arm") for one in found.patients}
    # Where others have arms, this name would be one more of them.
    arm = "" if arms - {_ONE_ARM, None, ""} else _ONE_ARM
    rows: list[Mapping[str, Cell]] = [
        {"patient": one.patient, "arm": arm, **one.cells}
        for one in found.patients
        if (one.patient,) not in known
    ]
    columns = _together(_PATIENT, (one.cells for one in found.patients))
    # The arm that we fill in where nobody has said one is no news to a sheet without the column.
    _say_dropped(add_rows(sheet, columns, rows), sheet, said)
    armless = [str(row["patient"]) for row in rows if not row["arm"]]
    said += [Said("warning", f"fill in its arm in {PATIENTS}", patient) for patient in armless]
    return len(rows)


def _add_visits(new: list[FoundVisit], found: Found, sheet: Rows, said: list[Said]) -> None:
    scans = (*built_in(), *(found.settings.get("sequences") or {}))
    columns = ["patient", "visit", "day", *scans]
    columns = _together(columns, (one.files for one in found.visits))
    columns = _together(columns, (one.cells for one in found.visits))
    rows = [_visit_row(visit, sheet.path) for visit in new]
    _say_dropped(add_rows(sheet, columns, rows), sheet, said)


def _visit_row(visit: FoundVisit, sheet: Path) -> dict[str, Cell]:
    files = {name: from_sheet(file, sheet) for name, file in visit.files.items()}
    return {
        "patient": visit.patient,
        "visit": visit.visit,
        "day": visit.day,
        **visit.cells,
        **files,
    }


def _together(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))


def _say_dropped(columns: Iterable[str], sheet: Rows, said: list[Said]) -> None:
    for name in columns:
        what = (
            f"{sheet.path.name} has no column `{name}`, so that values found for it are not in it;"
            " add the column by hand where they are wanted"
        )
        said.append(Said("warning", what, sequence=name))


def _matched(
    visits: Iterable[FoundVisit], rows: Mapping[str, Sequence[Row]], sheet: Rows
) -> list[tuple[FoundVisit, Row | None]]:
    """Return visits with the rows that they have already: by name, a file, or else their day.

    A person may have renamed a visit, or counted its patient's days from another one: then the day
    of one visit is that of another's row, which is not to be taken for it.
    """
    pairs = [(visit, _row_of(visit, rows[visit.patient], sheet)) for visit in visits]
    known = [(visit, row) for visit, row in pairs if row is not None]
    shifts, taken = _shifts(known), {id(row) for _, row in known}
    for at, (visit, row) in enumerate(pairs):
        shift = shifts.get(visit.patient, {0})
        if row is None and visit.day is not None and len(shift) == 1:
            day = str(visit.day + next(iter(shift)))
            free = (row for row in rows[visit.patient] if id(row) not in taken)
            found = next((row for row in free if row.get("day") == day), None)
            pairs[at] = (visit, found)
            taken.add(id(found))
    return pairs


def _row_of(visit: FoundVisit, rows: Sequence[Row], sheet: Rows) -> Row | None:
    """Return a patient's row that a visit has already: by its name, or one of its files."""
    files = {from_sheet(file, sheet.path) for file in visit.files.values()}
    tests: tuple[Callable[[Row], bool], ...] = (
        lambda row: row.get("visit") == visit.visit,
        lambda row: bool(files & set(row.values())),
    )
    return next((row for test in tests for row in rows if test(row)), None)


def _shifts(old: Iterable[tuple[FoundVisit, Row]]) -> dict[str, set[int]]:
    """Return by how much days in the sheet differ from those found, by patient."""
    shifts: dict[str, set[int]] = {}
    for visit, row in old:
        day = row.get("day") or ""
        if visit.day is not None and day.lstrip("+-").isdigit():
            shifts.setdefault(visit.patient, set()).add(int(day) - visit.day)
    return shifts


def _shifted(visit: FoundVisit, shifts: Mapping[str, set[int]], said: list[Said]) -> FoundVisit:
    """Count a new visit's day as the sheet counts those of its patient that stand there."""
    shift = shifts.get(visit.patient, {0})
    if visit.day is None or shift == {0}:
        return visit
    at = (visit.patient, visit.visit)
    if len(shift) == 1:
        (days,) = shift
        what = f"its day is {days:+d} to that of the delivery, as the patient's other visits are"
        said.append(Said("note", what, *at))
        return replace(visit, day=visit.day + days)
    what = (
        f"the days of this patient in {VISITS} differ from the delivery's by no single number, so"
        f" that its own (day {visit.day} in the delivery) was left empty: fill it in"
    )
    said.append(Said("fault", what, *at))
    return replace(visit, day=None)


def _keep_visits(
    old: Iterable[tuple[FoundVisit, Row]],
    shifts: Mapping[str, set[int]],
    sheet: Rows,
    said: list[Said],
) -> None:
    """Leave rows that stand as they are, but for empty cells that a person chose a series for."""
    fill: dict[tuple[str, ...], dict[str, str]] = {}
    for visit, row in old:
        at = (visit.patient, row.get("visit") or visit.visit)
        if len(shifts.get(visit.patient, ())) > 1 and row.get("day") != str(visit.day):
            what = (
                f"{VISITS} has day {row.get('day')}, the delivery says {visit.day}; the sheet"
                " stands: correct it by hand if it is wrong"
            )
            said.append(Said("warning", what, *at))
        for name, file in visit.files.items():
            if row.get(name) or name not in sheet.columns:
                continue
            cell = from_sheet(file, sheet.path)
            if name in visit.chosen:
                fill.setdefault(at, {})[name] = cell
                said.append(Said("note", "chosen by hand, and filled in", *at, sequence=name))
                continue
            what = (
                f"the cell is empty in {VISITS} and stays so; write {cell} into it if this file is"
                " to be used"
            )
            said.append(Said("warning", what, *at, sequence=name))
    fill_cells(sheet, ("patient", "visit"), fill)


_HEAD = f"""\
# Written by `gadless sheets`, once: what is changed here by hand stays. Before it is run,
# {PATIENTS} wants arm, os_days and os_event of every patient for whatever is to be said of
# survival. Every key with its default stands in config/defaults.yaml.
"""


def _write_configuration(settings: Mapping[str, Any], folder: Path, said: list[Said]) -> None:
    path = folder / TRIAL
    content = {
        "name": folder.absolute().name,
        "patients": PATIENTS,
        "visits": VISITS,
        "results": "results",
        **settings,
    }
    if not path.exists():
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        write_text(_HEAD + text, path)
        return
    try:
        stands = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        stands = None
    if not isinstance(stands, dict):
        said.append(Said("warning", f"{TRIAL} is no readable configuration; mend it"))
        return
    for key, value in settings.items():
        if stands.get(key) != value:
            wanted = yaml.safe_dump({key: value}, default_flow_style=True, sort_keys=False).strip()
            what = f"{TRIAL} stands as it is; what was found asks for {wanted}"
            said.append(Said("warning", what))
