"""Training on tiny exams: it learns, repeats itself, and goes on where it stopped."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_exams import exam_of

from gadless.errors import InputError
from gadless.networks import checkpoint, prefetch, weights
from gadless.networks import train as training
from gadless.networks.curve import Curve
from gadless.networks.job import TrainingJob
from gadless.networks.learners import descend
from gadless.networks.patches import Batch
from gadless.networks.train import learning_rate, train
from gadless.trial.config.training import Losses, Recipe, Training

SETTINGS = Training(held_out=0.34, precision="float32", licence="CC0-1.0")
PATIENTS = ("p1", "p2", "p3")


def _recipe(kind="segmenter", **more):
    given = {"channels": 4, "steps": 20, "patch": 16, "learning_rate": 5e-3, **more}
    return Recipe(kind=kind, **given)


@pytest.fixture
def job(make_exam, tmp_path):
    """Describe the training of a recipe on three exams."""
    for patient in PATIENTS:
        make_exam(patient)

    def describe(recipe, stem="net", settings=SETTINGS, **more):
        return TrainingJob(
            "mine",
            recipe,
            settings,
            more.pop("exams", [exam_of(tmp_path, patient) for patient in PATIENTS]),
            *(tmp_path / f"{stem}{ending}" for ending in (".safetensors", ".tsv", ".md")),
            tmp_path / "cache",
            **more,
        )

    return describe


@pytest.fixture
def run(job):
    def run(recipe, stem="net", settings=SETTINGS, **more):
        described = job(recipe, stem, settings, **more)
        train(described)
        return described.weights, pd.read_csv(described.curve, sep="\t")

    return run


def test_segmenter_learns(run):
    output, curve = run(_recipe(steps=150))
    assert curve["loss"].iloc[-1] < 0.5 * curve["loss"].iloc[0]
    assert curve["abnormality"].iloc[-1] > 0.8
    _, metadata = weights.load(output, "mine", "segmenter")
    assert metadata.steps == 150
    assert metadata.labels[1] == "enhancing"
    assert metadata.recipe["patch"] == 16


def test_generator_learns_to_enhance_and_not_to_copy_the_background(run):
    losses = Losses(rest=4.0, ssim=0.5, compartments=0, adversarial=0.01)
    _, curve = run(_recipe("generator", steps=300, losses=losses, adversarial_start=150))
    # Before the discriminator joins, which asks for texture and costs some of it.
    assert curve["mae"].iloc[2] < 0.6 * curve["mae_zero"].iloc[2]
    assert curve["auc"].iloc[-1] > 0.95
    assert 0.6 < curve["recovery"].iloc[-1] < 1.4
    assert curve["discriminator"].isna().tolist() == [True] * 3 + [False] * 3  # joins half-way


def test_same_seed_same_weights_whether_or_not_patches_are_prepared_beside(run, monkeypatch):
    first, _ = run(_recipe(), "one")
    other, _ = run(_recipe(seed=2), "three")
    monkeypatch.setattr(training, "batches", lambda *a: prefetch.batches(*a, ahead=0))
    again, _ = run(_recipe(), "two")
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

    # Between two validations, so that loss terms are under way.
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 4)
    monkeypatch.setattr(training.Sampler, "draw", stumble)
    with pytest.raises(KeyboardInterrupt):
        run(recipe, "halves")
    monkeypatch.setattr(training.Sampler, "draw", draw)
    assert not (tmp_path / "halves.safetensors").exists()
    halves, curve_of_halves = run(recipe, "halves")
    assert halves.read_bytes() == whole.read_bytes()
    pd.testing.assert_frame_equal(curve, curve_of_halves)
    assert not (tmp_path / "halves.checkpoint").exists()


def _stopped_at_a_checkpoint(run, monkeypatch, *given, **more):
    save = checkpoint.save

    def save_and_stop(*arguments):
        save(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run(*given, **more)
    monkeypatch.setattr(checkpoint, "save", save)


def test_a_checkpoint_of_another_recipe_is_not_taken_up(run, monkeypatch, caplog):
    expected, _ = run(_recipe(seed=5), "expected")
    _stopped_at_a_checkpoint(run, monkeypatch, _recipe(seed=4), "net")
    found, _ = run(_recipe(seed=5), "net")
    assert "begins anew" in caplog.text
    assert found.read_bytes() == expected.read_bytes()


def test_a_checkpoint_of_another_split_of_the_same_files_is_not_taken_up(run, monkeypatch, caplog):
    _stopped_at_a_checkpoint(run, monkeypatch, _recipe(), "net")
    run(_recipe(), "net", SETTINGS.model_copy(update={"held_out": 0.67}))
    assert "begins anew" in caplog.text


def test_a_checkpoint_of_another_number_of_validations_is_not_taken_up(run, monkeypatch, caplog):
    _stopped_at_a_checkpoint(run, monkeypatch, _recipe(), "net")
    run(_recipe(), "net", SETTINGS.model_copy(update={"validations": 1}))
    assert "begins anew" in caplog.text


def test_one_validation_keeps_the_last_step_whatever_held_out_exams_say(run, monkeypatch):
    scores = iter([3.0, 2.0, 1.0, 0.0])
    monkeypatch.setattr(training, "task_score", lambda figures: next(scores))
    best, curve = run(_recipe(), "best", SETTINGS.model_copy(update={"validations": 3}))
    last, only = run(_recipe(), "last", SETTINGS.model_copy(update={"validations": 1}))
    assert (len(curve), len(only)) == (3, 1)
    assert best.read_bytes() != last.read_bytes()
    assert only["step"].tolist() == [20]
    assert "the best of 3 looks" in best.with_suffix(".md").read_text(encoding="utf-8")
    assert "the last step" in last.with_suffix(".md").read_text(encoding="utf-8")


def test_the_day_in_the_header_is_that_on_which_it_began(run, monkeypatch):
    _stopped_at_a_checkpoint(run, monkeypatch, _recipe(), "net")

    class Tomorrow(training.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + training.datetime.timedelta(days=1)

    today = training.datetime.datetime.now(tz=training.datetime.UTC).date().isoformat()
    monkeypatch.setattr(training.datetime, "datetime", Tomorrow)
    output, _ = run(_recipe(), "net")
    assert weights.load(output, "mine", "segmenter")[1].date == today


@pytest.mark.slow
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


def test_one_patient_is_too_few(run, tmp_path):
    with pytest.raises(InputError, match="at least 2 are needed"):
        run(_recipe(), exams=[exam_of(tmp_path, "p1")])


def test_header_and_card_say_what_was_learnt_from(run, job, tmp_path):
    exams = [
        exam_of(tmp_path, "p1", site="north"),
        exam_of(tmp_path, "p2", site="south", phantom=True),
        exam_of(tmp_path, "p3", site="east"),
    ]
    output, _ = run(_recipe(), exams=exams, command="snakemake --cores all train -C x")
    _, metadata = weights.load(output, "mine", "segmenter")
    told = metadata.trained_on
    assert (told["exams"], told["patients"], told["phantom_exams"]) == (2, 2, 1)
    assert told["sites"] == ["north", "south"]
    assert metadata.licence == "CC0-1.0"
    assert metadata.figures["abnormality"] > 0
    card = job(_recipe()).card.read_text()
    for said in (
        "2 exams of 2 patients, 1 of the exams of digital phantoms",
        "the last 34% of patients held out",
        "held out | 1 exams of 1 patients",
        metadata.training_data,
        "snakemake --cores all train -C x",
        "CPU with 1 thread(s)",
        f"| `abnormality` | {metadata.figures['abnormality']:.3f} |",
        "CC0-1.0",
    ):
        assert said in card, card


def test_a_further_input_is_learnt_from_and_used(run, make_exam, tmp_path):
    """A sequence that alone shows the tumour: the generator that sees it knows where it is."""
    for patient in PATIENTS:
        make_exam(patient, also="adc")
    adc = {"normalisation": "none", "unit": 1000.0, "bias_field": False, "title": "ADC"}
    recipe = _recipe("generator", inputs=["t1", "adc"], steps=30)
    output, _ = run(recipe, sequences={"adc": adc, "cbf": adc})
    module, metadata = weights.load(output, "mine", "generator")
    assert metadata.inputs == ("t1", "adc")
    assert module.encoder[0].first.in_channels == 2
    assert metadata.trained_on["sequences"] == {
        "adc": {"normalisation": "none", "unit": 1000.0, "bias_field": False}
    }


def test_an_exam_without_the_further_input_is_left_out(run, make_exam, job, tmp_path):
    for patient in ("p1", "p3"):
        make_exam(patient, also="adc")
    run(_recipe("generator", inputs=["t1", "adc"]))
    assert "1: no adc" in job(_recipe()).card.read_text()


def test_a_job_is_read_as_it_was_written(job, tmp_path):
    exams = [exam_of(tmp_path, "p1", coding={1: 3, 4: 1}, cohort="also", phantom=True)]
    described = job(_recipe("generator", inputs=["t1", "adc"]), exams=exams, fold=2)
    assert TrainingJob.from_text(described.as_text()) == described
    assert TrainingJob.from_text(replace(described, fold=1).as_text()) != described


def test_batches_come_in_order_and_a_failure_where_it_belongs():
    def draw(step):
        if step == 6:
            raise ValueError(step)
        return Batch(*(torch.tensor(step),) * 4)

    seen = []
    with pytest.raises(ValueError, match="6"):
        seen.extend(int(batch.images) for batch in prefetch.batches(draw, 2, 9))
    assert seen == [2, 3, 4, 5]


def test_the_curve_goes_to_tensorboard_where_that_is(tmp_path, monkeypatch):
    written = []

    class Writer:
        def add_scalar(self, *what):
            written.append(what)

        def flush(self): ...

    monkeypatch.setattr("gadless.networks.curve._writer", lambda path, step: Writer())
    Curve(tmp_path / "c.tsv", []).add({"step": 5, "loss": 0.5})
    assert ("loss", 0.5, 5) in written
    assert (tmp_path / "c.tsv").read_text() == "step\tloss\n5\t0.5\n"


def test_learning_rate_is_one_cycle():
    rates = np.array([learning_rate(step, 100, 1e-3) for step in range(100)])
    assert rates.argmax() in (9, 10)
    assert rates.max() == pytest.approx(1e-3)
    assert (np.diff(rates[:10]) > 0).all()
    assert (np.diff(rates[10:]) < 0).all()
    assert rates[-1] < 1e-5
