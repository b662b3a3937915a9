"""Networks made elsewhere, through the stages that use them."""

import nibabel
import numpy as np
import pytest
import torch
from tiny_exams import SHAPE, tiny_images
from tiny_models import pointwise, write_monai, write_onnx, write_torchscript

from gadless.errors import InputError
from gadless.images.writing import write_image
from gadless.networks.described import check_network
from gadless.networks.external.volumes import painted
from gadless.networks.segment import segment_visit
from gadless.networks.synthesise import synthesise_visit
from gadless.trial.config import Network

try:
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401

    ONNX = True
except ImportError:
    ONNX = False

needs_onnx = pytest.mark.skipif(not ONNX, reason="requirements-onnx.lock is not installed")

MAP = {
    "inputs": ["t1", "t2", "flair"],
    "spacing_mm": 2.0,
    "orientation": "RAS",
    "normalisation": "gadless",
    "output": "map",
}
LABELS = {**MAP, "output": "labels", "labels_of": {0: 0, 1: 2, 2: 1}}
MIX = [[0.5, -0.25, 0.125]]


def _write(kind, path, kernel, bias):
    return (write_onnx if kind == "onnx" else write_torchscript)(path, kernel, np.array(bias))


def _read(manifest, name):
    return np.asarray(nibabel.load(manifest.path(name)).dataobj)


def _synthesise(exam, settings, folder):
    manifest = synthesise_visit(exam, settings, folder)
    manifest.write()
    return manifest


def _images(exam):
    return {name: _read(exam, name) for name in ("t1", "t2", "flair", "brain", "t1c")}


@pytest.fixture(params=[pytest.param("onnx", marks=needs_onnx), "torchscript"])
def kind(request):
    return request.param


def test_a_map_is_what_the_network_makes_of_its_inputs_in_order(kind, make_exam, tmp_path):
    exam, path = make_exam(), tmp_path / "model.onnx"
    _write(kind, path, pointwise(MIX), [0.1])
    seen = _images(exam)
    for order in (["t1", "t2", "flair"], ["flair", "t1", "t2"]):
        settings = {"theirs": Network(weights=str(path), **{**MAP, "inputs": order})}
        made = _synthesise(exam, settings, tmp_path / "-".join(order))
        expected = sum(w * seen[name] for w, name in zip(MIX[0], order, strict=True)) + 0.1
        expected = np.where(seen["brain"] > 0, np.clip(expected, -0.5, 2.5), 0)
        np.testing.assert_allclose(_read(made, "theirs"), expected, atol=1e-5)
        assert made.faults == {}


@pytest.mark.parametrize("scale", ["zscore", "percentiles"])
def test_a_map_comes_back_on_the_scale_of_t1(scale, kind, make_exam, tmp_path):
    """A network that gives its T1 input back, as it saw it: the map is T1 less what was taken."""
    exam, path = make_exam(), tmp_path / "model.onnx"
    _write(kind, path, pointwise([[1, 0, 0]]), [0.0])
    settings = {"theirs": Network(weights=str(path), **{**MAP, "normalisation": scale})}
    found = _read(_synthesise(exam, settings, tmp_path / "out"), "theirs")
    seen = _images(exam)
    t1 = seen["t1"][seen["brain"] > 0]
    low, high = np.percentile(t1, [0.5, 99.5])
    expected = t1 - t1.mean() if scale == "zscore" else np.clip(t1, low, high) - low
    np.testing.assert_allclose(found[seen["brain"] > 0], np.clip(expected, -0.5, 2.5), atol=1e-5)


@pytest.mark.parametrize("scale", ["gadless", "zscore"])
def test_a_post_contrast_t1_is_scaled_to_t1_first(scale, kind, make_exam, tmp_path):
    """T1 at another gain is no enhancement."""
    exam, path = make_exam(), tmp_path / "model.onnx"
    gain = 3.0 if scale == "gadless" else 1.0
    _write(kind, path, pointwise([[gain, 0, 0]]), [0.0])
    settings = {**MAP, "normalisation": scale, "output": "t1c"}
    made = _synthesise(exam, {"theirs": Network(weights=str(path), **settings)}, tmp_path / "out")
    assert made.faults == {}
    assert np.abs(_read(made, "theirs")).max() < 0.02


