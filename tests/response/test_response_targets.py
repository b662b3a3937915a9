"""Target lesions chosen at baseline and followed."""

from decimal import Decimal

import pandas as pd

from gadless.response.lesions import Lesion, lesions_by_visit
from gadless.response.targets import LesionHistory

QUARTER = Decimal("0.25")
ENHANCING = (True,)


def _lesion(name, product, measurable=True, new=False, enhancing=True):
    return Lesion(name, enhancing, product, measurable, new)


def _sums(visits, baseline=0, targets=5, add_new=False, enhancing=True):
    history = LesionHistory(visits, baseline)
    return [
        sum(history.targets(p, enhancing, targets, add_new).values())
        for p in range(baseline, len(visits))
    ]


def test_largest_measurable_lesions_are_the_targets():
    first = [_lesion("E1", 100.0), _lesion("E2", 300.0), _lesion("E3", 200.0)]
    second = [_lesion("E1", 900.0), _lesion("E2", 310.0), _lesion("E3", 190.0)]
    assert _sums([first, second], targets=2) == [500, 500]
    assert _sums([first, second], targets=None) == [600, 1400]


def test_a_target_counts_however_small_it_becomes():
    assert _sums([[_lesion("E1", 300.0)], [_lesion("E1", 20.0, measurable=False)], []]) == [
        300,
        20,
        0,
    ]


def test_a_target_that_comes_back_counts_again():
    assert _sums([[_lesion("E1", 300.0)], [], [_lesion("E1", 150.0)]]) == [300, 0, 150]


def test_a_lesion_too_small_at_baseline_never_joins():
    """Its growth is progression of its own; the sum keeps its targets."""
    visits = [
        [_lesion("E1", 300.0), _lesion("E2", 60.0, measurable=False)],
        [_lesion("E1", 300.0), _lesion("E2", 120.0)],
        [_lesion("E1", 300.0), _lesion("E2", 80.0, measurable=False)],
    ]
    assert _sums(visits) == [300, 300, 300]
    history = LesionHistory(visits, 0)
    assert sum(history.targets(1, True, None, False, measurable_only=False).values()) == 420
    seen = [True] * 3
    grown = [history.nonmeasurable_growth(p, True, QUARTER, seen) for p in range(3)]
    assert grown == [False, True, False]


def test_growth_of_a_small_lesion_is_over_its_own_smallest():
    """98 to 102 mm2 is no growth; to 120 after 96 it is; only evaluable visits are a nadir."""
    sizes = (98.0, 102.0, 96.0, 120.0)
    visits = [[_lesion("E1", size, measurable=size >= 100)] for size in sizes]
    history = LesionHistory(visits, 0)

    def grown(*evaluable):
        return [history.nonmeasurable_growth(p, True, QUARTER, evaluable) for p in range(4)]

    assert grown(True, True, True, True) == [False, False, False, True]
    assert grown(True, True, False, True) == [False, False, False, False]


def test_a_small_lesion_that_takes_in_another_has_not_grown():
    first = [_lesion("E1", 300.0), _lesion("E2", 60.0, measurable=False)]
    joined = Lesion("E2", True, 360.0, True, False, frozenset({"E1"}))
    history = LesionHistory([first, [joined]], 0)
    assert not history.nonmeasurable_growth(1, True, QUARTER, [True, True])


def test_new_lesions_are_added_only_where_the_criteria_say_so():
    visits = [[_lesion("E1", 300.0)], [_lesion("E1", 300.0), _lesion("E2", 120.0, new=True)]]
    assert _sums(visits) == [300, 300]
    assert _sums(visits, add_new=True) == [300, 420]


def test_compartments_are_apart():
    visits = [[_lesion("E1", 300.0), _lesion("N1", 2000.0, enhancing=False)]] * 2
    assert _sums(visits) == [300, 300]
    assert _sums(visits, enhancing=False) == [2000, 2000]


