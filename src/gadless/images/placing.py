"""What states where a NIfTI image lies, and whether its statements agree.

A header may hold two placings, ``sform`` and ``qform``, and the voxel's edges (``pixdim``) beside
them. Readers differ in which they believe. We go by ``sform``, then ``qform``, then the edges
alone, as nibabel does; where two of them put right and left on opposite sides, or differ in the
voxel's size, no rule makes the image safe.
"""

import math
from dataclasses import dataclass

import numpy as np

from gadless.images.header import PLACED
from gadless.images.volume import Matrix, moved
from gadless.nifti import nibabel


@dataclass(frozen=True)
class Placing:
    """What a header says of an image's place.

    Attributes
    ----------
    rule : str
        What was believed: ``sform``, ``qform`` or ``voxel sizes alone``.
    size : float or None
        Largest difference between the voxel's edges by what was believed and by ``pixdim``, as a
        share; None where ``pixdim`` states none.
    turn_degrees, shift_mm : float or None
        Between ``sform`` and ``qform``, the latter of the image's centre; None where one is absent.
    """

    rule: str
    size: float | None
    turn_degrees: float | None
    shift_mm: float | None


def placing_of(header: nibabel.Nifti1Header) -> Placing:
    """Compare the statements of a header."""
    s_code, q_code = int(header["sform_code"]), int(header["qform_code"])
    affine = np.asarray(header.get_best_affine(), dtype=float)
    rule = "sform" if s_code in PLACED else "qform" if q_code in PLACED else "voxel sizes alone"
    edges, stated = np.linalg.norm(affine[:3, :3], axis=0), np.abs(header["pixdim"][1:4])
    size = None
    if (stated > 0).all() and np.isfinite(stated).all() and (edges > 0).all():
        size = float(np.abs(edges / stated - 1).max())
    if s_code not in PLACED or q_code not in PLACED:
        return Placing(rule, size, None, None)
    try:
        other = np.asarray(header.get_qform(), dtype=float)
    except nibabel.spatialimages.HeaderDataError:
        return Placing(rule, size, None, None)
    middle = (np.array(header.get_data_shape()[:3]) - 1) / 2
    shift = float(np.linalg.norm(moved(affine, middle) - moved(other, middle)))
    return Placing(rule, size, _angle(affine, other), shift)


def _angle(one: Matrix, other: Matrix) -> float:
    """Return the angle of the rotation between two placings, degrees."""
    first, second = (
        matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0) for matrix in (one, other)
    )
    cosine = (np.trace(first @ second.T) - 1) / 2
    return math.degrees(math.acos(float(np.clip(cosine, -1, 1))))
