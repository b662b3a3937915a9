"""Images that nobody reads again once their patient has been measured."""

from collections.abc import Iterable
from pathlib import Path

from gadless.measurement.visit import VisitScans

# Kept at every visit: what was preprocessed is placed and judged by them, and they are small.
_KEPT = ("brain", "transforms", "quality")


def unneeded_images(visits: Iterable[VisitScans], space: str | None) -> list[Path]:
    """List the preprocessed images and predicted maps of a patient that are still there.

    Masks, transforms and the figures of quality are none of these. Nor is the T1 of the visit that
    sets the patient's space, because later visits are registered to it.

    Parameters
    ----------
    visits : iterable of VisitScans
        Of one patient, measured.
    space : str or None
        Visit that sets the patient's space.

    Returns
    -------
    list of Path
    """
    found = []
    for scans in visits:
        kept = {*_KEPT, "t1"} if scans.visit == space else {*_KEPT}
        for stage in (scans.preprocessed, scans.synthetic):
            paths = [stage.folder / file for name, file in stage.files.items() if name not in kept]
            found += [path for path in paths if path.exists()]
    return found


def drop_images(visits: Iterable[VisitScans], space: str | None) -> list[Path]:
    """Delete what `unneeded_images` lists; the manifests stay as they are, and say what was made.

    Returns
    -------
    list of Path
        What was deleted.
    """
    images = unneeded_images(visits, space)
    for path in images:
        path.unlink(missing_ok=True)
    return images
