"""Put every image on a scale of its own brain, and T1c on that of T1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.bias import differential_field, n4_field
from gadless.images.reading import TITLES
from gadless.images.volume import Mask, Volume


@dataclass(frozen=True)
class Normalised:
    """An image on the common grid, 0 outside the brain, and what the correction found.

    Attributes
    ----------
    data : ndarray of float32
    bias : float
        Standard deviation of the logarithm of the removed field in the brain.
    spread : float
        Robust standard deviation of the logarithm of the result.
    """

    data: NDArray[np.float32]
    bias: float
    spread: float


def normalise_alone(image: Volume, brain: Mask, sequence: str, grid_mm: float) -> Normalised:
    """Correct the bias of T1, T2 or FLAIR and divide by its median in the brain.

    Parameters
    ----------
    image : Volume
        On the common grid.
    brain : ndarray of bool
    sequence : str
    grid_mm : float
        Voxel on which the field is fitted.

    Raises
    ------
    DataFault
        If the brain's median is not positive.
    """
    usable = brain & (image.data > 0)
    if usable.sum() < 0.5 * brain.sum():
        raise DataFault(f"{TITLES[sequence]}: half of the brain or more has no positive signal")
    field = n4_field(image, usable, grid_mm)
    data = np.where(brain, image.data / field, 0).astype(np.float32)
    data /= np.float32(np.median(data[brain]))
    return Normalised(data, float(np.log(field[brain]).std()), _spread(data, usable))


def normalise_to_t1(
    image: Volume, t1: NDArray[np.float32], brain: Mask
) -> tuple[NDArray[np.float32], float]:
    """Scale a post-contrast T1 to the normalised T1, so that their difference is enhancement.

    Returns
    -------
    data : ndarray of float32
        In units of the T1's brain median.
    spread : float
        Robust standard deviation of the remaining log ratio.

    Raises
    ------
    DataFault
        If half of the brain or more has no positive signal.
    """
    if (brain & (image.data > 0)).sum() < 0.5 * brain.sum():
        raise DataFault("T1c: half of the brain or more has no positive signal")
    field, spread = differential_field(image, t1, brain)
    return np.where(brain, image.data / field, 0).astype(np.float32), spread


def _spread(data: NDArray[np.float32], region: Mask) -> float:
    low, high = np.percentile(np.log(data[region]), [25, 75])
    return float((high - low) / 1.349)
