"""Whole exams through a network that takes one size, another orientation, or gives regions."""

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gadless.errors import InputError
from gadless.networks.contract import Contract
from gadless.networks.inference import MARGIN, brain_box, finite
from gadless.networks.model import Volume
from gadless.nifti import nibabel

Run = Callable[[Volume], NDArray]
"""One block of images (channels, X, Y, Z) to what comes out (outputs, X, Y, Z)."""

# Patches overlap by half and weigh as a Gaussian of an eighth of their edge, so that seams fade
# (nnU-Net: Isensee et al., Nat Methods 2021;18:203).
OVERLAP, SIGMA = 0.5, 0.125


class Blocks:
    """A network that maps blocks of images, as the stages need it.

    Parameters
    ----------
    contract : Contract
    run : callable
    where : str
        What names the network in a message.
    """

    def __init__(self, contract: Contract, run: Run, where: str) -> None:
        self.contract, self.run, self.where = contract, run, where
        self.inputs, self.spacing_mm = contract.inputs, contract.spacing_mm
        self.normalisation, self.output = contract.normalisation, contract.output
        self.coding = contract.coding

    def __call__(self, stacked: Volume, spacing_mm: float) -> Volume:  # noqa: ARG002
        """Turn to the network's axes, run over the brain, and turn back."""
        seen = turned(stacked, "RAS", self.contract.orientation)
        box = (slice(None), *brain_box(seen, MARGIN))
        output = self._patched(seen[box]) if self.contract.patch else self._whole(seen[box])
        result = np.zeros((len(output), *seen.shape[1:]), np.float32)
        result[box] = output
        if self.contract.regions:
            # Of a region nothing is left but where it is, so it is asked now.
            result = painted(finite(result), self.contract.regions, self.where)
        return turned(result, self.contract.orientation, "RAS")

    def _whole(self, block: Volume) -> Volume:
        padding = [(0, 0), *((0, -n % self.contract.multiple) for n in block.shape[1:])]
        output = self._scores(np.pad(block, padding))
        return output[(slice(None), *(slice(0, n) for n in block.shape[1:]))]

    def _patched(self, block: Volume) -> Volume:
        edges = self.contract.patch
        assert edges is not None
        padding = [
            (0, 0),
            *((0, max(e - n, 0)) for e, n in zip(edges, block.shape[1:], strict=True)),
        ]
        padded = np.pad(block, padding)
        weight = gaussian(edges)
        total = np.zeros(padded.shape[1:], np.float32)
        mixed: Volume | None = None
        for corner in product(
            *(starts(n, e) for n, e in zip(padded.shape[1:], edges, strict=True))
        ):
            place = tuple(slice(s, s + e) for s, e in zip(corner, edges, strict=True))
            output = self._scores(np.ascontiguousarray(padded[(slice(None), *place)]))
            if mixed is None:
                mixed = np.zeros((len(output), *padded.shape[1:]), np.float32)
            mixed[(slice(None), *place)] += output * weight
            total[place] += weight
        assert mixed is not None
        return (mixed / total)[(slice(None), *(slice(0, n) for n in block.shape[1:]))]

    def _scores(self, block: Volume) -> Volume:
        """Run on one block; labels become one score each."""
        output = self.run(block)
        if output.ndim != 4 or output.shape[1:] != block.shape[1:]:
            raise InputError(
                f"{self.where}: gave {output.shape} for images of {block.shape}; outputs of the "
                "same X, Y, Z are needed"
            )
        if self.output != "labels":
            if len(output) != 1:
                raise InputError(
                    f"{self.where}: gave {len(output)} channels, but a {self.output} is one"
                )
        elif np.issubdtype(output.dtype, np.integer) and len(output) == 1:
            return one_hot(output[0], max(self.coding))
        elif self.contract.regions:
            if len(output) != len(self.contract.regions):
                raise InputError(
                    f"{self.where}: gave {len(output)} channels, but `regions` names "
                    f"{len(self.contract.regions)}"
                )
        elif not 2 <= len(output) <= max(self.coding) + 1:
            raise InputError(
                f"{self.where}: gave {len(output)} channels, but `labels_of` knows the labels "
                f"{sorted(self.coding)}; name its `regions`, if they are no scores of labels"
            )
        return output.astype(np.float32, copy=False)


def turned(stacked: Volume, from_axes: str, to_axes: str) -> Volume:
    """Turn arrays (channels, X, Y, Z) so that their axes point elsewhere: ``RAS`` to ``LPS``."""
    codes = [nibabel.orientations.axcodes2ornt(tuple(axes)) for axes in (from_axes, to_axes)]
    change = nibabel.orientations.ornt_transform(*codes)
    turn = [nibabel.orientations.apply_orientation(image, change) for image in stacked]
    return np.ascontiguousarray(turn, dtype=np.float32)


def painted(outputs: Volume, regions: Mapping[int, int], where: str) -> Volume:
    """Paint regions over each other, and return one score a label.

    Outputs that leave 0 to 1 anywhere are logits, and a region is where they are positive; else
    they are probabilities, and it is where they are above one half.
    """
    cut = 0.0 if outputs.min() < 0 or outputs.max() > 1 else 0.5
    labels = np.zeros(outputs.shape[1:], np.uint8)
    for channel, label in regions.items():
        if channel >= len(outputs):
            raise InputError(f"{where}: gives no channel {channel}, which `regions` names")
        labels[outputs[channel] > cut] = label
    return one_hot(labels, max(regions.values()))


def one_hot(labels: NDArray, highest: int) -> Volume:
    """Return labels (X, Y, Z) as one channel a label, from 0 to the highest that can be."""
    return np.stack([labels == n for n in range(max(highest, int(labels.max())) + 1)]).astype(
        np.float32
    )


def gaussian(edges: tuple[int, ...]) -> Volume:
    """Weights of a patch, 1 in the middle and never 0."""
    axes = [np.arange(n) - (n - 1) / 2 for n in edges]
    lines = [np.exp(-0.5 * (axis / (SIGMA * n)) ** 2) for axis, n in zip(axes, edges, strict=True)]
    weights = np.einsum("i,j,k->ijk", *lines)
    return np.maximum(weights, 1e-4).astype(np.float32)


def starts(length: int, edge: int) -> list[int]:
    """Return where patches begin along one axis: evenly, half an edge apart or less."""
    last = length - edge
    count = 1 + int(np.ceil(last / (edge * (1 - OVERLAP))))
    return [round(last * i / max(count - 1, 1)) for i in range(count)]
