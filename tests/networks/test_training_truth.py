"""A mask is its exam's own, on its grid and in its coding, or it is not learnt from."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tiny_exams import SHAPE, SPACING_MM, exam_of, tiny_images, transforms

from gadless.errors import InputError
from gadless.files import write_json
from gadless.images.writing import write_image
from gadless.networks.dataset import load_cohort
from gadless.networks.exams import read_image
from gadless.networks.truth import OURS, doubt, read_truth
from gadless.trial.config.training import Recipe

COMMON = np.diag([SPACING_MM] * 3 + [1.0])


@pytest.fixture
def read(make_exam, tmp_path):
    """Read a mask of the exam that is written as patient p1."""
    exam = make_exam("p1")
    brain = read_image(exam.path("brain"))[0] > 0

    def read(values, affine=COMMON, coding=OURS):
        path = tmp_path / "mask.nii.gz"
        write_image(values, affine, path)
        return read_truth(path, coding, exam, brain)

    read.exam, read.labels = exam, tiny_images(sum(map(ord, "p1v1")))[1]
    return read


def test_truth_follows_the_t1_through_rotation_and_shift(read):
    """A ball, stored by a scanner that saw the head turned, comes back round and in place."""
    to_native = np.eye(4)
    to_native[:3, :3] = Rotation.from_euler("xyz", [8, -5, 12], degrees=True).as_matrix()
    to_native[:3, 3] = [3.0, -2.0, 4.0]
    native = np.array([[0, -1.5, 0, 60], [1.5, 0, 0, -5], [0, 0, 1.5, -5], [0, 0, 0, 1.0]])
    grid = {"shape": [50, 50, 50], "affine": native, "common_to_native": to_native}
    write_json(transforms(t1=grid), read.exam.folder / "transforms.json")
    read.exam.write()
    centre, radius = np.array([26.0, 28.0, 24.0]), 12.0

    def ball(shape, affine, centre):
        index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1)
        points = index @ affine[:3, :3].T + affine[:3, 3]
        return np.linalg.norm(points - centre, axis=-1) < radius

    seen = ball((50, 50, 50), native, to_native[:3, :3] @ centre + to_native[:3, 3])
    found = read(seen.astype(np.uint8), native) == 1
    expected = ball(SHAPE, COMMON, centre)
    assert 2 * (found & expected).sum() / (found.sum() + expected.sum()) > 0.95
    drift = np.argwhere(found).mean(0) - np.argwhere(expected).mean(0)
    assert np.abs(drift).max() < 0.1


def test_a_mask_on_the_grid_of_another_scan_of_the_visit_is_taken(read):
    t1 = {"shape": list(SHAPE), "affine": COMMON, "common_to_native": np.eye(4)}
    shifted = COMMON.copy()
    shifted[:3, 3] = 30
    away = np.eye(4)
    away[:3, 3] = 30
    t1c = {"shape": list(SHAPE), "affine": shifted, "common_to_native": away}
    write_json(transforms(t1=t1, t1c=t1c), read.exam.folder / "transforms.json")
    read.exam.write()
    np.testing.assert_array_equal(read(read.labels, shifted), read.labels)


@pytest.mark.parametrize("how", ["shape", "affine"])
def test_a_mask_on_another_grid_is_refused(read, how):
    values, affine = read.labels, COMMON.copy()
    if how == "shape":
        values = np.pad(values, [(0, 1), (0, 0), (0, 0)])
    else:
        affine[0, 3] = 5.0
    with pytest.raises(InputError, match=r"patient p1, visit v1: .*mask.nii.gz: .* its grid"):
        read(values, affine)


def test_a_mask_outside_the_brain_is_refused(read):
    outside = np.zeros(SHAPE, np.uint8)
    outside[:6, :6, :6] = 1
    with pytest.raises(InputError, match="only 0% of it lie in the brain"):
        read(outside)


def test_an_unknown_label_is_refused_by_its_number(read):
    with pytest.raises(
        InputError, match=r"holds label 4, which .* does not know \(it has 0, 1, 2, 3\)"
    ):
        read(np.where(read.labels == 1, 4, read.labels).astype(np.uint8))


def test_shares_instead_of_labels_are_refused(read):
    with pytest.raises(InputError, match=r"holds 0\.5"):
        read(np.where(read.labels == 1, 0.5, 0).astype(np.float32))


def test_what_is_no_image_and_what_is_not_there_are_refused(read, tmp_path):
    brain = np.ones(SHAPE, bool)
    with pytest.raises(InputError, match=r"none\.nii\.gz: .*file does not exist"):
        read_truth(tmp_path / "none.nii.gz", OURS, read.exam, brain)
    for content in (b"nothing", b"\x1f\x8b\x08\x00"):
        (tmp_path / "bad.nii.gz").write_bytes(content)
        with pytest.raises(InputError, match=r"not compressed|truncated within"):
            read_truth(tmp_path / "bad.nii.gz", OURS, read.exam, brain)


def test_another_coding_is_translated(read):
    brats = np.array([0, 4, 2, 1], np.uint8)[read.labels]
    found = read(brats, coding={0: 0, 1: 3, 2: 2, 4: 1})
    np.testing.assert_array_equal(found, read.labels)


def test_no_tumour_is_a_truth(read):
    assert not read(np.zeros(SHAPE, np.uint8)).any()


def test_what_is_called_enhancing_must_enhance(read):
    images, labels = tiny_images(sum(map(ord, "p1v1")))
    brain = images["brain"] > 0
    assert doubt(labels, images, brain, SPACING_MM) is None
    # BraTS 2023 calls necrosis 1 and enhancing 3.
    other = np.array([0, 3, 2, 1], np.uint8)[labels]
    assert "does not enhance" in doubt(other, images, brain, SPACING_MM)
    elsewhere = ((labels == 0) & brain).astype(np.uint8)
    assert "does not enhance" in doubt(elsewhere, images, brain, SPACING_MM)


def test_a_doubted_mask_is_not_learnt_from_and_that_is_said(make_exam, tmp_path, caplog):
    """Another patient's mask on the same grid: the numbers fit, the tumour does not."""
    for patient in ("p1", "p2", "p3"):
        make_exam(patient)
    exams = [exam_of(tmp_path, patient) for patient in ("p1", "p2", "p3")]
    images, labels = tiny_images(sum(map(ord, "p1v1")))
    elsewhere = (labels == 0) & (images["brain"] > 0)
    write_image(elsewhere.astype(np.uint8), COMMON, exams[0].mask)
    cohort = load_cohort(exams, Recipe(kind="generator"), 2.0, 0.34, tmp_path / "cache")
    assert cohort.doubted == 1
    # The shipped segmenter's own finding stands in; nothing of the mask is left.
    stood_in = cohort.learning[0].case.open().labels
    assert (stood_in == 1).sum() < 0.2 * elsewhere.sum()
    assert "patient p1, visit v1" in caplog.text
    assert "does not enhance" in caplog.text
    cohort = load_cohort(exams, Recipe(kind="segmenter"), 2.0, 0.34, tmp_path / "cache")
    assert [member.case.patient for member in cohort.learning] == ["p2"]


def test_where_all_masks_are_doubted_nobody_is_asked_for_masks(make_exam, tmp_path):
    """Two labels of another coding that ours has as well."""
    exams = []
    for patient in ("p1", "p2"):
        make_exam(patient)
        exams.append(exam_of(tmp_path, patient, coding={0: 0, 1: 3, 2: 2, 3: 1}))
    with pytest.raises(InputError, match="does not enhance") as told:
        load_cohort(exams, Recipe(kind="segmenter"), 2.0, 0.34, tmp_path / "cache")
    assert "1 exams" not in str(told.value)
    assert "in the sheet" not in str(told.value)
