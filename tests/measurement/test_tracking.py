"""One lesion, one name: growing, vanishing, coming back, splitting, merging, moving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measurement_shapes import SPACING, affine_of, label_map, names, tracker

from gadless.measurement.lesions import find_lesions
from gadless.measurement.tracking import Tracker
from gadless.measurement.volumes import canonical
from gadless.trial.config import Measurement

SETTINGS = Measurement()
A, B, C = (20, 20, 20), (58, 20, 20), (40, 60, 20)


def follow(*visits, with_settings=SETTINGS):
    """Track visits given as lists of spheres; lesions of each visit as (number, new)."""
    following = tracker(with_settings)
    found = []
    for spheres in visits:
        lesions = find_lesions(label_map(spheres), "enhancing", with_settings).lesions
        found.append([(one.number, one.new) for one in following.follow(lesions)])
    return found


def merged(*visits):
    """Numbers that have merged with each lesion of each visit."""
    following = tracker(SETTINGS)
    return [
        [
            one.merged
            for one in following.follow(find_lesions(label_map(s), "enhancing", SETTINGS).lesions)
        ]
        for s in visits
    ]


def test_a_lesion_keeps_its_name_while_it_grows_and_shrinks():
    assert follow([(A, 8)], [(A, 12)], [(A, 5)]) == [[(1, False)]] * 3


def test_names_follow_the_lesion_and_not_its_size():
    first, second = follow([(A, 12), (B, 8)], [(A, 6), (B, 10)])
    assert first == [(1, False), (2, False)]
    assert second == [(2, False), (1, False)]


def test_a_lesion_that_vanishes_leaves_no_row_and_comes_back_under_its_name():
    assert follow([(A, 8), (B, 6)], [(A, 8)], [(A, 8), (B, 6)]) == [
        [(1, False), (2, False)],
        [(1, False)],
        [(1, False), (2, False)],
    ]


def test_a_lesion_comes_back_anywhere_in_the_place_it_had():
    edge = (20 + 9, 20, 20)
    assert follow([(A, 14)], [(A, 6)], [], [(edge, 4)])[-1] == [(1, False)]


def test_a_lesion_elsewhere_is_new_and_stays_so():
    assert follow([(A, 8)], [(A, 8), (B, 6)], [(A, 8), (B, 7)])[1:] == [
        [(1, False), (2, True)],
        [(1, False), (2, True)],
    ]


def test_what_the_first_visit_shows_is_never_new():
    assert follow([(A, 8), (B, 8), (C, 8)])[0] == [(1, False), (2, False), (3, False)]


def test_anything_is_new_after_a_first_visit_without_lesions():
    assert follow([], [(A, 8)]) == [[], [(1, True)]]


def test_a_small_new_lesion_is_followed_and_called_when_large_enough():
    # Radius 3 mm is 0.11 cm3, 4 mm 0.27: on either side of the 0.2 configured.
    visits = follow([(A, 8)], [(A, 8), (B, 3)], [(A, 8), (B, 4)], [(A, 8), (B, 3)])
    assert visits[1] == [(1, False), (2, False)]
    assert visits[2] == [(1, False), (2, True)]
    assert visits[3] == [(1, False), (2, True)]


def test_a_lesion_that_splits_stays_one_lesion_in_pieces():
    left, right = (13, 20, 20), (27, 20, 20)
    visits = follow([(A, 14)], [(left, 5), (right, 4)], [(left, 5), (right, 4)], [(A, 14)])
    assert visits[1:] == [[(1, False)] * 2, [(1, False)] * 2, [(1, False)]]


def test_pieces_of_a_new_lesion_are_new():
    left, right = (13, 20, 20), (27, 20, 20)
    assert follow([], [(A, 14)], [(left, 5), (right, 5)])[2] == [(1, True)] * 2


def test_lesions_that_merge_are_one_and_take_their_names_back_when_they_part():
    left, right, bridge = (24, 30, 20), (54, 30, 20), (39, 30, 20)
    apart = [(left, 12), (right, 10)]
    visits = follow(apart, [*apart, (bridge, 9)], apart)
    assert visits[0] == [(1, False), (2, False)]
    assert visits[1] == [(1, False)]
    assert visits[2] == [(1, False), (2, False)]


def test_a_row_names_the_lesions_that_have_merged_with_it():
    left, right, bridge = (24, 30, 20), (54, 30, 20), (39, 30, 20)
    apart, gone = [(left, 12), (right, 10)], [(left, 12)]
    joined, spread = [*apart, (bridge, 9)], [(left, 12), (bridge, 14)]
    assert merged(apart, joined, joined, apart) == [[(), ()], [(2,)], [(2,)], [(), ()]]
    far, near = [((40, 64, 20), 13)], [((28, 26, 20), 8), ((50, 26, 20), 7)]
    assert merged(far + near, [*far, *near, ((39, 26, 20), 7)]) == [[(), (), ()], [(), (3,)]]
    # What has vanished is gone, whatever grows over its place later.
    assert merged(apart, gone, spread) == [[(), ()], [()], [()]]


def test_of_two_lesions_that_merge_the_one_with_more_in_it_gives_the_name():
    left, right = (18, 30, 20), (58, 30, 20)
    joined = [(left, 12), (right, 16), ((36, 30, 20), 9)]
    # On the first visit the left one is larger; by the time they merge the right one is.
    visits = follow([(left, 12), (right, 8)], [(left, 12), (right, 16)], joined)
    assert visits[2] == [(2, False)]


@pytest.mark.parametrize(("gap_voxels", "new"), [(1, False), (2, False), (3, True)])
def test_a_lesion_is_recognised_up_to_the_configured_distance(gap_voxels, new):
    """Voxels of 2 mm: with n voxels between, centres are 2 (n + 1) mm apart; the limit is 6."""
    with_settings = Measurement(match_distance_mm=6.0)
    labels = np.zeros((30, 12, 12), dtype=np.uint8)
    labels[2:7, 2:7, 2:7] = 1
    moved = np.zeros_like(labels)
    start = 7 + gap_voxels
    moved[start : start + 5, 2:7, 2:7] = 1
    following = Tracker(labels.shape, SPACING, with_settings)
    for picture in (labels, moved):
        lesions = find_lesions(canonical(picture, affine_of()), "enhancing", with_settings).lesions
        (last,) = following.follow(lesions)
    assert last.new is new
    assert last.number == (2 if new else 1)


def test_a_satellite_within_reach_belongs_to_its_neighbour():
    settings = Measurement(match_distance_mm=8.0)
    near, far = (20 + 8 + 6 + 4, 20, 20), (20 + 8 + 14 + 6, 20, 20)
    visits = follow([(A, 8)], [(A, 8), (near, 4)], with_settings=settings)
    assert visits[1] == [(1, False), (1, False)]
    visits = follow([(A, 8)], [(A, 8), (far, 4)], with_settings=settings)
    assert visits[1] == [(1, False), (2, True)]


def test_halfway_between_two_lesions_the_older_gives_the_name():
    middle = ((20 + 50) // 2 + 1, 20, 20)
    visits = follow(
        [((20, 20, 20), 8), ((52, 20, 20), 8)],
        [((20, 20, 20), 8), ((52, 20, 20), 8), (middle, 4)],
    )
    assert visits[1] == [(1, False), (2, False), (1, False)]


def test_a_jolt_of_the_registration_changes_no_name():
    shifted = tuple(value + 2 for value in A), tuple(value + 2 for value in B)
    visits = follow([(A, 5), (B, 3)], [(shifted[0], 5), (shifted[1], 3)])
    assert visits[1] == [(1, False), (2, False)]


PLACES = [(14, 14, 20), (26, 18, 20), (40, 40, 20), (60, 16, 20), (60, 60, 14)]
VISIT = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from([3, 5, 8, 11])), max_size=5)


@settings(max_examples=30, deadline=None)
@given(visits=st.lists(VISIT, min_size=2, max_size=5), cut=st.integers(1, 4))
def test_a_later_visit_changes_no_earlier_row(visits, cut):
    assert follow(*visits[:cut]) == follow(*visits)[:cut]


@settings(max_examples=30, deadline=None)
@given(visits=st.lists(VISIT, min_size=1, max_size=5))
def test_every_lesion_has_a_name_and_none_of_the_first_visit_is_ever_new(visits):
    found = follow(*visits)
    known: set[int] = set()
    for position, visit in enumerate(found):
        numbers = {number for number, _ in visit}
        fresh = numbers - known
        # Fresh names go on counting, without gaps.
        assert sorted(fresh) == list(range(len(known) + 1, len(known) + len(fresh) + 1))
        known |= numbers
        if position == 0:
            first = set(numbers)
        assert not any(new for number, new in visit if number in first)


@settings(max_examples=15, deadline=None)
@given(visit=VISIT)
def test_the_same_scan_again_gives_the_same_names(visit):
    first, second = follow(visit, visit)
    assert first == second


def test_a_lesion_at_the_edge_of_the_grid_is_followed():
    labels = np.zeros((6, 6, 6), dtype=np.uint8)
    labels[:3, :3, :3] = 1
    other = np.zeros_like(labels)
    other[4:, 4:, 4:] = 1
    following = Tracker(labels.shape, SPACING, SETTINGS)
    found = [
        following.follow(find_lesions(canonical(one, affine_of()), "enhancing", SETTINGS).lesions)
        for one in (labels, other)
    ]
    assert names(found[0]) == [1]
    # Corner to corner, (2, 2, 2) voxels of 2 mm: 6.9 mm, beyond 5.
    assert names(found[1]) == [2]
