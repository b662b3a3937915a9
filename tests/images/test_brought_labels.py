"""Labels carried from grid to grid: what must hold whatever they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from gadless.images.resampling import labels_onto_grid
from gadless.images.volume import Grid

SHAPE = (7, 8, 6)
GRID = Grid(SHAPE, np.diag([2.0, 1.5, 3.0, 1.0]))
labels = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
angle = st.floats(-20, 20)


def motion(degrees, shift) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


@given(labels)
def test_to_the_same_grid_nothing_changes(array):
    np.testing.assert_array_equal(labels_onto_grid(array, GRID, GRID, np.eye(4)), array)


@settings(deadline=None)
@given(labels, st.tuples(angle, angle, angle), st.permutations([1, 2, 3]))
def test_what_is_labelled_does_not_depend_on_how_it_is_divided(array, degrees, order):
    away = motion(degrees, (1.0, -0.7, 0.4))
    carried = labels_onto_grid(array, GRID, GRID, away)
    whole = labels_onto_grid((array > 0).astype(np.uint8), GRID, GRID, away)
    np.testing.assert_array_equal(carried > 0, whole > 0)
    renamed = np.array([0, *order], dtype=np.uint8)[array]
    again = labels_onto_grid(renamed, GRID, GRID, away)
    np.testing.assert_array_equal(again > 0, whole > 0)
    assert set(np.unique(carried)) <= set(np.unique(array)) | {0}


@pytest.mark.parametrize("spacing", [0.7, 1.0, 2.0])
def test_a_ball_keeps_its_volume_on_any_grid(spacing):
    source = Grid((40, 40, 40), np.eye(4))
    index = np.indices(source.shape).transpose(1, 2, 3, 0)
    distance = np.linalg.norm(index - 19.5, axis=-1)
    array = np.select([distance < 6, distance < 11], [3, 1]).astype(np.uint8)
    shape = tuple(round(44 / spacing) for _ in range(3))
    grid = Grid(shape, np.diag([spacing] * 3 + [1.0]))
    carried = labels_onto_grid(array, source, grid, motion((8, -5, 12), (-1.3, 2.0, 1.1)))
    for label, tolerance in ((1, 0.02), (3, 0.04)):
        before, after = (array == label).sum(), (carried == label).sum() * spacing**3
        assert after == pytest.approx(before, rel=tolerance)
