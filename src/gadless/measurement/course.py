"""A patient's visits held against each other: what changes in a head from one to the next.

Nothing here makes a visit unusable: brains shrink, tumours are resected and grow. What changes more
than that is a reason to look (`preprocess.quality`).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gadless.files import read_json
from gadless.measurement.visit import VisitScans
from gadless.measurement.volumes import BACKGROUND, NONENHANCING, LabelMap

STEP = "course"
SEQUENCE = "t1"

_BRAIN = "volume, cm3"
# Less of an abnormality has no place worth comparing; less tissue doubles by noise alone.
_LEAST_CM3 = 1.0


def course_figures(
    visits: Sequence[VisitScans], reference: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare each visit with the usable one before it.

    Parameters
    ----------
    visits : sequence of VisitScans
        Of one patient, by day.
    reference : str
        The contrast whose segmentation is compared.

    Yields
    ------
    visit : str
        The later of the two.
    figure : dict
        As in ``quality.json``.
    """
    brain: float | None = None
    before: LabelMap | None = None
    name = ""
    for scans in visits:
        volume = _brain_cm3(scans)
        if volume is not None:
            if brain is not None:
                figure = f"change of the brain's volume since visit {name}, share"
                yield scans.visit, _figure(figure, abs(volume / brain - 1), "brain_change")
            brain, name = volume, scans.visit
    before, name = None, ""
    for scans in visits:
        labels = scans.label_map(reference)
        if labels is None:
            continue
        if before is not None and labels.same_grid(before):
            yield from ((scans.visit, row) for row in _tumour(before, labels, name))
        before, name = labels, scans.visit


def _tumour(before: LabelMap, after: LabelMap, name: str) -> Iterator[dict[str, Any]]:
    tissue = [_cm3(one, one.labels == NONENHANCING) for one in (before, after)]
    centres = [_centre(one) for one in (before, after)]
    if centres[0] is not None and centres[1] is not None:
        shift = float(np.linalg.norm(centres[1] - centres[0]))
        figure = f"move of the abnormality's centre since visit {name}, mm"
        yield _figure(figure, shift, "tumour_shift")
    if max(tissue) >= _LEAST_CM3:
        change = max(tissue) / max(min(tissue), _LEAST_CM3) - 1
        figure = f"change of non-enhancing tissue since visit {name}, times"
        yield _figure(figure, change, "tissue_change")


def _figure(figure: str, value: float, limit: str) -> dict[str, Any]:
    return {
        "sequence": SEQUENCE,
        "step": STEP,
        "figure": figure,
        "value": value,
        "limit": limit,
        "flagged": False,
    }


def _brain_cm3(scans: VisitScans) -> float | None:
    """Return the volume of a visit's brain mask, as preprocessing recorded it."""
    if scans.preprocessed.fault() or not scans.preprocessed.has("quality"):
        return None
    for row in read_json(scans.preprocessed.path("quality")):
        if (row["step"], row["figure"]) == ("brain", _BRAIN) and not isinstance(row["value"], str):
            return float(row["value"])
    return None


def _cm3(one: LabelMap, mask: np.ndarray) -> float:
    return float(np.count_nonzero(mask)) * one.voxel_cm3


def _centre(one: LabelMap) -> np.ndarray | None:
    inside = one.labels != BACKGROUND
    if _cm3(one, inside) < _LEAST_CM3:
        return None
    middle = np.argwhere(inside).mean(axis=0)
    return np.asarray(one.affine[:3, :3] @ middle + one.affine[:3, 3])
