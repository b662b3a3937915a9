"""Several GPUs in one machine: each job takes one that no other job has."""

import fcntl
import os
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import IO

VISIBLE = "CUDA_VISIBLE_DEVICES"

_held: list[IO[str]] = []


def take(devices: Sequence[str], folder: Path | None = None) -> str:
    """Take the device with the fewest jobs, until this process ends.

    Parameters
    ----------
    devices : sequence of str
        As ``CUDA_VISIBLE_DEVICES`` names them.
    folder : path, optional
        Where a file for each device is locked; one of the user's own by default. A cluster shows
        a job its own devices alone, so that it matters within one machine only.

    Returns
    -------
    str
        One of the devices.

    Notes
    -----
    The kernel frees a lock whose process has ended, however it ended. Where there are more jobs
    than devices, because Snakemake was told so, they share them evenly.
    """
    folder = folder or Path(tempfile.gettempdir(), f"gadless-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    for place in count():
        for device in devices:
            # Kept open on purpose: closing gives the device back.
            lock = (folder / f"{device.replace('/', '-')}.{place}").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            _held.append(lock)
            return device
    raise AssertionError("counting ends never")


def visible(number: int) -> list[str]:
    """Name the devices that this process may use.

    Parameters
    ----------
    number : int
        How many there are, where ``CUDA_VISIBLE_DEVICES`` says nothing.
    """
    named = os.environ.get(VISIBLE)
    if named is None:
        return [str(device) for device in range(number)]
    return [device.strip() for device in named.split(",") if device.strip()]
