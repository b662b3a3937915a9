"""What the stages need of any network, wherever it was made."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gadless.trial.config.networks import Output, Scale

Volume = NDArray[np.float32]


class Model(Protocol):
    """A network, ready for inference.

    Attributes
    ----------
    inputs : tuple of str
        Names of its images, in the order of its channels.
    spacing_mm : float or None
        Isotropic voxel of the grid that it sees; None where it takes any grid.
    normalisation : str
        What its images are scaled to, from preprocessed ones.
    output : str
        ``map`` and ``t1c`` are one channel on the scale of its T1 input, ``labels`` one score a
        label, the largest of which wins.
    coding : dict of int to int
        Its labels to ours; empty where it gives none.
    """

    @property
    def inputs(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def spacing_mm(self) -> float | None: ...  # noqa: D102

    @property
    def normalisation(self) -> Scale: ...  # noqa: D102

    @property
    def output(self) -> Output: ...  # noqa: D102

    @property
    def coding(self) -> Mapping[int, int]: ...  # noqa: D102

    def __call__(self, stacked: Volume, spacing_mm: float) -> Volume:
        """Map images (channels, X, Y, Z), RAS, 0 outside the brain, to (outputs, X, Y, Z)."""
