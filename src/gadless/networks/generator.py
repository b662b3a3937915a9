"""The generator: images without contrast to the T1 subtraction map."""

from collections.abc import Sequence

from gadless.networks.backbone import ResidualUNet

# Of a recipe that names no others.
INPUTS = ("t1", "t2", "flair")

# A vessel enhances several times more than tumour, and a few voxels of it would rule the loss.
TARGET_LIMITS = (-0.5, 2.5)


class Generator(ResidualUNet):
    """Predicts post- minus pre-contrast T1, in units of the T1's brain median.

    The same network serves the conditional GAN (pix2pix: Isola et al., CVPR 2017) and the plain
    U-Net: what sets them apart is the loss.
    """

    def __init__(self, channels: int, inputs: Sequence[str] = INPUTS) -> None:
        super().__init__(len(inputs), 1, channels)
