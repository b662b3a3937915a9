"""What a set of exams cannot teach, said before the first step."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from gadless.files import read_json
from gadless.manifest import Manifest
from gadless.networks.dataset import Member
from gadless.nifti import nibabel

# Edges of voxels that differ by less are alike.
ALIKE_MM = 0.25


def consequences(members: Sequence[Member], spacing_mm: float) -> Iterator[str]:
    """Yield what follows from exams that are all of one site, or of several spacings.

    Parameters
    ----------
    members : sequence of Member
        All exams that are used.
    spacing_mm : float
        Of the grid that networks see.
    """
    sites = {member.exam.site for member in members}
    if len(sites) == 1 and "" not in sites:
        yield (
            f"all {len(members)} exams are of one site ({sites.pop()}): how the network does on "
            "another site's scans cannot be known from these"
        )
    spacings = Counter(spacing for member in members if (spacing := _spacing(member)))
    if len(spacings) > 1:
        said = ", ".join(
            f"{' x '.join(f'{edge:g}' for edge in spacing)} mm ({count})"
            for spacing, count in spacings.most_common(6)
        )
        more = f" and {len(spacings) - 6} others" if len(spacings) > 6 else ""
        yield (
            f"the T1 scans have {len(spacings)} spacings, with how many exams: {said}{more}; all "
            f"are learnt from at {spacing_mm:g} mm, where thicker slices are interpolated and show "
            "less detail"
        )


def _spacing(member: Member) -> tuple[float, ...] | None:
    """Edges of the T1's voxels as it was stored, the shortest first; None if nobody says."""
    manifest = Manifest.read(member.exam.manifest)
    if not manifest.has("transforms"):
        return None
    stored = read_json(Path(manifest.path("transforms")))["sequences"].get("t1")
    if stored is None:
        return None
    edges = nibabel.affines.voxel_sizes(np.asarray(stored["affine"], dtype=float))
    return tuple(sorted(float(round(edge / ALIKE_MM) * ALIKE_MM) for edge in edges))
