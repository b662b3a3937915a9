"""Headers of weights: one sentence that names the file, or what stands in the header."""

import json
import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import budget, judge

from gadless.networks.described import check_network, contract_of
from gadless.networks.header import HEADER_KEY, Metadata, read_header, shipped
from gadless.networks.weights import load
from gadless.trial.config import Network

SOUND = read_header(shipped("unet"), "shipped")
TENSORS = shipped("unet").read_bytes()
ODD = (
    *(None, "x", "", -1, 0, 1, 2, 8, 10**9, 10**30, 1.5, 1e-9, 1e300, [], {}, [1], ["t1"], [[]]),
    *(True,),
    *({"exams": -1}, {"exams": "x"}, {"exams": 1, "phantom_exams": 2}, {"a": float("nan")}, "\0"),
    *("x" * 999,),
    *(float("nan"), float("inf"), ["t1", "t1"], ["t1", "t2", "flair"], ["<b>", "t1"], "generator"),
)  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("weights") / "mine.safetensors"


def packed(header: bytes, length: int | None = None, rest: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + rest


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Draw a file: a header of ours with odd values, its length and what follows as it may be."""
    told = json.loads(SOUND.header()[HEADER_KEY])
    for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
        key = draw(st.sampled_from(sorted(told) or ["name"]))
        if draw(st.integers(0, 5)) == 0:
            del told[key]
        else:
            told[key] = draw(st.sampled_from(ODD))
    text = json.dumps(told) if draw(st.integers(0, 7)) else draw(st.sampled_from(_NO_OBJECTS))
    (size,) = struct.unpack_from("<Q", TENSORS)
    whole = json.loads(TENSORS[8 : 8 + size])
    whole["__metadata__"] = draw(st.sampled_from(({HEADER_KEY: text},) * 9 + _NO_METADATA))
    header = json.dumps(whole).encode()
    length = draw(st.sampled_from((None,) * 8 + (0, 1, 7, 2**20, 10**8, 2**63, 2**64 - 1)))
    rest = draw(st.sampled_from((TENSORS[8 + size :], b"", TENSORS[8 + size : -4])))
    content = packed(header, length, rest)
    return content[: draw(st.sampled_from((len(content),) * 6 + (0, 3, 8, 9, 40, len(header))))]


_NO_OBJECTS = ("", "[]", "5", "null", "{", '"x"', "[" * 5000, "{}", '{"channels": 1e999}', "NaN")
_NO_METADATA = (
    None,
    [],
    {},
    "x",
    {HEADER_KEY: None},
    {HEADER_KEY: 5},
    {"other": "x"},
    {HEADER_KEY: {}},
)


@budget(1.5)
@given(content=headers())
def test_a_header_is_refused_by_name_or_read_as_it_stands(content, file):
    file.write_bytes(content)
    found = judge("weights' headers", lambda: read_header(file, "networks.unet.weights"), "unet")
    if found is None:
        assert check_network("unet", Network(weights=str(file)))
        judge("weights' tensors", lambda: load(file, "unet", "generator"), "unet")
        return
    assert isinstance(found, Metadata)
    (length,) = struct.unpack_from("<Q", content)
    told = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][HEADER_KEY])
    assert (found.channels, list(found.inputs)) == (told["channels"], told["inputs"])
    assert found.spacing_mm == told["spacing_mm"]
    assert type(found.channels) is int
    assert math.isfinite(found.spacing_mm)
    assert found.trained_on == told.get("trained_on", {})
    judge("weights' contracts", lambda: contract_of("unet", Network(weights=str(file))), "unet")
    loaded = judge("weights' tensors", lambda: load(file, "unet", "generator"), "unet")
    if loaded is not None:
        assert loaded[1] == found


@st.composite
def others(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw what lies under the name of another format."""
    suffix = draw(st.sampled_from((".onnx", ".ts", ".pt", ".zip", ".safetensors", "")))
    start = draw(
        st.sampled_from((b"", b"PK\x03\x04", b"\x80\x02", b"\x08\x08", b"<html>", b"ONNX"))
    )
    return f"model{suffix}", start + draw(st.binary(max_size=200))


@budget(0.5)
@given(named=others())
def test_a_file_of_no_network_is_refused_by_name(named, file):
    name, content = named
    path = file.with_name(name)
    path.write_bytes(content)
    told = {"inputs": ["t1"], "spacing_mm": 1.0, "orientation": "RAS", "output": "map"}
    settings = Network(weights=str(path), normalisation="none", **told)
    judge("files of no network", lambda: contract_of("theirs", settings), "networks.theirs")


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a file with bytes changed, or cut."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(
        changed[: draw(st.sampled_from((len(changed), draw(st.integers(0, len(changed))))))]
    )


@pytest.fixture(scope="module")
def sound_models(tmp_path_factory):
    """A network of each further format, as bytes."""
    import numpy as np
    from tiny_models import pointwise, write_onnx, write_torchscript

    folder = tmp_path_factory.mktemp("sound")
    kernel, bias = pointwise([[1.0]]), np.zeros(1)
    made = {"model.pt": write_torchscript(folder / "model.pt", kernel, bias).read_bytes()}
    with suppress(ImportError):
        made["model.onnx"] = write_onnx(folder / "model.onnx", kernel, bias).read_bytes()
    return made


@budget(0.5)
@given(data=st.data())
def test_a_damaged_network_is_refused_by_name_or_opened(data, sound_models, file):
    from gadless.networks.opened import open_network

    name = data.draw(st.sampled_from(sorted(sound_models)))
    path = file.with_name(name)
    path.write_bytes(data.draw(damaged(sound_models[name])))
    told = {"inputs": ["t1"], "spacing_mm": 1.0, "orientation": "RAS", "output": "map"}
    settings = Network(weights=str(path), normalisation="none", **told)
    judge(f"damaged {name}", lambda: open_network("theirs", settings), "networks.theirs")
