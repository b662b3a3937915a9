"""What a network takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gadless.networks.stated import MULTIPLE
from gadless.trial.config.networks import Fold, NetworkFormat, Output, Scale

SEGMENTER = "segmenter"
# What lies in T2 and FLAIR, by images without contrast: one finding for all contrasts of a visit.
ABNORMALITY = "abnormality"
SEGMENTS = (SEGMENTER, ABNORMALITY)
"""Networks that are no candidates."""
# The segmenter's image after contrast: acquired for the reference, T1 plus map for a candidate.
CONTRAST = "contrast"
# What preprocessing makes of an exam after gadolinium, beside its sequences.
SUBTRACTION = "subtraction"
# Our labels mean themselves.
OURS = {0: 0, 1: 1, 2: 2, 3: 3}


def spread_of(contrast: str) -> str:
    """Name the image of how unsure a generator is, beside that of its map."""
    return f"{contrast}_spread"


TITLES: dict[NetworkFormat, str] = {
    "gadless": "file of Gadless",
    "onnx": "ONNX file",
    "torchscript": "TorchScript file",
    "monai": "MONAI bundle",
    "nnunet": "nnU-Net folder",
}


@dataclass(frozen=True)
class Contract:
    """What a network takes and gives, complete.

    Attributes
    ----------
    format, path
        What lies where.
    inputs, spacing_mm, normalisation, output, coding
        As in `gadless.networks.model.Model`.
    orientation : str
        Axes of the arrays that it knows, as nibabel's ``aff2axcodes``.
    regions : dict of int to int
        Output channel to the label that it paints, in the order of painting; empty: scores.
    patch : tuple of int or None
        Voxels that it takes at once; None: the whole brain.
    multiple : int
        What edges must be multiples of, where it takes the whole brain.
    folds, mirroring
        Of nnU-Net.
    """

    format: NetworkFormat
    path: Path
    inputs: tuple[str, ...]
    spacing_mm: float | None
    output: Output
    normalisation: Scale = "gadless"
    orientation: str = "RAS"
    coding: Mapping[int, int] = field(default_factory=dict)
    regions: Mapping[int, int] = field(default_factory=dict)
    patch: tuple[int, int, int] | None = None
    multiple: int = MULTIPLE
    folds: tuple[Fold, ...] | None = None
    mirroring: bool = False
