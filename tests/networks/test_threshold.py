"""Where the score of enhancing tumour is cut: a network that is shy by a known amount."""

import numpy as np
import pytest
import torch

from gadless.errors import InputError
from gadless.networks import threshold
from gadless.networks.cache import Case
from gadless.networks.weights import build, describe, load, save

SIDE, SPACING = 12, 2.0


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def exam(enhancing: int, rng: np.random.Generator) -> Case:
    """A brain whose first voxels enhance."""
    labels = np.zeros(SIDE**3, np.uint8)
    labels[:enhancing] = threshold.ENHANCING
    images = rng.normal(1, 0.1, (4, SIDE, SIDE, SIDE)).astype(np.float16)
    brain = np.ones((SIDE,) * 3, bool)
    names = ("t1", "t2", "flair", "subtraction")
    return Case.of("P", "V1", names, images, brain, labels.reshape(brain.shape))


@pytest.fixture
def shy(monkeypatch):
    """Scores that miss what enhances by `short`, and call `false` voxels with `excess` more."""

    def set_scores(short: float, excess: float = 9.0, false: int = 0) -> None:
        def predict(_trained, images, _spacing_mm):
            scores = np.zeros((4, *images["t1"].shape), np.float32)
            scores[1] = -20
            flat = scores[1].reshape(-1)
            flat[:200] = -short
            flat[SIDE**3 - false :] = -short - excess
            return scores

        monkeypatch.setattr(threshold, "predict", predict)

    return set_scores


def described():
    return describe("segmenter", "segmenter", 4, SPACING)


def test_the_shift_is_the_least_that_finds_all(shy, rng):
    shy(short=1.6)
    network = build("segmenter", 4)
    shift, gained = threshold.choose_shift(network, described(), [[exam(200, rng)] * 3])
    assert shift == 1.75
    soft = threshold.SOFT_CM3 * 1000 / SPACING**3
    assert gained == pytest.approx(1 - soft / (200 + soft))


def test_exams_where_nothing_enhances_hold_it_back(shy, rng):
    """Calling 200 voxels where nothing is: 62.5 / 262.5 there, against what is won here."""
    shy(short=1.6)
    exams = [exam(200, rng), *[exam(0, rng)] * 2]
    assert threshold.choose_shift(build("segmenter", 4), described(), [exams]) == (0.0, 0.0)


def test_sets_weigh_alike_however_many_exams_they_have(shy, rng):
    shy(short=1.6)
    few, many = [exam(200, rng)], [exam(50, rng)] * 30
    assert threshold.choose_shift(build("segmenter", 4), described(), [few, many])[0] == 1.75
    assert threshold.choose_shift(build("segmenter", 4), described(), [few + many])[0] == 0


def test_a_bold_network_is_left_alone(shy, rng):
    shy(short=-0.1, excess=1.0, false=300)
    shift, gained = threshold.choose_shift(build("segmenter", 4), described(), [[exam(200, rng)]])
    assert (shift, gained) == (0.0, 0.0)


def saved(path, **told):
    network = build("segmenter", 4, told.get("inputs", ()))
    save(network, describe("segmenter", "segmenter", 4, SPACING, **told), path)
    return network.state_dict()


def test_only_the_score_of_enhancing_tumour_moves_and_the_header_adds_up(shy, rng, tmp_path):
    shy(short=1.6)
    path = tmp_path / "mine.safetensors"
    before = saved(path, figures={"dice_truth": 0.5})
    assert threshold.set_threshold(path, [[exam(200, rng)]]) == 1.75
    after = load(path, "mine", "segmenter")[0].state_dict()
    moved = after.pop("head.bias") - before.pop("head.bias")
    assert moved.tolist() == [0, 1.75, 0, 0]
    assert all(torch.equal(after[key], before[key]) for key in before)
    # Once more, as if it were as shy as before.
    threshold.set_threshold(path, [[exam(200, rng)]])
    _, metadata = load(path, "mine", "segmenter")
    assert metadata.figures == {"dice_truth": 0.5, "shift": 3.5}


def test_a_network_without_contrast_is_left_as_it_is(shy, rng, tmp_path):
    path = tmp_path / "abnormality.safetensors"
    saved(path, inputs=["t1", "t2", "flair"])
    content = path.read_bytes()
    with pytest.raises(InputError, match=r"sees no contrast \(t1, t2, flair\)"):
        threshold.set_threshold(path, [[exam(200, rng)]])
    assert path.read_bytes() == content
