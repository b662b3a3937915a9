import numpy as np
import pytest
import torch
from tiny_exams import tiny_images

from gadless.networks import weights
from gadless.networks.cache import Case
from gadless.networks.evaluation import Networks, evaluate, summary
from gadless.networks.inference import Trained
from gadless.networks.validation import dice, mean_ssim


class Reader(torch.nn.Module):
    """A segmenter that calls enhancing what is half brighter on contrast than on T1."""

    multiple = 8

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Conv3d(1, 4, 1)

    def forward(self, x):
        enhancing = (x[:, 1] - x[:, 0] > 0.5).float()
        return torch.stack([0.5 + 0 * enhancing, enhancing, 0 * enhancing, 0 * enhancing], dim=1)


class Oracle(torch.nn.Module):
    """A generator that answers the same map whatever it sees, in the exam's own crop."""

    multiple = 8

    def __init__(self, value):
        super().__init__()
        self.value, self.head = value, torch.nn.Conv3d(1, 1, 1)

    def forward(self, x):
        return torch.cat([torch.full_like(x[:, :1], self.value)] * 2, dim=1)


class Bright(torch.nn.Module):
    """A segmenter that calls enhancing, with a probability of 0.8, what is bright on T2."""

    multiple = 8

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Conv3d(1, 4, 1)

    def forward(self, x):
        bright = (x[:, 1] > 1.7).float()
        nothing = -20 * torch.ones_like(bright)
        return torch.stack([1 - bright, bright * np.log(4 * np.e), nothing, nothing], dim=1)


@pytest.fixture
def case():
    images, labels = tiny_images(4)
    names = ("t1", "t2", "flair", "subtraction")
    stacked = np.stack([images[name] for name in names]).astype(np.float16)
    return Case.of("p1", "v1", names, stacked, images["brain"] > 0, labels)


def test_figures_of_networks_whose_answer_is_known(case):
    segmenter = Trained(Reader(), weights.describe("s", "segmenter", 4, 2.0))
    nothing = Trained(Oracle(0.0), weights.describe("g", "generator", 4, 2.0))
    sees = ("t1", "t2", "flair")
    direct = Trained(Bright(), weights.describe("d", "segmenter", 4, 2.0, sees))
    networks = Networks(segmenter, None, {"nothing": nothing, "direct": direct})
    rows = evaluate([case], networks, level=0.1)
    table = rows.set_index("contrast")
    assert list(table.index) == ["gbca", "zero", "mean", "nothing", "direct"]
    assert table.loc["mean", "mae"] < table.loc["gbca", "mae"] + 0.2
    assert np.isnan(table.loc["direct", "mae"])
    assert table.loc["direct", "low_cm3"] == 0  # scores of 0.8 are never nearly sure
    assert table.loc["direct", "high_cm3"] >= table.loc["direct", "enhancing_cm3"] > 0
    medians = summary(rows)
    assert medians.loc["zero", "mae_over_zero"] == 1
    assert medians.loc["gbca", "mae_over_zero"] == 0
    assert medians.loc["direct", "coverage"] in (0, 1)
    assert table.loc["gbca", "dice_truth"] > 0.99
    assert table.loc["gbca", ["mae", "ssim", "dice_acquired"]].tolist() == pytest.approx([0, 1, 1])
    assert table.loc["zero", "dice_acquired"] == 0
    assert table.loc["zero", "enhancing_cm3"] == 0
    columns = ["mae", "ssim", "dice_acquired"]
    assert table.loc["nothing", columns].tolist() == table.loc["zero", columns].tolist()
    acquired = case.images[3].astype(np.float32)
    assert table.loc["zero", "mae"] == pytest.approx(np.abs(acquired[case.brain]).mean(), rel=1e-4)


def test_dice_of_a_tiny_mask_says_nothing():
    few = np.zeros((10, 10, 10), bool)
    few[0, 0, :7] = True
    assert np.isnan(dice(few, few))


def test_dice_by_hand():
    a, b = np.zeros((10, 10, 10), bool), np.zeros((10, 10, 10), bool)
    a[:2], b[1:3] = True, True
    assert dice(a, b) == 0.5


def test_ssim_ignores_what_lies_outside_the_brain(case):
    x = case.images[3].astype(np.float32)
    brain = np.zeros_like(case.brain)
    brain[:10] = True
    y = x.copy()
    y[20:] += 5
    assert mean_ssim(x, y, brain) == pytest.approx(1)
