"""Whose turn it is to write a job's results.

A job that was started later takes over: whatever still runs of an earlier start (an orphan, a job
that a cluster started twice) finds another token at its next rename, and writes nothing.
"""

import os
import secrets
from pathlib import Path
from typing import Self

from gadless.errors import GadlessError
from gadless.files import write_text


class Superseded(GadlessError):
    """Another start of the same job has taken over."""


class Claim:
    """A token in the results folder.

    Parameters
    ----------
    path : Path
        Of the token; one a job.
    token : str
    """

    def __init__(self, path: Path, token: str) -> None:
        self.path, self._token = path, token

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take a job over from whoever has it."""
        token = f"{secrets.token_hex(16)} process {os.getpid()}\n"
        write_text(token, path)
        return cls(path, token)

    def check(self) -> None:
        """See to it that nobody has taken over.

        Raises
        ------
        Superseded
        """
        try:
            found = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            found = ""
        if found != self._token:
            raise Superseded(
                f"{self.path}: another start of this job has taken over; this one writes nothing"
            )

    def release(self) -> None:
        """Give the job back, if it is still ours."""
        self.check()
        self.path.unlink()
