"""One patient's lesions, recognised from visit to visit in the patient's own space.

Each lesion owns the voxels that it has ever covered, until another covers them, and keeps them when
it shrinks or vanishes: what comes back there is the same lesion. On each visit, in order of days, a
component is

1. the lesion on whose voxels most of it lies;
2. else the nearest lesion, if its voxels lie within `match_distance_mm`;
3. else a lesion that has not been there before.

A lesion that splits is still one lesion: its pieces share its name, a row each, so that their
products add up (RECIST 1.1 sums the fragments of a target, too). Lesions that merge are one, under
the name of the one that it shares most with; the others are named in its row until they separate
and take their names back, so that a target that merges is not taken for one that is gone. Only
earlier visits are looked at, so a later visit changes no earlier row.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from gadless.measurement.lesions import Lesion
from gadless.measurement.volumes import Box
from gadless.trial.config.imaging import Measurement

NOBODY = 0
# Counts of voxels times a volume, and sums of voxel edges: exactly at a limit counts as reached.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Tracked:
    """A lesion, or a piece of one, with its identity.

    Attributes
    ----------
    number : int
        The same on every visit of the patient; 1, 2, ... in order of appearance, the largest first.
    lesion : Lesion
    new : bool
        Whether the lesion appeared after the first visit and has by now reached the least volume of
        a new one. Stays so wherever the lesion is seen.
    merged : tuple of int
        Lesions that have merged with it: seen at the visit before, by themselves or merged, and now
        covered by it.
    """

    number: int
    lesion: Lesion
    new: bool
    merged: tuple[int, ...] = ()


class Tracker:
    """Follows the lesions of one patient on one contrast in one compartment.

    Parameters
    ----------
    shape : tuple of int
        Of the patient's grid.
    spacing_mm : tuple of float
    settings : Measurement
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        spacing_mm: tuple[float, float, float],
        settings: Measurement,
    ) -> None:
        self._owner = np.zeros(shape, dtype=np.int16)
        self._spacing = np.asarray(spacing_mm)
        self._settings = settings
        self._known = 0
        self._known_on_first: int | None = None
        self._called_new: set[int] = set()
        self._present: set[int] = set()

    def follow(self, lesions: list[Lesion]) -> list[Tracked]:
        """Name the lesions of the next evaluable visit; visits come in order of days."""
        numbers = [self._recognise(lesion) for lesion in lesions]
        for index, number in enumerate(numbers):
            if number == NOBODY:
                self._known += 1
                numbers[index] = self._known
        if self._known_on_first is None:
            self._known_on_first = self._known
        volumes: defaultdict[int, float] = defaultdict(float)
        for number, lesion in zip(numbers, lesions, strict=True):
            volumes[number] += lesion.volume_cm3
        least = self._settings.smallest_new_lesion_cm3 - _ROUNDING
        self._called_new |= {
            number
            for number, volume in volumes.items()
            if number > self._known_on_first and volume >= least
        }
        merged = self._merged(lesions, numbers)
        self._occupy(lesions, numbers)
        return [
            Tracked(number, lesion, number in self._called_new, tuple(sorted(others)))
            for number, lesion, others in zip(numbers, lesions, merged, strict=True)
        ]

    def _merged(self, lesions: list[Lesion], numbers: list[int]) -> list[set[int]]:
        """Tell which lesions of the visit before each component has swallowed."""
        merged: list[set[int]] = [set() for _ in lesions]
        for lost in self._present - set(numbers):
            shared = [int((self._owner[one.box][one.mask] == lost).sum()) for one in lesions]
            if any(shared):
                merged[int(np.argmax(shared))].add(lost)
        self._present = set(numbers).union(*merged)
        return merged

    def _recognise(self, lesion: Lesion) -> int:
        """Find the earlier lesion that a component is, if any."""
        shared = np.bincount(self._owner[lesion.box][lesion.mask], minlength=NOBODY + 1)
        shared[NOBODY] = 0
        return int(shared.argmax()) if shared.any() else self._nearest(lesion)

    def _nearest(self, lesion: Lesion) -> int:
        """Owner of the voxels nearest to a component, if within reach; of equals, the oldest."""
        reach = self._settings.match_distance_mm + _ROUNDING
        around, inner = self._widened(lesion.box, reach)
        owner = self._owner[around]
        outside = np.ones(owner.shape, dtype=bool)
        outside[inner] = ~lesion.mask
        distance = distance_transform_edt(outside, sampling=self._spacing)
        near = (owner != NOBODY) & (distance <= reach)
        if not near.any():
            return NOBODY
        return int(owner[near & (distance <= distance[near].min() + _ROUNDING)].min())

    def _widened(self, box: Box, reach_mm: float) -> tuple[Box, Box]:
        """Box widened by a distance within the grid, and where the box lies in it."""
        around, inner = [], []
        for part, edge, spacing in zip(box, self._owner.shape, self._spacing, strict=True):
            more = int(np.ceil(reach_mm / spacing))
            start = max(part.start - more, 0)
            around.append(slice(start, min(part.stop + more, edge)))
            inner.append(slice(part.start - start, part.stop - start))
        return (around[0], around[1], around[2]), (inner[0], inner[1], inner[2])

    def _occupy(self, lesions: list[Lesion], numbers: list[int]) -> None:
        """Give each lesion the voxels that it covers, save those of lesions not seen by themselves.

        These have vanished or merged with it, and would otherwise lose their name.
        """
        free = [NOBODY, *numbers]
        for number, lesion in zip(numbers, lesions, strict=True):
            owner = self._owner[lesion.box]
            owner[lesion.mask & np.isin(owner, free)] = number
