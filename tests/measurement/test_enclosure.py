"""What a rim encloses: closed forms, the definition in plain loops, and the symmetries."""

import numpy as np
import pytest
import strict_diameters as strict
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gadless.measurement.enclosure import enclosed_by_rims

UNIT = (1.0, 1.0, 1.0)


def ring(outer, inner, gap=0):
    """A ring in one slice of 1 mm voxels, with a gap of so many voxels on one side."""
    edge = 2 * int(outer) + 5
    x, y = np.indices((edge, edge)) - edge // 2
    radius = np.hypot(x, y)
    opening = (x > 0) & (y > -gap / 2) & (y <= gap / 2)
    return ((radius <= outer) & (radius > inner) & ~opening)[:, :, None]


def core(inner, edge):
    x, y = np.indices((edge, edge)) - edge // 2
    return (np.hypot(x, y) <= inner)[:, :, None]


@pytest.mark.parametrize("allowed", [0.0, 8.0])
def test_a_closed_ring_encloses_its_core_and_nothing_else(allowed):
    rim = ring(14, 10)
    assert (enclosed_by_rims(rim, UNIT, allowed) == core(10, len(rim))).all()


@pytest.mark.parametrize(
    ("gap", "allowed", "encloses"),
    [
        (1, 0.0, False),
        (1, 0.9, False),
        (1, 1.0, True),
        (3, 2.9, False),
        (3, 3.0, True),
        (8, 8.0, True),
        (9, 8.0, False),
    ],
)
def test_a_gap_is_as_wide_as_its_voxels(gap, allowed, encloses):
    rim = ring(14, 10, gap)
    found = enclosed_by_rims(rim, UNIT, allowed)
    share = (found & core(10, len(rim))).sum() / core(10, len(rim)).sum()
    assert share > 0.9 if encloses else share == 0
    # The mouth may be covered, nothing outside the ring.
    assert not (found & ~core(14, len(rim))).any()


@pytest.mark.parametrize(("gap", "encloses"), [(6, True), (8, False)])
def test_a_gap_is_at_most_half_as_wide_as_what_lies_behind_it(gap, encloses):
    """A rim round 14 mm that is open by 8 is a crescent, whatever gap is allowed."""
    assert enclosed_by_rims(ring(11, 7.2, gap), UNIT, 20.0).any() == encloses


def test_voxels_that_meet_at_a_corner_close_a_rim():
    rim = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)[:, :, None]
    assert enclosed_by_rims(rim, UNIT, 0.0).sum() == 1


def test_a_pocket_is_as_large_as_its_own_gap_lets_it_be():
    """Allowing wider gaps, which this rim has not, moves the border at its mouth by nothing."""
    rim = np.ones((5, 5, 1), dtype=bool)
    rim[1:4, 1:4] = rim[0, 1] = False
    found = [enclosed_by_rims(rim, UNIT, allowed) for allowed in (1.0, 1.5, 3.0)]
    assert [one.sum() for one in found] == [8, 8, 8]


def test_a_furrow_is_no_ring_however_deep():
    comb = np.ones((30, 12, 1), dtype=bool)
    comb[3:30, 5:7] = False
    assert not enclosed_by_rims(comb, UNIT, 8.0).any()


def test_the_edge_of_the_slice_closes_no_rim():
    half = ring(14, 10)[16:]
    assert not enclosed_by_rims(half, UNIT, 8.0).any()


def test_each_slice_is_looked_at_by_itself():
    """A cup that is closed above and below by solid slices is closed where a slice shows a ring."""
    closed, open_ = ring(14, 10), ring(14, 10, 12)
    found = enclosed_by_rims(np.concatenate([closed, open_], axis=2), UNIT, 8.0)
    assert found[:, :, 0].any()
    assert not found[:, :, 1].any()


def test_a_rim_of_separate_voxels_encloses():
    """The rim is what enhances in the slice, whether it is connected or not."""
    rim = ring(14, 10)
    rim[::3] = False
    rim[:, ::3] = False
    middle = core(6, len(rim))
    assert enclosed_by_rims(rim, UNIT, 3.0)[middle & ~rim].all()


GAPS = st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0, 4.0])
SPACINGS = st.sampled_from([UNIT, (1.0, 1.3, 2.0)])


@st.composite
def rims(draw, most=9):
    """Rectangular rims with voxels missing and specks added, or anything at all."""
    rows, columns = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    noise = draw(arrays(bool, (rows, columns, 1), elements=st.booleans()))
    if draw(st.booleans()):
        return noise
    whole = np.zeros_like(noise)
    whole[:, [0, -1]] = whole[[0, -1]] = True
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)))
        whole[at] = not whole[at][0]
    return whole


@settings(max_examples=60, deadline=None)
@given(rim=rims(), spacing=SPACINGS, gap=GAPS)
def test_enclosed_is_what_the_definition_says(rim, spacing, gap):
    expected = strict.enclosed(rim, spacing, gap)
    assert (enclosed_by_rims(rim, spacing, gap) == expected).all()


@settings(max_examples=60, deadline=None)
@given(rim=rims(14), gap=GAPS, axes=st.lists(st.sampled_from([0, 1]), unique=True))
def test_mirroring_and_turning_change_nothing(rim, gap, axes):
    found = enclosed_by_rims(rim, (1.0, 1.3, 2.0), gap)
    assert (
        np.flip(enclosed_by_rims(np.flip(rim, axes), (1.0, 1.3, 2.0), gap), axes) == found
    ).all()
    turned = enclosed_by_rims(rim.transpose(1, 0, 2), (1.3, 1.0, 2.0), gap)
    assert (turned.transpose(1, 0, 2) == found).all()


@settings(max_examples=60, deadline=None)
@given(rim=rims(14), gaps=st.tuples(GAPS, GAPS).map(sorted), shift=st.integers(0, 3))
def test_a_wider_gap_never_encloses_less_and_position_does_not_matter(rim, gaps, shift):
    narrow, wide = (enclosed_by_rims(rim, UNIT, gap) for gap in gaps)
    assert not (narrow & ~wide).any()
    moved = enclosed_by_rims(np.pad(rim, ((shift, 1), (0, shift), (0, 0))), UNIT, gaps[1])
    assert (moved[shift : shift + rim.shape[0], : rim.shape[1]] == wide).all()
    assert moved.sum() == wide.sum()


def test_a_sponge_is_looked_at_in_reasonable_time():
    sponge = np.random.default_rng(6).random((150, 150, 2)) < 0.3
    assert enclosed_by_rims(sponge, UNIT, 8.0).any()
