"""What is followed of one patient on one contrast, and what is said of a visit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gadless.response.assessment import Assessment, Track, Visit
from gadless.response.rules import Rule

Change = Callable[[Track, float, Mapping[str, float] | None], Track]


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of progression: the rule, and the measure and value that show it."""

    rule: Rule
    track: Track
    value: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The response of one visit, with the rule and the measure that decided."""

    response: str
    rule: str
    track: Track | None
    value: float | None

    def remarked(self, remark: str) -> "Verdict":
        """Return the verdict with a remark more; none if it is empty."""
        return replace(self, rule=f"{self.rule}; {remark}") if remark else self


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit, what it shows, and its verdict."""

    visit: Visit
    assessment: Assessment
    verdict: Verdict

    @property
    def response(self) -> str:
        """Its category."""
        return self.verdict.response


@dataclass(frozen=True, slots=True)
class Tracks:
    """All measures of one patient on one contrast, followed from baseline."""

    enhancing: Track
    nonenhancing: Track | None
    abnormality: Track | None
    baseline: Visit
    measurable: bool
    empty: bool
    nonenhancing_empty: bool

    def followed(self, assessment: Assessment, visit: str) -> "Tracks":
        """Return the tracks with an evaluable visit more, which has been judged before."""
        return self._each(
            assessment, lambda track, value, parts: track.followed(value, visit, parts)
        )

    def anew(self, assessment: Assessment, visit: str) -> "Tracks":
        """Return the tracks with each nadir counted anew from a visit; baselines stay."""
        return self._each(assessment, lambda track, value, parts: track.anew(value, visit, parts))

    def _each(self, shown: Assessment, change: Change) -> "Tracks":
        def moved(track: Track | None, value: float | None) -> Track | None:
            return track if track is None or value is None else change(track, value, None)

        main = self.enhancing
        if shown.value is not None:
            main = change(main, shown.value, shown.parts)
        second = moved(self.nonenhancing, shown.nonenhancing)
        third = moved(self.abnormality, shown.abnormality)
        if main is self.enhancing and second is self.nonenhancing and third is self.abnormality:
            return self
        return replace(self, enhancing=main, nonenhancing=second, abnormality=third)
