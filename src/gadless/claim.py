"""Whose turn it is to write a job's results.

A job that was started later takes over: whatever still runs of an earlier start (an orphan, a job
that a cluster started twice) finds another token at its next rename, and writes nothing.

The token stands where the job's record will be, so a job has a claim or a record and never both:
the record, written last, replaces the claim in one step.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from gadless.errors import GadlessError
from gadless.files import SCRATCH, read_json


class Superseded(GadlessError):
    """Another start of the same job has taken over."""


class Claim:
    """A token in the place of a job's record.

    Parameters
    ----------
    path : Path
        Of the record.
    token : str
    """

    def __init__(self, path: Path, token: str) -> None:
        self.path, self._token = path, token

    @classmethod
    def take(cls, path: Path, mark: str) -> Self:
        """Take a job over from whoever has it; its record is gone from here.

        Parameters
        ----------
        path : Path
            Of the record.
        mark : str
            See `gadless.files.Guard`.
        """
        secret = secrets.token_hex(16)
        token = f'{{"claim": "{secret}", "process": {os.getpid()}}}\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{SCRATCH}{mark}-{secret}")
        try:
            scratch.write_text(token, encoding="utf-8")
            with _alone(path.parent):
                scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        return cls(path, token)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from taking over within the block, which is to be short.

        Raises
        ------
        Superseded
            If somebody has.
        """
        with _alone(self.path.parent):
            try:
                found = self.path.read_text(encoding="utf-8")
            except FileNotFoundError:
                found = ""
            if found != self._token:
                raise Superseded(
                    f"{self.path}: another start of this job has taken over; this one writes"
                    " nothing"
                )
            yield

    def release(self) -> None:
        """Give back a job that was not done, if it is still ours."""
        with suppress(Superseded, OSError), self.held():
            self.path.unlink()


def holder(path: Path | str) -> int | None:
    """Return the process that has claimed a job; None where there is a record, or nothing.

    Parameters
    ----------
    path : path
        Of the record.
    """
    try:
        return int(read_json(path)["process"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time look at the claims of a folder.

    Where a file system has no locks, the moment between a look and a rename stays open.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
