"""Diameters against closed forms, scikit-image, and the symmetries they must have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from measurement_shapes import ellipsoid
from skimage.measure import regionprops

from gadless.measurement.diameters import perpendicular_diameters

UNIT = (1.0, 1.0, 1.0)


def measured(mask, spacing=UNIT):
    found = perpendicular_diameters(mask, spacing)
    return found.long_mm, found.short_mm


@settings(max_examples=40, deadline=None)
@given(
    long=st.floats(8.0, 18.0),
    ratio=st.floats(0.35, 1.0),
    angle=st.floats(0.0, np.pi),
    spacing=st.tuples(*[st.sampled_from([0.7, 1.0, 1.4])] * 2),
    shift=st.tuples(*[st.floats(0.0, 1.0)] * 2),
)
def test_an_ellipse_has_its_axes_within_a_voxel(long, ratio, angle, spacing, shift):
    short = long * ratio
    spacing = (*spacing, 1.0)
    shape = (*(int(40 / step) for step in spacing[:2]), 5)
    centre = (20 + shift[0], 20 + shift[1], 2)
    mask = ellipsoid(shape, centre, (long, short, 1e6), spacing, angle)
    found = perpendicular_diameters(mask, spacing)
    voxel = max(spacing)
    assert found.long_mm == pytest.approx(2 * long, abs=voxel)
    # A little turn of the first axis, of which near-circles have many, moves the second by less.
    assert found.short_mm == pytest.approx(2 * short, abs=1.5 * voxel)
    assert found.slices == 5


def test_a_sphere_is_measured_across_its_middle():
    mask = ellipsoid((40, 40, 40), (20, 20, 20), (15, 15, 15), UNIT)
    found = perpendicular_diameters(mask, UNIT)
    assert found.axial == 20
    assert found.slices == 31
    assert (found.long_mm, found.short_mm) == pytest.approx((31, 31), abs=1.0)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (4, 7), (12, 12)])
def test_a_row_of_voxels_is_as_long_as_its_voxels(rows, columns):
    mask = np.ones((rows, columns, 1), dtype=bool)
    found = perpendicular_diameters(mask, (2.0, 2.0, 2.0))
    # From midpoint of an edge to midpoint of an edge: half a voxel is cut off each corner.
    across = np.hypot(2 * columns, 2 * max(rows - 1, 0))
    along = np.hypot(2 * max(columns - 1, 0), 2 * rows)
    assert found.long_mm == pytest.approx(max(across, along))
    assert found.short_mm <= found.long_mm


@settings(max_examples=30, deadline=None)
@given(
    a=st.floats(4.0, 14.0),
    b=st.floats(4.0, 14.0),
    angle=st.floats(0.0, np.pi),
    seed=st.integers(0, 9),
)
def test_the_first_diameter_is_the_feret_diameter_of_scikit_image(a, b, angle, seed):
    x, y = np.random.default_rng(seed).random(2)
    mask = ellipsoid((36, 36, 1), (17 + x, 17 + y, 0), (a, b, 1), UNIT, angle)
    feret = regionprops(mask[:, :, 0].astype(np.uint8))[0].feret_diameter_max
    # scikit-image fills the hull with whole voxels first, which adds less than one.
    assert feret - 1.0 <= measured(mask)[0] <= feret + 1e-6


@st.composite
def blobs(draw):
    """Small connected-or-not masks of any shape."""
    mask = draw(arrays(bool, draw(st.tuples(*[st.integers(1, 7)] * 2, st.integers(1, 3)))))
    if not mask.any():
        mask[0, 0, 0] = True
    return mask


# Square voxels make equally long first diameters common.
VOXELS = st.sampled_from([UNIT, (1.0, 1.3, 2.0)])


@settings(max_examples=60, deadline=None)
@given(
    mask=blobs(), spacing=VOXELS, axes=st.lists(st.sampled_from([0, 1, 2]), min_size=1, unique=True)
)
def test_mirroring_changes_nothing(mask, spacing, axes):
    assert measured(np.flip(mask, axes), spacing) == pytest.approx(measured(mask, spacing))


def test_of_equally_long_first_diameters_the_one_with_the_longer_second_counts():
    rows = [[0, 0, 0, 0, 1], [1, 0, 1, 1, 1], [0, 0, 1, 1, 1]]
    mask = np.array(rows, dtype=bool)[:, :, None]
    for turned in (mask, mask[::-1], mask[:, ::-1], mask[::-1, ::-1]):
        assert measured(turned)[1] == pytest.approx(3.0594117)


@settings(max_examples=60, deadline=None)
@given(mask=blobs())
def test_turning_the_image_in_its_plane_changes_nothing(mask):
    turned = mask.transpose(1, 0, 2)
    assert measured(turned, (1.3, 1.0, 2.0)) == pytest.approx(measured(mask, (1.0, 1.3, 2.0)))


@settings(max_examples=40, deadline=None)
@given(mask=blobs(), factor=st.floats(0.1, 10.0))
def test_diameters_scale_with_the_spacing(mask, factor):
    scaled = measured(mask, (factor, 1.5 * factor, 3 * factor))
    long, short = measured(mask, (1.0, 1.5, 3.0))
    # Choosing among slices rounds at a millionth, and may take another slice of equal product.
    assert np.prod(scaled) == pytest.approx(factor**2 * long * short, rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(mask=blobs())
def test_the_second_diameter_is_never_longer_than_the_first(mask):
    long, short = measured(mask)
    assert 0 < short <= long + 1e-9
    width, height = mask.any(axis=(1, 2)).sum(), mask.any(axis=(0, 2)).sum()
    assert long <= np.hypot(mask.shape[0], mask.shape[1]) + 1e-9
    assert max(width, height) >= 1


def test_a_chord_on_the_verge_is_judged_alike_anywhere_in_the_image():
    mask = np.zeros((3, 7, 1), dtype=bool)
    mask[[0, 0, 2], [0, 1, 3]] = True  # the two pieces are within a voxel's tolerance
    assert measured(np.pad(mask, ((3, 0), (0, 3), (3, 3)))) == measured(mask)


@settings(max_examples=30, deadline=None)
@given(mask=blobs(), empty=st.integers(0, 3))
def test_slices_along_z_do_not_change_what_is_measured_in_the_plane(mask, empty):
    padded = np.pad(mask, ((empty, 0), (0, empty), (empty, empty)))
    assert measured(padded) == pytest.approx(measured(mask))


def test_equal_input_gives_equal_output():
    mask = np.random.default_rng(5).random((30, 30, 4)) < 0.6
    assert perpendicular_diameters(mask, UNIT) == perpendicular_diameters(mask.copy(), UNIT)


def test_no_chord_leaves_a_crescent():
    """Between the horns of a crescent lies no lesion, so no diameter runs there."""
    x, y = np.indices((60, 60))
    radius = np.hypot(x - 30, y - 30)
    crescent = ((radius <= 25) & (radius > 18) & (x <= 32))[:, :, None]
    horns = 2 * 25
    long, short = measured(crescent)
    # The longest chord within a ring of radii 25 and 18 touches the inner circle (here, give or
    # take the voxel that a chord may stray).
    assert long == pytest.approx(2 * np.sqrt(25.5**2 - 17.5**2), abs=2.5)
    assert long < horns
    assert short < long


def test_a_cavity_is_not_measured_across():
    """RANO 2010: the wall of a cavity counts, the cavity does not."""
    x, y = np.indices((60, 60))
    radius = np.hypot(x - 30, y - 30)
    ring = ((radius <= 25) & (radius > 21))[:, :, None]
    disc = (radius <= 25)[:, :, None]
    assert measured(ring)[0] < 0.7 * measured(disc)[0]


def test_a_sponge_is_measured_without_looking_at_every_pair_of_its_points():
    """What a failed network scatters must cost no more than a tumour; a coarse figure will do."""
    sponge = np.random.default_rng(6).random((80, 90, 1)) < 0.3
    long, short = measured(sponge)
    assert np.hypot(80, 90) - 10 < long < np.hypot(80, 90) + 10
    assert 0 < short < long


def test_the_slice_with_the_largest_product_counts_not_the_longest_line():
    mask = np.zeros((30, 30, 2), dtype=bool)
    mask[2:28, 10:12, 0] = True
    mask[5:20, 5:20, 1] = True
    assert perpendicular_diameters(mask, UNIT).axial == 1


@pytest.mark.parametrize(
    ("voxels", "slices", "measurable"), [(10, 2, True), (9, 2, False), (10, 1, False)]
)
def test_measurable_is_ten_by_ten_on_two_slices(voxels, slices, measurable):
    # A plus sign: both diameters are its arms, exactly as many millimetres as voxels.
    mask = np.zeros((12, 12, slices), dtype=bool)
    mask[1 : 1 + voxels, 5:7] = True
    mask[5:7, 1 : 1 + voxels] = True
    found = perpendicular_diameters(mask, UNIT)
    assert found.measurable(10.0) is measurable
