"""Sums over targets and new lesions from the table of lesions, by a criteria set's own targets."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gadless.response.assessment import Assessment
from gadless.response.completed import CompletedCriteria
from gadless.response.exact import exact_sum, has_grown, has_risen
from gadless.response.lesions import Lesion, Size

Name = tuple[bool, str]


class LesionHistory:
    """The lesions of one patient on one contrast from baseline on.

    Targets are chosen at baseline, the largest first, and followed whatever becomes of them.

    Parameters
    ----------
    visits : sequence of list of Lesion
        Lesions of each visit in order of days; empty where nothing was seen.
    baseline : int
        Position of the baseline visit.
    """

    def __init__(self, visits: Sequence[list[Lesion]], baseline: int) -> None:
        self._visits = visits
        self._start = baseline
        # An earlier scan never counts: what is new is new against the baseline alone.
        self._known = {_name(lesion) for lesion in visits[baseline]}
        earlier = {_name(lesion) for visit in visits[:baseline] for lesion in visit}
        # A lesion that first appeared after baseline, and was then called new, stays new.
        self._new: list[set[Name]] = []
        called: set[Name] = set()
        for position, visit in enumerate(visits):
            if position > baseline:
                # The table calls new what the first visit lacks; what was seen before baseline
                # it cannot call new, and a measurable size must do.
                called = called | {
                    _name(lesion)
                    for lesion in visit
                    if lesion.new or (lesion.measurable and _name(lesion) in earlier)
                }
            self._new.append(called - self._known)

    def targets(
        self,
        position: int,
        enhancing: bool,
        targets: int | None,
        add_new: bool,
        measurable_only: bool = True,
        size: Size = "product",
    ) -> dict[str, float]:
        """Size of each target of one compartment at one visit, by name.

        Parameters
        ----------
        position : int
            Which visit.
        enhancing : bool
            Enhancing or non-enhancing lesions.
        targets : int or None
            Targets at most; None takes all lesions.
        add_new : bool
            Whether measurable lesions that appeared since baseline are added.
        measurable_only : bool
            Whether a target must be measurable at baseline.
        size : str
            Product of diameters (mm2) or longest diameter (mm).
        """
        candidates = sorted(
            (x for x in self._at_baseline(enhancing) if x.measurable >= measurable_only),
            key=lambda lesion: (-getattr(lesion, size), lesion.lesion),
        )
        chosen = {lesion.lesion for lesion in candidates[:targets]}

        def counts(lesion: Lesion) -> bool:
            if lesion.enhancing != enhancing:
                return False
            # A target that has merged with another lesion is measured as a part of it.
            if lesion.lesion in chosen or chosen & lesion.merged:
                return True
            return add_new and lesion.measurable and _name(lesion) not in self._known

        return {x.lesion: getattr(x, size) for x in self._visits[position] if counts(x)}

    def nonmeasurable_growth(
        self,
        position: int,
        enhancing: bool,
        growth: Decimal,
        evaluable: Sequence[bool],
        size: Size = "product",
        least: Decimal | None = None,
    ) -> bool:
        """Whether a lesion too small to measure at baseline is measurable now, and has grown.

        Parameters
        ----------
        position : int
            Which visit.
        enhancing : bool
            Enhancing or non-enhancing lesions.
        growth : Decimal
            Share by which its size must exceed its smallest since baseline.
        evaluable : sequence of bool
            Which visits count for the smallest size.
        size : str
            What its size is.
        least : Decimal, optional
            How much it must have grown besides, in the unit of its size.
        """

        def grown(lesion: Lesion) -> bool:
            now = getattr(lesion, size)
            before = self._smallest(lesion, position, evaluable, size)
            return has_grown(now, before, growth) and (
                least is None or has_risen(now, before, least)
            )

        small = {x.lesion for x in self._at_baseline(enhancing) if not x.measurable}
        return any(
            x.enhancing == enhancing
            and x.measurable
            and x.lesion in small
            # What has taken in another has not grown by that.
            and not x.merged
            and grown(x)
            for x in (self._visits[position] if position > self._start else ())
        )

    def _at_baseline(self, enhancing: bool) -> list[Lesion]:
        """Lesions of one compartment at baseline."""
        return [x for x in self._visits[self._start] if x.enhancing == enhancing]

    def _smallest(
        self, lesion: Lesion, position: int, evaluable: Sequence[bool], size: Size
    ) -> float:
        """Smallest size of a lesion from baseline to the visit before, 0 where it was gone."""
        found = []
        for visit in (self._visits[p] for p in range(self._start, position) if evaluable[p]):
            own = [x for x in visit if x.enhancing == lesion.enhancing]
            # What another lesion has taken in is not gone; its own size is not known.
            if not any(lesion.lesion in x.merged for x in own):
                found.append(exact_sum(getattr(x, size) for x in own if x.lesion == lesion.lesion))
        return min(found, default=getattr(lesion, size))

    def has_new(self, position: int, measurable_only: bool, compartments: Sequence[bool]) -> bool:
        """Whether a lesion that appeared since baseline is seen at a visit.

        Parameters
        ----------
        position : int
            Which visit.
        measurable_only : bool
            Whether only a measurable one counts.
        compartments : sequence of bool
            True for enhancing lesions, False for non-enhancing ones, both for either.
        """
        return any(
            lesion.enhancing in compartments
            and _name(lesion) in self._new[position]
            and lesion.measurable >= measurable_only
            for lesion in self._visits[position]
        )

    def count(self, position: int, enhancing: bool) -> int:
        """How many lesions of a compartment are seen at a visit."""
        return sum(lesion.enhancing == enhancing for lesion in self._visits[position])

    def has_measurable(self, position: int) -> bool:
        """Whether a measurable enhancing lesion is seen at a visit."""
        return any(x.enhancing and x.measurable for x in self._visits[position])


def with_new_lesions(
    shown: Assessment, history: LesionHistory, position: int, judge: CompletedCriteria
) -> Assessment:
    """Add whether a visit shows a new lesion of the kind that a criteria set calls progression."""
    compartments = (True, False) if judge.mixed else (True,)
    only = judge.criteria.new_lesions == "measurable"
    return replace(shown, new_lesion=history.has_new(position, only, compartments))


def with_lesions(
    shown: Assessment,
    history: LesionHistory,
    position: int,
    judge: CompletedCriteria,
    evaluable: Sequence[bool],
) -> Assessment:
    """Add what the lesions of a visit say under a criteria set that compares sums over targets."""
    criteria = judge.criteria
    added, size = criteria.new_lesions == "added", judge.measure.lesion
    if size is None:
        raise ValueError(f"{criteria.measure} is no sum over targets")

    def sizes(enhancing: bool, targets: int | None) -> dict[str, float]:
        only = criteria.measurable_only
        return history.targets(position, enhancing, targets, added, only, size)

    def grown(enhancing: bool) -> bool:
        asked = criteria.nonmeasurable_progression and (enhancing or judge.mixed)
        growth = judge.growth if enhancing else criteria.growth
        return asked and history.nonmeasurable_growth(
            position, enhancing, growth, evaluable, size, criteria.least_growth
        )

    parts = sizes(True, criteria.targets)
    others = sizes(False, criteria.nonenhancing_targets) if judge.mixed else None
    return replace(
        shown,
        value=exact_sum(parts.values()),
        parts=None if criteria.least_growth is None else parts,
        nonenhancing=None if others is None else exact_sum(others.values()),
        enhancing_lesions=history.count(position, True),
        nonenhancing_lesions=history.count(position, False) if judge.mixed else None,
        measurable=history.has_measurable(position),
        small_growth=grown(True),
        small_nonenhancing_growth=grown(False),
    )


def _name(lesion: Lesion) -> Name:
    return lesion.enhancing, lesion.lesion
