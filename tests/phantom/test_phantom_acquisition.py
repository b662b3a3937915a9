"""The scanner: noise against closed forms, positions, files and their determinism."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import rice

from gadless.errors import InputError
from gadless.phantom.acquisition import (
    LAYOUTS,
    acquire,
    add_rician_noise,
    bias_field,
    label_image,
    position,
    render_exam,
    resample,
    resample_part,
)
from gadless.phantom.anatomy import head_grid
from gadless.phantom.patient import build_head
from gadless.phantom.state import SEQUENCES, SITES, ExamState, LesionState

SPACING = 4.0


def exam(site: str = "north", corrupt: str | None = None, visit: str = "V1") -> ExamState:
    lesions = (LesionState(0, 12.0, 4.0, 40.0), LesionState(1, 2.0, 0.0, 6.0))
    return ExamState("P1", visit, 0, site, lesions, 21, corrupt)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exam")
    render_exam(exam(), folder, SPACING)
    return folder


@pytest.mark.parametrize("signal", [0.0, 0.5, 1.0, 3.0, 20.0])
def test_noise_is_rician(signal: float) -> None:
    sd = 2.0
    noisy = add_rician_noise(
        np.full(200_000, signal * sd, np.float32), sd, np.random.default_rng(5)
    )
    truth = rice(signal, scale=sd)
    assert noisy.mean() == pytest.approx(truth.mean(), rel=0.01)
    assert noisy.std() == pytest.approx(truth.std(), rel=0.015)


def test_bias_is_smooth_and_of_its_size() -> None:
    field = bias_field(np.random.default_rng(1), (40, 50, 45), 0.11)
    assert np.log(field).std() == pytest.approx(0.11, rel=0.01)
    assert np.abs(np.diff(np.log(field), axis=0)).max() < 0.05


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_landmark_is_found_where_the_transform_says(site: str, sequence: str) -> None:
    grid = head_grid(SPACING)
    landmark = np.array([24.0, -36.0, 30.0])
    squared = sum((a - p) ** 2 for a, p in zip(grid.mesh, landmark, strict=True))
    place = position(exam(site), sequence, grid)
    seen = resample(np.exp(-squared / 200).astype(np.float32), grid, place, order=3)
    voxel = np.array(ndimage.center_of_mass(np.maximum(seen, 0) ** 2))
    found = place.affine[:3, :3] @ voxel + place.affine[:3, 3]
    np.testing.assert_allclose(found, place.move[:3, :3] @ landmark + place.move[:3, 3], atol=0.2)
    stored = LAYOUTS[site]["t1" if sequence == "t1c" else sequence][0]
    assert "".join(nib.aff2axcodes(place.affine)) == stored


def test_the_head_moves_between_sequences_and_visits_as_far_as_stated() -> None:
    grid = head_grid(SPACING)
    corner = np.array([60.0, 60.0, 50.0, 1.0])
    moves = {
        (visit, name): (position(exam(visit=visit), name, grid).move @ corner)[:3]
        for visit in ("V1", "V2", "V3")
        for name in SEQUENCES
    }
    for visit in ("V1", "V2", "V3"):
        for name in ("t1c", "t2", "flair"):
            assert 0.1 < np.linalg.norm(moves[visit, name] - moves[visit, "t1"]) < 13
    assert np.linalg.norm(moves["V1", "t1"] - moves["V2", "t1"]) > 0.5
    turn = position(exam(), "t2", grid).move[:3, :3]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


def test_files_are_int16_images_and_labels_on_the_grid_of_t1(rendered: Path) -> None:
    assert sorted(path.name for path in rendered.iterdir()) == sorted(
        [f"{name}.nii.gz" for name in SEQUENCES] + ["truth.nii.gz", "truth.json"]
    )
    t1, truth = (nib.load(rendered / f"{name}.nii.gz") for name in ("t1", "truth"))
    assert t1.get_data_dtype() == np.int16
    np.testing.assert_allclose(t1.affine, truth.affine)
    np.testing.assert_allclose(t1.get_qform(), t1.get_sform(), atol=1e-4)
    assert t1.shape == truth.shape
    np.testing.assert_allclose(nib.affines.voxel_sizes(t1.affine), SPACING, rtol=1e-5)
    content = json.loads((rendered / "truth.json").read_text())
    labels = np.asarray(truth.dataobj)
    for value, name in enumerate(("enhancing", "nonenhancing", "necrosis"), start=1):
        measured = (labels == value).sum() * SPACING**3 / 1000
        assert measured == content["labelled_cm3"][name]
        # To within a voxel of the grid, which here is 0.064 cm3.
        assert measured == pytest.approx(content["requested_cm3"][name], abs=0.05)


def test_labels_lie_where_t1c_brightens() -> None:
    state = exam()
    head = build_head(state, SPACING)
    grid = head.anatomy.grid
    place = position(state, "t1", grid)
    seen = resample(head.maps.gadolinium, grid, place, order=1)
    inside = resample(head.anatomy.outside, grid, place, order=1) < -8
    labels = label_image(head, place)
    assert seen[labels == 1].mean() > 0.08
    assert np.median(seen[(labels != 1) & inside]) < 0.03


def test_noise_falls_with_the_voxel() -> None:
    def air_sd(spacing: float) -> float:
        state = ExamState("P", "V", 0, "north", (), 3, None)
        data = np.asarray(acquire(state, build_head(state, spacing), "t1").dataobj, dtype=float)
        return float(data[:3, :3].mean())

    # The mean of air is proportional to the noise; gain and head are the same.
    assert air_sd(4.0) / air_sd(6.0) == pytest.approx((6 / 4) ** 1.5, rel=0.35)


def test_the_same_state_gives_the_same_bytes(rendered: Path, tmp_path: Path) -> None:
    render_exam(exam(), tmp_path, SPACING)
    for path in rendered.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_a_corrupt_file_cannot_be_read_and_the_others_are_untouched(
    rendered: Path, tmp_path: Path
) -> None:
    render_exam(exam(corrupt="flair"), tmp_path, SPACING)
    with pytest.raises((EOFError, OSError)):
        np.asarray(nib.load(tmp_path / "flair.nii.gz").dataobj)
    for name in ("t1", "t1c", "t2", "truth"):
        path = f"{name}.nii.gz"
        assert (tmp_path / path).read_bytes() == (rendered / path).read_bytes()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (exam(site="moon"), "no such phantom site: 'moon'"),
        (exam(corrupt="dwi"), "P1, visit V1: no such sequence to corrupt: 'dwi'"),
        (
            ExamState("P1", "V1", 0, "north", (LesionState(0, -1.0, 0.0, 0.0),), 1, None),
            "lesion 0 has a negative volume",
        ),
        (
            ExamState("P1", "V1", 0, "north", (LesionState(1, 1, 0, 0),) * 2, 1, None),
            "lesion numbers must be distinct",
        ),
    ],
)
def test_impossible_states_are_refused(state: ExamState, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        render_exam(state, tmp_path / "new", SPACING)
    assert not (tmp_path / "new").exists()


def test_a_tumour_larger_than_its_place_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = ExamState("P9", "V1", 0, "north", (LesionState(0, 5.0, 0.0, 2000.0),), 4, None)
    render_exam(state, tmp_path, 6.0)
    assert "P9 V1: the brain has room for" in caplog.text
    content = json.loads((tmp_path / "truth.json").read_text())
    assert content["rendered_cm3"]["nonenhancing"] < 1500 < content["requested_cm3"]["nonenhancing"]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_small_part_is_seen_as_in_the_whole(sequence: str) -> None:
    grid = head_grid(SPACING)
    place = position(exam(), sequence, grid)
    field = np.zeros(grid.shape, np.float32)
    field[20:24, 25:31, 20:23] = np.random.default_rng(0).random((4, 6, 3))
    field[23, 30, 40] = 0.5
    whole = resample(field, grid, place, order=1)
    assert whole.any()
    np.testing.assert_allclose(resample_part(field, grid, place), whole, atol=1e-6)
