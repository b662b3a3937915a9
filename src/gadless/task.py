"""How every script of the workflow runs: asked, guarded, recorded.

with started(snakemake) as task:
...
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from gadless.claim import Claim
from gadless.errors import GadlessError
from gadless.files import SCRATCH, checksum, guarded
from gadless.manifest import Manifest
from gadless.orphan import apart, leave
from gadless.provenance import fingerprint
from gadless.record import COMMON, FOLDER, Part, Record, digest
from gadless.stopped import in_words, was_refused_memory

# Small enough to be read twice; an image's checksum is compared where the image is read.
_COMPARED = frozenset({".tsv", ".json", ".safetensors"})

LATE_S = 30.0
"""How long results of other machines may take to appear here."""
_LOOK_S = 0.5


class Task:
    """A job at work: it has taken the job over from whoever had it, and its record is gone.

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
    mark : str
        See `gadless.files.Guard`.
    last : list of callable
        What is done once the job is on record.
    """

    def __init__(self, asked: Mapping[str, Any], outputs: Sequence[str], log: logging.Logger):
        self.told: Mapping[str, Any] = asked["told"]
        self.log = log
        self.last: list[Callable[[], object]] = []
        self._asked = asked
        self._record = Path(asked["record"])
        self._folder = Path(asked["folder"])
        self._outputs = outputs
        self._below = {Path(output).parent for output in outputs}
        self._made: dict[Path, None] = {}
        self.mark = hashlib.sha256(asked["record"].encode()).hexdigest()[:8]
        self._claim = Claim.take(self._record, self.mark)

    def allow(self, target: Path) -> AbstractContextManager[None]:  # noqa: ARG002 - whatever it is
        """See `gadless.files.Guard`: only who has the job may write."""
        return self._claim.held()

    def note(self, target: Path) -> None:
        """See `gadless.files.Guard`: what is written beside the job's outputs is its result."""
        if not self._below.isdisjoint(target.parents):
            self._made[target] = None

    def sweep(self) -> None:
        """Remove what an earlier start of this job was killed while it wrote."""
        left = f"{SCRATCH}{self.mark}-*"
        folders = {*self._below, *(one for folder in self._below for one in folder.glob("*/"))}
        for folder in {*folders, self._record.parent}:
            for scratch in folder.glob(left):
                scratch.unlink(missing_ok=True)

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
        until = time.monotonic() + LATE_S
        found = {}
        for rule, paths in self._asked["reads"].items():
            lines = []
            for path in map(Path, paths):
                record = _seen(path, until)
                _compare(record, _folder_of(path), until)
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

    def finish(
        self, parts: Mapping[str, Part], read: Mapping[str, str], unfinished: str = ""
    ) -> None:
        """Write the record, in the place of the claim.

        Parameters
        ----------
        parts, read, unfinished
            See `gadless.record.Record`.
        """
        made = {
            path.relative_to(self._folder).as_posix(): {
                "size": path.stat().st_size,
                "sha256": checksum(path),
            }
            for path in sorted(self._made)
            if path.exists()
        }
        Record(self._asked["rule"], parts, read, made, unfinished).write(self._record)

    def give_up(self) -> None:
        """Leave the job to the next start."""
        self._claim.release()

    def killed(self, how: str) -> int:
        """Say that the job was killed: as a fault of its exam where the trial goes on without.

        The next run tries again.

        Parameters
        ----------
        how : str
            In words.

        Returns
        -------
        int
            Exit status: 0 where the fault is stated.
        """
        rule, words = self._asked["rule"], self._asked["words"]
        if not self._asked["exam"]:
            self.log.critical("%s %s; run again, with fewer jobs at a time", words, how)
            self.give_up()
            return 1
        self.log.critical("%s %s; the visit is not evaluable until it is run again", words, how)
        folder = Path(self._outputs[0]).parent
        with guarded(self):
            self.sweep()
            for old in folder.glob("*"):
                if old.is_file():
                    old.unlink()
            patient, visit = self._asked["exam"]
            faults = {"visit": f"{rule} {how}"}
            Manifest(patient, visit, rule, folder, faults=faults).write()
            self.finish({COMMON: Part({}, {})}, {}, how)
        return 0


@contextmanager
def started(snakemake: Any) -> Iterator[Task]:
    """Run a job's script: with a log, with its Snakemake, alone, and with a record at the end.

    Nothing of a script runs after this.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives to a script; its ``params.asked`` is all that the script is told.

    Yields
    ------
    Task
    """
    asked = snakemake.params.asked
    with in_words(snakemake.log[0], asked["folder"]) as log:
        task = Task(asked, list(snakemake.output), log)
        alone = apart(task.killed)
        try:
            with guarded(task):
                task.sweep()
                parts, read = task.parts(), task.read()
                yield task
                task.finish(parts, read)
        except BaseException as error:
            # Of one that ran out of memory, `Task.killed` has the last word.
            if not was_refused_memory(error):
                task.give_up()
            raise
        for step in task.last:
            step()
    if alone:
        leave(0)


def checksum_or_none(path: str) -> str:
    """Checksum of a file from outside; ``"none"`` where there is none any more."""
    try:
        return checksum(path)
    except OSError:
        return "none"


def _folder_of(record: Path) -> Path:
    """Results folder that a record lies in."""
    return next(folder.parent for folder in record.parents if folder.name == FOLDER)


def _seen(path: Path, until: float) -> Record:
    """Read a record, which another machine may have written a moment ago."""
    while (record := Record.read_from(path)) is None:
        if time.monotonic() > until:
            raise GadlessError(f"{path}: is missing or damaged; run again")
        time.sleep(_LOOK_S)
    return record


def _compare(record: Record, folder: Path, until: float) -> None:
    for name, made in record.made.items():
        path = folder / name
        if made.get("dropped") or made.get("pruned"):
            continue
        while _size(path) != made["size"] and time.monotonic() < until:
            time.sleep(_LOOK_S)
        if path.suffix in _COMPARED and checksum_or_none(str(path)) != made["sha256"]:
            what = "was changed since" if path.exists() else "is gone since"
            raise GadlessError(
                f"{path}: {what} {record.rule} made it; delete it and run again: it is made anew"
            )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
