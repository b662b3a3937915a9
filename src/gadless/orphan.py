"""A job dies with the Snakemake that started it, and its workers die with the job.

`kill -9` of Snakemake leaves its jobs running. Their results would appear beside those of the next
run, which may have been told something else. Where the system can tell of a death (Linux), a job
ends at once; everywhere, `gadless.claim` keeps it from writing.
"""

import ctypes
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from gadless import swift

PARENT = "GADLESS_PARENT"
"""Environment variable with the nearest Snakemake: its process number, and where that counts."""

NO_MEMORY = 137
"""A job ends with this where it was refused memory; shells say so of one that was killed."""

KILLED = "was killed, most likely for lack of memory"
REFUSED = "ran out of memory"

_PR_SET_PDEATHSIG = 1
_POLL_S = 1.0


def be_parent() -> None:
    """Let jobs know which process they belong to: this one."""
    os.environ[PARENT] = f"{os.getpid()} {_numbered_in()}"


def apart(killed: Callable[[str], int], environment: Mapping[str, str] = os.environ) -> bool:
    """Go on in a process of its own, that ends with the Snakemake that started this one.

    This process stays behind, watches and never returns: it ends as the other does. A thread could
    not watch as well, because libraries hold the interpreter for minutes, and cannot outlive
    what the system kills for memory.

    Without a Snakemake, as in a script started by hand, nothing happens. Without Linux, a thread
    watches.

    Parameters
    ----------
    killed : callable
        Told `KILLED` or `REFUSED` where the job ended so while Snakemake goes on; returns the exit
        status.

    Returns
    -------
    bool
        Whether this is such a process: at its end, it is to `leave`.
    """
    parent = _parent(environment)
    if parent is None:
        return False
    if sys.platform != "linux":
        threading.Thread(target=_follow, args=(parent,), daemon=True, name="parent").start()
        return False
    # A shell stands between Snakemake and this process, and may be killed alone.
    die_with_maker()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    swift.settle()
    keeper = os.getpid()
    job = os.fork()
    if job != 0:
        # Both are told by a terminal; a cluster may tell this one alone.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: os.kill(job, number))
        leave(_status(_wait(job, parent), killed))
    die_with_maker(keeper)
    return True


def leave(status: int) -> NoReturn:
    """End this process at once.

    Python would take all apart that libraries have set up, which takes as long as a fifth of their
    import, twice a job.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def die_with_maker(maker: int | None = None) -> None:
    """End this process when the process that made it ends: for workers of a pool.

    Parameters
    ----------
    maker : int, optional
        Number of the process that made it. By default whatever stands above this one now, which is
        somebody else where the maker has ended while this process was starting.
    """
    if sys.platform != "linux":
        return
    if maker is None:
        maker = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before the signal was asked for.
    if os.getppid() != maker:
        _end()


def _parent(environment: Mapping[str, str]) -> int | None:
    number, _, counted = environment.get(PARENT, "").partition(" ")
    # In a container with processes of its own, the number is somebody else's, or nobody's.
    if not number.isdigit() or int(number) == os.getpid() or counted != _numbered_in():
        return None
    return int(number)


def _numbered_in() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _wait(job: int, parent: int) -> int:
    """Return how the job ended; end with it if Snakemake ends first."""
    with _ends(job) as job_ends, _ends(parent) as parent_ends:
        poll = select.poll()
        for descriptor in (job_ends, parent_ends):
            if descriptor is not None:
                poll.register(descriptor, select.POLLIN)
        blind = job_ends is None or parent_ends is None
        while True:
            ended, status = os.waitpid(job, os.WNOHANG)
            alive = _is_there(parent)
            if not alive:
                if not ended:
                    os.kill(job, signal.SIGKILL)
                _end()
            if ended:
                return os.waitstatus_to_exitcode(status)
            poll.poll(_POLL_S * 1000 if blind else None)


@contextmanager
def _ends(process: int) -> Iterator[int | None]:
    """Yield a descriptor that tells of a process's end; None where the system has none."""
    try:
        descriptor = os.pidfd_open(process)
    except (AttributeError, OSError):
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _status(ended: int, killed: Callable[[str], int]) -> int:
    if ended in (-signal.SIGKILL, NO_MEMORY):
        return killed(REFUSED if ended == NO_MEMORY else KILLED)
    return 128 - ended if ended < 0 else ended


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended, and whoever made it has not noticed yet."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] == b"Z"


def _follow(parent: int) -> None:
    while _is_there(parent):
        time.sleep(_POLL_S)
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
