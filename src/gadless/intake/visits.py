"""From exams to visits: each series listed, what is in use converted, what is not said why."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gadless.intake.choose import why_not
from gadless.intake.classify import USED, Judged
from gadless.intake.conversions import Conversions
from gadless.intake.exams import Exam
from gadless.intake.found import Cell, FoundVisit, Said
from gadless.intake.key import Key
from gadless.intake.listing import Listed, Listing, archive_row, row_of

SCANS = "scans"


@dataclass
class Intake:
    """What a run knows on its way.

    Attributes
    ----------
    trial, private : Path
    key : Key
    listing : Listing
    further : tuple of str
        Sequences beyond T1, T2, FLAIR and T1c that are converted.
    dates : bool
        Whether visits keep their dates.
    said : list of Said
    rows : list of dict
        New rows of the table of series.
    conversions : dict
        What is to be converted, by the file that comes of it.
    """

    trial: Path
    private: Path
    key: Key
    listing: Listing
    further: tuple[str, ...]
    dates: bool
    said: list[Said] = field(default_factory=list)
    rows: list[Mapping[str, Cell]] = field(default_factory=list)
    conversions: dict[Path, tuple[str, Judged, Listed]] = field(default_factory=dict)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Sequences that are converted."""
        return (*USED, *self.further)


def visits_of(intake: Intake, exam: Exam) -> list[FoundVisit]:
    """Return the visits that an exam's series belong to: one, unless a person said otherwise."""
    patient = intake.key.patients.get(exam.identifier)
    if patient is None or not any(one.series.head.modality == "MR" for one in exam.series):
        return []
    date = exam.date if isinstance(exam.date, datetime.date) else None
    day = None if date is None else intake.key.day(exam.identifier, date)
    name = intake.listing.visit(patient, day)
    listed = _listed(intake, exam, patient, name, day)
    intake.said += [Said("warning", what, patient, name) for what in exam.said]
    for other, stands in dict.fromkeys((said.visit, said.day) for _, _, said in listed):
        if day is not None and stands not in (None, day):
            what = (
                f"series.tsv has day {stands}, day_zero in the private key gives {day}: days of new"
                " exams count from day_zero, so make them agree"
            )
            intake.said.append(Said("warning", what, patient, other))
    made = []
    for where in dict.fromkeys((said.patient, said.visit, said.day) for _, _, said in listed):
        members = [(n, one, said) for n, one, said in listed if _where(said) == where]
        made.append(_visit(intake, exam, *where, members, date))
    return [visit for visit in made if visit is not None]


def joined(visits: Sequence[FoundVisit]) -> list[FoundVisit]:
    """Join visits of one name, which a person gave to series of several exams."""
    found: dict[tuple[str, str], FoundVisit] = {}
    for visit in visits:
        key = (visit.patient, visit.visit)
        first = found.setdefault(key, visit)
        if first is not visit:
            chosen, files = first.chosen | visit.chosen, {**first.files, **visit.files}
            found[key] = replace(first, files=files, chosen=chosen)
    return list(found.values())


def _where(said: Listed) -> tuple[str, str, int | None]:
    return (said.patient, said.visit, said.day)


