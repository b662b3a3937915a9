"""One series to one NIfTI file that says nothing of the patient but the picture."""

import gzip
import os
import re
import struct
import subprocess
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import dcm2niix
import pydicom
from pydicom.filereader import read_file_meta_info

from gadless.errors import DataFault
from gadless.files import written_whole
from gadless.images.packed import is_packed, unpacked
from gadless.intake.series import Series

VERSION = version("dcm2niix")
_SECONDS = 1800
# Where a NIfTI-1 header has room for text, and for what only some tools write: everything but
# sizes, type, scaling, slices and place. name: (first byte, length).
_TEXT = {
    "data_type, db_name, extents, session_error, regular": (4, 35),
    "cal_max, cal_min": (124, 8),
    "toffset, glmax, glmin": (136, 12),
    "descrip, aux_file": (148, 104),
    "intent_name": (328, 16),
}
_HEADER, _OFFSET = 348, 352


def convert(series: Series, target: Path) -> None:
    """Convert a series with dcm2niix.

    Neither a side-car nor anything of what dcm2niix writes into headers (times, comments) is kept;
    equal files give equal bytes.

    Parameters
    ----------
    series : Series
    target : Path
        Ends in ``.nii.gz``.

    Raises
    ------
    DataFault
        If it does not become one 3D image of the series' own size.
    """
    with tempfile.TemporaryDirectory(prefix="gadless-") as name:
        scratch = Path(name)
        _link(series, scratch / "in")
        _decompress(scratch / "in")
        image = _converted(series, scratch / "in", scratch / "out")
        if image is None:
            raise DataFault("dcm2niix makes no image of it; convert it by hand")
        content = image.read_bytes()
    _check(content, series)
    # Neither a name nor a time in the packed file's own header.
    packed = gzip.compress(_cleaned(content), 6, mtime=0)
    with written_whole(target) as path:
        path.write_bytes(packed)


def _link(series: Series, folder: Path) -> None:
    folder.mkdir()
    for number, file in enumerate(series.files):
        (folder / f"{number:06d}.dcm").symlink_to(Path(file).absolute())


def _converted(series: Series, source: Path, folder: Path) -> Path | None:
    folder.mkdir(exist_ok=True)
    # Defaults of the user's own (-g) are ignored, so that everywhere gives the same.
    options = ["-g", "i", "-b", "n", "-ba", "y", "-z", "n", "-w", "1", "-f", "image"]
    command = [dcm2niix.bin, *options, "-o", str(folder), str(source)]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"}
    try:
        subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        raise DataFault(f"dcm2niix was not done with it in {_SECONDS} s") from None
    made = _of_part(sorted(folder.glob("*.nii")), series)
    if len(made) > 1:
        raise DataFault(
            f"dcm2niix makes {len(made)} images of it, so it is more than one; convert it by hand"
        )
    return made[0] if made else None


def _of_part(made: list[Path], series: Series) -> list[Path]:
    """Keep what is the part's own, where dcm2niix made several images of a multi-frame file.

    It marks phases (``_ph``), real and imaginary parts, and echoes (``_e2``) in their names.
    """
    if len(made) < 2:
        return made
    other = re.compile(r"_(ph|real|imaginary|fieldmaphz)")
    made = [path for path in made if bool(other.search(path.stem)) == bool(series.component)]
    if series.echo and len(made) > 1:
        made = [path for path in made if re.search(rf"_e{series.echo}(_|$)", path.stem)]
    return made


def _decompress(folder: Path) -> None:
    """Replace links to compressed files by plain copies.

    dcm2niix would decompress most of them itself, but three decoders against it say that it errs on
    some: signed JPEG Lossless (process 14), and RLE and JPEG-LS of multi-frame files whose frames
    run downwards, which it turns upside down.
    """
    for path in folder.iterdir():
        try:
            if not is_packed(read_file_meta_info(path).get("TransferSyntaxUID")):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = pydicom.dcmread(path)
        except Exception as error:
            raise DataFault("a file of it is damaged; ask the site for it again") from error
        plain = unpacked(data)
        path.unlink()
        plain.save_as(path)


def _check(content: bytes, series: Series) -> None:
    if len(content) < _OFFSET or content[344:348] != b"n+1\0":
        raise DataFault("dcm2niix made no NIfTI-1 image of it")
    dimensions, *sizes = struct.unpack_from("<8h", content, 40)
    shape = [size for size in sizes[:dimensions] if size > 1]
    expected = (series.head.rows, series.head.columns, series.slices)
    if sorted(shape) != sorted(expected):
        made, stated = (" x ".join(map(str, size)) for size in (shape, expected))
        raise DataFault(f"it became an image of {made} voxels and not of {stated}")


def _cleaned(content: bytes) -> bytes:
    """Return a NIfTI-1 file without text and extensions; voxels and place stay as they are."""
    header = bytearray(content[:_HEADER])
    offset = int(struct.unpack_from("<f", header, 108)[0])
    for first, length in _TEXT.values():
        header[first : first + length] = bytes(length)
    struct.pack_into("<f", header, 108, float(_OFFSET))
    return bytes(header) + bytes(_OFFSET - _HEADER) + content[offset:]