def test_new_is_counted_from_the_baseline():
    visits = [
        [_lesion("E1", 900.0)],
        [_lesion("E1", 300.0), _lesion("E2", 150.0, new=True)],
        [_lesion("E1", 300.0), _lesion("E2", 150.0, new=True)],
        [_lesion("E3", 30.0, measurable=False, new=True)],
        [_lesion("E1", 300.0)],
    ]
    history = LesionHistory(visits, 1)
    found = [history.has_new(p, False, ENHANCING) for p in range(5)]
    assert found == [False, False, False, True, False]
    assert not history.has_new(3, True, ENHANCING)
    assert LesionHistory(visits, 0).has_new(1, True, ENHANCING)


def test_an_earlier_scan_makes_no_lesion_known():
    """E2 was operated upon; that it was seen before baseline does not make it old."""
    visits = [
        [_lesion("E1", 900.0), _lesion("E2", 300.0)],
        [_lesion("E1", 900.0)],
        [_lesion("E1", 900.0), _lesion("E2", 60.0, measurable=False)],
        [_lesion("E1", 900.0), _lesion("E2", 120.0)],
        [_lesion("E1", 900.0), _lesion("E2", 90.0, measurable=False)],
    ]
    history = LesionHistory(visits, 1)
    found = [history.has_new(p, False, ENHANCING) for p in range(5)]
    assert found == [False, False, False, True, True]
    assert _sums(visits, 1, add_new=True) == [900, 900, 1020, 900]


def test_new_lesions_of_either_compartment():
    visits = [
        [_lesion("N1", 900.0, enhancing=False)],
        [_lesion("N1", 900.0, enhancing=False), _lesion("N2", 200.0, new=True, enhancing=False)],
    ]
    history = LesionHistory(visits, 0)
    assert not history.has_new(1, True, ENHANCING)
    assert history.has_new(1, True, (True, False))


def test_a_small_lesion_followed_until_it_is_called_new():
    visits = [
        [_lesion("E1", 300.0)],
        [_lesion("E1", 300.0), _lesion("E2", 20.0, measurable=False)],
        [_lesion("E1", 300.0), _lesion("E2", 150.0, new=True)],
    ]
    history = LesionHistory(visits, 0)
    assert [history.has_new(p, True, ENHANCING) for p in range(3)] == [False, False, True]


def test_a_target_that_merges_with_a_larger_lesion_is_not_gone():
    """Two targets of three; the third outgrows the second and takes it in."""
    first = [_lesion("E1", 300.0), _lesion("E2", 200.0), _lesion("E3", 150.0)]
    joined = Lesion("E3", True, 500.0, True, False, frozenset({"E2"}))
    alone = [_lesion("E1", 300.0), _lesion("E3", 500.0)]
    assert _sums([first, [_lesion("E1", 300.0), joined], alone], targets=2) == [500, 800, 300]


def test_the_table_names_what_has_merged():
    table = pd.DataFrame(
        {
            "patient": "P1",
            "contrast": "gbca",
            "visit": ["V1", "V1", "V2"],
            "lesion": ["E3", "E3", "E1"],
            "compartment": "enhancing",
            "product_mm2": [400.0, 100.0, 50.0],
            "measurable": 1,
            "new": 0,
            "merged": ["E2+E5", None, None],
        }
    )
    found = lesions_by_visit(table)
    assert found["P1", "gbca", "V1"] == [
        Lesion("E3", True, 500.0, True, False, frozenset({"E2", "E5"}))
    ]
    assert found["P1", "gbca", "V2"][0].merged == frozenset()
    assert lesions_by_visit(table.drop(columns="merged"))["P1", "gbca", "V1"][0].product == 500


def test_order_of_lesions_does_not_matter():
    lesions = [_lesion(f"E{n}", 200.0) for n in range(6)]
    later = [_lesion(f"E{n}", 100.0 + n) for n in range(6)]
    assert _sums([lesions, later]) == _sums([lesions[::-1], later[::-1]])
