"""What headers of a folder of DICOM say: the few elements that tell series apart, never pixels."""

import datetime
import os
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from tqdm import tqdm

from gadless.intake.elements import (
    agent_of,
    clock,
    codes_of,
    date_of,
    identifier_of,
    scanning_of,
    vendor_of,
)
from gadless.intake.frames import Frame, number, read_frames, text
from gadless.orphan import die_with_maker

DIRECTORY = "1.2.840.10008.1.3.10"
"""SOP class of a DICOMDIR: a table of contents, no image."""

# What is asked of a file; anything else in it is not even parsed.
_KEYWORDS = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"),
    *("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "AcquisitionDateTime"),
    *("AcquisitionTime", "SeriesTime", "ContentTime", "StudyTime"),
    *("Manufacturer", "MagneticFieldStrength", "BodyPartExamined"),
    *("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName", "StudyDescription"),
    *("SeriesNumber", "InstanceNumber", "ImagesInAcquisition", "NumberOfFrames"),
    *("ImageType", "ScanningSequence", "SequenceVariant", "MRAcquisitionType"),
    *("EchoPulseSequence", "InversionRecovery", "ComplexImageComponent", "AcquisitionContrast"),
    *("RepetitionTime", "EchoTime", "InversionTime", "InversionTimes", "FlipAngle"),
    *("EchoTrainLength", "SliceThickness", "SpacingBetweenSlices", "PixelSpacing"),
    *("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "LossyImageCompression"),
    "BurnedInAnnotation",
    *("ImageOrientationPatient", "ImagePositionPatient", "TemporalPositionIdentifier"),
    *("DiffusionBValue", "ContrastBolusAgent", "ContrastBolusAgentSequence"),
    *("ContrastBolusStartTime", "ContrastBolusVolume"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
)
# Siemens' and GE's b-values before the standard had one.
_TAGS = [*filter(None, map(tag_for_keyword, _KEYWORDS)), 0x0019100C, 0x00431039]
# Below this many files a pool of processes takes longer to start than they to read.
_POOLED, _CHUNK = 3000, 200
_OTHERS = {
    b"PK\x03\x04": "is an archive (zip); unpack it and run again",
    b"\x1f\x8b": "is compressed (gzip); unpack it and run again",
    b"Rar!": "is an archive (rar); unpack it and run again",
    b"7z\xbc\xaf": "is an archive (7z); unpack it and run again",
}


@dataclass(frozen=True)
class Instance:
    """One file.

    Attributes
    ----------
    file : str
    sop_class, sop, study, series : str
        Unique identifiers of the standard.
    patient_id, name, birth, sex : str
        Who it is; never leaves this process but into the private folder.
    date : date or None
    modality, vendor, body_part : str
    descriptions : tuple of str
        Free text: series' description, protocol, name of the pulse sequence.
    series_number, instance_number, images : float or None
        `images`: how many the scanner says that it made.
    image_type, scanning : tuple of str
        Upper case.
    dimension : str
        ``2D``, ``3D`` or empty.
    tesla, train, thickness, gap : float or None
        Field strength; echo train length; mm.
    rows, columns, samples : int
    agent : str
        Contrast agent as the header has it; empty where the element is absent or empty.
    bolus_time : float or None
        Start of the bolus, seconds of the day.
    lossy, burned : bool
        Compressed with loss; writing (a name, often) within the picture.
    frames : tuple of Frame
    """

    file: str
    sop_class: str
    sop: str
    study: str
    series: str
    patient_id: str
    name: str
    birth: str
    sex: str
    date: datetime.date | None
    modality: str
    vendor: str
    body_part: str
    descriptions: tuple[str, ...]
    series_number: float | None
    instance_number: float | None
    images: float | None
    image_type: tuple[str, ...]
    scanning: tuple[str, ...]
    dimension: str
    tesla: float | None
    train: float | None
    thickness: float | None
    gap: float | None
    rows: int
    columns: int
    samples: int
    agent: str
    bolus_time: float | None
    lossy: bool
    burned: bool
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Unread:
    """A file that is none of a series, and why; `harmless` where nothing is lost by it."""

    file: str
    why: str
    harmless: bool = False


def read_folder(folder: Path, workers: int = 1) -> tuple[list[Instance], list[Unread]]:
    """Read the headers of every file below a folder, whatever its name.

    Parameters
    ----------
    folder : Path
    workers : int
        Processes, where there are files enough for them.
    """
    closed: list[Unread] = []
    files = sorted(_walk(folder, closed))
    if workers > 1 and len(files) > _POOLED:
        pool = ProcessPoolExecutor(workers, initializer=die_with_maker, initargs=(os.getpid(),))
        with pool:
            read = list(_told(pool.map(read_file, files, chunksize=_CHUNK), len(files)))
    else:
        read = list(_told(map(read_file, files), len(files)))
    found = [one for one in read if isinstance(one, Instance)]
    return found, [*closed, *(one for one in read if isinstance(one, Unread))]


def _told(read: Iterable["Instance | Unread"], count: int) -> Iterable["Instance | Unread"]:
    """Show a person who sits there how far it is."""
    bar: Iterable[Instance | Unread] = tqdm(
        read, total=count, desc="headers", unit=" files", disable=None, leave=False
    )
    return bar


def _walk(folder: Path, closed: list[Unread]) -> Iterator[str]:
    """Yield the files below a folder, links to folders included, and note what cannot be listed."""

    def note(error: OSError) -> None:
        why = f"is a folder that cannot be listed ({error.strerror or 'I/O error'})"
        closed.append(Unread(str(error.filename), why))

    been: set[str] = set()
    for place, folders, files in os.walk(folder, onerror=note, followlinks=True):
        here = os.path.realpath(place)
        if here in been:
            # A link back to where it came from, or to what is read already.
            folders.clear()
            continue
        been.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(place, name) for name in files if not name.startswith("."))  # noqa: PTH118


def read_file(file: str) -> Instance | Unread:
    """Read one file's header."""
    try:
        size = Path(file).stat().st_size
        if size == 0:
            return Unread(file, "is empty")
        # Values that break the standard are common, and pydicom's words about them quote them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds, end = _parsed(file)
            return _instance(file, ds, size - end)
    except InvalidDicomError:
        return _other(file)
    except OSError as error:
        return Unread(file, f"cannot be read ({error.strerror or 'I/O error'})")
    except MemoryError:
        return Unread(file, "takes more memory than there is")
    except Exception:  # noqa: BLE001 - pydicom raises whatever its parser stumbles on
        return Unread(file, "is damaged: its header cannot be parsed; ask the site for it again")


def _parsed(file: str) -> tuple[Dataset, int]:
    """Return the header, and where in the file it ends."""
    with Path(file).open("rb") as stream:
        start = stream.read(132)
        # Old archives leave the preamble out: group 0008 comes first.
        force = start[128:] != b"DICM" and start[:2] == b"\x08\x00"
        stream.seek(0)
        ds = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=_TAGS, force=force)
        return ds, stream.tell()


