"""True labels of an exam, by the road of every mask that others made (`gadless.images.brought`).

A mask of another patient, on another grid or in another coding would be learnt without a word, so
each is held against the exam that it is said to belong to.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault, InputError
from gadless.images.brought.masks import (
    Coded,
    check_bright,
    check_inside,
    on_common_grid,
    place_of,
    read_labels,
)
from gadless.images.brought.place import WORLD, Exam
from gadless.images.quality import Findings
from gadless.manifest import Manifest

OURS: dict[int, int] = {0: 0, 1: 1, 2: 2, 3: 3}
"""The coding of this package: see `gadless.networks.segmenter.LABELS`."""

COLUMN = "mask_gbca"


def read_truth(
    mask: Path, coded: Coded, exam: Manifest, brain: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Read a mask and bring it to the grid of the preprocessed images.

    Parameters
    ----------
    mask : Path
        On the grid of one of the visit's scans, as that file states it.
    coded : str or mapping
        What its numbers mean; see `gadless.trial.codings.coding`.
    exam : Manifest
        Of stage ``preprocess``.
    brain : array of bool

    Raises
    ------
    InputError
        If the mask cannot be read, holds a number that the coding does not name, lies on no grid of
        the exam, or outside its brain.
    """
    where = f"training: patient {exam.patient}, visit {exam.visit}: {mask}"
    try:
        labels = read_labels(mask, coded, COLUMN)
        visit = Exam.read(exam)
        place = place_of(labels, visit, COLUMN)
        if place.name == WORLD:
            raise DataFault(
                f"{COLUMN}: its grid {tuple(labels.grid.shape)} is that of no scan of this visit;"
                " is it another exam's? Give it on the grid of the visit's T1"
            )
        carried = on_common_grid(labels, place, visit)
        _, wrong = check_inside(carried, labels, place, brain, visit, COLUMN)
        if wrong is not None:
            raise DataFault(wrong)
    except DataFault as fault:
        raise InputError(f"{where}: {fault}") from None
    return carried


def doubt(
    labels: NDArray[np.uint8],
    images: Mapping[str, NDArray[np.float32]],
    brain: NDArray[np.bool_],
    spacing_mm: float,
) -> str | None:
    """Say why labels cannot be this exam's: what they call enhancing does not; None if it does.

    Parameters
    ----------
    labels : array of uint8
        On the grid of the preprocessed images.
    images : mapping
        ``subtraction``, and ``flair`` where there is one.
    brain : array of bool
    spacing_mm : float
        Voxel of that grid.
    """
    voxel_cm3 = spacing_mm**3 / 1000
    try:
        check_bright(labels, images, brain, voxel_cm3, COLUMN, Findings(), acquired=True)
    except DataFault as fault:
        return str(fault)
    return None
