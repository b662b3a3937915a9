"""Whether two files hold one image: a copy under another name, or packed anew."""

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from gadless.parts import parts_of

# A file of fewer bytes holds no voxels of a scan.
_LEAST = 1024
_GLANCE, _PIECE = 4096, 1 << 20


def mark_of(path: str) -> str | None:
    """Return what two files of one image have in common, whatever it costs a glance.

    gzip ends with the checksum and the length of what it holds, so packing anew changes neither.

    Parameters
    ----------
    path : str
        An image; of several files, the largest is looked at.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    voxels = _voxels_of(path)
    with voxels.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        if size < _LEAST:
            return None
        if _is_packed(voxels):
            stream.seek(-8, os.SEEK_END)
            return stream.read().hex()
        parts = []
        for place in (0, size // 3, size // 2, size - _GLANCE):
            stream.seek(max(place, 0))
            parts.append(stream.read(_GLANCE))
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16] + str(size)


def is_copy(one: str, other: str) -> bool:
    """Compare two images of one mark to the end, unpacked."""
    try:
        with _opened(_voxels_of(one)) as first, _opened(_voxels_of(other)) as second:
            while True:
                piece, beside = first.read(_PIECE), second.read(_PIECE)
                if piece != beside:
                    return False
                if not piece:
                    return True
    except (OSError, EOFError, zlib.error):
        # Damaged: told of by itself.
        return False


def _voxels_of(path: str) -> Path:
    """Return the file with the voxels: of a pair, the larger; of a series, one of its slices."""
    parts = parts_of(path)
    if not parts:
        raise FileNotFoundError(path)
    return parts[0] if len(parts) == 1 else max(parts, key=lambda part: part.stat().st_size)


def _is_packed(path: Path) -> bool:
    return path.suffix.casefold() == ".gz"


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb") if _is_packed(path) else path.open("rb"))
