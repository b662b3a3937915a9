"""Reading and writing weights: safetensors with their metadata in the header, never pickles."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gadless.errors import InputError
from gadless.files import written_whole
from gadless.networks import generator, segmenter
from gadless.networks.backbone import ResidualUNet
from gadless.networks.header import ARCHITECTURES, Kind, Metadata, parse, shipped

INPUTS: dict[Kind, tuple[str, ...]] = {
    "generator": generator.INPUTS,
    "segmenter": segmenter.INPUTS,
}


def describe(
    name: str,
    kind: Kind,
    channels: int,
    spacing_mm: float,
    inputs: Sequence[str] = (),
    **more: Any,
) -> Metadata:
    """Metadata of a network of this package; without `inputs`, those of its kind."""
    labels = segmenter.LABELS if kind == "segmenter" else ()
    seen = tuple(inputs) or INPUTS[kind]
    architecture = ARCHITECTURES[kind]
    return Metadata(
        name, kind, channels, seen, labels, spacing_mm, architecture=architecture, **more
    )


def build(kind: Kind, channels: int, inputs: Sequence[str] = ()) -> ResidualUNet:
    """Make an untrained network; without `inputs`, for those of its kind."""
    make: dict[Kind, Callable[[int, Sequence[str]], ResidualUNet]] = {
        "generator": generator.Generator,
        "segmenter": segmenter.Segmenter,
    }
    return make[kind](channels, tuple(inputs) or INPUTS[kind])


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
        If the file is missing, is no safetensors file, is not Gadless's, is of another kind,
        architecture or normalisation, or its tensors do not fit its header or are not finite.
    """
    source = Path(path) if path is not None else shipped(name)
    where = f"networks.{name}.weights: {source}"
    header, tensors = _read(source, where)
    metadata = parse(header, where)
    _check(metadata, expect_kind, where)
    _check_tensors(tensors, metadata, where)
    module = build(metadata.kind, metadata.channels, metadata.inputs)
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
    for what in ("kind", "architecture", "normalisation", "labels"):
        found, wanted = getattr(metadata, what), getattr(expected, what)
        if found != wanted:
            raise InputError(f"{where}: its {what} is {found!r}, but {wanted!r} is needed here")


def _check_tensors(tensors: Mapping[str, torch.Tensor], metadata: Metadata, where: str) -> None:
    """Compare with the header before a network of the size that it states is made."""
    stated = {
        "encoder.0.first.weight": ("input channels", len(metadata.inputs)),
        "head.weight": ("features at the first level", metadata.channels),
    }
    for name, (what, wanted) in stated.items():
        found = tensors[name].shape[1] if name in tensors and tensors[name].ndim == 5 else None
        if found != wanted:
            raise InputError(
                f"{where}: its tensors do not fit its own header ({found or 'no'} {what}; "
                f"the header says {wanted})"
            )
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise InputError(
            f"{where}: {len(broken)} of its {len(tensors)} tensors hold NaN or infinity "
            f"({broken[0]} first): its training diverged; train it again"
        )
