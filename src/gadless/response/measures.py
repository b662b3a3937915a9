"""What a criteria set compares: a volume, a sum of products, a sum of longest diameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gadless.trial.config.imaging import Measurement
from gadless.trial.config.response import Response

MeasureName = Literal["products", "volume", "diameters", "category"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of tumour.

    Attributes
    ----------
    column : str
        Column of measurements that holds it for enhancing tumour.
    nonenhancing : str or None
        Column for non-enhancing tumour; None where there is no such measure.
    unit : str
    lesion : str or None
        Field of a lesion that is summed over targets; None where the whole tumour is measured.
    least : callable
        Least size that growth must reach, which is the least measurable size, in the unit.
    absent : callable
        Size at or below which nothing is left.
    """

    column: str
    nonenhancing: str | None
    unit: str
    lesion: Literal["product", "long"] | None
    least: Callable[[Response, Measurement], float]
    absent: Callable[[Response], float]


def _nothing(_: Response) -> float:
    return 0.0


MEASURES: Mapping[MeasureName, Measure] = {
    "volume": Measure(
        "enhancing_cm3",
        "nonenhancing_cm3",
        "cm3",
        None,
        lambda settings, _: settings.smallest_volume_cm3,
        lambda settings: settings.absent_volume_cm3,
    ),
    "products": Measure(
        "spd_mm2",
        "nonenhancing_spd_mm2",
        "mm2",
        "product",
        # Two perpendicular diameters, each of the least length.
        lambda _, measurement: measurement.measurable_mm**2,
        _nothing,
    ),
    "diameters": Measure(
        "sld_mm", None, "mm", "long", lambda _, measurement: measurement.measurable_mm, _nothing
    ),
    # A reader's own category: nothing is measured.
    "category": Measure("response", None, "", None, lambda *_: 0.0, _nothing),
}


def shows_tumour(row: Mapping[str, Any], compared: str, least: Mapping[str, float]) -> bool:
    """Whether the row of a visit shows enhancing tumour, whatever the compared measure says.

    Parameters
    ----------
    row : mapping
        Row of measurements; None for a missing cell.
    compared : str
        Column that the criteria compare.
    least : mapping of str to float
        Column to the size above which it shows tumour, beside a volume that says nothing is left:
        a volume is of all there is, sums are of targets only.

    Notes
    -----
    A sum of targets leaves out what is no target, so any tumour in the row stands against it. A
    volume within what counts as nothing is outweighed by a size that can be measured only, or, if
    it is 0, by any lesion.
    """
    volume = MEASURES["volume"].column
    if compared == volume:
        sizes = any((row[name] or 0.0) >= size for name, size in least.items() if name != volume)
        return sizes or (row[volume] == 0 and bool(row["lesions"]))
    sums = any(row[name] for name in least if name != volume)
    return sums or (row[volume] or 0.0) > least[volume] or bool(row["lesions"])
