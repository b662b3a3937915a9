"""Networks of other makers, small enough to know what comes out."""

import json
from pathlib import Path

import numpy as np
import torch

DYNAMIC = ("n", "x", "y", "z")


def write_onnx(path: Path, kernel: np.ndarray, bias: np.ndarray, last: str = "", **form) -> Path:
    """Write one 3D convolution; `last` is an operator that follows it.

    `form` may fix the `edges` of the images, and name the `type` of what comes out.
    """
    from onnx import TensorProto, checker, helper, numpy_helper, save

    edges, number = form.get("edges", DYNAMIC[1:]), form.get("type", TensorProto.FLOAT)
    pads = [(n - 1) // 2 for n in kernel.shape[2:]] * 2
    outputs = 1 if last == "ArgMax" else kernel.shape[0]
    nodes = [helper.make_node("Conv", ["images", "kernel", "bias"], ["raw"], pads=pads)]
    settings = {"axis": 1, "keepdims": 1} if last == "ArgMax" else {}
    nodes.append(helper.make_node(last or "Identity", ["raw"], ["out"], **settings))
    if last == "ArgMax":
        number = TensorProto.INT64
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(
                "images", TensorProto.FLOAT, [DYNAMIC[0], kernel.shape[1], *edges]
            )
        ],
        [helper.make_tensor_value_info("out", number, [DYNAMIC[0], outputs, *edges])],
        [
            numpy_helper.from_array(kernel.astype(np.float32), "kernel"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, path)
    return path


def pointwise(weights: list[list[float]]) -> np.ndarray:
    """Return a kernel (outputs, inputs, 1, 1, 1) that mixes channels voxel by voxel."""
    return np.array(weights, np.float32)[:, :, None, None, None]


def write_torchscript(path: Path, kernel: np.ndarray, bias: np.ndarray) -> Path:
    """Write the same as TorchScript."""
    outputs, inputs, *size = kernel.shape
    module = torch.nn.Conv3d(inputs, outputs, size, padding=[(n - 1) // 2 for n in size])
    module.weight.data = torch.from_numpy(kernel.astype(np.float32))
    module.bias.data = torch.from_numpy(bias.astype(np.float32))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.script(torch.nn.Sequential(module)).save(str(path))
    return path


def write_monai(
    folder: Path,
    kernel: np.ndarray,
    names: tuple[str, ...],
    output: str = "segmentation",
    made: tuple[str, ...] = (),
) -> Path:
    """Write a MONAI bundle round the TorchScript, as `monai.bundle ckpt_export` leaves it."""
    write_torchscript(folder / "models" / "model.ts", kernel, np.zeros(kernel.shape[0]))
    image = {
        "type": "image",
        "num_channels": kernel.shape[1],
        "spatial_shape": ["8*n", "8*n", "8*n"],
        "channel_def": {str(n): name for n, name in enumerate(names)},
    }
    given = {
        "type": "image",
        "format": output,
        "num_channels": kernel.shape[0],
        "spatial_shape": ["8*n", "8*n", "8*n"],
        "channel_def": {str(n): name for n, name in enumerate(made)},
    }
    metadata = {"network_data_format": {"inputs": {"image": image}, "outputs": {"pred": given}}}
    (folder / "configs").mkdir(parents=True)
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata))
    return folder
