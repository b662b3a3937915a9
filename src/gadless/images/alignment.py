"""Which image is registered to which, from where, and when the result is believed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.agreement import local_correlation, share_in_place
from gadless.images.bias import n4_field
from gadless.images.head import head_mask
from gadless.images.quality import Findings, limit_of, limits
from gadless.images.registration import (
    centre_of,
    mask_on_grid,
    on_grid,
    register_rigid,
    shift_between,
    working_copy,
)
from gadless.images.space import template
from gadless.images.volume import Mask, Matrix, Volume, moved
from gadless.manifest import Manifest
from gadless.nifti import nibabel
from gadless.trial.config import Preprocess

# Registration needs the coarse field only, on the whole head.
BIAS_GRID_MM = 12.0
# Room round the brain that is compared: skull and scalp hold edges that no coil can move. On the 2
# mm phantom the mean error fell from 0.09 to 0.07 mm when it was widened from 6 to 10 mm.
RIM_MM = 10.0
# The brain's outline is alike in all heads, so the check against another patient looks inside.
CORE_MM = 6.0
# A first start that matches less is followed by a second. Fixed: another limit of the warning makes
# no image again.
DOUBTFUL = 0.23
# One that matches less than this is asked a second question: the correlation alone does not part a
# FLAIR with much oedema from a stranger's. Fixed likewise.
UNSURE = 0.30
# A second start must match better by this much to be believed instead of the headers.
BETTER = 0.02
# A brain that fills more of a face of its field is cut off there; a brain stem fills less.
CUT_CM2 = 20.0


@dataclass(frozen=True)
class Anchor:
    """The brain that a T1 is placed on.

    Attributes
    ----------
    name : str
        ``template`` or the visit that sets the patient's space.
    image : Volume
        Brain only, in the common space.
    brain : ndarray of bool
        On the same grid.
    visit : str or None
        The visit; None: the template.
    """

    name: str
    image: Volume
    brain: Mask
    visit: str | None = None

    @classmethod
    def first_visit(cls, manifest: Manifest) -> "Anchor":
        """Read the preprocessed T1 of the visit that sets the patient's space."""
        image = nibabel.Nifti1Image.from_filename(manifest.path("t1"))
        brain = nibabel.Nifti1Image.from_filename(manifest.path("brain"))
        volume = Volume(
            np.asarray(image.dataobj, dtype=np.float32), np.asarray(image.affine, np.float64)
        )
        mask = np.asarray(brain.dataobj) > 0
        return cls(f"visit {manifest.visit}", volume, mask, manifest.visit)

    @classmethod
    def template(cls) -> "Anchor":
        """Take the template's brain."""
        volume, brain = template()
        return cls("template", volume, brain)


@dataclass(frozen=True)
class Head:
    """A T1 as other images are registered to it.

    Attributes
    ----------
    image : Volume
        Working copy, free of bias.
    brain : ndarray of bool
        On the working copy's grid.
    """

    image: Volume
    brain: Mask

    @cached_property
    def compared(self) -> Mask:
        """The brain and the rim that registration compares."""
        return grown(self.brain, self.image, RIM_MM)

    @cached_property
    def core(self) -> Mask:
        """The brain without its outline, which is alike in all heads."""
        return grown(self.brain, self.image, -CORE_MM)

    @classmethod
    def of(cls, scan: Volume, brain: Mask) -> "Head":
        """Prepare a T1."""
        image = prepared(scan)
        return cls(image, mask_on_grid(brain, scan.grid, image.grid, np.eye(4)))


def prepared(scan: Volume) -> Volume:
    """Return the working copy of a scan, free of bias."""
    small = working_copy(scan)
    field = n4_field(small, head_mask(small), BIAS_GRID_MM)
    return Volume(small.data / field, small.affine)


def place_t1(head: Head, anchor: Anchor, settings: Preprocess, findings: Findings) -> Matrix:
    """Register a T1 rigidly to the patient's space, or to the template where this visit sets it.

    Returns
    -------
    ndarray, (4, 4)
        Common mm to the T1's mm.

    Raises
    ------
    DataFault
        If the brains do not overlap afterwards.
    """
    limit = limits(settings.quality)
    fixed = working_copy(anchor.image)
    region = mask_on_grid(anchor.brain, anchor.image.grid, fixed.grid, np.eye(4))
    cut = _cut_faces(head)
    start = _coinciding(region, fixed, head, cut)
    # The anchor is a brain alone, so the T1 must be one too.
    brain_only = Volume(np.where(head.brain, head.image.data, 0), head.image.affine)
    matrix = register_rigid(
        fixed,
        grown(region, fixed, RIM_MM),
        brain_only,
        start,
        sampling=settings.sampling,
        seed=settings.seed,
    )
    share = 1.0 - _lost(region, fixed, head, matrix, cut)
    figure = f"share of the brain of {anchor.name} that its field of view holds"
    reason = f"T1: field of view holds {share:.0%} of the brain"
    findings.hold("t1", "space", figure, share, limit["coverage"], reason)
    back = mask_on_grid(head.brain, head.image.grid, fixed.grid, matrix)
    # Not Dice: a patient's brain may be half as large as the template's.
    overlap = float((back & region).sum()) / max(float(min(back.sum(), region.sum())), 1.0)
    findings.hold(
        "t1",
        "space",
        f"share of the smaller brain inside the larger, with {anchor.name}",
        overlap,
        limit["followup"],
        f"T1: registration to {anchor.name} failed",
    )
    return matrix


