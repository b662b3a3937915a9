"""From a BIDS tree to what a trial's sheets are written from.

By the names alone, as BIDS 1.10 has them: a subject is a patient, a session a visit. Headers are
read of the files that are chosen.
"""

import argparse
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gadless.errors import InputError
from gadless.images.formats import look_at
from gadless.intake.bids_masks import Masks, find_masks
from gadless.intake.bids_names import Named, folders, parsed, stem_of
from gadless.intake.bids_runs import chosen
from gadless.intake.bids_tables import (
    Row,
    cells_of,
    date_in,
    date_of,
    day_of,
    is_dated,
    left_out,
    rows_by,
)
from gadless.intake.found import Cell, Found, FoundPatient, FoundVisit, Said
from gadless.intake.key import Key, private_folder, read_key
from gadless.trial.reading import IDENTIFIER

ONLY = "V1"
"""Name of the visit in a tree without sessions."""


@dataclass
class _Tree:
    """A BIDS tree on its way to sheets."""

    folder: Path
    key: Key
    dates: bool
    masks: Masks
    said: list[Said] = field(default_factory=list)


@dataclass
class _Session:
    """A session as it was found."""

    patient: str
    visit: str
    folder: Path
    row: Row
    files: dict[str, Path]
    date: datetime.date | None = None
    day: int | None = None


def read(folder: Path, given: argparse.Namespace) -> Found:
    """Read a BIDS tree.

    Parameters
    ----------
    folder : Path
        With ``sub-*`` folders.
    given : Namespace
        Options of ``gadless sheets``: `out`, `private`, `keep_dates`.

    Raises
    ------
    InputError
        If there is no such tree.
    """
    subjects = list(folders(folder, "sub-"))
    if not subjects:
        what = "holds no folder sub-*" if folder.is_dir() else "no such folder"
        raise InputError(f"{folder}: {what}; give the folder of a BIDS dataset")
    key = read_key(given.private or private_folder(given.out))
    masks = find_masks(folder)
    tree = _Tree(folder, key, given.keep_dates, masks, [*masks.said])
    people = rows_by(folder / "participants.tsv", "participant_id", tree.said)
    visits = [visit for path in subjects for visit in _visits(tree, path)]
    _say_people(people, [path.name for path in subjects], tree.said)
    named = dict.fromkeys(visit.patient for visit in visits)
    patients = [FoundPatient(name, cells_of(people.get(name, {}))) for name in named]
    if key.day_zero:
        key.write()
    return Found(tuple(patients), tuple(visits), tuple(tree.said), masks.settings)


def _visits(tree: _Tree, subject: Path) -> Iterator[FoundVisit]:
    patient = subject.name
    if not IDENTIFIER.fullmatch(patient):
        what = "a folder sub-* whose name is no BIDS label: letters and digits alone; rename it"
        tree.said.append(Said("fault", what))
        return
    times = rows_by(subject / f"{patient}_sessions.tsv", "session_id", tree.said, patient)
    found = list(folders(subject, "ses-"))
    places = [(path.name, path) for path in found] or [(ONLY, subject)]
    if found and (subject / "anat").is_dir():
        what = "anat lies beside its sessions and not in one of them, so it is not read"
        tree.said.append(Said("left out", what, patient))
    sessions = [
        session
        for visit, path in places
        if (session := _session(tree, patient, visit, path, times)) is not None
    ]
    _give_days(tree, patient, sessions)
    for one in sessions:
        cells: dict[str, Cell] = {}
        if tree.dates and one.date is not None:
            cells["date"] = one.date.isoformat()
        day = None if cells else one.day
        yield FoundVisit(patient, one.visit, day, one.files, cells)


def _session(
    tree: _Tree, patient: str, visit: str, folder: Path, times: Mapping[str, Row]
) -> _Session | None:
    if not IDENTIFIER.fullmatch(visit):
        what = "a folder ses-* whose name is no BIDS label: letters and digits alone; rename it"
        tree.said.append(Said("fault", what, patient))
        return None
    ours = {"sub": patient[4:]} | ({} if visit == ONLY else {"ses": visit[4:]})
    files = _scans(tree, patient, visit, folder, ours)
    files |= tree.masks.of(patient, None if visit == ONLY else visit)
    if not files:
        what = "holds no T1w, T2w, FLAIR or mask that can be used, and becomes no visit"
        tree.said.append(Said("left out", what, patient, visit))
        return None
    if "t1" not in files:
        what = "has no T1w without contrast, which sets its space: it will not be evaluable"
        tree.said.append(Said("warning", what, patient, visit))
    session = _Session(patient, visit, folder, times.get(visit, {}), files)
    session.day, session.date = day_of(session.row), date_of(session.row)
    if session.date is None:
        session.date = _of_scans(tree, session) or date_in(visit)
    if date_in(visit) is not None and not tree.dates:
        what = "is named by a date, which its name and its paths bring into the sheets: rename it"
        tree.said.append(Said("warning", what, patient, visit))
    return session


