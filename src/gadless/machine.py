"""Where results are made: the machine, and the commit of the code. No names of users or hosts."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SECONDS = 20
_GB = 1_000_000_000


def machine() -> dict[str, Any]:
    """Tell what this machine is.

    Returns
    -------
    dict
        ``processor``, ``cores``, ``memory_gb``, ``system`` and ``graphics`` (a line a card; empty
        where there is none).
    """
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages * size / _GB, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "graphics": _lines(
            "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"
        ),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def commit(folder: Path | str) -> dict[str, Any]:
    """Tell which commit the files of a folder are of.

    Parameters
    ----------
    folder : path
        With the ``Snakefile``.

    Returns
    -------
    dict
        ``commit``: None where the folder is no checkout, or there is no git; ``changed``: whether
        files that git knows differ from it.
    """
    found = _lines("git", "-C", str(folder), "rev-parse", "--show-toplevel", "HEAD")
    # A copy that happens to lie within somebody's own repository is no checkout of it.
    if len(found) != 2 or not Path(folder).is_dir() or not os.path.samefile(found[0], folder):  # noqa: PTH121
        return {"commit": None, "changed": None}
    changed = _lines("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no")
    return {"commit": found[1], "changed": bool(changed)}


def in_words(folder: Path | str) -> dict[str, str]:
    """Tell of both, for a reader: ``commit`` of a folder, and ``machine``.

    Parameters
    ----------
    folder : path
        With the ``Snakefile``.
    """
    here, code = machine(), commit(folder)
    known = "not known (no checkout)" if code["commit"] is None else code["commit"]
    changed = ", with changes that were not committed" if code["changed"] else ""
    parts = (
        f"{here['processor']}, {here['cores']} cores",
        f"{here['memory_gb']} GB",
        here["system"],
    )
    return {"commit": f"{known}{changed}", "machine": "; ".join((*parts, *here["graphics"]))}


def _lines(*command: str) -> Sequence[str]:
    """Return what a command prints; nothing where it is absent or fails."""
    if shutil.which(command[0]) is None:
        return []
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
