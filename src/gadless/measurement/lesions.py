"""Lesions of one segmentation: connected components, each with its volume and diameters.

Two compartments have lesions of their own:

- ``enhancing``: components of enhancing tumour together with the necrosis it surrounds, so that a
  broken rim round one core is one lesion. Volume counts enhancing voxels alone; diameters run from
  outer edge to outer edge, necrosis included. A resection cavity or cyst is labelled as neither, so
  no diameter crosses it (RANO 2010: cysts and cavities are not measured).
- ``nonenhancing``: components of the whole abnormality. Volume counts non-enhancing voxels alone;
  diameters are those of the abnormality as T2 and FLAIR show it, enhancing core included.

A component with less than `smallest_lesion_cm3` of its compartment is noise: it is no lesion and
enters no volume. `Lesions` counts what was left out.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from gadless.measurement.diameters import Diameters, perpendicular_diameters
from gadless.measurement.volumes import (
    ENHANCING,
    NECROSIS,
    NONENHANCING,
    Box,
    LabelMap,
    Mask,
    box_around,
)
from gadless.trial.config.imaging import Measurement

Compartment = Literal["enhancing", "nonenhancing"]
COMPARTMENTS: tuple[Compartment, ...] = ("enhancing", "nonenhancing")

# Labels that a lesion of the compartment extends over, and the one that makes up its volume.
_EXTENT = {"enhancing": (ENHANCING, NECROSIS), "nonenhancing": (ENHANCING, NONENHANCING, NECROSIS)}
_OWN = {"enhancing": ENHANCING, "nonenhancing": NONENHANCING}
_RANK = {6: 1, 18: 2, 26: 3}
# Counts of voxels times a volume: a component exactly at the limit is kept.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Lesion:
    """One lesion on one visit.

    Attributes
    ----------
    volume_cm3 : float
        Of its own compartment.
    diameters : Diameters
    box : tuple of slice
        Where `mask` lies in the label map.
    mask : ndarray of bool
        Its extent: what is measured across, and by what it is recognised on other visits.
    """

    volume_cm3: float
    diameters: Diameters
    box: Box
    mask: Mask


@dataclass(frozen=True)
class Lesions:
    """All lesions of one compartment, the largest first.

    Attributes
    ----------
    lesions : list of Lesion
    left_out : int
        Components that were too small.
    left_out_cm3 : float
        What they add up to.
    """

    lesions: list[Lesion]
    left_out: int
    left_out_cm3: float

    @property
    def volume_cm3(self) -> float:
        """Sum over the lesions."""
        return float(sum(lesion.volume_cm3 for lesion in self.lesions))


def find_lesions(label_map: LabelMap, compartment: Compartment, settings: Measurement) -> Lesions:
    """Find and measure the lesions of one compartment."""
    extent = np.isin(np.arange(4), _EXTENT[compartment])[label_map.labels]
    whole = box_around(extent)
    if whole is None:
        return Lesions([], 0, 0.0)
    neighbours = ndimage.generate_binary_structure(3, _RANK[settings.connectivity])
    components, count = ndimage.label(extent[whole], structure=neighbours)
    own = np.where(label_map.labels[whole] == _OWN[compartment], components, 0)
    voxels = np.bincount(own.ravel(), minlength=count + 1)[1:]
    volumes = voxels * label_map.voxel_cm3
    kept = (voxels > 0) & (volumes >= settings.smallest_lesion_cm3 - _ROUNDING)
    noise = (voxels > 0) & ~kept
    boxes = ndimage.find_objects(components)
    lesions = []
    for index in np.flatnonzero(kept):
        mask = components[boxes[index]] == index + 1
        diameters = perpendicular_diameters(mask, label_map.spacing_mm)
        lesions.append(
            Lesion(float(volumes[index]), diameters, _shifted(boxes[index], whole), mask)
        )
    lesions.sort(key=lambda one: (-one.volume_cm3, *(part.start for part in one.box)))
    return Lesions(lesions, int(noise.sum()), float(volumes[noise].sum()))


def _shifted(box: tuple[slice, ...], origin: Box) -> Box:
    x, y, z = (
        slice(inner.start + outer.start, inner.stop + outer.start)
        for inner, outer in zip(box, origin, strict=True)
    )
    return x, y, z
