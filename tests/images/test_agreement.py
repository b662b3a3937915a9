"""Which share of a brain lies where another image has it."""

import numpy as np
import pytest
from scipy import ndimage

from gadless.images.agreement import share_in_place
from gadless.images.volume import Volume

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
SHAPE = (60, 60, 60)
BALL = np.linalg.norm(np.indices(SHAPE).T - 29.5, axis=-1).T < 26


def texture(seed):
    noise = np.random.default_rng(seed).standard_normal(SHAPE)
    field = 100 + 60 * ndimage.gaussian_filter(noise, 2.5) / 0.06
    return np.where(BALL, field, 0).astype(np.float32)


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        (texture(1), 0.99, 1.0),
        (300 - texture(1), 0.95, 1.0),
        (texture(1) * 1e4, 0.99, 1.0),
        (np.roll(texture(1), 3, axis=0), 0.0, 0.1),
        (texture(2), 0.0, 0.15),
        (np.zeros(SHAPE, np.float32), 0.0, 0.0),
    ],
    ids=["itself", "another contrast", "another scale", "moved by 6 mm", "another", "nothing"],
)
def test_what_is_found_in_place_is_the_same_head(other, least, most):
    """Air that is all zeros divides nothing."""
    first = Volume(texture(1), AFFINE)
    found = share_in_place(first, BALL, Volume(np.asarray(other, np.float32), AFFINE))
    assert least <= found <= most
