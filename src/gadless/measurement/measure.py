"""Measure all visits of one patient on all contrasts."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.errors import DataFault, GadlessError
from gadless.manifest import Manifest
from gadless.measurement.image_metrics import (
    MEAN_MAP,
    ZERO_MAP,
    Row,
    compare_images,
    compare_lesions,
    compare_segmentations,
    cut_to_brain,
)
from gadless.measurement.lesions import Lesion
from gadless.measurement.series import ContrastSeries
from gadless.measurement.visit import VisitScans
from gadless.measurement.volumes import DECIMALS, LabelMap, read_label_map
from gadless.networks.contract import ABNORMALITY
from gadless.nifti import nibabel
from gadless.trial.columns import CLINICAL, LESIONS, MEASUREMENTS, READERS
from gadless.trial.config.imaging import Measurement

logger = logging.getLogger(__name__)

# What a scan says of a visit; the clinical columns come from the sheet.
MEASURED = tuple(column.name for column in MEASUREMENTS if column not in (*READERS, *CLINICAL))
IMAGE_METRICS = ("patient", "visit", "contrast", "region", "metric", "value")
PLACES = ("visit", "contrast", "lesion", "x_mm", "y_mm", "z_mm")
_INTEGERS = ("day", "evaluable", "lesions", "measurable_lesions", "new_lesion", "measurable", "new")


@dataclass(frozen=True)
class PatientMeasurements:
    """The tables of one patient.

    Attributes
    ----------
    measurements : DataFrame
        One row a visit and contrast, whether evaluable or not.
    lesions : DataFrame
        One row a lesion, visit and contrast, or more where it is in pieces. A lesion's name is its
        own within patient and contrast.
    image_metrics : DataFrame
        One row a visit, contrast, region and metric.
    places : DataFrame
        One row a lesion, visit and contrast: `PLACES`, a voxel of it in RAS millimetres of the
        patient's space. For the viewer alone.
    """

    measurements: pd.DataFrame
    lesions: pd.DataFrame
    image_metrics: pd.DataFrame
    places: pd.DataFrame


def measure_patient(
    patient: str, visits: Sequence[VisitScans], contrasts: Sequence[str], settings: Measurement
) -> PatientMeasurements:
    """Measure one patient.

    Parameters
    ----------
    patient : str
    visits : sequence of VisitScans
        In any order; they are taken by day.
    contrasts : sequence of str
        The reference first, then the candidates.
    settings : Measurement

    Returns
    -------
    PatientMeasurements
    """
    followed = {contrast: ContrastSeries(settings) for contrast in contrasts}
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("measurements", "lesions", "images", "places")
    }
    for scans in sorted(visits, key=lambda one: one.day):
        who = {"patient": patient, "visit": scans.visit}
        maps: dict[str, LabelMap] = {}
        lesions: dict[str, list[Lesion]] = {}
        shared = _shared_abnormality_cm3(scans)
        for contrast, series in followed.items():
            key = {**who, "day": scans.day, "contrast": contrast}
            try:
                label_map = _label_map(scans, contrast)
                seen = series.measure(label_map)
            except DataFault as fault:
                logger.warning(
                    "patient %s, visit %s, %s: %s", patient, scans.visit, contrast, fault
                )
                rows["measurements"].append({**key, "evaluable": 0, "reason": str(fault)})
                continue
            maps[contrast], lesions[contrast] = label_map, seen.found["enhancing"].lesions
            found = seen.summary()
            if contrast in shared:
                # A part is never more than the whole, also where a lesion lies beside it.
                parts = (found["enhancing_cm3"], found["necrosis_cm3"])
                found["abnormality_cm3"] = max(shared[contrast], *parts)
            interval = _interval(scans, contrast, found["enhancing_cm3"])
            rows["measurements"].append({**key, "evaluable": 1, **found, **interval})
            rows["lesions"].extend({**key, **row} for row in seen.lesion_rows())
            rows["images"].extend({**who, "contrast": contrast, **row} for row in seen.left_out())
            rows["places"].extend({**key, **row} for row in seen.places(label_map))
        rows["images"].extend(
            {**who, **row} for row in _image_rows(scans, contrasts, maps, lesions)
        )
    return PatientMeasurements(
        _typed(pd.DataFrame(rows["measurements"], columns=list(MEASURED))),
        _typed(pd.DataFrame(rows["lesions"], columns=list(LESIONS))),
        _typed(pd.DataFrame(rows["images"], columns=list(IMAGE_METRICS))),
        pd.DataFrame(rows["places"], columns=list(PLACES)),
    )


def _shared_abnormality_cm3(scans: VisitScans) -> dict[str, float]:
    """Volume of the T2/FLAIR abnormality that a visit's contrasts share, by contrast.

    Not of masks that others brought: theirs have an abnormality of their own.
    """
    segmented = scans.segmented
    if not segmented.has(ABNORMALITY):
        return {}
    found = read_label_map(segmented.path(ABNORMALITY))
    volume = float(np.count_nonzero(found.labels)) * found.voxel_cm3
    brought = segmented.notes.get("brought", {})
    return {name: volume for name in segmented.files if name not in (*brought, ABNORMALITY)}


def _label_map(scans: VisitScans, contrast: str) -> LabelMap:
    """Read one segmentation, or say why there is none."""
    if scans.segmented.has(contrast):
        return read_label_map(scans.segmented.path(contrast))
    for manifest in (scans.segmented, scans.synthetic, scans.preprocessed):
        if reason := manifest.fault(contrast):
            raise DataFault(reason)
    raise DataFault("no segmentation was made")


def _interval(scans: VisitScans, contrast: str, volume_cm3: float) -> dict[str, float]:
    """Return the interval that the segmentation's network states; nothing where it states none.

    It is widened to the volume that is measured, which leaves out the smallest components.
    """
    stated = scans.segmented.notes.get("spread", {}).get(contrast)
    if stated is None:
        return {}
    low, high = float(stated["low_cm3"]), float(stated["high_cm3"])
    if not 0 <= low <= high < float("inf"):
        raise GadlessError(
            f"patient {scans.segmented.patient}, visit {scans.visit}, {contrast}: the segmentation"
            f" states a spread of {low:g} to {high:g} cm3; segment the visit again"
        )
    return {
        "enhancing_low_cm3": min(low, volume_cm3),
        "enhancing_high_cm3": max(high, volume_cm3),
    }


def _image_rows(
    scans: VisitScans,
    contrasts: Sequence[str],
    maps: Mapping[str, LabelMap],
    lesions: Mapping[str, Sequence[Lesion]],
) -> Iterator[dict[str, Any]]:
    """Compare every candidate of one visit, the zero map and the mean map with the reference.

    Without images, as where masks are all there is, segmentations alone, if they share a grid.
    """
    reference, *candidates = contrasts
    if reference not in maps:
        return
    labels = maps[reference]
    if not scans.preprocessed.has("subtraction", "brain"):
        for contrast in candidates:
            if contrast in maps and maps[contrast].same_grid(labels):
                for row in _of_labels(reference, contrast, maps, lesions):
                    yield _image_row(contrast, *row)
        return
    exam, box = cut_to_brain(
        _image(scans.preprocessed, "subtraction", labels),
        _image(scans.preprocessed, "brain", labels) > 0,
        labels,
    )
    for contrast in (*candidates, ZERO_MAP, MEAN_MAP):
        if contrast == ZERO_MAP:
            rows = [
                *compare_images(exam, np.zeros_like(exam.subtraction)),
                *compare_segmentations(labels, None),
                *compare_lesions(lesions[reference], [], labels.labels.shape),
            ]
        elif contrast == MEAN_MAP:
            level = exam.subtraction[exam.brain].mean(dtype=np.float64)
            rows = [*compare_images(exam, (level * exam.brain).astype(np.float32))]
        else:
            rows = []
            if scans.synthetic.has(contrast):
                rows += compare_images(exam, _image(scans.synthetic, contrast, labels)[box])
            if contrast in maps:
                rows += _of_labels(reference, contrast, maps, lesions)
        for row in rows:
            yield _image_row(contrast, *row)


def _of_labels(
    reference: str,
    contrast: str,
    maps: Mapping[str, LabelMap],
    lesions: Mapping[str, Sequence[Lesion]],
) -> Iterator[Row]:
    """Compare the segmentation on one contrast with that on the reference."""
    yield from compare_segmentations(maps[reference], maps[contrast])
    shape = maps[reference].labels.shape
    yield from compare_lesions(lesions[reference], lesions[contrast], shape)


def _image_row(contrast: str, region: str, metric: str, value: float) -> dict[str, Any]:
    return {"contrast": contrast, "region": region, "metric": metric, "value": value}


def _image(manifest: Manifest, name: str, labels: LabelMap) -> NDArray[np.float32]:
    """Read an image of the visit, which lies on the grid of its segmentation."""
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image.from_filename(manifest.path(name)))
    if image.shape != labels.labels.shape or not np.allclose(
        image.affine, labels.affine, atol=1e-2
    ):
        raise GadlessError(
            f"patient {manifest.patient}, visit {manifest.visit}: {name} and the segmentation lie "
            f"on different grids; delete {manifest.folder} and run again"
        )
    return np.asarray(image.dataobj, dtype=np.float32)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep whole numbers whole beside missing ones, and measures the decimals that they are."""
    for column in frame.columns:
        if column in _INTEGERS:
            frame[column] = frame[column].astype("Int64")
        elif column.endswith(("_cm3", "_mm", "_mm2")) or column == "value":
            frame[column] = frame[column].astype(float).round(DECIMALS)
        else:
            frame[column] = frame[column].astype("string")
    return frame