def test_axes_are_turned_to_those_that_the_network_knows(kind, make_exam, tmp_path):
    """A network that shifts along its first and second axis shows which way they point."""
    exam = make_exam()
    kernel = np.zeros((1, 3, 3, 3, 1))
    kernel[0, 0, 0, 0, 0] = 1
    path = _write(kind, tmp_path / "model.onnx", kernel, [0.0])
    seen = _images(exam)
    for axes, step in (("RAS", (1, 1)), ("LPS", (-1, -1)), ("RPS", (1, -1))):
        settings = {"theirs": Network(weights=str(path), **{**MAP, "orientation": axes})}
        found = _read(_synthesise(exam, settings, tmp_path / axes), "theirs")
        expected = np.roll(seen["t1"], step, axis=(0, 1)) * (seen["brain"] > 0)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_network_of_another_grid_sees_that_grid(kind, make_exam, tmp_path):
    exam = make_exam()
    path = _write(kind, tmp_path / "model.onnx", pointwise([[1, 0, 0]]), [0.0])
    settings = {"theirs": Network(weights=str(path), **{**MAP, "spacing_mm": 3.0})}
    found = _read(_synthesise(exam, settings, tmp_path / "out"), "theirs")
    seen = _images(exam)
    inside = seen["brain"] > 0
    assert 0.02 < np.abs(found - seen["t1"])[inside].mean() < 0.2


@needs_onnx
def test_patches_of_a_fixed_size_leave_no_seams(make_exam, tmp_path):
    exam = make_exam()
    path = write_onnx(tmp_path / "model.onnx", pointwise(MIX), np.array([0.1]), edges=(16, 8, 12))
    whole = write_onnx(tmp_path / "whole.onnx", pointwise(MIX), np.array([0.1]))
    settings = {
        name: Network(weights=str(file), **MAP) for name, file in (("a", path), ("b", whole))
    }
    made = _synthesise(exam, settings, tmp_path / "out")
    np.testing.assert_allclose(_read(made, "a"), _read(made, "b"), atol=1e-5)


@needs_onnx
@pytest.mark.parametrize("last", ["", "ArgMax"])
def test_a_network_that_gives_labels_is_a_candidate_of_its_own(last, make_exam, networks, tmp_path):
    """Scores or labels: 1 where FLAIR is bright, 2 where T2 is brighter still; recoded."""
    exam = make_exam()
    kernel, bias = pointwise([[0, 0, 0], [0, 0, 1], [0, 1, 0]]), np.array([1.25, 0, -0.15])
    path = write_onnx(tmp_path / "model.onnx", kernel, bias, last)
    theirs = Network(weights=str(path), **LABELS)
    synthetic = _synthesise(exam, {"theirs": theirs}, tmp_path / "synthetic")
    assert synthetic.files == synthetic.faults == {}
    made = segment_visit(
        exam,
        synthetic,
        ["gbca", "theirs"],
        "gbca",
        {"segmenter": networks["segmenter"], "theirs": theirs},
        tmp_path / "segmented",
    )
    assert made.faults == {}
    seen = _images(exam)
    scores = np.stack([np.full(SHAPE, 1.25), seen["flair"], seen["t2"] - 0.15])
    expected = np.array([0, 2, 1])[scores.argmax(axis=0)] * (seen["brain"] > 0)
    found = _read(made, "theirs")
    assert found.dtype == np.uint8
    assert {1, 2} <= set(np.unique(found))
    assert (found != expected).mean() < 1e-4


def test_regions_are_painted_over_each_other(make_exam, networks, tmp_path):
    """As BraTS networks give them: whole tumour, then core."""
    exam = make_exam()
    path = write_monai(
        tmp_path / "bundle",
        pointwise([[0, 5, 0], [0, 0, 5]]),
        ("T1", "T2", "FLAIR"),
        made=("Tumor core", "Whole tumor"),
    )
    told = {
        "spacing_mm": 2.0,
        "orientation": "RAS",
        "normalisation": "gadless",
        "labels_of": {0: 0, 1: 1, 2: 2},
    }
    refused = check_network("theirs", Network(weights=str(path), **told))
    assert any("regions: is missing" in line for line in refused)
    # Values here are 0 and above: channels of 0 to 1 would be probabilities, these are logits.
    theirs = Network(weights=str(path), **told, regions={1: 2, 0: 1})
    assert check_network("theirs", theirs) == []
    made = segment_visit(
        exam,
        _synthesise(exam, {"theirs": theirs}, tmp_path / "synthetic"),
        ["gbca", "theirs"],
        "gbca",
        {"segmenter": networks["segmenter"], "theirs": theirs},
        tmp_path / "segmented",
    )
    seen = _images(exam)
    inside = seen["brain"] > 0
    # T2 is positive all over the brain, so the core is painted last and everywhere.
    np.testing.assert_array_equal(_read(made, "theirs"), np.where(inside, 1, 0))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [([0.4, 0.6, 0.9], [0, 1, 1]), ([-3.0, 0.4, 0.6], [0, 1, 1]), ([0.0, 0.5, 1.0], [0, 0, 1])],
)
def test_a_region_is_where_its_probability_is_above_a_half_or_its_logit_positive(outputs, expected):
    scores = painted(np.array(outputs, np.float32).reshape(1, 3, 1, 1), {0: 1}, "here")
    np.testing.assert_array_equal(scores.argmax(axis=0).ravel(), expected)


