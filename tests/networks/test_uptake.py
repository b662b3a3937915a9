"""Where enhancing tumour ends: known spheres, and what must hold of any scores."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage
from torch import nn

from gadless.errors import InputError
from gadless.networks import weights
from gadless.networks.inference import Trained, predict
from gadless.networks.uptake import ENHANCING, NECROSIS, without_edges

GRID = (24, 24, 24)
ALL = np.ones(GRID, bool)
VOXEL_MM = 2.0


def _called(where: np.ndarray) -> np.ndarray:
    """Scores of four labels by which enhancing tumour wins there, and non-enhancing next to it."""
    scores = np.zeros((4, *where.shape), np.float32)
    scores[ENHANCING][where], scores[2][where] = 5, 3
    return scores


def _sphere(radius_mm: float, uptake: float, centre_mm: float = 23.0) -> np.ndarray:
    """A sphere at 2 mm as a scanner averages it: eight points a millimetre."""
    fine = 4
    axis = (np.arange(GRID[0] * fine) + 0.5) * VOXEL_MM / fine - centre_mm
    inside = (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2) <= radius_mm**2
    parts = inside.reshape(GRID[0], fine, GRID[1], fine, GRID[2], fine).mean(axis=(1, 3, 5))
    return (uptake * ndimage.gaussian_filter(parts, 0.6)).astype(np.float32)


@pytest.mark.parametrize("uptake", [0.2, 1.4])
@pytest.mark.parametrize("radius_mm", [8.0, 12.0, 16.0])
def test_a_sphere_is_as_large_as_it_is_however_much_it_takes_up(radius_mm, uptake):
    enhancement = _sphere(radius_mm, uptake)
    scores = _called(enhancement > 0.05 * uptake)
    left = without_edges(scores, enhancement, ALL, 0.4).argmax(axis=0) == ENHANCING
    true_mm3 = 4 / 3 * math.pi * radius_mm**3
    assert (scores.argmax(axis=0) == ENHANCING).sum() * VOXEL_MM**3 > 1.25 * true_mm3
    assert left.sum() * VOXEL_MM**3 == pytest.approx(true_mm3, rel=0.12)


def test_a_faint_lesion_beside_a_bright_one_is_measured_by_its_own_uptake():
    bright, faint = _sphere(7.0, 1.4, 11.0), _sphere(7.0, 0.2, 35.0)
    enhancement = bright + faint
    scores = _called((bright > 0.07) | (faint > 0.01))
    left = without_edges(scores, enhancement, ALL, 0.4).argmax(axis=0) == ENHANCING
    assert left[faint > 0.1].all()
    assert not left[(bright > 0.1) & (bright < 0.4)].any()


def test_a_bright_voxel_does_not_decide_for_a_lesion():
    enhancement = _sphere(10.0, 0.3)
    scores = _called(enhancement > 0.01)
    expected = without_edges(scores, enhancement, ALL, 0.4)
    enhancement[11, 11, 11] = 3.0
    np.testing.assert_allclose(
        without_edges(scores, enhancement, ALL, 0.4).argmax(axis=0).sum(),
        expected.argmax(axis=0).sum(),
        rtol=0.02,
    )


_IMAGES = arrays.arrays(np.float32, (5, 5, 5), elements=st.floats(-1, 2, width=32))
_SCORES = arrays.arrays(np.float32, (4, 5, 5, 5), elements=st.floats(-9, 9, width=32))


@given(_SCORES, _IMAGES, st.floats(0, 0.99))
def test_it_only_takes_back_and_what_remains_is_what_would_have_won_without(scores, image, share):
    brain = np.ones(image.shape, bool)
    before = scores.argmax(axis=0)
    after = without_edges(scores, image, brain, share).argmax(axis=0)
    kept = scores.copy()
    kept[[ENHANCING, NECROSIS]] = -np.inf
    taken = (before == ENHANCING) & (after != ENHANCING)
    assert (after[~taken] == before[~taken]).all()
    outside = taken & (after != NECROSIS)
    assert (after[outside] == kept.argmax(axis=0)[outside]).all()
    near = ndimage.binary_dilation(before == NECROSIS, np.ones((3, 3, 3)))
    assert near[taken & (after == NECROSIS)].all()


def test_the_inner_edge_of_a_rim_is_its_core_and_the_outer_is_not():
    core, ball = _sphere(8.0, 1.0), _sphere(14.0, 1.0)
    rim = ball - core
    scores = _called(ball > 0.05)
    scores[NECROSIS][core > 0.9] = 9
    # The network holds the edges for core above all, wherever they lie.
    scores[NECROSIS][(ball > 0.05) & (core <= 0.9)] = 4
    after = without_edges(scores, rim, ALL, 0.4).argmax(axis=0)
    faint = (rim < 0.3) & (ball > 0.05)
    assert (after[faint & (core > 0.5)] == NECROSIS).all()
    assert (after[faint & (ball < 0.3)] == 2).all()


def test_none_is_asked_for_and_none_is_taken():
    scores = _called(_sphere(8.0, 1.0) > 0.01)
    assert without_edges(scores, np.zeros(GRID, np.float32), ALL, 0.0) is scores


class _Bright(nn.Module):
    """Calls enhancing what is a tenth brighter after contrast."""

    multiple = 1

    def forward(self, x):
        scores = torch.zeros(1, 4, *x.shape[2:])
        scores[:, ENHANCING] = (x[:, 1] - x[:, 0] - 0.1) * 9
        return scores


def _metadata(share, inputs=("t1", "contrast", "t2", "flair")):
    return weights.describe("s", "segmenter", 4, VOXEL_MM, inputs, recipe={"uptake": share})


def test_a_network_carries_its_share_and_uses_it():
    enhancement, t1 = _sphere(10.0, 1.0), np.ones(GRID, np.float32)
    images = {"t1": t1, "contrast": t1 + enhancement, "t2": t1, "flair": t1, "brain": t1}
    found = {
        share: (predict(Trained(_Bright(), _metadata(share)), images, VOXEL_MM).argmax(axis=0) == 1)
        for share in (0.0, 0.4)
    }
    assert (found[0.0] == (enhancement > 0.1)).all()
    assert 0.5 * found[0.0].sum() < found[0.4].sum() < 0.8 * found[0.0].sum()


def test_a_network_that_sees_no_enhancement_has_no_share():
    assert _metadata(0.4).uptake == 0.4
    assert _metadata(0.4, ("t1", "t2", "flair")).uptake == 0.0
    assert _metadata(0.4, ("contrast", "t2")).uptake == 0.0
    assert replace(_metadata(0.4), recipe=None).uptake == 0.0


def test_a_lesion_has_one_size_on_a_finer_and_noisier_grid():
    coarse = _sphere(14.0, 0.5)
    fine = np.repeat(np.repeat(np.repeat(coarse, 2, 0), 2, 1), 2, 2)
    fine += np.random.default_rng(1).normal(0, 0.15, fine.shape).astype(np.float32)
    network, sizes = Trained(_Bright(), _metadata(0.4)), []
    for enhancement, spacing_mm in ((coarse, VOXEL_MM), (fine, VOXEL_MM / 2)):
        t1 = np.ones(enhancement.shape, np.float32)
        images = {"t1": t1, "contrast": t1 + enhancement, "t2": t1, "flair": t1, "brain": t1}
        found = predict(network, images, spacing_mm).argmax(axis=0) == ENHANCING
        sizes.append(found.sum() * spacing_mm**3)
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)


@pytest.mark.parametrize("share", [40, 1.0, -0.1, math.nan, "0.4", None, True])
def test_a_share_that_leaves_no_tumour_or_is_none_is_refused(tmp_path, share):
    network, metadata = weights.load(None, "segmenter", "segmenter")
    path = tmp_path / "mine.safetensors"
    weights.save(network, replace(metadata, recipe={"uptake": share}), path)
    with pytest.raises(InputError, match=r"mine.*recipe\.uptake is .*a share from 0 to below 1"):
        weights.load(path, "segmenter", "segmenter")
