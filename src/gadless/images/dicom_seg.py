"""A mask as a DICOM segmentation of the site's own series, written by highdicom."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from gadless import __version__
from gadless.errors import DataFault
from gadless.files import written_whole
from gadless.images.series import find_series
from gadless.images.volume import Grid, moved

# Corners of two equal grids lie this close: NIfTI holds an affine in single precision.
CLOSE_MM = 0.1
# Codes of DICOM PS3.16, CID 7168 and 7169 (brain lesion segmentation types).
SEGMENTS = (
    ("Enhancing tumour", codes.NCIt.EnhancingLesion),
    ("Non-enhancing abnormality", codes.NCIt.NonEnhancingLesion),
    ("Necrosis", codes.SCT.Necrosis),
)
"""Segments 1, 2 and 3: our labels, what they are called, and their code."""

_SERIES_NUMBER = 9100
# What says where slices lie and which they are, and nothing of whom they show.
_KEPT = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"),
    *("FrameOfReferenceUID", "PositionReferenceIndicator", "ImageOrientationPatient"),
    *("ImagePositionPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "Rows"),
    *("Columns", "NumberOfFrames", "SharedFunctionalGroupsSequence", "ImageType"),
    *("PerFrameFunctionalGroupsSequence", "DimensionOrganizationSequence", "InstanceNumber"),
    *("DimensionIndexSequence", "DimensionOrganizationType", "SamplesPerPixel", "BitsAllocated"),
    *("BitsStored", "HighBit", "PixelRepresentation", "PhotometricInterpretation"),
)
_EMPTY = (
    *("PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
    "ReferringPhysicianName",
)
# In place of the time of writing: the same mask leaves the same bytes, and no date of an exam.
_NO_DATE, _NO_TIME = "19000101", "000000"


def write_seg(
    labels: NDArray[np.uint8],
    grid: Grid,
    folder: Path,
    path: Path,
    described: Mapping[str, str],
    series_uid: str | None = None,
    *,
    identified: bool = False,
) -> tuple[Dataset, Sequence[Dataset]]:
    """Write a mask as a DICOM segmentation of a series.

    Parameters
    ----------
    labels : ndarray of uint8, (i, j, k)
        0, or a number of `SEGMENTS`.
    grid : Grid
        Of the labels: that of the scan which was made of the series.
    folder : Path
        Holds the series.
    path : Path
        ``.dcm`` to write.
    described : mapping
        ``patient``: identifier in the trial; ``mask``: what the mask was drawn on; ``algorithm``:
        who drew it; ``automatic``: whether that was a network of ours (``"yes"``).
    series_uid : str, optional
        Of the series, where the folder holds others too.
    identified : bool
        Whether the patient and the study are named as in the series, so that an archive files it
        there by itself. Else no name, number or date is written, but the UIDs of study and series.

    Returns
    -------
    Dataset, sequence of Dataset
        The segmentation, and the headers that it was made of, which hold no more than it may.

    Raises
    ------
    DataFault
        If the folder holds no such series, or its slices are not where the scan's are.
    """
    series = find_series(folder, series_uid)
    stack = on_series(labels, grid, series.grid)
    sources = [_source(file, described["patient"], identified) for file in series.files]
    content = hashlib.sha256(stack.tobytes()).hexdigest()
    about = [sources[0].SeriesInstanceUID, described["mask"], content]
    written = highdicom.seg.Segmentation(
        sources,
        # Slice, row, column.
        np.ascontiguousarray(stack.transpose(2, 1, 0)),
        highdicom.seg.SegmentationTypeValues.BINARY,
        _segments(described),
        series_instance_uid=generate_uid(entropy_srcs=["series", *about]),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=generate_uid(entropy_srcs=["instance", *about]),
        instance_number=1,
        manufacturer="Gadless",
        manufacturer_model_name="Gadless",
        software_versions=__version__,
        device_serial_number="none",
        content_label="TUMOUR",
        content_description=f"Tumour on {described['mask']}"[:64],
        series_description=f"Gadless {described['mask']}"[:64],
    )
    settle(written, about, identified)
    save(written, path)
    return written, sources


def save(written: Dataset, path: Path) -> None:
    """Write a file whole, or none."""
    with written_whole(path) as scratch:
        packed = io.BytesIO()
        written.save_as(packed)
        scratch.write_bytes(packed.getvalue())


def on_series(labels: NDArray[np.uint8], grid: Grid, series: Grid) -> NDArray[np.uint8]:
    """Turn a mask's axes to those of a series, (column, row, slice); no voxel is resampled.

    Raises
    ------
    DataFault
        If the two grids are not the same positions.
    """
    turn = nibabel.io_orientation(np.linalg.inv(series.affine) @ grid.affine)
    if np.isnan(turn).any():
        raise DataFault("the series' slices lie across the scan's: another series")
    turned = nibabel.apply_orientation(labels, turn)
    affine = grid.affine @ nibabel.orientations.inv_ornt_aff(turn, labels.shape)
    if turned.shape != series.shape:
        ours, theirs = (" x ".join(map(str, shape)) for shape in (turned.shape, series.shape))
        raise DataFault(f"the scan has {ours} voxels, the series {theirs}: it was made of another")
    ends = np.array([0, 1])[:, None] * (np.array(series.shape) - 1)
    corners = np.stack(np.meshgrid(*ends.T), axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(moved(affine, corners) - moved(series.affine, corners), axis=1).max()
    if apart > CLOSE_MM:
        raise DataFault(f"the scan lies {apart:.1f} mm from the series: it was made of another")
    return turned


def _source(file: Path, patient: str, identified: bool) -> Dataset:
    read = pydicom.dcmread(file, stop_before_pixels=True)
    if identified:
        return read
    kept = Dataset()
    for name in _KEPT:
        if name in read:
            kept[name] = read[name]
    # The mark says that one name is all there is.
    kept.PatientName, kept.PatientID = f"{patient}^", patient
    for name in _EMPTY:
        setattr(kept, name, "")
    kept.file_meta = read.file_meta
    return kept


def _segments(described: Mapping[str, str]) -> Sequence[highdicom.seg.SegmentDescription]:
    automatic = described["automatic"] == "yes"
    kinds = highdicom.seg.SegmentAlgorithmTypeValues
    algorithm = highdicom.AlgorithmIdentificationSequence(
        name=described["algorithm"][:64], family=codes.DCM.ArtificialIntelligence, version="1"
    )
    return [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=code,
            # Who drew what others made, a person or a network, nobody has told.
            algorithm_type=kinds.AUTOMATIC if automatic else kinds.SEMIAUTOMATIC,
            algorithm_identification=algorithm,
        )
        for number, (label, code) in enumerate(SEGMENTS, start=1)
    ]


def settle(written: Dataset, about: Sequence[str], identified: bool) -> None:
    """Take out what differs from one writing to the next."""
    written.ContentDate, written.ContentTime = _NO_DATE, _NO_TIME
    for name in ("InstanceCreationDate", "InstanceCreationTime", "SeriesDate", "SeriesTime"):
        if name in written:
            delattr(written, name)
    for number, one in enumerate(written.get("DimensionOrganizationSequence", [])):
        uid = generate_uid(entropy_srcs=["dimensions", str(number), *about])
        one.DimensionOrganizationUID = uid
        for index in written.DimensionIndexSequence:
            index.DimensionOrganizationUID = uid
    for one in written.get("ContributingEquipmentSequence", []):
        one.pop("ContributionDateTime", None)
    if not identified:
        written.PatientIdentityRemoved = "YES"
        written.DeidentificationMethod = "Header written without identity"
