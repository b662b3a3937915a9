"""From a folder of DICOM to what a trial's sheets are written from."""

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gadless.errors import InputError
from gadless.intake.classify import judge
from gadless.intake.exams import exams_of
from gadless.intake.found import Found, FoundPatient, Said
from gadless.intake.headers import Instance, Unread, read_folder
from gadless.intake.key import private_folder, read_key, write_private
from gadless.intake.listing import read_listing, write_listing
from gadless.intake.people import alike_persons, by_person, first_dates, in_hidden_order
from gadless.intake.series import sorted_into_series
from gadless.intake.stale import stale_cells
from gadless.intake.visits import SCANS, Intake, converted, joined, visits_of
from gadless.trial.reading import IDENTIFIER

UNREAD = "unread_files.tsv"


def read(folder: Path, given: argparse.Namespace) -> Found:
    """Read a folder of DICOM, convert what is chosen, and say what was found.

    Parameters
    ----------
    folder : Path
        In any order: patients, studies and series are told by headers.
    given : Namespace
        Options of ``gadless sheets``: `out`, `private`, `series`, `keep_ids`, `keep_dates`,
        `by_folder`, `also`.

    Raises
    ------
    InputError
        If there is no such folder, it holds no DICOM, or the key or the corrected table cannot be
        followed.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of the DICOM files")
    private = given.private or private_folder(given.out)
    _check_private(private, given.out)
    key = read_key(private)
    listing = read_listing(given.out, private, given.series)
    _check_scans(private, given.out)
    instances, unread = read_folder(folder, os.cpu_count() or 1)
    if not instances:
        raise InputError(f"{folder}: none of its {len(unread):,} files is a DICOM image")
    intake = Intake(given.out, private, key, listing, tuple(given.also), given.keep_dates)
    persons, instances = by_person(instances, folder, by_folder=given.by_folder)
    _name(intake, instances, keep=given.keep_ids)
    for identifier, person in persons.items():
        for doubt in person.doubts:
            intake.said.append(Said("warning", doubt, key.patients.get(identifier, "")))
    _say_unread(intake, unread, instances)
    series, copies = sorted_into_series(one for one in instances if one.patient_id)
    if copies:
        intake.said.append(Said("note", f"{copies:,} files are copies of others"))
    # In the order of the trial's own names, which says nothing of a site's.
    exams = sorted(
        exams_of(map(judge, series)),
        key=lambda exam: (key.patients.get(exam.identifier, ""), str(exam.date)),
    )
    named = joined([visit for exam in exams for visit in visits_of(intake, exam)])
    visits = converted(intake, named)
    # Before anything of the trial names them.
    key.write()
    write_listing(listing, intake.rows, given.out, private)
    intake.said += stale_cells(given.out, listing)
    patients = tuple(FoundPatient(name) for name in dict.fromkeys(v.patient for v in visits))
    return Found(patients, tuple(visits), tuple(intake.said), _settings(intake))


def _check_private(private: Path, trial: Path) -> None:
    inside = private.absolute().resolve().is_relative_to(trial.absolute().resolve())
    if inside:
        raise InputError(
            f"{private}: lies within the trial's folder; what identifies patients must not be where"
            " a trial is shared from: give --private another folder"
        )


def _check_scans(private: Path, trial: Path) -> None:
    # The list of unread files is what a run writes first.
    if any((trial / SCANS).glob("*")) and not (private / UNREAD).exists():
        raise InputError(
            f"{trial / SCANS}: holds scans that were not made here, and scans of the same names"
            " would be written over them: give --out another folder, or bring the private folder"
            " back"
        )


def _name(intake: Intake, instances: Sequence[Instance], *, keep: bool) -> None:
    key = intake.key
    first = first_dates(instances)
    persons = {one.patient_id for one in instances if one.patient_id and one.modality == "MR"}
    if keep:
        for identifier in sorted(persons - set(key.patients)):
            if not IDENTIFIER.fullmatch(identifier):
                raise InputError(
                    "--keep-ids: a PatientID cannot be an identifier of the trial, which has"
                    " letters, digits, `_`, `-` and `.` alone; write it with the identifier to use"
                    f" into {key.folder / 'patients_key.tsv'} (columns patient_id, patient)"
                )
            key.patients[identifier] = identifier
    key.name_all(in_hidden_order(persons))
    key.begin(first)
    for (one, other), why in alike_persons(instances).items():
        # A person who gave both one name in the key has answered.
        if len({key.patients.get(one), key.patients.get(other)} - {None}) == 2:
            names = f"{key.patients[one]} and {key.patients[other]}"
            what = f"{names} {why}: one patient with two identifiers?"
            what += " If so, give both the same `patient` in the key and begin anew"
            intake.said.append(Said("warning", what, key.patients[one]))


def _say_unread(intake: Intake, unread: Sequence[Unread], instances: Sequence[Instance]) -> None:
    lines = ["file\twhy"] + [f"{one.file}\t{one.why}" for one in unread]
    path = intake.private / UNREAD
    write_private("\n".join(lines) + "\n", path)
    counts = Counter((one.why, one.harmless) for one in unread)
    for (why, harmless), count in counts.items():
        these = "1 file left out: it" if count == 1 else f"{count:,} files left out, of which each"
        what = f"{these} {why}; listed in {path.name}"
        intake.said.append(Said("note" if harmless else "fault", what))
    nobody = sum(not one.patient_id for one in instances)
    if nobody:
        what = (
            f"{nobody:,} files name no patient and lie in no folder of their own; put each"
            " patient's files into one folder, and run with --by-folder"
        )
        intake.said.append(Said("fault", what))


def _settings(intake: Intake) -> dict[str, object]:
    entries = {
        "adc": {"title": "ADC", "normalisation": "none", "unit": 1000.0, "bias_field": False},
        "cbf": {"title": "CBF", "normalisation": "median", "bias_field": False},
        "cbv": {"title": "CBV", "normalisation": "median", "bias_field": False},
    }
    further = {name: entries[name] for name in intake.further}
    return {"sequences": further} if further else {}
