import dataclasses
import pickle

import pytest
import torch
from safetensors.torch import save_file

from gadless.errors import InputError
from gadless.networks import weights


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(3)
    module = weights.build("generator", 4)
    metadata = weights.describe("mine", "generator", 4, 2.0, seed=3, recipe={"kind": "generator"})
    path = tmp_path / "mine.safetensors"
    weights.save(module, metadata, path)
    return path, module, metadata


def test_round_trip_keeps_tensors_and_metadata(saved):
    path, module, metadata = saved
    loaded, found = weights.load(path, "mine", "generator")
    assert found == metadata
    for key, value in module.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value)
    assert not loaded.training


def test_equal_weights_give_equal_bytes(saved, tmp_path):
    path, module, metadata = saved
    weights.save(module, metadata, tmp_path / "again.safetensors")
    assert path.read_bytes() == (tmp_path / "again.safetensors").read_bytes()


def test_missing_file_is_named(tmp_path):
    with pytest.raises(
        InputError, match=r"networks\.cgan\.weights: .*none\.safetensors: no such file"
    ):
        weights.load(tmp_path / "none.safetensors", "cgan", "generator")


class _Mischief:
    def __reduce__(self):
        return (exec, ("raise AssertionError('the pickle was loaded')",))


@pytest.mark.parametrize("name", ["bad.pt", "bad.safetensors"])
def test_a_pickle_is_refused_unread_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(_Mischief()))
    with pytest.raises(InputError, match=r"no safetensors file.*never loaded"):
        weights.load(path, "cgan", "generator")


def test_truncated_file(saved):
    path, _, _ = saved
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        weights.load(path, "cgan", "generator")


def test_file_of_another_program(tmp_path):
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="was not written by this Gadless"):
        weights.load(tmp_path / "other.safetensors", "cgan", "generator")


def test_generator_where_a_segmenter_is_needed(saved):
    with pytest.raises(InputError, match="its kind is 'generator', but 'segmenter' is needed"):
        weights.load(saved[0], "segmenter", "segmenter")


@pytest.mark.parametrize(
    ("field", "value"),
    [("normalisation", "z-score"), ("labels", ("tumour",)), ("architecture", "transformer")],
)
def test_other_conventions_are_refused(saved, field, value):
    path, module, metadata = saved
    weights.save(module, dataclasses.replace(metadata, **{field: value}), path)
    with pytest.raises(InputError, match=f"its {field} is"):
        weights.load(path, "cgan", "generator")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"channels": 8}, "4 features at the first level; the header says 8"),
        ({"channels": 10**12}, "4 features at the first level; the header says 1000000000000"),
        ({"inputs": ("t1", "t2")}, "3 input channels; the header says 2"),
    ],
)
def test_tensors_that_do_not_fit_the_header(saved, stated, said):
    path, module, metadata = saved
    weights.save(module, dataclasses.replace(metadata, **stated), path)
    with pytest.raises(InputError, match=rf"do not fit its own header \({said}"):
        weights.load(path, "cgan", "generator")


def test_tensors_that_are_missing(saved):
    path, module, metadata = saved
    tensors = {key: value for key, value in module.state_dict().items() if "decoder.1" not in key}
    save_file(tensors, path, metadata=metadata.header())
    with pytest.raises(InputError, match="do not fit its own header"):
        weights.load(path, "cgan", "generator")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        *(("channels", value, "whole number") for value in (None, "x", -1, 0, [], True, 4.0)),
        *(("spacing_mm", value, "length above 0") for value in (None, 0, -2, "2", float("nan"))),
        *(("inputs", value, "inputs is ") for value in (None, "t1", [1], [])),
        ("inputs", ["t1", "t1", "t2"], "names one twice"),
        ("kind", [], "unknown kind"),
    ],
)
def test_a_header_that_says_nonsense_is_one_sentence(saved, field, value, said):
    path, module, metadata = saved
    weights.save(module, dataclasses.replace(metadata, **{field: value}), path)
    with pytest.raises(InputError, match=rf"its header is damaged \(.*{said}"):
        weights.load(path, "cgan", "generator")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diverged_training_is_refused(saved, value):
    path, module, metadata = saved
    module.decoder[1].first.weight.data[0, 0, 0, 0, 0] = value
    weights.save(module, metadata, path)
    with pytest.raises(InputError, match=r"1 of its \d+ tensors hold NaN or infinity"):
        weights.load(path, "cgan", "generator")


def test_any_list_of_inputs_is_read_and_fits_its_network(tmp_path):
    inputs = ("flair", "adc", "t1", "t2", "cbf")
    module = weights.build("generator", 4, inputs)
    metadata = weights.describe("mine", "generator", 4, 1.0, inputs=inputs)
    weights.save(module, metadata, tmp_path / "mine.safetensors")
    loaded, found = weights.load(tmp_path / "mine.safetensors", "mine", "generator")
    assert found.inputs == inputs
    assert loaded(torch.zeros(1, 5, 8, 8, 8)).shape == (1, 6, 8, 8, 8)


def test_no_weights_shipped_under_this_name():
    with pytest.raises(InputError, match="no weights are shipped for 'diffusion'"):
        weights.load(None, "diffusion", "generator")
