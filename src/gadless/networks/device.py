"""The one place that decides where networks run."""

import logging
import os

import torch

from gadless.errors import InputError
from gadless.networks import gpus

VARIABLE = "GADLESS_DEVICE"
TEAM = "GADLESS_PROCESSES"
"""How many processes train one network, each on a GPU of its own."""

logger = logging.getLogger(__name__)


def choose_device() -> torch.device:
    """Return the device named by ``GADLESS_DEVICE``, else a GPU where there is one, else the CPU.

    The device is never a parameter of a rule: results are the same to rounding, so moving to
    another machine reruns nothing. Of several GPUs, a job takes one that no other job has and sees
    it alone from then on; processes that train together see all.

    Raises
    ------
    InputError
        If the variable names a device that does not exist here.
    """
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted in ("auto", "cuda") and os.environ.get(TEAM, "1") == "1":
        _take_one()
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise InputError(f"{VARIABLE}={wanted}: give auto, cpu, cuda or cuda:1") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"{VARIABLE}={wanted}: this machine shows {torch.cuda.device_count()} GPUs; "
            "give auto or cpu"
        )
    return device


def _take_one() -> None:
    """Narrow what CUDA shows to one device; it has not been started yet."""
    devices = gpus.visible(torch.cuda.device_count())
    if len(devices) > 1:
        os.environ[gpus.VISIBLE] = gpus.take(devices)
        logger.info("GPU %s of %s is this job's own", os.environ[gpus.VISIBLE], ", ".join(devices))


def describe(device: torch.device) -> str:
    """Return the device in words, for logs and reports."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    return f"{device.type.upper()} with {torch.get_num_threads()} thread(s)"
