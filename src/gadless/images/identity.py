"""Whether two T1s show one head: of one patient on two days, or of two patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gadless.images.agreement import local_correlation, share_in_place
from gadless.images.alignment import CORE_MM, RIM_MM, Anchor, grown
from gadless.images.registration import (
    centre_of,
    mask_on_grid,
    on_grid,
    register_rigid,
    shift_between,
    working_copy,
)
from gadless.images.same import ANOTHER, MIRRORED
from gadless.images.threads import one_thread
from gadless.images.volume import Mask, Matrix, Volume
from gadless.manifest import Manifest

# Two T1s that agree less are asked further. Fixed: another limit of a warning makes no image again.
DOUBT = 0.75
# The mirror image must match better by this much; half a head alone is never quite symmetric.
BETTER = 0.05


@dataclass(frozen=True)
class Likeness:
    """How alike two T1s are after a rigid registration.

    Attributes
    ----------
    agreement : float
        Mean squared local correlation (`gadless.images.agreement`).
    in_place : float or None
        Share of the brain that matches best where the other has it (`share_in_place`); None
        where `agreement` leaves no doubt.
    mirrored : float or None
        `agreement` with the other's mirror image; None likewise.
    """

    agreement: float
    in_place: float | None = None
    mirrored: float | None = None

    @property
    def is_mirrored(self) -> bool:
        """Whether one of the two is the other's mirror image."""
        return self.mirrored is not None and self.mirrored > self.agreement + BETTER

    def difference(self, agreement: float, in_place: float) -> str | None:
        """Say how the two differ; None where they show one head.

        Parameters
        ----------
        agreement, in_place : float
            The least of each.
        """
        if self.is_mirrored:
            return MIRRORED
        alike = self.agreement >= agreement
        if alike and (self.in_place is None or self.in_place >= in_place):
            return None
        return ANOTHER


def likeness(
    fixed: Volume,
    brain: Mask,
    moving: Volume,
    moving_brain: Mask,
    matrix: Matrix,
    *,
    sampling: float,
    seed: int,
) -> Likeness:
    """Compare two T1s that were registered.

    Parameters
    ----------
    fixed, moving : Volume
        Working copies.
    brain, moving_brain : ndarray of bool
        On their grids.
    matrix : ndarray, (4, 4)
        Fixed mm to moving mm.
    sampling, seed
        Of the registration of the mirror image, where it is asked for.
    """
    core = grown(brain, fixed, -CORE_MM)
    agreement = local_correlation(fixed, core, moving, matrix)
    if agreement >= DOUBT:
        return Likeness(agreement)
    in_place = share_in_place(fixed, core, on_grid(moving, fixed.grid, matrix))
    # Both as brains alone, as for the registration of visits.
    other = _mirror_image(Volume(np.where(moving_brain, moving.data, 0), moving.affine))
    start = shift_between(centre_of(brain, fixed.grid), centre_of(moving_brain[::-1], other.grid))
    turned = register_rigid(
        fixed, grown(brain, fixed, RIM_MM), other, start, sampling=sampling, seed=seed
    )
    return Likeness(agreement, in_place, local_correlation(fixed, core, other, turned))


def compare_t1s(
    one: tuple[Volume, Mask], other: tuple[Volume, Mask], *, sampling: float, seed: int
) -> Likeness:
    """Register two T1s on their own, brain to brain, and compare them.

    Parameters
    ----------
    one, other : (Volume, ndarray of bool)
        Brain alone, and its mask on the same grid.
    """
    (fixed, brain), (moving, moving_brain) = (
        (small := working_copy(image), mask_on_grid(mask, image.grid, small.grid, np.eye(4)))
        for image, mask in (one, other)
    )
    start = shift_between(centre_of(brain, fixed.grid), centre_of(moving_brain, moving.grid))
    region = grown(brain, fixed, RIM_MM)
    matrix = register_rigid(fixed, region, moving, start, sampling=sampling, seed=seed)
    return likeness(fixed, brain, moving, moving_brain, matrix, sampling=sampling, seed=seed)


def compare_manifests(one: Manifest, other: Manifest, noted: Mapping[str, Any]) -> str | None:
    """Compare the preprocessed T1s of two visits of which neither was placed on the other.

    Parameters
    ----------
    one, other : Manifest
        Of stage ``preprocess``.
    noted : mapping
        See `gadless.images.same.note_of`.

    Returns
    -------
    str or None
        How they differ; None where they show one head.
    """
    first, second = (
        (anchor.image, anchor.brain) for anchor in map(Anchor.first_visit, (one, other))
    )
    with one_thread():
        found = compare_t1s(first, second, sampling=noted["sampling"], seed=noted["seed"])
    return found.difference(noted["agreement"], noted["in_place"])


def _mirror_image(image: Volume) -> Volume:
    """Exchange right and left, and leave the axes as they are."""
    data = np.ascontiguousarray(image.data[::-1])
    affine = np.diag([-1.0, 1.0, 1.0, 1.0]) @ image.affine
    # Counting the first axis from its other end makes it a right-handed grid again.
    affine[:3, 3] += (image.data.shape[0] - 1) * affine[:3, 0]
    affine[:3, 0] *= -1
    return Volume(data, affine)
