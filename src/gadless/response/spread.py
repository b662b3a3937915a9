"""What the enhancing volumes of a patient may be, by the intervals that their network states.

The logarithm of a volume is taken as normal around what was measured, with a spread of its own on
either side, so that the 5th, 50th and 95th percentile are the three numbers of the table: a volume
is positive, and networks err in proportion to it. A small size is added before the logarithm is
taken, the least that counts as a lesion, and what falls below nothing is nothing: an interval that
begins at 0 says that there may be none.

That is what each scan says by itself. The smallest of several volumes that err is too small, and
growth over it comes too easily: so what the visits before say takes part. From one visit to the
next the logarithm changes little as a rule and much at times, by a Student t of 2 degrees of
freedom. Visits to come take no part: at a visit nobody knows them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

LOW, HIGH = "enhancing_low_cm3", "enhancing_high_cm3"
DRAWS = 1000
"""Volumes drawn for each visit: a probability is then known to 0.016 or better."""
USUAL_CHANGE = 0.2
"""Scale of the change of the logarithm between visits (20%); simulated, see docs/statistics.md."""
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
    volumes: Floats,
    low: Floats,
    high: Floats,
    scores: Floats,
    least_cm3: float = 0.0,
    change: float | None = USUAL_CHANGE,
) -> Iterator[Floats]:
    """Draw a patient's volumes, as they are known at each visit in turn.

    A particle filter: the visit's own distribution proposes, the change since the visit before
    weighs, and whole series are resampled (Gordon, Salmond & Smith, *IEE Proc F* 1993;140:107).

    Parameters
    ----------
    volumes, low, high : array (visits,)
        In cm3, by day: what was measured, and the 5th and 95th percentile; NaN where none is
        stated, and the volume is then taken as known.
    scores : array (visits, draws)
        From :func:`normal_scores`.
    least_cm3 : float
        Added before the logarithm is taken; 0 is a plain logarithm.
    change : float or None
        Scale of the usual change; None: each scan speaks for itself alone.

    Yields
    ------
    array (visits so far, draws)
        In cm3.
    """
    proposed = _proposed(volumes + least_cm3, low + least_cm3, high + least_cm3, scores)
    series = proposed[:1]
    yield np.maximum(series - least_cm3, 0.0)
    for now in proposed[1:]:
        series = np.vstack([series, now])
        if change is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = np.log(series[-1]) - np.log(series[-2])
            series = series[:, _resampled((2 + (np.nan_to_num(steps) / change) ** 2) ** -1.5)]
        yield np.maximum(series - least_cm3, 0.0)


def _proposed(middle: Floats, bottom: Floats, top: Floats, scores: Floats) -> Floats:
    """Draw each visit by itself, on either side of the middle by its own spread."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (np.log(middle / bottom) / _TAIL, np.log(top / middle) / _TAIL)
    below, above = (np.where(np.isfinite(side), side, 0.0)[:, None] for side in (below, above))
    return np.asarray(middle[:, None] * np.exp(np.where(scores < 0, below, above) * scores))


def _resampled(weights: Floats) -> NDArray[np.intp]:
    """Positions drawn in proportion to weights, evenly spaced along their sum."""
    total = np.cumsum(weights)
    if not total[-1] > 0:
        return np.arange(len(weights))
    wanted = (np.arange(len(weights)) + 0.5) / len(weights) * total[-1]
    return np.minimum(np.searchsorted(total, wanted), len(weights) - 1)
