"""What is wrong with a network is known before anything runs: a sentence each."""

import dataclasses
import json
import pickle
import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from pydantic import ValidationError
from tiny_models import pointwise, write_monai, write_onnx, write_torchscript

from gadless.networks import archives, stated, weights
from gadless.networks.described import check_network, checksum, network_files, segments_itself
from gadless.trial.codings import coding
from gadless.trial.config import Network, read_config
from gadless.trial.config.sequences import Sequence, built_in

needs_onnx = pytest.mark.skipif(
    find_spec("onnx") is None or find_spec("onnxruntime") is None,
    reason="requirements-onnx.lock is not installed",
)
MAP = {
    "inputs": ["t1", "t2", "flair"],
    "spacing_mm": 1.0,
    "orientation": "RAS",
    "normalisation": "zscore",
    "output": "map",
}
LABELS = {**MAP, "output": "labels", "labels_of": {0: 0, 1: 2, 2: 1}}


@pytest.fixture
def script(tmp_path):
    return write_torchscript(tmp_path / "model.pt", pointwise([[1, 0, 0]]), np.zeros(1))


def _faults(path, told, name="theirs", sequences=None):
    return check_network(name, Network(weights=str(path), **told), sequences)


def _says(faults, said):
    assert any(re.search(said, fault) for fault in faults), faults
    assert all(fault.startswith("networks.") and "\n" not in fault for fault in faults)


def test_a_complete_contract_has_no_fault(script):
    assert _faults(script, MAP) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        *(({key: None}, f"theirs.{key}: is missing, and the TorchScript file") for key in MAP),
        ({"inputs": ["t1", "t2"]}, "names 2 images .*TorchScript file takes 3"),
        ({"inputs": ["t1", "t2", "t1c"]}, "has t1c, .*no gadolinium reaches a candidate"),
        ({"inputs": ["t1", "t2", "subtraction"]}, "no gadolinium reaches a candidate"),
        ({"inputs": ["t1", "t2", "contrast"]}, "no gadolinium reaches a candidate"),
        ({"inputs": ["t2", "flair", "adc"]}, "on the scale of T1, which is not among them"),
        ({"output": "labels"}, "labels_of: is missing"),
        ({"labels_of": {1: 1}}, "is for a network whose output is labels"),
        ({"output": "labels", "labels_of": "brats1066"}, "labels_of: no coding 'brats1066'"),
        ({"mirroring": True}, "mirroring: is for nnU-Net alone"),
        ({"folds": [0]}, "folds: is for nnU-Net alone"),
        ({"format": "onnx"}, "is a TorchScript file, but `format` says onnx"),
    ],
)
def test_what_contradicts_or_is_missing(script, told, said):
    _says(_faults(script, {**MAP, **told}), said)


def test_inputs_are_sequences_of_the_trial(script):
    told = {**MAP, "inputs": ["t1", "t2", "adc"]}
    _says(_faults(script, told, sequences=built_in()), "has adc, which is no sequence of the trial")
    more = {**built_in(), "adc": Sequence(title="ADC")}
    assert _faults(script, told, sequences=more) == []
    enhanced = {**built_in(), "adc": Sequence(title="delayed T1c", normalisation="to_t1")}
    _says(_faults(script, told, sequences=enhanced), "no gadolinium reaches a candidate")


def test_a_segmenter_gives_labels_of_the_contrast(script):
    _says(_faults(script, MAP, "segmenter"), "a segmenter gives labels")
    _says(_faults(script, LABELS, "segmenter"), "same tumour on every contrast")
    acquired = {**LABELS, "inputs": ["t1", "t2", "t1c"]}
    _says(_faults(script, acquired, "segmenter"), "is called `contrast`")
    assert _faults(script, {**LABELS, "inputs": ["t1", "t2", "contrast"]}, "segmenter") == []


