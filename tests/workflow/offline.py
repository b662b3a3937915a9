"""Run a command without a network, and see whether anybody asked for one."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

GUARD = '''
"""Stands in for a machine without a network: says who asks for one, and refuses."""
import os, socket, sys, traceback

_ALLOWED = (getattr(socket, "AF_UNIX", None),)


def _told(what, address):
    with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{what} {address!r} by {sys.argv[:2]}\\n")
        traceback.print_stack(limit=5, file=log)
    raise OSError(101, "Network is unreachable")


def _refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if arguments[0].family not in _ALLOWED:
            _told(event, arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        if arguments[0] not in (None, "", "localhost", "127.0.0.1", socket.gethostname()):
            _told(event, arguments[0])


sys.addaudithook(_refuse)
'''


@cache
def cut_off() -> list[str]:
    """Return what a command begins with to have no network; nothing where that is not allowed."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    for flags in (["-n"], ["-rn"]):
        if (
            subprocess.run([unshare, *flags, "true"], capture_output=True, check=False).returncode
            == 0
        ):
            return [unshare, *flags]
    return []


def run_offline(
    command: list[str], folder: Path, source: Path, guard: Path, *, cut: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command with the network cut off; fail if it, or a process of it, asks for one.

    Parameters
    ----------
    source : Path
        Where its modules lie.
    guard : Path
        A folder for what watches it.
    cut : bool
        Else it only has another place to look for modules: what it asks of a network, it gets.
    """
    if not cut:
        environment = {**os.environ, "PYTHONPATH": str(source)}
        return _run(command, folder, environment)
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(GUARD)
    log = guard / "asked.log"
    path = os.pathsep.join([str(guard), str(source)])
    environment = {**os.environ, "PYTHONPATH": path, "GUARD_LOG": str(log)}
    done = _run([*cut_off(), *command], folder, environment)
    assert not log.exists(), log.read_text()[:4000]
    return done


def _run(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
