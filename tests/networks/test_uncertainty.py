"""How a candidate's doubt becomes an interval of its enhancing volume."""

import numpy as np
import pytest
from scipy import special

from gadless.networks import uncertainty
from gadless.networks.segment import joined
from gadless.networks.validation import auc, task_score


def test_the_ends_are_the_map_moved_by_the_factor_either_way():
    grid = (4, 4, 4)
    images = {"t1": np.ones(grid, np.float32), "contrast": np.full(grid, 1.5, np.float32)}
    spread, found = np.full(grid, 0.2, np.float32), np.ones(grid, np.bool_)
    low, high = uncertainty.ends_of_factor(images, spread, found)
    moved = 0.2 * uncertainty.FACTOR
    np.testing.assert_allclose(low["contrast"], 1.5 - moved, rtol=1e-5)
    np.testing.assert_allclose(high["contrast"], 1.5 + moved, rtol=1e-5)
    np.testing.assert_array_equal(low["t1"], images["t1"])


def test_the_map_follows_its_hidden_factor():
    enhancement, spread = np.full((2, 2, 2), 0.5, np.float32), np.full((2, 2, 2), 0.1, np.float32)
    np.testing.assert_allclose(uncertainty.moved(enhancement, spread, 0), enhancement)
    np.testing.assert_allclose(uncertainty.moved(enhancement, spread, -2), 0.3, rtol=1e-6)


def test_ends_of_scores_are_those_of_the_softmax():
    scores = np.random.default_rng(1).normal(0, 4, (4, 6, 6, 6)).astype(np.float32)
    brain = np.ones((6, 6, 6), np.bool_)
    brain[0] = False
    share = special.softmax(scores, axis=0)[1]
    sure, possible = uncertainty.ends_of_scores(scores, brain)
    np.testing.assert_array_equal(sure, brain & (share > 0.95))
    np.testing.assert_array_equal(possible, brain & (share > 0.05))


def test_an_interval_holds_the_volume_itself():
    one = np.zeros((4, 4, 4), np.bool_)
    one[:2] = True
    found = uncertainty.interval_cm3(one, [np.zeros_like(one), one], 2.0)
    assert found == {"low_cm3": 0.0, "high_cm3": pytest.approx(32 * 0.008)}


def test_enhancement_outside_the_common_abnormality_stays_and_oedema_does_not():
    labels = np.array([0, 1, 2, 3, 1, 2, 0], np.uint8)
    abnormality = np.array([1, 1, 1, 1, 0, 0, 0], np.bool_)
    assert joined(labels, abnormality).tolist() == [2, 1, 2, 3, 1, 0, 0]


def test_auc_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(4)
    high, low = rng.normal(1, 1, 40).round(1), rng.normal(0, 1, 60).round(1)
    pairs = (high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean()
    assert auc(high, low) == pytest.approx(pairs)
    assert np.isnan(auc(high, low[:0]))


def test_a_map_of_zeros_never_scores_best():
    zeros = {"mae": 0.05, "direct": 0.0, "auc": 0.5, "false_cm3": 0.0}
    finds = {"mae": 0.09, "direct": 0.4, "auc": 0.8, "false_cm3": 1.0}
    assert task_score(finds) > task_score(zeros)
    assert task_score({**finds, "false_cm3": 30.0}) < task_score(finds)
