"""Whole-volume inference on an exam's own grid."""

import copy
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from gadless.errors import DataFault
from gadless.manifest import Manifest
from gadless.networks import scales
from gadless.networks.contract import CONTRAST, OURS
from gadless.networks.device import choose_device, describe
from gadless.networks.generator import MAPS
from gadless.networks.header import Metadata
from gadless.networks.model import Model, Volume
from gadless.networks.uptake import without_edges
from gadless.trial.config.networks import Output, Scale

# Voxels of background around the brain that the network sees, as it did in training.
MARGIN = 4

# Grids whose spacing differs by less are one grid.
SAME_SPACING = 1e-3

logger = logging.getLogger(__name__)


class Trained:
    """A network of this package, as the stages need it.

    Parameters
    ----------
    module : Module
        Fully convolutional; edges of its input are multiples of its ``multiple``.
    metadata : Metadata
        As `gadless.networks.weights.load` gives them.
    every : bool
        Give all that a generator says, and not its map and log spread alone.
    """

    normalisation: Scale = "gadless"

    def __init__(self, module: nn.Module, metadata: Metadata, every: bool = False) -> None:
        self.module = module
        self._on_cpu: nn.Module | None = None
        self.given = slice(None) if every or metadata.kind == "segmenter" else MAPS
        self.inputs = metadata.inputs
        self.spacing_mm = metadata.spacing_mm
        self.output: Output = "labels" if metadata.kind == "segmenter" else "map"
        self.coding: Mapping[int, int] = OURS if metadata.kind == "segmenter" else {}
        self.uptake = metadata.uptake

    def __call__(self, stacked: Volume, spacing_mm: float) -> Volume:  # noqa: ARG002
        """Crop to the brain, pad to what the network divides by, run, and put back.

        The whole brain goes through in one piece: no tiles, no seams.
        """
        device = choose_device()
        logger.info("%s runs on %s", type(self.module).__name__, describe(device))
        box = brain_box(stacked, MARGIN)
        cropped = stacked[(slice(None), *box)]
        multiple = cast(int, self.module.multiple)
        padding = [(0, 0), *((0, -n % multiple) for n in cropped.shape[1:])]
        batch = torch.from_numpy(np.pad(cropped, padding))[None].to(device)
        if device.type == "cpu":
            batch = batch.contiguous(memory_format=torch.channels_last_3d)
        # TF32 and the choice of algorithm by timing would make a GPU's results vary.
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(deterministic=True, benchmark=False, allow_tf32=False),
        ):
            scores = self._placed(device)(batch)[0, self.given].float().cpu().numpy()
        result = np.zeros((len(scores), *stacked.shape[1:]), np.float32)
        inside = (slice(None), *(slice(0, n) for n in cropped.shape[1:]))
        result[(slice(None), *box)] = scores[inside]
        return result

    def _placed(self, device: torch.device) -> nn.Module:
        """Return the network where it runs, ready for it."""
        if device.type != "cpu":
            return self.module.to(device).eval()
        if self._on_cpu is None:
            self._on_cpu = for_cpu(self.module)
        return self._on_cpu


class _Convolution(nn.Module):
    """A convolution by oneDNN, whatever its size.

    torch asks something slower where it holds an image for small: on one thread, a segmenter then
    takes three times as long for a lesion and its surroundings, a seventh longer for a brain.
    """

    def __init__(self, given: nn.Conv3d) -> None:
        super().__init__()
        self.weight, self.bias = given.weight, given.bias
        padding = cast(tuple[int, ...], given.padding)
        self.how = (padding, given.stride, given.dilation, given.groups)

    def forward(self, x: Tensor) -> Tensor:
        """Transform features (batch, inputs, X, Y, Z)."""
        return torch.mkldnn_convolution(x, self.weight, self.bias, *self.how)


def for_cpu(module: nn.Module) -> nn.Module:
    """Return a copy of a network that takes less time on a CPU, and gives the same to rounding.

    Features of a voxel lie side by side, as the CPU's convolutions want them: they need not be
    turned round and back at every layer.
    """
    copied = copy.deepcopy(module).eval()
    copied.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    if not torch.backends.mkldnn.is_available():
        return copied
    for parent in list(copied.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv3d):
                setattr(parent, name, _Convolution(child))
    return copied


def predict(model: Model, images: Mapping[str, Volume], spacing_mm: float) -> Volume:
    """Run a network over one exam.

    What comes out depends on this exam alone. An exam on another grid is resampled to the
    network's and the result back.

    Parameters
    ----------
    model : Model
    images : dict of str to array (X, Y, Z)
        Preprocessed images under the names in ``model.inputs``, RAS, 0 outside the brain; and
        ``brain``, where the network has a scale of its own.
    spacing_mm : float
        Isotropic voxel of these images.

    Returns
    -------
    array (outputs, X, Y, Z) of float32
        A map or T1c in units of the T1's brain median; scores are the network's own, but for edges
        of enhancing tumour (`gadless.networks.uptake`) where the network asks for it. 0 where it
        had nothing to see: far outside the brain.

    Raises
    ------
    DataFault
        If an image cannot be put on the network's scale, or what comes out is not finite or has
        another shape than what went in.
    """
    stacked = np.stack([np.asarray(images[name], np.float32) for name in model.inputs])
    if not stacked.any():
        return np.zeros((max(model.coding, default=0) + 1, *stacked.shape[1:]), np.float32)
    brain = np.asarray(images["brain"] if "brain" in images else stacked.any(axis=0), np.bool_)
    named = list(zip(model.inputs, stacked, strict=True))
    fits = {name: scales.fit(image, brain, model.normalisation, name) for name, image in named}
    output = _on_its_grid(
        model,
        np.stack([scales.scaled(i, brain, model.normalisation, fits[n]) for n, i in named]),
        spacing_mm,
    )
    if isinstance(model, Trained) and model.uptake > 0:
        enhancement = _as_seen(model, images[CONTRAST] - images["t1"], spacing_mm)
        return without_edges(output, enhancement, brain, model.uptake)
    # A network that takes images as they are has no scale of its own, and may do without T1.
    t1 = fits.get("t1", scales.Fit())
    if model.output == "labels" or t1 == scales.Fit():
        return output
    with np.errstate(over="ignore"):
        scaled = output * np.float32(t1.width)
        return finite(scaled + np.float32(t1.low if model.output == "t1c" else 0))


