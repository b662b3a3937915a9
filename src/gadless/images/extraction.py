"""The brain mask: several ways to make it behind one call."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from gadless.errors import DataFault
from gadless.images.atlas import brain_by_atlas
from gadless.images.deepbet import brain_by_network
from gadless.images.head import largest_piece, without_holes
from gadless.images.volume import Mask, Volume

# A skull-stripped scan: this share of the field or more is exactly one value, ...
STRIPPED_EMPTY_SHARE = 0.40
# ... the rest is one piece but for this share of it, ...
STRIPPED_STRAY_SHARE = 0.02
# ... no larger than any brain (a head without neck has some 3500 cm3), ...
STRIPPED_LARGEST_CM3 = 2300.0
# ... and it hardly touches the faces of the field, as a cropped head would.
STRIPPED_FACE_SHARE = 0.05

# Fluid in a T1 has a fifth or more of the brain's median.
FAINTEST_SIGNAL = 0.05

Extractor = Callable[[Volume, int], Mask]


def is_stripped(scan: Volume) -> bool:
    """Whether a T1 comes without skull: most of the field empty, one brain-sized piece in it."""
    signal = scan.data != 0
    if 1 - signal.mean() < STRIPPED_EMPTY_SHARE:
        return False
    if signal.sum() * scan.grid.voxel_cm3 > STRIPPED_LARGEST_CM3:
        return False
    piece = largest_piece(signal)
    if piece.sum() < (1 - STRIPPED_STRAY_SHARE) * signal.sum():
        return False
    faces = [np.take(piece, side, axis=axis).mean() for axis in range(3) for side in (0, -1)]
    return max(faces) <= STRIPPED_FACE_SHARE


def brain_mask(
    scan: Volume,
    tool: Literal["deepbet", "atlas"],
    stripped: Literal["auto", "yes", "no"],
    seed: int,
) -> tuple[Mask, str]:
    """Find the brain on a T1.

    Parameters
    ----------
    scan : Volume
        T1 in its own grid.
    tool : {"deepbet", "atlas"}
        For scans with skull.
    stripped : {"auto", "yes", "no"}
        Whether the scan comes without skull.
    seed : int
        For the atlas's registration.

    Returns
    -------
    mask : ndarray of bool
        On the scan's grid.
    method : str
        ``stripped``, ``deepbet`` or ``atlas``.

    Raises
    ------
    DataFault
        If nothing like a brain is found.
    """
    if stripped == "yes" or (stripped == "auto" and is_stripped(scan)):
        mask, method = _signal(scan), "stripped"
    else:
        mask, method = EXTRACTORS[tool](scan, seed), tool
    if not mask.any():
        raise DataFault("T1: no brain found")
    return mask, method


def _signal(scan: Volume) -> Mask:
    """Return where a brain alone gives signal.

    Other sequences may reach beyond the T1's field of view; a mask made from them holds voxels
    in which the T1 is all but zero, and the difference from T1c would be all enhancement there.
    """
    given = scan.data[scan.data > 0]
    if given.size == 0:
        return np.zeros(scan.data.shape, dtype=bool)
    signal = scan.data > FAINTEST_SIGNAL * np.median(given)
    return without_holes(largest_piece(signal))


def _deepbet(scan: Volume, _seed: int) -> Mask:
    return brain_by_network(scan)


EXTRACTORS: dict[str, Extractor] = {"deepbet": _deepbet, "atlas": brain_by_atlas}
