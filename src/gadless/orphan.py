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
from collections.abc import Mapping

PARENT = "GADLESS_PARENT"
"""Environment variable with the process number of the nearest Snakemake."""

_PR_SET_PDEATHSIG = 1
_POLL_S = 1.0


def be_parent() -> None:
    """Let jobs know which process they belong to: this one."""
    os.environ[PARENT] = str(os.getpid())


def die_with_parent(environment: Mapping[str, str] = os.environ) -> None:
    """End this process when the Snakemake that started it ends, however that ends.

    A shell may stand between the two, so the parent is known by its number and not by kinship.
    Without a number, as in a script started by hand, nothing happens.
    """
    number = environment.get(PARENT, "")
    if not number.isdigit() or int(number) == os.getpid():
        return
    threading.Thread(target=_watch, args=(int(number),), daemon=True, name="parent").start()


def die_with_maker() -> None:
    """End this process when the process that made it ends: for workers of a pool."""
    if sys.platform != "linux":
        return
    maker = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before the signal was asked for.
    if os.getppid() != maker:
        _end()


def _watch(parent: int) -> None:
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        _end()
    except (AttributeError, OSError):
        _watch_by_asking(parent)
    else:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll()
        _end()


def _watch_by_asking(parent: int) -> None:
    while True:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            _end()
        except PermissionError:
            return  # there, and another user's: not ours to follow
        time.sleep(_POLL_S)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
