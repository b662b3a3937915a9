"""Put preprocessed images on the scale that a network knows, and its image back on ours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.networks.model import Volume
from gadless.trial.config.networks import Scale

PERCENTILES = (0.5, 99.5)

_AS_PREPROCESSED = ("gadless", "none")


@dataclass(frozen=True)
class Fit:
    """What is subtracted from an image (`low`), and what it is then divided by (`width`)."""

    low: float = 0.0
    width: float = 1.0


def fit(image: Volume, brain: NDArray[np.bool_], scale: Scale, name: str) -> Fit:
    """Find the scale of one image (X, Y, Z) in the brain.

    Raises
    ------
    DataFault
        If the image is one value all over the brain; `name` says which.
    """
    if scale in _AS_PREPROCESSED:
        return Fit()
    values = image[brain].astype(np.float64)
    low = width = 0.0
    if values.size > 0 and scale == "zscore":
        low, width = float(values.mean()), float(values.std())
    elif values.size > 0:
        low, high = (float(value) for value in np.percentile(values, PERCENTILES))
        width = high - low
    if not width > 0:
        raise DataFault(f"{name}: is the same all over the brain, and cannot be scaled")
    return Fit(low, width)


def scaled(image: Volume, brain: NDArray[np.bool_], scale: Scale, found: Fit) -> Volume:
    """Put an image on a scale; what lies outside the brain stays 0."""
    if scale in _AS_PREPROCESSED:
        return image
    values = (image - found.low) / found.width
    if scale == "percentiles":
        values = np.clip(values, 0, 1)
    return np.where(brain, values, 0).astype(np.float32)
