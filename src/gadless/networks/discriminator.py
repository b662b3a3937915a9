"""The discriminator: is this subtraction map the acquired one, given what the generator sees?"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gadless.networks.generator import INPUTS


class PatchDiscriminator(nn.Module):
    """A 3D PatchGAN (Isola et al., CVPR 2017): one verdict for each overlapping region.

    Spectral normalisation (Miyato et al., ICLR 2018) stands in for BatchNorm, which is unstable
    with one or two patches a step.
    """

    def __init__(self, channels: int, inputs: int = len(INPUTS)) -> None:
        super().__init__()
        widths = [inputs + 1, channels, 2 * channels, 4 * channels]
        layers: list[nn.Module] = []
        for before, width in pairwise(widths):
            layers += [
                spectral_norm(nn.Conv3d(before, width, 4, stride=2, padding=1)),
                nn.LeakyReLU(0.2),
            ]
        layers.append(spectral_norm(nn.Conv3d(widths[-1], 1, 3, padding=1)))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor, subtraction: Tensor) -> Tensor:
        """Return verdicts; 1 means acquired, 0 synthetic.

        Parameters
        ----------
        images : Tensor, (batch, inputs, X, Y, Z)
        subtraction : Tensor, (batch, 1, X, Y, Z)
        """
        return cast(Tensor, self.layers(torch.cat([images, subtraction], dim=1)))