@needs_onnx
@pytest.mark.parametrize(
    ("told", "kernel", "said"),
    [
        ({"inputs": ["t1", "t2"]}, [[1, 0, 0]], "names 2 images .*ONNX file takes 3"),
        ({}, [[1, 0, 0]] * 2, "a map is one channel, but the ONNX file gives 2"),
        (LABELS, [[1, 0, 0]] * 4, r"no place for its labels \[3\]"),
        (LABELS, [[1, 0, 0]], "regions: is missing"),
        ({**LABELS, "regions": {0: 1}}, [[1, 0, 0]] * 2, r"names the channels \[0\].*gives 2"),
        ({**LABELS, "regions": {0: 1, 1: 7}}, [[1, 0, 0]] * 2, r"no place for its labels \[7\]"),
        ({"patch": [32, 32, 32]}, [[1, 0, 0]], r"patch: is \(32, 32, 32\), but .* \(16, 16, 16\)"),
    ],
)
def test_an_onnx_file_says_what_goes_in_and_out(tmp_path, told, kernel, said):
    kernel = pointwise(kernel)
    path = write_onnx(tmp_path / "m.onnx", kernel, np.zeros(len(kernel)), edges=(16, 16, 16))
    _says(_faults(path, {**MAP, **told}), said)


@needs_onnx
def test_an_onnx_file_that_is_none_or_has_other_dimensions(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"no model at all")
    _says(_faults(path, MAP), "cannot be read as ONNX")
    path.write_bytes(b"")
    _says(_faults(path, MAP), "cannot be read as ONNX")
    write_onnx(path, np.ones((1, 3, 1, 1)), np.zeros(1), edges=("x", "y"))
    _says(_faults(path, MAP), "its input has 4 dimensions")


@needs_onnx
def test_tensors_beside_an_onnx_file_are_part_of_it(tmp_path):
    import onnx

    path = write_onnx(tmp_path / "m.onnx", np.ones((1, 3, 5, 5, 5)), np.zeros(1))
    assert network_files("a", Network(weights=str(path))) == [path]
    before = checksum("a", Network(weights=str(path)))
    onnx.save(
        onnx.load(path), path, save_as_external_data=True, location="m.data", size_threshold=0
    )
    files = network_files("a", Network(weights=str(path)))
    assert files == [path, tmp_path / "m.data"]
    moved = checksum("a", Network(weights=str(path)))
    (tmp_path / "m.data").write_bytes(bytes(len((tmp_path / "m.data").read_bytes())))
    assert len({before, moved, checksum("a", Network(weights=str(path)))}) == 3


class _Mischief:
    def __reduce__(self):
        return (exec, ("raise AssertionError('the pickle was run')",))


