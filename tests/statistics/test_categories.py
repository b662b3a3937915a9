"""Agreement of categories against statsmodels and published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from gadless.statistics.estimators import categories as cat

cells = st.lists(st.integers(1, 30), min_size=25, max_size=25)
ratings = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(cells)
def test_kappa_and_homogeneity_equal_statsmodels(values: list[int]) -> None:
    table = np.array(values, float).reshape(5, 5)
    assert cat.kappa(table[None])[0] == pytest.approx(
        cohens_kappa(table, return_results=False), abs=1e-10
    )
    assert cat.kappa(table[None], linear=True)[0] == pytest.approx(
        cohens_kappa(table, wt="linear", return_results=False), abs=1e-10
    )
    expected = SquareTable(table, shift_zeros=False).homogeneity()
    statistic, p, freedom = cat.stuart_maxwell(table)
    assert freedom == 4
    assert statistic == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
    assert p == pytest.approx(expected.pvalue, rel=1e-6)


def test_gwet_2008_paradox() -> None:
    # Gwet, Br J Math Stat Psychol 2008;61:29: 118 of 125 alike, yet kappa is below 0.
    table = np.array([[[118.0, 5.0], [2.0, 0.0]]])
    assert cat.agreement(table)[0] == pytest.approx(0.944)
    assert cat.kappa(table)[0] == pytest.approx(-0.0234, abs=5e-5)
    assert cat.ac1(table)[0] == pytest.approx(0.9408, abs=5e-5)


@given(st.integers(0, 25), st.integers(0, 25))
def test_mcnemar_equals_statsmodels(left: int, right: int) -> None:
    table = np.array([[3, left], [right, 3]])
    expected = reference_mcnemar(table, exact=True).pvalue if left + right else 1.0
    assert cat.mcnemar(left, right) == pytest.approx(min(expected, 1.0))


@given(st.integers(0, 50))
def test_wilson_equals_statsmodels(events: int) -> None:
    expected = proportion_confint(events, 50, method="wilson")
    assert cat.wilson(events, 50, 0.95) == pytest.approx(expected, abs=1e-10)


@given(ratings)
def test_agreement_with_oneself_is_complete(pairs: list[tuple[int, int]]) -> None:
    own = np.array([first for first, _ in pairs])
    table = cat.confusion(own, own, np.ones((1, len(own))), 5)
    assert cat.agreement(table)[0] == 1
    assert cat.ac1(table)[0] == pytest.approx(1)
    kappa = cat.kappa(table)[0]
    assert kappa == 1 if len(set(own)) > 1 else np.isnan(kappa)
    assert cat.stuart_maxwell(table[0])[:2] == (0.0, 1.0)


@given(ratings)
def test_swapping_raters_changes_no_coefficient(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    ones = np.ones((1, len(first)))
    one, other = cat.confusion(first, second, ones, 5), cat.confusion(second, first, ones, 5)
    for function in (cat.agreement, cat.kappa, cat.ac1):
        np.testing.assert_allclose(function(one), function(other), equal_nan=True)
    assert cat.stuart_maxwell(one[0])[0] == pytest.approx(cat.stuart_maxwell(other[0])[0])


def test_weights_are_copies() -> None:
    first, second = np.array([0, 1, 2, 4]), np.array([0, 1, 4, 4])
    weights = np.array([[2.0, 0.0, 1.0, 3.0]])
    copies = np.repeat(np.arange(4), weights[0].astype(int))
    expected = cat.confusion(first[copies], second[copies], np.ones((1, 6)), 5)
    np.testing.assert_array_equal(cat.confusion(first, second, weights, 5), expected)
