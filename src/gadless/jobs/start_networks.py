"""The trial's networks at the start: files of the right kind, with finite numbers."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from gadless.files import is_file
from gadless.networks.described import check_network
from gadless.networks.header import read_header, shipped
from gadless.networks.seen import OURS
from gadless.trial.config import Config

# Bits of the exponent, all of which are set in what is infinite or no number.
_EXPONENTS: dict[str, tuple[str, int]] = {
    "F64": ("<u8", 0x7FF0000000000000),
    "F32": ("<u4", 0x7F800000),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}


def network_faults(
    config: Config, used: Iterable[str], is_made: Callable[[str], bool]
) -> list[str]:
    """Say which networks of a trial cannot be what they are named for.

    Parameters
    ----------
    config : Config
    used : iterable of str
        Names of the networks that the trial runs.
    is_made : callable
        Whether a rule makes a file of weights, so that it need not exist yet.
    """
    return [fault for name in used for fault in _faults_of(config, name, is_made)]


def _faults_of(config: Config, name: str, is_made: Callable[[str], bool]) -> Iterator[str]:
    named = config.networks[name].weights
    if named is not None and is_made(named) and not is_file(named):
        return
    faults = check_network(name, config.networks[name], config.sequences)
    yield from faults
    path = shipped(name) if named is None else Path(named)
    if faults or path.suffix != OURS:
        return
    at = f"networks.{name}.weights: {path.absolute()}"
    yield from _other_scales(config, path, at)
    if unusable := tensors_not_finite(path):
        yield (
            f"{at}: {unusable[0]} and {len(unusable) - 1} more tensors hold NaN or infinity:"
            " its training has diverged, or the file is damaged"
        )


def _other_scales(config: Config, path: Path, at: str) -> Iterator[str]:
    """Say which inputs are scaled otherwise than those that the network has learnt from."""
    learnt = read_header(path, at).trained_on.get("sequences") or {}
    for name, scale in learnt.items():
        now = config.sequences[name].model_dump(mode="json")
        other = [
            f"{key} {now[key]} (was {value})" for key, value in scale.items() if now[key] != value
        ]
        if other:
            yield (
                f"{at}: has learnt from another scale of {name} than `sequences.{name}` gives:"
                f" {', '.join(other)}; restore it, or train the network anew"
            )


def tensors_not_finite(path: Path) -> list[str]:
    """Return the names of tensors of a safetensors file that hold NaN or infinity.

    Parameters
    ----------
    path : Path
        A file whose header can be read.

    Notes
    -----
    Told from the bits, because numpy has no bfloat16. The format: eight bytes of length, a header
    in JSON with type and place of each tensor, then the numbers, little-endian.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    content = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    found = []
    for name, tensor in header.items():
        if tensor.get("dtype") not in _EXPONENTS:
            continue
        kind, exponent = _EXPONENTS[tensor["dtype"]]
        start, end = tensor["data_offsets"]
        bits = content[start:end].view(kind)
        if bool(((bits & exponent) == exponent).any()):
            found.append(str(name))
    return found
