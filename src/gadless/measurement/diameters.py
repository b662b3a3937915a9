"""Two perpendicular diameters of a lesion, as a reader of axial slices takes them.

In each axial slice: the longest chord of the lesion, and the longest chord exactly perpendicular to
it. Both end on the outline and stay within the lesion (see `gadless.measurement.outline`: by one
voxel at most may they leave it). They need not cross. The slice with the largest product counts:
the "largest perpendicular diameters" of Macdonald 1990 and RANO 2010.

Of two equally long first diameters the one with the longer second counts, so that turning or
mirroring an image changes nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from gadless.measurement.outline import EQUAL_MM, Interior, Mask, Points, outline_segments

# The outline of a glioma of 145 cm3 has some 550 points in a slice of 1 mm voxels. What a failed
# network scatters has tens of thousands, and every pair of them is a chord to look at.
MOST_POINTS = 1000


@dataclass(frozen=True)
class Diameters:
    """Perpendicular diameters of one lesion.

    Attributes
    ----------
    long_mm, short_mm : float
        Longest diameter in an axial slice, and the longest perpendicular to it in that slice.
    slices : int
        Axial slices on which the lesion is seen.
    axial : int
        Index of the slice that was measured, within the mask given.
    """

    long_mm: float
    short_mm: float
    slices: int
    axial: int

    @property
    def product_mm2(self) -> float:
        """Bidimensional product."""
        return self.long_mm * self.short_mm

    def measurable(self, least_mm: float) -> bool:
        """Whether both diameters reach `least_mm`, on at least two axial slices (RANO 2010)."""
        return self.short_mm >= least_mm - EQUAL_MM and self.slices >= 2


def perpendicular_diameters(mask: Mask, spacing_mm: tuple[float, float, float]) -> Diameters:
    """Measure one lesion.

    Parameters
    ----------
    mask : ndarray of bool, (x, y, z)
        Axes right, anterior, superior; slices along z are axial. Not empty.
    spacing_mm : (float, float, float)

    Returns
    -------
    Diameters
    """
    plane = spacing_mm[:2]
    seen = np.flatnonzero(mask.any(axis=(0, 1)))
    slices = [_bounded_slice(int(z), _cropped(mask[:, :, z]), plane) for z in seen]
    # Two perpendicular chords span at least half their product within the hull, so the hull's area
    # tells which slices cannot win.
    slices.sort(key=lambda one: (-one.hull_area, one.axial))
    best = (0.0, 0.0, 0.0, 0)
    for one in slices:
        if 2 * one.hull_area < best[0] - EQUAL_MM:
            break
        # Neither diameter is longer than the first, so its square bounds the product.
        long_mm, short_mm = one.diameters(least_mm=np.sqrt(best[0]))
        best = max(best, (round(long_mm * short_mm, 6), long_mm, short_mm, -one.axial))
    _, long_mm, short_mm, axial = best
    return Diameters(long_mm, short_mm, len(slices), -axial)


def _cropped(mask: Mask) -> Mask:
    """Cut away empty margins: where a lesion lies in the image must not change its diameters."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _bounded_slice(axial: int, mask: Mask, spacing_mm: tuple[float, float]) -> "_Slice":
    """Prepare a slice; a sponge with an endless outline on a grid twice as coarse, or coarser."""
    one = _Slice(axial, mask, spacing_mm)
    while one.complexity > MOST_POINTS:
        mask = np.pad(mask, [(0, edge % 2) for edge in mask.shape])
        mask = mask[::2, ::2] | mask[1::2, ::2] | mask[::2, 1::2] | mask[1::2, 1::2]
        spacing_mm = (2 * spacing_mm[0], 2 * spacing_mm[1])
        one = _Slice(axial, mask, spacing_mm)
    return one


class _Slice:
    """A lesion in one axial slice."""

    def __init__(self, axial: int, mask: Mask, spacing_mm: tuple[float, float]) -> None:
        self.axial = axial
        self._interior = Interior(np.pad(mask, 2), spacing_mm)
        self._starts, self._ends = outline_segments(np.pad(mask, 2), spacing_mm)
        self._points = np.unique(np.concatenate([self._starts, self._ends]), axis=0)
        hull = ConvexHull(self._points)
        self.hull_area = float(hull.volume)  # Qhull's word for the area of a plane figure
        self._corners = self._points[np.sort(hull.vertices)]

    @property
    def complexity(self) -> int:
        """Points of the outline."""
        return len(self._points)

    def diameters(self, least_mm: float) -> tuple[float, float]:
        """Longest diameter and its longest perpendicular, mm; zeros if below `least_mm`."""
        starts, ends = self._longest(least_mm)
        if not len(starts):
            return 0.0, 0.0
        lengths = np.linalg.norm(ends - starts, axis=1)
        directions = (ends - starts) / lengths[:, None]
        return float(lengths.max()), max(self._perpendicular(one) for one in directions)

    def _longest(self, least_mm: float) -> tuple[Points, Points]:
        # The farthest two points of any figure are corners of its hull. Only where that chord
        # leaves the lesion is every pair of outline points looked at.
        for points, least in ((self._corners, self._farthest()), (self._points, least_mm)):
            one, two = np.triu_indices(len(points), k=1)
            found = self._interior.longest(points[one], points[two], max(least, least_mm))
            if found.size:
                break
        return points[one[found]], points[two[found]]

    def _farthest(self) -> float:
        return float(pdist(self._corners).max())

    def _perpendicular(self, direction: NDArray[np.float64]) -> float:
        """Longest chord at right angles to a direction: between vertices its length is linear."""
        across = np.array([-direction[1], direction[0]])
        levels = np.unique(np.round(self._points @ direction, 9))
        along = np.stack([self._starts @ direction, self._ends @ direction])
        rises = np.abs(along[1] - along[0]) > 1e-9
        low, high = along.min(axis=0) - 1e-9, along.max(axis=0) + 1e-9
        met, segment = np.nonzero((low <= levels[:, None]) & (levels[:, None] <= high) & rises)
        share = (levels[met] - along[0][segment]) / (along[1] - along[0])[segment]
        start, end = self._starts[segment], self._ends[segment]
        crossings = start + np.clip(share, 0.0, 1.0)[:, None] * (end - start)
        one, two = _pairs_within(met, crossings @ across)
        found = self._interior.longest(crossings[one], crossings[two])
        if not found.size:
            return 0.0
        return float(np.linalg.norm(crossings[one[found[0]]] - crossings[two[found[0]]]))


def _pairs_within(
    group: NDArray[np.intp], position: NDArray[np.float64]
) -> tuple[NDArray, NDArray]:
    """Every pair of entries of the same group, the lower position first."""
    order = np.lexsort((position, group))
    group = group[order]
    one, two = [], []
    gap = 1
    while (same := np.flatnonzero(group[:-gap] == group[gap:])).size:
        one.append(order[same])
        two.append(order[same + gap])
        gap += 1
    return np.concatenate(one), np.concatenate(two)
