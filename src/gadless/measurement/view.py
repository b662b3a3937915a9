"""Which axial slice of a visit to show, and how to cut it out as radiologists hang it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.measurement.volumes import ENHANCING, LabelMap, Mask

MARGIN_MM = 6.0


@dataclass(frozen=True)
class View:
    """An axial slice, cut to the brain.

    Attributes
    ----------
    axial : int
        Index along z.
    height_mm : float
        Where that is in world coordinates, upwards.
    x, y : slice
        What is shown of the plane.
    spacing_mm : (float, float)
        In the plane.
    """

    axial: int
    height_mm: float
    x: slice
    y: slice
    spacing_mm: tuple[float, float]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of what is shown."""
        width, height = (part.stop - part.start for part in (self.x, self.y))
        return width * self.spacing_mm[0], height * self.spacing_mm[1]

    def cut(self, image: NDArray) -> NDArray:
        """Cut the slice out of an RAS image.

        Returns
        -------
        ndarray, (rows, columns)
            Rows from back to front; columns from the patient's right to left, as seen from the
            feet.
        """
        return np.asarray(image[self.x, self.y, self.axial])[::-1].T


def choose_view(brain: LabelMap, segmentations: Mapping[str, LabelMap]) -> View | None:
    """Choose the slice with most tumour on any contrast.

    Parameters
    ----------
    brain : LabelMap
        1 in the brain.
    segmentations : mapping of contrast to LabelMap

    Returns
    -------
    View or None
        Most enhancing tumour, else most abnormality, else the middle of the brain. None if there is
        no brain.
    """
    if not brain.labels.any():
        return None
    x, y = (_extent(brain, axis) for axis in range(2))
    axial = _largest(brain, segmentations)
    height = float((brain.affine @ (0.0, 0.0, axial, 1.0))[2])
    return View(axial, height, x, y, brain.spacing_mm[:2])


def _largest(brain: LabelMap, segmentations: Mapping[str, LabelMap]) -> int:
    for labels in ((ENHANCING,), (1, 2, 3)):
        union: Mask = np.zeros(brain.labels.shape, dtype=bool)
        for one in segmentations.values():
            union |= np.isin(np.arange(4), labels)[one.labels]
        if union.any():
            return int(union.sum(axis=(0, 1)).argmax())
    return int(np.median(np.flatnonzero(brain.labels.any(axis=(0, 1)))))


def _extent(brain: LabelMap, axis: int) -> slice:
    used = np.flatnonzero(brain.labels.any(axis=(1 - axis, 2)))
    margin = round(MARGIN_MM / brain.spacing_mm[axis])
    edge = brain.labels.shape[axis]
    return slice(max(int(used[0]) - margin, 0), min(int(used[-1]) + margin + 1, edge))
