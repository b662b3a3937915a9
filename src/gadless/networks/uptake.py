"""Where enhancing tumour ends: at a share of what its own lesion takes up.

At 2 mm a voxel on the edge of a tumour is partly something else. A network that is to find faint
tumours calls edges of bright ones as well, which makes them too large all round. What a lesion
ends at is therefore asked of its own uptake, as positron emission tomography outlines lesions at
about 40% of their maximum (Boellaard et al., Eur J Nucl Med Mol Imaging 2015;42:328; there 41%).
"""

import numpy as np
from numpy.typing import NDArray

from gadless.networks.model import Volume

ENHANCING, NECROSIS = 1, 3

Mask = NDArray[np.bool_]

PERCENTILE = 90
"""Of the enhancement in a lesion, for its maximum: one bright voxel, a vessel, decides nothing."""

_TOUCHING = np.ones((3, 3, 3), np.bool_)


def without_edges(scores: Volume, enhancement: Volume, brain: Mask, share: float) -> Volume:
    """Take back enhancing tumour where it enhances by less than a share of what its lesion does.

    Parameters
    ----------
    scores : array (labels, X, Y, Z)
        A segmenter's; the largest wins.
    enhancement : array (X, Y, Z)
        T1 after less T1 before contrast, acquired or predicted, in any unit.
    brain : array (X, Y, Z) of bool
    share : float
        Of the `PERCENTILE`-th percentile of the enhancement in the lesion: what is called
        enhancing and touches, by a face, edge or corner. 0 takes nothing back.

    Returns
    -------
    array (labels, X, Y, Z)
        Scores by which another label wins there: necrosis where it touches some and both, with
        what still enhances, enclose it; else the better of non-enhancing and background. By their
        scores alone, outer edges of rims would be necrosis.
    """
    if share <= 0:
        return scores
    # Jobs that predict images have no use for it.
    from scipy import ndimage

    won = np.where(brain, scores.argmax(axis=0), 0)
    lesions, count = ndimage.label(won == ENHANCING, _TOUCHING)
    least = np.full(count + 1, -np.inf, np.float32)
    for number, place in enumerate(ndimage.find_objects(lesions), start=1):
        inside = enhancement[place][lesions[place] == number]
        least[number] = share * np.percentile(inside, PERCENTILE)
    edge = enhancement < least[lesions]
    if not edge.any():
        return scores
    core = edge & _beside_core(won == NECROSIS, (won == ENHANCING) & ~edge)
    best = np.delete(scores, (ENHANCING, NECROSIS), axis=0).max(axis=0)
    result = scores.copy()
    result[ENHANCING][edge] = best[edge] - 1
    result[NECROSIS][edge] = best[edge] + np.where(core, 1, -1)[edge]
    return result


def _beside_core(necrosis: Mask, enhancing: Mask) -> Mask:
    """Where something touches necrosis, and lies within it and its rim."""
    from scipy import ndimage

    beside = np.zeros(necrosis.shape, np.bool_)
    for box in ndimage.find_objects((necrosis | enhancing).astype(np.uint8)):
        beside[box] = ndimage.binary_dilation(necrosis[box], _TOUCHING)
        beside[box] &= ndimage.binary_fill_holes(necrosis[box] | enhancing[box])
    return beside
