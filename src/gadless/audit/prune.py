"""What lies in a results folder and belongs to nothing that is still named.

Found by where it lies and what it is called, not by records, so that a prune that was stopped can
be run again. Whatever has another name, or is a link, is not ours and stays.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gadless.errors import GadlessError
from gadless.record import FOLDER, Record

VISITS, PATIENTS, BESIDE = "visits", "patients", "records, logs and benchmarks"
SHARED = "masks in bids"

_ID = r"(?P<{}>[A-Za-z0-9_][A-Za-z0-9_.-]*?)"
_PATIENT, _VISIT = _ID.format("patient"), _ID.format("visit")
_STAGE = "(?:preprocessed|synthetic|segmented|native)"
_RULE = "(?:preprocess|synthesise|segment|native_masks)"
_SHAPES = {
    VISITS: (
        rf"visits/{_PATIENT}/{_VISIT}/{_STAGE}/[A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:nii\.gz|json|png|dcm)",
    ),
    PATIENTS: (
        rf"patients/{_PATIENT}/[a-z_]+\.(?:tsv|parquet|json)",
        # Of a patient who is named, measuring him keeps what is named.
        rf"patients/{_PATIENT}/panels/[A-Za-z0-9_][A-Za-z0-9_.-]*\.png",
    ),
    BESIDE: (
        rf"records/{_RULE}/{_PATIENT}/{_VISIT}\.json",
        rf"logs/{_RULE}/{_PATIENT}/{_VISIT}\.log",
        rf"benchmarks/{_RULE}/{_PATIENT}/{_VISIT}\.tsv",
        rf"records/measure/{_PATIENT}\.json",
        rf"logs/measure/{_PATIENT}\.log",
        rf"benchmarks/measure/{_PATIENT}\.tsv",
    ),
}
"""What Gadless makes of a visit and of a patient, below the results folder."""

_WHOLE = {kind: [re.compile(shape) for shape in shapes] for kind, shapes in _SHAPES.items()}
_PAGE = re.compile(rf"report/patients/{_PATIENT}\.html")
_IMAGE = re.compile(r"visits/[^/]+/[^/]+/(?:synthetic|segmented)/(?P<product>[^/]+)\.nii\.gz")


class Named(NamedTuple):
    """What is named today, in one folder of images.

    Attributes
    ----------
    exams : collection of (patient, visit)
    patients : collection of str
        Who is measured.
    listed : collection of str, optional
        Who is in the sheet, measured here or elsewhere, and has a page; None: this folder has no
        pages.
    """

    exams: Collection[tuple[str, str]]
    patients: Collection[str]
    listed: Collection[str] | None = None


@dataclass
class Superfluous:
    """What may go.

    Attributes
    ----------
    folder : Path
        The results folder.
    files : dict of str to dict of str to int
        Kind (`VISITS`, `PATIENTS`, `BESIDE`, `SHARED`) to path below the folder to size.
    images : dict of str to dict of str to int
        Product that is no longer named to path to size.
    records : dict of str to set of str
        Record of a visit that is still named to those of its files that go.
    strange : list of str
        What lies among it and is none of ours; it stays.
    """

    folder: Path
    files: dict[str, dict[str, int]] = field(
        default_factory=lambda: {kind: {} for kind in (*_SHAPES, SHARED)}
    )
    images: dict[str, dict[str, int]] = field(default_factory=dict)
    records: dict[str, set[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)

    @property
    def sizes(self) -> dict[str, int]:
        """Size of every file that may go, by its path."""
        groups = (*self.files.values(), *self.images.values())
        return {path: size for group in groups for path, size in group.items()}

    def visits(self) -> dict[tuple[str, str], int]:
        """Size of what goes of each visit, by patient and visit."""
        found: dict[tuple[str, str], int] = {}
        for path, size in self.files[VISITS].items():
            patient, visit = PurePosixPath(path).parts[-4:-2]
            found[patient, visit] = found.get((patient, visit), 0) + size
        return found


def superfluous(
    folder: Path, named: Mapping[str, Named], products: Mapping[str, Collection[str]]
) -> Superfluous:
    """Find what may go.

    Parameters
    ----------
    folder : Path
        The results folder.
    named : mapping of str to Named
        Folder of images below it (``""``, ``"training"``) to what is named today.
    products : mapping of str to collection of str
        Record of a visit that is named, below the folder, to the products asked of its job.
    """
    found = Superfluous(folder)
    for root, today in named.items():
        prefix = f"{root}/" if root else ""
        for top in ("visits", "patients", FOLDER, "logs", "benchmarks"):
            for path, size in _files(folder, f"{prefix}{top}"):
                _sort(found, path, size, prefix, today)
        if today.listed is not None:
            _unnamed_pages(found, today.listed)
    for record, asked in products.items():
        _unnamed_images(found, record, asked)
    if "" in named:
        _unnamed_shared(found, {*named[""].exams})
    found.strange.sort()
    return found


def _sort(found: Superfluous, path: str, size: int | None, prefix: str, today: Named) -> None:
    below = path.removeprefix(prefix)
    for kind, shapes in _WHOLE.items():
        for shape in shapes:
            if match := shape.fullmatch(below):
                ids = match.groupdict()
                exam = (ids["patient"], ids.get("visit", ""))
                gone = exam not in today.exams if exam[1] else exam[0] not in today.patients
                if gone and size is None:
                    found.strange.append(path)
                elif gone and size is not None:
                    found.files[kind][path] = size
                return
    parts = PurePosixPath(below).parts
    if parts[0] == "visits" and len(parts) > 3 and (parts[1], parts[2]) not in today.exams:
        found.strange.append(path)
    if parts[0] == "patients" and len(parts) > 2 and parts[1] not in today.patients:
        found.strange.append(path)


def _unnamed_pages(found: Superfluous, listed: Collection[str]) -> None:
    """Find the pages in the report of patients who are no longer in the sheet."""
    for path, size in _files(found.folder, "report/patients"):
        match = _PAGE.fullmatch(path)
        if match and match["patient"] not in listed and size is not None:
            found.files[PATIENTS][path] = size


def _unnamed_images(found: Superfluous, record: str, asked: Collection[str]) -> None:
    known = Record.read_from(found.folder / record)
    if known is None:
        return
    for path in known.made:
        match = _IMAGE.fullmatch(path)
        if match is None or match["product"] in asked:
            continue
        size = _plain_size(found.folder, path)
        if size is not None:
            found.images.setdefault(match["product"], {})[path] = size
            found.records.setdefault(record, set()).add(path)


def _unnamed_shared(found: Superfluous, exams: Collection[tuple[str, str]]) -> None:
    """Find the masks of visits that are no longer named in the data set that is to be shared."""
    patients = {patient for patient, _ in exams}
    people = _table(found.folder / "bids" / "participants.tsv")
    for path, size in _files(found.folder, "bids"):
        _, subject, *rest = PurePosixPath(path).parts
        if subject not in people or size is None:
            continue
        patient = people[subject]
        visits = _table(found.folder / "bids" / subject / f"{subject}_sessions.tsv")
        visit = visits.get(rest[0]) if len(rest) > 1 else None
        if patient not in patients or (visit is not None and (patient, visit) not in exams):
            found.files[SHARED][path] = size
            found.records.setdefault(f"{FOLDER}/native.json", set()).add(path)


def _table(path: Path) -> dict[str, str]:
    """First column to second of a table that Gadless wrote; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return {}
    return {row[0]: row[1] for line in lines if len(row := line.split("\t")) == 2}


