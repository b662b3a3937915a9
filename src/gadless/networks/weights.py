"""Reading and writing weights: safetensors with their metadata in the header, never pickles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gadless.errors import InputError
from gadless.files import written_whole
from gadless.networks import generator, segmenter
from gadless.networks.backbone import ResidualUNet
from gadless.networks.header import Kind, Metadata, parse, shipped


def describe(name: str, kind: Kind, channels: int, spacing_mm: float, **more: Any) -> Metadata:
    """Metadata of a network of this package."""
    inputs: tuple[str, ...] = generator.INPUTS
    labels: tuple[str, ...] = ()
    if kind == "segmenter":
        inputs, labels = segmenter.INPUTS, segmenter.LABELS
    return Metadata(name, kind, channels, inputs, labels, spacing_mm, **more)


def build(kind: Kind, channels: int) -> ResidualUNet:
    """Make an untrained network."""
    make: dict[str, Callable[[int], ResidualUNet]] = {
        "generator": generator.Generator,
        "segmenter": segmenter.Segmenter,
    }
    return make[kind](channels)


def save(module: ResidualUNet, metadata: Metadata, path: Path | str) -> None:
    """Write weights and metadata, whole or not at all; equal content gives equal bytes."""
    tensors = {key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()}
    with written_whole(path) as scratch:
        save_file(tensors, scratch, metadata=metadata.header())


def load(path: Path | str | None, name: str, expect_kind: Kind) -> tuple[ResidualUNet, Metadata]:
    """Read a network, ready for inference.

    Parameters
    ----------
    path : path or None
        A safetensors file; None means the shipped weights.
    name : str
        Of the network in the configuration, for messages and for the shipped weights.
    expect_kind : 'generator' or 'segmenter'

    Raises
    ------
    InputError
        If the file is missing, is no safetensors file, is not Gadless's, or is of another kind,
        architecture or normalisation.
    """
    source = Path(path) if path is not None else shipped(name)
    where = f"networks.{name}.weights: {source}"
    header, tensors = _read(source, where)
    metadata = parse(header, where)
    _check(metadata, expect_kind, where)
    module = build(metadata.kind, metadata.channels)
    try:
        module.load_state_dict(tensors)
    except RuntimeError as fault:
        reason = str(fault).splitlines()[-1].strip()
        raise InputError(f"{where}: its tensors do not fit its own header ({reason})") from None
    return module.eval().requires_grad_(False), metadata


def _read(source: Path, where: str) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    if not source.is_file():
        raise InputError(f"{where}: no such file")
    try:
        with safe_open(source, framework="pt") as stream:
            names = stream.keys()
            return stream.metadata() or {}, {name: stream.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as fault:
        raise InputError(
            f"{where}: is no safetensors file, or a damaged one ({fault}); "
            "pickled weights (.pt, .pth, .ckpt) are never loaded"
        ) from None


def _check(metadata: Metadata, expect_kind: Kind, where: str) -> None:
    expected = describe(metadata.name, expect_kind, metadata.channels, metadata.spacing_mm)
    for what in ("kind", "architecture", "normalisation", "inputs", "labels"):
        found, wanted = getattr(metadata, what), getattr(expected, what)
        if found != wanted:
            raise InputError(f"{where}: its {what} is {found!r}, but {wanted!r} is needed here")
