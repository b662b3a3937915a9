"""Measures of a subtraction map that no loss of ours minimises; in units of the T1's median."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.networks.generator import TARGET_LIMITS
from gadless.trial.config.imaging import Measurement

# Xue et al. set 170 on grey values from 0 to 255; the same share of the range of our maps, squared.
_CONSTANT = 170 / 255**2 * (TARGET_LIMITS[1] - TARGET_LIMITS[0]) ** 2

# Of the joint histogram: 0.05 each, about the noise of a subtraction.
BINS = 60

SMALLEST_CM3 = Measurement().smallest_lesion_cm3

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


def gradient_magnitude(image: Map) -> Map:
    """Length of the gradient by Prewitt's filter, whose three lobes weigh 1 together."""
    # SciPy's filter sums over the nine voxels of a lobe.
    sides = [ndimage.prewitt(image, axis) / 9 for axis in range(3)]
    return np.asarray(np.sqrt(sum(side**2 for side in sides)), dtype=np.float32)


def gradient_similarity(predicted: Map, acquired: Map, brain: Mask) -> float:
    """Mean gradient-magnitude similarity within the brain: 1 where every edge is as sharp.

    Xue et al., IEEE TIP 2014;23:684, in three dimensions. Theirs is the spread of what is the mean
    here, on images halved first; ours are at 2 mm already.

    Parameters
    ----------
    predicted, acquired : array (X, Y, Z)
    brain : array (X, Y, Z) of bool
        Its outermost voxels have no say: the edge there is the mask's.
    """
    inner = ndimage.binary_erosion(brain)
    a, b = gradient_magnitude(predicted), gradient_magnitude(acquired)
    similarity = (2 * a * b + _CONSTANT) / (a**2 + b**2 + _CONSTANT)
    return float(similarity[inner].mean())


def normalised_information(predicted: NDArray, acquired: NDArray) -> float:
    """Normalised mutual information, (H(a) + H(b)) / H(a, b): from 1 (none) to 2 (all).

    Studholme et al., Pattern Recognition 1999;32:71; from a histogram over `TARGET_LIMITS`.

    Parameters
    ----------
    predicted, acquired : array (voxels,)
        What exceeds the limits counts as the limit.
    """
    first, second = (np.clip(values, *TARGET_LIMITS) for values in (predicted, acquired))
    joint = np.histogram2d(first, second, BINS, [TARGET_LIMITS, TARGET_LIMITS])[0]
    together = _entropy(joint)
    if together == 0:
        return float("nan")
    return (_entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))) / together


def _entropy(counts: NDArray[np.float64]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def recovery(predicted: Map, acquired: Map, region: Mask, smallest: int) -> float:
    """Mean predicted over mean acquired enhancement of a region: 1 where all of it is there.

    NaN where the region has fewer voxels than `smallest`, or does not enhance.
    """
    if region.sum() < smallest:
        return float("nan")
    there = float(acquired[region].mean())
    return float(predicted[region].mean()) / there if there > 0 else float("nan")


def excess(predicted: Map, acquired: Map, region: Mask) -> float:
    """Mean predicted less mean acquired, where little enhances and a ratio would say nothing."""
    return float((predicted - acquired)[region].mean()) if region.any() else float("nan")


def lesions(mask: Mask, spacing_mm: float) -> NDArray[np.int32]:
    """Give each component of a mask that is large enough for a lesion a number; 0 elsewhere.

    Parameters
    ----------
    mask : array of bool
    spacing_mm : float
    """
    components, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    voxels = np.bincount(components.ravel(), minlength=count + 1)
    large = voxels * spacing_mm**3 / 1000 >= SMALLEST_CM3
    large[0] = False
    return np.asarray((np.cumsum(large) * large)[components], dtype=np.int32)
