"""Lesions of one segmentation: connected components, each with its volume and diameters.

Two compartments have lesions of their own:

- ``enhancing``: components of enhancing tumour together with the necrosis that it touches and
  whatever it encloses, so that a broken rim round one core is one lesion. Volume counts enhancing
  voxels alone. Diameters run from outer edge to outer edge across what the rim encloses in the
  slice, whatever its label (`gadless.measurement.enclosure`), and across nothing else.
- ``nonenhancing``: components of the whole abnormality. Volume counts non-enhancing voxels alone;
  diameters are those of the abnormality as T2 and FLAIR show it, enhancing core included.

What only a touched label holds together is one lesion in several pieces, each measured by itself:
a label may decide on a name, never on a diameter.

A component with less than `smallest_lesion_cm3` of its compartment is noise: it is no lesion and
enters no volume. `Lesions` counts what was left out.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.measurement.diameters import Diameters, perpendicular_diameters
from gadless.measurement.enclosure import enclosed_by_rims
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

# Labels that a lesion of the compartment extends over, those that it is measured across (of both,
# what a rim encloses is a part, whatever its label), and the one that makes up its volume.
_ANY = (ENHANCING, NONENHANCING, NECROSIS)
_EXTENT = {"enhancing": (ENHANCING, NECROSIS), "nonenhancing": _ANY}
_MEASURED = {"enhancing": (ENHANCING,), "nonenhancing": _ANY}
_OWN = {"enhancing": ENHANCING, "nonenhancing": NONENHANCING}
_RANK = {6: 1, 18: 2, 26: 3}
# Counts of voxels times a volume: a component exactly at the limit is kept.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Piece:
    """A part of a lesion that is measured by itself.

    Attributes
    ----------
    volume_cm3 : float
        Of the lesion's own compartment. The largest piece's includes what is too small for a row.
    diameters : Diameters
    """

    volume_cm3: float
    diameters: Diameters


@dataclass(frozen=True)
class Lesion:
    """One lesion on one visit.

    Attributes
    ----------
    volume_cm3 : float
        Of its own compartment.
    pieces : tuple of Piece
        The largest first; mostly one.
    box : tuple of slice
        Where `mask` lies in the label map.
    mask : ndarray of bool
        Its extent: by what it is recognised on other visits.
    """

    volume_cm3: float
    pieces: tuple[Piece, ...]
    box: Box
    mask: Mask

    @property
    def diameters(self) -> Diameters:
        """Those of the piece with the largest product."""
        return max((one.diameters for one in self.pieces), key=lambda one: one.product_mm2)

    @property
    def middle(self) -> tuple[int, int, int]:
        """Index in the label map of its voxel nearest to its centre of mass."""
        voxels = np.argwhere(self.mask)
        nearest = voxels[((voxels - voxels.mean(axis=0)) ** 2).sum(axis=1).argmin()]
        x, y, z = (int(at) + part.start for at, part in zip(nearest, self.box, strict=True))
        return x, y, z


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
    whole = box_around(_labelled(label_map.labels, _EXTENT[compartment]))
    if whole is None:
        return Lesions([], 0, 0.0)
    labels, spacing_mm = label_map.labels[whole], label_map.spacing_mm
    inside = enclosed_by_rims(labels == ENHANCING, spacing_mm, settings.rim_gap_mm)
    components, count = _components(_labelled(labels, _EXTENT[compartment]) | inside, settings)
    measured, _ = _components(_labelled(labels, _MEASURED[compartment]) | inside, settings)
    own = labels == _OWN[compartment]
    voxels = np.bincount(components[own], minlength=count + 1)[1:]
    volumes = voxels * label_map.voxel_cm3
    kept = (voxels > 0) & (volumes >= settings.smallest_lesion_cm3 - _ROUNDING)
    noise = (voxels > 0) & ~kept
    boxes = ndimage.find_objects(components)
    lesions = []
    for index in np.flatnonzero(kept):
        box = boxes[index]
        mask = components[box] == index + 1
        pieces = _pieces(np.where(mask, measured[box], 0), own[box], label_map, settings)
        lesions.append(Lesion(float(volumes[index]), pieces, _shifted(box, whole), mask))
    lesions.sort(key=lambda one: (-one.volume_cm3, *(part.start for part in one.box)))
    return Lesions(lesions, int(noise.sum()), float(volumes[noise].sum()))


def _pieces(
    measured: NDArray[np.int32], own: Mask, label_map: LabelMap, settings: Measurement
) -> tuple[Piece, ...]:
    """Measure each piece of a lesion; what is too small for a lesion adds to the largest alone.

    Parameters
    ----------
    measured : ndarray of int
        The pieces' numbers; 0 elsewhere.
    own : ndarray of bool
        Voxels that make up the volume, of this lesion and others.
    """
    boxes = ndimage.find_objects(measured)
    voxels = np.bincount(measured[own], minlength=len(boxes) + 1)[1:]
    order = [i for i in np.argsort(-voxels, kind="stable") if voxels[i] > 0]
    least = settings.smallest_lesion_cm3 - _ROUNDING
    shown = [i for i in order if voxels[i] * label_map.voxel_cm3 >= least] or order[:1]
    rest = int(voxels.sum() - voxels[shown].sum())
    pieces = []
    for i in shown:
        diameters = perpendicular_diameters(measured[boxes[i]] == i + 1, label_map.spacing_mm)
        pieces.append(Piece(float(voxels[i] + rest) * label_map.voxel_cm3, diameters))
        rest = 0
    return tuple(pieces)


def _labelled(labels: NDArray[np.uint8], wanted: tuple[int, ...]) -> Mask:
    return np.asarray(np.isin(np.arange(4), wanted)[labels])


def _components(mask: Mask, settings: Measurement) -> tuple[NDArray[np.int32], int]:
    neighbours = ndimage.generate_binary_structure(3, _RANK[settings.connectivity])
    components, count = ndimage.label(mask, structure=neighbours)
    return components.astype(np.int32), int(count)


def _shifted(box: tuple[slice, ...], origin: Box) -> Box:
    x, y, z = (
        slice(inner.start + outer.start, inner.stop + outer.start)
        for inner, outer in zip(box, origin, strict=True)
    )
    return x, y, z
