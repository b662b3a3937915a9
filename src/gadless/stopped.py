"""Why a job stopped, in one sentence; a traceback only of what nobody foresaw."""

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gadless.errors import GadlessError
from gadless.logs import log_to
from gadless.orphan import NO_MEMORY, REFUSED

_NOTHING = "nothing half-written is left"
_SENTENCES = {
    errno.ENOSPC: f"the disk is full; make room and run again, {_NOTHING}",
    errno.EDQUOT: f"the quota is used up; make room and run again, {_NOTHING}",
    errno.EROFS: "its file system can only be read; see to it and run again",
    errno.EIO: "the disk or the network file system fails; see to it and run again",
    errno.ESTALE: f"the network file system has lost it; run again, {_NOTHING}",
}
_RIGHTS = frozenset({errno.EACCES, errno.EPERM})
# What libraries say where they are refused memory, and are no MemoryError.
_REFUSALS = ("OutOfMemoryError", "can't allocate memory", "not enough memory", "bad_alloc")


@contextmanager
def in_words(path: str, results: str) -> Iterator[logging.Logger]:
    """Log to a file, and end with one sentence where the reason is known.

    Parameters
    ----------
    path : str
        The log file.
    results : str
        The results folder.

    Yields
    ------
    Logger
    """
    log = logging.getLogger("gadless")
    try:
        yield log_to(path)
    except OSError as error:
        said = sentence(error, results)
        if said is None:
            raise
        log.critical("%s", said)
        sys.exit(1)
    except GadlessError as error:
        log.critical("%s", error)
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if not was_refused_memory(error):
            raise
        log.critical("%s", f"the job {REFUSED} ({error or type(error).__name__})")
        sys.exit(NO_MEMORY)


def sentence(error: OSError, results: str) -> str | None:
    """Say what an error of the system means; None where that is not known.

    Parameters
    ----------
    error : OSError
    results : str
        The results folder: what lies there is written, all else is read.
    """
    named = None if error.filename is None else str(error.filename)
    where = "" if named is None else f"{named}: "
    if error.errno in _RIGHTS:
        inside = named is None or Path(named).absolute().is_relative_to(Path(results).absolute())
        may = "written to" if inside else "read"
        return f"{where}may not be {may}; change its rights and run again"
    known = _SENTENCES.get(error.errno or 0)
    return None if known is None else where + known


def was_refused_memory(error: BaseException) -> bool:
    """Whether an error says that there was no memory."""
    said = f"{type(error).__name__} {error}"
    return isinstance(error, MemoryError) or any(word in said for word in _REFUSALS)
