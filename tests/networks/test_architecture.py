import pytest
import torch

from gadless.networks.discriminator import PatchDiscriminator
from gadless.networks.generator import Generator
from gadless.networks.segmenter import Segmenter


@pytest.mark.parametrize(("make", "inputs", "outputs"), [(Generator, 3, 6), (Segmenter, 4, 4)])
def test_output_has_the_shape_of_the_input(make, inputs, outputs):
    x = torch.rand(2, inputs, 16, 24, 8)
    assert make(4)(x).shape == (2, outputs, 16, 24, 8)


def test_an_untrained_generator_predicts_the_zero_map():
    assert not Generator(4)(torch.rand(1, 3, 16, 16, 16)).any()


def test_every_parameter_takes_part():
    network = Generator(4)
    torch.nn.init.ones_(network.head.weight)
    network(torch.rand(2, 3, 16, 16, 16)).square().sum().backward()
    idle = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    # The bias of a shortcut is real; those before a normalisation do not exist (bias=False).
    assert idle == []


def test_discriminator_judges_regions():
    verdict = PatchDiscriminator(4)(torch.rand(1, 3, 32, 32, 32), torch.rand(1, 1, 32, 32, 32))
    assert verdict.shape == (1, 1, 4, 4, 4)


def test_discriminator_sees_both_the_images_and_the_map():
    judge = PatchDiscriminator(4).eval()
    images, subtraction = torch.rand(1, 3, 16, 16, 16), torch.rand(1, 1, 16, 16, 16)
    verdict = judge(images, subtraction)
    assert not torch.equal(verdict, judge(images + 1, subtraction))
    assert not torch.equal(verdict, judge(images, subtraction + 1))
