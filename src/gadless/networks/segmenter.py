"""The segmenter: T1, contrast-enhanced T1, T2 and FLAIR to tumour compartments."""

from collections.abc import Sequence

from gadless.networks.backbone import ResidualUNet

# `contrast` is the acquired T1c for the reference and t1 + predicted map for a candidate.
INPUTS = ("t1", "contrast", "t2", "flair")
LABELS = ("background", "enhancing", "non-enhancing abnormality", "necrosis")


class Segmenter(ResidualUNet):
    """Gives one score a label and voxel; the largest wins."""

    def __init__(self, channels: int, inputs: Sequence[str] = INPUTS) -> None:
        super().__init__(len(inputs), len(LABELS), channels)