def _other(file: str) -> Unread:
    with Path(file).open("rb") as stream:
        start = stream.read(8)
    for signature, what in _OTHERS.items():
        if start.startswith(signature):
            return Unread(file, what)
    return Unread(file, "is no DICOM", harmless=True)


def _instance(file: str, ds: Dataset, after: int) -> Instance | Unread:
    """Return what a header says, or why its file is none; `after` bytes follow the header."""
    sop_class = text(ds, "SOPClassUID") or str(ds.file_meta.get("MediaStorageSOPClassUID", ""))
    if sop_class == DIRECTORY:
        return _directory(file)
    series = text(ds, "SeriesInstanceUID")
    if not series:
        return Unread(file, "is DICOM without a series (no SeriesInstanceUID)")
    rows, columns = int(number(ds, "Rows") or 0), int(number(ds, "Columns") or 0)
    frames = read_frames(ds)
    bits = (number(ds, "BitsAllocated") or 0) * (number(ds, "SamplesPerPixel") or 1)
    syntax = ds.file_meta.get("TransferSyntaxUID")
    plain = syntax is not None and not (syntax.is_encapsulated or syntax.is_deflated)
    if plain and after < rows * columns * bits / 8 * len(frames):
        return Unread(file, "is cut short: it holds fewer bytes than its image has; copy it again")
    first = frames[0]
    return Instance(
        file=file,
        sop_class=sop_class,
        sop=text(ds, "SOPInstanceUID"),
        study=text(ds, "StudyInstanceUID"),
        series=series,
        patient_id=identifier_of(ds),
        name=text(ds, "PatientName"),
        birth=text(ds, "PatientBirthDate"),
        sex=text(ds, "PatientSex"),
        date=date_of(ds),
        modality=text(ds, "Modality").upper(),
        vendor=vendor_of(text(ds, "Manufacturer")),
        body_part=text(ds, "BodyPartExamined").upper(),
        descriptions=tuple(
            text(ds, name)
            for name in ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName")
        ),
        series_number=number(ds, "SeriesNumber"),
        instance_number=number(ds, "InstanceNumber"),
        images=number(ds, "ImagesInAcquisition"),
        image_type=first.image_type or codes_of(ds, "ImageType"),
        scanning=scanning_of(ds),
        dimension=text(ds, "MRAcquisitionType").upper(),
        tesla=number(ds, "MagneticFieldStrength"),
        train=first.train or number(ds, "EchoTrainLength"),
        thickness=first.thickness or number(ds, "SliceThickness"),
        gap=number(ds, "SpacingBetweenSlices"),
        rows=rows,
        columns=columns,
        samples=int(number(ds, "SamplesPerPixel") or 1),
        agent=agent_of(ds),
        bolus_time=clock(text(ds, "ContrastBolusStartTime")),
        lossy=text(ds, "LossyImageCompression") == "01",
        burned=text(ds, "BurnedInAnnotation").upper() == "YES",
        frames=frames,
    )


def _directory(file: str) -> Unread:
    """Ask a DICOMDIR whether all the files are there that it names."""
    records = pydicom.dcmread(file).get("DirectoryRecordSequence") or ()
    named = [record.ReferencedFileID for record in records if record.get("ReferencedFileID")]
    paths = [[name] if isinstance(name, str) else list(name) for name in named]
    absent = sum(not Path(file).parent.joinpath(*path).is_file() for path in paths)
    if absent:
        why = f"is a DICOMDIR that names {absent:,} files which are not there; copy the disc whole"
        return Unread(file, why)
    return Unread(file, "is a DICOMDIR; files are found without it", harmless=True)