def _scans(
    tree: _Tree, patient: str, visit: str, folder: Path, ours: Mapping[str, str]
) -> dict[str, Path]:
    candidates: dict[str, list[Named]] = {}
    strange = 0
    images, doubles = _images(folder / "anat")
    if doubles:
        what = f"{doubles} images lie in anat packed and not: the packed one (.nii.gz) is taken"
        tree.said.append(Said("warning", what, patient, visit))
    for one in images:
        named = parsed(one)
        if named is None:
            strange += 1
            continue
        stated = {name: named.entities.get(name) for name in ("sub", "ses")}
        if stated != {"sub": ours["sub"], "ses": ours.get("ses")}:
            what = f"{named.name}: lies in the folder of another subject or session; mend one"
            tree.said.append(Said("fault", what, patient, visit))
            continue
        if why := named.why_not():
            tree.said.append(Said("left out", f"{named.name}: {why}", patient, visit))
            continue
        if named.contradicted:
            what = (
                f"{named.name}: its name and its side-car (.json) do not agree on whether"
                " gadolinium was given, so it is not taken; find out, and mend one"
            )
            tree.said.append(Said("fault", what, patient, visit))
            continue
        if _can_be_read(named, tree.said, patient, visit):
            candidates.setdefault(str(named.sequence), []).append(named)
    if strange:
        what = f"{strange} images in anat have no BIDS names; rename them if they are scans"
        tree.said.append(Said("left out", what, patient, visit))
    files = {}
    for sequence, several in candidates.items():
        taken, said = chosen(several)
        files[sequence] = taken.path
        if sequence == "t1" and taken.run > 1 and "t1c" not in candidates:
            what = (
                f"{taken.name}: is taken for a repeat of an earlier run; if gadolinium was given"
                " between them, it must not be the T1: rename it (`ce-gadolinium`)"
            )
            tree.said.append(Said("warning", what, patient, visit, "", sequence))
        if taken.only_by_words:
            what = f"{taken.name}: taken for the T1 after gadolinium by its name, without `ce-`"
            tree.said.append(Said("warning", what, patient, visit, "", sequence))
        tree.said += [Said(kind, what, patient, visit, "", sequence) for kind, what in said]
    return files


def _images(folder: Path) -> tuple[list[Path], int]:
    """NIfTI files of a folder; of those that lie there packed and not, the packed, and how many."""
    if not folder.is_dir():
        return [], 0
    found: dict[str, Path] = {}
    doubles = 0
    # `.nii` goes before `.nii.gz`, so that the latter is what stays.
    for path in sorted(folder.iterdir()):
        stem = stem_of(path.name)
        if stem is not None and not path.name.startswith("."):
            doubles += stem in found
            found[stem] = path
    return list(found.values()), doubles


def _can_be_read(named: Named, said: list[Said], patient: str, visit: str) -> bool:
    sequence = str(named.sequence)
    if not named.path.exists():
        what = (
            f"{named.name}: its content is not here, only a link to it (git-annex, DataLad): fetch"
            " it and run again"
        )
        said.append(Said("fault", what, patient, visit, "", sequence))
        return False
    look = look_at(named.path)
    if look.fault is not None:
        what = f"{named.name}: {look.fault}"
        said.append(Said("fault", what, patient, visit, "", sequence))
        return False
    if look.damage is not None:
        what = f"{named.name}: {look.damage}; the visit will not be evaluable"
        said.append(Said("warning", what, patient, visit, "", sequence))
    return True


def _of_scans(tree: _Tree, session: _Session) -> datetime.date | None:
    """Return the first date that scans.tsv states of a session."""
    rows: dict[str, Row] = {}
    for table in sorted(session.folder.glob("*_scans.tsv")):
        rows |= rows_by(table, "filename", tree.said, session.patient)
    dates = [date for row in rows.values() if (date := date_of(row)) is not None]
    if not dates and any(map(is_dated, [session.row, *rows.values()])):
        what = "its acq_time is no date (YYYY-MM-DD and a time); mend it, or give `day` by hand"
        tree.said.append(Said("warning", what, session.patient, session.visit))
    return min(dates, default=None)


def _give_days(tree: _Tree, patient: str, sessions: Sequence[_Session]) -> None:
    """Count days from the first date of a patient, which the key keeps for later runs."""
    dated = sorted(
        (one for one in sessions if one.day is None and one.date is not None),
        key=lambda one: str(one.date),
    )
    for one in dated:
        if one.date is not None and not tree.dates:
            tree.key.patients.setdefault(patient, patient)
            one.day = tree.key.day(patient, one.date)
    undated = [one for one in sessions if one.day is None and not (tree.dates and one.date)]
    if len(sessions) == 1 and undated:
        undated[0].day = 0
        what = "nothing says when its only session was: written as day 0"
        tree.said.append(Said("note", what, patient, undated[0].visit))
        return
    for one in undated:
        what = (
            "nothing says when it was (sessions.tsv: acq_time): fill in `day` in visits.tsv, or"
            " give acq_time and begin anew"
        )
        tree.said.append(Said("fault", what, patient, one.visit))
    _say_same(sessions, tree.said)


def _say_same(sessions: Iterable[_Session], said: list[Said]) -> None:
    days: dict[int, str] = {}
    for one in sessions:
        if one.day is None:
            continue
        if one.day in days:
            what = f"is on the same day as {days[one.day]}: one visit in two sessions? Correct it"
            said.append(Said("warning", what, one.patient, one.visit))
        days.setdefault(one.day, one.visit)


def _say_people(people: Mapping[str, Row], subjects: Sequence[str], said: list[Said]) -> None:
    if names := left_out(people):
        what = (
            f"{len(names)} columns of participants.tsv are not taken, since they may say who"
            " somebody is; copy those that are wanted into patients.tsv by hand"
        )
        said.append(Said("note", what))
    absent = [name for name in people if name not in subjects]
    if absent:
        what = f"{len(absent)} rows of participants.tsv have no folder of that name"
        said.append(Said("warning", what))
    if people:
        for name in subjects:
            if name not in people:
                said.append(Said("note", "has no row in participants.tsv", name))
