import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.metrics import structural_similarity

from gadless.networks import losses


def _pair(seed: int = 0, size: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(1, 1, size, size, size, generator=generator) * 2
    return x, x + 0.3 * torch.randn(x.shape, generator=generator)


def test_ssim_equals_scikit_image_where_the_window_fits():
    x, y = _pair()
    _, expected = structural_similarity(
        x[0, 0].numpy(),
        y[0, 0].numpy(),
        data_range=3.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    found = losses.ssim(x, y, data_range=3.0)[0, 0].numpy()
    np.testing.assert_allclose(found, expected[5:-5, 5:-5, 5:-5], atol=2e-5)


def test_ssim_of_an_image_with_itself_is_one():
    x, _ = _pair()
    assert losses.ssim(x, x, 3.0).min() == pytest.approx(1, abs=1e-4)


def test_ssim_loss_sees_only_the_brain():
    x, y = _pair()
    brain = torch.zeros_like(x)
    brain[..., :10] = 1
    spoilt = y.clone()
    spoilt[..., 14:] = 50  # farther from the brain than the window reaches
    assert losses.ssim_loss(x, y, brain) == losses.ssim_loss(x, spoilt, brain)


def test_l1_is_the_mean_over_the_brain_alone():
    predicted, target, brain = (
        torch.zeros(1, 1, 2, 2, 2),
        torch.ones(1, 1, 2, 2, 2),
        torch.zeros(1, 1, 2, 2, 2),
    )
    brain[..., 0] = 1
    target[..., 1] = 100
    assert losses.l1(predicted, target, brain) == 1


def test_l1_l2_is_the_mean_over_its_own_region():
    target = torch.tensor([0.0, 0.2, 1.0, 2.0]).reshape(1, 1, 1, 1, 4)
    mask = torch.tensor([0.0, 0.0, 1.0, 1.0]).reshape(1, 1, 1, 1, 4)
    # errors 1 and 2: (1 + 1) + (2 + 4), over two voxels, however large the brain is
    assert losses.l1_l2(torch.zeros_like(target), target, mask) == 4


def test_regions_are_disjoint_and_a_vessel_at_the_rim_is_in_none():
    labels = torch.zeros(1, 12, 12, 12, dtype=torch.int64)
    labels[0, 5, 5, 5], labels[0, 5, 5, 6], labels[0, 0, 0, 0] = 1, 2, 1
    brain = torch.ones(1, 1, 12, 12, 12)
    brain[..., :2] = 0
    core = losses.inner(brain, 2)
    parts = losses.regions(labels, brain, core)
    assert sum(part.max() for part in parts.values()) == 3
    assert sum(parts.values()).max() == 1
    assert parts["enhancing"].sum() == 1  # the other lies outside the brain
    # two voxels next to what is no brain are left out; the border of the patch is not
    assert not parts["rest"][..., :4].any()
    assert parts["rest"][..., 4:].sum() == 12 * 12 * 8 - 2


def test_inner_is_the_erosion_of_scipy():
    brain = torch.rand(1, 1, 14, 15, 16, generator=torch.Generator().manual_seed(3)) > 0.03
    expected = ndimage.binary_erosion(brain[0, 0].numpy(), np.ones((7, 7, 7)), border_value=1)
    np.testing.assert_array_equal(losses.inner(brain.float(), 3)[0, 0].numpy() > 0, expected)


def test_the_best_spread_is_the_mean_absolute_error_and_the_map_learns_nothing_from_it():
    generator = torch.Generator().manual_seed(2)
    predicted = torch.randn(1, 1, 8, 8, 8, generator=generator, requires_grad=True)
    target, mask = torch.zeros_like(predicted), torch.ones_like(predicted)
    best = predicted.abs().mean().log().item()
    at = {
        move: losses.spread(torch.full_like(target, best + move), predicted, target, mask)
        for move in (-0.3, 0.0, 0.3)
    }
    assert min(at, key=lambda move: at[move].item()) == 0.0
    # Laplace: log b + |error| / b, at its least log b + 1
    assert at[0.0].item() == pytest.approx(best + 1, abs=1e-5)
    assert not at[0.0].requires_grad


def test_empty_brain_gives_zero_and_not_nan():
    x, y = _pair()
    assert losses.l1(x, y, torch.zeros_like(x)) == 0


def test_soft_dice_is_zero_for_certain_and_right_scores_and_near_one_for_wrong_ones():
    labels = torch.randint(0, 4, (1, 8, 8, 8), generator=torch.Generator().manual_seed(1))
    right = 50.0 * torch.nn.functional.one_hot(labels, 4).movedim(-1, 1)
    assert losses.soft_dice(right, labels) == pytest.approx(0, abs=1e-4)
    assert losses.soft_dice(right.roll(1, dims=1), labels) > 0.9


def test_adversarial_loss_is_least_where_the_verdict_agrees():
    ones = torch.ones(3)
    assert losses.adversarial(ones, acquired=True) == 0
    assert losses.adversarial(ones, acquired=False) == 1
