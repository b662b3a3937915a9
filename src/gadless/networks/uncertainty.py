"""How unsure a candidate is of its enhancing volume: an interval from what its network says.

Errors of neighbouring voxels are not independent: a tumour that takes up more contrast than its
other images show is brighter all over. The spread is therefore carried through as *one hidden
factor* that moves every voxel of the map together (`moved`), and the volume is read at both ends.
A network that gives labels says it by the probability of each voxel, read at both ends as well.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gadless.networks.contract import CONTRAST
from gadless.networks.inference import brain_box
from gadless.networks.model import Volume

ENHANCING = 1
TAIL = 0.05
"""On either side of the interval."""

FACTOR = 1.0
"""Distance of the ends, in spreads.

Measured: on 23 held-out phantoms the volumes at these ends hold the true one in 20 (`unet`) and 23
(`cgan`), and that on acquired contrast in 21 and 22. The 2.3 spreads of a Laplace distribution's
tails would hold all, at four times the width: only part of a voxel's error is shared with the
others (docs/networks.md).
"""

# Around what is labelled, in voxels: where more could enhance, and what the network sees of it.
MARGIN = 12

Labels = NDArray[np.uint8]


def moved(enhancement: Volume, spread: Volume, factor: float) -> Volume:
    """Return the map that a hidden factor would have given.

    Parameters
    ----------
    enhancement, spread : array (X, Y, Z)
        The map and its spread, as a generator gives them.
    factor : float
        In spreads; 0 is the map itself, `FACTOR` the upper end of the interval.
    """
    return np.asarray(enhancement + np.float32(factor) * spread, dtype=np.float32)


def around(images: Mapping[str, Volume], found: NDArray[np.bool_]) -> dict[str, Volume]:
    """Keep of images what lies around something found; the rest is 0, as outside the brain."""
    kept = np.zeros(found.shape, np.bool_)
    kept[brain_box(found[None].astype(np.float32), MARGIN)] = True
    return {name: np.where(kept, image, 0).astype(np.float32) for name, image in images.items()}


def ends_of_factor(
    images: Mapping[str, Volume], spread: Volume, found: NDArray[np.bool_]
) -> list[dict[str, Volume]]:
    """Return what the segmenter sees at both ends of the hidden factor, around what was found."""
    return [
        around({**images, CONTRAST: moved(images[CONTRAST], spread, factor)}, found)
        for factor in (-FACTOR, FACTOR)
    ]


def ends_of_scores(scores: Volume, brain: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return where enhancing tumour is nearly sure, and where it can hardly be excluded.

    Parameters
    ----------
    scores : array (labels, X, Y, Z)
        Logits.
    brain : array (X, Y, Z) of bool
    """
    shifted = np.exp(scores - scores.max(axis=0))
    share = shifted[ENHANCING] / shifted.sum(axis=0)
    return [brain & (share > 1 - TAIL), brain & (share > TAIL)]


def interval_cm3(
    enhancing: NDArray[np.bool_], ends: list[NDArray[np.bool_]], spacing_mm: float
) -> dict[str, float]:
    """Return ``low_cm3`` and ``high_cm3``, of the masks at both ends and the one in the middle."""
    volumes = [float(mask.sum()) * spacing_mm**3 / 1000 for mask in (enhancing, *ends)]
    return {"low_cm3": min(volumes), "high_cm3": max(volumes)}
