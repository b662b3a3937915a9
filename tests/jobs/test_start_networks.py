"""Networks at the start: of the right kind, with finite numbers."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from small_trial import Sheets
from starting import checked, told

from gadless.jobs.start_networks import tensors_not_finite
from gadless.networks.header import shipped
from gadless.networks.weights import load, save


def test_weights_of_the_wrong_kind_or_none_at_all(started: Sheets) -> None:
    weights = {"segmenter": "generator.safetensors", "unet": "picture.safetensors"}
    shutil.copy(shipped("cgan"), started.folder / "generator.safetensors")
    (started.folder / "picture.safetensors").write_bytes(b"no weights")
    started.config["networks"] = {name: {"weights": path} for name, path in weights.items()}
    text = told(started)
    assert "generator.safetensors: is the weights of a generator, and a segmenter is" in text
    assert "picture.safetensors: is no safetensors file" in text


def test_a_candidate_without_weights(started: Sheets) -> None:
    started.config.update(candidates=["ours"], networks={"ours": {}})
    assert "no weights are shipped for 'ours'" in told(started)


def test_weights_that_are_to_be_trained_need_not_exist(started: Sheets) -> None:
    made = "results/training/weights/cgan.safetensors"
    started.config["networks"] = {"cgan": {"weights": made}}
    checked(started)
    (started.folder / made).parent.mkdir(parents=True)
    (started.folder / made).write_bytes(b"half-written")
    assert "is no safetensors file" in told(started)


def test_weights_of_a_diverged_training(started: Sheets) -> None:
    content = bytearray(shipped("cgan").read_bytes())
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    name, first = next((key, value) for key, value in header.items() if value.get("dtype") == "F32")
    assert tensors_not_finite(shipped("cgan")) == []
    at = 8 + length + first["data_offsets"][0]
    content[at : at + 4] = b"\xff" * 4
    (started.folder / "nan.safetensors").write_bytes(content)
    assert tensors_not_finite(started.folder / "nan.safetensors") == [name]
    started.config["networks"] = {"cgan": {"weights": "nan.safetensors"}}
    assert "hold NaN or infinity" in told(started)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_told_from_their_bits(
    tmp_path: Path, kind: type, value: float
) -> None:
    largest = float(np.finfo(kind).max)
    fine = np.array([0, 1, -1, largest, -largest, np.finfo(kind).tiny], kind)
    save_file({"a": fine, "b": np.append(fine, kind(value)), "n": np.arange(3)}, tmp_path / "x")
    assert tensors_not_finite(tmp_path / "x") == ["b"]


def test_bfloat16_is_told_from_its_bits_as_well(tmp_path: Path) -> None:
    def written(bits: list[int]) -> Path:
        content = np.array(bits, "<u2").tobytes()
        tensor = {"dtype": "BF16", "shape": [len(bits)], "data_offsets": [0, len(content)]}
        header = json.dumps({"__metadata__": {}, "w": tensor}).encode()
        path = tmp_path / f"{len(bits)}.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + content)
        return path

    # One, the largest, minus zero; then infinity as well.
    assert tensors_not_finite(written([0x3F80, 0x7F7F, 0x8000])) == []
    assert tensors_not_finite(written([0x3F80, 0x7F7F, 0x8000, 0x7F80])) == ["w"]


def test_an_input_on_another_scale_than_the_network_has_learnt_from(started: Sheets) -> None:
    network, metadata = load(None, "cgan", "generator")
    scale = {"normalisation": "median", "unit": 1.0, "bias_field": True}
    seen = {"sequences": {"t1": scale, "t2": scale, "flair": scale}}
    save(network, replace(metadata, trained_on=seen), started.folder / "mine.safetensors")
    started.config["networks"] = {"cgan": {"weights": "mine.safetensors"}}
    checked(started)
    started.config["sequences"] = {"flair": {"normalisation": "zscore"}}
    text = told(started)
    assert "has learnt from another scale of flair than `sequences.flair` gives" in text
    assert "normalisation zscore (was median)" in text


def test_networks_are_no_concern_of_a_trial_measured_elsewhere(table: Sheets) -> None:
    table.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    checked(table)
