"""The voxels of a NIfTI file, read in pieces and to its end.

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

import nibabel
import numpy as np
from nibabel.spatialimages import HeaderDataError
from nibabel.volumeutils import apply_read_scaling
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.header import LENGTH, look_at
from gadless.images.placing import Placing, placing_of
from gadless.images.volume import Matrix

_PIECE = 1 << 24
# Header extensions of scanners and of tools take some kB.
_MOST_BEFORE = 1 << 26
# Nothing stands after the last voxel but what fills up a block.
_MOST_AFTER = 4096
# A twentieth of a head's voxels and more are brain, of some four bits each: 0.025 bytes a voxel
# packed, a fortieth to a hundredth of what they take. Asked of large images alone, because small
# ones harm nobody.
_LARGE, _VOXELS_A_BYTE, _BYTES_A_BYTE = 50_000_000, 100, 200


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
    placing : Placing or None
        What the header says of that; None of a format that says it once.
    """

    data: NDArray[np.float32]
    affine: Matrix
    oriented: bool
    placing: Placing | None = None


def read_stored(path: Path, *, picture: bool = False) -> Stored:
    """Read a NIfTI file to its end.

    Parameters
    ----------
    path : Path
    picture : bool
        Whether it shows a head, so that a large one that packs to next to nothing is none. A mask
        may well be empty.

    Raises
    ------
    DataFault
        If it is missing, no NIfTI-1 file of one 3D image, too large, too short, too long or
        damaged.
    """
    if not path.is_file():
        raise DataFault("file does not exist")
    look = look_at(path)
    wrong = look.fault or look.damage
    if wrong is not None:
        raise DataFault(wrong)
    try:
        with _opened(path) as stream:
            # The header alone: nibabel would hold all its extensions, however long.
            header = nibabel.Nifti1Header(stream.read(LENGTH))
            # Further axes have one voxel each, or the header was refused.
            shape = tuple(int(edge) for edge in header.get_data_shape()[:3])
            if picture:
                _check_packed(path, math.prod(shape), header.get_data_dtype().itemsize)
            _skip(stream, int(header.get_data_offset()) - LENGTH)
            data = _voxels(stream, header, shape)
            _check_end(stream)
        affine = np.asarray(header.get_best_affine(), dtype=float)
        placing = placing_of(header)
    except EOFError as error:
        raise DataFault("file is truncated") from error
    except (HeaderDataError, WrapStructError) as error:
        raise DataFault("file is no readable NIfTI image") from error
    except MemoryError as error:
        raise DataFault("file takes more memory than there is") from error
    except (OSError, zlib.error) as error:
        raise DataFault("file is corrupt") from error
    except (ValueError, ArithmeticError) as error:
        raise DataFault(f"header contradicts itself ({error})") from error
    codes = (int(header["sform_code"]), int(header["qform_code"]))
    return Stored(data, affine, any(code > 0 for code in codes), placing)


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


def _skip(stream: BinaryIO, length: int) -> None:
    if length < 0 or length > _MOST_BEFORE:
        raise DataFault(f"header says that voxels begin {length + LENGTH:,} bytes into the file")
    while length:
        piece = len(stream.read(min(length, _PIECE)))
        if not piece:
            raise EOFError
        length -= piece


def _voxels(
    stream: BinaryIO, header: nibabel.Nifti1Header, shape: tuple[int, ...]
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
            piece = apply_read_scaling(np.frombuffer(raw, kind), *scale)
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
