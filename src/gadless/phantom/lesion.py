"""One lesion: nested level sets around a fixed centre, each of a requested volume.

The level of each compartment (necrotic core, solid tumour, its enhancing part, oedema) is found
so that the compartment has the volume asked for. The true volumes are therefore known, and a
lesion keeps its place and shape while it grows, shrinks, vanishes and returns.

Which part of the solid tumour enhances is decided by a leakiness field. One part of it can be
seen on the other sequences (the tumour's water content drives T1 and T2), one cannot; their mix
is `PREDICTABILITY`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from gadless.phantom.fields import Array, Grid, SmoothField, random_stream
from gadless.phantom.variety import USUAL, Variety

# Correlation of leakiness with (low) water content. FROZEN before any generator was trained;
# docs/phantom.md says what an oracle reaches with it.
PREDICTABILITY = 0.75

WINDOW_MM = 72.0
TEXTURE_MM = 7.0  # lattice of the water content and of the hidden field
# Solid tumour that does not enhance, as a share of the enhancing volume (range over lesions).
SOLID_SHARE = (0.15, 0.55)


@dataclass(frozen=True)
class Texture:
    """The random fields of one lesion, each of zero mean and unit variance over the solid tumour.

    Attributes
    ----------
    water : ndarray
        Water content; low where cells are dense. Drives T1 and T2, and part of the leakiness.
    hidden : ndarray
        The part of the leakiness that no other sequence shows.
    """

    water: Array
    hidden: Array


@dataclass(frozen=True)
class Core:
    """Where a lesion's solid tumour and necrosis lie: all that T1 and T2 can tell.

    Attributes
    ----------
    solid : ndarray
        All solid tumour, enhancing or not.
    necrosis : ndarray
    """

    solid: Array
    necrosis: Array


def solve_edge(
    occupancy: Callable[[float], Array],
    volume_cm3: float,
    voxel_cm3: float,
    low: float,
    high: float,
) -> float:
    """Find by bisection the edge at which a growing occupancy has the requested volume.

    Returns `high`, in effect, where even that is too small.
    """
    for _ in range(32):
        middle = (low + high) / 2
        if float(occupancy(middle).sum()) * voxel_cm3 < volume_cm3:
            low = middle
        else:
            high = middle
    return high


def filled(
    occupancy: Callable[[float], Array],
    volume_cm3: float,
    voxel_cm3: float,
    low: float,
    high: float,
) -> Array:
    """Return the occupancy of the requested volume."""
    if volume_cm3 <= 0:
        return np.zeros_like(occupancy(low))
    return occupancy(solve_edge(occupancy, volume_cm3, voxel_cm3, low, high))


class LesionShape:
    """The fixed geometry of one lesion of a patient, on a window of the head's grid."""

    def __init__(
        self,
        seed: int,
        lesion: int,
        centre: NDArray[np.float64],
        grid: Grid,
        variety: Variety = USUAL,
    ) -> None:
        self.seed, self.lesion, self.centre, self.variety = seed, lesion, centre, variety
        self.slices, self.grid = grid.window(centre, WINDOW_MM)
        rng = random_stream(seed, "shape", lesion)
        axes = np.exp(rng.normal(0, 0.14, 3))
        axes /= np.cbrt(axes.prod())
        rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        stretch = rotation * axes @ rotation.T
        x, y, z = (a - c for a, c in zip(self.grid.mesh, centre, strict=True))
        radius = np.sqrt(sum((row[0] * x + row[1] * y + row[2] * z) ** 2 for row in stretch))
        outer, inner = (SmoothField.draw(rng, 11.0).on(self.grid) for _ in range(2))
        self.level = np.asarray(radius * np.exp(variety.shape_noise * outer), dtype=np.float32)
        mixed = 0.5 * outer + 0.9 * inner
        self.core_level = np.asarray(radius * np.exp(variety.core_noise * mixed), dtype=np.float32)
        self.ragged = SmoothField.draw(rng, 7.0).on(self.grid)
        self.solid_share = float(rng.uniform(*SOLID_SHARE))

    def core(self, solid_cm3: float, necrosis_cm3: float, brain: Array) -> Core:
        """Place solid tumour and necrosis of given volumes inside the brain."""
        voxel, width = self.grid.voxel_cm3, self.grid.spacing

        def soft(level: Array, edge: float) -> Array:
            return brain * np.clip(0.5 + (edge - level) / width, 0, 1)

        total = solid_cm3 + necrosis_cm3
        if total <= 0:
            return Core(np.zeros_like(brain), np.zeros_like(brain))
        edge = solve_edge(lambda t: soft(self.level, t), total, voxel, 0.0, WINDOW_MM)
        whole = soft(self.level, edge)
        for rim in (self.variety.rim_mm, self.variety.rim_mm / 2, 0.0):
            room = soft(self.level, edge - rim)

            def inner(t: float, room: Array = room) -> Array:
                return np.minimum(room, soft(self.core_level, t))

            necrosis = filled(inner, necrosis_cm3, voxel, 0.0, 2 * WINDOW_MM)
            if necrosis.sum() * voxel >= 0.99 * necrosis_cm3:
                break
        return Core(whole - necrosis, necrosis)

    def texture(self, solid: Array) -> Texture:
        """Return the lesion's own fields."""
        rng = random_stream(self.seed, "water", self.lesion)
        water = _standardised(SmoothField.draw(rng, TEXTURE_MM).on(self.grid), solid)
        return Texture(water, self.hidden_field(solid, 0))

    def hidden_field(self, solid: Array, draw: int) -> Array:
        """Return the hidden field; `draw` 0 is the truth, others are what it might have been."""
        rng = random_stream(self.seed, "hidden", self.lesion, draw)
        return _standardised(SmoothField.draw(rng, TEXTURE_MM).on(self.grid), solid)

    def oedema(self, volume_cm3: float, core: Core, wm: Array, brain: Array) -> Array:
        """Oedema of a given volume that spreads from the core, faster along white matter."""
        taken = core.solid + core.necrosis
        if volume_cm3 <= 0:
            return np.zeros_like(taken)
        speed = (0.06 + wm**1.5) * np.exp(self.variety.ragged * self.ragged) * (brain > 0.5) + 1e-3
        speed = np.where(taken > 0.5, 50.0, speed)
        image = sitk.GetImageFromArray(np.ascontiguousarray(speed, dtype=np.float32))
        image.SetSpacing([self.grid.spacing] * 3)
        march = sitk.FastMarchingImageFilter()
        start = np.rint((self.centre - self.grid.origin) / self.grid.spacing).astype(int)
        march.SetTrialPoints([[int(v) for v in start[::-1]]])
        march.SetStoppingValue(150.0)
        arrival = np.minimum(sitk.GetArrayFromImage(march.Execute(image)), 400.0)
        room = (1 - taken) * brain * np.clip(wm + 0.55, 0, 1)
        return filled(
            lambda t: room * np.clip(0.5 + (t - arrival) / 4.0, 0, 1),
            volume_cm3, self.grid.voxel_cm3, -2.0, 402.0,
        )  # fmt: skip


