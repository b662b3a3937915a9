"""Patches to learn from, each a function of seed and step alone.

So a training that was interrupted goes on exactly as if it had not been.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gadless.networks import augment
from gadless.networks.cache import Case

# Share of patches that are centred on tumour, half of these on enhancing tumour (if there is any).
ON_TUMOUR = 0.7


@dataclass(frozen=True)
class Batch:
    """Patches of one step, all (batch, channels, patch, patch, patch); labels without channels.

    `exams` says whose they are, for messages.
    """

    images: Tensor
    subtraction: Tensor
    brain: Tensor
    labels: Tensor
    exams: tuple[str, ...] = ()


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
        parts, exams = [], []
        for _ in range(self.batch):
            case = self._exam(rng)
            parts.append(self._patch(case, rng))
            exams.append(f"patient {case.patient}, visit {case.visit}")
        images, subtraction, brain, labels = (np.stack(part) for part in zip(*parts, strict=True))
        return Batch(
            torch.from_numpy(images),
            torch.from_numpy(subtraction),
            torch.from_numpy(brain),
            torch.from_numpy(labels),
            tuple(exams),
        )

    def _exam(self, rng: np.random.Generator) -> Case:
        chosen = self.sets[0]
        if len(self.sets) > 1:
            chosen = self.sets[int(np.searchsorted(self.bounds[:-1], rng.random(), side="right"))]
        return chosen[rng.integers(len(chosen))].open()

    def _patch(
        self, case: Case, rng: np.random.Generator
    ) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        centre = draw_focus(case, rng)
        jitter = rng.integers(-self.patch // 4, self.patch // 4 + 1, size=3)
        view = augment.draw_view(rng)
        images, brain, labels = augment.cut(
            case.images, case.brain, case.labels, np.add(centre, jitter), self.patch, view
        )
        if rng.random() < 0.5:
            images, brain, labels = images[:, ::-1], brain[::-1], labels[::-1]
        if rng.random() < augment.CUT_OFF:
            keep = augment.draw_half(brain.shape, rng)
            images, brain, labels = images * keep, brain & keep, labels * keep
        plain = {name: images[channel] for channel, name in enumerate(case.names)}
        subtraction = plain.pop("subtraction")
        tied: tuple[str, ...] = ()
        if "contrast" in self.inputs:
            plain["contrast"] = plain["t1"] + augment.vary_contrast(subtraction, brain, rng)
            tied = ("t1", "contrast")
        varied = augment.vary_intensity(plain, rng, tied, self.signed)
        spoilt = augment.spoil(varied, brain, rng)
        return (
            np.stack([spoilt[name] for name in self.inputs]),
            subtraction[None].copy(),
            brain[None].astype(np.float32),
            labels.astype(np.int64),
        )


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
