import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_exams import tiny_images

from gadless.errors import InputError
from gadless.networks import weights
from gadless.networks.device import choose_device
from gadless.networks.inference import Trained, brain_box, for_cpu, predict, resample
from gadless.networks.weights import build


class Copy(torch.nn.Module):
    """Gives back its first channel: shows where inference puts voxels."""

    multiple = 8

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Conv3d(1, 1, 1)

    def forward(self, x):
        assert all(n % 8 == 0 for n in x.shape[2:])
        return x[:, :1]


METADATA = weights.describe("copy", "generator", 4, 2.0)


def test_every_voxel_comes_back_in_its_place():
    images, _ = tiny_images(1)
    found = predict(Trained(Copy(), METADATA), images, 2.0)
    np.testing.assert_array_equal(found[0], images["t1"])


def test_an_empty_exam_gives_zeros():
    images = {name: np.zeros((9, 10, 11), np.float32) for name in METADATA.inputs}
    assert not predict(Trained(Copy(), METADATA), images, 2.0).any()


def test_another_grid_is_resampled_and_brought_back():
    axis = [np.linspace(-1, 1, n) for n in (40, 44, 48)]
    smooth = np.exp(-sum(a**2 for a in np.meshgrid(*axis, indexing="ij"))).astype(np.float32)
    images = dict.fromkeys(METADATA.inputs, smooth)
    found = predict(Trained(Copy(), METADATA), images, 1.0)
    assert found.shape == (1, 40, 44, 48)
    inner = (slice(4, -4),) * 3
    np.testing.assert_allclose(found[0][inner], smooth[inner], atol=0.012)
    # Not shifted: the peak of a blob off the centre stays where it is.
    moved = {name: np.roll(smooth, 5, axis=0) for name in METADATA.inputs}
    peak = np.array(
        np.unravel_index(predict(Trained(Copy(), METADATA), moved, 1.0)[0].argmax(), smooth.shape)
    )
    assert np.abs(peak - np.array(np.unravel_index(moved["t1"].argmax(), smooth.shape))).max() <= 1


def test_prediction_depends_on_the_exam_alone():
    torch.manual_seed(0)
    module = weights.build("generator", 4)
    torch.nn.init.ones_(module.head.weight)
    first, second = tiny_images(1)[0], tiny_images(2)[0]
    alone = predict(Trained(module, METADATA), first, 2.0)
    predict(Trained(module, METADATA), second, 2.0)
    np.testing.assert_array_equal(alone, predict(Trained(module, METADATA), first, 2.0))


def test_surrounding_air_changes_nothing():
    torch.manual_seed(0)
    module = weights.build("generator", 4)
    torch.nn.init.ones_(module.head.weight)
    images, _ = tiny_images(1)
    padded = {name: np.pad(image, 8) for name, image in images.items()}
    inside = predict(Trained(module, METADATA), padded, 2.0)[0][(slice(8, -8),) * 3]
    # The box around the brain and its margin is the same, unless the image's border cut it.
    box = brain_box(images["t1"][None], 0)
    assert np.abs(inside[box]).max() > 0
    wide = {name: np.pad(image, 12) for name, image in images.items()}
    np.testing.assert_array_equal(
        inside, predict(Trained(module, METADATA), wide, 2.0)[0][(slice(12, -12),) * 3]
    )


@given(
    old=st.integers(1, 30),
    new=st.integers(1, 30),
    value=st.floats(-3, 3, width=32),
)
@settings(max_examples=50, deadline=None)
def test_resampling_keeps_a_constant(old, new, value):
    image = np.full((1, old, 5, 5), value, np.float32)
    found = resample(image, (new, 5, 5), old / new)
    np.testing.assert_allclose(found, value, atol=1e-5)


def test_averaging_two_voxels_into_one_weighs_as_a_triangle_does():
    line = np.zeros((1, 8, 1, 1), np.float32)
    line[0, 4] = 1
    found = resample(line, (4, 1, 1), 2.0)[0, :, 0, 0]
    # Centres of the new voxels lie at 0.5, 2.5, 4.5, 6.5; the triangle reaches 2 to either side.
    np.testing.assert_allclose(found, [0, 0.125, 0.375, 0], atol=1e-6)


def test_device_named_by_the_environment(monkeypatch):
    monkeypatch.setenv("GADLESS_DEVICE", "cpu")
    assert choose_device().type == "cpu"
    for wrong in ("cuda:99", "quantum"):
        monkeypatch.setenv("GADLESS_DEVICE", wrong)
        with pytest.raises(InputError, match=f"GADLESS_DEVICE={wrong}"):
            choose_device()


def test_device_is_logged(caplog):
    caplog.set_level("INFO", logger="gadless")
    predict(Trained(Copy(), METADATA), tiny_images(1)[0], 2.0)
    assert "runs on" in caplog.text


def test_metadata_is_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        METADATA.spacing_mm = 1.0


def test_the_layout_of_the_cpu_changes_nothing_but_rounding() -> None:
    torch.manual_seed(0)
    module = build("generator", 4).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    images = torch.randn(1, 3, 16, 24, 32)
    laid_out = images.contiguous(memory_format=torch.channels_last_3d)
    with torch.inference_mode():
        expected, found = module(images), for_cpu(module)(laid_out)
        assert expected.std() > 1e-3
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * float(expected.std()))
    assert isinstance(module.head, torch.nn.Conv3d)  # and the network itself is as it was
