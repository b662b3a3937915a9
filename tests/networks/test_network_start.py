"""Weights that a training begins from."""

from types import SimpleNamespace

import pytest
import torch

from gadless.errors import InputError
from gadless.networks import start, weights
from gadless.networks.card import trained_on
from gadless.networks.header import learnt_from, phantoms_only, read_header, shipped
from gadless.networks.start import begin_from
from gadless.trial.config.training import Recipe, Training


@pytest.fixture
def as_shipped(tmp_path, monkeypatch):
    """A segmenter with a random head, as if it came with Gadless."""
    torch.manual_seed(3)
    module = weights.build("segmenter", 6)
    torch.nn.init.normal_(module.head.weight, std=0.5)
    path = tmp_path / "segmenter.safetensors"
    weights.save(module, weights.describe("segmenter", "segmenter", 6, 2.0), path)
    for place in (start, weights):
        monkeypatch.setattr(place, "shipped", lambda name: path)
    return module.eval()


def begun(**recipe):
    module = weights.build(recipe["kind"], recipe.get("channels", 6), recipe.get("inputs", ()))
    begin_from(module, Recipe(**{"channels": 6, "start": "segmenter", **recipe}), "here")
    return module.eval()


@torch.no_grad()
def test_the_same_network_goes_on_as_it_was(as_shipped):
    images = torch.rand(1, 4, 16, 16, 16)
    torch.testing.assert_close(begun(kind="segmenter")(images), as_shipped(images))


@torch.no_grad()
def test_inputs_are_matched_by_name_and_t1_stands_for_contrast(as_shipped):
    t1, t2, flair = torch.rand(3, 1, 1, 16, 16, 16)
    without = begun(kind="segmenter", inputs=["flair", "t1", "t2"])
    found = without(torch.cat([flair, t1, t2], dim=1))
    torch.testing.assert_close(
        found, as_shipped(torch.cat([t1, t1, t2, flair], dim=1)), atol=1e-5, rtol=1e-4
    )


@torch.no_grad()
def test_what_comes_out_differently_begins_at_zero(as_shipped):
    assert not begun(kind="generator")(torch.rand(1, 3, 16, 16, 16)).any()


def test_other_channels_are_refused(as_shipped):
    with pytest.raises(InputError, match="segmenter has 6 channels, and the recipe 8"):
        begun(kind="segmenter", channels=8)


def test_what_the_first_network_had_seen_is_not_forgotten():
    """Patients' exams on top of phantoms: neither alone."""
    member = SimpleNamespace(patient=("", "P1"), exam=SimpleNamespace(site="", phantom=False))
    job = SimpleNamespace(
        fold=0, seen={}, settings=Training(), recipe=Recipe(kind="generator", start="unet")
    )
    told = trained_on(job, SimpleNamespace(learning=[member]))
    assert told["exams"] == 1
    assert read_header(shipped("unet"), "unet").trained_on in told["also"]
    assert "digital phantoms alone" in learnt_from(told)
    assert not phantoms_only(told)
