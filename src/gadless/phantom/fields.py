"""Grids in millimetres and smooth random fields on them.

Fields live on lattices fixed in the world, so that the same seed gives the same field at any
voxel size. Cubic B-splines, because trilinear lattices crease the images they deform.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

LATTICE_START_MM = -170.0
LATTICE_END_MM = 170.0


def random_stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator of a seed and a purpose; purposes do not disturb each other."""
    key = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng([seed, *key])


@dataclass(frozen=True)
class Grid:
    """A regular grid along the world's axes (RAS, mm).

    Attributes
    ----------
    origin : tuple of float
        World position of voxel (0, 0, 0).
    shape : tuple of int
    spacing : float
        Edge of the cubic voxel, mm.
    """

    origin: tuple[float, float, float]
    shape: tuple[int, int, int]
    spacing: float

    @property
    def axes(self) -> tuple[Array, Array, Array]:
        """World coordinates along each axis."""
        x, y, z = (
            (start + self.spacing * np.arange(size)).astype(np.float32)
            for start, size in zip(self.origin, self.shape, strict=True)
        )
        return x, y, z

    @property
    def mesh(self) -> tuple[Array, Array, Array]:
        """World coordinates, shaped to broadcast over the grid."""
        x, y, z = self.axes
        return x[:, None, None], y[None, :, None], z[None, None, :]

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxel to world, 4 x 4."""
        matrix = np.diag([self.spacing] * 3 + [1.0])
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel."""
        return self.spacing**3 / 1000

    def window(
        self, centre: NDArray[np.float64], half_mm: float
    ) -> tuple[tuple[slice, slice, slice], "Grid"]:
        """Cut a cube around a point: the slices, and the grid that they leave."""
        low = (centre - half_mm - self.origin) / self.spacing
        high = (centre + half_mm - self.origin) / self.spacing
        starts = [int(np.clip(np.floor(v), 0, n - 1)) for v, n in zip(low, self.shape, strict=True)]
        stops = [
            int(np.clip(np.ceil(v) + 1, s + 1, n))
            for v, s, n in zip(high, starts, self.shape, strict=True)
        ]
        i, j, k = (slice(a, b) for a, b in zip(starts, stops, strict=True))
        ox, oy, oz = (o + self.spacing * s for o, s in zip(self.origin, starts, strict=True))
        nx, ny, nz = (b - a for a, b in zip(starts, stops, strict=True))
        return (i, j, k), Grid((ox, oy, oz), (nx, ny, nz), self.spacing)


def spline_basis(points: NDArray[np.floating], lattice_mm: float) -> Array:
    """Cubic B-spline weights of lattice nodes at points along one axis, (points, nodes)."""
    nodes = LATTICE_START_MM + lattice_mm * np.arange(lattice_size(lattice_mm))
    t = np.abs((points[:, None] - nodes[None, :]) / lattice_mm)
    near = 2 / 3 - t**2 + t**3 / 2
    far = (2 - t) ** 3 / 6
    return np.where(t < 1, near, np.where(t < 2, far, 0.0)).astype(np.float32)


def lattice_size(lattice_mm: float) -> int:
    """Nodes of a lattice along one axis."""
    return int(np.ceil((LATTICE_END_MM - LATTICE_START_MM) / lattice_mm)) + 1


@dataclass(frozen=True)
class SmoothField:
    """A Gaussian random field of zero mean and unit variance, smooth over about `lattice_mm`."""

    coefficients: Array
    lattice_mm: float

    @classmethod
    def draw(cls, rng: np.random.Generator, lattice_mm: float) -> "SmoothField":
        """Draw a field."""
        # Variance of a cubic B-spline with unit white coefficients, averaged over a cell:
        # the integral of the squared kernel, 151/315, on each axis.
        scale = (151 / 315) ** -1.5
        size = lattice_size(lattice_mm)
        values = scale * rng.standard_normal((size, size, size), dtype=np.float32)
        return cls(values.astype(np.float32), lattice_mm)

    def on(self, grid: Grid) -> Array:
        """Evaluate on a grid."""
        x, y, z = (spline_basis(axis, self.lattice_mm) for axis in grid.axes)
        partial = np.tensordot(x, self.coefficients, (1, 0))
        partial = np.tensordot(partial, y, (1, 1))
        return np.ascontiguousarray(np.tensordot(partial, z, (1, 1)), dtype=np.float32)

    def at(self, point: NDArray[np.float64]) -> float:
        """Evaluate at one point of the world."""
        x, y, z = (spline_basis(point[i : i + 1], self.lattice_mm)[0] for i in range(3))
        return float(np.einsum("i,j,k,ijk->", x, y, z, self.coefficients))
