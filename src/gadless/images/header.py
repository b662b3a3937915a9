"""What the first bytes of a NIfTI file say: whether it can be read, and is one 3D image.

Read without nibabel, because a start asks 28,000 of them.
"""

import bz2
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gadless.parts import parts_of

MOST_VOXELS = 300_000_000
"""More than any head has: 0.4 mm voxels in 26 cm cubed."""

SUFFIXES = (".nii", ".nii.gz", ".nii.bz2", ".hdr", ".img")

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
    b"NDims": "a MetaImage file",
    b"\x89HDF": "an HDF5 or MINC file",
    b"CDF": "a MINC file",
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself",
    b"<": "a page or XML",
}


@dataclass(frozen=True)
class Layout:
    """Where the fields of a NIfTI header stand: format and byte of each.

    Attributes
    ----------
    length : int
        Bytes of the header, which stand in its first number.
    sizes, kind, spacing, placed
        ``dim``, ``datatype``, ``pixdim`` (from its second entry on) and ``sform_code``.
    rows : str, tuple of int
        Format and bytes of the three rows of the ``sform``.
    """

    length: int
    sizes: tuple[str, int]
    kind: tuple[str, int]
    spacing: tuple[str, int]
    side: tuple[str, int]
    placed: tuple[str, int]
    turned: tuple[str, int]
    rows: tuple[str, tuple[int, int, int]]


NIFTI_1 = Layout(
    *(348, ("8h", 40), ("h", 70), ("3f", 80), ("f", 76)),
    *(("h", 254), ("h", 252), ("3f", (280, 296, 312))),
)
NIFTI_2 = Layout(
    *(540, ("8q", 16), ("h", 12), ("3d", 112), ("d", 104)),
    *(("i", 348), ("i", 344), ("3d", (400, 432, 464))),
)
LENGTH = NIFTI_2.length
"""Bytes that are enough to tell which of the two it is."""


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
    """Look at the header of a NIfTI file, or of a pair.

    Parameters
    ----------
    path : path
        A file that exists.
    """
    named = Path(path)
    if named.suffix.casefold() in (".hdr", ".img"):
        return _look_at_pair(named)
    name = str(path).casefold()
    try:
        with named.open("rb") as stream:
            start = stream.read(_BLOCK)
        if not start:
            return Look(damage="the file is empty")
        packed = start.startswith((b"\x1f\x8b", b"BZh"))
        if packed != name.endswith((".gz", ".bz2")):
            other = "is" if packed else "is not"
            said = named_wrongly(start) or f"it {other} compressed, unlike its name; rename it"
            return Look(fault=said)
        header = _unpacked(named, start)
    except IsADirectoryError:
        return Look(fault="it is a folder, unlike its name; give the file, or rename the folder")
    except (OSError, EOFError, zlib.error) as error:
        return Look(damage=f"its header cannot be read ({error})")
    return _checked(header)


def _look_at_pair(half: Path) -> Look:
    header, voxels = halves(half)
    for path in (header, voxels):
        if not path.is_file():
            return Look(fault=f"it is half of a pair (.hdr, .img), and {path.name} is not there")
    try:
        with header.open("rb") as stream:
            return _checked(stream.read(LENGTH), pair=True)
    except OSError as error:
        return Look(damage=f"its header cannot be read ({error})")


def halves(half: Path) -> tuple[Path, Path]:
    """Return header and voxels of a pair, whichever of the two is named."""
    both = parts_of(half)
    return (both[0], both[1]) if half.suffix.casefold() == ".hdr" else (both[1], both[0])


def _unpacked(path: Path, start: bytes) -> bytes:
    if start.startswith(b"BZh"):
        with bz2.open(path) as stream:
            return stream.read(LENGTH)
    if start.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31).decompress(start, LENGTH)
    return start[:LENGTH]


def what_else(start: bytes) -> str | None:
    """Say what a file is by its first bytes; None where that is not known."""
    if start[128:132] == b"DICM":
        return "it is one DICOM file"
    for signature, what in _OTHERS.items():
        if start.startswith(signature):
            return f"it is {what}"
    return None


def named_wrongly(start: bytes) -> str | None:
    """Say what a file is, and what to do, whose name says that it is something else."""
    what = what_else(start)
    dicom = what is not None and "DICOM" in what
    advice = "give the folder of its series" if dicom else "rename it, or give the right file"
    return what and f"{what}, unlike its name; {advice}"


