"""Lesion by lesion: which of one segmentation are there in another.

Two lesions are the same if they share more than half of their union: then neither can be the same
as a third, and no order of matching matters (Kirillov et al., CVPR 2019, panoptic segmentation;
equal to the package panoptica with a strict threshold of 0.5).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAME_IOU = 0.5

Instances = NDArray[np.integer]


@dataclass(frozen=True)
class Recognition:
    """How many lesions of a reference a candidate shows.

    Attributes
    ----------
    reference, candidate : int
        Lesions on each.
    matched : int
        Lesions of both that are the same.
    iou : float
        Mean over the matched: intersection over union; NaN if there are none.
    missed : int
        Lesions of the reference of which the candidate shows no voxel.
    false : int
        Lesions of the candidate of which no voxel is a lesion's on the reference.
    """

    reference: int
    candidate: int
    matched: int
    iou: float
    missed: int
    false: int

    @property
    def f1(self) -> float:
        """Recognition quality: twice the matched over all lesions; NaN if there are none."""
        both = self.reference + self.candidate
        return 2 * self.matched / both if both else float("nan")


def recognise(reference: Instances, candidate: Instances) -> Recognition:
    """Compare two segmentations lesion by lesion.

    Parameters
    ----------
    reference, candidate : array of int
        On the same grid; a lesion's voxels hold its number, from 1 without gaps, others 0.
    """
    inside = (reference > 0) | (candidate > 0)
    ours, theirs = reference[inside].astype(np.int64), candidate[inside].astype(np.int64)
    height, width = int(ours.max(initial=0)) + 1, int(theirs.max(initial=0)) + 1
    pairs = np.bincount(ours * width + theirs, minlength=height * width).reshape(height, width)
    shared = pairs[1:, 1:]
    union = pairs.sum(axis=1)[1:, None] + pairs.sum(axis=0)[None, 1:] - shared
    iou = shared / np.maximum(union, 1)
    same = iou[iou > SAME_IOU]
    return Recognition(
        reference=height - 1,
        candidate=width - 1,
        matched=int(same.size),
        iou=float(same.mean()) if same.size else float("nan"),
        missed=int((shared.sum(axis=1) == 0).sum()),
        false=int((shared.sum(axis=0) == 0).sum()),
    )
