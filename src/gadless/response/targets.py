"""Sums of products and new lesions from the table of lesions, by a criteria set's own targets."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from gadless.errors import InputError
from gadless.response.exact import exact_sum

Key = tuple[str, str, str]
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
        For an unknown compartment or a product that cannot be.
    """
    grouped: dict[Key, dict[tuple[str, str], Lesion]] = {}
    columns = ("patient", "contrast", "visit", "lesion", "compartment", "product_mm2")
    flags = (lesions["measurable"].astype(bool), lesions["new"].astype(bool))
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
        pieces = grouped.setdefault((str(patient), str(contrast), str(visit)), {})
        parts = frozenset() if pd.isna(others) else frozenset(str(others).split("+"))
        piece = Lesion(
            str(lesion), compartment == "enhancing", float(product), measurable, new, parts
        )
        before = pieces.get((compartment, piece.lesion))
        pieces[compartment, piece.lesion] = piece if before is None else before.joined(piece)
    return {key: list(pieces.values()) for key, pieces in grouped.items()}


class LesionHistory:
    """The lesions of one patient on one contrast from baseline on.

    Targets are chosen at baseline, the largest measurable first, and followed whatever becomes of
    them. A lesion that was there but not measurable at baseline joins the sum while it is
    measurable.

    Parameters
    ----------
    visits : sequence of list of Lesion
        Lesions of each visit in order of days; empty where nothing was seen.
    baseline : int
        Position of the baseline visit.
    """

    def __init__(self, visits: Sequence[list[Lesion]], baseline: int) -> None:
        self._visits = visits
        self._baseline = visits[baseline]
        self._known = {
            (lesion.enhancing, lesion.lesion)
            for visit in visits[: baseline + 1]
            for lesion in visit
        }
        # A lesion that first appeared after baseline, and was then called new, stays new.
        self._new: list[set[str]] = []
        called: set[str] = set()
        for position, visit in enumerate(visits):
            if position > baseline:
                called = called | {
                    lesion.lesion
                    for lesion in visit
                    if lesion.enhancing and lesion.new and (True, lesion.lesion) not in self._known
                }
            self._new.append(called)

    def sum_of_products(
        self, position: int, enhancing: bool, targets: int | None, add_new: bool
    ) -> float:
        """Sum of products of one compartment at one visit, in mm2.

        Parameters
        ----------
        position : int
            Which visit.
        enhancing : bool
            Enhancing or non-enhancing lesions.
        targets : int or None
            Targets at most; None takes all measurable lesions.
        add_new : bool
            Whether measurable lesions that appeared since baseline are added.
        """
        measurable = sorted(
            (x for x in self._baseline if x.enhancing == enhancing and x.measurable),
            key=lambda lesion: (-lesion.product, lesion.lesion),
        )
        chosen = {lesion.lesion for lesion in measurable[:targets]}
        left_out = {lesion.lesion for lesion in measurable} - chosen

        def counts(lesion: Lesion) -> bool:
            if lesion.enhancing != enhancing:
                return False
            # A target that has merged with another lesion is measured as a part of it.
            if lesion.lesion in chosen or chosen & lesion.merged:
                return True
            if lesion.lesion in left_out:
                return False
            known = (enhancing, lesion.lesion) in self._known
            return lesion.measurable and (known or add_new)

        return exact_sum(x.product for x in self._visits[position] if counts(x))

    def has_new(self, position: int, measurable_only: bool) -> bool:
        """Whether an enhancing lesion that appeared since baseline is seen at a visit."""
        return any(
            lesion.enhancing
            and lesion.lesion in self._new[position]
            and (lesion.measurable or not measurable_only)
            for lesion in self._visits[position]
        )

    def enhancing_count(self, position: int) -> int:
        """How many enhancing lesions are seen at a visit."""
        return sum(lesion.enhancing for lesion in self._visits[position])

    def has_measurable(self, position: int) -> bool:
        """Whether a measurable enhancing lesion is seen at a visit."""
        return any(x.enhancing and x.measurable for x in self._visits[position])
