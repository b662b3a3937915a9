"""Compressed DICOM: the voxels that a file holds, by pydicom or GDCM."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from gadless.errors import DataFault

# Classes that GDCM takes as they are, without places and scales of frames: one image, and many.
_ONE, _MANY = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.7.3"
# What says how voxels are kept, and nothing of what they mean.
_KEPT = (
    *("SOPInstanceUID", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames"),
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    "PixelData",
)


def is_packed(syntax: UID | None) -> bool:
    """Whether voxels are compressed, or the whole file is."""
    return syntax is not None and (syntax.is_encapsulated or syntax.is_deflated)


def unpacked(data: FileDataset) -> FileDataset:
    """Return a file's data set with its voxels as numbers, as the file holds them (no scale).

    Parameters
    ----------
    data : FileDataset
        Changed in place.

    Raises
    ------
    DataFault
        If neither pydicom nor GDCM can read its voxels.
    """
    syntax = data.file_meta.TransferSyntaxUID
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if syntax.is_encapsulated:
                _decompress(data)
    except Exception as error:
        raise DataFault(
            f"its pixels are compressed ({syntax.name}) in a way that cannot be read here; ask the"
            " site for uncompressed files"
        ) from error
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return data


def _decompress(data: FileDataset) -> None:
    try:
        data.decompress(generate_instance_uid=False)
    except Exception:  # noqa: BLE001 - what pydicom has no plugin for, and whatever these raise
        data.PixelData = _by_gdcm(data)
        data["PixelData"].VR = "OW"
        data["PixelData"].is_undefined_length = False


def _by_gdcm(data: FileDataset) -> bytes:
    # Heavy, and most deliveries are not packed in a way that asks for it.
    import SimpleITK as sitk  # noqa: N813

    several = int(data.get("NumberOfFrames") or 1) > 1
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = data.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = UID(_MANY if several else _ONE)
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    bare = FileDataset("", Dataset(), file_meta=meta, preamble=bytes(128))
    bare.SOPClassUID = meta.MediaStorageSOPClassUID
    for name in _KEPT:
        if name in data:
            bare[name] = data[name]
    with tempfile.TemporaryDirectory(prefix="gadless-") as folder:
        path = Path(folder) / "image.dcm"
        bare.save_as(path, enforce_file_format=True)
        image = sitk.GetArrayFromImage(sitk.ReadImage(str(path), imageIO="GDCMImageIO"))
    kind = f"{'i' if data.PixelRepresentation else 'u'}{data.BitsAllocated // 8}"
    count = int(data.get("NumberOfFrames") or 1)
    if image.shape != (count, data.Rows, data.Columns):
        raise ValueError("another size than stated")
    whole = image.astype(f"<{kind}")
    if not np.array_equal(whole, image):
        raise ValueError("numbers that its header has no room for")
    return whole.tobytes()
