"""Which sequence a scan looks like, by what a brain looks like on it.

Fluid is dark on T1 and FLAIR and bright on T2; white matter is brighter than grey on T1 and not on
FLAIR; vessels, sinus and choroid plexus are brighter on T1c than on T1. Where fluid, grey and white
matter lie is the template's, carried over by an affine registration. The order of two tissues on
an image is the share of pairs, one voxel of each, of which the one of the first is brighter (the
area under the ROC curve): it knows no scale, and a tumour moves it little.

The limits between the sequences were set on 16 real visits and 13 of phantoms
(docs/preprocessing.md has the figures).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.alignment import grown
from gadless.images.ranks import brighter
from gadless.images.registration import mask_on_grid, on_grid, register_affine, working_copy
from gadless.images.space import template, tissues
from gadless.images.volume import Mask, Volume

KNOWN = ("t1", "t2", "flair", "t1c")
"""Sequences of which is known what a brain looks like on them."""

LOOK_MM = 2.0
"""Voxel at which images are looked at."""

_COARSE_MM, _AROUND_MM, _SAMPLING = 4.0, 8.0, 0.3
# Shares of a tissue by the template from which a voxel counts as it; fluid further inside than the
# cortex's, which hardly fills a voxel.
_FLUID, _GREY, _WHITE = 0.6, 0.7, 0.9
_DEEP_MM = 6.0
_LEAST_VOXELS = 30
# Fluid is brighter than tissue from here on (T2: 0.61 to 0.93, others: 0.06 to 0.53), white matter
# brighter than grey (T1 and T1c: 0.65 to 0.92, FLAIR: 0.19 to 0.64).
_BRIGHT_FLUID, _BRIGHT_WHITE = 0.57, 0.64
# An image may miss these limits by as much; two images of one exam differ by more than that.
_SLACK = 0.02
_T2_OVER_FLAIR, _T2_OVER_T1 = 0.10, 0.15
_OVER_FLAIR = {"t1": 0.06, "t1c": 0.04}
# Vessels: brighter than all but a twentieth of the T1, by this much (brain medians of the T1),
# deeper than what a mask leaves of the scalp.
_VESSEL_PERCENTILE, _VESSEL_STEP, _VESSEL_DEPTH_MM = 95.0, 0.3, 5.0
# Two scans without contrast differ in some voxels as well; these stand against them.
_PRIOR_CM3 = 0.5

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """What a brain looks like on an image.

    Attributes
    ----------
    fluid : float
        How often fluid is brighter than tissue.
    white : float
        How often white matter is brighter than grey.
    """

    fluid: float
    white: float

    @property
    def sequence(self) -> str:
        """The sequence that it looks like: ``t2``, ``t1`` (or T1c) or ``flair``."""
        if self.fluid > _BRIGHT_FLUID:
            return "t2"
        return "t1" if self.white > _BRIGHT_WHITE else "flair"


class Tissues:
    """Where fluid, grey and white matter lie in a brain.

    Parameters
    ----------
    t1 : Volume
        What was given as the T1, brain alone, in the common space.
    brain : ndarray of bool
        On the same grid.
    seed : int
        Of the registration.
    """

    def __init__(self, t1: Volume, brain: Mask, seed: int) -> None:
        small = working_copy(t1, LOOK_MM)
        self._brain = mask_on_grid(brain, t1.grid, small.grid, np.eye(4))
        atlas, whole = template()
        fixed = working_copy(atlas, _COARSE_MM)
        region = mask_on_grid(whole, atlas.grid, fixed.grid, np.eye(4))
        around = grown(region, fixed, _AROUND_MM)
        moving = working_copy(t1, _COARSE_MM)
        affine = register_affine(fixed, around, moving, np.eye(4), sampling=_SAMPLING, seed=seed)
        shares = (
            on_grid(Volume(share, atlas.affine), small.grid, np.linalg.inv(affine)).data
            for share in (whole.astype(np.float32), *tissues())
        )
        inside, grey, white = shares
        depth = ndimage.distance_transform_edt(self._brain, sampling=small.grid.spacing)
        deep = self._brain & (depth > _DEEP_MM)
        self._fluid = deep & (inside - grey - white > _FLUID)
        self._grey, self._white = self._brain & (grey > _GREY), self._brain & (white > _WHITE)
        self._tissue = deep & (self._grey | self._white)

    def look(self, image: Volume) -> Look | None:
        """Look at an image on the T1's grid; None where a tissue is not in the field of view."""
        data = working_copy(image, LOOK_MM).data
        seen = self._brain & (data != 0)
        regions = [region & seen for region in (self._fluid, self._tissue, self._white, self._grey)]
        if min(int(region.sum()) for region in regions) < _LEAST_VOXELS:
            return None
        fluid, tissue, white, grey = (data[region] for region in regions)
        return Look(brighter(fluid, tissue), brighter(white, grey))


def scores(looks: Mapping[str, Look]) -> dict[str, float]:
    """Return by how much each image of an exam looks like what it is called; below 0, it does not.

    Each is held against the limits between sequences, and against the others of its exam: fluid is
    brighter on T2 than on FLAIR, whatever the scanner. Of two that do not differ as they should,
    the one that looks less like itself is marked down.

    Parameters
    ----------
    looks : mapping of str to Look
        Those of `KNOWN`; others are left out.
    """
    found = {name: _alone(name, look) for name, look in looks.items() if name in KNOWN}
    alone = dict(found)
    pairs = [("t2", "flair", "fluid", _T2_OVER_FLAIR)]
    for name, least in _OVER_FLAIR.items():
        pairs += [("t2", name, "fluid", _T2_OVER_T1), (name, "flair", "white", least)]
    for higher, lower, what, least in pairs:
        if higher not in alone or lower not in alone:
            continue
        margin = getattr(looks[higher], what) - getattr(looks[lower], what) - least
        worse = min((higher, lower), key=lambda name: alone[name])
        for name in (higher, lower):
            if margin < 0 and (name == worse or alone[name] < 0):
                found[name] = min(found[name], margin)
    return found


def _alone(name: str, look: Look) -> float:
    if name == "t2":
        return look.fluid - _BRIGHT_FLUID
    dark = _BRIGHT_FLUID - look.fluid
    white = look.white - _BRIGHT_WHITE
    return min(dark, (-white if name == "flair" else white) + _SLACK)


def enhancement(t1: Volume, t1c: Volume, brain: Mask) -> float:
    """Return how much more is brighter on T1c than on T1 than is darker, -1 to 1.

    Vessels, sinus and choroid plexus enhance in every head, with and without a tumour. Counted are
    voxels brighter than nearly all of the T1 on one image and not on the other.

    Parameters
    ----------
    t1, t1c : Volume
        On one grid and one scale, brain alone.
    brain : ndarray of bool
    """
    before, after = working_copy(t1, LOOK_MM), working_copy(t1c, LOOK_MM)
    inside = mask_on_grid(brain, t1.grid, before.grid, np.eye(4))
    bright = np.percentile(before.data[inside], _VESSEL_PERCENTILE)
    depth = ndimage.distance_transform_edt(inside, sampling=before.grid.spacing)
    counted = inside & (depth > _VESSEL_DEPTH_MM)
    step = after.data - before.data
    gained, lost = (
        int(np.count_nonzero(counted & (image.data > bright) & (change > _VESSEL_STEP)))
        for image, change in ((after, step), (before, -step))
    )
    prior = _PRIOR_CM3 / before.grid.voxel_cm3
    return (gained - lost) / (gained + lost + prior)
