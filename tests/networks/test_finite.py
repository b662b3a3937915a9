"""What leaves a network is finite, or a fault that names network, patient and visit."""

import logging
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import torch
from tiny_models import pointwise, write_onnx, write_torchscript

from gadless.errors import DataFault
from gadless.networks import weights
from gadless.networks.contract import Contract
from gadless.networks.external.nnunet import Folder
from gadless.networks.inference import predict
from gadless.networks.segment import segment_visit
from gadless.networks.synthesise import synthesise_visit
from gadless.trial.config import Network

VALUES = [float("nan"), float("inf"), float("-inf")]
INPUTS = {"inputs": ["t1", "t2", "flair"], "spacing_mm": 2.0, "orientation": "RAS"}
MAP = {**INPUTS, "normalisation": "none", "output": "map"}
SEGMENTER = {**INPUTS, "normalisation": "none", "output": "labels", "inputs": ["t1", "contrast"]}
SEGMENTER |= {"labels_of": {0: 0, 1: 1}}


def _model(kind, path, kernel, bias):
    if kind == "torchscript":
        return write_torchscript(path, kernel, np.array(bias))
    pytest.importorskip("onnxruntime")
    return write_onnx(path, kernel, np.array(bias))


def _told(caplog, network):
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any(f"patient p1, visit v1: network {network}: the network gave" in one for one in said)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
def test_of_a_generator(kind, value, make_exam, tmp_path, caplog):
    path = _model(kind, tmp_path / "bad.onnx", pointwise([[1.0, 1.0, 1.0]]), [value])
    made = synthesise_visit(
        make_exam(), {"bad": Network(weights=str(path), **MAP)}, tmp_path / "out"
    )
    assert made.files == {}
    assert made.faults["bad"].startswith("network bad: the network gave")
    assert "not finite" in made.faults["bad"]
    _told(caplog, "bad")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("regions", [None, {0: 1, 1: 1}])
@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
def test_of_a_segmenter(kind, regions, value, make_exam, tmp_path, caplog):
    kernel = pointwise([[1, 0], [0, 1]])
    path = _model(kind, tmp_path / "bad.onnx", kernel, [0.0, value])
    told = {**SEGMENTER, "regions": regions}
    exam = make_exam()
    synthetic = synthesise_visit(exam, {}, tmp_path / "synthetic")
    networks = {"segmenter": Network(weights=str(path), **told)}
    made = segment_visit(exam, synthetic, ["gbca"], "gbca", networks, tmp_path / "segmented")
    assert made.files == {}
    assert made.faults["gbca"].startswith("network segmenter: the network gave")
    _told(caplog, "segmenter")


def test_of_a_network_of_ours_whose_weights_are_finite(make_exam, networks, tmp_path):
    """Large weights overflow within: what is loaded is finite, what comes out is not."""
    module, metadata = weights.load(networks["cgan"].weights, "cgan", "generator")
    for part in (module.head.weight, module.head.bias):
        part.data.fill_(3e38)
    path = tmp_path / "large.safetensors"
    weights.save(module, metadata, path)
    made = synthesise_visit(make_exam(), {"large": Network(weights=str(path))}, tmp_path / "out")
    assert made.files == {}
    assert "network large: the network gave" in made.faults["large"]


class _Large:
    inputs, spacing_mm, normalisation, output = ("t1",), None, "percentiles", "map"
    coding: ClassVar[dict[int, int]] = {}

    def __call__(self, stacked, _spacing_mm):
        return np.full_like(stacked, 3e38)


def test_scaled_back_beyond_what_a_number_holds():
    """Finite on the network's own scale, and not on that of the T1."""
    t1 = np.linspace(0, 1000, 512, dtype=np.float32).reshape(8, 8, 8)
    with pytest.raises(DataFault, match="not finite"):
        predict(_Large(), {"t1": t1}, 1.0)


class _Predictor:
    """As nnU-Net's, as far as it decides: scores, then the label of the greatest."""

    def __init__(self, scores):
        self.scores = scores

    def predict_logits_from_preprocessed_data(self, data):
        if torch.isinf(self.scores).any():
            raise RuntimeError("Encountered inf in predicted array. Aborting...")
        return self.scores

    def predict_single_npy_array(self, images, _properties):
        return np.asarray(self.predict_logits_from_preprocessed_data(images).argmax(0))


@pytest.mark.parametrize("value", [*VALUES, 0.0])
def test_of_an_nnunet_folder(value):
    scores = torch.zeros(2, 4, 4, 4)
    scores[1, 2, 2, 2] = value
    contract = SimpleNamespace(inputs=("t1",), coding={0: 0, 1: 1}, orientation="RAS")
    assert set(vars(contract)) <= set(Contract.__dataclass_fields__)
    folder = Folder(contract, _Predictor(scores))
    if value == 0.0:
        assert folder(np.ones((1, 4, 4, 4), np.float32), 1.0).shape == (2, 4, 4, 4)
        return
    with pytest.raises(DataFault, match="not finite"):
        folder(np.ones((1, 4, 4, 4), np.float32), 1.0)
