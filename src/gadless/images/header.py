"""What the first bytes of a scan say: whether it can be read, and whether it is one 3D image.

Read without nibabel, because a start asks 28,000 of them.
"""

import bz2
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_VOXELS = 300_000_000
"""More than any head has: 0.4 mm voxels in 26 cm cubed."""

SUFFIXES = (".nii", ".nii.gz", ".nii.bz2")

LENGTH = 348
"""Bytes of a NIfTI-1 header."""
# Enough of a compressed file for its header.
_BLOCK = 8192
PLACED = range(1, 6)
"""Codes of ``sform`` and ``qform`` that say where an image lies; nibabel takes another for none."""

_OPPOSITE = (
    "its header contradicts itself: sform and qform put right and left on opposite sides; find out"
    " which is true (the DICOM says), and write the file with that one"
)
_SPACING_MM = (0.05, 50.0)
_USUAL_MM = (0.2, 12.0)
_NUMBERS = frozenset({2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280, 1536})
_OTHERS = {
    b"NRRD": "an NRRD file",
    b"ObjectType": "a MetaImage file",
    b"\x89HDF": "an HDF5 or MINC file",
    b"CDF": "a MINC file",
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself",
    b"<": "a page or XML",
}


@dataclass(frozen=True)
class Look:
    """What a first look at a scan found.

    Attributes
    ----------
    fault : str or None
        Why it is no scan at all: the sheet is to be mended.
    damage : str or None
        Why it will not be usable, although it is meant as a scan: its visit is not evaluable.
    """

    fault: str | None = None
    damage: str | None = None


def look_at(path: Path | str) -> Look:
    """Look at the header of a NIfTI file.

    Parameters
    ----------
    path : path
        A file that exists.
    """
    name = str(path).casefold()
    if not name.endswith(SUFFIXES):
        return Look(fault="its name does not end in .nii or .nii.gz; convert it to NIfTI")
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(_BLOCK)
        if not start:
            return Look(damage="the file is empty")
        packed = start.startswith((b"\x1f\x8b", b"BZh"))
        if packed != name.endswith((".gz", ".bz2")):
            other = "is" if packed else "is not"
            said = _other(start) or f"it {other} compressed, unlike its name; rename it"
            return Look(fault=said)
        header = _unpacked(Path(path), start)
    except (OSError, EOFError, zlib.error) as error:
        return Look(damage=f"its header cannot be read ({error})")
    return _checked(header)


def _unpacked(path: Path, start: bytes) -> bytes:
    if start.startswith(b"BZh"):
        with bz2.open(path) as stream:
            return stream.read(LENGTH)
    if start.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31).decompress(start, LENGTH)
    return start[:LENGTH]


def _other(header: bytes) -> str | None:
    if header[128:132] == b"DICM":
        return "it is a DICOM file; convert the series to one NIfTI file"
    for signature, what in _OTHERS.items():
        if header.startswith(signature):
            return f"it is {what}; give a NIfTI file"
    return None


def _checked(header: bytes) -> Look:
    other = _other(header)
    if other is not None:
        return Look(fault=other)
    if len(header) < LENGTH:
        return Look(damage="the file is truncated within its header")
    order = next((o for o in "<>" if struct.unpack_from(f"{o}i", header)[0] == LENGTH), None)
    if order is None or header[344:348] != b"n+1\0":
        second = header[4:8] == b"n+2\0"
        is_pair = header[344:348] == b"ni1\0"
        what = "NIfTI-2" if second else "half of a pair (.hdr, .img)" if is_pair else None
        return Look(fault=f"it is {what or 'no NIfTI image'}; convert it to one NIfTI-1 file")
    dimensions, *sizes = struct.unpack_from(f"{order}8h", header, 40)
    if not 1 <= dimensions <= 7 or min(sizes[:dimensions]) < 1:
        return Look(damage=f"its header gives no size ({dimensions} dimensions, {sizes})")
    shape = sizes[:dimensions]
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    stated = " x ".join(map(str, shape))
    if len(shape) != 3:
        return Look(fault=f"it is {len(shape)}D, {stated}; give one 3D image")
    if math.prod(shape) > MOST_VOXELS:
        return Look(fault=f"it has {stated} voxels, more than any head; is it the right file?")
    if struct.unpack_from(f"{order}h", header, 70)[0] not in _NUMBERS:
        return Look(fault="its voxels are colours or complex numbers; give one number each")
    return _spaced(header, order)


def _spaced(header: bytes, order: str) -> Look:
    """Check the voxel's size, by what states where the image lies: ``sform``, else ``pixdim``."""
    spacing = list(struct.unpack_from(f"{order}3f", header, 80))
    if struct.unpack_from(f"{order}h", header, 254)[0] in PLACED:
        rows = [struct.unpack_from(f"{order}3f", header, at) for at in (280, 296, 312)]
        spacing = [math.hypot(*column) for column in zip(*rows, strict=True)]
    least, most = _SPACING_MM
    if not all(least <= abs(edge) <= most for edge in spacing):
        stated = " x ".join(f"{edge:g}" for edge in spacing)
        return Look(damage=f"its voxels are {stated} mm; {_unit(spacing)}")
    return Look(damage=_OPPOSITE if _is_opposite(header, order) else None)


def _unit(spacing: Sequence[float]) -> str:
    """Say in what unit voxels of a head would have these edges, and what to do."""
    for factor, unit in ((1e3, "metres"), (1e-3, "microns"), (10.0, "centimetres")):
        if all(_USUAL_MM[0] <= abs(edge) * factor <= _USUAL_MM[1] for edge in spacing):
            return f"the header seems to count in {unit}: write it in millimetres"
    return "no scan of a head has such; mend the header"


def _is_opposite(header: bytes, order: str) -> bool:
    """Whether ``sform`` and ``qform`` are mirror images of each other."""
    q_code, s_code = struct.unpack_from(f"{order}2h", header, 252)
    if s_code not in PLACED or q_code not in PLACED:
        return False
    rows = [struct.unpack_from(f"{order}3f", header, at) for at in (280, 296, 312)]
    (a, b, c), (d, e, f), (g, h, i) = rows
    volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    # The third axis of a qform is turned round where the first of `pixdim` is below zero.
    (side,) = struct.unpack_from(f"{order}f", header, 76)
    return volume * (-1 if side < 0 else 1) < 0
