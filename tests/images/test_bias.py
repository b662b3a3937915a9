"""Fields that were put in are found; what enhances is not taken for a field."""

import numpy as np
import pytest
from scipy import ndimage

from gadless.images.bias import n4_field
from gadless.images.differential import differential_field
from gadless.images.resampling import mask_onto_grid, onto_grid
from gadless.images.space import common_grid, template
from gadless.images.volume import Volume, moved


@pytest.fixture(scope="module")
def brain() -> tuple[Volume, np.ndarray]:
    volume, mask = template()
    grid = common_grid(3.0)
    region = mask_onto_grid(mask, volume.grid, grid, np.eye(4))
    return onto_grid(volume, grid, np.eye(4), region), region


def field_on(image: Volume, strength: float) -> np.ndarray:
    x = moved(image.affine, np.indices(image.data.shape).transpose(1, 2, 3, 0)) / 80.0
    return np.exp(strength * (x[..., 0] + 0.6 * x[..., 1] ** 2 - 0.5 * x[..., 2] * x[..., 0]))


def log_sd(values: np.ndarray) -> float:
    return float(np.log(values).std())


def test_n4_takes_out_most_of_a_known_field(brain: tuple) -> None:
    image, region = brain
    field = field_on(image, 0.3)
    found = n4_field(Volume((image.data * field).astype(np.float32), image.affine), region, 8.0)
    clean = n4_field(image, region, 8.0)
    before = log_sd(field[region])
    assert before > 0.1
    assert log_sd((field / found)[region]) < 0.4 * before
    assert log_sd((field * clean / found)[region]) < 0.3 * before


def test_anatomy_is_not_taken_for_a_field(brain: tuple) -> None:
    image, region = brain  # the template comes without bias
    assert log_sd(n4_field(image, region, 8.0)[region]) < 0.04


def test_differential_field_is_found_beside_a_large_enhancing_tumour(brain: tuple) -> None:
    image, region = brain
    truth = 1.7 * field_on(image, 0.25)
    points = moved(image.affine, np.indices(image.data.shape).transpose(1, 2, 3, 0))
    tumour = region & (np.linalg.norm(points - [25, -10, 15], axis=-1) < 32)
    share = tumour.sum() / region.sum()
    assert 0.05 < share < 0.2
    post = image.data * truth * np.where(tumour, 1.8, 1.0)
    chance = np.random.default_rng(0)
    post = np.maximum(post + chance.normal(0, 5, post.shape), 1).astype(np.float32)
    found, spread = differential_field(Volume(post, image.affine), image.data, region)
    error = np.log(found / truth)[region]
    assert np.abs(error).max() < 0.12
    assert np.abs(error).mean() < 0.02
    enhancement = (post / found)[tumour] / np.maximum(image.data[tumour], 1)
    assert np.median(enhancement) == pytest.approx(1.8, rel=0.04)
    assert spread < 0.1


@pytest.mark.parametrize(("radius", "gain"), [(20, 0.15), (27, 0.22), (35, 0.15), (35, 0.35)])
def test_wide_and_mild_enhancement_is_not_taken_for_a_field(
    brain: tuple, radius: float, gain: float
) -> None:
    image, region = brain
    points = moved(image.affine, np.indices(image.data.shape).transpose(1, 2, 3, 0))
    tumour = region & (np.linalg.norm(points - [22, 0, 18], axis=-1) < radius)
    # Neighbouring voxels differ from the field alike, as they do in life.
    texture = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=image.data.shape), 2)
    texture *= 0.05 / texture[region].std()
    plain = np.maximum(image.data * 1.7 * field_on(image, 0.25) * np.exp(texture), 1)
    scaled = []
    for factor in (1.0, 1.0 + gain):
        post = np.where(tumour, factor * plain, plain).astype(np.float32)
        found, _ = differential_field(Volume(post, image.affine), image.data, region)
        scaled.append(post / found)
    before, after = scaled
    assert (after - before)[tumour].mean() / (gain * before[tumour].mean()) > 0.9
    assert np.abs(np.log(after / before)[region & ~tumour]).mean() < 0.02


def test_equal_images_have_no_differential_field(brain: tuple) -> None:
    image, region = brain
    found, spread = differential_field(image, image.data, region)
    np.testing.assert_allclose(found, 1.0, atol=1e-4)
    assert spread < 1e-3
