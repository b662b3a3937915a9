"""The residual 3D U-Net that generator and segmenter share."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1


class ResidualBlock(nn.Module):
    """Two 3x3x3 convolutions with a shortcut (He et al., CVPR 2016).

    BatchNorm and not InstanceNorm: a network that learns on patches must not meet other
    statistics on the whole volume.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv3d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm3d(outputs)
        self.second = nn.Conv3d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm3d(outputs)
        self.shortcut = (
            nn.Identity()
            if inputs == outputs and stride == 1
            else nn.Conv3d(inputs, outputs, 1, stride)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Transform features (batch, inputs, X, Y, Z)."""
        inner = functional.leaky_relu(self.first_norm(self.first(x)), SLOPE)
        inner = self.second_norm(self.second(inner))
        return functional.leaky_relu(inner + self.shortcut(x), SLOPE)


class ResidualUNet(nn.Module):
    """Encoder and decoder with skip connections (Çiçek et al., MICCAI 2016), residual blocks.

    Parameters
    ----------
    inputs, outputs : int
        Channels that go in and come out.
    channels : int
        Features of the first level; each level down has twice as many.
    levels : int
        Resolutions; edges of the input must be multiples of ``2 ** (levels - 1)``.
    """

    def __init__(self, inputs: int, outputs: int, channels: int, levels: int = 4) -> None:
        super().__init__()
        self.multiple = 2 ** (levels - 1)
        widths = [channels * 2**level for level in range(levels)]
        self.encoder = nn.ModuleList(
            ResidualBlock(before, width, stride=1 if level == 0 else 2)
            for level, (before, width) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.decoder = nn.ModuleList(
            ResidualBlock(below + width, width)
            for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv3d(channels, outputs, 1)
        # Zero: the first output is the zero map, or all classes alike, whatever the seed.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(cast(Tensor, self.head.bias))

    def forward(self, x: Tensor) -> Tensor:
        """Map images (batch, inputs, X, Y, Z) to (batch, outputs, X, Y, Z)."""
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        skips.pop()
        for block in self.decoder:
            x = functional.interpolate(x, scale_factor=2.0, mode="trilinear", align_corners=False)
            x = block(torch.cat([x, skips.pop()], dim=1))
        return cast(Tensor, self.head(x))
