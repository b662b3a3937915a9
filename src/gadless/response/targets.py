"""Sums of products and new lesions from the table of lesions, by a criteria set's own targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from gadless.errors import InputError
from gadless.response.assessment import Assessment
from gadless.response.exact import exact_sum, has_grown
from gadless.response.judge import Judge

Key = tuple[str, str, str]
Name = tuple[bool, str]
COMPARTMENTS = ("enhancing", "nonenhancing")


@dataclass(frozen=True, slots=True)
class Lesion:
    """One tracked lesion at one visit on one contrast; `merged` names others that it took in."""

    lesion: str
    enhancing: bool
    product: float
    measurable: bool
    new: bool
    merged: frozenset[str] = frozenset()

    def joined(self, piece: "Lesion") -> "Lesion":
        """Add a further piece of the same lesion."""
        return Lesion(
            self.lesion,
            self.enhancing,
            exact_sum([self.product, piece.product]),
            self.measurable or piece.measurable,
            self.new or piece.new,
            self.merged | piece.merged,
        )


def lesions_by_visit(lesions: pd.DataFrame) -> dict[Key, list[Lesion]]:
    """Group ``lesions.tsv`` by patient, contrast and visit.

    A lesion that has split stands there with a row a piece: its products are added, and it is
    measurable if a piece is.

    Raises
    ------
    InputError
        For an unknown compartment, a product that cannot be or a flag that is missing.
    """
    grouped: dict[Key, dict[tuple[str, str], Lesion]] = {}
    columns = ("patient", "contrast", "visit", "lesion", "compartment", "product_mm2")
    flags = (lesions["measurable"], lesions["new"])
    # Names joined by a plus sign; a table without the column tells of no merger.
    merged = lesions["merged"] if "merged" in lesions else [None] * len(lesions)
    for patient, contrast, visit, lesion, compartment, product, measurable, new, others in zip(
        *(lesions[name] for name in columns), *flags, merged, strict=True
    ):
        place = f"lesions: patient {patient}, visit {visit}, contrast {contrast}"
        if compartment not in COMPARTMENTS:
            raise InputError(
                f"{place}: compartment {compartment} is not known; give one of {COMPARTMENTS}"
            )
        if pd.isna(product) or not 0 <= product < float("inf"):
            raise InputError(
                f"{place}: product_mm2 of lesion {lesion} is {product}; give a number of at least 0"
            )
        for name, flag in (("measurable", measurable), ("new", new)):
            if pd.isna(flag):
                raise InputError(f"{place}: {name} of lesion {lesion} is missing; give 1 or 0")
        pieces = grouped.setdefault((str(patient), str(contrast), str(visit)), {})
        parts = frozenset() if pd.isna(others) else frozenset(str(others).split("+"))
        piece = Lesion(
            str(lesion),
            compartment == "enhancing",
            float(product),
            bool(measurable),
            bool(new),
            parts,
        )
        before = pieces.get((compartment, piece.lesion))
        pieces[compartment, piece.lesion] = piece if before is None else before.joined(piece)
    return {key: list(pieces.values()) for key, pieces in grouped.items()}


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

    def sum_of_products(
        self,
        position: int,
        enhancing: bool,
        targets: int | None,
        add_new: bool,
        measurable_only: bool = True,
    ) -> float:
        """Sum of products of one compartment at one visit, in mm2.

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
        """
        candidates = sorted(
            (x for x in self._at_baseline(enhancing) if x.measurable >= measurable_only),
            key=lambda lesion: (-lesion.product, lesion.lesion),
        )
        chosen = {lesion.lesion for lesion in candidates[:targets]}

        def counts(lesion: Lesion) -> bool:
            if lesion.enhancing != enhancing:
                return False
            # A target that has merged with another lesion is measured as a part of it.
            if lesion.lesion in chosen or chosen & lesion.merged:
                return True
            return add_new and lesion.measurable and _name(lesion) not in self._known

        return exact_sum(x.product for x in self._visits[position] if counts(x))

    def nonmeasurable_growth(
        self, position: int, enhancing: bool, growth: Decimal, evaluable: Sequence[bool]
    ) -> bool:
        """Whether a lesion too small to measure at baseline is measurable now, and has grown.

        Parameters
        ----------
        position : int
            Which visit.
        enhancing : bool
            Enhancing or non-enhancing lesions.
        growth : Decimal
            Share by which its product must exceed its smallest since baseline.
        evaluable : sequence of bool
            Which visits count for the smallest product.
        """
        small = {x.lesion for x in self._at_baseline(enhancing) if not x.measurable}
        return any(
            x.enhancing == enhancing
            and x.measurable
            and x.lesion in small
            # What has taken in another has not grown by that.
            and not x.merged
            and has_grown(x.product, self._smallest(x, position, evaluable), growth)
            for x in (self._visits[position] if position > self._start else ())
        )

    def _at_baseline(self, enhancing: bool) -> list[Lesion]:
        """Lesions of one compartment at baseline."""
        return [x for x in self._visits[self._start] if x.enhancing == enhancing]

    def _smallest(self, lesion: Lesion, position: int, evaluable: Sequence[bool]) -> float:
        """Smallest product of a lesion from baseline to the visit before, 0 where it was gone."""
        found = []
        for visit in (self._visits[p] for p in range(self._start, position) if evaluable[p]):
            own = [x for x in visit if x.enhancing == lesion.enhancing]
            # What another lesion has taken in is not gone; its own size is not known.
            if not any(lesion.lesion in x.merged for x in own):
                found.append(exact_sum(x.product for x in own if x.lesion == lesion.lesion))
        return min(found, default=lesion.product)

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
    shown: Assessment, history: LesionHistory, position: int, judge: Judge
) -> Assessment:
    """Add whether a visit shows a new lesion of the kind that a criteria set calls progression."""
    compartments = (True, False) if judge.mixed else (True,)
    only = judge.criteria.new_lesions == "measurable"
    return replace(shown, new_lesion=history.has_new(position, only, compartments))


def with_lesions(
    shown: Assessment,
    history: LesionHistory,
    position: int,
    judge: Judge,
    evaluable: Sequence[bool],
) -> Assessment:
    """Add what the lesions of a visit say under a criteria set that compares products."""
    criteria = judge.criteria
    added = criteria.new_lesions == "added"

    def total(enhancing: bool, targets: int | None) -> float:
        only = criteria.measurable_only
        return history.sum_of_products(position, enhancing, targets, added, only)

    def grown(enhancing: bool) -> bool:
        asked = criteria.nonmeasurable_progression and (enhancing or judge.mixed)
        return asked and history.nonmeasurable_growth(
            position, enhancing, criteria.growth, evaluable
        )

    return replace(
        shown,
        value=total(True, criteria.targets),
        nonenhancing=total(False, criteria.nonenhancing_targets) if judge.mixed else None,
        enhancing_lesions=history.count(position, True),
        nonenhancing_lesions=history.count(position, False) if judge.mixed else None,
        measurable=history.has_measurable(position),
        small_growth=grown(True),
        small_nonenhancing_growth=grown(False),
    )


def _name(lesion: Lesion) -> Name:
    return lesion.enhancing, lesion.lesion
