"""The mean of two networks' weights."""

import pytest
import torch

from gadless.errors import InputError
from gadless.networks import weights
from gadless.networks.soup import mean_of


def made(path, seed, channels=4):
    torch.manual_seed(seed)
    module = weights.build("segmenter", channels)
    torch.nn.init.normal_(module.head.weight)
    described = weights.describe("segmenter", "segmenter", channels, 2.0, figures={"dice": 0.5})
    weights.save(module, described, path)
    return module.state_dict()


def test_every_tensor_is_the_mean_and_figures_are_not_carried_over(tmp_path):
    paths = [tmp_path / f"{seed}.safetensors" for seed in (1, 2)]
    first, second = (made(path, seed) for seed, path in enumerate(paths))
    mean_of(paths, tmp_path / "mean.safetensors")
    module, metadata = weights.load(tmp_path / "mean.safetensors", "segmenter", "segmenter")
    assert metadata.figures == {}
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, (first[name] + second[name]) / 2)


def test_networks_of_another_shape_are_refused(tmp_path):
    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    made(paths[0], 1)
    made(paths[1], 1, channels=6)
    with pytest.raises(InputError, match="its channels is not that of"):
        mean_of(paths, tmp_path / "mean.safetensors")
    with pytest.raises(InputError, match="two networks at least"):
        mean_of(paths[:1], tmp_path / "mean.safetensors")
