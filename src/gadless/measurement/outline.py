"""The outline of a mask in one plane, and the chords that stay within it.

The outline runs through the midpoints between a voxel inside and its neighbour outside, so a row of
n voxels is n spacings long. Centres would lose a voxel; corners would gain most of one on a slant.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, generate_binary_structure

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

# Lengths closer than this are equal; all come from products of voxel edges.
EQUAL_MM = 1e-6
_CROSS = generate_binary_structure(2, 1)


def outline_segments(mask: Mask, spacing_mm: tuple[float, float]) -> tuple[Points, Points]:
    """Straight pieces of the outline (marching squares, diagonal neighbours joined).

    Parameters
    ----------
    mask : ndarray of bool, (x, y)
        With at least one voxel of margin on every side.
    spacing_mm : (float, float)

    Returns
    -------
    starts, ends : ndarray, (n, 2)
        In mm, voxel (0, 0) centred on the origin. Order and sense of direction mean nothing.
    """
    a, b, c, d = mask[:-1, :-1], mask[1:, :-1], mask[1:, 1:], mask[:-1, 1:]
    # The four sides of a cell between voxel centres: does the outline cross, and where (offset).
    sides = {
        "ab": (a != b, (0.5, 0.0)),
        "bc": (b != c, (1.0, 0.5)),
        "cd": (c != d, (0.5, 1.0)),
        "da": (d != a, (0.0, 0.5)),
    }
    saddle = (a != b) & (b != c) & (c != d)
    starts, ends = [], []
    for one, two in (
        ("ab", "bc"),
        ("bc", "cd"),
        ("cd", "da"),
        ("da", "ab"),
        ("ab", "cd"),
        ("bc", "da"),
    ):
        used = sides[one][0] & sides[two][0] & ~saddle
        if (one, two) in (("ab", "bc"), ("cd", "da")):
            used |= saddle & a
        elif (one, two) in (("bc", "cd"), ("da", "ab")):
            used |= saddle & b
        cells = np.argwhere(used)
        starts.append(cells + sides[one][1])
        ends.append(cells + sides[two][1])
    return np.concatenate(starts) * spacing_mm, np.concatenate(ends) * spacing_mm


class Interior:
    """Tells which chords stay within a mask.

    A chord may leave the mask by one voxel sideways and no further: so much is the staircase of a
    slanting edge, which even a convex shape has on a grid.

    Parameters
    ----------
    mask : ndarray of bool, (x, y)
        As in `outline_segments`.
    spacing_mm : (float, float)
    """

    def __init__(self, mask: Mask, spacing_mm: tuple[float, float]) -> None:
        self._allowed = binary_dilation(mask, _CROSS)
        self._spacing = np.asarray(spacing_mm)
        # At most half a voxel apart on the longest chord there can be. As many on every chord, or
        # the answer for one would depend on the others asked about.
        diagonal = np.linalg.norm(self._spacing * mask.shape)
        self._shares = np.linspace(0.0, 1.0, int(np.ceil(2 * diagonal / self._spacing.min())) + 1)

    def holds(self, starts: Points, ends: Points) -> Mask:
        """Whether each chord, (n, 2) to (n, 2) in mm, stays within the mask."""
        # Most chords that leave are seen to by a few points; only the rest are walked.
        held = np.flatnonzero(self._within(starts, ends, np.arange(1, 8) / 8))
        walked = self._within(starts[held], ends[held], self._shares)
        answer = np.zeros(len(starts), dtype=bool)
        answer[held[walked]] = True
        return answer

    def _within(self, starts: Points, ends: Points, shares: Points) -> Mask:
        voxels = (starts + shares[:, None, None] * (ends - starts)) / self._spacing
        within = np.zeros(voxels.shape[:2], dtype=bool)
        # A sample on the border of two voxels belongs to both, or a mirrored mask would differ.
        for shift in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            nearest = np.rint(voxels + np.multiply(shift, 1e-6)).astype(np.intp)
            within |= self._allowed[nearest[..., 0], nearest[..., 1]]
        return np.asarray(within.all(axis=0))

    def longest(self, starts: Points, ends: Points, least_mm: float = 0.0) -> NDArray[np.intp]:
        """Find the longest chord that stays within the mask.

        Parameters
        ----------
        starts, ends : ndarray, (n, 2)
            In mm.
        least_mm : float
            Shorter chords are of no interest.

        Returns
        -------
        ndarray of int
            Its index, and those of chords as long as it; empty if no chord stays within.
        """
        lengths = np.linalg.norm(ends - starts, axis=1)
        order = np.flatnonzero(lengths >= least_mm - EQUAL_MM)
        order = order[np.argsort(-lengths[order], kind="stable")]
        first, step = 0, 64
        while first < len(order):
            chunk = order[first : first + step]
            held = chunk[self.holds(starts[chunk], ends[chunk])]
            if held.size:
                ties = order[np.abs(lengths[order] - lengths[held[0]]) <= EQUAL_MM]
                return ties[self.holds(starts[ties], ends[ties])]
            first, step = first + step, min(2 * step, 4096)
        return np.empty(0, dtype=np.intp)
