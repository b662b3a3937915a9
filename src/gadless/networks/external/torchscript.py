"""TorchScript files, and the one inside a MONAI bundle, by torch alone.

Such a file is a program in a small language, and PyTorch promises no sandbox: run what you trust.
"""

import logging

import torch
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.networks.contract import Contract
from gadless.networks.device import choose_device, describe
from gadless.networks.external.volumes import Blocks
from gadless.networks.model import Volume
from gadless.networks.stated import MODEL_TS

logger = logging.getLogger(__name__)


def open_torchscript(contract: Contract, where: str) -> Blocks:
    """Open a TorchScript file or a MONAI bundle's.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    device = choose_device()
    path = contract.path / MODEL_TS if contract.format == "monai" else contract.path
    try:
        module = torch.jit.load(path, map_location=device).eval()
    except Exception as fault:  # noqa: BLE001  # a damaged file raises whatever it breaks
        raise InputError(f"{where}: cannot be read as TorchScript ({_reason(fault)})") from None
    logger.info("%s runs on %s", path.name, describe(device))

    def run(block: Volume) -> NDArray:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(deterministic=True, benchmark=False, allow_tf32=False),
        ):
            try:
                output = module(torch.from_numpy(block)[None].to(device))
            except RuntimeError as fault:
                raise InputError(
                    f"{where}: failed on images of {block.shape} ({_reason(fault)})"
                ) from None
        if not isinstance(output, torch.Tensor) or output.ndim != 5:
            raise InputError(f"{where}: gave no tensor of (1, channels, X, Y, Z)")
        values: NDArray = output[0].cpu().numpy()
        return values

    return Blocks(contract, run, where)


def _reason(fault: Exception) -> str:
    """Return the last line: what was wrong, below where in the program it was."""
    return (str(fault).strip().splitlines() or [""])[-1].strip()[:300]