def _standardised(field: Array, weight: Array) -> Array:
    """Zero mean and unit variance over the weighted region."""
    total = float(weight.sum())
    if total <= 0:
        return field
    mean = float((field * weight).sum()) / total
    variance = float((weight * (field - mean) ** 2).sum()) / total
    return np.asarray((field - mean) / np.sqrt(max(variance, 1e-4)), dtype=np.float32)


def split_solid(
    core: Core, texture: Texture, enhancing_cm3: float, grid: Grid, predictability: float
) -> tuple[Array, Array]:
    """Decide which part of the solid tumour enhances, and how strongly.

    Returns
    -------
    enhancing, leakiness : ndarray
        Occupancy with the requested volume; relative concentration within it.
    """
    leak = -predictability * texture.water + np.sqrt(1 - predictability**2) * texture.hidden
    slope = np.sqrt(sum(g**2 for g in np.gradient(leak, grid.spacing)))
    # One voxel's change of the field, so that the boundary is about one voxel soft.
    width = grid.spacing * max(float(np.average(slope, weights=core.solid + 1e-6)), 0.05)
    enhancing = filled(
        lambda t: core.solid * np.clip(0.5 + (leak + t) / width, 0, 1),
        enhancing_cm3, grid.voxel_cm3, -8.0, 8.0,
    )  # fmt: skip
    return enhancing, np.asarray(np.clip(1 + 0.25 * leak, 0.4, 1.8), dtype=np.float32)
