"""DICOM as scanners write it, made of arrays: what tests of the intake read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR, ENHANCED, CAPTURE = (
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.7",
)
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)
CORONAL = (1, 0, 0, 0, 0, -1)

T1 = {"SeriesDescription": "t1_se_tra", "RepetitionTime": 500, "EchoTime": 12}
T1C = {"SeriesDescription": "t1_se_tra KM", "RepetitionTime": 500, "EchoTime": 12}
T2 = {"SeriesDescription": "t2_tse_tra", "RepetitionTime": 5000, "EchoTime": 100}
FLAIR = {
    "SeriesDescription": "t2_tirm_tra_dark-fluid",
    "RepetitionTime": 9000,
    "EchoTime": 110,
    "InversionTime": 2500,
    "ScanningSequence": ["SE", "IR"],
}
USUAL = {"t1": T1, "t2": T2, "flair": FLAIR, "t1c": T1C}


def head(slices: int = 12, size: int = 16, seed: int = 1) -> np.ndarray:
    """A ball with noise, (slices, rows, columns)."""
    z, y, x = np.ogrid[-1 : 1 : slices * 1j, -1 : 1 : size * 1j, -1 : 1 : size * 1j]
    noise = np.random.default_rng(seed).integers(0, 40, (slices, size, size))
    return (400 * (x**2 + y**2 + z**2 < 0.8) + noise).astype(np.uint16)


@dataclass
class Patient:
    """Who is scanned; every word of it must stay where it is."""

    ident: str
    name: str = "PLANTEDNAME^GIVEN"
    birth: str = "19530217"
    sex: str = "F"
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Study:
    """One visit to the scanner."""

    patient: Patient
    date: str = "20200305"
    vendor: str = "SIEMENS"
    uid: str = ""
    series: int = 0
    clock: int = 9 * 60

    def __post_init__(self) -> None:
        self.uid = self.uid or str(generate_uid())

    def elements(self, sop_class: str, tags: Mapping[str, Any]) -> dict[str, Any]:
        """What all files of a series say; each series begins five minutes after the last."""
        self.series += 1
        self.clock += 5
        time = f"{self.clock // 60:02d}{self.clock % 60:02d}00"
        return {
            "SOPClassUID": sop_class,
            "StudyInstanceUID": self.uid,
            "SeriesInstanceUID": str(generate_uid()),
            "FrameOfReferenceUID": self.uid,
            "Modality": "MR",
            "PatientID": self.patient.ident,
            "PatientName": self.patient.name,
            "PatientBirthDate": self.patient.birth,
            "PatientSex": self.patient.sex,
            "StudyDate": self.date,
            "StudyTime": "090000",
            "AcquisitionDate": self.date,
            "AcquisitionTime": time,
            "ContentDate": self.date,
            "ContentTime": time,
            "Manufacturer": self.vendor,
            "SeriesNumber": self.series,
            "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
            "MagneticFieldStrength": 3,
            "ScanningSequence": "SE",
            "MRAcquisitionType": "2D",
            "FlipAngle": 90,
            **self.patient.more,
            **tags,
        }

    def scan(
        self,
        folder: Path,
        tags: Mapping[str, Any],
        volume: np.ndarray | None = None,
        *,
        step: float = 10.0,
        pixel: float = 12.0,
        orientation: tuple[float, ...] = AXIAL,
        shear: float = 0.0,
        left_out: tuple[int, ...] = (),
        sop_class: str = MR,
        first: int = 0,
    ) -> list[Path]:
        """Write a classic series, one file a slice."""
        volume = head() if volume is None else volume
        elements = self.elements(sop_class, tags)
        row, column = np.array(orientation[:3], float), np.array(orientation[3:], float)
        normal = np.cross(row, column)
        files = []
        for number, plane in enumerate(volume):
            if number in left_out:
                continue
            position = normal * step * number + column * shear * step * number
            position -= (row + column) * pixel * plane.shape[0] / 2
            data = {
                **elements,
                "InstanceNumber": first + number + 1,
                "ImagePositionPatient": [f"{x:.4f}" for x in position],
                "ImageOrientationPatient": [f"{x:g}" for x in orientation],
                "PixelSpacing": [pixel, pixel],
                "SliceThickness": step,
                "SpacingBetweenSlices": step,
            }
            path = folder / f"{self.uid[-6:]}.{self.series:03d}.{first + number:05d}"
            write_file(path, data, plane)
            files.append(path)
        return files

    def scan_enhanced(
        self,
        path: Path,
        tags: Mapping[str, Any],
        volume: np.ndarray,
        *,
        step: float = 10.0,
        pixel: float = 12.0,
        echoes: tuple[float, ...] = (),
    ) -> Path:
        """Write an enhanced multi-frame series: one file."""
        elements = self.elements(ENHANCED, {})
        for name in ("ScanningSequence", "FlipAngle"):
            elements.pop(name, None)
        timing = {"RepetitionTime": float(tags["RepetitionTime"]), "FlipAngle": 90.0}
        shared = _item(
            MRTimingAndRelatedParametersSequence=timing,
            MRModifierSequence={
                "InversionRecovery": "YES" if "InversionTime" in tags else "NO",
                **({"InversionTimes": [tags["InversionTime"]]} if "InversionTime" in tags else {}),
            },
            PixelMeasuresSequence={
                "PixelSpacing": [pixel, pixel],
                "SliceThickness": step,
                "SpacingBetweenSlices": step,
            },
            PlaneOrientationSequence={"ImageOrientationPatient": list(AXIAL)},
            PixelValueTransformationSequence={
                "RescaleIntercept": 0,
                "RescaleSlope": 1,
                "RescaleType": "US",
            },
        )
        size = volume.shape[1] * pixel / 2
        times = echoes or (tags["EchoTime"],)
        slices = len(volume) // len(times)
        frames = [
            _item(
                FrameContentSequence={
                    "FrameAcquisitionDateTime": f"{self.date}{elements['AcquisitionTime']}",
                    "StackID": "1",
                    "InStackPositionNumber": number + 1,
                    "DimensionIndexValues": [1, number + 1, at + 1],
                },
                PlanePositionSequence={"ImagePositionPatient": [-size, -size, step * number]},
                MRImageFrameTypeSequence={
                    "FrameType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
                    "ComplexImageComponent": "MAGNITUDE",
                },
                MREchoSequence={"EffectiveEchoTime": float(echo)},
            )
            for at, echo in enumerate(times)
            for number in range(slices)
        ]
        data = {
            **elements,
            "SeriesDescription": tags["SeriesDescription"],
            "EchoPulseSequence": "SPIN",
            "InstanceNumber": 1,
            "NumberOfFrames": len(volume),
            "SharedFunctionalGroupsSequence": Sequence([shared]),
            "PerFrameFunctionalGroupsSequence": Sequence(frames),
        }
        write_file(path, data, volume)
        return path


def _item(**groups: Mapping[str, Any]) -> Dataset:
    item = Dataset()
    for name, content in groups.items():
        inner = Dataset()
        for keyword, value in content.items():
            setattr(inner, keyword, value)
        setattr(item, name, Sequence([inner]))
    return item


def write_file(path: Path, elements: Mapping[str, Any], pixels: np.ndarray) -> None:
    """Write a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = elements["SOPClassUID"]
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    for name, value in elements.items():
        setattr(data, name, value)
    data.SOPInstanceUID = elements.get("SOPInstanceUID", meta.MediaStorageSOPInstanceUID)
    data.Rows, data.Columns = pixels.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
    data.PixelRepresentation = 0
    data.PixelData = pixels.astype("<u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
