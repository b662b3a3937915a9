"""A scan in one small picture: three planes through the middle of the head."""

import io

import numpy as np
from matplotlib.image import imsave
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.head import head_mask
from gadless.images.registration import working_copy
from gadless.images.volume import Volume

EDGE = 96
"""Of a plane, pixels."""

_MM = 2.5
_BRIGHTEST_PERCENTILE = 99.5


def thumbnail(volume: Volume) -> bytes:
    """Draw the planes from below, from the front and from the left, side by side, as JPEG.

    Parameters
    ----------
    volume : Volume
        Axes nearest to right, anterior, superior. In the first two planes, the patient's right is
        on the left, as radiologists look at it.
    """
    small = working_copy(volume, _MM)
    head = head_mask(small)
    middle = [round(float(at)) for at in ndimage.center_of_mass(head)]
    bright = float(np.percentile(small.data[head], _BRIGHTEST_PERCENTILE)) if head.any() else 1.0
    x, y, z = small.grid.spacing
    planes = (
        (small.data[::-1, ::-1, middle[2]].T, (y, x)),
        (small.data[::-1, middle[1], ::-1].T, (z, x)),
        (small.data[middle[0], ::-1, ::-1].T, (z, y)),
    )
    row = np.concatenate([_square(plane, edges) for plane, edges in planes], axis=1)
    grey = np.clip(row / max(bright, 1e-12), 0, 1)
    stream = io.BytesIO()
    imsave(stream, grey, cmap="gray", vmin=0, vmax=1, format="jpg", pil_kwargs={"quality": 75})
    return stream.getvalue()


def _square(plane: NDArray[np.float32], edges: tuple[float, float]) -> NDArray[np.float32]:
    """Scale a plane to the same millimetres a pixel both ways, into a square."""
    rows, columns = (size * edge for size, edge in zip(plane.shape, edges, strict=True))
    factor = EDGE / max(rows, columns)
    scaled = ndimage.zoom(plane, (edges[0] * factor, edges[1] * factor), order=1)[:EDGE, :EDGE]
    square = np.zeros((EDGE, EDGE), np.float32)
    top, left = ((EDGE - size) // 2 for size in scaled.shape)
    square[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return square
