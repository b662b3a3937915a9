"""The lesions of each visit, read from their table."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import pandas as pd

from gadless.errors import InputError
from gadless.response.exact import exact_sum
from gadless.response.records import Key, optional

Size = Literal["product", "long"]
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
    long: float = 0.0
    short: float = 0.0

    def joined(self, piece: "Lesion") -> "Lesion":
        """Add a further piece of the same lesion: the longest diameters add up as products do."""
        return replace(
            self,
            product=exact_sum([self.product, piece.product]),
            measurable=self.measurable or piece.measurable,
            new=self.new or piece.new,
            merged=self.merged | piece.merged,
            long=exact_sum([self.long, piece.long]),
            short=max(self.short, piece.short),
        )

    def measured_by(self, long_mm: float, short_mm: Decimal | None) -> "Lesion":
        """Return the lesion as measurable from its own least perpendicular diameter on.

        What is long enough across by the common rule too, and yet not measurable, is so for another
        reason (seen on one slice only), and stays so.
        """
        if short_mm is None or min(self.long, self.short) >= long_mm:
            return self
        return replace(self, measurable=self.long >= long_mm and self.short >= float(short_mm))


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
    diameters = [optional(lesions, name, float) for name in ("long_mm", "short_mm")]
    # Names joined by a plus sign; a table without the column tells of no merger.
    merged = lesions["merged"] if "merged" in lesions else [None] * len(lesions)
    names = (lesions[name] for name in columns)
    rows = zip(*names, *flags, merged, *diameters, strict=True)
    for patient, contrast, visit, lesion, compartment, product, measurable, new, other, *mm in rows:
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
        parts = frozenset() if pd.isna(other) else frozenset(str(other).split("+"))
        piece = Lesion(
            str(lesion),
            compartment == "enhancing",
            float(product),
            bool(measurable),
            bool(new),
            parts,
            *(each or 0.0 for each in mm),
        )
        before = pieces.get((compartment, piece.lesion))
        pieces[compartment, piece.lesion] = piece if before is None else before.joined(piece)
    return {key: list(pieces.values()) for key, pieces in grouped.items()}
