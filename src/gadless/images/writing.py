"""Every image that Gadless makes is written here."""

import gzip
from pathlib import Path

from numpy.typing import NDArray

from gadless.files import written_whole
from gadless.images.volume import MNI, Matrix
from gadless.nifti import nibabel


def write_image(data: NDArray, affine: Matrix, path: Path, code: int = MNI) -> None:
    """Write a ``.nii.gz`` whose bytes depend on nothing but the image.

    All on one grid say the same of it.

    Parameters
    ----------
    data : ndarray, (i, j, k)
    affine : ndarray, (4, 4)
    path : Path
    code : int
        See `Grid`; by default that of the common grid.
    """
    image = nibabel.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=code)
    image.set_qform(affine, code=code)
    # Whole or not at all, without name or time in the header.
    with (
        written_whole(path) as scratch,
        scratch.open("wb") as stream,
        gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=stream, mtime=0) as packed,
    ):
        packed.write(image.to_bytes())
