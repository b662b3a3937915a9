"""The one place that decides where networks run."""

import logging
import os

import torch

from gadless.errors import InputError

VARIABLE = "GADLESS_DEVICE"

logger = logging.getLogger(__name__)


def choose_device() -> torch.device:
    """Return the device named by ``GADLESS_DEVICE``, else a GPU where there is one, else the CPU.

    The device is never a parameter of a rule: results are the same to rounding, so moving to
    another machine reruns nothing.

    Raises
    ------
    InputError
        If the variable names a device that does not exist here.
    """
    wanted = os.environ.get(VARIABLE, "auto")
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


def describe(device: torch.device) -> str:
    """Return the device in words, for logs and reports."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    return f"{device.type.upper()} with {torch.get_num_threads()} thread(s)"
