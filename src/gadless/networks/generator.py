"""The generator: images without contrast to the T1 subtraction map, and how sure it is of it."""

from collections.abc import Sequence

from gadless.networks.backbone import ResidualUNet
from gadless.networks.segmenter import LABELS

# Of a recipe that names no others.
INPUTS = ("t1", "t2", "flair")

MAP, LOG_SPREAD = slice(0, 1), slice(1, 2)
MAPS = slice(0, 2)
COMPARTMENTS = slice(2, 2 + len(LABELS))
"""Channels of what comes out."""

# Of the log spread: below the noise of any scan, above any enhancement.
SMALLEST_LOG, LARGEST_LOG = -5.0, 1.0

# A vessel enhances several times more than tumour, and a few voxels of it would rule the loss.
TARGET_LIMITS = (-0.5, 2.5)


class Generator(ResidualUNet):
    """Predicts post- minus pre-contrast T1, in units of the T1's brain median.

    Channel 0 is the map, channel 1 the logarithm of its spread (mean absolute error expected of the
    voxel, same unit), and the others are scores of the compartments, straight from the inputs: they
    keep features of the tumour alive that a few enhancing voxels of the map would not.

    The same network serves the conditional GAN (pix2pix: Isola et al., CVPR 2017) and the plain
    U-Net: what sets them apart is the loss.
    """

    def __init__(self, channels: int, inputs: Sequence[str] = INPUTS) -> None:
        super().__init__(len(inputs), COMPARTMENTS.start + len(LABELS), channels)