def _cut_faces(head: Head) -> NDArray[np.bool_]:
    """Return the faces of the T1's field at which the brain is cut off, (3, 2): low and high."""
    spacing = head.image.grid.spacing
    area = spacing.prod() / spacing / 100.0
    faces = [
        [np.take(head.brain, side, axis=axis).sum() * area[axis] > CUT_CM2 for side in (0, -1)]
        for axis in range(3)
    ]
    return np.array(faces, dtype=bool)


def _coinciding(region: Mask, fixed: Volume, head: Head, cut: NDArray[np.bool_]) -> Matrix:
    """Return the shift that lays centres onto each other, or the ends at which nothing is cut."""
    ours = moved(fixed.affine, np.argwhere(region))
    theirs = moved(head.image.affine, np.argwhere(head.brain))
    goal, start = theirs.mean(axis=0), ours.mean(axis=0)
    for axis, (low, high) in enumerate(cut):
        if low != high:
            end = 99 if low else 1
            goal[axis], start[axis] = (np.percentile(p[:, axis], end) for p in (theirs, ours))
    return shift_between(start, goal)


def _lost(region: Mask, fixed: Volume, head: Head, matrix: Matrix, cut: NDArray[np.bool_]) -> float:
    """Return the share of a whole brain that lies beyond the faces at which the T1's is cut."""
    to_voxel = np.linalg.inv(head.image.affine) @ matrix @ fixed.affine
    points = moved(to_voxel, np.argwhere(region))
    beyond = np.stack([points < -0.5, points > np.array(head.brain.shape) - 0.5], axis=-1)
    return float((beyond & cut).any(axis=(1, 2)).mean())


def align_sequence(
    head: Head,
    scan: Volume,
    sequence: str,
    title: str,
    settings: Preprocess,
    findings: Findings,
) -> Matrix:
    """Register a sequence rigidly to its visit's T1.

    Starts where the headers put it; if that does not lead to matching anatomy, once more from
    coinciding centres of the heads, for scans whose headers lost their place.

    Returns
    -------
    ndarray, (4, 4)
        T1 mm to the sequence's mm.

    Raises
    ------
    DataFault
        If the images do not match, or the head moved farther than heads do.
    """
    limit = limits(settings.quality)
    own = limit_of(limit, "similarity", sequence)
    moving = prepared(scan)
    start: Matrix = np.eye(4)
    agreement, matrix = _attempt(head, moving, start, settings)
    if not agreement >= max(DOUBTFUL, own.fail):
        centred = shift_between(
            centre_of(head_mask(head.image), head.image.grid),
            centre_of(head_mask(moving), moving.grid),
        )
        again, found = _attempt(head, moving, centred, settings)
        if again > agreement + BETTER:
            findings.note(sequence, "register", "start", "centres of the heads", warn=True)
            agreement, matrix, start = again, found, centred
    reason = f"{title}: is the image of the T1 once more (one scan under two names)"
    figure = "as good as equal to the T1"
    findings.hold(sequence, "register", figure, agreement, limit["same_image"], reason)
    reason = f"{title}: does not match the T1 (another patient, or registration failed)"
    figure = "local correlation with T1"
    findings.hold(sequence, "register", figure, agreement, own, reason)
    if agreement < UNSURE:
        there = share_in_place(head.image, head.core, on_grid(moving, head.image.grid, matrix))
        figure = "share of the brain where the T1 has it"
        findings.hold(sequence, "register", figure, there, limit["matched"], reason)
    centre = centre_of(head.brain, head.image.grid)
    shift = float(np.linalg.norm(moved(matrix, centre) - moved(start, centre)))
    reason = f"{title}: lies {shift:.0f} mm from the T1"
    findings.hold(sequence, "register", "movement from T1, mm", shift, limit["shift"], reason)
    return matrix


def _attempt(
    head: Head, moving: Volume, start: Matrix, settings: Preprocess
) -> tuple[float, Matrix]:
    matrix = register_rigid(
        head.image,
        head.compared,
        moving,
        start,
        sampling=settings.sampling,
        seed=settings.seed,
    )
    return local_correlation(head.image, head.core, moving, matrix), matrix


def grown(mask: Mask, image: Volume, distance_mm: float) -> Mask:
    """Grow (or, below zero, shrink) a mask by a distance, unless nothing would be left."""
    steps = max(round(abs(distance_mm) / float(image.grid.spacing.mean())), 1)
    change = ndimage.binary_dilation if distance_mm > 0 else ndimage.binary_erosion
    result: Mask = change(mask, iterations=steps)
    return result if result.any() else mask
