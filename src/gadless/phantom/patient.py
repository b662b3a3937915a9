"""The true head of one exam: anatomy, tumour and relaxation, before any scanner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.phantom.anatomy import Anatomy, Warp, build_anatomy, head_grid, hull_distance
from gadless.phantom.fields import Array
from gadless.phantom.lesion import PREDICTABILITY
from gadless.phantom.signal import Relaxation, patient_factor, relaxation_maps
from gadless.phantom.state import ExamState
from gadless.phantom.tumour import (
    PlacedLesion,
    Tumour,
    grow_tumour,
    lesion_centres,
    mass_effect,
    place_lesions,
)
from gadless.phantom.vessels import with_vessels


@dataclass(frozen=True)
class TrueHead:
    """Everything that is known of a head.

    Attributes
    ----------
    anatomy : Anatomy
    lesions : list of PlacedLesion
    tumour : Tumour
    factor : float
        The patient's uptake on this visit.
    maps : Relaxation
    displacement : three ndarrays
        Where each voxel looks in the template, relative to itself, mm.
    """

    anatomy: Anatomy
    lesions: list[PlacedLesion]
    tumour: Tumour
    factor: float
    maps: Relaxation
    displacement: tuple[Array, Array, Array]


def build_head(
    state: ExamState, spacing_mm: float, predictability: float = PREDICTABILITY
) -> TrueHead:
    """Build the head of an exam on a grid of `spacing_mm`."""
    grid = head_grid(spacing_mm)
    warp = Warp.draw(state.seed)
    displacement = list(warp.displacement(grid))
    centres: list[NDArray[np.float64]] = []
    if state.lesions:
        count = max(lesion.lesion for lesion in state.lesions) + 1
        centres = lesion_centres(state.seed, warp, count)
        outside = hull_distance(grid, displacement)
    for lesion in state.lesions:
        core = lesion.enhancing_cm3 + lesion.necrosis_cm3
        if core > 0:
            pushed = mass_effect(grid, centres[lesion.lesion], core, outside)
            displacement = [d + p for d, p in zip(displacement, pushed, strict=True)]
    whole = (displacement[0], displacement[1], displacement[2])
    anatomy = build_anatomy(state.seed, grid, whole)
    variety = state.variety
    lesions = place_lesions(state.seed, state.lesions, centres, anatomy, variety)
    if variety.vessels_mm > 0:
        anatomy = with_vessels(state.seed, anatomy, variety.vessels_mm)
    tumour = grow_tumour(lesions, grid, predictability)
    factor = patient_factor(state.seed, state.visit)
    maps = relaxation_maps(state.seed, anatomy, tumour, factor, variety)
    return TrueHead(anatomy, lesions, tumour, factor, maps, whole)
