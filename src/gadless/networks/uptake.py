"""Where enhancing tumour ends: at a share of what its own lesion takes up.

At 2 mm a voxel on the edge of a tumour is partly something else. A network that is to find faint
tumours calls edges of bright ones as well, which makes them too large all round. What a lesion
ends at is therefore asked of its own uptake, as positron emission tomography outlines lesions at
about 40% of their maximum (Boellaard et al., Eur J Nucl Med Mol Imaging 2015;42:328; there 41%).
"""

import numpy as np
from numpy.typing import NDArray

from gadless.networks.model import Volume

ENHANCING = 1

PERCENTILE = 90
"""Of the enhancement in a lesion, for its maximum: one bright voxel, a vessel, decides nothing."""

_TOUCHING = np.ones((3, 3, 3))


def without_edges(
    scores: Volume, enhancement: Volume, brain: NDArray[np.bool_], share: float
) -> Volume:
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
        Scores by which another label wins there, by which it would have won without enhancing
        tumour.
    """
    if share <= 0:
        return scores
    # Jobs that predict images have no use for it.
    from scipy import ndimage

    lesions, count = ndimage.label(brain & (scores.argmax(axis=0) == ENHANCING), _TOUCHING)
    least = np.full(count + 1, -np.inf, np.float32)
    for number, place in enumerate(ndimage.find_objects(lesions), start=1):
        inside = enhancement[place][lesions[place] == number]
        least[number] = share * np.percentile(inside, PERCENTILE)
    edge = enhancement < least[lesions]
    others = np.delete(scores, ENHANCING, axis=0).max(axis=0)
    result = scores.copy()
    result[ENHANCING][edge] = others[edge] - 1
    return result
