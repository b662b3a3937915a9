"""The provenance of a results folder: what its results were made from, by what, and where.

`gadless.jobs.provenance` gathers what a run knows; here it is joined with the records of the jobs
and written. All of it is the same for the same work, but for `OF_THE_RUN`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os.path import join, normpath, relpath
from pathlib import Path
from typing import Any, NamedTuple

from gadless.audit.recorded import PROVENANCE
from gadless.audit.times import stage_times
from gadless.files import sha256, write_text
from gadless.record import JobName, Record

FORMAT = 1
OF_THE_RUN = ("run", "stages", "machine", "code", "packages")
"""Keys that may differ where the results do not."""

_LISTED = "train_network"
"""What jobs of a visit or a patient make is counted, not listed; but for weights."""


class Source(NamedTuple):
    """A job, the files from outside that it reads, and its record.

    Attributes
    ----------
    job : JobName
    files : mapping of str to mapping of str to str
        Part of the job to role to path.
    record : Record or None
        None where its results are not what would be made today.
    """

    job: JobName
    files: Mapping[str, Mapping[str, str]]
    record: Record | None


@dataclass
class Gathered:
    """What the records of the jobs say, joined."""

    inputs: list[dict[str, Any]] = field(default_factory=list)
    records: dict[str, str] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    reads: dict[str, set[str]] = field(default_factory=dict)
    outstanding: Counter[str] = field(default_factory=Counter)
    ended: dict[str, tuple[float, float]] = field(default_factory=dict)


def gather(folder: Path, sources: Iterable[Source]) -> Gathered:
    """Join the records of all jobs of a trial.

    Parameters
    ----------
    folder : Path
        The results folder.
    sources : iterable of Source
        Every job of the trial.
    """
    found = Gathered()
    for source in sources:
        if source.record is None:
            found.outstanding[source.job.rule] += 1
        else:
            _add(found, folder, source, source.record)
    found.inputs.sort(key=lambda one: (one["record"], one["role"]))
    return found


def _add(found: Gathered, folder: Path, source: Source, record: Record) -> None:
    job, path = source.job, source.job.record
    root = from_folder(job.folder, folder)
    if root.startswith((".", "/", "~")) and root != ".":
        # A phantom's scans beside the results are what a hospital's would be.
        found.inputs += [
            {"record": job.label, "role": Path(name).name, "path": f"{root}/{name}", **made}
            for name, made in record.made.items()
        ]
        return
    prefix = "" if root == "." else f"{root}/"
    label = f"{prefix}{job.label}"
    found.records[label] = sha256(path)
    found.reads.setdefault(job.rule, set()).update(record.read)
    found.counted[job.rule] += 1
    now = os.stat(path).st_mtime  # noqa: PTH116
    first, last = found.ended.get(job.rule, (now, now))
    found.ended[job.rule] = (min(first, now), max(last, now))
    for part, files in source.files.items():
        known = record.parts[part].files if part in record.parts else {}
        found.inputs += [
            _input(
                label, f"{part}/{role}" if part else role, from_folder(given, folder), known[role]
            )
            for role, given in files.items()
            if role in known and known[role]["sha256"] != "none"
        ]
    if not job.key or job.rule == _LISTED:
        for name, made in record.made.items():
            found.made[f"{prefix}{name}"] = {"rule": job.rule, **made}


def _input(record: str, role: str, path: str, known: Mapping[str, str]) -> dict[str, Any]:
    size = int(known["stat"].partition("-")[0])
    return {"record": record, "role": role, "path": path, "size": size, "sha256": known["sha256"]}


def from_folder(path: str | Path, folder: Path) -> str:
    """Return a path as seen from the results folder, so that both may move together.

    One outside the working directory stays absolute, without the name of whose home it lies in.
    """
    base, here, home = _places(str(folder))
    # Text alone: 28,000 of these at the end of every run.
    whole = normpath(join(here, path))  # noqa: PTH118
    if whole == base or whole.startswith(base + os.sep):
        return whole[len(base) + 1 :] or "."
    if whole.startswith(here + os.sep) and base.startswith(here + os.sep):
        return relpath(whole, base)
    return f"~{whole[len(home) :]}" if whole.startswith(home + os.sep) else whole


def _places(folder: str) -> tuple[str, str, str]:
    here = os.getcwd()  # noqa: PTH109
    return normpath(join(here, folder)), here, str(Path.home())  # noqa: PTH118


def described(role: str, path: str, folder: Path) -> dict[str, Any]:
    """Describe a file that counts for the whole trial: a sheet, a file of the configuration."""
    there = Path(path)
    size, checksum = there.stat().st_size, sha256(there)
    where = from_folder(path, folder)
    return {"record": "", "role": role, "path": where, "size": size, "sha256": checksum}


def stages(folder: Path, gathered: Gathered) -> dict[str, dict[str, Any]]:
    """Tell of each stage how many jobs it has, when they ended and how long they took."""
    times = stage_times(folder)
    return {
        rule: {
            "jobs": count,
            "outstanding": gathered.outstanding.get(rule, 0),
            "first_ended": moment(gathered.ended[rule][0]),
            "last_ended": moment(gathered.ended[rule][1]),
            "measured": times.get(rule, {}),
        }
        for rule, count in gathered.counted.items()
    }


def moment(seconds: float) -> str:
    """Return a time of the clock as text (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def write_provenance(told: Mapping[str, Any], folder: Path) -> None:
    """Write ``provenance.json``: of a long list, an entry a line, so that it can be searched."""
    write_text("{\n" + ",\n".join(_lines(told)) + "\n}\n", folder / PROVENANCE)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    for key, value in told.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            text = (
                "[\n " + ",\n ".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"
            )
        else:
            text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
        yield f"{json.dumps(key)}: {text}"
