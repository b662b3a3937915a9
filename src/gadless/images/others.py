"""NRRD and MetaImage by SimpleITK, MGH by nibabel: to their end, with the checksums they have."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.formats import is_placed, metaimage_fields, nrrd_fields
from gadless.images.volume import Matrix, from_itk
from gadless.nifti import nibabel
from gadless.parts import data_file

Voxels = tuple[NDArray[np.float32], Matrix, bool]

_PIECE = 1 << 20
_BLOCK = 1 << 16
_TRUNCATED = "file is truncated"
_METAIMAGE_BYTES = {"CHAR": 1, "SHORT": 2, "INT": 4, "LONG": 4, "FLOAT": 4, "DOUBLE": 8}


def read_nrrd(path: Path) -> Voxels:
    """Read an NRRD file, or a header with its voxels beside it.

    Returns
    -------
    data : ndarray of float32, (i, j, k)
    affine : ndarray, (4, 4)
    oriented : bool
        Whether the header states where the image lies.

    Raises
    ------
    DataFault
        If it is damaged, or its packed voxels are not what their checksum says.
    """
    with path.open("rb") as stream:
        fields = nrrd_fields(stream.read(_BLOCK))
        encoding = fields.get("encoding", "raw").casefold()
        if encoding in ("gzip", "gz"):
            if (beside := data_file(path)) is None:
                stream.seek(0)
                while stream.readline().strip():
                    pass
                _unpack(stream, 31)
            else:
                with beside.open("rb") as voxels:
                    _unpack(voxels, 31)
    return (*_read(path), is_placed(fields))


def read_metaimage(path: Path) -> Voxels:
    """Read a MetaImage, in one file or with its voxels beside it; see `read_nrrd`."""
    with path.open("rb") as stream:
        fields = metaimage_fields(stream.read(_BLOCK))
        name = fields.get("elementtype", "MET_").removeprefix("MET_").removeprefix("U").split("_")
        size = _METAIMAGE_BYTES.get(name[0], 8 if name[0] == "LONG" else 0)
        whole = size * math.prod(int(edge) for edge in fields["dimsize"].split())
        if (beside := data_file(path)) is None:
            stream.seek(0)
            while b"ElementDataFile" not in stream.readline():
                pass
            _check_voxels(stream, fields, whole)
        else:
            with beside.open("rb") as voxels:
                _check_voxels(voxels, fields, whole)
    placed = any(name in fields for name in ("transformmatrix", "orientation", "rotation"))
    return (*_read(path), placed)


def read_mgh(path: Path) -> Voxels:
    """Read an MGH file, packed or not; see `read_nrrd`."""
    if path.suffix.casefold() == ".mgz":
        with gzip.open(path) as stream:
            while stream.read(_PIECE):
                pass
    image = nibabel.MGHImage.from_filename(path)
    data = np.asarray(image.dataobj, dtype=np.float32)
    placed = int(image.header["goodRASFlag"]) > 0
    return data.reshape(data.shape[:3]), np.asarray(image.affine, dtype=float), placed


def _read(path: Path) -> tuple[NDArray[np.float32], Matrix]:
    try:
        image = sitk.ReadImage(path, sitk.sitkFloat32)
    except RuntimeError as error:
        # What ITK says of it names its own sources, over many lines.
        raise DataFault("file is corrupt or truncated") from error
    if image.GetDimension() > 3:
        image = image[(slice(None),) * 3 + (0,) * (image.GetDimension() - 3)]
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise DataFault("file is no 3D image with one number a voxel")
    volume = from_itk(image)
    return volume.data, volume.affine


def _check_voxels(stream: BinaryIO, fields: dict[str, str], whole: int) -> None:
    """ITK fills what a short file lacks, and passes over the checksum of a packed one."""
    if fields.get("compresseddata", "").casefold() == "true":
        found = _unpack(stream, 47)
    else:
        here = stream.tell()
        found = stream.seek(0, 2) - here
    if found < whole:
        raise DataFault(_TRUNCATED)


def _unpack(stream: BinaryIO, wbits: int) -> int:
    """Unpack to the end, where the checksum stands; return how many bytes it holds."""
    unpacking, size = zlib.decompressobj(wbits=wbits), 0
    while not unpacking.eof:
        piece = unpacking.unconsumed_tail or stream.read(_BLOCK)
        if not piece:
            raise DataFault(_TRUNCATED)
        size += len(unpacking.decompress(piece, _PIECE))
    return size
