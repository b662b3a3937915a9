"""Patches to learn from, each a function of seed and step alone.

So a training that was interrupted goes on exactly as if it had not been.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from gadless.networks import generator, segmenter
from gadless.networks.dataset import CHANNELS, Case

# Share of patches that are centred on tumour, half of these on enhancing tumour (if there is any).
ON_TUMOUR = 0.7

# A tumour enhances more or less with dose, delay and field strength; scanners differ in contrast.
DOSE = (0.6, 1.4)
GAIN = (0.85, 1.15)
GAMMA = (0.75, 1.35)
NOISE = 0.06
BLUR_VOXELS = 0.9


@dataclass(frozen=True)
class Batch:
    """Patches of one step, all (batch, channels, patch, patch, patch); labels without channels."""

    images: Tensor
    subtraction: Tensor
    brain: Tensor
    labels: Tensor


class Foci:
    """Where the patches of one case may be centred."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def _pools(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        labels = self.case.labels
        return (
            np.flatnonzero(labels == 1),
            np.flatnonzero(labels > 0),
            np.flatnonzero(self.case.brain),
        )

    def draw(self, rng: np.random.Generator) -> tuple[int, ...]:
        """Index of a voxel: enhancing tumour, any tumour, or brain."""
        enhancing, tumour, brain = self._pools
        pool = brain
        if rng.random() < ON_TUMOUR and tumour.size:
            pool = enhancing if enhancing.size and rng.random() < 0.5 else tumour
        chosen = int(pool[rng.integers(pool.size)])
        return tuple(int(i) for i in np.unravel_index(chosen, self.case.brain.shape))


class Sampler:
    """Draws the batch of any step.

    Parameters
    ----------
    cases : sequence of Case
    patch, batch, seed : int
    segmenting : bool
        Whether the contrast channel is varied as well: a segmenter has to cope with contrast of
        other strength, sharpness and noise, while for a generator it is the truth.
    """

    def __init__(
        self, cases: Sequence[Case], patch: int, batch: int, seed: int, segmenting: bool
    ) -> None:
        self.foci = [Foci(case) for case in cases]
        self.patch, self.batch, self.seed = patch, batch, seed
        self.segmenting = segmenting

    def draw(self, step: int) -> Batch:
        """Return the batch of a step; the same for the same seed and step."""
        rng = np.random.default_rng((self.seed, step))
        parts = [self._patch(rng) for _ in range(self.batch)]
        images, subtraction, brain, labels = (np.stack(part) for part in zip(*parts, strict=True))
        return Batch(
            torch.from_numpy(images),
            torch.from_numpy(subtraction),
            torch.from_numpy(brain),
            torch.from_numpy(labels),
        )

    def _patch(self, rng: np.random.Generator) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        foci = self.foci[rng.integers(len(self.foci))]
        case, centre = foci.case, foci.draw(rng)
        jitter = rng.integers(-self.patch // 4, self.patch // 4 + 1, size=3)
        box = [slice(None)]
        for middle, move, size in zip(centre, jitter, case.brain.shape, strict=True):
            start = min(max(middle + int(move) - self.patch // 2, 0), size - self.patch)
            box.append(slice(start, start + self.patch))
        images = case.images[tuple(box)].astype(np.float32)
        brain, labels = case.brain[tuple(box[1:])], case.labels[tuple(box[1:])]
        if rng.random() < 0.5:
            images, brain, labels = images[:, ::-1], brain[::-1], labels[::-1]
        plain = {name: images[channel] for channel, name in enumerate(CHANNELS)}
        subtraction = plain.pop("subtraction")
        order: tuple[str, ...]
        if self.segmenting:
            plain["contrast"] = plain["t1"] + vary_contrast(subtraction, brain, rng)
            varied = vary_intensity(plain, rng, tied=("t1", "contrast"))
            order = segmenter.INPUTS
        else:
            varied = vary_intensity(plain, rng)
            order = generator.INPUTS
        return (
            np.stack([varied[name] for name in order]),
            subtraction[None].copy(),
            brain[None].astype(np.float32),
            labels.astype(np.int64),
        )


def vary_contrast(
    subtraction: NDArray[np.float32], brain: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Give a subtraction map another dose, half the time blur, and half the time noise."""
    varied = subtraction * rng.uniform(*DOSE)
    if rng.random() < 0.5:
        varied = ndimage.gaussian_filter(varied, rng.uniform(0, BLUR_VOXELS), truncate=3)
    if rng.random() < 0.5:
        varied = varied + rng.normal(0, rng.uniform(0, NOISE), varied.shape)
    return (varied * brain).astype(np.float32)


def vary_intensity(
    images: dict[str, NDArray[np.float32]],
    rng: np.random.Generator,
    tied: tuple[str, ...] = (),
) -> dict[str, NDArray[np.float32]]:
    """Give each image a gain and a gamma of its own; background stays 0 and the median near 1.

    Parameters
    ----------
    images : dict of str to array
    rng : Generator
    tied : tuple of str
        Images that share one gain and gamma, because their difference has a meaning.
    """
    shared = (rng.uniform(*GAIN), rng.uniform(*GAMMA))
    varied = {}
    for name, image in images.items():
        gain, gamma = shared if name in tied else (rng.uniform(*GAIN), rng.uniform(*GAMMA))
        varied[name] = (gain * np.maximum(image, 0) ** gamma).astype(np.float32)
    return varied
