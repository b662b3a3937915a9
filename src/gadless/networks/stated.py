"""What the files of a network made elsewhere say of it, read without torch."""

import json
import mmap
import re
from collections.abc import Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gadless.errors import InputError
from gadless.networks import archives
from gadless.trial.config.networks import Fold, NetworkFormat, Output
from gadless.trial.config.sequences import Sequence

MODEL_TS, METADATA = "models/model.ts", "configs/metadata.json"
CHECKPOINT = "checkpoint_final.pth"
# Edges of what a network takes whole, where nothing says otherwise: five levels.
MULTIPLE = 32
# The readers of nnU-Net that turn every scan to RAS.
_REORIENTING = "NibabelIOWithReorient"

INSTALL = {
    "onnx": ("onnxruntime", "pip install -r requirements-onnx.lock"),
    "nnunet": ("nnunetv2", "pip install --no-deps -r requirements-nnunet.lock"),
}

Folds = List[Fold]


@dataclass(frozen=True)
class Stated:
    """What the files say; None where they do not.

    Attributes
    ----------
    channels : int
        Images that go in.
    names : tuple of str
        What its makers call them.
    spacing_mm : tuple of float
        Of the grid that it learnt on.
    orientation : str
    output : str
    labels : tuple of int
        Labels that can come out.
    outputs : int
        Channels that come out.
    integers : bool
        Whether what comes out are whole numbers: labels, and no scores.
    background : bool
        Whether the first channel that comes out is the background.
    patch : tuple of int
    multiple : int
        What edges of the images must be multiples of.
    """

    channels: int | None = None
    names: tuple[str, ...] | None = None
    spacing_mm: tuple[float, ...] | None = None
    orientation: str | None = None
    output: Output | None = None
    labels: tuple[int, ...] | None = None
    outputs: int | None = None
    integers: bool | None = None
    background: bool | None = None
    patch: tuple[int, int, int] | None = None
    multiple: int = MULTIPLE


def format_of(path: Path, where: str) -> NetworkFormat:
    """Tell what lies at a path.

    Raises
    ------
    InputError
        If nothing does, if it is a pickle, or nothing that is read here.
    """
    if path.is_dir():
        if (path / "dataset.json").is_file() and (path / "plans.json").is_file():
            return "nnunet"
        if (path / MODEL_TS).is_file() or (path / METADATA).is_file():
            return "monai"
        raise InputError(
            f"{where}: is neither a model folder of nnU-Net v2 (the one that is named "
            "TRAINER__PLANS__CONFIGURATION, with dataset.json, plans.json and fold_*) nor a MONAI "
            f"bundle ({MODEL_TS}, {METADATA})"
        )
    if not path.is_file():
        raise InputError(f"{where}: no such file or folder")
    found = archives.kind_of(path)
    if found == "torchscript":
        return "torchscript"
    if found == "other" and path.suffix.lower() == ".onnx":
        return "onnx"
    if found == "other" and path.suffix.lower() == ".safetensors":
        return "gadless"
    if found == "pickle":
        raise InputError(
            f"{where}: is a pickle, which can run any program when it is read, and is never "
            "loaded; save the network as TorchScript (torch.jit.save) or ONNX"
        )
    raise InputError(f"{where}: is no safetensors, ONNX or TorchScript file")


def stated_by(path: Path, kind: NetworkFormat, folds: Folds | None, where: str) -> Stated:
    """Read what the files of a network say of it.

    Raises
    ------
    InputError
        If a file is missing or damaged, or what reads it is not installed.
    """
    package, command = INSTALL.get(kind, ("", ""))
    if package and find_spec(package) is None:
        raise InputError(f"{where}: needs {package}, which is not installed: {command}")
    if kind == "onnx":
        return _onnx(path, where)
    if kind == "nnunet":
        return _nnunet(path, folds, where)
    if kind == "monai":
        return _monai(path, where)
    return _torchscript(path)


def files_of(path: Path, kind: NetworkFormat, folds: Folds | None) -> list[Path]:
    """Return every file that decides what a network does, for fingerprints."""
    if kind == "nnunet":
        names = ["dataset.json", "plans.json"]
        return [*(path / name for name in names), *checkpoints(path, folds)]
    if kind == "monai":
        return [path / MODEL_TS, path / METADATA]
    if kind == "onnx":
        return [path, *_onnx_data(path)]
    return [path]


def checkpoints(folder: Path, folds: Folds | None) -> list[Path]:
    """Return the checkpoints of the named folds of an nnU-Net folder; of all that it has if None.

    As in nnU-Net, ``fold_all`` is one of them only where it is named.
    """
    if folds is not None:
        return [folder / f"fold_{fold}" / CHECKPOINT for fold in folds]
    return sorted(
        path for path in folder.glob(f"fold_*/{CHECKPOINT}") if "all" not in path.parts[-2]
    )


