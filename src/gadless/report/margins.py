"""The verdict as a picture: every comparison's interval on one scale, its margin's."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from gadless.report import words
from gadless.report.comparisons import beside, comparison
from gadless.report.results import Results
from gadless.vocabulary.equivalence import EQUIVALENCE, EQUIVALENCE_MARGIN
from gadless.vocabulary.names import COMMON, UNDECIDED
from gadless.vocabulary.records import RATIO

REACH = 2.2
"""Half the width of the picture, in margins; what lies beyond ends in an arrow."""


@dataclass(frozen=True)
class Bar:
    """One comparison in the picture.

    Attributes
    ----------
    label, estimate, interval, margin, outcome : str
        As they are printed beside it.
    low, middle, high : float or None
        Ends of the interval and the estimate, in margins: 0 is no difference, and what is
        tolerated lies between -1 (0 where one side alone is judged) and 1. None: not estimable.
    one_sided : bool
    """

    label: str
    estimate: str
    interval: str
    margin: str
    outcome: str
    low: float | None
    middle: float | None
    high: float | None
    one_sided: bool

    @property
    def drawn(self) -> bool:
        """Whether there is an estimate to draw."""
        return self.middle is not None

    def x(self, place: float) -> float:
        """Place of a value in percent of the picture's width; beyond it, its edge."""
        held = min(max(place, -REACH), REACH)
        return round(50 + 50 * held / REACH, 2)

    @property
    def beyond(self) -> tuple[bool, bool]:
        """Whether the interval goes on beyond the picture, to the left and to the right."""
        low, high = self.low, self.high
        return (low is not None and low < -REACH), (high is not None and high > REACH)


def picture(results: Results) -> list[tuple[str, list[Bar | None]]]:
    """Return the comparisons that decide, each with its bar on every candidate."""
    candidates = results.config.candidates
    found: dict[str, list[Bar | None]] = {}
    for place, candidate in enumerate(candidates):
        where = {"analysis": EQUIVALENCE, "analysis_set": COMMON, "candidate": candidate}
        for _, row in results.select("agreement", **where).iterrows():
            bar = _bar(results, row)
            found.setdefault(bar.label, [None] * len(candidates))[place] = bar
    return [(_short(label, found), cells) for label, cells in found.items()]


def _short(label: str, labels: Iterable[str]) -> str:
    """Name an arm alone where it stands below the comparison of all patients."""
    whole, _, arm = label.removesuffix(")").partition(" (")
    return f"{words.DASH} {arm}" if arm and whole in labels else label


def _bar(results: Results, row: pd.Series) -> Bar:
    margin = beside(results, EQUIVALENCE_MARGIN, row)
    printed = comparison(results, row)
    scale = None if margin is None else Scale.of(row, margin)
    ends = (row["lower"], row["estimate"], row["upper"])
    low, middle, high = (
        None if scale is None or words.missing(end) else scale.place(float(end)) for end in ends
    )
    if scale is not None and scale.reversed:
        low, high = high, low
    return Bar(
        printed.label,
        printed.estimate,
        printed.interval,
        printed.margin,
        printed.outcome or UNDECIDED,
        low,
        middle,
        high,
        one_sided=scale is not None and scale.one_sided,
    )


@dataclass(frozen=True)
class Scale:
    """Values of one term in margins: on the log scale for ratios, from the best for shares.

    Attributes
    ----------
    lower, upper : float
        What is tolerated; of a share that must reach a limit, `lower` is the limit and `upper` 1.
    log, one_sided, reversed : bool
    """

    lower: float
    upper: float
    log: bool = False
    one_sided: bool = False
    reversed: bool = False

    @classmethod
    def of(cls, row: pd.Series, margin: pd.Series) -> "Scale | None":
        """Return the scale of a comparison; None where no limit is known."""
        low, high = (
            None if words.missing(margin[end]) else float(margin[end]) for end in ("lower", "upper")
        )
        if words.record(row).unit == RATIO and low and high:
            return cls(math.log(low), math.log(high), log=True)
        if low is not None and high is None:
            return cls(low, 1.0, one_sided=True, reversed=True)
        if high is not None and (low is None or low >= 0):
            return cls(0.0, high, one_sided=True)
        return None if low is None or high is None else cls(low, high)

    def place(self, value: float) -> float:
        """Return a value in margins."""
        if self.reversed:
            short, tolerated = self.upper - value, self.upper - self.lower
            return short / tolerated if tolerated else math.inf if short > 0 else 0.0
        if self.log:
            value = math.log(value) if value > 0 else -math.inf
        limit = self.upper if value >= 0 or self.one_sided else -self.lower
        if not limit:  # nothing is tolerated on this side
            return math.copysign(math.inf, value) if value else 0.0
        return value / limit
