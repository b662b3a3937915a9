"""Where there is tissue at all: the head against the air."""

import numpy as np
from scipy import ndimage

from gadless.images.volume import Mask, Volume

SMOOTHING_MM = 2.0


def head_mask(image: Volume) -> Mask:
    """Return the largest piece of tissue: above Otsu's threshold on the smoothed image."""
    smooth = ndimage.gaussian_filter(image.data, SMOOTHING_MM / image.grid.spacing)
    return largest_piece(smooth > otsu(smooth))


def largest_piece(mask: Mask, neighbours: int = 6) -> Mask:
    """Return the largest connected component, by 6, 18 or 26 neighbours."""
    structure = ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[neighbours])
    labels, count = ndimage.label(mask, structure=structure)
    if count <= 1:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    result: Mask = labels == sizes.argmax()
    return result


def without_holes(mask: Mask) -> Mask:
    """Return a mask and all that it encloses, as `scipy.ndimage.binary_fill_holes` does.

    That one grows the outside by a voxel at a time, through all of the image each time.
    """
    pieces, _ = ndimage.label(~mask)
    open_air = np.zeros(pieces.max() + 1, dtype=bool)
    for axis in range(mask.ndim):
        for side in (0, -1):
            open_air[pieces.take(side, axis=axis)] = True
    # What is no piece of air is the mask.
    open_air[0] = False
    result: Mask = ~open_air[pieces]
    return result


def otsu(data: np.ndarray) -> float:
    """Return the threshold between air and tissue that separates both best (Otsu 1979)."""
    counts, edges = np.histogram(data, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), counts.sum()
    mass = np.cumsum(counts * middles)
    above = np.maximum(total - below, 1)
    gap = mass / np.maximum(below, 1) - (mass[-1] - mass) / above
    return float(middles[np.argmax(below.astype(float) * above * gap**2)])
