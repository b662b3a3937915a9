"""A job of a rule as its script runs it, without the rest of the workflow."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gadless.orphan import PARENT
from gadless.record import COMMON, Part
from gadless.task import Task

PATIENCE_S = 60.0

PARTS = {COMMON: Part({}, {})}
"""What a job was made from, where that is no matter."""

_SCRIPT = """
import ctypes, json, os, signal, sys, time
from types import SimpleNamespace
from gadless.files import write_text
from gadless.task import started

asked, outputs, log = json.loads({given!r})
snakemake = SimpleNamespace(params=SimpleNamespace(asked=asked), output=outputs, log=[log])
with started(snakemake) as task:
    open({folder!r} + "/pid", "w").write(str(os.getpid()))
    {body}
"""

# As Snakemake: it says who it is, and has a shell start the script.
_SNAKEMAKE = """
import subprocess, sys
from gadless.orphan import be_parent
be_parent()
sys.exit(subprocess.run(["bash", "-c", "set -euo pipefail; {python} {script}; true"]).returncode)
"""


def asked(folder: Path, rule: str = "segment", **changes: Any) -> dict[str, Any]:
    """What a rule asks of a job of visit V1 of patient P1."""
    return {
        "rule": rule,
        "words": f"{rule} P1 V1",
        "exam": None,
        "folder": str(folder),
        "record": f"{folder}/records/{rule}/P1/V1.json",
        "told": {},
        "parts": {"": {"told": {"code": "1"}, "files": {}}},
        "reads": {},
        **changes,
    }


def outputs(folder: Path) -> list[str]:
    return [f"{folder}/visits/P1/V1/segmented/status.json"]


def task(folder: Path, **changes: Any) -> Task:
    """A job in this process."""
    return Task(asked(folder, **changes), outputs(folder), logging.getLogger("gadless"))


def script(folder: Path, body: str, **changes: Any) -> Path:
    """The script of a job, which notes its process in the file `pid` and then runs a body."""
    folder.mkdir(exist_ok=True)
    given = json.dumps([asked(folder, **changes), outputs(folder), str(folder.parent / "job.log")])
    path = folder.parent / "job.py"
    path.write_text(_SCRIPT.format(given=given, folder=str(folder.parent), body=body))
    return path


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a script by hand."""
    environment = {name: value for name, value in os.environ.items() if name != PARENT}
    command = [sys.executable, str(path)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def start(path: Path) -> subprocess.Popen[str]:
    """Have something like Snakemake run a script."""
    code = _SNAKEMAKE.format(python=sys.executable, script=path)
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def until(happens: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + PATIENCE_S
    while not (found := happens()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def number(path: Path) -> int:
    """Wait for the number of a process that is written into a file."""
    return int(until(lambda: path.exists() and path.read_text()))


def runs(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
