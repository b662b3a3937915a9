"""The images of a DICOM file: one of a classic one, many of an enhanced multi-frame."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a file.

    Attributes
    ----------
    position : tuple of 3 floats or None
        Centre of its first voxel, mm (LPS).
    orientation : tuple of 6 floats or None
        Directions of a row and of a column.
    spacing : tuple of 2 floats or None
        Mm between rows and between columns.
    te, tr, ti : float or None
        Times of echo, repetition and inversion, ms.
    flip : float or None
        Degrees.
    b_value : float or None
        s/mm2.
    train, thickness : float or None
        As `Instance`; None where the file states one for all.
    image_type : tuple of str
        Of the frame, where it has one of its own.
    component : str
        ``MAGNITUDE``, ``PHASE``, ``REAL``, ``IMAGINARY`` or empty.
    time : str
        When it was acquired (TM or DT).
    administered : str
        ``YES`` or ``NO``, where an enhanced file says whether contrast agent had been given.
    """

    position: Vector | None
    orientation: Vector | None
    spacing: Vector | None
    te: float | None
    tr: float | None
    ti: float | None
    flip: float | None
    b_value: float | None
    train: float | None
    thickness: float | None
    image_type: tuple[str, ...]
    component: str
    time: str
    administered: str


def text(ds: Dataset, name: str) -> str:
    """Return an element as text; empty where it is absent."""
    value = ds.get(name)
    # Thousands of files say the same.
    return "" if value is None else sys.intern(str(value).strip())


def number(ds: Dataset, name: str) -> float | None:
    """Return an element as a number, the first of several; None where it is absent or none."""
    try:
        value: Any = ds.get(name)
        if value is None or isinstance(value, str):
            return float(value) if value else None
        return float(value[0] if hasattr(value, "__len__") else value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _vector(ds: Dataset, name: str, length: int) -> Vector | None:
    try:
        values = tuple(float(one) for one in ds.get(name) or ())
    except (TypeError, ValueError):
        return None
    return values if len(values) == length else None


def read_frames(ds: Dataset) -> tuple[Frame, ...]:
    """Return the images of a file, in the order in which it holds them."""
    shared = _merged(ds.get("SharedFunctionalGroupsSequence"))
    own = ds.get("PerFrameFunctionalGroupsSequence")
    if not own:
        frame = _frame(ds, {}, {})
        return (frame,) * max(int(number(ds, "NumberOfFrames") or 1), 1)
    return tuple(_frame(ds, shared, _groups(item)) for item in own)


def _merged(sequence: Any) -> dict[str, Dataset]:
    return _groups(sequence[0]) if sequence else {}


def _groups(item: Dataset) -> dict[str, Dataset]:
    """Return functional groups by keyword: each is a sequence of one item."""
    found = {}
    for element in item:
        if element.VR == "SQ" and element.value:
            found[element.keyword] = element.value[0]
    return found


def _frame(ds: Dataset, shared: dict[str, Dataset], own: dict[str, Dataset]) -> Frame:
    def places(group: str) -> Iterator[Dataset]:
        yield from (groups[group] for groups in (own, shared) if group in groups)
        yield ds

    def first(group: str, *names: str) -> float | None:
        values = (number(place, name) for place in places(group) for name in names)
        return next((value for value in values if value is not None), None)

    def vector(group: str, name: str, length: int) -> Vector | None:
        values = (_vector(place, name, length) for place in places(group))
        return next((value for value in values if value is not None), None)

    def said(group: str, *names: str) -> str:
        values = (text(place, name) for place in places(group) for name in names)
        return next(filter(None, values), "")

    timing, modifier = "MRTimingAndRelatedParametersSequence", "MRModifierSequence"
    kind: Any = next(
        (p.get("FrameType") for p in places("MRImageFrameTypeSequence") if p.get("FrameType")), ()
    )
    return Frame(
        position=vector("PlanePositionSequence", "ImagePositionPatient", 3),
        orientation=vector("PlaneOrientationSequence", "ImageOrientationPatient", 6),
        spacing=vector("PixelMeasuresSequence", "PixelSpacing", 2),
        te=first("MREchoSequence", "EffectiveEchoTime", "EchoTime"),
        tr=first(timing, "RepetitionTime"),
        ti=first(modifier, "InversionTimes", "InversionTime"),
        flip=first(timing, "FlipAngle"),
        b_value=_b_value(ds, first("MRDiffusionSequence", "DiffusionBValue")),
        train=first(timing, "EchoTrainLength", "RFEchoTrainLength"),
        thickness=first("PixelMeasuresSequence", "SliceThickness"),
        image_type=_codes(kind, said("MRImageFrameTypeSequence", "AcquisitionContrast")),
        component=said("MRImageFrameTypeSequence", "ComplexImageComponent").upper(),
        time=said("FrameContentSequence", "FrameAcquisitionDateTime", "AcquisitionTime")
        or said("", "AcquisitionDateTime", "ContentTime", "SeriesTime", "StudyTime"),
        administered=said("ContrastBolusUsageSequence", "ContrastBolusAgentAdministered").upper(),
    )


def _codes(kind: Any, contrast: str) -> tuple[str, ...]:
    """Codes of a frame's type, with the contrast that the standard has a word for."""
    codes = tuple(str(one).strip().upper() for one in kind)
    known = contrast.upper() not in ("", "UNKNOWN", "MIXED", *codes)
    return (*codes, contrast.upper()) if codes and known else codes


def _b_value(ds: Dataset, standard: float | None) -> float | None:
    if standard is not None:
        return standard
    for tag in (0x0019100C, 0x00431039):
        element = ds.get(tag)
        try:
            value: Any = element.value if element is not None else None
            if isinstance(value, bytes):
                value = value.decode("ascii").strip("\0 ").split("\\")[0]
            elif value is not None and not isinstance(value, str) and hasattr(value, "__len__"):
                value = value[0]
            if value not in (None, ""):
                # GE adds 10^9 to what its own versions before wrote.
                return float(value) % 1e9
        except (TypeError, ValueError, IndexError, UnicodeDecodeError):
            continue
    return None
