"""What an enhancing volume may be, by the interval that its network states.

The logarithm of the volume is taken as normal around what was measured, with a spread of its own on
either side, so that the 5th, 50th and 95th percentile are the three numbers of the table: a volume
is positive, and networks err in proportion to it. A small size is added before the logarithm is
taken, the least that counts as a lesion, and what falls below nothing is nothing: an interval that
begins at 0 says that there may be none.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

LOW, HIGH = "enhancing_low_cm3", "enhancing_high_cm3"
DRAWS = 1000
"""Volumes drawn for each visit: a probability is then known to 0.016 or better."""
_TAIL = float(norm.isf(0.05))


def normal_scores(visits: int, seed: int, draws: int = DRAWS) -> Floats:
    """Draw standard normal scores, a row a visit, each row in an order of its own.

    A row holds the quantiles at the middles of equal shares (Latin hypercube; McKay, Beckman &
    Conover, *Technometrics* 1979;21:239), so that of one visit nothing is left to chance. All
    patients and contrasts take the same rows: no probability hangs on who else is in the trial, or
    on what anybody is called.
    """
    rng = np.random.default_rng(seed)
    scores = norm.ppf((np.arange(draws) + 0.5) / draws)
    return np.stack([rng.permutation(scores) for _ in range(visits)])


def drawn(
    volumes: Floats, low: Floats, high: Floats, scores: Floats, least_cm3: float = 0.0
) -> Floats:
    """Draw volumes of visits.

    Parameters
    ----------
    volumes, low, high : array (visits,)
        In cm3: what was measured, and the 5th and 95th percentile; NaN where none is stated, and
        the volume is then taken as known.
    scores : array (visits, draws)
        From :func:`normal_scores`.
    least_cm3 : float
        Added before the logarithm is taken; 0 is a plain logarithm.

    Returns
    -------
    array (visits, draws)
        In cm3.
    """
    middle, bottom, top = (each + least_cm3 for each in (volumes, low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (np.log(middle / bottom) / _TAIL, np.log(top / middle) / _TAIL)
    below, above = (np.where(np.isfinite(side), side, 0.0)[:, None] for side in (below, above))
    factor = np.exp(np.where(scores < 0, below, above) * scores)
    return np.maximum(middle[:, None] * factor - least_cm3, 0.0)
