"""Where each sequence came from, and how to bring a mask back there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.errors import InputError
from gadless.files import read_json, write_json
from gadless.images.space import NAME
from gadless.images.volume import SCANNER, Grid, Matrix
from gadless.images.writing import write_image
from gadless.nifti import nibabel


@dataclass
class Transforms:
    """The rigid motions of one visit, as written to ``transforms.json``.

    Attributes
    ----------
    grid : Grid
        The common grid.
    reference : str
        What this visit was placed on: ``template`` or the visit that sets the patient's space.
    sequences : dict
        Per sequence the 4 x 4 matrices ``native_to_common`` and ``common_to_native`` (RAS
        millimetres) and ``shape``, ``affine`` and ``code`` of its file as stored; of what was
        acquired without gadolinium, its ``median`` in the brain, in the scan's own units.
    """

    grid: Grid
    reference: str
    sequences: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self, sequence: str, common_to_native: Matrix, native: Grid, median: float | None = None
    ) -> None:
        """Record one sequence."""
        self.sequences[sequence] = {
            "native_to_common": np.linalg.inv(common_to_native).tolist(),
            "common_to_native": common_to_native.tolist(),
            "shape": list(native.shape),
            "affine": native.affine.tolist(),
            "code": native.code,
            **({} if median is None else {"median": median}),
        }

    def write(self, path: Path) -> None:
        """Write as JSON."""
        space = {
            "template": NAME,
            "shape": list(self.grid.shape),
            "affine": self.grid.affine.tolist(),
        }
        content = {"space": space, "reference": self.reference, "sequences": self.sequences}
        write_json(content, path)


def to_native(label_image: Path, transforms: Path, sequence: str, output: Path) -> None:
    """Bring a label image from the common space back to a sequence's own grid.

    Parameters
    ----------
    label_image : Path
        NIfTI on the common grid, for instance a segmentation.
    transforms : Path
        The visit's ``transforms.json``.
    sequence : str
        ``t1``, ``t2``, ``flair`` or ``t1c``.
    output : Path
        ``.nii.gz`` to write, with the shape, affine and ``sform_code`` of the sequence's file.

    Raises
    ------
    InputError
        If the visit has no transform for the sequence.
    """
    labels, grid = on_own_grid(label_image, transforms, sequence)
    write_image(labels, grid.affine, output, grid.code)


def on_own_grid(label_image: Path, transforms: Path, sequence: str) -> tuple[NDArray, Grid]:
    """Return the labels on the sequence's own grid, by nearest neighbour; see `to_native`."""
    known = read_json(transforms)["sequences"]
    if sequence not in known:
        raise InputError(
            f"{transforms}: no transform for {sequence!r}; it has {', '.join(sorted(known))}"
        )
    entry = known[sequence]
    image = nibabel.Nifti1Image.from_filename(label_image)
    labels = np.asarray(image.dataobj)
    i, j, k = entry["shape"]
    native = Grid((i, j, k), np.array(entry["affine"]), entry.get("code", SCANNER))
    to_voxel = np.linalg.inv(image.affine) @ np.array(entry["native_to_common"]) @ native.affine
    result = ndimage.affine_transform(
        labels, to_voxel[:3, :3], to_voxel[:3, 3], native.shape, order=0
    )
    return result.astype(labels.dtype), native
