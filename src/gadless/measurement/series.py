"""The visits of one patient on one contrast, measured in order of days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gadless.errors import DataFault
from gadless.measurement.lesions import (
    COMPARTMENTS,
    Compartment,
    Lesions,
    Piece,
    find_lesions,
)
from gadless.measurement.tracking import Tracked, Tracker
from gadless.measurement.volumes import LabelMap, volumes_cm3
from gadless.trial.config.imaging import Measurement

# RANO 2010 takes five target lesions at most; other criteria form their sums from the lesions.
TARGETS = 5
_PREFIX = {"enhancing": "E", "nonenhancing": "N"}


@dataclass(frozen=True)
class Seen:
    """What one visit shows on one contrast.

    Attributes
    ----------
    found : mapping of compartment to Lesions
    tracked : mapping of compartment to list of Tracked
    necrosis_cm3 : float
        All of it, whether a lesion surrounds it or not.
    least_mm : float
        Least diameters of a measurable lesion.
    """

    found: Mapping[Compartment, Lesions]
    tracked: Mapping[Compartment, list[Tracked]]
    necrosis_cm3: float
    least_mm: float

    def summary(self) -> dict[str, Any]:
        """Cells of the visit's row in ``measurements.tsv``."""
        enhancing, nonenhancing = (self.found[name].volume_cm3 for name in COMPARTMENTS)
        return {
            "enhancing_cm3": enhancing,
            "nonenhancing_cm3": nonenhancing,
            "necrosis_cm3": self.necrosis_cm3,
            "abnormality_cm3": enhancing + nonenhancing + self.necrosis_cm3,
            "spd_mm2": self._sum_of_products("enhancing"),
            "sld_mm": self._sum_of_longest("enhancing"),
            "nonenhancing_spd_mm2": self._sum_of_products("nonenhancing"),
            "lesions": len(self.tracked["enhancing"]),
            "measurable_lesions": len(self._measurable("enhancing")),
            "new_lesion": int(any(one.new for one in self.tracked["enhancing"])),
        }

    def lesion_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of ``lesions.tsv``, without the visit."""
        for compartment in COMPARTMENTS:
            prefix = _PREFIX[compartment]
            for one, piece in self._pieces(compartment):
                diameters = piece.diameters
                yield {
                    "lesion": f"{prefix}{one.number}",
                    "compartment": compartment,
                    "long_mm": diameters.long_mm,
                    "short_mm": diameters.short_mm,
                    "product_mm2": diameters.product_mm2,
                    "volume_cm3": piece.volume_cm3,
                    "measurable": int(diameters.measurable(self.least_mm)),
                    "new": int(one.new),
                    "merged": "+".join(f"{prefix}{number}" for number in one.merged) or None,
                }

    def places(self, label_map: LabelMap) -> Iterator[dict[str, Any]]:
        """Where each lesion is, in millimetres: its voxel nearest to its centre."""
        for compartment in COMPARTMENTS:
            for one in self.tracked[compartment]:
                place = label_map.affine @ (*one.lesion.middle, 1.0)
                name = f"{_PREFIX[compartment]}{one.number}"
                x, y, z = (float(round(value, 3)) for value in place[:3])
                yield {"lesion": name, "x_mm": x, "y_mm": y, "z_mm": z}

    def left_out(self) -> Iterator[dict[str, Any]]:
        """Rows of ``image_metrics.tsv`` on the components that were too small to be lesions."""
        for compartment in COMPARTMENTS:
            found = self.found[compartment]
            for metric, value in (
                ("left_out_components", float(found.left_out)),
                ("left_out_cm3", found.left_out_cm3),
            ):
                yield {"region": compartment, "metric": metric, "value": value}

    def _pieces(self, compartment: Compartment) -> Iterator[tuple[Tracked, Piece]]:
        for one in self.tracked[compartment]:
            for piece in one.lesion.pieces:
                yield one, piece

    def _measurable(self, compartment: Compartment) -> list[Piece]:
        pieces = (piece for _, piece in self._pieces(compartment))
        return [piece for piece in pieces if piece.diameters.measurable(self.least_mm)]

    def _sum_of_products(self, compartment: Compartment) -> float:
        products = [piece.diameters.product_mm2 for piece in self._measurable(compartment)]
        return float(sum(sorted(products, reverse=True)[:TARGETS]))

    def _sum_of_longest(self, compartment: Compartment) -> float:
        longest = [piece.diameters.long_mm for piece in self._measurable(compartment)]
        return float(sum(sorted(longest, reverse=True)[:TARGETS]))


class ContrastSeries:
    """Measures and follows one contrast; give it the evaluable visits in order of days."""

    def __init__(self, settings: Measurement) -> None:
        self._settings = settings
        self._first: LabelMap | None = None
        self._trackers: dict[Compartment, Tracker] = {}

    def measure(self, label_map: LabelMap) -> Seen:
        """Measure the next visit.

        Raises
        ------
        DataFault
            If it does not lie on the grid of the earlier visits; lesions could not be followed.
        """
        if self._first is None:
            self._first = label_map
            shape, spacing = label_map.labels.shape, label_map.spacing_mm
            for compartment in COMPARTMENTS:
                self._trackers[compartment] = Tracker(shape, spacing, self._settings)
        elif not label_map.same_grid(self._first):
            raise DataFault(
                "segmentation lies on another grid than the earlier visits, so that lesions cannot"
                " be followed: give the visits' T1, or masks on one grid"
            )
        found = {name: find_lesions(label_map, name, self._settings) for name in COMPARTMENTS}
        tracked = {name: self._trackers[name].follow(found[name].lesions) for name in COMPARTMENTS}
        necrosis = volumes_cm3(label_map)["necrosis"]
        return Seen(found, tracked, necrosis, self._settings.measurable_mm)
