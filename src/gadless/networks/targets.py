"""What a generator learns to predict: the subtraction map, or what the other images do not explain.

T1 before and after contrast are often different sequences, so that their difference shows anatomy.
The residual takes from T1 after contrast what T1, T2 and FLAIR predict of it where nothing is ill.
On 13 real exams the area under the ROC curve of enhancing tumour against normal brain rose from
0.941 to 0.983 (docs/networks.md).
"""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

# Rounds of the fit, and how many standard deviations (by the MAD) a voxel may lie off to stay in.
ROUNDS, FARTHEST = 4, 2.5
MAD_TO_SD = 1.4826
FEWEST = 500
"""Voxels that a fit needs."""

Volume = NDArray[np.float32]


def residual(
    enhanced: Volume, plain: Sequence[Volume], normal: NDArray[np.bool_], brain: NDArray[np.bool_]
) -> Volume:
    """Return T1 after contrast less a robust quadratic fit of it on images without contrast.

    Least squares over normal brain, again and again without the voxels that lie far off: vessels,
    dura, and tumour that a mask missed.

    Parameters
    ----------
    enhanced : array (X, Y, Z)
        T1 after contrast, in units of the T1's brain median.
    plain : sequence of array (X, Y, Z)
    normal : array of bool
        Where the fit is made: brain outside the lesion.
    brain : array of bool

    Returns
    -------
    array (X, Y, Z) of float32
        0 outside the brain; of an exam with fewer than `FEWEST` normal voxels, the difference from
        the first plain image.
    """
    if np.count_nonzero(normal) < FEWEST:
        return np.where(brain, enhanced - plain[0], 0).astype(np.float32)
    features, values = _features(plain, normal), enhanced[normal].astype(np.float64)
    kept = np.ones(values.size, np.bool_)
    weights: NDArray[np.floating] = np.zeros(features.shape[1])
    for _ in range(ROUNDS):
        weights = np.linalg.lstsq(features[kept], values[kept], rcond=None)[0]
        off = values - features @ weights
        spread = MAD_TO_SD * np.median(np.abs(off[kept] - np.median(off[kept])))
        kept = np.abs(off - np.median(off[kept])) <= FARTHEST * max(spread, 1e-6)
    found = np.zeros(brain.shape, np.float32)
    found[brain] = enhanced[brain] - _features(plain, brain) @ weights
    return found


def _features(plain: Sequence[Volume], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """All products of up to two images, and 1; (voxels, features)."""
    columns = [image[where].astype(np.float64) for image in plain]
    pairs = combinations_with_replacement(columns, 2)
    return np.stack([np.ones(columns[0].size), *columns, *(a * b for a, b in pairs)], axis=1)
