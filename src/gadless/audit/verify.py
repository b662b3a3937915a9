"""Whether results still are what was made, from what it was made."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from gadless.audit.recorded import CRATE, PROVENANCE, Recorded, lying, read_recorded
from gadless.errors import InputError
from gadless.files import read_json, sha256
from gadless.parts import size_and_change
from gadless.record import FOLDER

CHANGED = "changed"
MISSING = "missing"
UNRECORDED = "unrecorded"
INPUTS_CHANGED = "inputs_changed"
INPUTS_MISSING = "inputs_missing"
RECORDS = "records"

WORDS = {
    CHANGED: "changed since they were made",
    MISSING: "gone since they were made",
    UNRECORDED: "made by no job that left a record",
    INPUTS_CHANGED: "inputs that are not what results were made from",
    INPUTS_MISSING: "inputs that are no longer where they were",
    RECORDS: "records that are damaged, gone, or not those of the last run",
}
"""Every class of finding, in the order in which it is told."""


@dataclass
class Verdict:
    """What was found.

    Attributes
    ----------
    folder : Path
    findings : dict of str to list of str
        Class (see `WORDS`) to lines; empty where all is well.
    notes : list of str
        What a reader may want to know, and is no fault.
    files, inputs, size : int
        How many files were looked at, and bytes that were read.
    """

    folder: Path
    findings: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in WORDS})
    notes: list[str] = field(default_factory=list)
    files: int = 0
    inputs: int = 0
    size: int = 0

    @property
    def matches(self) -> bool:
        """Whether nothing was found."""
        return not any(self.findings.values())


def verify(
    folder: Path,
    *,
    inputs: bool = True,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verdict:
    """Compare a results folder with its records and with its provenance.

    Parameters
    ----------
    folder : Path
    inputs : bool
        Whether to look at scans, sheets and weights too.
    workers : int, optional
        Files that are read at a time; by default one a core.
    progress : callable
        Told how many bytes were read, and of how many.

    Raises
    ------
    InputError
        If there are no results, or none that have records.
    """
    if not (folder / FOLDER).is_dir():
        what = "holds no records of results" if folder.is_dir() else "no such folder"
        raise InputError(
            f"{folder}: {what}; name the folder that `results` in the configuration names"
        )
    verdict, recorded = Verdict(folder), read_recorded(folder)
    told = _provenance(verdict)
    _records(verdict, recorded, told)
    expected: Expectations = {}
    _results(verdict, recorded, expected)
    if inputs:
        _inputs(verdict, told, expected)
    _contents(verdict, expected, workers, progress)
    for lines in verdict.findings.values():
        lines.sort()
    return verdict


def _provenance(verdict: Verdict) -> Mapping[str, Any]:
    """Read what the last run left; nothing where that is absent or was edited, which is found."""
    path, found = verdict.folder / PROVENANCE, verdict.findings[RECORDS]
    try:
        told = read_json(path)
        crate = {entity["@id"]: entity for entity in read_json(verdict.folder / CRATE)["@graph"]}
        intact = crate[PROVENANCE]["sha256"] == sha256(path)
        return told if intact else _edited(found)
    except FileNotFoundError as error:
        found.append(f"{Path(error.filename).name}: is missing; run the workflow again")
    except (OSError, ValueError, KeyError, TypeError):
        found.append(f"{PROVENANCE}, {CRATE}: damaged; delete both and run the workflow again")
    return {}


def _edited(found: list[str]) -> Mapping[str, Any]:
    found.append(
        f"{PROVENANCE}: is not the file that {CRATE} describes; delete both and run the workflow"
        " again"
    )
    return {}


def _records(verdict: Verdict, recorded: Recorded, told: Mapping[str, Any]) -> None:
    found = verdict.findings[RECORDS]
    found += [f"{path}: damaged; run the workflow again" for path in recorded.damaged.values()]
    found += [f"{path}: a job has begun and not ended" for path in recorded.at_work]
    if not told:
        return
    named: Mapping[str, str] = told["records"]
    for label, checksum in named.items():
        now = recorded.records.get(label)
        if now is None and label not in recorded.damaged:
            found.append(f"record of {label}: is gone")
        elif now is not None and now != checksum:
            found.append(f"record of {label}: is not that of the last run")
    if further := len(recorded.records.keys() - named.keys()):
        verdict.notes.append(
            f"{further:,} records are not part of what the last run left: of visits that the sheets"
            " no longer name (`gadless prune` removes them), or of a run that was stopped"
        )


@dataclass(frozen=True)
class _Expected:
    kind: str
    line: str
    sha256: str


Expectations = dict[Path, list[_Expected]]


def _results(verdict: Verdict, recorded: Recorded, expected: Expectations) -> None:
    """Look at what lies there; add the files whose content is to be read."""
    for name, made in recorded.files.items():
        path = verdict.folder / name
        line = f"{name} ({made.record})"
        size = _size(path)
        if size is None:
            if not made.may_lack:
                verdict.findings[MISSING].append(line)
            continue
        verdict.files += 1
        if size != made.size:
            verdict.findings[CHANGED].append(line)
        else:
            expected.setdefault(path, []).append(_Expected(CHANGED, line, made.sha256))
    known = recorded.files.keys()
    verdict.findings[UNRECORDED] += [name for name in lying(verdict.folder) if name not in known]


def _inputs(verdict: Verdict, told: Mapping[str, Any], expected: Expectations) -> None:
    for given in told.get("inputs", ()):
        path = verdict.folder / Path(given["path"]).expanduser()
        line = f"{given['path']} ({given['role']})"
        size = _size(path)
        if size is None:
            verdict.findings[INPUTS_MISSING].append(line)
            continue
        verdict.inputs += 1
        if size != given["size"]:
            verdict.findings[INPUTS_CHANGED].append(line)
        else:
            known = _Expected(INPUTS_CHANGED, line, given["sha256"])
            expected.setdefault(path, []).append(known)


def _size(path: Path) -> int | None:
    try:
        return size_and_change(path)[0]
    except OSError:
        return None


def _contents(
    verdict: Verdict,
    expected: Expectations,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> None:
    whole = sum(_size(path) or 0 for path in expected)
    # Threads do: a checksum is computed outside the interpreter's lock.
    with ThreadPool(workers or len(os.sched_getaffinity(0))) as pool:
        for path, size, checksum in pool.imap_unordered(_read, expected, chunksize=8):
            verdict.size += size
            progress(verdict.size, whole)
            for one in expected[path]:
                if checksum != one.sha256:
                    verdict.findings[one.kind].append(one.line)


def _read(path: Path) -> tuple[Path, int, str]:
    """Size and checksum; what cannot be read has none, and so is found."""
    try:
        return path, size_and_change(path)[0], sha256(path)
    except OSError:
        return path, 0, "unreadable"
