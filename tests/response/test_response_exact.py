"""Thresholds in exact arithmetic."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.response.exact import change, exact_sum, has_grown, has_shrunk


@pytest.mark.parametrize(
    ("value", "reference", "growth"),
    [(4.06, 2.9, "0.4"), (1.54, 1.1, "0.4"), (0.42, 0.3, "0.4"), (0.125, 0.1, "0.25")],
)
def test_growth_exactly_at_the_threshold_counts(value, reference, growth):
    assert has_grown(value, reference, Decimal(growth))
    assert not has_grown(value * (1 - 1e-9), reference, Decimal(growth))


@pytest.mark.parametrize(
    ("value", "reference", "share"),
    [(1.0, 2.5, "0.6"), (1.155, 3.3, "0.65"), (0.07, 0.2, "0.65"), (0.1, 0.2, "0.5")],
)
def test_shrinkage_exactly_at_the_threshold_counts(value, reference, share):
    assert has_shrunk(value, reference, Decimal(share))
    assert not has_shrunk(value * (1 + 1e-9), reference, Decimal(share))


def test_floating_point_alone_would_get_these_wrong():
    assert (4.06 - 2.9) / 2.9 < 0.4
    assert 1.155 > 3.3 * (1 - 0.65)


hundredths = st.integers(0, 10**6).map(lambda n: n / 100)


@given(value=hundredths, reference=hundredths, percent=st.integers(1, 100))
def test_agrees_with_rational_arithmetic(value, reference, percent):
    share = Fraction(percent, 100)
    exact_value, exact_reference = (Fraction(str(each)) for each in (value, reference))
    growth = Decimal(percent) / 100
    expected = value > reference and exact_value >= exact_reference * (1 + share)
    assert has_grown(value, reference, growth) == expected
    expected = reference > 0 and exact_value <= exact_reference * (1 - share)
    assert has_shrunk(value, reference, growth) == expected


@given(reference=hundredths, percent=st.integers(1, 100))
def test_the_threshold_itself_is_always_reached(reference, percent):
    """Of a reference in hundredths, the threshold in ten-thousandths is an exact decimal."""
    growth = Decimal(percent) / 100
    threshold = float(Decimal(str(reference)) * (1 + growth))
    assert has_grown(threshold, reference, growth) == (reference > 0)
    threshold = float(Decimal(str(reference)) * (1 - growth))
    assert has_shrunk(threshold, reference, growth) == (reference > 0)


def test_nothing_neither_grows_nor_shrinks():
    assert not has_grown(0.0, 0.0, Decimal("0.25"))
    assert not has_shrunk(0.0, 0.0, Decimal("0.5"))
    assert has_grown(0.1, 0.0, Decimal("0.25"))


def test_sum_is_that_of_the_written_numbers():
    assert exact_sum([0.1, 0.2]) == 0.3
    assert exact_sum([]) == 0.0


def test_change_is_a_share_and_undefined_from_nothing():
    assert change(3.5, 10.0) == -0.65
    assert change(1.0, 0.0) is None
