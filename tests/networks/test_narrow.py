"""What a training set cannot teach is said before the first step, and NaN ends it by name."""

import json

import pytest
import torch
from tiny_exams import exam_of

from gadless.errors import InputError
from gadless.networks.dataset import load_cohort
from gadless.networks.job import TrainingJob
from gadless.networks.learners import make_learner
from gadless.networks.narrow import consequences
from gadless.networks.patches import Batch
from gadless.networks.train import train
from gadless.trial.config.training import Recipe, Training


@pytest.fixture
def told(make_exam, tmp_path):
    """Say what follows from exams with these sites, and edges along the third axis."""

    def tell(sites, edges=(2.0, 2.0, 2.0)):
        exams = []
        for patient, site, edge in zip(("p1", "p2", "p3"), sites, edges, strict=True):
            manifest = make_exam(patient)
            path = manifest.folder / "transforms.json"
            content = json.loads(path.read_text())
            content["sequences"]["t1"]["affine"][2][2] = edge
            path.write_text(json.dumps(content))
            manifest.write()
            exams.append(exam_of(tmp_path, patient, site=site))
        cohort = load_cohort(exams, Recipe(kind="generator"), 2.0, 0.3, tmp_path / "cache")
        return list(consequences([*cohort.learning, *cohort.held_out], 2.0))

    return tell


def test_one_site_is_said(told):
    (said,) = told(["north"] * 3)
    assert said.startswith("all 3 exams are of one site (north)")


@pytest.mark.parametrize("sites", [["north", "south", "north"], ["", "", ""]])
def test_several_sites_or_none_known_are_not(told, sites):
    assert told(sites) == []


def test_two_spacings_are_said_with_how_many_exams_have_each(told):
    (said,) = told(["a", "b", "c"], edges=(2.0, 5.0, 2.05))
    assert "2 spacings, with how many exams: 2 x 2 x 2 mm (2), 2 x 2 x 5 mm (1)" in said
    assert "learnt from at 2 mm" in said


def test_a_training_says_it_before_its_first_step(make_exam, tmp_path, caplog):
    for patient in ("p1", "p2"):
        make_exam(patient)
    recipe = Recipe(kind="segmenter", channels=2, steps=1, patch=16)
    exams = [exam_of(tmp_path, patient, site="north") for patient in ("p1", "p2")]
    paths = [tmp_path / f"net{end}" for end in (".safetensors", ".tsv", ".md")]
    train(TrainingJob("net", recipe, Training(), exams, *paths, tmp_path / "cache"))
    assert "net: all 2 exams are of one site (north)" in caplog.text


@pytest.mark.parametrize("kind", ["generator", "segmenter"])
def test_a_loss_that_is_no_number_ends_the_training_with_its_exams(kind):
    recipe = Recipe(kind=kind, channels=2, patch=16)
    learner = make_learner(recipe, False, torch.device("cpu"))
    images = torch.ones(1, len(recipe.inputs), 16, 16, 16)
    nothing, brain = torch.zeros(1, 1, 16, 16, 16), torch.ones(1, 1, 16, 16, 16)
    batch = Batch(images, nothing, brain, nothing[:, 0].long(), ("patient p1, visit v1",))
    assert learner.step(batch, 5, 1e-3, False)["loss"] > 0
    batch.images[0, 0, 3, 3, 3] = float("nan")
    with pytest.raises(InputError, match=r"step 7 is nan, learnt from patient p1, visit v1"):
        learner.step(batch, 6, 1e-3, False)
