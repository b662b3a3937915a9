"""Which of several files of one sequence is taken, and why."""

import math
import zlib
from collections.abc import Sequence

import nibabel
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import SpatialImage

from gadless.intake.bids_names import Named
from gadless.intake.found import Kind

# A run with fewer voxels than this share of the largest was stopped before its end.
_COMPLETE = 0.9
_UNKNOWN = (0, 99.0)


def chosen(several: Sequence[Named]) -> tuple[Named, list[tuple[Kind, str]]]:
    """Choose one file.

    Of repeats (``run``), the latest that is complete, since a scan is repeated because of motion;
    of other variants (``acq``, ``rec``, ``echo``), the thinnest slices, then the plainest name.

    Parameters
    ----------
    several : sequence of Named
        At least one, all of one sequence and session.

    Returns
    -------
    Named
    list of (str, str)
        What is to be said, kind and sentence.
    """
    if len(several) == 1:
        return several[0], [("taken", f"{several[0].name}: by its name")]
    sizes = {one.name: _size(one) for one in several}
    most = max(voxels for voxels, _ in sizes.values())
    # Variants differ in size by their resolution; runs of one variant are to be the same.
    largest: dict[str, int] = {}
    for one in several:
        largest[_variant(one)] = max(largest.get(_variant(one), 0), sizes[one.name][0])
    whole = [one for one in several if sizes[one.name][0] >= _COMPLETE * largest[_variant(one)]]
    if not most:
        whole = list(several)
    ordered = sorted(
        whole,
        key=lambda one: (
            round(sizes[one.name][1], 1),
            len(one.entities.keys() - {"run"}),
            -one.run,
            one.name,
        ),
    )
    taken = ordered[0]
    said: list[tuple[Kind, str]] = []
    repeats = [one for one in several if _variant(one) == _variant(taken) and one is not taken]
    others = [one for one in several if _variant(one) != _variant(taken)]
    for one in repeats:
        short = one not in whole
        why = "it is not complete" if short else f"{taken.name} repeats it"
        said.append(("left out", f"{one.name}: {why}"))
    for one in others:
        what = f"{one.name}: {taken.name} is taken, which has thinner slices or a plainer name"
        said.append(("left out", what))
    if others:
        names = ", ".join(one.name for one in others)
        what = (
            f"several images may be it: {taken.name} is taken. If another is meant ({names}),"
            " write its path into visits.tsv"
        )
        said.append(("warning", what))
    said.append(("taken", f"{taken.name}: {'the latest complete run' if repeats else 'as said'}"))
    return taken, said


def _variant(one: Named) -> str:
    return "_".join(f"{name}-{value}" for name, value in one.entities.items() if name != "run")


def _size(one: Named) -> tuple[int, float]:
    """Voxels, and the longest edge of one in mm; 0 and 99 where the header cannot be read."""
    try:
        image = nibabel.load(one.path)
    except (ImageFileError, OSError, EOFError, ValueError, zlib.error):
        return _UNKNOWN  # damaged: its look has said so
    if not isinstance(image, SpatialImage):
        return _UNKNOWN
    return math.prod(map(int, image.shape[:3])), float(max(image.header.get_zooms()[:3]))
