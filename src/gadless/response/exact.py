"""Comparisons with a threshold as the numbers are written, not as floating point holds them.

A volume of 1.0 cm3 has shrunk by 60% from 2.5 cm3, and 40% growth over 0.3 cm3 is 0.42 cm3,
although 0.3 * 1.4 is 0.42 only in decimal arithmetic. A measured number is taken as the shortest
decimal that denotes it, which is how it stands in the table.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

# Far above the rounding error of one product of doubles (2e-16), far below any measurement.
_NEAR = 1e-12


def _compare(value: float, reference: float, factor: Decimal) -> int:
    """Sign of ``value - reference * factor``, exactly."""
    rough = reference * float(factor)
    if abs(value - rough) > _NEAR * max(abs(value), abs(rough)):
        return 1 if value > rough else -1
    difference = Fraction(repr(value)) - Fraction(repr(reference)) * Fraction(factor)
    return (difference > 0) - (difference < 0)


def has_grown(value: float, reference: float, growth: Decimal) -> bool:
    """Whether `value` exceeds `reference` by at least the share `growth`; 0 never grows to 0."""
    return value > reference and _compare(value, reference, 1 + growth) >= 0


def has_shrunk(value: float, reference: float, share: Decimal) -> bool:
    """Whether `value` is below `reference` by at least the `share` of it; nothing cannot shrink."""
    return reference > 0 and _compare(value, reference, 1 - share) <= 0


def has_risen(value: float, reference: float, least: Decimal) -> bool:
    """Whether `value` exceeds `reference` by at least `least`, in their unit."""
    return Fraction(repr(value)) - Fraction(repr(reference)) >= Fraction(least)


def exact_sum(values: Iterable[float]) -> float:
    """Sum of the numbers as they are written (0.1 + 0.2 is 0.3)."""
    return float(sum((Decimal(repr(value)) for value in values), Decimal(0)))


def change(value: float, reference: float) -> float | None:
    """Relative change, to nine digits: -0.65 is 65% less. None from a reference of 0."""
    return None if reference == 0 else round((value - reference) / reference, 9)
