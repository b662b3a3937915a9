import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tiny_exams import SHAPE, tiny_images

from gadless.errors import InputError
from gadless.files import write_json
from gadless.networks import patches
from gadless.networks.dataset import CHANNELS, Case, held_out_patients, load_cohort, truth_on_grid
from gadless.networks.exams import write_image
from gadless.networks.patches import Sampler, vary_contrast, vary_intensity


def _status(exam):
    return exam.folder / "status.json"


def test_an_exam_without_contrast_is_left_out_and_logged(make_exam, tmp_path, caplog):
    caplog.set_level("INFO", logger="gadless")
    whole = [make_exam(name) for name in ("p1", "p2")]
    lacking = make_exam("p3", without={"t1c": "no T1c acquired", "subtraction": "no T1c acquired"})
    cohort = load_cohort([_status(e) for e in (*whole, lacking)], tmp_path / "truth", 0.2, 2.0, 16)
    assert {case.patient for case in cohort.learning + cohort.held_out} == {"p1", "p2"}
    assert "patient p3, visit v1 is not used: no T1c acquired" in caplog.text


def test_cases_hold_what_is_on_disk_within_the_brain(make_exam, tmp_path):
    exams = [make_exam("p1"), make_exam("p2")]
    case = load_cohort([_status(e) for e in exams], tmp_path / "truth", 0.2, 2.0, 16).learning[0]
    images, labels = tiny_images(sum(map(ord, "p1v1")))
    assert case.brain.sum() == images["brain"].sum()
    assert case.labels.sum() == labels.sum()
    assert case.images[1].astype(float).sum() == pytest.approx(images["t2"].sum(), rel=1e-3)


def test_checksum_tells_data_apart(make_exam, tmp_path):
    exams = [_status(make_exam(name)) for name in ("p1", "p2", "p3")]
    truth = tmp_path / "truth"
    checksum = load_cohort(exams, truth, 0.2, 2.0, 16).checksum
    assert checksum == load_cohort(exams[::-1], truth, 0.2, 2.0, 16).checksum
    assert checksum != load_cohort(exams[:2], truth, 0.2, 2.0, 16).checksum


def test_an_exam_on_another_grid_is_refused(make_exam, tmp_path):
    with pytest.raises(InputError, match=r"preprocessed to 2 mm, but `training\.spacing_mm` is 1"):
        load_cohort([_status(make_exam())], tmp_path / "truth", 0.2, 1.0, 16)


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=2), st.floats(0.01, 0.99))
def test_held_out_patients_are_the_last_and_leave_some(patients, share):
    known = sorted(set(patients))
    if len(known) < 2:
        with pytest.raises(InputError):
            held_out_patients(patients, share)
        return
    last = held_out_patients(patients, share)
    assert 0 < len(last) < len(known)
    assert sorted(last) == known[-len(last) :]


def test_truth_follows_the_t1_through_rotation_and_shift(make_exam, tmp_path):
    """A ball, stored by a scanner that saw the head turned, comes back round and in place."""
    exam = make_exam()
    common = np.diag([2.0, 2.0, 2.0, 1.0])
    to_native = np.eye(4)
    to_native[:3, :3] = Rotation.from_euler("xyz", [8, -5, 12], degrees=True).as_matrix()
    to_native[:3, 3] = [3.0, -2.0, 4.0]
    write_json(
        {"sequences": {"t1": {"common_to_native": to_native}}}, exam.folder / "transforms.json"
    )
    native = np.array([[0, -1.5, 0, 60], [1.5, 0, 0, -5], [0, 0, 1.5, -5], [0, 0, 0, 1.0]])
    centre, radius = np.array([26.0, 28.0, 24.0]), 12.0

    def ball(shape, affine, centre):
        index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1)
        points = index @ affine[:3, :3].T + affine[:3, 3]
        return np.linalg.norm(points - centre, axis=-1) < radius

    seen = ball((50, 50, 50), native, to_native[:3, :3] @ centre + to_native[:3, 3])
    write_image(seen.astype(np.uint8), native, tmp_path / "turned.nii.gz")
    found = truth_on_grid(tmp_path / "turned.nii.gz", exam, SHAPE, common) == 1
    expected = ball(SHAPE, common, centre)
    assert 2 * (found & expected).sum() / (found.sum() + expected.sum()) > 0.95
    drift = np.argwhere(found).mean(0) - np.argwhere(expected).mean(0)
    assert np.abs(drift).max() < 0.1


@pytest.fixture
def case():
    images, labels = tiny_images(4)
    stacked = np.stack([images[name] for name in CHANNELS]).astype(np.float16)
    return Case("p1", "v1", stacked, images["brain"] > 0, labels)


@pytest.mark.parametrize(("segmenting", "channels"), [(True, 4), (False, 3)])
def test_a_batch_is_a_function_of_seed_and_step(case, segmenting, channels):
    first = Sampler([case], 16, 2, 7, segmenting)
    assert first.draw(0).images.shape == (2, channels, 16, 16, 16)
    first.draw(1)
    again = Sampler([case], 16, 2, 7, segmenting)
    assert first.draw(5).images.equal(again.draw(5).images)
    assert not first.draw(5).images.equal(first.draw(6).images)


def test_patches_prefer_tumour(case):
    sampler = Sampler([case], 16, 1, 7, segmenting=False)
    share = np.mean([float((sampler.draw(i).labels > 0).float().mean()) for i in range(40)])
    assert share > 2 * (case.labels > 0).mean()


def test_a_case_without_tumour_gives_patches_of_brain(case):
    plain = Case("p1", "v1", case.images, case.brain, np.zeros_like(case.labels))
    batch = Sampler([plain], 16, 1, 7, segmenting=True).draw(0)
    assert batch.brain.any()
    assert not batch.labels.any()


def test_the_generators_target_is_never_varied(case, monkeypatch):
    monkeypatch.setattr(patches, "vary_contrast", None)  # would fail if called
    values = np.unique(Sampler([case], 16, 1, 7, segmenting=False).draw(3).subtraction.numpy())
    assert np.isin(values, case.images[3].astype(np.float32)).all()


def test_variation_keeps_background_and_ties_contrast_to_t1(case):
    rng = np.random.default_rng(0)
    images = {"t1": case.images[0].astype(np.float32), "t2": case.images[1].astype(np.float32)}
    images["contrast"] = images["t1"]
    varied = vary_intensity(images, rng, tied=("t1", "contrast"))
    np.testing.assert_array_equal(varied["t1"], varied["contrast"])
    assert not varied["t2"][~case.brain].any()
    subtraction = case.images[3].astype(np.float32)
    assert not vary_contrast(subtraction, case.brain, rng)[~case.brain].any()
