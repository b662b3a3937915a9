"""The voxels of a file, of NIfTI in pieces; all of them read to their end.

A few MB may unpack to more than the memory holds, and a packed file whose checksum nobody asks for
gives whatever a flipped bit makes of it. So a size is judged before memory is asked for, what is
held is the image and one piece of the file, and nothing is believed before the end was seen.
"""

import bz2
import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.formats import look_at, reader_of
from gadless.images.header import LENGTH, NIFTI_1, NIFTI_2, halves, layout_of
from gadless.images.placing import Placing, placing_of
from gadless.images.volume import SCANNER, Matrix
from gadless.nifti import nibabel

_PIECE = 1 << 24
# Header extensions of scanners and of tools take some kB.
_MOST_BEFORE = 1 << 26
# Nothing stands after the last voxel but what fills up a block.
_MOST_AFTER = 4096
# A twentieth of a head's voxels and more are brain, of some four bits each: 0.025 bytes a voxel
# packed, a fortieth to a hundredth of what they take. Asked of large images alone, because small
# ones harm nobody.
_LARGE, _VOXELS_A_BYTE, _BYTES_A_BYTE = 50_000_000, 100, 200

# By their length: where the mark stands, the header of one file, that of a pair.
_HEADERS = {
    NIFTI_1.length: (344, nibabel.nifti1.Nifti1Header, nibabel.nifti1.Nifti1PairHeader),
    NIFTI_2.length: (4, nibabel.nifti2.Nifti2Header, nibabel.nifti2.Nifti2PairHeader),
}


@dataclass(frozen=True)
class Stored:
    """What a file holds.

    Attributes
    ----------
    data : ndarray of float32, (i, j, k)
        Scaled as the header says.
    affine : ndarray, (4, 4)
    oriented : bool
        Whether the header states where the image lies (``sform`` or ``qform``).
    code : int
        What it says of that space (`gadless.images.volume.Grid`).
    placing : Placing or None
        What the header says of that; None of a format that says it once.
    """

    data: NDArray[np.float32]
    affine: Matrix
    oriented: bool
    code: int = SCANNER
    placing: Placing | None = None


def read_stored(path: Path, *, picture: bool = False) -> Stored:
    """Read an image to its end, in any format that is read (`gadless.images.formats`).

    Parameters
    ----------
    path : Path
        A file, or the folder of a DICOM series.
    picture : bool
        Whether it shows a head, so that a large one that packs to next to nothing is none. A mask
        may well be empty.

    Raises
    ------
    DataFault
        If it is missing, no file of one 3D image, too large, too short, too long or
        damaged.
    """
    if not path.exists():
        raise DataFault("file does not exist")
    look = look_at(path)
    wrong = look.fault or look.damage
    if wrong is not None:
        raise DataFault(wrong)
    try:
        other = reader_of(path)
        return _read_nifti(path, picture) if other is None else Stored(*other(path))
    except EOFError as error:
        raise DataFault("file is truncated") from error
    except (nibabel.spatialimages.HeaderDataError, nibabel.wrapstruct.WrapStructError) as error:
        raise DataFault("file is no readable NIfTI image") from error
    except MemoryError as error:
        raise DataFault("file takes more memory than there is") from error
    except (OSError, zlib.error) as error:
        raise DataFault("file is corrupt") from error
    except (ValueError, ArithmeticError) as error:
        raise DataFault(f"header contradicts itself ({error})") from error


def _read_nifti(path: Path, picture: bool) -> Stored:
    if path.suffix.casefold() in (".hdr", ".img"):
        first, second = halves(path)
        with _opened(first) as stream:
            header, _ = _header(stream.read(LENGTH))
        before = 0
    else:
        first, second = path, path
        with _opened(first) as stream:
            header, before = _header(stream.read(LENGTH))
    # Further axes have one voxel each, or the header was refused.
    shape = tuple(int(edge) for edge in header.get_data_shape()[:3])
    if picture:
        _check_packed(second, math.prod(shape), header.get_data_dtype().itemsize)
    with _opened(second) as stream:
        _skip(stream, int(header.get_data_offset()), before)
        data = _voxels(stream, header, shape)
        _check_end(stream)
    affine = np.asarray(header.get_best_affine(), dtype=float)
    codes = [int(header[name]) for name in ("sform_code", "qform_code")]
    code = next((code for code in codes if code > 0), None)
    return Stored(data, affine, code is not None, code or SCANNER, placing_of(header))


def _header(start: bytes) -> tuple[nibabel.nifti1.Nifti1Header, int]:
    """Read the header alone, and its length: nibabel would hold all its extensions too."""
    found = layout_of(start)
    if found is None:
        raise nibabel.spatialimages.HeaderDataError("no NIfTI header")
    length = found[0].length
    at, one, half = _HEADERS[length]
    kind = half if start[at : at + 2] == b"ni" else one
    return kind(start[:length]), length


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file by its name, which has been held against its first bytes."""
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    with openers.get(path.suffix.casefold(), open)(path, "rb") as stream:
        yield stream


def _check_packed(path: Path, voxels: int, itemsize: int) -> None:
    size = path.stat().st_size
    thin = voxels > size * _VOXELS_A_BYTE or voxels * itemsize > size * _BYTES_A_BYTE
    if voxels > _LARGE and thin:
        raise DataFault(f"{size:,} bytes for {voxels:,} voxels: hardly one differs from the next")


def _skip(stream: BinaryIO, length: int, least: int) -> None:
    if length < least or length > _MOST_BEFORE:
        raise DataFault(f"header says that voxels begin {length:,} bytes into the file")
    while length:
        piece = len(stream.read(min(length, _PIECE)))
        if not piece:
            raise EOFError
        length -= piece


def _voxels(
    stream: BinaryIO, header: nibabel.nifti1.Nifti1Header, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    kind = header.get_data_dtype()
    slope, inter = header.get_slope_inter()
    scale = np.float64(1 if slope is None else slope), np.float64(0 if inter is None else inter)
    # Zeroed memory is the system's until something is written to it: an empty image takes none.
    values = np.zeros(math.prod(shape), np.float32)
    step = _PIECE // kind.itemsize
    for start in range(0, values.size, step):
        wanted = min(step, values.size - start)
        raw = _exactly(stream, wanted * kind.itemsize)
        # What float32 cannot hold becomes infinite, and is told as such.
        with np.errstate(over="ignore", invalid="ignore"):
            piece = nibabel.volumeutils.apply_read_scaling(np.frombuffer(raw, kind), *scale)
            if piece.any():
                values[start : start + wanted] = piece
    return values.reshape(shape, order="F")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    raw = bytearray()
    while len(raw) < size:
        piece = stream.read(size - len(raw))
        if not piece:
            raise EOFError
        raw += piece
    return bytes(raw)


def _check_end(stream: BinaryIO) -> None:
    """Read on to the end, where a packed file has its checksum."""
    after = 0
    while piece := stream.read(_MOST_AFTER):
        after += len(piece)
        if after > _MOST_AFTER:
            raise DataFault("file goes on after its last voxel: its header states too few")
