"""Where a visit's T1 is placed, and whether a follow-up shows the head of the visit before it.

One that does not is placed on the template, as if it stood alone: which of the two visits is wrong
is judged where all of a patient are seen (`gadless.measurement.identity`).
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from gadless.errors import DataFault
from gadless.images.alignment import CORE_MM, Anchor, Head, grown, place_t1
from gadless.images.identity import Likeness, likeness
from gadless.images.quality import Findings, limits
from gadless.images.registration import mask_on_grid, working_copy
from gadless.images.same import ANOTHER, MIRRORED, note_of
from gadless.images.volume import Mask, Matrix, Volume
from gadless.trial.config import Preprocess

_WORDS = {ANOTHER: "another head", MIRRORED: "its mirror image"}


@dataclass(frozen=True)
class Placed:
    """Where a T1 lies.

    Attributes
    ----------
    matrix : ndarray, (4, 4)
        Common mm to the T1's mm.
    reference : str
        What it was registered to.
    note : dict
        For the manifest (`gadless.images.same.note_of`).
    """

    matrix: Matrix
    reference: str
    note: dict[str, Any]


def place_visit(head: Head, anchor: Anchor, settings: Preprocess, findings: Findings) -> Placed:
    """Register a T1 to its patient's space, or to the template where it shows another head.

    Parameters
    ----------
    head : Head
    anchor : Anchor
        The visit that sets the patient's space, or the template.
    settings : Preprocess
    findings : Findings

    Raises
    ------
    DataFault
        If the brain does not lie on the template.
    """
    quality = settings.quality
    least = {"agreement": quality.identity_fail, "in_place": quality.in_place_fail}
    told = {**least, "sampling": settings.sampling, "seed": settings.seed}
    if anchor.visit is None:
        matrix = place_t1(head, anchor, settings, findings)
        return Placed(matrix, anchor.name, note_of(None, None, told))
    found = None
    with suppress(DataFault):
        matrix = place_t1(head, anchor, settings, findings)
        found = _likeness(head, anchor, matrix, settings)
    if found is not None:
        _record(found, anchor, settings, findings)
        difference = found.difference(**least)
        if difference is None:
            return Placed(matrix, anchor.name, note_of(anchor.visit, None, told))
    else:
        difference = ANOTHER
    shown = f"{_WORDS[difference]}; placed on the template"
    findings.note("t1", "space", f"against {anchor.name}", shown, warn=True)
    matrix = place_t1(head, Anchor.template(), settings, findings)
    return Placed(matrix, Anchor.template().name, note_of(anchor.visit, difference, told))


def _likeness(head: Head, anchor: Anchor, matrix: Matrix, settings: Preprocess) -> Likeness:
    fixed = working_copy(anchor.image)
    brain = mask_on_grid(anchor.brain, anchor.image.grid, fixed.grid, np.eye(4))
    return likeness(
        *(fixed, brain, head.image, head.brain, matrix),
        sampling=settings.sampling,
        seed=settings.seed,
    )


def _record(found: Likeness, anchor: Anchor, settings: Preprocess, findings: Findings) -> None:
    limit = limits(settings.quality)
    figure = f"local correlation with {anchor.name}"
    findings.hold("t1", "space", figure, found.agreement, limit["identity"])
    if found.in_place is not None and found.mirrored is not None:
        figure = f"share of the brain where {anchor.name} has it"
        findings.hold("t1", "space", figure, found.in_place, limit["in_place"])
        figure = f"local correlation with the mirror image of {anchor.name}"
        findings.note("t1", "space", figure, found.mirrored, warn=found.is_mirrored)


def check_copy(
    t1: Volume, anchor: Anchor, brain: Mask, settings: Preprocess, findings: Findings
) -> None:
    """Refuse a T1 that is the anchor's own image once more, under another header.

    Their fine detail is compared, most of which is noise, on the common grid: of a copy it is the
    same to interpolation, of two acquisitions it is not.

    Parameters
    ----------
    t1 : Volume
        As it was made, in the anchor's space.
    anchor : Anchor
    brain : ndarray of bool
    settings : Preprocess
    findings : Findings

    Raises
    ------
    DataFault
        If it is.
    """
    core = grown(brain, t1, -CORE_MM)
    first, second = (
        (image.data - ndimage.gaussian_filter(image.data, 1.0))[core]
        for image in (anchor.image, t1)
    )
    alike = float(np.corrcoef(first, second)[0, 1])
    reason = f"T1: is the image of {anchor.name} once more (one scan at two visits)"
    figure = f"correlation of fine detail with {anchor.name}"
    limit = limits(settings.quality)["same_image"]
    findings.hold("t1", "space", figure, alike, limit, reason)