def _listed(
    intake: Intake, exam: Exam, patient: str, visit: str, day: int | None
) -> list[tuple[str, Judged, Listed]]:
    """Return what the table says of each series; new ones are proposed and added to it."""
    listing, found = intake.listing, []
    starts = [one.series.start for one in exam.series if one.series.start is not None]
    first = min(starts, default=0.0)
    for one in exam.series:
        name = listing.name(one, patient, visit)
        said = listing.listed.get(name)
        listing.archive.setdefault(name, archive_row(name, one))
        if said is None:
            said = _proposed(intake, exam, one, patient, visit, day)
            start = one.series.start
            minute = None if start is None else int((start - first) // 60)
            intake.rows.append(row_of(name, one, said, minute))
            listing.add(name, said)
        found.append((name, one, said))
    return found


def _proposed(
    intake: Intake, exam: Exam, one: Judged, patient: str, visit: str, day: int | None
) -> Listed:
    chosen = exam.chosen.get(one.sequence) is one and one.sequence in intake.wanted
    taken = (patient, visit, one.sequence) in intake.listing.used
    if chosen and taken:
        what = (
            f"a further {one.sequence} has arrived that would be preferred; the one in use stays."
            " To take it, set its `use` to 1 in series.tsv, and that of the other to 0"
        )
        intake.said.append(Said("warning", what, patient, visit, sequence=one.sequence))
    return Listed(patient, visit, day, one.sequence, chosen and not taken)


def _visit(
    intake: Intake,
    exam: Exam,
    patient: str,
    visit: str,
    day: int | None,
    members: Sequence[tuple[str, Judged, Listed]],
    date: datetime.date | None,
) -> FoundVisit | None:
    if day is None or not visit:
        what = (
            "no header says when it was acquired; write `day` and `visit` of its series into"
            " series.tsv and run again"
        )
        intake.said.append(Said("fault", what, patient, series=members[0][0]))
        return None
    used = {said.sequence: (name, one) for name, one, said in members if said.use}
    files: dict[str, Path] = {}
    for name, one, said in members:
        if not said.use:
            _say_left_out(intake, exam, name, one, said)
        elif said.sequence not in intake.wanted:
            what = f"{said.sequence} is not asked for; --also {said.sequence} converts it"
            intake.said.append(Said("left out", what, patient, visit, name, said.sequence))
        else:
            target = intake.trial / SCANS / patient / visit / f"{said.sequence}.nii.gz"
            intake.conversions[target] = (name, one, said)
            files[said.sequence] = target
    _say_missing(intake, patient, visit, used, members)
    if not files:
        return None
    chosen = frozenset(said.sequence for _, _, said in members if said.use and said.by_hand)
    cells: dict[str, Cell] = {}
    if intake.dates and date is not None:
        cells, day = {"date": date.isoformat()}, None
    return FoundVisit(patient, visit, day, files, cells, chosen)


def converted(intake: Intake, visits: Sequence[FoundVisit]) -> list[FoundVisit]:
    """Convert what visits name; what fails is said and is no file of its visit."""
    done = Conversions.read(intake.private, intake.trial)
    jobs = {target: one.series for target, (_, one, _) in intake.conversions.items()}
    faults = done.convert_all(jobs)
    for target, (name, one, said) in intake.conversions.items():
        at = (said.patient, said.visit, name, said.sequence)
        if target in faults:
            intake.said.append(Said("fault", f"cannot be converted: {faults[target]}", *at))
            continue
        reasons = "by hand" if said.by_hand else "; ".join(one.reasons)
        intake.said.append(Said("taken", f"{reasons} (confidence {one.confidence:g})", *at))
        intake.said += [Said("warning", note, *at) for note in one.series.notes]
    kept = []
    for visit in visits:
        files = {name: file for name, file in visit.files.items() if file not in faults}
        if files:
            kept.append(replace(visit, files=files))
    return kept


def _say_left_out(intake: Intake, exam: Exam, name: str, one: Judged, said: Listed) -> None:
    why = "by hand" if said.by_hand else why_not(one, exam.chosen)
    elsewhere = exam.main not in ("", one.series.head.study)
    if elsewhere and one.sequence in exam.chosen and not said.by_hand:
        why = "of another exam of the same day"
    at = (said.patient, said.visit, name, said.sequence)
    if one.sequence == "unsure" and not one.derived and not said.by_hand:
        intake.said.append(Said("warning", why, *at))
    else:
        intake.said.append(Said("left out", why, *at))


_TITLES = {"t1": "T1", "t2": "T2", "flair": "FLAIR", "t1c": "T1 after contrast"}


def _say_missing(
    intake: Intake,
    patient: str,
    visit: str,
    used: Mapping[str, tuple[str, Judged]],
    members: Sequence[tuple[str, Judged, Listed]],
) -> None:
    if not used:
        what = "nothing of it is a brain scan that can be used; it is no visit of the sheet"
        intake.said.append(Said("left out", what, patient, visit))
        return
    for sequence in USED:
        if sequence in used:
            continue
        spoilt = sum(one.sequence == sequence for _, one, _ in members)
        scouts = any(one.sequence == "localiser" and "t1" in one.words for _, one, _ in members)
        why = f"{spoilt} found, none usable" if spoilt else "none found"
        if sequence == "t1" and not spoilt and scouts:
            why = "only a scout"
        what = f"no {_TITLES[sequence]}: {why}"
        at = {"patient": patient, "visit": visit, "sequence": sequence}
        # Not every exam has one; that is what the trial is about.
        usual = sequence == "t1c" and not spoilt
        intake.said.append(Said("note" if usual else "warning", what, **at))
