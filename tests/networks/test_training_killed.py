"""A training that is killed at any moment, and run again, ends in the same weights."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tiny_exams import exam_of

from gadless.networks.job import TrainingJob
from gadless.networks.train import train
from gadless.trial.config.training import Losses, Recipe, Training

RECIPE = Recipe(
    kind="generator",
    channels=4,
    steps=240,
    patch=16,
    losses=Losses(adversarial=0.02),
    adversarial_start=100,
)

# In bfloat16, oneDNN's convolutions over two voxels a side are not the same twice.
SETTINGS = Training(precision="float32")


@pytest.fixture
def job(make_exam, tmp_path):
    def describe(stem, recipe=RECIPE):
        for patient in ("p1", "p2", "p3"):
            make_exam(patient)
        exams = [exam_of(tmp_path, patient) for patient in ("p1", "p2", "p3")]
        files = (tmp_path / f"{stem}{ending}" for ending in (".safetensors", ".tsv", ".md"))
        return TrainingJob("mine", recipe, SETTINGS, exams, *files, tmp_path / "cache")

    return describe


def start(job, folder, **environment):
    """Train in a process of its own, as a job of the workflow does."""
    (folder / "job.json").write_text(job.as_text())
    command = [sys.executable, "-m", "gadless.networks.train", str(folder / "job.json")]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_killed_at_a_random_step_and_run_again_it_ends_the_same(job, tmp_path):
    whole = job("whole")
    train(whole)
    killed = job("killed")
    rng = np.random.default_rng()
    checkpoint = killed.weights.with_suffix(".checkpoint")
    for _ in range(2):  # killed twice
        process = start(killed, tmp_path)
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None:
            if checkpoint.exists() and checkpoint.stat().st_mtime_ns != before:
                break
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if killed.weights.exists():
            break
    assert checkpoint.exists() or killed.weights.exists()
    again = start(killed, tmp_path)
    assert again.communicate()[1] is not None
    assert again.returncode == 0
    assert killed.weights.read_bytes() == whole.weights.read_bytes()
    assert killed.curve.read_bytes() == whole.curve.read_bytes()


@pytest.mark.slow
def test_two_processes_train_one_network(job, tmp_path):
    """On the CPU, by gloo: what several GPUs do by the same code."""
    recipe = RECIPE.model_copy(update={"batch": 2, "steps": 24, "adversarial_start": 8})
    together, again = (job(stem, recipe) for stem in ("together", "again"))
    for one in (together, again):
        process = start(one, tmp_path, GADLESS_PROCESSES="2")
        said = process.communicate(timeout=240)[1]
        assert process.returncode == 0, said
    assert together.weights.read_bytes() == again.weights.read_bytes()
    assert "2 processes, each on CPU" in together.card.read_text()


def test_a_batch_that_cannot_be_shared_is_refused(job, monkeypatch):
    monkeypatch.setenv("GADLESS_PROCESSES", "2")
    with pytest.raises(Exception, match="a batch of 1 patches cannot be shared out alike"):
        train(job("net"))
