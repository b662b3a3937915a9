"""The threshold that keeps a target, chosen on other patients than those it is judged on."""

import numpy as np
from numpy.typing import NDArray

from gadless.statistics.comparisons.sparing.curve import Curve

FOLDS = 5


def largest(curve: Curve, who: NDArray[np.bool_], target: float) -> int:
    """Position of the largest threshold up to which every threshold keeps the target.

    Parameters
    ----------
    curve : Curve
    who : array (patients,) of bool
        On whom it is chosen.
    target : float
        Greatest discordance.

    Returns
    -------
    int
        0, full contrast, where no other keeps it.
    """
    unlike, compared = curve.unlike[who].sum(axis=0), curve.compared[who].sum(axis=0)
    kept = np.logical_and.accumulate(unlike <= target * compared + 1e-9)
    return max(int(kept.sum()) - 1, 0)


def cross_fitted(curve: Curve, place: NDArray[np.int64], target: float) -> NDArray[np.intp]:
    """Choose a threshold for each fold of patients on all the others.

    Parameters
    ----------
    curve : Curve
    place : array (patients,)
        Each patient's place in what is drawn at random; folds are made of it.
    target : float

    Returns
    -------
    array (patients,) of int
        Position of each patient's threshold.
    """
    fold = place % min(FOLDS, len(place))
    return np.array([largest(curve, fold != own, target) for own in range(FOLDS)])[fold]
