"""A head for each patient: the MNI template, dressed with a skull and smoothly deformed.

The template is the brain-only ICBM 152 (2009a, non-linear, 1 mm) that nilearn carries in its
package; nothing is downloaded. It holds T1, grey and white matter. Cerebrospinal fluid is
derived, and skull and scalp are shells around the brain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.nifti import nibabel as nib
from gadless.phantom.fields import Array, Grid, SmoothField, random_stream
from gadless.phantom.shells import choroid, shells

TISSUES = ("wm", "gm", "csf", "bone", "marrow", "fat", "muscle", "blood", "choroid", "vitreous")

# The average template is blurred by the average; this sharpens its probabilities.
SHARPENING = 1.8
# Half of a head's field of view, around a centre a little behind and below the commissures.
FIELD_LOW_MM = (-98.0, -132.0, -96.0)
FIELD_HIGH_MM = (98.0, 106.0, 106.0)
SHELL_SPACING_MM = 2.0


def head_grid(spacing_mm: float) -> Grid:
    """Return the grid on which heads are built."""
    nx, ny, nz = (
        round((high - low) / spacing_mm) + 1
        for low, high in zip(FIELD_LOW_MM, FIELD_HIGH_MM, strict=True)
    )
    return Grid(FIELD_LOW_MM, (nx, ny, nz), spacing_mm)


@dataclass(frozen=True)
class Template:
    """The template's maps.

    Attributes
    ----------
    grid : Grid
        Of `gm`, `wm`, `csf` (probabilities, uint8-grained float32), 1 mm.
    shell_grid : Grid
        Of `outside`, 2 mm.
    outside : ndarray
        Signed distance to the brain's smooth hull, mm; positive outside.
    centres : ndarray, (n, 3)
        World points where a glioma may start.
    """

    grid: Grid
    gm: Array
    wm: Array
    csf: Array
    shell_grid: Grid
    outside: Array
    centres: NDArray[np.float64]


@lru_cache(maxsize=1)
def load_template() -> Template:
    """Read and derive the template's maps, once a process."""
    maps: dict[str, Array] = {}
    folder = files("nilearn") / "datasets" / "data"
    for name in ("t1", "gm", "wm"):
        image: Any = nib.load(str(folder / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz"))
        maps[name] = np.asarray(image.dataobj, dtype=np.float32) / np.float32(255)
        origin = image.affine[:3, 3]
    gm, wm = maps["gm"], maps["wm"]
    x, y, z = (float(v) for v in origin)
    nx, ny, nz = gm.shape
    grid = Grid((x, y, z), (nx, ny, nz), 1.0)
    brain = maps["t1"] > 0.02
    csf = np.where(brain, np.clip(1 - gm - wm, 0, 1), 0).astype(np.float32)
    shell_grid = head_grid(SHELL_SPACING_MM)
    outside = _hull_distance(brain, grid, shell_grid)
    return Template(grid, gm, wm, csf, shell_grid, outside, _glioma_sites(wm, grid, outside))


def _hull_distance(brain: NDArray[np.bool_], grid: Grid, shell_grid: Grid) -> Array:
    """Signed distance to the brain with its fissures closed, mm."""
    coarse = _pull(brain.astype(np.float32), grid, shell_grid.mesh) > 0.5
    # The template ends at the foramen magnum: carry its last slice down as the cord.
    bottom = int(np.argmax(coarse.any((0, 1))))
    coarse[:, :, :bottom] = ndimage.binary_erosion(coarse[:, :, bottom], iterations=2)[..., None]
    radius = 12.0
    reach = ndimage.distance_transform_edt(~coarse) * SHELL_SPACING_MM
    hull = ndimage.distance_transform_edt(reach <= radius) * SHELL_SPACING_MM > radius
    hull |= coarse
    out = ndimage.distance_transform_edt(~hull) - ndimage.distance_transform_edt(hull)
    return ndimage.gaussian_filter(out.astype(np.float32) * SHELL_SPACING_MM, 1.0)


def _glioma_sites(wm: Array, grid: Grid, outside: Array) -> NDArray[np.float64]:
    """Supratentorial white matter clear of midline and surface, on a 4 mm raster."""
    coarse = wm[::4, ::4, ::4]
    shape = (coarse.shape[0], coarse.shape[1], coarse.shape[2])
    x, y, z = Grid(grid.origin, shape, 4.0).mesh
    depth = -_pull(outside, head_grid(SHELL_SPACING_MM), (x, y, z))
    place = (coarse > 0.6) & (depth > 13) & (np.abs(x) > 22) & (z > -12) & (z < 52)
    place &= (y > -72) & (y < 48)
    chosen = np.argwhere(place)
    return np.asarray(grid.origin) + 4.0 * chosen


def _pull(
    source: NDArray[np.float32], grid: Grid, world: tuple[Array, Array, Array], fill: float = 0.0
) -> Array:
    """Sample a map at world positions, linearly."""
    points = np.broadcast_arrays(
        *((w - o) / grid.spacing for w, o in zip(world, grid.origin, strict=True))
    )
    return ndimage.map_coordinates(
        source, np.stack(points), order=1, mode="nearest" if fill else "constant", cval=0.0
    ).astype(np.float32)


def _pull_tissues(
    sources: Sequence[NDArray[np.float32]], grid: Grid, world: tuple[Array, Array, Array]
) -> list[Array]:
    """Sample maps at the same world positions, linearly, and only where one of them is not 0."""
    filled = np.any([source != 0 for source in sources], axis=0)
    points = np.stack([(w - o) / grid.spacing for w, o in zip(world, grid.origin, strict=True)])
    near = np.ones(points.shape[1:], bool)
    for axis, along in enumerate(points):
        planes = np.flatnonzero(filled.any(axis=tuple({0, 1, 2} - {axis})))
        near &= (along > planes[0] - 1) & (along < planes[-1] + 1)
    sampled = []
    for source in sources:
        found = np.zeros(near.shape, np.float32)
        found[near] = ndimage.map_coordinates(source, points[:, near], order=1, mode="constant")
        sampled.append(found)
    return sampled


@lru_cache(maxsize=2)
def _tissues_for(spacing: float) -> tuple[Array, Array, Array]:
    """Template tissues, smoothed so that sampling at `spacing` does not alias."""
    template = load_template()
    maps = template.gm, template.wm, template.csf
    sigma = 0.42 * max(spacing - 1, 0)
    if sigma == 0:
        return maps
    gm, wm, csf = (ndimage.gaussian_filter(m, sigma) for m in maps)
    return gm, wm, csf


@dataclass(frozen=True)
class Warp:
    """A patient's smooth deformation: for a point of the head, where in the template to look.

    The displacement is a global linear part and two cubic B-spline lattices.
    """

    linear: NDArray[np.float64]
    coarse: tuple[SmoothField, ...]
    fine: tuple[SmoothField, ...]
    coarse_mm: float = 2.6
    fine_mm: float = 0.8

    @classmethod
    def draw(cls, seed: int) -> "Warp":
        """Draw the deformation of a patient."""
        rng = random_stream(seed, "warp")
        linear = np.diag(rng.normal(0, 0.03, 3)) + rng.normal(0, 0.01, (3, 3))
        coarse = tuple(SmoothField.draw(rng, 30.0) for _ in range(3))
        fine = tuple(SmoothField.draw(rng, 12.0) for _ in range(3))
        return cls(linear, coarse, fine)

    def displacement(self, grid: Grid) -> tuple[Array, Array, Array]:
        """Displacement on a grid, mm, one array an axis."""
        x, y, z = grid.mesh
        parts = []
        for row, coarse, fine in zip(self.linear, self.coarse, self.fine, strict=True):
            part = self.coarse_mm * coarse.on(grid) + self.fine_mm * fine.on(grid)
            part += np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2]) * z
            parts.append(part)
        return parts[0], parts[1], parts[2]

    def head_point(self, template_point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Find the point of the head that looks at a point of the template."""
        point = template_point.astype(np.float64)
        for _ in range(30):
            shift = self.linear @ point + [
                self.coarse_mm * c.at(point) + self.fine_mm * f.at(point)
                for c, f in zip(self.coarse, self.fine, strict=True)
            ]
            point = template_point - shift
        return point


def jacobian(displacement: tuple[Array, Array, Array], spacing: float) -> Array:
    """Return the determinant of the Jacobian of ``x + displacement(x)``; positive: no folds."""
    rows = [list(np.gradient(part, spacing)) for part in displacement]
    for axis in range(3):
        rows[axis][axis] = rows[axis][axis] + 1
    a, b, c = rows
    return np.asarray(
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


@dataclass(frozen=True)
class Anatomy:
    """Tissue fractions of a head, which sum to at most 1 (the rest is air).

    Attributes
    ----------
    grid : Grid
    fractions : dict of str to ndarray
        One map for each of `TISSUES`.
    outside : ndarray
        Signed distance to the brain's hull, mm (approximate after deformation).
    """

    grid: Grid
    fractions: dict[str, Array]
    outside: Array


def build_anatomy(seed: int, grid: Grid, displacement: tuple[Array, Array, Array]) -> Anatomy:
    """Build a patient's head.

    Parameters
    ----------
    seed : int
        The patient's.
    grid : Grid
    displacement : three ndarrays
        Where to look in the template, relative to each voxel, mm; the patient's warp and any
        mass effect.
    """
    template = load_template()
    x, y, z = (axis + part for axis, part in zip(grid.mesh, displacement, strict=True))
    gm, wm, csf = _pull_tissues(_tissues_for(grid.spacing), template.grid, (x, y, z))
    outside = hull_distance(grid, displacement)
    gm, wm, csf = _sharpened(gm, wm, csf)
    inside = gm + wm + csf
    fractions = {"gm": gm, "wm": wm, "csf": csf}
    room = np.clip(1 - inside, 0, 1)
    for name, share in shells(seed, grid, outside, (x, y, z)).items():
        fractions[name] = fractions.get(name, 0) + share * room
    # Choroid plexus: in the ventricles, hence taken from the fluid there.
    plexus = csf * choroid(x, y, z)
    fractions["choroid"] = plexus
    fractions["csf"] = fractions["csf"] - plexus
    return Anatomy(grid, fractions, outside)


def hull_distance(grid: Grid, displacement: Sequence[Array]) -> Array:
    """Signed distance to the brain's hull on a patient's grid, mm (approximate: deformed)."""
    template = load_template()
    x, y, z = (axis + part for axis, part in zip(grid.mesh, displacement, strict=True))
    return _pull(template.outside, template.shell_grid, (x, y, z), fill=1)


def _sharpened(gm: Array, wm: Array, csf: Array) -> tuple[Array, Array, Array]:
    total = gm + wm + csf
    powers = [np.clip(m, 0, 1) ** SHARPENING for m in (gm, wm, csf)]
    scale = np.clip(total, 0, 1) / np.maximum(sum(powers), 1e-6)
    return powers[0] * scale, powers[1] * scale, powers[2] * scale
