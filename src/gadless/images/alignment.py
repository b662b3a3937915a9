"""Which image is registered to which, from where, and when the result is believed."""

from dataclasses import dataclass, replace

import nibabel
import numpy as np
from scipy import ndimage

from gadless.images.quality import Findings
from gadless.images.reading import TITLES
from gadless.images.registration import (
    centre_of,
    edge_agreement,
    mask_on_grid,
    register_rigid,
    shift_between,
    working_copy,
)
from gadless.images.space import template
from gadless.images.volume import Mask, Matrix, Volume, moved
from gadless.manifest import Manifest
from gadless.trial.config import Preprocess

# Room round the brain that is compared: the outline of the brain is the strongest edge there is.
RIM_MM = 6.0


@dataclass(frozen=True)
class Anchor:
    """The image that a T1 is placed on.

    Attributes
    ----------
    name : str
        ``template`` or the visit that sets the patient's space.
    image : Volume
        Brain only, in the common space.
    brain : ndarray of bool
        On the same grid.
    """

    name: str
    image: Volume
    brain: Mask

    @classmethod
    def of(cls, manifest: Manifest | None) -> "Anchor | None":
        """Read the preprocessed T1 of the visit that sets the space; None if there is no such visit."""
        if manifest is None:
            return None
        if not manifest.has("t1", "brain"):
            return cls(
                f"visit {manifest.visit}",
                Volume(np.zeros((0, 0, 0), np.float32), np.eye(4)),
                np.zeros((0, 0, 0), bool),
            )
        image = nibabel.load(manifest.path("t1"))
        brain = np.asarray(nibabel.load(manifest.path("brain")).dataobj) > 0
        volume = Volume(
            np.asarray(image.dataobj, dtype=np.float32), np.asarray(image.affine, float)
        )
        return cls(f"visit {manifest.visit}", volume, brain)

    @classmethod
    def template(cls) -> "Anchor":
        """The template's brain."""
        volume, brain = template()
        return cls("template", volume, brain)


@dataclass(frozen=True)
class Placed:
    """A T1 and its place.

    Attributes
    ----------
    image : Volume
        Working copy of the T1 in its own space.
    brain : ndarray of bool
        On the working copy's grid.
    common_to_t1 : ndarray, (4, 4)
        Common mm to the T1's mm.
    reference : str
        What it was placed on.
    """

    image: Volume
    brain: Mask
    common_to_t1: Matrix
    reference: str


def place_t1(
    scan: Volume, brain: Mask, anchor: Anchor | None, settings: Preprocess, findings: Findings
) -> Placed:
    """Register a T1 rigidly to the patient's own space, or the template where this visit sets it.

    Raises
    ------
    DataFault
        If the brains do not overlap afterwards, or if a follow-up is another head.
    """
    small = working_copy(scan)
    inside = mask_on_grid(brain, scan.grid, small.grid, np.eye(4))
    target = anchor
    if target is not None and not target.brain.any():
        findings.note(
            "t1", "space", f"{target.name} is unusable", "placed on the template", warn=True
        )
        target = None
    follow_up = target is not None
    target = target or Anchor.template()
    fixed = working_copy(target.image)
    region = mask_on_grid(target.brain, target.image.grid, fixed.grid, np.eye(4))
    start = shift_between(centre_of(region, fixed.grid), centre_of(inside, small.grid))
    # The target is a brain alone, so the T1 must be one too.
    moving = replace(small, data=np.where(inside, small.data, 0).astype(np.float32))
    matrix = register_rigid(
        fixed,
        _widened(region, fixed, RIM_MM),
        moving,
        start,
        sampling=settings.sampling,
        seed=settings.seed,
    )
    limit = settings.quality
    back = mask_on_grid(inside, small.grid, fixed.grid, matrix)
    overlap = 2.0 * float((back & region).sum()) / float(back.sum() + region.sum())
    outcome = findings.at_least(
        "t1",
        "space",
        f"overlap of brain masks with {target.name} (Dice)",
        overlap,
        limit.followup_warn,
        limit.followup_fail,
    )
    findings.require(outcome, f"T1: registration to {target.name} failed")
    if follow_up:
        core = _widened(region, fixed, -RIM_MM)
        outcome = findings.at_least(
            "t1",
            "space",
            f"edge agreement with {target.name}",
            edge_agreement(fixed, core, small, matrix),
            limit.similarity_warn,
            limit.similarity_fail,
        )
        findings.require(
            outcome, f"T1: does not match {target.name} (another patient, or registration failed)"
        )
    return Placed(small, inside, matrix, target.name)


def align_sequence(
    placed: Placed, scan: Volume, sequence: str, settings: Preprocess, findings: Findings
) -> Matrix:
    """Register a sequence rigidly to its visit's T1.

    Starts where the headers put it; if that does not lead to coinciding edges, once more from coinciding
    centres of mass, for scans whose headers lost their place.

    Returns
    -------
    ndarray, (4, 4)
        T1 mm to the sequence's mm.

    Raises
    ------
    DataFault
        If the edges of both images do not coincide, or the head moved farther than heads do.
    """
    limit, title = settings.quality, TITLES[sequence]
    moving = working_copy(scan)
    region = _widened(placed.brain, placed.image, RIM_MM)
    core = _widened(placed.brain, placed.image, -RIM_MM)
    centre = centre_of(placed.brain, placed.image.grid)

    def attempt(start: Matrix) -> tuple[float, Matrix]:
        try:
            matrix = register_rigid(
                placed.image, region, moving, start, sampling=settings.sampling, seed=settings.seed
            )
        except RuntimeError:
            # ITK refuses to go on when too few points fall into the moving image.
            return float("nan"), start
        return edge_agreement(placed.image, core, moving, matrix), matrix

    start = np.eye(4)
    agreement, matrix = attempt(start)
    if not agreement >= limit.similarity_warn:
        again = shift_between(
            centre_of(placed.image.data > 0, placed.image.grid), _mass_centre(moving)
        )
        other, found = attempt(again)
        if other > agreement or np.isnan(agreement):
            findings.note(
                sequence, "register", "start", "headers disagree; centres of mass", warn=True
            )
            agreement, matrix, start = other, found, again
    outcome = findings.at_least(
        sequence,
        "register",
        "edge agreement with T1",
        agreement,
        limit.similarity_warn,
        limit.similarity_fail,
    )
    findings.require(
        outcome, f"{title}: does not match the T1 (another patient, or registration failed)"
    )
    shift = float(np.linalg.norm(moved(matrix, centre) - moved(start, centre)))
    outcome = findings.at_most(
        sequence,
        "register",
        "movement from T1, mm",
        shift,
        limit.shift_warn_mm,
        limit.shift_fail_mm,
    )
    findings.require(outcome, f"{title}: lies {shift:.0f} mm from the T1")
    return matrix


def _widened(mask: Mask, image: Volume, distance_mm: float) -> Mask:
    """Grow (or, below zero, shrink) a mask by a distance."""
    steps = max(round(abs(distance_mm) / float(image.grid.spacing.mean())), 1)
    change = ndimage.binary_dilation if distance_mm > 0 else ndimage.binary_erosion
    result: Mask = change(mask, iterations=steps)
    return result if result.any() else mask


def _mass_centre(image: Volume) -> Matrix:
    return moved(image.affine, np.array(ndimage.center_of_mass(np.maximum(image.data, 0))))
