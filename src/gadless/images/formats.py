"""Which formats are read as a scan or a mask, and what the first look at each says.

NIfTI is read by us, in pieces (`gadless.images.stored`); the rest by SimpleITK, nibabel and
pydicom. A start asks 28,000 files, so headers are looked at without any of these.
"""

import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gadless.images import header
from gadless.images.header import (
    COLOURS,
    Look,
    named_wrongly,
    size_fault,
    spacing_damage,
    what_else,
)
from gadless.parts import data_file

READ = (
    "NIfTI 1 and 2 (.nii, .nii.gz, .nii.bz2, .hdr with .img), NRRD (.nrrd, .nhdr), MetaImage (.mha,"
    " .mhd), MGH (.mgh, .mgz), or the folder of one DICOM series"
)
"""Every format, as a user is told."""

_BLOCK = 1 << 16
_SPACES = frozenset({"ras", "las", "lps"}) | {
    f"{side}-{front}-superior"
    for side, front in (("right", "anterior"), ("left", "anterior"), ("left", "posterior"))
}
# Type codes of an MGH file: uchar, int, float, short, ushort.
_MGH_TYPES = frozenset({0, 1, 3, 4, 10})


def look_at(path: Path | str) -> Look:
    """Look at the header of an image of any format that is read.

    Parameters
    ----------
    path : path
        A file, or a folder, that exists.
    """
    named = Path(path)
    name = named.name.casefold()
    if name.endswith(header.SUFFIXES):
        return header.look_at(path)
    if named.is_dir():
        # Late: of 28,000 scans, hardly one is a folder.
        from gadless.images.heads import look_at_series

        return look_at_series(named)
    look = next((look for suffixes, look in _LOOKS if name.endswith(suffixes)), None)
    try:
        with named.open("rb") as stream:
            start = stream.read(_BLOCK)
        if look is not None and start:
            return look(named, start)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        return Look(damage=f"its header cannot be read ({error})")
    except ValueError as error:
        return Look(damage=f"its header contradicts itself ({error})")
    if look is not None:
        return Look(damage="the file is empty")
    what = what_else(start) or "its name is of no format that is read"
    return Look(fault=f"{what}; read are {READ}")


def reader_of(path: Path) -> Callable[[Path], tuple[Any, Any, bool]] | None:
    """Return what reads voxels, affine, and whether it says where it lies; None for NIfTI."""
    name = path.name.casefold()
    if name.endswith(header.SUFFIXES):
        return None
    from gadless.images import others
    from gadless.images.series import read_series

    if path.is_dir():
        return read_series
    if name.endswith(_MGH):
        return others.read_mgh
    return others.read_nrrd if name.endswith(_NRRD) else others.read_metaimage


def nrrd_fields(start: bytes) -> dict[str, str]:
    """Fields of an NRRD header, names in small letters."""
    text = start.replace(b"\r\n", b"\n").split(b"\n\n")[0].decode("ascii", errors="replace")
    fields = {}
    for line in text.split("\n")[1:]:
        name, colon, value = line.partition(": ")
        if colon and not line.startswith("#"):
            fields[name.strip().casefold()] = value.strip()
    return fields


def metaimage_fields(start: bytes) -> dict[str, str]:
    """Fields of a MetaImage header, names in small letters, to the one before the voxels."""
    fields: dict[str, str] = {}
    for line in start.split(b"\n"):
        name, equals, value = line.decode("ascii", errors="replace").partition("=")
        if not equals:
            break
        fields[name.strip().casefold()] = value.strip()
        if name.strip().casefold() == "elementdatafile":
            break
    return fields


def is_placed(fields: dict[str, str]) -> bool:
    """Whether an NRRD header states where the image lies in a patient."""
    return bool(nrrd_directions(fields)) and fields.get("space", "").casefold() in _SPACES


def nrrd_directions(fields: dict[str, str]) -> list[list[float]]:
    """Columns of ``space directions``; none where the header does not state where it lies."""
    stated = fields.get("space directions", "")
    vectors = [one.strip("() ") for one in stated.split(")") if "(" in one]
    return [[float(number) for number in one.split("(")[-1].split(",")] for one in vectors]


def _look_nrrd(path: Path, start: bytes) -> Look:
    if not start.startswith(b"NRRD0"):
        return Look(fault=named_wrongly(start) or "it is no NRRD file; rename it, or convert it")
    fields = nrrd_fields(start)
    shape = [int(edge) for edge in fields.get("sizes", "").split()]
    if "block" in fields.get("type", "") or not shape:
        return Look(fault="its header gives no voxels that are numbers")
    if fields.get("encoding", "").casefold() in ("bzip2", "bz2"):
        return Look(fault="it is packed with bzip2; pack it with gzip, or not at all")
    if len(shape) > 3 and "vector" in fields.get("kinds", "") + "color" * (shape[0] in (3, 4)):
        return Look(fault=COLOURS)
    if fault := size_fault(shape):
        return Look(fault=fault)
    columns = nrrd_directions(fields)
    spacing = [math.hypot(*one) for one in columns] or [
        float(edge) for edge in fields.get("spacings", "1 1 1").split()
    ]
    return _with_data(path, spacing)


def _look_metaimage(path: Path, start: bytes) -> Look:
    fields = metaimage_fields(start)
    if "ndims" not in fields or "elementdatafile" not in fields:
        whole = start.startswith((b"ObjectType", b"NDims", b"Comment"))
        other = "its header is no whole one of a MetaImage" if whole else named_wrongly(start)
        return Look(fault=other or "it is no MetaImage; rename it, or convert it")
    shape = [int(edge) for edge in fields.get("dimsize", "").split()]
    if int(fields.get("elementnumberofchannels", "1")) != 1:
        return Look(fault=COLOURS)
    if fault := size_fault(shape):
        return Look(fault=fault)
    stated = fields.get("elementspacing") or fields.get("elementsize") or "1 1 1"
    return _with_data(path, [float(edge) for edge in stated.split()])


def _with_data(path: Path, spacing: list[float]) -> Look:
    data = data_file(path) if path.suffix.casefold() in (".nhdr", ".mhd") else None
    if data is not None:
        if data.name.split()[0].upper() == "LIST" or "%" in data.name:
            return Look(fault="its voxels lie in many files; convert it to one")
        if not data.is_file():
            return Look(fault=f"its voxels are to lie in {data.name}, which is not there")
    return Look(damage=spacing_damage(spacing))


def _look_mgh(path: Path, start: bytes) -> Look:
    if path.suffix.casefold() == ".mgz" or start.startswith(b"\x1f\x8b"):
        start = zlib.decompressobj(wbits=31).decompress(start, 284)
    if len(start) < 284:
        return Look(damage="the file is truncated within its header")
    version, *shape, kind = struct.unpack_from(">6i", start)
    if version != 1 or kind not in _MGH_TYPES:
        return Look(fault=named_wrongly(start) or "it is no MGH file; rename it, or convert it")
    if min(shape) < 1:
        return Look(damage=f"its header gives no size ({shape})")
    if fault := size_fault(shape):
        return Look(fault=fault)
    placed, *spacing = struct.unpack_from(">h3f", start, 28)
    return Look(damage=spacing_damage(spacing) if placed > 0 else None)


_NRRD, _METAIMAGE, _MGH = (".nrrd", ".nhdr"), (".mha", ".mhd"), (".mgh", ".mgz")
_LOOKS: tuple[tuple[tuple[str, ...], Callable[[Path, bytes], Look]], ...] = (
    (_NRRD, _look_nrrd),
    (_METAIMAGE, _look_metaimage),
    (_MGH, _look_mgh),
)
