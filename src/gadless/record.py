"""What a job was asked for and what it made, in the results folder itself.

Snakemake notes what it ran in its working folder. Results are copied, renamed, shared and archived
without that, so each job leaves a record of its own beside what it made, and the next start
compares what it would ask for today with what was asked for then (`gadless.jobs.freshness`).

A record holds no times and no absolute paths: the same work leaves the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from gadless.files import read_json, write_json

FOLDER = "records"
"""Of all records, in a results folder."""

FORMAT = 1
"""Changes where an older record can no longer be compared with."""

COMMON = ""
"""The part of a job that belongs to no product."""


class JobName(NamedTuple):
    """A job, by the results folder that it writes to, its rule, and what the rule runs for."""

    folder: str
    rule: str
    key: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Rule and key in one word."""
        return "/".join((self.rule, *self.key))

    @property
    def record(self) -> str:
        """Path of the job's record."""
        return f"{self.folder}/{FOLDER}/{self.label}.json"

    @property
    def words(self) -> str:
        """The job as a person is told of it."""
        return " ".join((self.rule, *self.key))


class Part(NamedTuple):
    """What one product of a job was made from.

    Attributes
    ----------
    told : mapping of str to str
        Hash of each thing that the job was told.
    files : mapping of str to mapping
        Role (``t1``, ``mask``) to ``stat`` and ``sha256`` of a file from outside.
    """

    told: Mapping[str, str]
    files: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Record:
    """What a job was asked for and what it made.

    Attributes
    ----------
    rule : str
    parts : mapping of str to Part
        `COMMON`, and one a product that stands by itself: what is asked for a candidate.
    read : mapping of str to str
        Rule to the digest of all that its jobs had made, of jobs whose results were read.
    made : mapping of str to mapping
        Path below the results folder to ``size`` and ``sha256``.
    unfinished : str
        Why what was made is no result that stands: the job is tried again by the next run. Empty
        where it stands.
    """

    rule: str
    parts: Mapping[str, Part]
    read: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unfinished: str = ""

    @property
    def digest(self) -> str:
        """Hash over all that was made."""
        return digest(f"{path} {made['sha256']}" for path, made in self.made.items())

    def write(self, path: Path | str) -> None:
        """Write the record, whole or not at all."""
        parts = {name: part._asdict() for name, part in self.parts.items()}
        content = {**asdict(self), "parts": parts, "format": FORMAT}
        if not self.unfinished:
            del content["unfinished"]
        write_json(content, path)

    @classmethod
    def read_from(cls, path: Path | str) -> Self | None:
        """Read a record; None where there is none that can be compared with.

        A record that is damaged or of another format is none: its job runs again.
        """
        try:
            content = read_json(path)
            if content["format"] != FORMAT:
                return None
            parts = {name: Part(**part) for name, part in content["parts"].items()}
            unfinished = content.get("unfinished", "")
            record = cls(content["rule"], parts, content["read"], content["made"], unfinished)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return record if record._is_whole() else None

    def _is_whole(self) -> bool:
        """Whether all has the shape that comparing takes for granted."""
        files = [file for part in self.parts.values() for file in _values(part.files)]
        return (
            all(isinstance(part.told, dict) for part in self.parts.values())
            and isinstance(self.read, dict)
            and isinstance(self.unfinished, str)
            and all(_has(file, "stat", "sha256") for file in files)
            and all(_has(made, "sha256") and "size" in made for made in _values(self.made))
        )


def _values(mapping: Any) -> list[Any]:
    """Return the values of a mapping; of what is none, one that has nothing."""
    return list(mapping.values()) if isinstance(mapping, dict) else [None]


def _has(value: Any, *texts: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in texts)


def digest(lines: Iterable[str]) -> str:
    """Hash of lines in any order."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:32]


def hash_of(value: Any) -> str:
    """Hash of a value that JSON can hold; the order of keys does not count."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
