"""ONNX files, by onnxruntime."""

import logging

import numpy as np
import torch
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.networks.contract import Contract
from gadless.networks.device import choose_device
from gadless.networks.external.volumes import Blocks
from gadless.networks.model import Volume

logger = logging.getLogger(__name__)


def open_onnx(contract: Contract, where: str) -> Blocks:
    """Open an ONNX file; on the GPU where one is chosen and onnxruntime was built for it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    providers = ["CPUExecutionProvider"]
    if choose_device().type == "cuda" and (
        "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    ):
        providers.insert(0, "CUDAExecutionProvider")
    session = onnxruntime.InferenceSession(contract.path, options, providers=providers)
    taken = session.get_inputs()[0]
    number = np.float16 if taken.type == "tensor(float16)" else np.float32
    logger.info("%s runs on %s", contract.path.name, session.get_providers()[0])

    def run(block: Volume) -> NDArray:
        try:
            (output,) = session.run(None, {taken.name: block[None].astype(number)})
        except Exception as fault:  # noqa: BLE001  # of types that onnxruntime keeps to itself
            reason = (str(fault).strip().splitlines() or [""])[0][:300]
            raise InputError(f"{where}: failed on images of {block.shape} ({reason})") from None
        return np.asarray(output)[0]

    return Blocks(contract, run, where)
