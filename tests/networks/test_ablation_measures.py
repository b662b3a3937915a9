"""Measures of the ablation against scikit-image, and where the answer is known."""

import numpy as np
import pytest
from skimage import filters, metrics

from gadless.networks.ablation import measures
from gadless.networks.generator import TARGET_LIMITS


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    flat = rng.normal(0.2, 0.3, (2, 24, 26))
    flat[1] += 0.5 * flat[0]
    # Alike in every slice, so that a filter in two dimensions knows the answer.
    first, second = (np.repeat(image[..., None], 9, axis=2).astype(np.float32) for image in flat)
    return first, second


def test_gradients_are_those_of_prewitt(pair) -> None:
    image = pair[0]
    flat = image[..., 4].astype(float)
    expected = np.hypot(filters.prewitt_h(flat), filters.prewitt_v(flat))
    found = measures.gradient_magnitude(image)[..., 4]
    np.testing.assert_allclose(found[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-4)


def test_gradient_similarity_as_published(pair) -> None:
    """Equation 4 of the paper on grey values from 0 to 255, its constant 170."""
    first, second = pair
    brain = np.zeros(first.shape, bool)
    brain[1:-1, 1:-1, 1:-1] = True
    low, high = TARGET_LIMITS
    grey = [(image[..., 4].astype(float) - low) / (high - low) * 255 for image in pair]
    a, b = (np.hypot(filters.prewitt_h(g), filters.prewitt_v(g))[2:-2, 2:-2] for g in grey)
    expected = ((2 * a * b + 170) / (a**2 + b**2 + 170)).mean()
    assert measures.gradient_similarity(first, second, brain) == pytest.approx(expected, rel=1e-4)
    assert measures.gradient_similarity(first, first, brain) == pytest.approx(1)


def test_a_blurred_map_loses_its_edges(pair) -> None:
    first = pair[0]
    brain = np.ones(first.shape, bool)
    values = [
        measures.gradient_similarity(filters.gaussian(first, sigma), first, brain)
        for sigma in (0.3, 0.7, 2.0)
    ]
    assert 1 > values[0] > values[1] > values[2]


def test_information_is_that_of_scikit_image() -> None:
    rng = np.random.default_rng(5)
    first = rng.uniform(*TARGET_LIMITS, 5000)
    second = np.clip(first + rng.normal(0, 0.4, 5000), *TARGET_LIMITS)
    # Both reach both limits, so that bins without a given range are the same bins.
    first[:2], second[:2] = TARGET_LIMITS, TARGET_LIMITS
    expected = metrics.normalized_mutual_information(first, second, bins=measures.BINS)
    assert measures.normalised_information(first, second) == pytest.approx(expected)


def test_information_of_a_constant_is_none_and_of_itself_is_all() -> None:
    values = np.linspace(*TARGET_LIMITS, 500)
    assert measures.normalised_information(np.zeros(500), values) == pytest.approx(1)
    assert measures.normalised_information(values, values) == pytest.approx(2)
    assert np.isnan(measures.normalised_information(np.zeros(5), np.zeros(5)))


def test_contrast_recovered_and_in_excess() -> None:
    acquired = np.full((4, 4, 4), 0.8, np.float32)
    region = np.ones(acquired.shape, bool)
    assert measures.recovery(0.25 * acquired, acquired, region, 50) == pytest.approx(0.25)
    assert measures.excess(acquired + 0.1, acquired, region) == pytest.approx(0.1)
    assert np.isnan(measures.recovery(acquired, acquired, region, 65))
    assert np.isnan(measures.recovery(acquired, 0 * acquired, region, 50))
    assert np.isnan(measures.excess(acquired, acquired, ~region))


def test_lesions_are_components_that_are_large_enough() -> None:
    mask = np.zeros((20, 10, 10), bool)
    mask[1:3, 1:3, 1:3] = True  # 8 voxels of 8 mm3: 0.064 cm3
    mask[6:9, 1:3, 1] = True  # 0.048 cm3
    mask[12:15, 1:4, 1:4] = mask[15, 4, 4] = True  # joined by a corner
    numbered = measures.lesions(mask, 2.0)
    assert [int((numbered == number).sum()) for number in (1, 2, 3)] == [8, 28, 0]
