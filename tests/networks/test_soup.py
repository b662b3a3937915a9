"""The mean of two networks' weights."""

import pytest
import torch

from gadless.errors import InputError
from gadless.networks import weights
from gadless.networks.soup import mean_of


def made(path, seed, channels=4, **told):
    torch.manual_seed(seed)
    module = weights.build("segmenter", channels)
    torch.nn.init.normal_(module.head.weight)
    described = weights.describe(
        "segmenter", "segmenter", channels, 2.0, figures={"dice": 0.5}, **told
    )
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


PHANTOMS = {"exams": 51, "patients": 38, "phantom_exams": 51, "description": "phantoms"}
PATIENTS = {"exams": 5, "patients": 5, "phantom_exams": 0, "description": "BraTS"}


def test_a_mean_has_seen_what_any_of_them_had(tmp_path):
    """The first had seen phantoms alone; of the mean that would be untrue."""
    paths = [tmp_path / f"{seed}.safetensors" for seed in range(3)]
    for path, told in zip(paths, (PHANTOMS, PATIENTS, PHANTOMS), strict=True):
        made(path, 1, trained_on=told)
    metadata = mean_of(paths, tmp_path / "mean.safetensors")
    assert metadata.trained_on == {**PHANTOMS, "also": [PATIENTS]}
    assert not metadata.phantoms_only
    assert metadata.learnt_from == (
        "digital phantoms alone (51 exams of 38 patients); earlier or in part: "
        "5 exams of 5 patients, none of the exams of digital phantoms"
    )
    again = mean_of([tmp_path / "mean.safetensors", paths[0]], tmp_path / "second.safetensors")
    assert again.trained_on == metadata.trained_on
    assert mean_of(paths[::2], tmp_path / "phantoms.safetensors").phantoms_only


def test_networks_of_another_shape_are_refused(tmp_path):
    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    made(paths[0], 1)
    made(paths[1], 1, channels=6)
    with pytest.raises(InputError, match="its channels is not that of"):
        mean_of(paths, tmp_path / "mean.safetensors")
    with pytest.raises(InputError, match="two networks at least"):
        mean_of(paths[:1], tmp_path / "mean.safetensors")


def test_edges_are_taken_back_as_those_say_that_say_it(tmp_path):
    """Weights of an earlier Gadless come first and say nothing: the others' share stands."""
    paths = [tmp_path / f"{seed}.safetensors" for seed in range(3)]
    for path, recipe in zip(paths, (None, {"uptake": 0.4}, {"uptake": 0.4}), strict=True):
        made(path, 1, recipe=recipe)
    assert mean_of(paths, tmp_path / "mean.safetensors").uptake == 0.4
    assert weights.load(tmp_path / "mean.safetensors", "segmenter", "segmenter")[1].uptake == 0.4
    made(paths[2], 1, recipe={"uptake": 0.0})
    with pytest.raises(InputError, match=r"its uptake is 0, and that of .* 0\.4"):
        mean_of(paths, tmp_path / "mean.safetensors")
