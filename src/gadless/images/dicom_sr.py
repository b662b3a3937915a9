"""What was measured of one mask, as a DICOM structured report (TID 1500) beside its segmentation.

Each compartment of the tumour is a group of measurements of a segment (TID 1411); each lesion, and
the whole abnormality, is no segment of its own and is a group by itself (TID 1501). Every number is
the table's, by the digit.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from highdicom import UID, sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from gadless import __version__
from gadless.images.dicom_seg import SEGMENTS, save, settle
from gadless.images.measured import Reading, Seen, number

PRIVATE = "99GADLESS"
"""Designator of codes that no public scheme has."""


def _private(code: str, meaning: str) -> sr.CodedConcept:
    return sr.CodedConcept(code, PRIVATE, meaning)


SUM_OF_PRODUCTS = _private("SPD", "Sum of products of perpendicular diameters")
SUM_OF_LONGEST = _private("SLD", "Sum of longest diameters")
PRODUCT = _private("PRODUCT", "Product of perpendicular diameters")
MEASURABLE_LESIONS = _private("MEASURABLE_COUNT", "Number of measurable lesions")
ABNORMALITY = _private("ABNORMALITY", "T2/FLAIR abnormality")
MEASURABLE = _private("MEASURABLE", "Measurable lesion")
NEW = _private("NEW", "New lesion")
CONTRAST = _private("CONTRAST", "Origin of the contrast")
ACQUIRED = _private("ACQUIRED", "Acquired after contrast agent")
SYNTHETIC = _private("SYNTHETIC", "Synthetic: predicted without contrast agent")

_MR_BRAIN = sr.CodedConcept("24590-2", "LN", "MR Brain")
_CM3, _MM, _MM2 = codes.UCUM.CubicCentimeter, codes.UCUM.Millimeter, codes.UCUM.SquareMillimeter
_COUNT = codes.UCUM.NoUnits
_VOLUME = codes.SCT.Volume
# Segment to columns of `measurements.tsv`.
_SEGMENT = {
    1: {
        "enhancing_cm3": (_VOLUME, _CM3),
        "spd_mm2": (SUM_OF_PRODUCTS, _MM2),
        "sld_mm": (SUM_OF_LONGEST, _MM),
        "lesions": (codes.SCT.NumberOfLesions, _COUNT),
        "measurable_lesions": (MEASURABLE_LESIONS, _COUNT),
    },
    2: {
        "nonenhancing_cm3": (_VOLUME, _CM3),
        "nonenhancing_spd_mm2": (SUM_OF_PRODUCTS, _MM2),
    },
    3: {"necrosis_cm3": (_VOLUME, _CM3)},
}
_WHOLE = {"abnormality_cm3": (_VOLUME, _CM3)}
# Columns of `lesions.tsv`. The second diameter is the longest that is perpendicular to the first.
_LESION = {
    "volume_cm3": (_VOLUME, _CM3),
    "long_mm": (codes.SCT.LongAxis, _MM),
    "short_mm": (codes.SCT.PerpendicularAxis, _MM),
    "product_mm2": (PRODUCT, _MM2),
}
_Group = (
    sr.VolumetricROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations
)
_FLAGS = {"measurable": MEASURABLE, "new": NEW}
_COMPARTMENT = {"enhancing": 1, "nonenhancing": 2}
_SERIES_NUMBER = 9101


def write_sr(
    segmented: Dataset,
    sources: Sequence[Dataset],
    reading: Reading,
    path: Path,
    described: Mapping[str, str],
    *,
    identified: bool = False,
) -> None:
    """Write what was measured of a mask as a Comprehensive 3D SR.

    Parameters
    ----------
    segmented : Dataset
        The mask's segmentation. The report names patient and study as it does.
    sources : sequence of Dataset
        Headers of the series that it is of.
    reading : Reading
        Volumes in cm3, diameters in mm, products in mm2.
    path : Path
        ``.dcm`` to write.
    described : mapping
        As of `gadless.images.dicom_seg.write_seg`; ``trial``: its name; ``acquired``: ``"yes"``
        where the contrast was acquired, else it is synthetic.
    identified : bool
        Whether the segmentation is; see there.
    """
    content = _Content(segmented, sources[0].SeriesInstanceUID, reading, described)
    content_of = [segmented.SOPInstanceUID, json.dumps(reading.told())]
    about = [*content_of, *(described[name] for name in sorted(described))]
    written = sr.Comprehensive3DSR(
        [segmented, *sources],
        content.report(),
        series_instance_uid=generate_uid(entropy_srcs=["sr series", *about]),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=generate_uid(entropy_srcs=["sr", *about]),
        instance_number=1,
        manufacturer="Gadless",
        is_complete=True,
        series_description=f"Gadless measurements, {_origin(described)}"[:64],
    )
    written.ManufacturerModelName, written.SoftwareVersions = "Gadless", __version__
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = PRIVATE, "Gadless"
    scheme.CodingSchemeVersion = __version__
    written.CodingSchemeIdentificationSequence = [scheme]
    settle(written, about, identified)
    save(written, path)


def _origin(described: Mapping[str, str]) -> str:
    kind = "acquired" if described["acquired"] == "yes" else "SYNTHETIC"
    return f"{kind} contrast {described['mask']}"


class _Content:
    """The groups of measurements of one report."""

    def __init__(
        self, segmented: Dataset, series: str, reading: Reading, described: Mapping[str, str]
    ) -> None:
        self._segmented, self._series = segmented, series
        self._reading, self._described = reading, described
        acquired = ACQUIRED if described["acquired"] == "yes" else SYNTHETIC
        self._evaluations = [sr.QualitativeEvaluation(CONTRAST, acquired)]
        self._shared = {
            "finding_category": codes.SCT.MorphologicallyAbnormalStructure,
            "finding_sites": [sr.FindingSite(codes.SCT.Brain)],
            "algorithm_id": sr.AlgorithmIdentification(
                f"Gadless measurement; mask: {described['algorithm']}",
                __version__,
                parameters=[_origin(described)],
            ),
        }

    def report(self) -> sr.MeasurementReport:
        """Return all of it."""
        device = sr.DeviceObserverIdentifyingAttributes(
            uid=generate_uid(entropy_srcs=["device", "Gadless", __version__]),
            name="Gadless",
            manufacturer_name="Gadless",
            model_name=__version__,
        )
        context = sr.ObservationContext(
            observer_device_context=sr.ObserverContext(codes.DCM.Device, device)
        )
        groups: list[_Group] = [
            *self._segments(),
            *self._whole(),
            *map(self._lesion, self._reading.lesions),
        ]
        return sr.MeasurementReport(context, _MR_BRAIN, imaging_measurements=groups)

    def _segments(self) -> Iterator[sr.VolumetricROIMeasurementsAndQualitativeEvaluations]:
        for segment, columns in _SEGMENT.items():
            label, finding = SEGMENTS[segment - 1]
            yield sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
                self._tracking(label, self._reading.first),
                # By its series: a segment of which there is nothing has no frame that names slices.
                referenced_segment=sr.ReferencedSegment(
                    self._segmented.SOPClassUID,
                    self._segmented.SOPInstanceUID,
                    segment,
                    source_series=sr.SourceSeriesForSegmentation(self._series),
                ),
                finding_type=finding,
                measurements=_measurements(self._reading.row, columns),
                qualitative_evaluations=self._evaluations,
                **self._shared,
            )

    def _whole(self) -> Iterator[sr.MeasurementsAndQualitativeEvaluations]:
        found = _measurements(self._reading.row, _WHOLE)
        if found:
            yield sr.MeasurementsAndQualitativeEvaluations(
                self._tracking("T2/FLAIR abnormality", self._reading.first),
                finding_type=ABNORMALITY,
                measurements=found,
                qualitative_evaluations=self._evaluations,
                source_images=[self._source((1, 2, 3))],
                **self._shared,
            )

    def _lesion(self, seen: Seen) -> sr.MeasurementsAndQualitativeEvaluations:
        segment = _COMPARTMENT[seen.compartment]
        answers = {0.0: codes.SCT.No, 1.0: codes.SCT.Yes}
        flags = {name: number(seen.row, column) for column, name in _FLAGS.items()}
        said = [
            sr.QualitativeEvaluation(name, answers[flag])
            for name, flag in flags.items()
            if flag is not None
        ]
        return sr.MeasurementsAndQualitativeEvaluations(
            self._tracking(seen.name, seen.first),
            finding_type=SEGMENTS[segment - 1][1],
            measurements=_measurements(seen.row, _LESION),
            qualitative_evaluations=[*self._evaluations, *said],
            source_images=[self._source((segment,))],
            **self._shared,
        )

    def _tracking(self, name: str, first: Sequence[str]) -> sr.TrackingIdentifier:
        """Return the same identifier at every visit of a patient, and at none of another's."""
        known = self._described
        words = ["lesion", known["trial"], known["patient"], known["mask"], name, *first]
        uid = UID(generate_uid(entropy_srcs=words))
        return sr.TrackingIdentifier(uid, f"{known['mask']} {name}")

    def _source(self, segments: Sequence[int]) -> sr.SourceImageForMeasurementGroup:
        item = sr.SourceImageForMeasurementGroup(
            self._segmented.SOPClassUID, self._segmented.SOPInstanceUID
        )
        item.ReferencedSOPSequence[0].ReferencedSegmentNumber = list(segments)
        return item


def _measurements(
    row: Mapping[str, str], columns: Mapping[str, tuple[sr.CodedConcept, sr.CodedConcept]]
) -> list[sr.Measurement]:
    found = {column: number(row, column) for column in columns}
    return [
        sr.Measurement(columns[column][0], value, columns[column][1])
        for column, value in found.items()
        if value is not None
    ]
