"""deepbet (Fisch et al. 2024): its two networks, run without its package.

The package imports pandas and more (some 0.4 CPU s and 100 MB a visit); its wheel carries the
networks, which is all that is used of it. A test holds the mask to the package's own, voxel by
voxel.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from gadless.errors import InputError
from gadless.images.head import largest_piece
from gadless.images.volume import Mask, Volume

if TYPE_CHECKING:
    from torch import Tensor

# Edges of what the two networks see: the whole field, and the brain's box.
WHOLE, CLOSE = (128, 128, 128), (256, 256, 256)
MARGIN = 0.1
DARK, BRIGHT = 0.005, 0.995
# A plane belongs to the box if more of it than this is brain.
LEAST_SHARE = 0.02
_NEIGHBOURS = 26

Box = tuple[slice, slice, slice]


def brain_by_network(scan: Volume) -> Mask:
    """Return deepbet's brain mask of a T1 whose axes are canonical (RAS); empty: it found none."""
    import torch
    from torch.nn import functional

    nothing = np.zeros(scan.data.shape, dtype=bool)
    image = torch.nan_to_num(torch.from_numpy(np.array(scan.data, dtype=np.float32)))
    threads = torch.get_num_threads()
    # The last digits of a convolution depend on how it is shared out.
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            small = functional.interpolate(image[None, None], WHOLE, mode="nearest-exact")[0, 0]
            low, high = small.quantile(DARK), small.quantile(BRIGHT)
            coarse = _run("bbox_model.pt", _normalised(small, low, high)) > 0.5
            box = _box_of(largest_piece(coarse.numpy(), _NEIGHBOURS), scan.data.shape)
            if box is None:
                return nothing
            close = functional.interpolate(image[box][None, None], CLOSE, mode="nearest-exact")
            found = _run("model.pt", _normalised(close[0, 0], low, high))
            shape = tuple(image[box].shape)
            back = functional.interpolate(found[None, None], shape, mode="nearest-exact")[0, 0]
    finally:
        torch.set_num_threads(threads)
    inside = largest_piece(back.numpy() > 0.5, _NEIGHBOURS)
    nothing[box] = ndimage.binary_fill_holes(inside)
    return nothing


def _run(name: str, values: "Tensor") -> "Tensor":
    import torch

    network = torch.jit.load(str(_folder() / name), map_location="cpu")
    network.eval()
    result: Tensor = network(values[None, None])[0, 1]
    return result


def _folder() -> Path:
    # The wheel installs its networks as a top-level package of data.
    package = find_spec("deepbet")
    if package is None or package.origin is None:
        raise InputError("`brain_extraction: deepbet`: deepbet is not installed")
    return Path(package.origin).parents[1] / "data" / "models"


def _normalised(values: "Tensor", low: "Tensor", high: "Tensor") -> "Tensor":
    scaled = ((values - low) / (high - low)).clamp(min=0, max=1)
    return 0.226 * ((scaled - scaled.mean()) / scaled.std()) + 0.449


def _box_of(coarse: Mask, shape: tuple[int, ...]) -> Box | None:
    """Return the brain's box on the scan's grid, with a margin; None without a brain."""
    box = []
    for axis, size in enumerate(shape):
        share = coarse.mean(axis=tuple(other for other in range(3) if other != axis))
        planes = np.flatnonzero(share > LEAST_SHARE)
        if planes.size == 0:
            return None
        first, end = int(planes[0]), int(planes[-1]) + 1
        scale = np.float32(size) / np.float32(coarse.shape[axis])
        centre = np.rint(scale * np.float32((first + end) / 2))
        width = np.rint(np.float32(1 + 2 * MARGIN) * (scale * np.float32(end - first)))
        start, stop = int(centre - width / 2), int(centre + width / 2)
        box.append(slice(max(0, start), min(size, stop)))
    return box[0], box[1], box[2]
