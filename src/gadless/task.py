"""How every script of the workflow runs: asked, guarded, recorded.

with started(snakemake) as task:
...
"""

import errno
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gadless.claim import Claim
from gadless.errors import GadlessError
from gadless.files import checksum, guarded
from gadless.logs import log_to
from gadless.orphan import die_with_parent
from gadless.provenance import fingerprint
from gadless.record import FOLDER, Part, Record, digest

# Small enough to be read twice; an image's checksum is compared where the image is read.
_COMPARED = frozenset({".tsv", ".json", ".safetensors"})

_SENTENCES = {
    errno.ENOSPC: "the disk is full; make room and run again, nothing half-written is left",
    errno.EDQUOT: "the quota is used up; make room and run again, nothing half-written is left",
    errno.EROFS: "the results folder can no longer be written to; see to it and run again",
    errno.EACCES: "the results folder may not be written to; change its rights and run again",
}


class Task:
    """A job at work.

    Parameters
    ----------
    asked : mapping
        What the rule asks (`gadless.jobs.ask.Ask.param`).
    outputs : sequence of str
        Files that Snakemake waits for.
    log : Logger

    Attributes
    ----------
    told : mapping
        Everything that the job is told.
    log : Logger
    """

    def __init__(self, asked: Mapping[str, Any], outputs: Sequence[str], log: logging.Logger):
        self.told: Mapping[str, Any] = asked["told"]
        self.log = log
        self._asked = asked
        self._record = Path(asked["record"])
        self._folder = Path(asked["folder"])
        self._below = {Path(output).parent for output in outputs}
        self._made: dict[Path, None] = {}
        self._claim = Claim.take(self._record.with_suffix(".claim"))

    def allow(self, target: Path) -> None:  # noqa: ARG002 - whatever it is
        """See `gadless.files.Guard`: only who has the job may write."""
        self._claim.check()

    def note(self, target: Path) -> None:
        """See `gadless.files.Guard`: what is written beside the job's outputs is its result."""
        if not self._below.isdisjoint(target.parents):
            self._made[target] = None

    def read(self) -> dict[str, str]:
        """Look at what was made by the jobs whose results this one reads.

        Returns
        -------
        dict of str to str
            Rule to the digest of all that its jobs made.

        Raises
        ------
        GadlessError
            If such a result was changed since, or has no record.
        """
        found = {}
        for rule, paths in self._asked["reads"].items():
            lines = []
            for path in paths:
                record = Record.read_from(path)
                if record is None:
                    raise GadlessError(f"{path}: is missing or damaged; run again")
                _compare(record, _folder_of(Path(path)))
                lines.append(record.digest)
            found[rule] = digest(lines)
        return found

    def parts(self) -> dict[str, Part]:
        """Return what is asked, with the content of the files from outside as it is now."""
        return {
            name: Part(
                part["told"],
                {
                    role: {"stat": fingerprint(path), "sha256": checksum_or_none(path)}
                    for role, path in part["files"].items()
                },
            )
            for name, part in self._asked["parts"].items()
        }

    def finish(self, parts: Mapping[str, Part], read: Mapping[str, str]) -> None:
        """Write the record, and give the job back."""
        made = {
            path.relative_to(self._folder).as_posix(): {
                "size": path.stat().st_size,
                "sha256": checksum(path),
            }
            for path in sorted(self._made)
            if path.exists()
        }
        Record(self._asked["rule"], parts, read, made).write(self._record)
        self._claim.release()

    def begin(self) -> None:
        """From here until `finish`, the results are nobody's."""
        self._record.unlink(missing_ok=True)


@contextmanager
def started(snakemake: Any) -> Iterator[Task]:
    """Run a job's script: with a log, with its Snakemake, alone, and with a record at the end.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives to a script; its ``params.asked`` is all that the script is told.

    Yields
    ------
    Task
    """
    log = log_to(snakemake.log[0])
    die_with_parent()
    try:
        task = Task(snakemake.params.asked, list(snakemake.output), log)
        with guarded(task):
            task.begin()
            parts, read = task.parts(), task.read()
            yield task
            task.finish(parts, read)
    except OSError as error:
        if error.errno not in _SENTENCES:
            raise
        where = f"{error.filename}: " if error.filename else ""
        log.critical("%s%s", where, _SENTENCES[error.errno])
        sys.exit(1)
    except GadlessError as error:
        log.critical("%s", error)
        sys.exit(1)


def checksum_or_none(path: str) -> str:
    """Checksum of a file from outside; ``"none"`` where there is none any more."""
    try:
        return checksum(path)
    except OSError:
        return "none"


def _folder_of(record: Path) -> Path:
    """Results folder that a record lies in."""
    return next(folder.parent for folder in record.parents if folder.name == FOLDER)


def _compare(record: Record, folder: Path) -> None:
    for name, made in record.made.items():
        path = folder / name
        if path.suffix not in _COMPARED:
            continue
        if checksum_or_none(str(path)) != made["sha256"]:
            what = "was changed since" if path.exists() else "is gone since"
            raise GadlessError(
                f"{path}: {what} {record.rule} made it; delete it and run again: it is made anew"
            )
