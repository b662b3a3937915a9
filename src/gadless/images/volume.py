"""An image as the library carries it: an array, and where its voxels lie in the scanner.

World coordinates are millimetres in RAS+ (right, anterior, superior), as in nibabel.
SimpleITK thinks in LPS; the two functions at the end of this module are the only place that knows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import SimpleITK as sitk  # noqa: N813

Matrix = NDArray[np.floating]
Mask = NDArray[np.bool_]

SCANNER, MNI = 1, 4
"""What NIfTI says of a space (``sform_code``): the scanner's own, and that of the MNI template."""

# RAS to LPS and back: the first two axes point the other way.
_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Grid:
    """Voxel positions without values.

    Attributes
    ----------
    shape : tuple of int
        Voxels along the three axes.
    affine : ndarray, (4, 4)
        Voxel index to RAS millimetres.
    code : int
        What NIfTI says of the space: all that is written on a grid says the same.
    """

    shape: tuple[int, int, int]
    affine: Matrix
    code: int = SCANNER

    @property
    def spacing(self) -> Matrix:
        """Edge lengths of a voxel, mm."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0), dtype=np.float64)

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel, cm3."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def cropped(self, region: tuple[slice, slice, slice]) -> "Grid":
        """Return the part of the grid inside index slices (with start and stop, no step)."""
        start = np.array([part.start for part in region])
        affine = self.affine.copy()
        affine[:3, 3] = moved(self.affine, start)
        shape = tuple(part.stop - part.start for part in region)
        return Grid((shape[0], shape[1], shape[2]), affine, self.code)


@dataclass(frozen=True)
class Volume:
    """A 3D image.

    Attributes
    ----------
    data : ndarray of float32, (i, j, k)
    affine : ndarray, (4, 4)
        Voxel index to RAS millimetres.
    """

    data: NDArray[np.float32]
    affine: Matrix

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        i, j, k = self.data.shape
        return Grid((i, j, k), self.affine)

    def cropped(self, region: tuple[slice, slice, slice]) -> "Volume":
        """Return the part inside index slices."""
        return Volume(self.data[region], self.grid.cropped(region).affine)


def moved(matrix: Matrix, points: NDArray) -> Matrix:
    """Apply a 4 x 4 matrix to points, (..., 3)."""
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def bounding_box(mask: Mask, margin: NDArray[np.integer]) -> tuple[slice, slice, slice]:
    """Return the smallest box round a mask, `margin` voxels wider where there is room."""
    box = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        low = max(int(used[0]) - int(margin[axis]), 0)
        box.append(slice(low, min(int(used[-1]) + int(margin[axis]) + 1, mask.shape[axis])))
    return box[0], box[1], box[2]


def to_itk(data: NDArray, affine: Matrix) -> "sitk.Image":
    """Hand an array to SimpleITK with its place in space."""
    import SimpleITK as sitk  # noqa: N813

    if data.dtype == np.bool_:
        data = data.astype(np.uint8)
    image = sitk.GetImageFromArray(np.ascontiguousarray(data.transpose(2, 1, 0)))
    lps = _FLIP @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image


def from_itk(image: "sitk.Image") -> Volume:
    """Take a SimpleITK image back as float32."""
    import SimpleITK as sitk  # noqa: N813

    lps = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    lps[:3, :3] = direction * np.array(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    data = sitk.GetArrayFromImage(image).transpose(2, 1, 0).astype(np.float32)
    return Volume(np.ascontiguousarray(data), _FLIP @ lps)


def itk_affine(matrix: Matrix) -> "sitk.AffineTransform":
    """Turn a RAS matrix that maps output points to input points into SimpleITK's form."""
    import SimpleITK as sitk  # noqa: N813

    lps = _FLIP @ matrix @ _FLIP
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation(lps[:3, 3].tolist())
    return transform


def ras_matrix(transform: "sitk.Transform") -> Matrix:
    """Read a linear SimpleITK transform as a RAS matrix."""
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    columns = [np.array(transform.TransformPoint(tuple(axis))) - origin for axis in np.eye(3)]
    lps = np.eye(4)
    lps[:3, :3] = np.column_stack(columns)
    lps[:3, 3] = origin
    return _FLIP @ lps @ _FLIP
