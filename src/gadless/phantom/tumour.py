"""All lesions of an exam: their places, what they push aside, and their compartments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.phantom.anatomy import Anatomy, Warp, load_template
from gadless.phantom.fields import Array, Grid, random_stream
from gadless.phantom.lesion import PREDICTABILITY, Core, LesionShape, Texture, split_solid
from gadless.phantom.shells import below
from gadless.phantom.state import LesionState
from gadless.phantom.variety import USUAL, Variety

BETWEEN_LESIONS_MM = 42.0
MASS_EFFECT = 0.45  # share of the core that displaces brain instead of replacing it
# Solid tumour that does not enhance, as a share of the non-enhancing volume.
SOLID_SHARE_OF_REST = 0.08
LARGEST_SOLID_SHARE_OF_REST = 0.6


@dataclass(frozen=True)
class Tumour:
    """All lesions of an exam on the anatomy's grid; occupancies between 0 and 1.

    Attributes
    ----------
    enhancing, solid, necrosis, oedema : ndarray
        `solid` is the solid tumour that does not enhance; the four are disjoint.
    water : ndarray
        Water content of solid tumour, standardised.
    leakiness : ndarray
        Relative gadolinium concentration, about 1 on average where enhancing, 0 elsewhere.
    """

    enhancing: Array
    solid: Array
    necrosis: Array
    oedema: Array
    water: Array
    leakiness: Array

    @property
    def nonenhancing(self) -> Array:
        """Solid tumour without enhancement, and oedema: the second label."""
        return self.solid + self.oedema


def lesion_centres(seed: int, warp: Warp, count: int) -> list[NDArray[np.float64]]:
    """Places of a patient's first `count` lesions, mm; fixed by the patient's seed.

    Raises
    ------
    ValueError
        If the brain has no room for so many.
    """
    rng = random_stream(seed, "places")
    candidates = rng.permutation(load_template().centres)
    chosen: list[NDArray[np.float64]] = []
    for candidate in candidates:
        if len(chosen) == count:
            break
        if all(np.linalg.norm(candidate - c) > BETWEEN_LESIONS_MM for c in chosen):
            chosen.append(candidate)
    if len(chosen) < count:
        raise ValueError(f"no room for {count} lesions {BETWEEN_LESIONS_MM:.0f} mm apart")
    return [warp.head_point(point) for point in chosen]


def mass_effect(
    grid: Grid, centre: NDArray[np.float64], solid_cm3: float, outside: Array
) -> list[Array]:
    """Displacement (where to look, mm) of brain that a growing sphere pushes aside.

    Outside the sphere the flow is incompressible, r -> (r^3 - k R^3)^(1/3); it is damped to
    nothing at the skull.
    """
    rays = [axis - c for axis, c in zip(grid.mesh, centre, strict=True)]
    r = np.sqrt(sum(ray**2 for ray in rays))
    radius = (3 * max(solid_cm3, 1e-6) * 1000 / (4 * np.pi)) ** (1 / 3)
    inner = np.minimum(r, radius)
    scale = np.cbrt(np.maximum(r, 1e-3) ** 3 - MASS_EFFECT * inner**3) / np.maximum(r, 1e-3) - 1
    scale = scale * np.clip(-outside / 10, 0, 1)
    return [np.asarray(ray * scale, dtype=np.float32) for ray in rays]


@dataclass(frozen=True)
class PlacedLesion:
    """One lesion of one exam, on its window of the head's grid."""

    state: LesionState
    shape: LesionShape
    core: Core
    texture: Texture
    oedema: Array


def hidden_solid_cm3(state: LesionState, share: float) -> float:
    """Volume of the solid tumour that does not enhance; part of the non-enhancing volume."""
    wanted = share * state.enhancing_cm3 + SOLID_SHARE_OF_REST * state.nonenhancing_cm3
    return min(wanted, LARGEST_SOLID_SHARE_OF_REST * state.nonenhancing_cm3)


def place_lesions(
    seed: int,
    lesions: tuple[LesionState, ...],
    centres: list[NDArray[np.float64]],
    anatomy: Anatomy,
    variety: Variety = USUAL,
) -> list[PlacedLesion]:
    """Place every lesion's core, texture and oedema in the head."""
    brain = anatomy.fractions["gm"] + anatomy.fractions["wm"]
    # A core may swallow sulci but not the ventricles.
    ventricles = anatomy.fractions["csf"] * (anatomy.outside < -15)
    free = below(anatomy.outside, -2.0, anatomy.grid.spacing) * (1 - ventricles)
    placed = []
    for state in sorted(lesions, key=lambda lesion: lesion.lesion):
        shape = LesionShape(seed, state.lesion, centres[state.lesion], anatomy.grid, variety)
        cut = shape.slices
        hidden = hidden_solid_cm3(state, shape.solid_share)
        core = shape.core(state.enhancing_cm3 + hidden, state.necrosis_cm3, free[cut])
        wm = anatomy.fractions["wm"][cut]
        oedema = shape.oedema(
            state.nonenhancing_cm3 - hidden, core, wm, brain[cut] * (free[cut] > 0)
        )
        free[cut] *= 1 - core.solid - core.necrosis
        brain[cut] *= 1 - np.clip(core.solid + core.necrosis + oedema, 0, 1)
        placed.append(PlacedLesion(state, shape, core, shape.texture(core.solid), oedema))
    return placed


def grow_tumour(
    lesions: list[PlacedLesion], grid: Grid, predictability: float = PREDICTABILITY
) -> Tumour:
    """Join the lesions into maps on the head's grid."""
    maps = {
        name: np.zeros(grid.shape, np.float32)
        for name in ("enhancing", "solid", "necrosis", "oedema", "water", "leakiness")
    }
    for lesion in lesions:
        cut, core = lesion.shape.slices, lesion.core
        enhancing, leakiness = split_solid(
            core, lesion.texture, lesion.state.enhancing_cm3, lesion.shape.grid, predictability
        )
        maps["enhancing"][cut] += enhancing
        maps["solid"][cut] += core.solid - enhancing
        maps["necrosis"][cut] += core.necrosis
        maps["oedema"][cut] += lesion.oedema
        maps["water"][cut] += lesion.texture.water * (core.solid > 0)
        maps["leakiness"][cut] += leakiness * enhancing
    return Tumour(**maps)
