"""What is saved and what it costs, threshold by threshold and patient by patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadless.statistics.comparisons.sparing.mixing import Mix, Mixer
from gadless.statistics.comparisons.sparing.trial import Followed
from gadless.statistics.estimators.bootstrap import Floats

FULL = -1.0
"""A threshold that every exam exceeds: the trial under full contrast."""
THRESHOLDS = (
    *(FULL, 0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15),
    *(0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
"""From contrast for all to contrast for nobody: no doubt exceeds 1."""
COURSES = 1000
"""Patients' courses at random, the trial's own over and over: with few patients one order of their
exams would say little."""
Given = Sequence[Sequence[frozenset[str]]]
"""Visits that are given contrast: of each patient, at each threshold."""


@dataclass(frozen=True)
class Curve:
    """Patients by thresholds; of the random order, means over several orders.

    Attributes
    ----------
    exams : array (patients,)
        Exams under full contrast.
    spared : array (patients, thresholds)
        How many of them are spared.
    compared, unlike : array (patients, thresholds)
        Whether the patient is compared with full contrast, and progresses otherwise.
    """

    exams: Floats
    spared: Floats
    compared: Floats
    unlike: Floats

    def discordance(self, weights: Floats, at: int) -> Floats:
        """Share of the compared patients who progress otherwise at one threshold; (weights,)."""
        return _ratio(weights @ self.unlike[:, at], weights @ self.compared[:, at])

    def exams_spared(self, weights: Floats, at: int) -> Floats:
        """Share of the exams that are spared at one threshold; (weights,)."""
        return _ratio(weights @ self.spared[:, at], weights @ self.exams)

    def at(self, thresholds: NDArray[np.intp]) -> "Curve":
        """Return the curve's one point in which each patient has a threshold of his own."""
        own = thresholds[:, None]
        parts = (np.take_along_axis(part, own, 1) for part in self._parts)
        return Curve(self.exams, *parts)

    @property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        return self.spared, self.compared, self.unlike


def _ratio(count: Floats, of: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(count / of)


def by_doubt(patients: Sequence[Followed], *, keep_baseline: bool) -> Given:
    """Give contrast where the doubt exceeds the threshold, and at the baseline if it is kept."""
    return [
        [
            frozenset(
                exam.visit
                for exam in one.exams
                if exam.doubt > threshold or (keep_baseline and exam.visit == one.baseline)
            )
            for threshold in THRESHOLDS
        ]
        for one in patients
    ]


def at_random(
    patients: Sequence[Followed], given: Given, rng: np.random.Generator, *, keep_baseline: bool
) -> Given:
    """Give as many exams of the trial contrast as `given` does, at random."""
    order = [
        [
            -1.0 if keep_baseline and exam.visit == one.baseline else rng.random()
            for exam in one.exams
        ]
        for one in patients
    ]
    ranks = np.sort([
        rank
        for one, own in zip(patients, order, strict=True)
        for exam, rank in zip(one.exams, own, strict=True)
        if exam.counted
    ])  # fmt: skip
    limits = [
        _limit(ranks, sum(_counted(one, own[at]) for one, own in zip(patients, given, strict=True)))
        for at in range(len(THRESHOLDS))
    ]
    return [
        [
            frozenset(
                exam.visit for exam, rank in zip(one.exams, own, strict=True) if rank <= limit
            )
            for limit in limits
        ]
        for one, own in zip(patients, order, strict=True)
    ]


def _limit(ranks: Floats, how_many: int) -> float:
    """Rank of the last exam that is given contrast: of all, of none, or of so many."""
    if how_many == len(ranks):
        return 1.0
    return float(ranks[how_many - 1]) if how_many else -2.0


def _counted(one: Followed, given: frozenset[str]) -> int:
    return sum(exam.counted and exam.visit in given for exam in one.exams)


def follow(mixer: Mixer, patients: Mapping[str, Followed], orders: Sequence[Given]) -> list[Curve]:
    """Follow every patient at every threshold, each different series once.

    Parameters
    ----------
    mixer : Mixer
    patients : mapping of str to Followed
    orders : sequence of Given
        Ways of giving contrast.
    """
    series: dict[Mix, int] = {}
    places = np.array([
        [
            [series.setdefault((name, visits), len(series)) for visits in own]
            for name, own in zip(patients, given, strict=True)
        ]
        for given in orders
    ])  # fmt: skip
    compared, unlike = mixer.compare(list(series))
    exams = np.array([sum(exam.counted for exam in one.exams) for one in patients.values()])
    made = np.array([_counted(patients[name], visits) for name, visits in series])
    return [
        Curve(
            exams.astype(float),
            (exams[:, None] - made[at]).astype(float),
            compared[at].astype(float),
            unlike[at].astype(float),
        )
        for at in places
    ]


def mean(curves: Sequence[Curve]) -> Curve:
    """Average curves of the same patients."""
    parts = (np.mean(part, axis=0) for part in zip(*(one._parts for one in curves), strict=True))
    return Curve(curves[0].exams, *parts)
