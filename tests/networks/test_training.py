"""Training on tiny exams: it learns, repeats itself, and goes on where it stopped."""

import numpy as np
import pandas as pd
import pytest
import torch

from gadless.errors import InputError
from gadless.networks import train as training
from gadless.networks import weights
from gadless.networks.learners import descend
from gadless.networks.train import learning_rate, train
from gadless.trial.config.networks import Losses, Recipe, Training

SETTINGS = Training(held_out=0.34, precision="float32")
PATIENTS = ("p1", "p2", "p3")


def _recipe(kind="segmenter", **more):
    given = {"channels": 4, "steps": 20, "patch": 16, "learning_rate": 5e-3, **more}
    return Recipe(kind=kind, **given)


@pytest.fixture
def exams(make_exam):
    return [make_exam(patient).folder / "status.json" for patient in PATIENTS]


@pytest.fixture
def run(exams, tmp_path):
    def run(recipe, stem="net", settings=SETTINGS, name="mine"):
        output = tmp_path / f"{stem}.safetensors"
        train(name, recipe, settings, exams, tmp_path / "truth", output, tmp_path / f"{stem}.tsv")
        return output, pd.read_csv(tmp_path / f"{stem}.tsv", sep="\t")

    return run


def test_segmenter_learns(run):
    output, curve = run(_recipe(steps=60))
    assert curve["loss"].iloc[-1] < 0.5 * curve["loss"].iloc[0]
    assert curve["abnormality"].iloc[-1] > 0.8
    _, metadata = weights.load(output, "mine", "segmenter")
    assert metadata.steps == 60
    assert metadata.labels[1] == "enhancing"
    assert metadata.recipe["patch"] == 16


def test_generator_learns_to_enhance_and_not_to_copy_the_background(run):
    losses = Losses(ssim=0.5, enhancement=3, adversarial=0.01)
    _, curve = run(_recipe("generator", steps=160, losses=losses, adversarial_start=80))
    assert curve["mae"].iloc[-1] < 0.6 * curve["mae_zero"].iloc[-1]
    assert 0.6 < curve["recovery"].iloc[-1] < 1.4
    assert curve["discriminator"].isna().tolist() == [True] * 3 + [False] * 3  # joins half-way


def test_same_seed_same_weights(run):
    first, _ = run(_recipe(), "one")
    again, _ = run(_recipe(), "two")
    other, _ = run(_recipe(seed=2), "three")
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("kind", ["segmenter", "generator"])
def test_an_interrupted_training_ends_as_if_it_had_not_been(run, monkeypatch, kind, tmp_path):
    recipe = _recipe(kind, losses=Losses(adversarial=0.1))
    whole, curve = run(recipe, "whole")
    draw = training.Sampler.draw

    def stumble(self, step):
        if step == 13:
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(training.Sampler, "draw", stumble)
    with pytest.raises(KeyboardInterrupt):
        run(recipe, "halves")
    monkeypatch.setattr(training.Sampler, "draw", draw)
    assert not (tmp_path / "halves.safetensors").exists()
    halves, curve_of_halves = run(recipe, "halves")
    assert halves.read_bytes() == whole.read_bytes()
    pd.testing.assert_frame_equal(curve, curve_of_halves)
    assert not (tmp_path / "halves.checkpoint").exists()


def test_a_checkpoint_of_another_recipe_is_not_taken_up(run, monkeypatch, caplog):
    expected, _ = run(_recipe(seed=5), "expected")
    save = training._save_checkpoint

    def save_and_stop(*arguments):
        save(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_save_checkpoint", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run(_recipe(seed=4), "net")
    monkeypatch.setattr(training, "_save_checkpoint", save)
    found, _ = run(_recipe(seed=5), "net")
    assert "begins anew" in caplog.text
    assert found.read_bytes() == expected.read_bytes()


def test_bfloat16_learns_too(run):
    _, curve = run(
        _recipe(steps=60), settings=SETTINGS.model_copy(update={"precision": "bfloat16"})
    )
    assert curve["loss"].iloc[-1] < 0.7 * curve["loss"].iloc[0]


def test_a_gradient_that_is_not_finite_is_passed_over(caplog):
    weight = torch.nn.Parameter(torch.ones(2))
    optimiser = torch.optim.SGD([weight], lr=0.1)
    descend(optimiser, (weight * torch.tensor([1.0, float("inf")])).sum(), [weight])
    assert weight.tolist() == [1.0, 1.0]
    assert "passed over" in caplog.text
    descend(optimiser, weight.sum(), [weight])
    assert (weight < 1).all()


def test_missing_truth_is_named(exams, tmp_path):
    with pytest.raises(InputError, match="patient p1, visit v1: no true labels at"):
        train(
            "mine",
            _recipe(),
            SETTINGS,
            exams,
            tmp_path / "no",
            tmp_path / "a.safetensors",
            tmp_path / "a",
        )


def test_one_patient_is_too_few(exams, tmp_path):
    with pytest.raises(InputError, match="at least 2 are needed"):
        train(
            "mine",
            _recipe(),
            SETTINGS,
            exams[:1],
            tmp_path / "truth",
            tmp_path / "a.safetensors",
            tmp_path / "a",
        )


def test_learning_rate_is_one_cycle():
    rates = np.array([learning_rate(step, 100, 1e-3) for step in range(100)])
    assert rates.argmax() in (9, 10)
    assert rates.max() == pytest.approx(1e-3)
    assert (np.diff(rates[:10]) > 0).all()
    assert (np.diff(rates[10:]) < 0).all()
    assert rates[-1] < 1e-5