def layout_of(header: bytes) -> tuple[Layout, str] | None:
    """Tell NIfTI 1 from 2 and the order of bytes; None where it is neither."""
    for layout in (NIFTI_1, NIFTI_2):
        for order in "<>":
            if header[:4] == struct.pack(f"{order}i", layout.length):
                return layout, order
    return None


def _checked(header: bytes, *, pair: bool = False) -> Look:
    other = named_wrongly(header)
    if other is not None:
        return Look(fault=other)
    found = layout_of(header)
    if len(header) < NIFTI_1.length or (found and len(header) < found[0].length):
        return Look(damage="the file is truncated within its header")
    at = 4 if found and found[0] is NIFTI_2 else 344
    mark = header[at : at + 3]
    if found is None or mark not in (b"n+1", b"n+2", b"ni1", b"ni2"):
        what = "no NIfTI image"
        if pair and found is not None:
            what = "an Analyze image, which does not state where it lies"
        return Look(fault=f"it is {what}; convert it to NIfTI (.nii.gz)")
    if pair != mark.startswith(b"ni"):
        what = "half of a pair (.hdr, .img)" if mark.startswith(b"ni") else "one file (.nii)"
        return Look(fault=f"it is {what}, unlike its name; rename it")
    return _of_layout(header, *found)


def _of_layout(header: bytes, layout: Layout, order: str) -> Look:
    def read(place: tuple[str, int]) -> tuple[Any, ...]:
        return struct.unpack_from(f"{order}{place[0]}", header, place[1])

    dimensions, *sizes = read(layout.sizes)
    if not 1 <= dimensions <= 7 or min(sizes[:dimensions]) < 1:
        return Look(damage=f"its header gives no size ({dimensions} dimensions, {sizes})")
    if fault := size_fault(sizes[:dimensions]):
        return Look(fault=fault)
    if read(layout.kind)[0] not in _NUMBERS:
        return Look(fault=COLOURS)
    # What states where the image lies: `sform`, else `pixdim`.
    spacing = list(read(layout.spacing))
    if read(layout.placed)[0] not in PLACED:
        return Look(damage=spacing_damage(spacing))
    kind, places = layout.rows
    rows = [read((kind, at)) for at in places]
    damage = spacing_damage([math.hypot(*column) for column in zip(*rows, strict=True)])
    turned = read(layout.turned)[0] in PLACED
    if damage is None and turned and _is_opposite(rows, read(layout.side)[0]):
        damage = _OPPOSITE
    return Look(damage=damage)


COLOURS = "its voxels are colours or complex numbers; give one number each"


def size_fault(shape: Sequence[int]) -> str | None:
    """Say why an image of this size is no scan; axes of one voxel at the end do not count."""
    shape = list(shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    stated = " x ".join(map(str, shape))
    if len(shape) != 3:
        return f"it is {len(shape)}D, {stated}; give one 3D image"
    if math.prod(shape) > MOST_VOXELS:
        return f"it has {stated} voxels, more than any head; is it the right file?"
    return None


def spacing_damage(spacing: Sequence[float]) -> str | None:
    """Say why voxels of this size are none of a scan."""
    least, most = _SPACING_MM
    if all(least <= abs(edge) <= most for edge in spacing):
        return None
    stated = " x ".join(f"{edge:g}" for edge in spacing)
    return f"its voxels are {stated} mm; {_unit(spacing)}"


def _unit(spacing: Sequence[float]) -> str:
    """Say in what unit voxels of a head would have these edges, and what to do."""
    for factor, unit in ((1e3, "metres"), (1e-3, "microns"), (10.0, "centimetres")):
        if all(_USUAL_MM[0] <= abs(edge) * factor <= _USUAL_MM[1] for edge in spacing):
            return f"the header seems to count in {unit}: write it in millimetres"
    return "no scan of a head has such; mend the header"


def _is_opposite(rows: Sequence[Sequence[float]], side: float) -> bool:
    """Whether ``sform`` and ``qform`` are mirror images of each other.

    The third axis of a qform is turned round where the first of `pixdim` is below zero.
    """
    (a, b, c), (d, e, f), (g, h, i) = rows
    volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return volume * (-1 if side < 0 else 1) < 0
