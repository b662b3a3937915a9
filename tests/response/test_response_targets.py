"""Target lesions chosen at baseline and followed."""

from gadless.response.targets import Lesion, LesionHistory


def _lesion(name, product, measurable=True, new=False, enhancing=True):
    return Lesion(name, enhancing, product, measurable, new)


def _sums(visits, baseline=0, targets=5, add_new=False, enhancing=True):
    history = LesionHistory(visits, baseline)
    return [
        history.sum_of_products(p, enhancing, targets, add_new)
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


def test_a_lesion_joins_while_it_is_measurable():
    visits = [
        [_lesion("E1", 300.0), _lesion("E2", 60.0, measurable=False)],
        [_lesion("E1", 300.0), _lesion("E2", 120.0)],
        [_lesion("E1", 300.0), _lesion("E2", 80.0, measurable=False)],
    ]
    assert _sums(visits) == [300, 420, 300]


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
    assert [history.has_new(p, False) for p in range(5)] == [False, False, False, True, False]
    assert not history.has_new(3, True)
    assert LesionHistory(visits, 0).has_new(1, True)


def test_a_small_lesion_followed_until_it_is_called_new():
    visits = [
        [_lesion("E1", 300.0)],
        [_lesion("E1", 300.0), _lesion("E2", 20.0, measurable=False)],
        [_lesion("E1", 300.0), _lesion("E2", 150.0, new=True)],
    ]
    history = LesionHistory(visits, 0)
    assert [history.has_new(p, True) for p in range(3)] == [False, False, True]


def test_order_of_lesions_does_not_matter():
    lesions = [_lesion(f"E{n}", 200.0) for n in range(6)]
    later = [_lesion(f"E{n}", 100.0 + n) for n in range(6)]
    assert _sums([lesions, later]) == _sums([lesions[::-1], later[::-1]])
