"""Put every image on a scale of its own brain, and T1c on that of T1."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.bias import n4_field
from gadless.images.differential import differential_field
from gadless.images.volume import Mask, Volume
from gadless.trial.config.sequences import Sequence

TISSUE = ("t2", "flair")
"""Sequences that tell tissues apart when a T1c is scaled to its T1, where they are there."""


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
    median : float
        Of the brain after correction, in the scan's own units.
    """

    data: NDArray[np.float32]
    bias: float
    spread: float
    median: float


def normalise_alone(image: Volume, brain: Mask, sequence: Sequence, grid_mm: float) -> Normalised:
    """Correct the bias of a sequence and scale it by itself alone.

    Parameters
    ----------
    image : Volume
        On the common grid.
    brain : ndarray of bool
    sequence : Sequence
        Whether a field is removed, and what the result is measured in.
    grid_mm : float
        Voxel on which the field is fitted.

    Raises
    ------
    DataFault
        If half of the brain or more has no positive signal, or all of it the same.
    """
    usable = brain & (image.data > 0)
    if usable.sum() < 0.5 * brain.sum():
        raise DataFault(f"{sequence.title}: half of the brain or more has no positive signal")
    field = n4_field(image, usable, grid_mm) if sequence.bias_field else np.ones_like(image.data)
    data = np.where(brain, image.data / field, 0).astype(np.float32)
    spread = _spread(data, usable)
    median = float(np.median(data[brain]))
    scaled = np.where(brain, _scaled(data, brain, sequence), 0)
    data = (scaled / np.float32(sequence.unit)).astype(np.float32)
    return Normalised(data, float(np.log(field[brain]).std()), spread, median)


def _scaled(data: NDArray[np.float32], brain: Mask, sequence: Sequence) -> NDArray[np.float32]:
    """Put an image on the scale that its sequence asks for."""
    if sequence.normalisation == "median":
        return data / np.float32(np.median(data[brain]))
    if sequence.normalisation == "zscore":
        deviation = data[brain].std()
        if not deviation > 0:
            raise DataFault(f"{sequence.title}: has the same value in all of the brain")
        return (data - data[brain].mean()) / deviation
    return data


def normalise_to_t1(
    image: Volume,
    t1: NDArray[np.float32],
    brain: Mask,
    title: str = "T1c",
    others: Iterable[NDArray[np.float32]] = (),
) -> tuple[NDArray[np.float32], float]:
    """Scale a post-contrast T1 to the normalised T1, so that their difference is enhancement.

    Parameters
    ----------
    image : Volume
    t1 : ndarray of float32
    brain : ndarray of bool
    title : str
        Opens the message.
    others : iterable of ndarray of float32
        Further unenhanced sequences, normalised: they tell tissues apart.

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
        raise DataFault(f"{title}: half of the brain or more has no positive signal")
    field, spread = differential_field(image, t1, brain, tuple(others))
    return np.where(brain, image.data / field, 0).astype(np.float32), spread


def _spread(data: NDArray[np.float32], region: Mask) -> float:
    low, high = np.percentile(np.log(data[region]), [25, 75])
    return float((high - low) / 1.349)
