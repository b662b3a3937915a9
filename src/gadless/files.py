"""Reading and writing results: whole files or none."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gadless.errors import GadlessError
from gadless.parts import parts_of, size_and_change

SCRATCH = ".writing-"
"""How the names of files begin that are being written."""
_FULL = 1 << 16
"""Bytes that are left on a disk on which nothing can be written."""


class Guard(Protocol):
    """Who is asked before a file is replaced, and told after.

    Attributes
    ----------
    mark : str
        Stands in the names of scratch files, so that what a killed job left is known as its own.
    """

    mark: str

    def allow(self, target: Path) -> AbstractContextManager[None]:
        """Raise where a file may not be replaced; else, see to it that it may until it is."""

    def note(self, target: Path) -> None:
        """Take note of a file that was written."""


_guards: list[Guard] = []


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Have a guard asked and told of every file that is written within the block."""
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@contextmanager
def written_whole(path: Path | str) -> Iterator[Path]:
    """Yield a scratch path beside `path` that replaces it only if the block succeeds."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = "".join(target.suffixes[-2:])
    prefix = SCRATCH + "".join(f"{guard.mark}-" for guard in _guards)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=prefix, suffix=suffix)
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        with ExitStack() as allowed:
            for guard in _guards:
                allowed.enter_context(guard.allow(target))
            # mkstemp makes files private; results are to be shared like any other file.
            scratch.chmod(0o666 & ~_umask())
            scratch.replace(target)
        for guard in _guards:
            guard.note(target)
    except Exception as error:
        # While the scratch file is still there.
        if isinstance(error, OSError | GadlessError) or not _is_full(target.parent, error):
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
    finally:
        scratch.unlink(missing_ok=True)


def _is_full(folder: Path, error: Exception) -> bool:
    """Whether a library that has words of its own for it failed because the disk is full."""
    full = shutil.disk_usage(folder).free < _FULL
    return full or os.strerror(errno.ENOSPC) in str(error)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def from_here(path: Path | str) -> str:
    """Return a path as seen from the working directory, absolute where it lies outside.

    Snakemake knows a file by the text of its path, so every file has one.
    """
    # Without `Path`, which takes three times as long: 28,000 of these at every start.
    here = os.getcwd()  # noqa: PTH109
    return os.path.normpath(os.path.join(here, path)).removeprefix(here + os.sep)  # noqa: PTH118


def is_file(path: Path | str) -> bool:
    """Whether there is such a file; a name that none can have is none, where `Path` may raise."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    """Whether there is such a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def write_text(text: str, path: Path | str) -> None:
    """Write text as UTF-8, whole or not at all."""
    with written_whole(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_json(content: Any, path: Path | str) -> None:
    """Write sorted, indented JSON, so that equal content gives equal bytes."""
    write_text(json.dumps(content, indent=1, sort_keys=True, default=_plain) + "\n", path)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: Path | str) -> str:
    """Checksum of a file's content; of an image of several files, of all their names and contents.

    See `gadless.parts`.
    """
    parts = parts_of(path)
    if len(parts) == 1 and parts[0] == Path(path):
        return _sha256(parts[0])
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{part.name}\0{_sha256(part)}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def checksum(path: Path | str) -> str:
    """Checksum of a file's content, read once a process as long as the file does not change."""
    return _checksum(str(path), *size_and_change(path))


@lru_cache(maxsize=4096)
def _checksum(path: str, _size: int, _changed: int) -> str:
    return sha256(path)
