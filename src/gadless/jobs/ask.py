"""What a job is asked for: told to its script, compared with its record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gadless.record import COMMON, JobName, hash_of


@dataclass(frozen=True)
class Constant:
    """A value that many jobs are told, hashed once."""

    value: Any

    @cached_property
    def hash(self) -> str:
        """Hash of the value."""
        return hash_of(self.value)


@dataclass(frozen=True)
class Ask:
    """One job.

    Attributes
    ----------
    job : JobName
    told : mapping
        All that the script is told, by name.
    outputs : tuple of str
        Files that Snakemake knows the job by. An image job, a patient's or a scan's makes all that
        lies beside them.
    files : mapping of str to mapping of str to str
        Part (`COMMON` or a product) to role to path, of files from outside: these count with their
        content, wherever they lie.
    reads : tuple of JobName
        Jobs whose results it reads.
    products : mapping of str to mapping
        What is told of each product alone (a candidate's network). A product that is no longer
        asked for makes a result no older.
    common : mapping, optional
        What of `told` counts for every product; all, where it is left out. Where a file lies does
        not count.
    exam : tuple of str, optional
        Patient and visit whose fault it is if the job is killed, where the trial goes on without.
    opens_images : bool
        Whether it needs images that may have been dropped to save room; masks never are.
    """

    job: JobName
    told: Mapping[str, Any]
    outputs: tuple[str, ...]
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reads: tuple[JobName, ...] = ()
    products: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    common: Mapping[str, Any] | None = None
    exam: tuple[str, str] | None = None
    opens_images: bool = True

    @cached_property
    def parts(self) -> dict[str, dict[str, str]]:
        """Hash of each thing told, by part."""
        common = self.told if self.common is None else self.common
        return {
            part: {key: _hash(value) for key, value in told.items()}
            for part, told in {COMMON: common, **self.products}.items()
        }

    @property
    def folder(self) -> str | None:
        """Folder that is all the job's own; None where it writes beside others."""
        alone = self.job.key and len(self.outputs) == 1
        return _folder(self.outputs[0]) if alone else None

    def makes(self, path: str) -> bool:
        """Whether the job makes a file."""
        return path in self.outputs or _folder(path) == self.folder

    def param(self) -> dict[str, Any]:
        """Return the ask as a rule's parameter."""
        return {
            "rule": self.job.rule,
            "words": self.job.words,
            "exam": self.exam,
            "folder": self.job.folder,
            "record": self.job.record,
            "told": {key: _plain(value) for key, value in self.told.items()},
            "parts": {
                part: {"told": told, "files": dict(self.files.get(part, {}))}
                for part, told in self.parts.items()
            },
            "reads": {
                rule: [job.record for job in jobs] for rule, jobs in by_rule(self.reads).items()
            },
        }


def by_rule(jobs: Iterable[JobName]) -> dict[str, list[JobName]]:
    """Group jobs by their rule, in order."""
    found: dict[str, list[JobName]] = {}
    for job in jobs:
        found.setdefault(job.rule, []).append(job)
    return found


def split(told: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Turn what is told by name and product into what is told by product and name."""
    found: dict[str, dict[str, Any]] = {}
    for name, products in told.items():
        for product, value in products.items():
            found.setdefault(product, {})[name] = value
    return found


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _hash(value: Any) -> str:
    return value.hash if isinstance(value, Constant) else hash_of(value)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Constant) else value
