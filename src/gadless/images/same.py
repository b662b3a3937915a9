"""How a visit's T1 compares with that of the visit that sets the space, as manifests note it."""

from typing import Any

NOTE = "identity"
"""Key of the notes of a preprocessed visit."""

VOXELS = "voxels"
"""Key of the notes: digest of each scan's voxels (`gadless.images.reading.Scan`)."""

ANOTHER, MIRRORED = "another head", "mirrored"
"""How two T1s may differ."""


def note_of(
    against: str | None, difference: str | None, settings: dict[str, Any]
) -> dict[str, Any]:
    """Return what is noted of a visit whose T1 is usable.

    Parameters
    ----------
    against : str or None
        The visit that it was held against; None where it was placed on the template alone.
    difference : str or None
        One of `ANOTHER` and `MIRRORED`; None where both show one head, or nothing was compared.
    settings : dict
        What a later comparison of two visits needs: ``agreement`` and ``in_place`` (least of each),
        ``sampling`` and ``seed``.
    """
    return {"with": against, "difference": difference, **settings}
