"""Where a file that somebody else made lies: on which scan's grid, and how that gets to ours."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gadless.files import read_json
from gadless.images.volume import Grid, Matrix, moved
from gadless.manifest import Manifest
from gadless.nifti import nibabel

Map = NDArray[np.float32]
Unit = Literal["t1_median", "t1"] | float

# Corners of two equal grids lie this close: other tools round an affine to single precision.
CLOSE_MM = 0.1
# Half the extent of a brain: where the motions of two sequences are compared.
BRAIN_MM = 70.0
COMMON = "the common grid"
WORLD = "its own header"


@dataclass(frozen=True)
class Place:
    """Where a file lies.

    Attributes
    ----------
    name : str
        The sequence whose grid it has, `COMMON`, or `WORLD` where it has the grid of none.
    common_to_file : ndarray, (4, 4)
        Common mm to the file's mm.
    doubt_mm : float
        How far it would lie elsewhere in the brain if taken as another sequence of the same grid.
    """

    name: str
    common_to_file: Matrix
    doubt_mm: float = 0.0


@dataclass(frozen=True)
class Exam:
    """Where the scans of one visit lie, as preprocessing found.

    Attributes
    ----------
    grid : Grid
        The common grid.
    natives : dict of str to (Grid, ndarray)
        Per sequence the grid of its file, axes turned to RAS, and common mm to its mm.
    medians : dict of str to float
        What a sequence was divided by, in its own units.
    """

    grid: Grid
    natives: dict[str, tuple[Grid, Matrix]]
    medians: dict[str, float]

    @classmethod
    def read(cls, exam: Manifest) -> "Exam":
        """Read it from a preprocessed visit."""
        written = read_json(exam.path("transforms"))
        space = written["space"]
        natives, medians = {}, {}
        for name, entry in written["sequences"].items():
            stored = _grid(entry["shape"], entry["affine"])
            natives[name] = (in_ras(stored), np.array(entry["common_to_native"], dtype=float))
            if "median" in entry:
                medians[name] = float(entry["median"])
        return cls(_grid(space["shape"], space["affine"]), natives, medians)

    def places(self, grid: Grid) -> list[Place]:
        """Every place that a file with this grid (axes turned to RAS) may have; the T1's first.

        A scan of just this grid goes before one that it may be cut from.
        """
        known = [*self.natives.items(), (COMMON, (self.grid, np.eye(4)))]
        known.sort(key=lambda one: one[0] != "t1")
        found = [entry for entry in known if within_grid(grid, entry[1][0])]
        whole = [entry for entry in found if entry[1][0].shape == grid.shape]
        return [Place(name, matrix) for name, (_, matrix) in whole or found]

    def place(self, grid: Grid) -> Place | None:
        """Return the place of a file with this grid, or one cut from it; None if no scan has it.

        Where several have it, the T1 is taken, to which others register.
        """
        found = self.places(grid)
        if not found:
            return None
        ends = np.vstack([np.zeros(3), BRAIN_MM * np.eye(3), -BRAIN_MM * np.eye(3)])
        taken = moved(found[0].common_to_file, ends)
        doubt = max(
            float(np.linalg.norm(moved(one.common_to_file, ends) - taken, axis=1).max())
            for one in found
        )
        return Place(found[0].name, found[0].common_to_file, doubt)


def in_ras(grid: Grid) -> Grid:
    """Return a grid with its axes turned to those nearest to right, anterior, superior."""
    wanted = nibabel.orientations.axcodes2ornt("RAS")
    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(grid.affine), wanted)
    affine = grid.affine @ nibabel.orientations.inv_ornt_aff(turn, grid.shape)
    # Row n says where axis n goes.
    i, j, k = (grid.shape[int(axis)] for axis in np.argsort(turn[:, 0]))
    return Grid((i, j, k), np.asarray(affine, dtype=float))


def within_grid(grid: Grid, whole: Grid) -> bool:
    """Whether all voxels of a grid are voxels of another: the same grid, or cut from it."""
    if any(edge > most for edge, most in zip(grid.shape, whole.shape, strict=True)):
        return False
    to_index = np.linalg.inv(whole.affine) @ grid.affine
    first = np.rint(to_index[:3, 3])
    if (first < 0).any() or (first + grid.shape > whole.shape).any():
        return False
    corners = np.stack(np.meshgrid(*[(0, edge - 1) for edge in grid.shape]), axis=-1).reshape(-1, 3)
    apart = moved(grid.affine, corners) - moved(whole.affine, corners + first)
    return float(np.linalg.norm(apart, axis=1).max()) <= CLOSE_MM


def _grid(shape: list[int], affine: list[list[float]]) -> Grid:
    i, j, k = shape
    return Grid((i, j, k), np.array(affine, dtype=float))
