"""Where the slices of a stack lie: planes, steps, gaps, shear."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.intake.frames import Frame

_UNEVEN, _GAP, _ONE_PLACE_MM = 0.1, 1.5, 0.05
_PLANES = ("sagittal", "coronal", "axial")


def normal_of(frame: Frame) -> NDArray[np.float64] | None:
    """Return the direction across a slice; None where its orientation is not known."""
    if frame.orientation is None:
        return None
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    length = float(np.linalg.norm(normal))
    return normal / length if length > 0.5 else None


def plane_of(frame: Frame) -> str:
    """Return ``axial``, ``sagittal`` or ``coronal``, whichever is nearest; empty if not known."""
    normal = normal_of(frame)
    return "" if normal is None else _PLANES[int(np.abs(normal).argmax())]


@dataclass(frozen=True)
class Places:
    """Where slices lie along their normal.

    Attributes
    ----------
    count : int
        Positions.
    volumes, least : int
        Most and fewest images at a position.
    steps : ndarray
        From each position to the next, mm.
    tilt : float
        How far neighbours are displaced across the normal, as a tangent.
    known : bool
        Whether headers say where slices lie.
    """

    count: int
    volumes: int
    least: int
    steps: NDArray[np.float64]
    tilt: float
    known: bool

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> "Places":
        """Measure the images of one stack."""
        normal = normal_of(frames[0])
        positions = [frame.position for frame in frames]
        if normal is None or any(position is None for position in positions):
            return cls(len(frames), 1, 1, np.empty(0), 0.0, False)
        points = np.array(positions, float)
        along = points @ normal
        order = np.argsort(along, kind="stable")
        # Images at one place differ by what their headers were rounded to.
        begins = np.flatnonzero(np.diff(along[order], prepend=-np.inf) > _ONE_PLACE_MM)
        first = order[begins]
        levels, counts = along[first], np.diff(begins, append=len(order))
        moves = np.diff(points[first], axis=0)
        across = moves - np.outer(moves @ normal, normal)
        steps = np.diff(levels)
        tilt = float(np.median(np.linalg.norm(across, axis=1) / steps)) if len(steps) else 0.0
        return cls(len(levels), int(counts.max()), int(counts.min()), steps, tilt, True)

    @property
    def step(self) -> float | None:
        """Median step, mm."""
        return float(np.median(self.steps)) if len(self.steps) else None

    @property
    def extent(self) -> float | None:
        """From the first position to the last, mm."""
        return float(self.steps.sum()) if len(self.steps) else None

    def lacking(self) -> str:
        """Return what is missing of an even stack, in words; nothing where it is whole."""
        if len(self.steps) < 2:
            return ""
        step = float(np.median(self.steps))
        missing = int(sum(round(s / step) - 1 for s in self.steps if s > _GAP * step))
        if missing:
            return f"{missing} of {self.count + missing} slices are missing; ask the site for them"
        if (np.abs(self.steps - step) > _UNEVEN * step).any():
            least, most = self.steps.min(), self.steps.max()
            return f"its slices are unevenly spaced ({least:.2f} to {most:.2f} mm)"
        return ""
