"""Pial vessels and dura: what enhances in every brain and is no tumour."""

from dataclasses import replace

import numpy as np

from gadless.phantom.anatomy import Anatomy
from gadless.phantom.fields import Array, SmoothField, random_stream

# Vessels run where two random fields are both near zero: lines in space. Lattice, mm.
COURSE_MM = 14.0
# How deep below the hull they are found, mm.
DEPTH_MM = 22.0
# The dura: signed distances to the hull, mm, between which it lies.
DURA_MM = (-1.5, 1.5)
PATCHY_MM = 25.0


def with_vessels(seed: int, anatomy: Anatomy, radius: float) -> Anatomy:
    """Lay pial vessels over a brain, in place of the tissue that is there.

    Parameters
    ----------
    seed : int
        The patient's.
    anatomy : Anatomy
    radius : float
        In sd of the fields whose zeros a vessel follows; 0.2 makes it about 2 mm wide.
    """
    rng = random_stream(seed, "vessels")
    first, second = (SmoothField.draw(rng, COURSE_MM).on(anatomy.grid) for _ in range(2))
    course = np.clip(1.5 - (first**2 + second**2) / radius**2, 0, 1)
    outside = anatomy.outside
    share = course * (outside < 0.5) * np.clip(1 + (outside + DEPTH_MM / 2) / DEPTH_MM, 0, 1)
    share = np.asarray(share, dtype=np.float32)
    fractions = {name: part * (1 - share) for name, part in anatomy.fractions.items()}
    fractions["blood"] = fractions["blood"] + share
    return replace(anatomy, fractions=fractions)


def dura(seed: int, anatomy: Anatomy) -> Array:
    """Share of dura in each voxel, thicker in some places than in others."""
    low, high = DURA_MM
    field = SmoothField.draw(random_stream(seed, "dura"), PATCHY_MM).on(anatomy.grid)
    middle, half = (low + high) / 2, (high - low) / 2 + anatomy.grid.spacing / 2
    shell = np.clip(1 - np.abs(anatomy.outside - middle) / half, 0, 1)
    return np.asarray(shell * np.clip(0.5 + 0.5 * field, 0, 1), dtype=np.float32)
