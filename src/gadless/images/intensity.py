"""What a scan's numbers say of how it was made: as the scanner did, or spoilt on the way.

Each figure is cheap and asks nothing of the anatomy. Limits are the configuration's
(`preprocess.quality`); those it comes with were set on the scans of 14 real exams, none of which is
flagged (docs/preprocessing.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.errors import DataFault
from gadless.images.head import head_mask, otsu, without_holes
from gadless.images.volume import Matrix, Volume

# Neighbours that differ by more than this share of the range between the darkest and the brightest
# tissue: in a picture of a head some edges do, in wrapped integers whole regions.
JUMP = 0.75
# In every picture of a head more than this is air, bone or, where it was cut out, nothing.
_DARK_PERCENTILE = 5.0
# Of the range; the rest are outliers.
RANGE_PERCENTILES = (0.05, 99.95)


@dataclass(frozen=True)
class Intensity:
    """Figures of a scan's numbers.

    Attributes
    ----------
    negative : float
        Share of the voxels that are not 0 and lie below it. A magnitude has none; interpolation
        leaves some; of an image that was z-scored it is half.
    saturated : float
        Share of the voxels above 0 that have exactly the highest value.
    jumps : float
        Share of neighbours within the head that differ by more than three quarters of its range:
        numbers that ran over the end of their type and went on at the other one.
    air : float
        The darkest voxels (a twentieth are darker) as a share of tissue's median: air and bone
        give no signal. Where an amount was added to all numbers, an intercept that was not taken
        off, ratios of intensities mean nothing.
    outside : int
        Voxels outside the head that were no finite number, and are now 0.
    """

    negative: float
    saturated: float
    jumps: float
    air: float
    outside: int


def finite_within(data: NDArray[np.float32], affine: Matrix) -> tuple[NDArray[np.float32], int]:
    """Set what is not finite outside the head to 0; programs write NaN where they saw nothing.

    Returns
    -------
    data : ndarray of float32
    outside : int
        How many were set to 0.

    Raises
    ------
    DataFault
        If a voxel within the head is not finite, or none in the image is.
    """
    lost = ~np.isfinite(data)
    count = int(np.count_nonzero(lost))
    if not count:
        return data, 0
    if count == data.size:
        raise DataFault("no voxel is a finite number")
    filled = np.where(lost, np.float32(0), data)
    head = without_holes(head_mask(Volume(filled, affine)) | _holes(lost, filled))
    inside = int(np.count_nonzero(lost & head))
    if inside:
        raise DataFault(f"{inside} voxels within the head are NaN or infinite")
    return filled, count


def _holes(lost: NDArray[np.bool_], filled: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return lost voxels most of whose neighbours have signal: a head that is lost is still one."""
    # Half of what parts air from tissue: the air of a raw scan is noise, and not 0.
    level = 0.5 * otsu(np.clip(filled, 0, np.percentile(filled, 99.9)))
    signal = ndimage.uniform_filter((filled > level).astype(np.float32), 3, mode="constant")
    return lost & (signal > 0.5)


def intensity_of(data: NDArray[np.float32], outside: int = 0) -> Intensity:
    """Take the figures of a scan as it is stored.

    Parameters
    ----------
    data : ndarray of float32, (i, j, k)
        Finite.
    outside : int
        See `Intensity`.
    """
    given, above = int(np.count_nonzero(data)), int(np.count_nonzero(data > 0))
    negative = int(np.count_nonzero(data < 0)) / max(given, 1)
    highest = data.max()
    saturated = int(np.count_nonzero(data == highest)) / max(above, 1) if above else 0.0
    return Intensity(negative, saturated, _jumps(data), _air(data), outside)


def _air(data: NDArray[np.float32]) -> float:
    part = data[::2, ::2]
    dark, bright = np.percentile(part, (_DARK_PERCENTILE, RANGE_PERCENTILES[1]))
    tissue = part[part > otsu(np.minimum(part, bright))]
    return float(max(dark, 0.0) / np.median(tissue)) if tissue.size and dark > 0 else 0.0


def _jumps(data: NDArray[np.float32]) -> float:
    # Every other plane of each axis: a wrapped region is wide, and there are nine million voxels.
    part = data[::2, ::2]
    low, high = np.percentile(part[part != 0], RANGE_PERCENTILES) if part.any() else (0.0, 0.0)
    if not high > low:
        return 0.0
    step = np.abs(np.diff(part, axis=2))
    both = (part[..., 1:] != 0) & (part[..., :-1] != 0)
    wide = int(np.count_nonzero((step > JUMP * (high - min(low, 0.0))) & both))
    return wide / max(int(np.count_nonzero(both)), 1)
