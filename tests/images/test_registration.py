"""Mutual information against SimpleITK, its gradient, and known motions."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gadless.images.agreement import local_correlation
from gadless.images.information import BINS, MutualInformation
from gadless.images.registration import register_rigid
from gadless.images.space import template
from gadless.images.volume import Volume, from_itk, itk_affine, moved, ras_matrix, to_itk


@pytest.fixture(scope="module")
def pair() -> tuple[Volume, np.ndarray, Volume]:
    volume, brain = template()
    affine = volume.affine @ np.diag([3.0, 3.0, 3.0, 1.0])
    tissue = ndimage.gaussian_filter(volume.data, 1.2)[::3, ::3, ::3]
    inverted = np.where(tissue > 20, 260 * np.exp(-tissue / 95), 0)
    region = ndimage.binary_dilation(brain[::3, ::3, ::3], iterations=3)
    return Volume(tissue, affine), region, Volume(inverted.astype(np.float32), affine)


def rigid(seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    matrix = np.eye(4)
    turn = Rotation.from_euler("xyz", chance.uniform(-8, 8, 3), degrees=True)
    matrix[:3, :3] = turn.as_matrix()
    matrix[:3, 3] = chance.uniform(-12, 12, 3)
    return matrix


def test_conversion_to_simpleitk_keeps_values_and_places() -> None:
    chance = np.random.default_rng(0)
    affine = rigid(1) @ np.diag([1.5, 2.0, 3.0, 1.0])
    volume = Volume(chance.uniform(size=(4, 5, 6)).astype(np.float32), affine)
    back = from_itk(to_itk(volume.data, volume.affine))
    np.testing.assert_array_equal(back.data, volume.data)
    np.testing.assert_allclose(back.affine, affine, atol=1e-9)
    np.testing.assert_allclose(ras_matrix(itk_affine(affine)), affine, atol=1e-9)
    image = to_itk(volume.data, volume.affine)
    place = np.array(image.TransformIndexToPhysicalPoint((1, 2, 3))) * [-1, -1, 1]
    np.testing.assert_allclose(place, moved(affine, np.array([1, 2, 3])), atol=1e-6)


def test_gradient_is_that_of_the_measure(pair: tuple) -> None:
    fixed, region, moving = pair
    measure = MutualInformation(fixed, region, moving, samples=4000, smoothing_mm=2.0, seed=1)
    place = rigid(3)
    _, force = measure(place)
    step = 1e-3
    for axis in range(3):
        ahead, behind = place.copy(), place.copy()
        ahead[axis, 3] += step
        behind[axis, 3] -= step
        numeric = (measure(ahead)[0] - measure(behind)[0]) / (2 * step)
        assert force[:, axis].sum() == pytest.approx(numeric, abs=2e-4)


def test_measure_rises_and_falls_with_simpleitks(pair: tuple) -> None:
    fixed, region, moving = pair
    ours = MutualInformation(fixed, region, moving, samples=60000, smoothing_mm=0.0, seed=1)
    theirs = sitk.ImageRegistrationMethod()
    theirs.SetMetricAsMattesMutualInformation(BINS)
    theirs.SetMetricFixedMask(to_itk(region, fixed.affine))
    theirs.SetInterpolator(sitk.sitkLinear)
    images = [to_itk(v.data, v.affine) for v in (fixed, moving)]
    places = []
    for millimetres in (0.0, 1.5, 3.0, 5.0, 8.0, 12.0):
        for axis in range(3):
            place = np.eye(4)
            place[axis, 3] = millimetres
            places.append(place)
    theirs_values = []
    for place in places:
        theirs.SetInitialTransform(itk_affine(place))
        theirs_values.append(-theirs.MetricEvaluate(*images))
    # Bins are laid differently (percentiles here, extremes there), so only the course is shared.
    assert np.corrcoef([ours(place)[0] for place in places], theirs_values)[0, 1] > 0.98
    assert np.argmax(theirs_values) < 3
    assert ours(np.eye(4))[0] == max(ours(place)[0] for place in places)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_known_motion_is_found_across_contrasts(pair: tuple, seed: int) -> None:
    fixed, region, moving = pair
    truth = rigid(seed)
    away = Volume(moving.data, truth @ moving.affine)
    found = register_rigid(fixed, region, away, np.eye(4), sampling=0.3, seed=1)
    points = moved(fixed.affine, np.argwhere(region)[::50])
    assert np.linalg.norm(moved(found, points) - moved(truth, points), axis=1).max() < 0.3
    again = register_rigid(fixed, region, away, np.eye(4), sampling=0.3, seed=1)
    np.testing.assert_array_equal(found, again)


def test_local_correlation_ends_where_it_says(pair: tuple) -> None:
    fixed, region, moving = pair
    inside = ndimage.binary_erosion(region, iterations=6)
    assert local_correlation(fixed, inside, fixed, np.eye(4)) == pytest.approx(1.0, abs=1e-6)
    assert local_correlation(fixed, inside, moving, np.eye(4)) > 0.8
    noise = np.random.default_rng(0).normal(size=fixed.data.shape).astype(np.float32)
    assert local_correlation(fixed, inside, Volume(noise, fixed.affine), np.eye(4)) < 0.15
    flat = Volume(np.ones_like(fixed.data), fixed.affine)
    assert local_correlation(fixed, inside, flat, np.eye(4)) < 1e-6
    shifted = np.eye(4)
    shifted[1, 3] = 8.0
    assert local_correlation(fixed, inside, moving, shifted) < 0.4
