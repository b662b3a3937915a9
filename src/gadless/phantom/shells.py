"""What surrounds the template's brain: skull, scalp, face, eyes, neck, and the venous sinus.

Everything is a distance in millimetres from the brain's hull or from a few ellipsoids, with
boundaries one voxel soft.
"""

import numpy as np

from gadless.phantom.fields import Array, Grid, SmoothField, random_stream

# Depths from the brain's hull outwards, mm: subarachnoid space, inner table, diploe, outer table.
FLUID_MM, INNER_MM, DIPLOE_MM, OUTER_MM, SCALP_MM = 2.2, 4.2, 6.4, 8.4, 14.0
SKIN_MM, FAT_MM = 1.8, 5.2

# Ellipsoids in template space: centre and radii, mm.
FACE = ((0.0, 42.0, -64.0), (60.0, 54.0, 66.0))
NECK = ((0.0, -38.0, -110.0), (58.0, 62.0, 78.0))
EYES = tuple(((side * 32.0, 66.0, -40.0), (12.0, 12.0, 12.0)) for side in (-1, 1))
AIR = tuple(((side * 24.0, 60.0, -72.0), (13.0, 15.0, 14.0)) for side in (-1, 1))
NOSE = ((0.0, 58.0, -62.0), (7.0, 20.0, 22.0))
# Trigones and bodies of the lateral ventricles.
PLEXUS = tuple(
    ellipsoid
    for side in (-1, 1)
    for ellipsoid in (
        ((side * 25.0, -42.0, 8.0), (7.0, 9.0, 8.0)),
        ((side * 11.0, -22.0, 17.0), (3.0, 14.0, 3.0)),
    )
)

Ellipsoid = tuple[tuple[float, float, float], tuple[float, float, float]]
Points = tuple[Array, Array, Array]


def below(distance: Array, edge: float, width: float) -> Array:
    """Share of a voxel that lies below an edge: 1 inside, 0 outside, linear over `width`."""
    return np.clip(0.5 - (distance - edge) / width, 0, 1).astype(np.float32)


def ellipsoid_distance(points: Points, shape: Ellipsoid) -> Array:
    """Approximate signed distance to an ellipsoid, mm."""
    centre, radii = shape
    squares = [((p - c) / r) ** 2 for p, c, r in zip(points, centre, radii, strict=True)]
    return np.asarray((np.sqrt(sum(squares)) - 1) * min(radii), dtype=np.float32)


def choroid(x: Array, y: Array, z: Array) -> Array:
    """Share of the ventricles' fluid that is choroid plexus."""
    share = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
    for shape in PLEXUS:
        share = np.maximum(share, 0.8 * below(ellipsoid_distance((x, y, z), shape), 0, 3.0))
    return share


def shells(seed: int, grid: Grid, outside: Array, points: Points) -> dict[str, Array]:
    """Share of each tissue in whatever room the brain leaves.

    Parameters
    ----------
    seed : int
        The patient's: thickness of skull and scalp varies.
    grid : Grid
    outside : ndarray
        Signed distance to the brain's hull, mm.
    points : three ndarrays
        Template coordinates of each voxel, mm.

    Returns
    -------
    dict of str to ndarray
        Disjoint shares that sum to 1 in the head and to 0 in air.
    """
    rng = random_stream(seed, "shells")
    stretch = np.exp(rng.normal(0, 0.12) + 0.12 * SmoothField.draw(rng, 45.0).on(grid))
    depth = np.where(outside > FLUID_MM, FLUID_MM + (outside - FLUID_MM) / stretch, outside)
    width = grid.spacing
    face, neck = (ellipsoid_distance(points, shape) for shape in (FACE, NECK))
    surface = np.minimum(depth - SCALP_MM, np.minimum(face, neck))
    eyes = np.minimum(*(ellipsoid_distance(points, shape) for shape in EYES))
    air = np.minimum(*(ellipsoid_distance(points, shape) for shape in AIR))
    air = np.minimum(air, ellipsoid_distance(points, NOSE))

    left = np.ones(grid.shape, np.float32)
    found: dict[str, Array] = {}

    def claim(tissue: str, share: Array) -> None:
        nonlocal left
        found[tissue] = found.get(tissue, 0) + left * share
        left = left * (1 - share)

    claim("air", 1 - below(surface, 0, width))
    claim("blood", _sagittal_sinus(depth, points, width))
    # The cord, below the template's last slice.
    claim("wm", below(outside, -3.5, width) * below(points[2], -72.0, width))
    claim("csf", below(depth, FLUID_MM, width))
    claim("bone", below(depth, INNER_MM, width))
    claim("marrow", below(depth, DIPLOE_MM, width))
    claim("bone", below(depth, OUTER_MM, width))
    claim("vitreous", below(eyes, 0, width))
    claim("fat", below(eyes, 7.0, width))
    claim("air", below(air, 0, width))
    claim("muscle", 1 - below(surface, -SKIN_MM, width))
    claim("fat", 1 - below(surface, -FAT_MM, width))
    claim("muscle", np.ones(grid.shape, np.float32))
    del found["air"]
    return found


def _sagittal_sinus(depth: Array, points: Points, width: float) -> Array:
    """Superior sagittal sinus: midline, on the hull's outer surface only, so not the falx."""
    x, y, z = points
    sinus = below(np.abs(x), 3.5, width) * below(np.abs(depth - 3.0), 3.0, width)
    return np.asarray(
        sinus * np.maximum(below(-z, -10.0, 4.0), below(y, -80.0, 4.0) * below(-z, 12, 4))
    )