def name_among_ours(text: str, sequences: Mapping[str, Sequence]) -> str | None:
    """Return which of our images somebody's name means; None if it is none of them."""
    wanted = _plain(text)
    for name, sequence in sequences.items():
        if wanted in {_plain(word) for word in (name, sequence.title, *sequence.also)}:
            return name
    return None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _onnx(path: Path, where: str) -> Stated:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.log_severity_level = 4
    try:
        session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
        taken, given = session.get_inputs(), session.get_outputs()
        shapes = [(list(one.shape), str(one.type)) for one in (*taken, *given)]
    except Exception as fault:  # noqa: BLE001  # of types that onnxruntime keeps to itself
        raise InputError(f"{where}: cannot be read as ONNX ({_line(fault)})") from None
    if len(taken) != 1 or len(given) != 1:
        raise InputError(
            f"{where}: takes {len(taken)} inputs and gives {len(given)} outputs, but one of each "
            "is needed: images stacked as (1, channels, X, Y, Z)"
        )
    (shape, _), (out, kind) = shapes
    if len(shape) != 5 or len(out) != 5:
        raise InputError(
            f"{where}: its input has {len(shape)} dimensions and its output {len(out)}, but 5 are "
            "needed: (1, channels, X, Y, Z)"
        )
    edges = shape[2:]
    whole = all(isinstance(edge, int) for edge in edges)
    return Stated(
        channels=shape[1] if isinstance(shape[1], int) else None,
        outputs=out[1] if isinstance(out[1], int) else None,
        integers="int" in kind,
        patch=(edges[0], edges[1], edges[2]) if whole else None,
    )


def _onnx_data(path: Path) -> list[Path]:
    """Files beside an ONNX file that hold its tensors: its entries of the key ``location``."""
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        names = {
            raw[match.end() : match.end() + match.group(1)[0]].decode(errors="replace")
            for match in re.finditer(rb"\x0a\x08location\x12(.)", raw, re.DOTALL)
        }
    return sorted(path.parent / name for name in names)


def _torchscript(path: Path) -> Stated:
    inputs = archives.convolution_inputs(path)
    return Stated(channels=inputs[0] if inputs else None)


def _monai(folder: Path, where: str) -> Stated:
    model = folder / MODEL_TS
    if not model.is_file() or archives.kind_of(model) != "torchscript":
        raise InputError(
            f"{where}: has no TorchScript file {MODEL_TS}; the bundle's weights alone are a pickle "
            "and are never loaded: python -m monai.bundle ckpt_export makes one of them"
        )
    formats = _json(folder / METADATA, where).get("network_data_format", {})
    try:
        image = next(iter(formats["inputs"].values()))
        given = next(iter(formats["outputs"].values()))
        channels, outputs = int(image["num_channels"]), int(given["num_channels"])
        edges = [str(edge) for edge in image["spatial_shape"]]
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError):
        raise InputError(f"{where}: {METADATA} does not say what goes in and comes out") from None
    names, made = image.get("channel_def", {}), given.get("channel_def", {})
    fixed = [int(edge) for edge in edges if edge.isdigit()]
    steps = [int(found) for edge in edges for found in re.findall(r"^(\d+)\s*\*", edge)]
    return Stated(
        channels=channels,
        names=_in_order(names) if len(names) == channels else None,
        output="labels" if given.get("format") in ("segmentation", "labels") else None,
        outputs=outputs,
        background="background" in str(made["0"]).lower() if "0" in made else None,
        patch=(fixed[0], fixed[1], fixed[2]) if len(fixed) == 3 else None,
        multiple=max([MULTIPLE, *steps]),
    )


def _nnunet(folder: Path, folds: Folds | None, where: str) -> Stated:
    for path in checkpoints(folder, folds) or [folder / "fold_0" / CHECKPOINT]:
        if not path.is_file():
            raise InputError(f"{where}: no {path.relative_to(folder)}")
    dataset, plans = (_json(folder / name, where) for name in ("dataset.json", "plans.json"))
    try:
        names = _in_order(dataset["channel_names"])
        # A label named so is never predicted.
        values = [value for name, value in dataset["labels"].items() if name != "ignore"]
        labels = [
            int(v) for value in values for v in (value if isinstance(value, list) else [value])
        ]
        regions = dataset.get("regions_class_order")
        reader = dataset.get("overwrite_image_reader_writer") or plans.get("image_reader_writer")
    except (KeyError, TypeError, AttributeError, ValueError):
        raise InputError(f"{where}: dataset.json does not name its channels and labels") from None
    if "cascade" in folder.name:
        raise InputError(f"{where}: is the second stage of a cascade, which cannot run alone")
    return Stated(
        channels=len(names),
        names=names,
        spacing_mm=_planned_spacing(folder, plans),
        orientation="RAS" if reader == _REORIENTING else None,
        output="labels",
        labels=tuple(sorted({0, *(regions or labels)})),
    )


def _planned_spacing(folder: Path, plans: dict[str, Any]) -> tuple[float, ...] | None:
    """Spacing of the configuration that the folder's name ends in."""
    configurations = plans.get("configurations", {})
    chosen = configurations.get(folder.name.rpartition("__")[2], {})
    chosen = {**configurations.get(chosen.get("inherits_from"), {}), **chosen}
    spacing = chosen.get("spacing")
    return None if spacing is None else tuple(float(edge) for edge in spacing)


def _in_order(named: Mapping[str, Any]) -> tuple[str, ...]:
    """Values of a mapping of numbers, as JSON has them, in the order of the numbers."""
    return tuple(str(named[key]) for key in sorted(named, key=int))


def _json(path: Path, where: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{where}: has no {path.name}") from None
    except ValueError as fault:
        raise InputError(f"{where}: {path.name} is no JSON ({fault})") from None
    if not isinstance(content, dict):
        raise InputError(f"{where}: {path.name} is no JSON object")
    return content


def _line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0][:200] if str(fault).strip() else type(fault).__name__