@pytest.mark.parametrize("name", ["bad.pt", "bad.safetensors", "bad.onnx", "bad.ckpt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_refused_unread_whatever_its_name(tmp_path, name, zipped):
    path = tmp_path / name
    if zipped:
        torch.save({"weights": torch.zeros(2), "more": _Mischief()}, path)
    else:
        path.write_bytes(pickle.dumps(_Mischief()))
    _says(_faults(path, MAP), "is a pickle, .* is never loaded")


def test_shapes_are_read_without_running_what_a_torchscript_holds(tmp_path):
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", pickle.dumps(_Mischief()))
        archive.writestr("m/constants.pkl", b"")
        archive.writestr("m/code/x.py", b"")
    assert archives.kind_of(path) == "torchscript"
    assert archives.convolution_inputs(path) == ()


def test_nothing_usable_lies_there(tmp_path):
    _says(_faults(tmp_path / "none.onnx", MAP), "none.onnx: no such file or folder")
    _says(_faults(tmp_path, MAP), "neither a model folder of nnU-Net v2 .* nor a MONAI")
    (tmp_path / "notes.txt").write_text("hello")
    _says(_faults(tmp_path / "notes.txt", MAP), "no safetensors, ONNX or TorchScript file")


@pytest.mark.parametrize(("kind", "package"), [("onnx", "onnxruntime"), ("nnunet", "nnunetv2")])
def test_a_missing_extra_is_named_with_how_to_install_it(tmp_path, monkeypatch, kind, package):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x08")
    if kind == "nnunet":
        path = tmp_path
        for name in ("dataset.json", "plans.json"):
            (path / name).write_text("{}")
    monkeypatch.setattr(stated, "find_spec", lambda name: None)
    _says(
        _faults(path, MAP),
        rf"needs {package}, which is not installed: pip install .*requirements-{kind}\.lock",
    )


def test_a_monai_bundle_says_what_it_can(tmp_path):
    names = ("FLAIR", "T1w", "T2")
    path = write_monai(tmp_path / "b", pointwise([[1, 0, 0]] * 3), names, made=("background",))
    told = {key: value for key, value in LABELS.items() if key not in ("inputs", "output")}
    assert _faults(path, told) == []
    assert segments_itself("theirs", Network(weights=str(path), **told))
    _says(_faults(path, LABELS), "has t1 where the MONAI bundle says 'FLAIR'")
    _says(_faults(path, {**told, "inputs": ["flair", "t1"]}), "MONAI bundle takes 3")
    _says(_faults(path, MAP | {"inputs": None}), "output: is map, but the MONAI bundle says labels")
    (path / "configs" / "metadata.json").write_text("[]")
    _says(_faults(path, told), "is no JSON object")
    (path / "configs" / "metadata.json").write_text(json.dumps({"network_data_format": {}}))
    _says(_faults(path, told), "does not say what goes in")
    (path / "models" / "model.ts").unlink()
    _says(_faults(path, told), "has no TorchScript file models/model.ts")


def test_a_file_of_gadless_says_everything_itself(tmp_path):
    path = tmp_path / "mine.safetensors"
    inputs = ("t1", "t1c")
    weights.save(
        weights.build("generator", 4, inputs),
        weights.describe("mine", "generator", 4, 2.0, inputs=inputs),
        path,
    )
    _says(_faults(path, {}), "has t1c, .*no gadolinium reaches a candidate")
    _says(
        _faults(path, {}, "segmenter"),
        "is the weights of a generator, and a segmenter is needed here",
    )
    _says(_faults(path, {"spacing_mm": 2.0}), "spacing_mm: a file of Gadless says this itself")


def test_weights_of_another_gadless_are_refused_at_the_start(tmp_path):
    """A generator of before says nothing of its spread; each exam's job would have failed."""
    path = tmp_path / "mine.safetensors"
    old = weights.describe("mine", "generator", 4, 2.0)
    old = dataclasses.replace(old, architecture="residual U-Net, 3D, 4 levels")
    weights.save(weights.build("generator", 4), old, path)
    (fault,) = check_network("mine", Network(weights=str(path)))
    assert "its architecture is 'residual U-Net, 3D, 4 levels'" in fault
    assert "train them anew" in fault


def test_shipped_networks_have_no_fault():
    for name in ("cgan", "unet", "segmenter"):
        assert check_network(name, Network(), built_in()) == []
        assert not segments_itself(name, Network())
    _says(check_network("diffusion", Network()), "no weights are shipped for 'diffusion'")


@pytest.mark.parametrize(
    "told",
    [
        {"inputs": []},
        {"inputs": ["t1", "t1"]},
        {"orientation": "RAX"},
        {"orientation": "RLS"},
        {"spacing_mm": 0},
        {"spacing_mm": float("inf")},
        {"labels_of": {1: 4}},
        {"patch": [32, 32]},
        {"folds": []},
        {"format": "keras"},
    ],
)
def test_nonsense_in_the_configuration(told):
    with pytest.raises(ValidationError):
        Network(**told)


def test_it_is_known_without_torch():
    code = "import gadless.networks.described, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_example_of_the_manual_is_a_configuration():
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        config = read_config({"patients": "p", "visits": "v", **yaml.safe_load(block)})
        for name in yaml.safe_load(block)["networks"]:
            one = config.networks[name]
            assert one.labels_of is None or coding(one.labels_of)
