"""Image metrics against scikit-image, and their policy where there is nothing to compare."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measurement_shapes import affine_of, sphere
from scipy.spatial.distance import cdist
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from gadless.measurement.image_metrics import (
    DATA_RANGE,
    Exam,
    compare_images,
    compare_lesions,
    compare_segmentations,
    cut_to_brain,
    dice,
    similarity_map,
)
from gadless.measurement.lesions import find_lesions
from gadless.measurement.volumes import canonical
from gadless.trial.config.imaging import Measurement

SHAPE, MIDDLE = (26, 24, 22), (26, 24, 22)
BRAIN = sphere(MIDDLE, 20, SHAPE)
RIM = sphere(MIDDLE, 6, SHAPE)
OEDEMA = sphere(MIDDLE, 10, SHAPE)
RNG = np.random.default_rng(8)
ACQUIRED = np.where(BRAIN, RNG.normal(0.05, 0.1, SHAPE) + 1.2 * RIM, 0).astype(np.float32)
PREDICTED = np.where(BRAIN, ACQUIRED * 0.6 + RNG.normal(0, 0.05, SHAPE), 0).astype(np.float32)


def labels(enhancing=RIM, oedema=OEDEMA):
    picture = np.zeros(SHAPE, dtype=np.uint8)
    picture[oedema], picture[enhancing] = 2, 1
    return canonical(picture, affine_of())


EXAM = Exam(ACQUIRED, BRAIN, labels())
NOTHING = np.zeros(SHAPE, dtype=bool)


def table(rows):
    return {(region, metric): value for region, metric, value in rows}


def by_scikit_image(reference, predicted):
    return structural_similarity(
        reference.astype(float),
        predicted.astype(float),
        data_range=DATA_RANGE,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )[1]


@pytest.mark.parametrize("predicted", [PREDICTED, np.zeros_like(ACQUIRED), ACQUIRED])
def test_similarity_is_that_of_scikit_image(predicted):
    expected = by_scikit_image(ACQUIRED, predicted)
    np.testing.assert_allclose(similarity_map(ACQUIRED, predicted), expected, atol=2e-5)


def test_regions_partition_the_brain_as_described():
    regions = EXAM.regions
    distances = cdist(2.0 * np.argwhere(BRAIN), 2.0 * np.argwhere(RIM)).min(axis=1)
    np.testing.assert_array_equal(regions["enhancing"][BRAIN], distances <= 5.0)
    assert not (regions["normal"] & (regions["abnormality"] | regions["enhancing"])).any()
    union = regions["normal"] | regions["abnormality"] | regions["enhancing"]
    np.testing.assert_array_equal(union, regions["brain"])


def test_figures_by_region_are_those_of_the_region():
    found = table(compare_images(EXAM, PREDICTED))
    similarity = by_scikit_image(ACQUIRED, PREDICTED)
    for region, mask in EXAM.regions.items():
        truth, guess = ACQUIRED[mask], PREDICTED[mask]
        assert found[region, "ssim"] == pytest.approx(similarity[mask].mean(), abs=1e-5)
        assert found[region, "mae"] == pytest.approx(np.abs(truth - guess).mean(), rel=1e-5)
        expected = peak_signal_noise_ratio(truth, guess, data_range=DATA_RANGE)
        assert found[region, "psnr"] == pytest.approx(expected, rel=1e-4)
    recovery = PREDICTED[RIM].mean() / ACQUIRED[RIM].mean()
    assert found["enhancing", "contrast_recovery"] == pytest.approx(recovery, rel=1e-5)


def test_a_constant_factor_is_not_forgiven():
    """Scaling each image to its own range would make these two alike."""
    found = table(compare_images(EXAM, 0.5 * ACQUIRED))
    assert found["enhancing", "ssim"] < 0.9
    assert found["enhancing", "contrast_recovery"] == pytest.approx(0.5)


def test_a_perfect_prediction():
    found = table(compare_images(EXAM, ACQUIRED.copy()))
    assert found["brain", "ssim"] == pytest.approx(1.0, abs=1e-5)
    assert found["brain", "mae"] == 0
    assert np.isnan(found["brain", "psnr"])  # infinite
    assert found["enhancing", "contrast_recovery"] == pytest.approx(1.0)


def test_the_zero_map_recovers_nothing():
    found = table(compare_images(EXAM, np.zeros_like(ACQUIRED)))
    assert found["enhancing", "contrast_recovery"] == 0.0
    assert found["enhancing", "ssim"] < found["normal", "ssim"]


def test_without_enhancement_the_enhancing_figures_are_missing_and_the_others_not():
    exam = Exam(ACQUIRED, BRAIN, labels(enhancing=NOTHING))
    found = table(compare_images(exam, PREDICTED))
    assert {key for key, value in found.items() if np.isnan(value)} == {
        ("enhancing", metric) for metric in ("ssim", "mae", "psnr", "contrast_recovery")
    }


def test_recovery_of_no_contrast_is_missing():
    exam = Exam(-np.abs(ACQUIRED), BRAIN, labels())
    assert np.isnan(table(compare_images(exam, PREDICTED))["enhancing", "contrast_recovery"])


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [(RIM, RIM, 1.0), (RIM, NOTHING, 0.0), (NOTHING, RIM, 0.0), (NOTHING, NOTHING, np.nan)],
)
def test_dice_at_the_edges(one, other, value):
    assert dice(one, other) == pytest.approx(value, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.9))
def test_dice_is_symmetric_and_follows_its_formula(seed, share):
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, 5, 5, 5)) < share
    both, either = (one & other).sum(), (one | other).sum()
    expected = 2 * both / (both + either) if either else np.nan
    assert dice(one, other) == pytest.approx(expected, nan_ok=True)
    assert dice(one, other) == pytest.approx(dice(other, one), nan_ok=True)


def test_segmentations_are_compared_by_compartment():
    found = table(compare_segmentations(labels(), labels(enhancing=NOTHING)))
    assert found["enhancing", "dice"] == 0
    assert found["abnormality", "dice"] == 1
    assert np.isnan(found["necrosis", "dice"])
    assert table(compare_segmentations(labels(), None)) == {("enhancing", "dice"): 0.0}


def test_lesions_are_compared_one_by_one():
    near, far = sphere((16, 24, 22), 3, SHAPE), sphere((36, 24, 22), 3, SHAPE)
    reference, candidate = (
        find_lesions(labels(mask, NOTHING), "enhancing", Measurement(smallest_lesion_cm3=0)).lesions
        for mask in (near | far, near | sphere((26, 40, 22), 2, SHAPE))
    )
    assert table(compare_lesions(reference, candidate, SHAPE)) == {
        ("enhancing", "lesion_f1"): 0.5,
        ("enhancing", "lesion_iou"): 1.0,
        ("enhancing", "lesions_missed"): 1.0,
        ("enhancing", "lesions_false"): 1.0,
    }
    of_zero = table(compare_lesions(reference, [], SHAPE))
    assert (of_zero["enhancing", "lesion_f1"], of_zero["enhancing", "lesions_missed"]) == (0, 2)


def test_cutting_to_the_brain_changes_no_figure():
    wide = ((9, 11), (7, 13), (10, 8))
    picture = np.pad(labels().labels, wide)
    exam, box = cut_to_brain(
        np.pad(ACQUIRED, wide), np.pad(BRAIN, wide), canonical(picture, affine_of())
    )
    assert exam.brain.size < picture.size
    found = table(compare_images(exam, np.pad(PREDICTED, wide)[box]))
    whole = Exam(np.pad(ACQUIRED, wide), np.pad(BRAIN, wide), canonical(picture, affine_of()))
    expected = table(compare_images(whole, np.pad(PREDICTED, wide)))
    assert found == pytest.approx(expected, abs=1e-6)


def test_an_empty_brain_gives_missing_figures_and_no_error():
    exam, box = cut_to_brain(ACQUIRED, NOTHING, labels(NOTHING, NOTHING))
    assert all(np.isnan(value) for value in table(compare_images(exam, PREDICTED[box])).values())
