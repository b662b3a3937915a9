"""Which sequence a scan looks like, by the order of tissues on it."""

import itertools

import numpy as np
import pytest

from gadless.images.appearance import Look, enhancement, scores
from gadless.images.ranks import brighter
from gadless.images.volume import Volume

# Of 16 real visits, those nearest to a limit (docs/preprocessing.md), and a usual one.
EXAMS = {
    "usual": {"t1": (0.10, 0.86), "t2": (0.89, 0.15), "flair": (0.18, 0.37), "t1c": (0.24, 0.88)},
    "T2 with dim fluid": {
        "t1": (0.28, 0.68), "t2": (0.61, 0.55), "flair": (0.41, 0.54), "t1c": (0.35, 0.66),
    },
    "FLAIR with bright white matter": {
        "t1": (0.13, 0.86), "t2": (0.91, 0.27), "flair": (0.18, 0.63), "t1c": (0.26, 0.80),
    },
    "T1 with dim white matter": {
        "t1": (0.10, 0.69), "t2": (0.86, 0.43), "flair": (0.13, 0.61), "t1c": (0.14, 0.66),
    },
    "FLAIR with much oedema": {
        "t1": (0.20, 0.72), "t2": (0.81, 0.43), "flair": (0.53, 0.53), "t1c": (0.26, 0.69),
    },
}  # fmt: skip
FAILS = -0.05


def looks(exam, given):
    return {cell: Look(*exam[name]) for cell, name in given.items()}


@pytest.mark.parametrize("exam", EXAMS.values(), ids=EXAMS)
def test_real_exams_look_like_what_they_are_called(exam):
    whole = looks(exam, {name: name for name in exam})
    assert min(scores(whole).values()) > 0
    for left_out in exam:
        fewer = {name: look for name, look in whole.items() if name != left_out}
        assert min(scores(fewer).values()) > 0


@pytest.mark.parametrize("exam", EXAMS.values(), ids=EXAMS)
@pytest.mark.parametrize(
    "given", [g for g in itertools.product(("t1", "t2", "flair"), repeat=3)
              if g != ("t1", "t2", "flair")], ids="-".join
)  # fmt: skip
def test_every_wrong_assignment_fails(exam, given):
    cells = dict(zip(("t1", "t2", "flair"), given, strict=True))
    assert min(scores(looks(exam, {**cells, "t1c": "t1c"})).values()) < FAILS


def test_of_two_that_are_alike_the_one_that_looks_less_like_itself_is_marked_down():
    found = scores({"t2": Look(0.85, 0.2), "flair": Look(0.85, 0.2)})
    assert found["t2"] > 0
    assert found["flair"] < FAILS


def test_a_sequence_of_which_nothing_is_known_is_passed_over():
    assert scores({"adc": Look(0.9, 0.1), "t2": Look(0.9, 0.1)}).keys() == {"t2"}


def test_the_share_of_brighter_pairs():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 9, 40), rng.integers(0, 9, 30)
    pairs = (one[:, None] > other) + 0.5 * (one[:, None] == other)
    assert brighter(one.astype(np.float32), other.astype(np.float32)) == pytest.approx(pairs.mean())


def ball(shape=(40, 40, 40)):
    return np.linalg.norm(np.indices(shape).T - 19.5, axis=-1).T < 16


@pytest.mark.parametrize(("voxels", "expected"), [(2000, 0.9), (0, 0.0)])
def test_what_enhances_is_counted_for_t1c_and_against_it_when_swapped(voxels, expected):
    brain = ball()
    chance = np.random.default_rng(1)
    before = np.where(brain, chance.normal(1, 0.05, brain.shape), 0).astype(np.float32)
    after = before.copy()
    inner = np.argwhere(np.linalg.norm(np.indices(brain.shape).T - 19.5, axis=-1).T < 10)
    chosen = inner[chance.choice(len(inner), voxels, replace=False)]
    after[tuple(chosen.T)] += 1.0
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    found = enhancement(Volume(before, affine), Volume(after, affine), brain)
    back = enhancement(Volume(after, affine), Volume(before, affine), brain)
    assert found == pytest.approx(expected, abs=0.1)
    assert back == pytest.approx(-expected, abs=0.2)
