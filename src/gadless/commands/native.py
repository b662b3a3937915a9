"""Bring masks back to the grid of the patients' own scans: NIfTI, DICOM and BIDS.

Reads a results folder, which stays as it is. OUT gets PATIENT/VISIT/CONTRAST.nii.gz in `masks`,
where a DICOM series is named also .dcm and, of what was measured, .sr.dcm; and the same masks as a
BIDS derivative in `bids`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gadless.audit.standing import last_run, not_standing
from gadless.commands.words import counted, shown
from gadless.errors import InputError
from gadless.export.bids import is_ours, write_derivative
from gadless.manifest import STATUS, Manifest
from gadless.networks.contract import ABNORMALITY

if TYPE_CHECKING:
    from gadless.images.measured import Measured

HELP = "masks back on the scans' own grids, as NIfTI, DICOM SEG and SR, and BIDS"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "results", nargs="?", default="results", type=Path, help="results folder (default: results)"
    )
    parser.add_argument("--out", required=True, type=Path, help="folder to write to")
    parser.add_argument("--patient", action="append", help="of these alone (may be repeated)")
    parser.add_argument("--visit", action="append", help="of these alone (may be repeated)")
    parser.add_argument(
        "--contrast", action="append", help="masks of these alone (may be repeated)"
    )
    parser.add_argument(
        "--sequence", default="t1", help="whose scan's grid; the T1's where there is none"
    )
    parser.add_argument(
        "--dicom", type=Path, metavar="FOLDER", help="series that the scan of one visit was made of"
    )
    parser.add_argument(
        "--series",
        type=Path,
        metavar="TABLE",
        help="which series scans were made of: series.tsv of `gadless sheets --dicom`, or a table"
        " with the columns patient, visit, sequence, folder",
    )
    parser.add_argument(
        "--private",
        type=Path,
        metavar="FOLDER",
        help="with the key to that table (default: TRIAL-PRIVATE beside its folder)",
    )
    parser.add_argument(
        "--identified",
        action="store_true",
        help="name patient and study in DICOM as the series does; else neither name nor date",
    )


def run(given: argparse.Namespace) -> int:
    """Write, and tell."""
    exams = list(_exams(given))
    if given.dicom is not None and len(exams) != 1:
        raise InputError(
            f"--dicom names the series of one visit, and {len(exams)} are asked for; name --patient"
            " and --visit, or give --series TABLE"
        )
    bids = given.out / "bids"
    _check_free(bids, [_folder(given, exam) for exam, _ in exams])
    # Late: they bring SimpleITK.
    from gadless.images.native import REPORT, masks_on_scan
    from gadless.trial.series import Place, read_series_table

    table = None if given.series is None else read_series_table(given.series, given.private)
    written, faults = [], []
    for exam, segmented in exams:
        series: Place | None = (given.dicom, None) if given.dicom is not None else None
        if table is not None:
            series = table.of(exam.patient, exam.visit, given.sequence)
        folder = _folder(given, exam)
        measured = None if series is None else _measured(given.results, exam)
        who = f"{exam.patient} {exam.visit}"
        if isinstance(measured, str):
            faults.append(f"{who} reports: {measured}")
            measured = None
        made = masks_on_scan(
            exam,
            segmented,
            _contrasts(given.contrast or [*segmented.files, *segmented.faults]),
            given.sequence,
            folder,
            series,
            measured,
            identified=given.identified,
        )
        written.append(made)
        faults += [f"{who} {name}: {why}" for name, why in made.faults.items()]
    write_derivative(written, bids, given.results.absolute().parent.name, {})
    names = [name for made in written for name in made.files]
    reports = sum(name.startswith(REPORT) for name in names)
    files = len(names) - reports
    _tell(
        f"{given.out}: {counted(files, 'mask')} of {counted(len(written), 'visit')}",
        reports,
        faults,
    )
    return 0 if files else 1


def _contrasts(named: Sequence[str]) -> list[str]:
    others = ("quality", "visit", ABNORMALITY)
    return [name for name in dict.fromkeys(named) if name not in others]


def _tell(first: str, reports: int, faults: Sequence[str]) -> None:
    lines = [first]
    if reports:
        lines.append(f"{counted(reports, 'report')} of what was measured")
    if faults:
        lines += [f"{counted(len(faults), 'file')} could not be made:", *shown(faults)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _measured(results: Path, exam: Manifest) -> "Measured | str":
    """Return what was measured of a patient, or why that cannot be told of these masks."""
    from gadless.images.measured import TABLES, read_measured
    from gadless.measurement.rated import rejected
    from gadless.tables import read_table

    told = last_run(results)
    if told is None:
        return f"{results} does not tell what it holds (provenance.json); run the workflow again"
    patient, visit = exam.patient, exam.visit
    jobs = (f"segment/{patient}/{visit}", f"measure/{patient}")
    files = [f"patients/{patient}/{name}" for name in TABLES]
    if (why := not_standing(results, told, jobs, files)) is not None:
        return why
    config, ratings = told["configuration"], results / "trial" / "ratings.tsv"
    wrong = rejected(read_table(ratings)) if ratings.exists() else {}
    return read_measured(
        results / "patients" / patient,
        told["trial"]["name"],
        [config["reference"], config["repeat"]],
        {key[2]: why for key, why in wrong.items() if key[:2] == (patient, visit)},
    )


def _check_free(bids: Path, visits: Sequence[Path]) -> None:
    """Whatever lies where masks are written is taken away: it has to be ours."""
    others = [bids] if not is_ours(bids) else []
    others += [one for one in visits if any(one.glob("*")) and not (one / STATUS).is_file()]
    if others:
        raise InputError(f"{others[0]}: holds something else; name another --out")


def _folder(given: argparse.Namespace, exam: Manifest) -> Path:
    return Path(given.out) / "masks" / exam.patient / exam.visit


def _exams(given: argparse.Namespace) -> Iterator[tuple[Manifest, Manifest]]:
    """Yield the manifests of the visits that are asked for.

    Raises
    ------
    InputError
        If there is none, or OUT lies in the results.
    """
    results = given.results.resolve()
    if results in (given.out.resolve(), *given.out.resolve().parents):
        raise InputError(f"{given.out}: lies within the results; name a folder outside of them")
    found = 0
    for path in sorted(given.results.glob(f"visits/*/*/segmented/{STATUS}")):
        visit = path.parents[1]
        if given.patient and visit.parent.name not in given.patient:
            continue
        if given.visit and visit.name not in given.visit:
            continue
        found += 1
        yield Manifest.read(visit / "preprocessed" / STATUS), Manifest.read(path)
    if not found:
        raise InputError(f"{given.results}: holds no masks of what is asked for")