def test_a_segmenter_made_elsewhere_sees_the_contrast(kind, make_exam, networks, tmp_path):
    exam = make_exam()
    path = _write(kind, tmp_path / "model.onnx", pointwise([[1, 0], [0, 1]]), [0.4, 0.0])
    told = {**LABELS, "inputs": ["t1", "contrast"], "labels_of": {0: 0, 1: 1}}
    segmenter = Network(weights=str(path), **told)
    assert check_network("segmenter", segmenter) == []
    synthetic = _synthesise(exam, {"cgan": networks["cgan"]}, tmp_path / "synthetic")
    made = segment_visit(
        exam,
        synthetic,
        ["gbca", "cgan"],
        "gbca",
        {"segmenter": segmenter},
        tmp_path / "segmented",
    )
    seen = _images(exam)
    enhances = (seen["t1c"] - seen["t1"] > 0.4) & (seen["brain"] > 0)
    np.testing.assert_array_equal(_read(made, "gbca"), enhances.astype(np.uint8))
    synthetic_map = _read(synthetic, "cgan")
    np.testing.assert_array_equal(
        _read(made, "cgan"), ((synthetic_map > 0.4) & (seen["brain"] > 0)).astype(np.uint8)
    )


def test_what_one_network_misses_is_no_concern_of_another(kind, make_exam, networks, tmp_path):
    exam = make_exam(without={"flair": "no FLAIR acquired"})
    one = _write(kind, tmp_path / "one.onnx", pointwise([[1.0]]), [0.0])
    two = _write(kind, tmp_path / "two.onnx", pointwise([[1.0, 1.0]]), [0.0])
    settings = {
        "cgan": networks["cgan"],
        "plain": Network(weights=str(one), **{**MAP, "inputs": ["t1"]}),
        "adc": Network(weights=str(two), **{**MAP, "inputs": ["t1", "adc"]}),
    }
    made = _synthesise(exam, settings, tmp_path / "out")
    assert made.faults == {"cgan": "no FLAIR acquired", "adc": "no adc"}
    assert set(made.files) == {"plain"}


def test_values_that_are_not_finite_are_a_fault_of_that_contrast(kind, make_exam, tmp_path):
    exam = make_exam()
    good = _write(kind, tmp_path / "good.onnx", pointwise(MIX), [0.0])
    bad = _write(kind, tmp_path / "bad.onnx", pointwise(MIX), [np.nan])
    settings = {n: Network(weights=str(p), **MAP) for n, p in (("good", good), ("bad", bad))}
    made = _synthesise(exam, settings, tmp_path / "out")
    assert list(made.faults) == ["bad"]
    assert set(made.files) == {"good"}


def test_an_image_without_contrast_of_its_own_cannot_be_scaled(kind, make_exam, tmp_path):
    exam = make_exam()
    images, _ = tiny_images(1)
    write_image(images["brain"].astype(np.float32), np.diag([2.0, 2, 2, 1]), exam.path("flair"))
    exam.write()
    path = _write(kind, tmp_path / "model.onnx", pointwise(MIX), [0.0])
    settings = {"theirs": Network(weights=str(path), **{**MAP, "normalisation": "zscore"})}
    made = _synthesise(exam, settings, tmp_path / "out")
    assert made.faults == {
        "theirs": "network theirs: flair: is the same all over the brain, and cannot be scaled"
    }


def test_a_torchscript_that_gives_another_shape(make_exam, tmp_path):
    class Smaller(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :1, 1:, :, :]

    torch.jit.script(Smaller()).save(str(tmp_path / "model.pt"))
    settings = Network(weights=str(tmp_path / "model.pt"), **MAP)
    with pytest.raises(InputError, match=r"networks\.theirs\.weights: .*gave \(1, "):
        synthesise_visit(make_exam(), {"theirs": settings}, tmp_path / "out")
