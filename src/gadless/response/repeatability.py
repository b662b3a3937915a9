"""The least change of a measure that its own repeatability does not explain."""

import math
from dataclasses import dataclass
from decimal import Decimal

# Two readings of one tumour differ by less in 95 of 100 cases.
_COVERAGE = 1.96 * math.sqrt(2)


@dataclass(frozen=True, slots=True)
class LeastChange:
    """Least growth and least shrinkage that count, as shares: 0.32 is 32%."""

    growth: Decimal = Decimal(0)
    shrinkage: Decimal = Decimal(0)


ANY_CHANGE = LeastChange()


def least_change(variation: float) -> LeastChange:
    """Find the least change that counts, from the coefficient of variation of repeated readings.

    Parameters
    ----------
    variation : float
        Within-subject coefficient of variation (0.1: 10%).

    Returns
    -------
    LeastChange
        To four digits.

    Notes
    -----
    The repeatability coefficient of Bland and Altman (Stat Methods Med Res 1999;8:135), 1.96 times
    the square root of 2 times the within-subject standard deviation, taken on the log scale, since
    the error goes with the size: two readings of one tumour differ by a factor of at most
    ``exp(1.96 sqrt(2) s)`` in 95 of 100 cases, with ``s = sqrt(log(1 + variation**2))``. For a
    small variation this is 2.77 times it, up and down; for a large one (over about 0.3) a
    coefficient in percent is far too narrow above, and forbids any shrinkage.
    """
    factor = math.exp(_COVERAGE * math.sqrt(math.log1p(variation**2)))
    growth, shrinkage = factor - 1, 1 - 1 / factor
    return LeastChange(Decimal(f"{growth:.4f}"), Decimal(f"{shrinkage:.4f}"))
