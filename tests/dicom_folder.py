"""Folders of DICOM, written from an array as a scanner would."""

from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_series(folder: Path, data: np.ndarray, affine: np.ndarray, **tags: Any) -> Path:
    """Write a classic MR series, a file a slice, in an order that names do not follow.

    Parameters
    ----------
    folder : Path
    data : ndarray of whole numbers, (column, row, slice)
    affine : ndarray, (4, 4)
        Index to RAS millimetres.
    tags
        Further elements of every slice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    study, series, frame = (generate_uid(entropy_srcs=[str(folder), name]) for name in "abc")
    lps = LPS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    across, down = lps[:3, 0] / spacing[0], lps[:3, 1] / spacing[1]
    for at in range(data.shape[2]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(folder), str(at)])
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
        one.SOPClassUID, one.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, series, frame
        one.PatientName, one.PatientID, one.PatientBirthDate = "Planted^Name", "MRN77", "19610203"
        one.PatientSex, one.StudyDate, one.StudyTime = "O", "20250304", "101112"
        one.AccessionNumber, one.StudyID, one.ReferringPhysicianName = "ACC99", "1", "Doctor^Who"
        one.Modality, one.SeriesNumber, one.InstanceNumber = "MR", 3, at + 1
        one.Manufacturer, one.SeriesDescription = "Maker", "t1 of Planted"
        one.ScanningSequence, one.SequenceVariant, one.ScanOptions = "GR", "NONE", ""
        one.MRAcquisitionType, one.EchoTime, one.EchoTrainLength = "3D", 3.0, 1
        one.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        one.ImageOrientationPatient = [f"{value:.9f}" for value in (*across, *down)]
        place = lps[:3, :3] @ [0, 0, at] + lps[:3, 3]
        one.ImagePositionPatient = [f"{value:.7f}" for value in place]
        one.PixelSpacing = [f"{spacing[1]:.7f}", f"{spacing[0]:.7f}"]
        one.SliceThickness = f"{spacing[2]:.7f}"
        one.PatientPosition, one.PositionReferenceIndicator, one.Laterality = "HFS", "", ""
        one.Columns, one.Rows = data.shape[:2]
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        one.PixelData = np.ascontiguousarray(data[:, :, at].T.astype("<u2")).tobytes()
        for name, value in tags.items():
            setattr(one, name, value)
        one.save_as(folder / f"IM{(at * 7) % data.shape[2]:04d}.dcm", enforce_file_format=True)
    return folder


def write_enhanced(folder: Path, series: Path) -> Path:
    """Write a classic series again as one multi-frame file."""
    read = [pydicom.dcmread(path) for path in sorted(series.iterdir())]
    uids = (generate_uid(), generate_uid())
    one = highdicom.legacy.LegacyConvertedEnhancedMRImage(read, uids[0], 9, uids[1], 1)
    folder.mkdir()
    one.save_as(folder / "1")
    return folder


def changed(path: Path, **tags: Any) -> None:
    """Change elements of one file."""
    one = pydicom.dcmread(path)
    for name, value in tags.items():
        setattr(one, name, value)
    one.save_as(path)