def _files(folder: Path, below: str) -> Iterator[tuple[str, int | None]]:
    """Yield every file and its size, None of what is no plain file; links are not followed."""
    if (folder / below).is_symlink():
        return
    waiting = [below]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(folder / here), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            name = f"{here}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size
            else:
                yield name, None


def _plain_size(folder: Path, below: str) -> int | None:
    """Size of a plain file that is reached through no link; None of anything else."""
    path = folder / below
    above = [folder.joinpath(*Path(below).parts[:n]) for n in range(1, len(Path(below).parts))]
    if any(one.is_symlink() for one in (*above, path)) or not path.is_file():
        return None
    return path.stat().st_size


def remove(
    found: Superfluous, progress: Callable[[int], None] = lambda _size: None
) -> dict[str, str]:
    """Remove what was found; the folders that are empty then, too.

    A record goes before its files, and says that an image is gone before it is: what is stopped
    half-way leaves no record of something that is not there.

    Returns
    -------
    dict of str to str
        Record that was written anew, to its path.

    Raises
    ------
    GadlessError
        If something cannot be removed.
    """
    try:
        for record, paths in found.records.items():
            _mark(found.folder / record, paths)
        ordered = [found.files[kind] for kind in (BESIDE, PATIENTS, VISITS, SHARED)]
        for group in (*ordered, *found.images.values()):
            for path, size in group.items():
                # Looked at again: time has passed since it was listed.
                if _plain_size(found.folder, path) is not None:
                    (found.folder / path).unlink()
                    _remove_empty(found.folder, path)
                    progress(size)
    except OSError as error:
        raise GadlessError(f"{error.filename}: cannot be removed: {error.strerror}") from None
    return {record: str(found.folder / record) for record in found.records}


def _mark(path: Path, gone: Collection[str]) -> None:
    """Have a record say that files are gone on purpose.

    Their checksums stay, since they tell whether what was read of the job is still the same; what
    their product was made from goes, so that the job runs where it is named again.
    """
    record = Record.read_from(path)
    if record is None:
        return
    products = {match["product"] for name in gone if (match := _IMAGE.fullmatch(name))}
    parts = {name: part for name, part in record.parts.items() if name not in products}
    made = {
        name: {**one, "pruned": True} if name in gone else one for name, one in record.made.items()
    }
    replace(record, parts=parts, made=made).write(path)


def _remove_empty(folder: Path, below: str) -> None:
    """Remove the folders above a file as far as they are empty; never the outermost."""
    for above in PurePosixPath(below).parents:
        # `visits`, `training/visits`, `records/preprocess` stay.
        if len(above.parts) < 2 or above.name in ("visits", "patients", FOLDER, "logs"):
            return
        try:
            (folder / above).rmdir()
        except OSError:
            return
