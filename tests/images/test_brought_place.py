"""Grids compared: the same voxels in another order are the same grid, and nothing else is."""

import itertools

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gadless.images.brought.place import COMMON, Exam, in_ras, within_grid
from gadless.images.volume import Grid

CODES = [
    "".join(pair[side] for pair, side in zip(order, sides, strict=True))
    for order in itertools.permutations(("LR", "PA", "IS"))
    for sides in itertools.product((0, 1), repeat=3)
]


def oblique(degrees: tuple[float, float, float], spacing: tuple[float, float, float]) -> Grid:
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = (-80, -110, -60)
    return Grid((20, 24, 18), affine)


angle = st.floats(-30, 30)


@given(st.tuples(angle, angle, angle), st.sampled_from(CODES))
def test_the_order_of_axes_in_the_file_does_not_matter(degrees, codes):
    grid = oblique(degrees, (1.0, 1.1, 3.0))
    image = nibabel.Nifti1Image(np.zeros(grid.shape, np.uint8), grid.affine)
    turn = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(grid.affine), nibabel.orientations.axcodes2ornt(codes)
    )
    other = image.as_reoriented(turn)
    again = in_ras(Grid(other.shape, np.asarray(other.affine, float)))
    assert within_grid(again, in_ras(grid))
    canonical = nibabel.as_closest_canonical(other)
    assert again.shape == canonical.shape
    np.testing.assert_allclose(again.affine, canonical.affine, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        lambda shape, affine: (shape, affine + np.outer([0, 0, 1, 0], [0, 0, 0, 0.2])),
        lambda shape, affine: ((20, 24, 19), affine),
        lambda shape, affine: (shape, affine @ np.diag([1.01, 1, 1, 1])),
        lambda shape, affine: (shape, np.diag([-1.0, 1, 1, 1]) @ affine),
    ],
    ids=["moved", "larger", "scaled", "mirrored"],
)
def test_another_grid_is_another_grid(change):
    grid = oblique((3, -5, 8), (1.0, 1.0, 2.0))
    shape, affine = change(grid.shape, grid.affine)
    assert not within_grid(in_ras(Grid(shape, affine)), in_ras(grid))


def test_a_grid_that_is_cut_from_another_is_found():
    grid = oblique((3, -5, 8), (1.0, 1.0, 2.0))
    part = grid.cropped((slice(2, 9), slice(0, 24), slice(5, 18)))
    assert within_grid(part, grid)
    assert not within_grid(grid, part)
    beyond = grid.cropped((slice(-2, 9), slice(0, 24), slice(5, 18)))
    assert not within_grid(beyond, grid)


def test_the_t1_is_taken_where_sequences_share_a_grid_and_the_doubt_is_told():
    grid, other = oblique((0, 0, 0), (1, 1, 1)), oblique((0, 0, 0), (2, 1, 1))
    moved = np.eye(4)
    moved[0, 3] = 3.0
    natives = {"flair": (grid, moved), "t1": (grid, np.eye(4)), "t2": (other, np.eye(4))}
    exam = Exam(oblique((0, 0, 0), (3, 3, 3)), natives, {})
    place = exam.place(grid)
    assert place.name == "t1"
    assert place.doubt_mm == pytest.approx(3.0)
    assert exam.place(other).name == "t2"
    assert exam.place(exam.grid).name == COMMON
    assert exam.place(oblique((1, 0, 0), (1, 1, 1))) is None
