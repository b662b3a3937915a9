"""Reading and writing weights: safetensors with their metadata in the header, never pickles."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self, get_args

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gadless import __version__
from gadless.errors import InputError
from gadless.files import written_whole
from gadless.networks import generator, segmenter
from gadless.networks.backbone import ResidualUNet

Kind = Literal["generator", "segmenter"]

HEADER_KEY = "gadless"
ARCHITECTURE = "residual U-Net, 3D, 4 levels"
NORMALISATION = "brain median 1, outside the brain 0"
TRAIN_COMMAND = "snakemake --cores all train"


@dataclass(frozen=True)
class Metadata:
    """What a weights file says about itself.

    Attributes
    ----------
    name, kind : str
    channels : int
        Features of the first level.
    inputs, labels : tuple of str
        Images in the order of the channels; labels of a segmenter in the order of their numbers.
    spacing_mm : float
        Voxel of the grid that the network sees.
    seed, steps : int
    precision : str
        Arithmetic of the training.
    training_data : str
        SHA-256 over the checksums of all training files.
    recipe : dict
        All of the recipe.
    architecture, normalisation, command, version : str
    """

    name: str
    kind: Kind
    channels: int
    inputs: tuple[str, ...]
    labels: tuple[str, ...]
    spacing_mm: float
    seed: int = 0
    steps: int = 0
    precision: str = "float32"
    training_data: str = ""
    recipe: dict[str, Any] | None = None
    architecture: str = ARCHITECTURE
    normalisation: str = NORMALISATION
    command: str = TRAIN_COMMAND
    version: str = __version__

    def header(self) -> dict[str, str]:
        """Return the metadata as safetensors wants them: text to text.

        One key alone, because safetensors writes several in an order that varies.
        """
        return {HEADER_KEY: json.dumps(asdict(self), sort_keys=True)}

    @classmethod
    def from_header(cls, header: dict[str, str]) -> Self:
        """Read what `header` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If something is missing or is not JSON.
        """
        content = json.loads(header[HEADER_KEY])
        values = {item.name: content[item.name] for item in fields(cls)}
        values["inputs"], values["labels"] = tuple(values["inputs"]), tuple(values["labels"])
        if values["kind"] not in get_args(Kind):
            raise ValueError(f"unknown kind {values['kind']!r}")
        return cls(**values)


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


def shipped(name: str) -> Path:
    """Path of the weights that come with Gadless.

    Raises
    ------
    InputError
        If none are shipped under this name.
    """
    folder = Path(__file__).parent / "shipped"
    path = folder / f"{name}.safetensors"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.safetensors")))
        raise InputError(
            f"networks.{name}.weights: no weights are shipped for {name!r} (shipped: "
            f"{known or 'none'}); name a safetensors file, or train one: {TRAIN_COMMAND}"
        )
    return path


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
    try:
        metadata = Metadata.from_header(header)
    except KeyError as missing:
        raise InputError(
            f"{where}: its header has no {missing}, so it was not written by this Gadless; "
            f"train one: {TRAIN_COMMAND}"
        ) from None
    except (ValueError, TypeError) as fault:
        raise InputError(f"{where}: its header is damaged ({fault})") from None
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
