"""What training minimises.

All images are (batch, channels, X, Y, Z). Subtraction maps are in units of the T1's brain median.
"""

import torch
from torch import Tensor
from torch.nn import functional

from gadless.networks.generator import LARGEST_LOG, SMALLEST_LOG, TARGET_LIMITS

# The outer voxels of the brain hold dura and what a brain mask takes for brain: no say in learning.
OUTER_MM = 6.0

DATA_RANGE = TARGET_LIMITS[1] - TARGET_LIMITS[0]


def _smooth(x: Tensor, sigma: float, radius: int) -> Tensor:
    """Gaussian smoothing, axis by axis; only where the window fits ('valid')."""
    offsets = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = kernel / kernel.sum()
    for axis in range(3):
        shape = [1, 1, 1, 1, 1]
        shape[2 + axis] = -1
        x = functional.conv3d(x, kernel.reshape(shape))
    return x


def ssim(x: Tensor, y: Tensor, data_range: float, sigma: float = 1.5, radius: int = 5) -> Tensor:
    """Structural similarity, voxel by voxel (Wang et al., IEEE TIP 2004), in three dimensions.

    Parameters
    ----------
    x, y : Tensor, (batch, 1, X, Y, Z)
    data_range : float
        Fixed and the same for both images: scaling each to its own range would hide a bias.
    sigma, radius : float, int
        Of the Gaussian window, in voxels. Radius 5 is the 11 voxels of the paper.

    Returns
    -------
    Tensor, (batch, 1, X - 2 radius, Y - 2 radius, Z - 2 radius)
        Only where the window fits.
    """
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    stacked = torch.cat([x, y, x * x, y * y, x * y])
    mean_x, mean_y, xx, yy, xy = _smooth(stacked, sigma, radius).chunk(5)
    variance_x, variance_y = xx - mean_x**2, yy - mean_y**2
    covariance = xy - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance * (2 * covariance + c2) / (variance_x + variance_y + c2)


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean of `x` within a mask of the same shape; 0 where the mask is empty."""
    return (x * mask).sum() / mask.sum().clamp(min=1)


def inner(brain: Tensor, voxels: int) -> Tensor:
    """Brain without its outer voxels; the border of the patch is none of the brain's."""
    outside = brain < 0.5
    # Axis by axis and shift by shift: thirty times as fast as pooling over a cube.
    for axis in (2, 3, 4):
        grown, size = outside.clone(), outside.shape[axis]
        for shift in range(1, min(voxels, size - 1) + 1):
            kept = size - shift
            grown.narrow(axis, 0, kept).logical_or_(outside.narrow(axis, shift, kept))
            grown.narrow(axis, shift, kept).logical_or_(outside.narrow(axis, 0, kept))
        outside = grown
    return (~outside).to(brain.dtype)


def regions(labels: Tensor, brain: Tensor, core: Tensor) -> dict[str, Tensor]:
    """Part a brain into enhancing tumour, the rest of the lesion, and the rest.

    Parameters
    ----------
    labels : Tensor of int64, (batch, X, Y, Z)
    brain, core : Tensor, (batch, 1, X, Y, Z)
        The whole brain, and without its outer voxels. A tumour counts wherever it lies.

    Returns
    -------
    dict of str to Tensor, (batch, 1, X, Y, Z)
        By the names of the loss terms.
    """
    labels = labels[:, None]
    return {
        "enhancing": (labels == 1) * brain,
        "lesion": (labels > 1) * brain,
        "rest": (labels == 0) * core,
    }


def l1(predicted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute error within a mask."""
    return masked_mean((predicted - target).abs(), mask)


def l1_l2(predicted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """L1 + L2 within a mask: the quadratic term keeps pulling on what is badly missed."""
    error = (predicted - target).abs()
    return masked_mean(error + error**2, mask)


def spread(log_spread: Tensor, predicted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Negative log-likelihood of the error under a Laplace distribution of the given spread.

    As in Kendall & Gal (NeurIPS 2017), for L1. The map itself learns nothing from it: a network
    could else buy likelihood with a large spread where it should try harder.
    """
    error = (predicted - target).abs().detach()
    bounded = log_spread.clamp(SMALLEST_LOG, LARGEST_LOG)
    return masked_mean(error * torch.exp(-bounded) + bounded, mask)


def ssim_loss(predicted: Tensor, target: Tensor, brain: Tensor, radius: int = 3) -> Tensor:
    """1 - mean SSIM within the brain; 7 voxels of window suffice here, at half the price."""
    inner = brain[..., radius:-radius, radius:-radius, radius:-radius]
    return 1 - masked_mean(ssim(predicted, target, DATA_RANGE, radius=radius), inner)


def adversarial(verdict: Tensor, acquired: bool) -> Tensor:
    """Least-squares GAN loss (Mao et al., ICCV 2017): squared distance from 1 or 0."""
    return ((verdict - float(acquired)) ** 2).mean()


def soft_dice(scores: Tensor, labels: Tensor) -> Tensor:
    """1 - Dice over the batch, averaged over the labels but the background.

    Parameters
    ----------
    scores : Tensor, (batch, labels, X, Y, Z)
    labels : Tensor of int64, (batch, X, Y, Z)
    """
    share = scores.softmax(dim=1)
    truth = functional.one_hot(labels, scores.shape[1]).movedim(-1, 1)
    axes = (0, 2, 3, 4)
    overlap = (share * truth).sum(axes)
    total = share.sum(axes) + truth.sum(axes)
    # The constant of a few voxels keeps an absent label from ruling the gradient.
    dice = (2 * overlap + 10) / (total + 10)
    return 1 - dice[1:].mean()


def segmentation(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice (Isensee et al., Nature Methods 2021)."""
    return functional.cross_entropy(scores, labels) + soft_dice(scores, labels)
