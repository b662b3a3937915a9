"""Write the sheets of a trial from what a site delivers (DICOM) or a group keeps (BIDS).

Writes patients.tsv, visits.tsv, trial.yaml and protocol.tsv into the trial's folder. Run again when
new exams have arrived: rows are added, none changes, and what was corrected by hand stands.
"""

import argparse
import importlib
import sys
from collections import Counter
from pathlib import Path

from gadless.commands.words import counted, shown
from gadless.errors import InputError
from gadless.intake.found import KINDS, PROTOCOL, TRIAL, Found, Said, Written

HELP = "write a trial's sheets from DICOM or BIDS"


SOURCES = {"dicom": "folder of DICOM, in any order", "bids": "BIDS dataset"}
"""What sheets are written from: an option, and a module of `gadless.intake` with ``read``."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    sources = parser.add_mutually_exclusive_group(required=True)
    for name, said in SOURCES.items():
        sources.add_argument(f"--{name}", type=Path, metavar="FOLDER", help=said)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("trial"),
        metavar="TRIAL",
        help="folder of the trial (default: trial)",
    )
    dicom = parser.add_argument_group("of DICOM")
    dicom.add_argument(
        "--series",
        type=Path,
        metavar="FILE",
        help="corrected table of series (default: series.tsv of the trial, if it is there)",
    )
    dicom.add_argument(
        "--private",
        type=Path,
        metavar="FOLDER",
        help="where patients' identifiers and dates are kept (default: TRIAL-PRIVATE, beside it)",
    )
    dicom.add_argument("--keep-ids", action="store_true", help="PatientID is the patient's name")
    dicom.add_argument("--keep-dates", action="store_true", help="visits have dates, not days")
    dicom.add_argument(
        "--by-folder",
        action="store_true",
        help="the first folder below FOLDER is the patient, whatever headers say",
    )
    dicom.add_argument(
        "--also",
        nargs="+",
        default=[],
        choices=("adc", "cbf", "cbv"),
        help="maps to convert as well",
    )
    parser.add_argument("--all", action="store_true", help="list everything, not the first few")


def run(given: argparse.Namespace) -> int:
    """Look, write, tell."""
    (source,) = (name for name in SOURCES if getattr(given, name) is not None)
    # Late: no source waits for another's libraries, and no other command for any.
    from gadless.intake.writing import write_trial

    module = importlib.import_module(f"gadless.intake.{source}")
    try:
        found: Found = module.read(getattr(given, source), given)
        written = write_trial(found, given.out)
    except OSError as error:
        raise InputError(_not_written(error, given)) from error
    sys.stdout.write("".join(f"{line}\n" for line in in_words(written, every=given.all)))
    return 0


def _not_written(error: OSError, given: argparse.Namespace) -> str:
    """Say where nothing can be written; a path of the delivery may name a person, and is not."""
    from gadless.intake.key import private_folder

    where, why = str(error.filename or ""), error.strerror or "I/O error"
    ours = (given.out, given.private, private_folder(given.out))
    if any(place is not None and where.startswith(str(place)) for place in ours):
        return f"{where}: cannot be written ({why}); give --out and --private folders that can"
    return f"a file cannot be read or written ({why}); see that disk and archive are at hand"


def in_words(written: Written, *, every: bool = False) -> list[str]:
    """Tell a reader what was written, what was left out and what comes next."""
    added = f"{counted(written.patients, 'patient')} and {counted(written.visits, 'visit')} added"
    known = f"; {counted(written.known, 'visit')} stood there already" if written.known else ""
    lines = [f"{written.folder}: {added}{known}"]
    counts = Counter(one.kind for one in written.said)
    for kind in KINDS[:3]:
        if counts[kind]:
            lines.append(f"{kind}: {counts[kind]:,}")
            lines += shown([_line(one) for one in written.said if one.kind == kind], every=every)
    lines.append(f"why each file was taken or left out: {written.folder / PROTOCOL}")
    lines.append(f"next: snakemake --cores all --configfile {written.folder / TRIAL}")
    return lines


def _line(said: Said) -> str:
    where = " ".join(filter(None, (said.patient, said.visit, said.series, said.sequence)))
    return f"{where}: {said.what}" if where else said.what
