"""Images that are more than one file: a header and its voxels, or a folder of a DICOM series.

A path in a sheet names one image. Whether that image is still the same is a question about all its
files.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_DATA_OF = {
    ".mhd": re.compile(rb"^ElementDataFile\s*=\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE),
    ".nhdr": re.compile(rb"^data ?file:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE),
}
# Headers are text of some hundred bytes.
_MOST_HEADER = 1 << 16
_NOISE = frozenset({"thumbs.db", "desktop.ini"})


def parts_of(path: Path | str) -> list[Path]:
    """Return all files of an image; the one that is named first.

    Parameters
    ----------
    path : path
        A file, the header of a pair (``.mhd``, ``.nhdr``, ``.hdr``) or its voxels (``.img``), or a
        folder, whose files count in the order of their names; hidden ones do not.

    Returns
    -------
    list of Path
        Some of which need not exist. Of a folder, its files alone.
    """
    named = Path(path)
    suffix = named.suffix.casefold()
    if suffix in _DATA_OF:
        data = data_file(named)
        return [named] if data is None else [named, data]
    if suffix in (".hdr", ".img"):
        return [named, _other_half(named)]
    # Of 28,000 scans, nearly all are NIfTI, and need not be asked of the disk.
    if suffix in (".gz", ".nii") and not os.path.isdir(named):  # noqa: PTH112
        return [named]
    return list(_lying_in(named)) if named.is_dir() else [named]


def data_file(header: Path) -> Path | None:
    """Return the file with the voxels that a text header names; None where it has them itself."""
    if header.suffix.casefold() not in _DATA_OF:
        return None
    try:
        with header.open("rb") as stream:
            found = _DATA_OF[header.suffix.casefold()].search(stream.read(_MOST_HEADER))
    except OSError:
        return None
    name = found[1].decode("utf-8", errors="surrogateescape") if found else "LOCAL"
    return None if name.upper() == "LOCAL" else header.parent / name


def _other_half(half: Path) -> Path:
    suffix = ".img" if half.suffix.casefold() == ".hdr" else ".hdr"
    return half.with_suffix(suffix.upper() if half.suffix.isupper() else suffix)


def _lying_in(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file()]
    for name in sorted(names):
        if not name.startswith(".") and name.casefold() not in _NOISE:
            yield folder / name


def size_and_change(path: Path | str) -> tuple[int, int]:
    """Size and time of change of an image: together, over all its files.

    The time is that of the file itself where there is one; of several, a number that changes with
    any of them.

    Raises
    ------
    OSError
        If a file of it does not exist.
    """
    parts = parts_of(path)
    if len(parts) == 1 and parts[0] == Path(path):
        stat = parts[0].stat()
        return stat.st_size, stat.st_mtime_ns
    stats = [part.stat() for part in parts]
    changed = sum((n + 1) * stat.st_mtime_ns for n, stat in enumerate(stats))
    return sum(stat.st_size for stat in stats), changed