def _on_its_grid(model: Model, stacked: Volume, spacing_mm: float) -> Volume:
    """Resample to the network's grid, where it has one, and the result back."""
    if model.spacing_mm is None or abs(spacing_mm - model.spacing_mm) <= SAME_SPACING:
        return _checked(model(stacked, spacing_mm), stacked)
    seen, ratio = _to_its_grid(model.spacing_mm, stacked, spacing_mm)
    return resample(_checked(model(seen, model.spacing_mm), seen), stacked.shape[1:], 1 / ratio)


def _to_its_grid(wanted_mm: float, stacked: Volume, spacing_mm: float) -> tuple[Volume, float]:
    ratio = wanted_mm / spacing_mm
    grid = tuple(max(1, round(n / ratio)) for n in stacked.shape[1:])
    return resample(stacked, grid, ratio), ratio


def _as_seen(model: Trained, image: Volume, spacing_mm: float) -> Volume:
    """Return an image as fine as the network sees it, on its own grid.

    What a lesion takes up at most rises with finer voxels and their noise, and its size must not.
    """
    if abs(spacing_mm - model.spacing_mm) <= SAME_SPACING:
        return image
    seen, ratio = _to_its_grid(model.spacing_mm, image[None], spacing_mm)
    return resample(seen, image.shape, 1 / ratio)[0]


def _checked(output: Volume, stacked: Volume) -> Volume:
    if output.shape[1:] != stacked.shape[1:]:
        raise DataFault(
            f"the network gave an image of {output.shape[1:]} voxels for one of {stacked.shape[1:]}"
        )
    return finite(output)


def finite(output: Volume) -> Volume:
    """Refuse what a comparison or a maximum would take for background."""
    broken = output.size - np.count_nonzero(np.isfinite(output))
    if broken:
        raise DataFault(
            f"the network gave {broken:,} values that are not finite, of {output.size:,}"
        )
    return output


@contextmanager
def told_of(network: str, manifest: Manifest) -> Iterator[None]:
    """Let a fault within say which network it is of, and the log also at which visit."""
    try:
        yield
    except DataFault as fault:
        said = f"network {network}: {fault}"
        logger.warning("patient %s, visit %s: %s", manifest.patient, manifest.visit, said)
        raise DataFault(said) from fault


def brain_box(stacked: Volume, margin: int) -> tuple[slice, slice, slice]:
    """Smallest box around what is not 0 in any channel, and a margin; empty if all is 0.

    Parameters
    ----------
    stacked : array (channels, X, Y, Z)
    margin : int
        In voxels, cut at the image's border.
    """
    inside = (stacked != 0).any(axis=0)
    sides = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        where = np.flatnonzero(inside.any(axis=others))
        if where.size == 0:
            return slice(0, 0), slice(0, 0), slice(0, 0)
        stop = min(int(where[-1]) + 1 + margin, inside.shape[axis])
        sides.append(slice(max(int(where[0]) - margin, 0), stop))
    return sides[0], sides[1], sides[2]


def resample(stacked: Volume, grid: tuple[int, ...], ratio: float) -> Volume:
    """Resample to a grid that shares the outer corner of the first voxel.

    Linear interpolation when voxels shrink. When they grow, the triangle is as wide as the new
    voxel, so that what is too fine for the new grid is averaged and not aliased.

    Parameters
    ----------
    stacked : array (channels, X, Y, Z)
    grid : tuple of int
        Shape of the new grid.
    ratio : float
        New voxel size over the old one.
    """
    for axis, size in enumerate(grid, start=1):
        weights = _triangles(stacked.shape[axis], size, ratio)
        stacked = np.moveaxis(np.tensordot(weights, stacked, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(stacked, dtype=np.float32)


def _triangles(old: int, new: int, ratio: float) -> Volume:
    """Weights (new, old) of one axis; each row sums to 1."""
    centres = (np.arange(new) + 0.5) * ratio - 0.5
    distance = np.abs(centres[:, None] - np.arange(old)[None, :]) / max(1.0, ratio)
    weights = np.clip(1 - distance, 0, None)
    # Beyond the last old centre the nearest voxel holds.
    empty = weights.sum(axis=1) == 0
    weights[empty, np.clip(np.round(centres[empty]), 0, old - 1).astype(int)] = 1
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
