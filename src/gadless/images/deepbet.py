"""deepbet (Fisch et al. 2024): its two networks, run without its package.

The package imports pandas and more (some 0.4 CPU s and 100 MB a visit); its wheel carries the
networks, which is all that is used of it. Their first pooling and their last layer, a third of the
time, are done here in less. A test holds the mask to the package's own, voxel by voxel.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gadless.errors import InputError
from gadless.images.head import largest_piece, without_holes
from gadless.images.volume import Mask, Volume

if TYPE_CHECKING:
    from torch import Tensor
    from torch.jit import ScriptModule

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
    from gadless.lean import torch
    from torch.nn import functional  # isort: skip - the rest of torch comes after it

    nothing = np.zeros(scan.data.shape, dtype=bool)
    image = torch.nan_to_num(torch.from_numpy(np.array(scan.data, dtype=np.float32)))
    threads = torch.get_num_threads()
    # The last digits of a convolution depend on how it is shared out.
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            small = functional.interpolate(image[None, None], WHOLE, mode="nearest-exact")[0, 0]
            low, high = small.quantile(torch.tensor([DARK, BRIGHT]))
            network = _opened("bbox_model.pt")
            scores = network.tp_conv2(_features(network, _normalised(small, low, high)))
            coarse = (scores[0, 1] > scores[0, 0]).numpy()
            box = _box_of(largest_piece(coarse, _NEIGHBOURS), scan.data.shape)
            if box is None:
                return nothing
            close = functional.interpolate(image[box][None, None], CLOSE, mode="nearest-exact")
            network = _opened("model.pt")
            features = _features(network, _normalised(close[0, 0], low, high))
            found = _last_layer(network, features, tuple(image[box].shape))
    finally:
        torch.set_num_threads(threads)
    nothing[box] = without_holes(largest_piece(found, _NEIGHBOURS))
    return nothing


def _opened(name: str) -> "ScriptModule":
    import torch

    network: ScriptModule = torch.jit.load(str(_folder() / name), map_location="cpu")
    network.eval()
    return network


def _features(network: "ScriptModule", values: "Tensor") -> "Tensor":
    """Return what goes into a network's last layer: as the network does, but for the pooling."""
    relu = getattr(network.conv, "2")
    convolution, normalisation = (getattr(network.init, part) for part in "01")
    first = _pooled(normalisation(convolution(values[None, None])).relu_())
    down = [first]
    for part in (network.down0, network.down1, network.down2, network.down3):
        down.append(part(relu, down[-1]))
    x = down.pop()
    for part in (network.up0, network.up1, network.up2, network.up3):
        x = part(relu, x) + down.pop()
    result: Tensor = network.conv(network.tp_conv1(relu, x))
    return result


def _pooled(x: "Tensor") -> "Tensor":
    """Return the maximum over 3 x 3 x 3 voxels at every second: an axis after the other is faster.

    Edges are even, and beyond them is nothing.
    """
    import torch

    for axis in (2, 3, 4):
        every = [slice(None)] * axis
        even, odd = x[(*every, slice(0, None, 2))], x[(*every, slice(1, None, 2))]
        x = torch.maximum(even, odd)
        later = x[(*every, slice(1, None))]
        torch.maximum(later, odd[(*every, slice(0, -1))], out=later)
    return x


def _last_layer(network: "ScriptModule", features: "Tensor", shape: tuple[int, ...]) -> Mask:
    """Return where the brain is more likely than the rest, on the scan's grid.

    The last layer makes 2 x 2 x 2 voxels of one, each from that one alone. The scan has but one in
    thirty of them at 2 mm, so only these are made.
    """
    import torch
    from torch.nn import functional

    axes = []
    for size, edge in zip(shape, CLOSE, strict=True):
        every = torch.arange(edge, dtype=torch.float32)[None, None]
        axes.append(functional.interpolate(every, size, mode="nearest-exact")[0, 0].long())
    i, j, k = axes
    seen = features[0][:, i // 2][:, :, j // 2][:, :, :, k // 2]
    # What speaks for the brain less what speaks against it: (channels, 2, 2, 2).
    weight = network.tp_conv2.weight[:, 1] - network.tp_conv2.weight[:, 0]
    evidence = network.tp_conv2.bias[1] - network.tp_conv2.bias[0] + torch.zeros(shape)
    for channel, of_corner in zip(seen, weight, strict=True):
        evidence += channel * of_corner[i % 2][:, j % 2][:, :, k % 2]
    result: Mask = (evidence > 0).numpy()
    return result


def _folder() -> Path:
    # The wheel installs its networks as a top-level package of data.
    package = find_spec("deepbet")
    if package is None or package.origin is None:
        raise InputError("`brain_extraction: deepbet`: deepbet is not installed")
    return Path(package.origin).parents[1] / "data" / "models"


def _normalised(values: "Tensor", low: "Tensor", high: "Tensor") -> "Tensor":
    scaled = (values - low).div_(high - low).clamp_(min=0, max=1)
    mean, deviation = scaled.mean(), scaled.std()
    return scaled.sub_(mean).div_(deviation).mul_(0.226).add_(0.449)


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
