"""All records of a results folder, and the files that lie beside them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gadless.claim import holder
from gadless.files import sha256
from gadless.record import FOLDER, Record

TRIAL = "trial.json"
"""Among the records: whose results these are. No record of a job."""

PROVENANCE = "provenance.json"
CRATE = "ro-crate-metadata.json"

_BESIDE = frozenset({FOLDER, "logs", "benchmarks"})
"""Folders that hold no results."""

# The last two are what a start keeps, to look at no scan twice.
_OURS = frozenset({PROVENANCE, CRATE, ".contents.json", ".headers.json"})
_NOISE = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Made:
    """One file that a job made.

    Attributes
    ----------
    record : str
        Label of the job.
    size : int
    sha256 : str
    may_lack : bool
        Whether it was dropped or pruned on purpose.
    """

    record: str
    size: int
    sha256: str
    may_lack: bool


@dataclass
class Recorded:
    """What the records of a results folder say.

    Attributes
    ----------
    files : dict of str to Made
        By path below the results folder.
    records : dict of str to str
        Label (``preprocess/P001/V1``) to the checksum of the record itself.
    damaged : dict of str to str
        Label to path of records that cannot be read, or that name files elsewhere.
    at_work : list of str
        Labels of jobs that have begun and not ended.
    """

    files: dict[str, Made] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    at_work: list[str] = field(default_factory=list)


def roots(folder: Path) -> list[str]:
    """Folders of records within a results folder, as paths below it; ``""`` is the folder itself.

    What networks learn from, and the phantom's scans, have records of their own. Another trial's
    results, which may lie within, are none of this one's.
    """
    return ["", *sorted(_inner(folder, ""))]


def _inner(folder: Path, below: str) -> Iterator[str]:
    for entry in _folders(folder / below):
        # Of two levels at most: `phantom`, `training`, `training/{set}`.
        name = f"{below}/{entry}" if below else entry
        if entry in _BESIDE or (folder / name / FOLDER / TRIAL).exists():
            continue
        if (folder / name / FOLDER).is_dir():
            yield name
        if not below:
            yield from _inner(folder, name)


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def record_paths(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    """Yield the label and path of every record below one of the `roots`, in order."""
    base = folder / root / FOLDER
    prefix = f"{root}/" if root else ""
    for path in sorted(base.rglob("*.json")):
        if path != base / TRIAL:
            yield prefix + path.relative_to(base).with_suffix("").as_posix(), path


def read_recorded(folder: Path) -> Recorded:
    """Read every record of a results folder."""
    found = Recorded()
    for root in roots(folder):
        for label, path in record_paths(folder, root):
            if holder(path) is not None:
                found.at_work.append(path.relative_to(folder).as_posix())
                continue
            record = Record.read_from(path)
            if record is None or not all(map(_inside, record.made)):
                found.damaged[label] = path.relative_to(folder).as_posix()
                continue
            found.records[label] = sha256(path)
            for name, made in record.made.items():
                may_lack = bool(made.get("dropped") or made.get("pruned"))
                below = f"{root}/{name}" if root else name
                found.files[below] = Made(label, made["size"], made["sha256"], may_lack)
    return found


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def lying(folder: Path) -> Iterator[str]:
    """Yield every file of a results folder that should have a record, as a path below it.

    Links are not followed. Logs, benchmarks and what this package writes itself have no record.
    """
    own = set(roots(folder))
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(folder / below) as entries:
            for entry in entries:
                name = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    beside = below in own and entry.name in _BESIDE
                    if not beside and not (folder / name / FOLDER / TRIAL).exists():
                        waiting.append(name)
                elif entry.name not in _NOISE and not (not below and entry.name in _OURS):
                    yield name
