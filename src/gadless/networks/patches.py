"""Patches to learn from, each a function of seed and step alone.

So a training that was interrupted goes on exactly as if it had not been.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from gadless.networks.cache import Case

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


class Source(Protocol):
    """An exam that can be opened: in memory, or on disk."""

    def open(self) -> Case:
        """Return its images and labels."""


def draw_focus(case: Case, rng: np.random.Generator) -> tuple[int, ...]:
    """Index of the voxel that a patch is centred on: enhancing tumour, any tumour, or brain."""
    enhancing, tumour, brain = case.pools
    pool = brain
    if rng.random() < ON_TUMOUR and tumour.size:
        pool = enhancing if enhancing.size and rng.random() < 0.5 else tumour
    chosen = int(pool[rng.integers(pool.size)])
    return tuple(int(i) for i in np.unravel_index(chosen, case.brain.shape))


class Sampler:
    """Draws the batch of any step.

    Parameters
    ----------
    sources : sequence of Source
    inputs : sequence of str
        What the network sees, in order; ``contrast`` is T1 + subtraction, and is varied as well: a
        segmenter has to cope with contrast of other strength, sharpness and noise.
    patch, batch, seed : int
    cohorts : sequence of (str, float), optional
        Set of exams and weight of each source: a patch is drawn from a set by weight, then from
        its exams alike. Without them, all exams are one set.
    signed : collection of str
        Inputs in units of their own, whose values may be negative.
    share : (int, int)
        Rank and size, where several processes draw a batch together: each its part.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        inputs: Sequence[str],
        patch: int,
        batch: int,
        seed: int,
        cohorts: Sequence[tuple[str, float]] = (),
        signed: Collection[str] = (),
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.sets, self.bounds = _sets(sources, cohorts)
        self.inputs, self.signed = tuple(inputs), frozenset(signed)
        self.patch, self.batch = patch, batch // share[1]
        self._seeds = (seed,) if share[1] == 1 else (seed, share[0])

    def draw(self, step: int) -> Batch:
        """Return the batch of a step; the same for the same seed and step."""
        first, *rest = self._seeds
        rng = np.random.default_rng((first, step, *rest))
        parts = [self._patch(rng) for _ in range(self.batch)]
        images, subtraction, brain, labels = (np.stack(part) for part in zip(*parts, strict=True))
        return Batch(
            torch.from_numpy(images),
            torch.from_numpy(subtraction),
            torch.from_numpy(brain),
            torch.from_numpy(labels),
        )

    def _exam(self, rng: np.random.Generator) -> Case:
        chosen = self.sets[0]
        if len(self.sets) > 1:
            chosen = self.sets[int(np.searchsorted(self.bounds[:-1], rng.random(), side="right"))]
        return chosen[rng.integers(len(chosen))].open()

    def _patch(self, rng: np.random.Generator) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        case = self._exam(rng)
        centre = draw_focus(case, rng)
        jitter = rng.integers(-self.patch // 4, self.patch // 4 + 1, size=3)
        box = []
        for middle, move, size in zip(centre, jitter, case.brain.shape, strict=True):
            last = max(size - self.patch, 0)
            start = min(max(middle + int(move) - self.patch // 2, 0), last)
            box.append(slice(start, start + self.patch))
        images = self._cut(case.images, box).astype(np.float32)
        brain, labels = self._cut(case.brain, box), self._cut(case.labels, box)
        if rng.random() < 0.5:
            images, brain, labels = images[:, ::-1], brain[::-1], labels[::-1]
        plain = {name: images[channel] for channel, name in enumerate(case.names)}
        subtraction = plain.pop("subtraction")
        tied: tuple[str, ...] = ()
        if "contrast" in self.inputs:
            plain["contrast"] = plain["t1"] + vary_contrast(subtraction, brain, rng)
            tied = ("t1", "contrast")
        varied = vary_intensity(plain, rng, tied, self.signed)
        return (
            np.stack([varied[name] for name in self.inputs]),
            subtraction[None].copy(),
            brain[None].astype(np.float32),
            labels.astype(np.int64),
        )

    def _cut(self, values: NDArray, box: list[slice]) -> NDArray:
        """Cut the patch out; an exam that is smaller is padded at its far side."""
        whole: list[slice] = [slice(None)] * (values.ndim - 3)
        cut = values[tuple(whole + box)]
        padding = [(0, self.patch - size) for size in cut.shape[-3:]]
        return np.pad(cut, [*[(0, 0)] * (cut.ndim - 3), *padding])


def _sets(
    sources: Sequence[Source], cohorts: Sequence[tuple[str, float]]
) -> tuple[list[list[Source]], NDArray[np.float64]]:
    """Exams by set, in order of the sets' names, and the upper bound of each set's share."""
    if not cohorts:
        return [list(sources)], np.ones(1)
    weights = dict(cohorts)
    names = sorted(weights)
    sets = [
        [source for source, (name, _) in zip(sources, cohorts, strict=True) if name == wanted]
        for wanted in names
    ]
    shares = np.array([weights[name] for name in names])
    return sets, np.cumsum(shares) / shares.sum()


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
    tied: Collection[str] = (),
    signed: Collection[str] = (),
) -> dict[str, NDArray[np.float32]]:
    """Give each image a gain and a gamma of its own; background stays 0 and the median near 1.

    Parameters
    ----------
    images : dict of str to array
    rng : Generator
    tied : collection of str
        Images that share one gain and gamma, because their difference has a meaning.
    signed : collection of str
        Images that may be negative: these get a gain alone.
    """
    shared = (rng.uniform(*GAIN), rng.uniform(*GAMMA))
    varied = {}
    for name, image in images.items():
        gain, gamma = shared if name in tied else (rng.uniform(*GAIN), rng.uniform(*GAMMA))
        bent = image if name in signed else np.maximum(image, 0) ** gamma
        varied[name] = (gain * bent).astype(np.float32)
    return varied
