"""Masks back on the scan's own grid: the same voxels as NIfTI, as DICOM and in BIDS."""

import json
import shutil
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from dicom_folder import LPS, write_enhanced, write_series
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gadless.cli import main
from gadless.images.native import masks_on_scan
from gadless.images.transforms import Transforms
from gadless.images.volume import MNI, Grid
from gadless.images.writing import write_image
from gadless.manifest import Manifest

COMMON = Grid((40, 48, 40), np.diag([4.0, 4.0, 4.0, 1.0]) @ np.array(
    [[1, 0, 0, -20], [0, 1, 0, -24], [0, 0, 1, -20], [0, 0, 0, 1.0]]), MNI)  # fmt: skip
SHAPE = (33, 29, 25)


def turned(angles: tuple[float, float, float], spacing: tuple[float, float, float]) -> np.ndarray:
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = -affine[:3, :3] @ (np.array(SHAPE) - 1) / 2 + [3.0, -5.0, 2.0]
    return affine


GRIDS = {
    "straight": turned((0, 0, 0), (4.0, 4.0, 4.0)),
    "oblique": turned((14, -9, 22), (4.0, 4.0, 4.0)),
    "anisotropic": turned((0, 0, 0), (3.1, 4.2, 5.5)),
    "flipped": turned((0, 0, 0), (-4.0, 4.0, -4.0)),
    "sagittal slices": turned((90, 90, 0), (4.0, 4.0, 5.0)),
    "all of it": turned((9, 95, -17), (-3.1, 4.2, 5.5)),
}


def labels() -> np.ndarray:
    """Return a ring with a core, and tissue round it, on one side."""
    i, j, k = np.indices(COMMON.shape)
    away = np.sqrt((i - 24) ** 2 + (j - 20) ** 2 + ((k - 22) * 1.3) ** 2)
    return np.select([away < 3, away < 5, away < 8], [3, 1, 2], 0).astype(np.uint8)


def flipped_rows(affine: np.ndarray) -> np.ndarray:
    """Turn a grid as dcm2niix does: rows the other way."""
    other = affine @ np.diag([1.0, -1.0, 1.0, 1.0])
    other[:3, 3] += affine[:3, 1] * (SHAPE[1] - 1)
    return other


@pytest.fixture
def visit(tmp_path):
    """A visit with one mask, whose T1 came from a DICOM series by way of dcm2niix."""

    def make(affine: np.ndarray, code: int = 1) -> tuple[Manifest, Manifest, Path]:
        folder = tmp_path / "trial" / "results" / "visits" / "P1" / "V1"
        moved = np.eye(4)
        moved[:3, :3] = Rotation.from_euler("xyz", [4, -7, 5], degrees=True).as_matrix()
        moved[:3, 3] = [2.0, 3.0, -1.0]
        exam = Manifest("P1", "V1", "preprocess", folder / "preprocessed")
        transforms = Transforms(COMMON, "template")
        transforms.add("t1", moved, Grid(SHAPE, flipped_rows(affine), code))
        transforms.write(exam.folder / "transforms.json")
        exam.files["transforms"] = "transforms.json"
        exam.write()
        segmented = Manifest("P1", "V1", "segment", folder / "segmented")
        write_image(labels(), COMMON.affine, segmented.folder / "gbca.nii.gz")
        segmented.files["gbca"] = "gbca.nii.gz"
        segmented.faults["cgan"] = "cgan: no T2 acquired"
        segmented.write()
        scan = np.random.default_rng(3).integers(1, 900, SHAPE)
        return exam, segmented, write_series(tmp_path / "archive" / "s3", scan, affine)

    return make


def at(affine: np.ndarray, data: np.ndarray) -> dict[tuple[int, ...], int]:
    """Labelled voxels by where they lie, in hundredths of mm."""
    index = np.argwhere(data)
    places = index @ affine[:3, :3].T + affine[:3, 3]
    return dict(zip(map(tuple, np.rint(places * 20).astype(int)), data[data > 0], strict=True))


def test_one_file_of_many_frames_is_a_series_too(visit, tmp_path):
    exam, segmented, series = visit(GRIDS["all of it"])
    enhanced = write_enhanced(tmp_path / "enhanced", series)
    made = masks_on_scan(exam, segmented, ["gbca"], "t1", tmp_path / "out", (enhanced, None))
    assert made.faults == {}
    image = nibabel.load(tmp_path / "out" / "gbca.nii.gz")
    volume = highdicom.seg.segread(tmp_path / "out" / "gbca.dcm").get_volume(combine_segments=True)
    there = at(LPS @ volume.affine, volume.array)
    assert _same(at(image.affine, np.asarray(image.dataobj)), there)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_same_voxels_in_nifti_dicom_and_bids(grid, visit, tmp_path):
    exam, _, series = visit(GRIDS[grid])
    out = tmp_path / "out"
    results = tmp_path / "trial" / "results"
    assert main(["native", str(results), "--out", str(out), "--dicom", str(series)]) == 0

    image = nibabel.load(out / "masks" / "P1" / "V1" / "gbca.nii.gz")
    data = np.asarray(image.dataobj)
    expected = ndimage.affine_transform(
        labels(),
        *_to_common(exam, image.affine),
        output_shape=SHAPE,
        order=0,
    )
    np.testing.assert_array_equal(data, expected)
    np.testing.assert_allclose(image.affine, flipped_rows(GRIDS[grid]), atol=1e-4)
    assert set(np.unique(data)) == {0, 1, 2, 3}

    segmentation = highdicom.seg.segread(out / "masks" / "P1" / "V1" / "gbca.dcm")
    volume = segmentation.get_volume(combine_segments=True)
    there = at(LPS @ volume.affine, volume.array)
    here = at(image.affine, data)
    assert len(here) == np.count_nonzero(data)
    assert _same(here, there)

    [path] = (out / "bids").glob("sub-P1/ses-V1/anat/*_dseg.nii.gz")
    assert path.name == "sub-P1_ses-V1_space-orig_desc-gbca_dseg.nii.gz"
    np.testing.assert_array_equal(np.asarray(nibabel.load(path).dataobj), data)


def _to_common(exam, affine):
    entry = json.loads(exam.path("transforms").read_text())["sequences"]["t1"]
    to_voxel = np.linalg.inv(COMMON.affine) @ np.array(entry["native_to_common"]) @ affine
    return to_voxel[:3, :3], to_voxel[:3, 3]


def _same(here, there):
    """Whether two sets of labelled places are one, within what rounding moves."""
    ours, theirs = (np.array(list(each)) for each in (here, there))
    if len(ours) != len(theirs):
        return False
    near = np.abs(ours[:, None] - theirs[None]).max(axis=2).argmin(axis=1)
    apart = np.abs(ours - theirs[near]).max()
    same = [here[tuple(a)] == there[tuple(theirs[b])] for a, b in zip(ours, near, strict=True)]
    return apart <= 2 and all(same) and len(set(near)) == len(near)


def test_a_mask_says_of_its_grid_what_the_scan_says(visit, tmp_path):
    exam, segmented, _ = visit(GRIDS["oblique"], code=2)
    masks_on_scan(exam, segmented, ["gbca"], "t1c", tmp_path / "out")
    header = nibabel.load(tmp_path / "out" / "gbca.nii.gz").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (2, 2)
    header = nibabel.load(segmented.path("gbca")).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (4, 4)


def test_the_segmentation_names_its_series_and_nobody(visit, tmp_path):
    exam, segmented, series = visit(GRIDS["oblique"])
    for folder, identified in (("a", False), ("b", False), ("c", True)):
        made = masks_on_scan(
            exam,
            segmented,
            ["gbca"],
            "t1",
            tmp_path / folder,
            (series, None),
            identified=identified,
        )
        assert made.files == {"gbca": "gbca.nii.gz", "dicom_gbca": "gbca.dcm"}
    content = (tmp_path / "a" / "gbca.dcm").read_bytes()
    planted = (b"Planted", b"MRN77", b"19610203", b"ACC99", b"Who", b"20250304", b"101112")
    assert [word for word in planted if word in content] == []
    assert content == (tmp_path / "b" / "gbca.dcm").read_bytes()
    assert b"Planted^Name" in (tmp_path / "c" / "gbca.dcm").read_bytes()
    written, source = (
        pydicom.dcmread(tmp_path / "a" / "gbca.dcm"),
        pydicom.dcmread(next(series.iterdir())),
    )
    for name in ("StudyInstanceUID", "FrameOfReferenceUID"):
        assert written[name].value == source[name].value
    [referenced] = written.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == source.SeriesInstanceUID
    assert [one.SegmentLabel for one in written.SegmentSequence] == [
        "Enhancing tumour",
        "Non-enhancing abnormality",
        "Necrosis",
    ]


def test_a_series_that_is_another_scans_is_a_fault_and_the_nifti_stands(visit, tmp_path):
    exam, segmented, _ = visit(GRIDS["oblique"])
    other = write_series(tmp_path / "o", np.ones(SHAPE, int), GRIDS["straight"])
    smaller = write_series(tmp_path / "s", np.ones((33, 29, 20), int), GRIDS["oblique"])
    for folder, words in ((other, "made of another"), (smaller, "33 x 29 x 20")):
        made = masks_on_scan(exam, segmented, ["gbca"], "t1", tmp_path / "out", (folder, None))
        assert list(made.files) == ["gbca"]
        assert words in made.faults["dicom_gbca"]


def test_one_series_of_a_folder_of_many_is_found_by_its_uid(visit, tmp_path, capsys):
    _, _, series = visit(GRIDS["oblique"])
    archive = tmp_path / "all"
    shutil.copytree(series, archive / "x")
    write_series(archive / "y", np.ones(SHAPE, int), GRIDS["straight"])
    (archive / "DICOMDIR").write_text("none")
    uid = pydicom.dcmread(next(series.iterdir())).SeriesInstanceUID
    table = tmp_path / "private" / "series.tsv"
    table.parent.mkdir()
    table.write_text(
        "patient\tvisit\tsequence\tfolder\tseries_uid\twhy\n"
        f"P1\tV1\tt1\t../all\t{uid}\t\nP1\tV1\t\t../all\t1.2\tscout\n"
    )
    results = str(tmp_path / "trial" / "results")
    out = str(tmp_path / "out")
    assert main(["native", results, "--out", out, "--series", str(table)]) == 0
    assert (tmp_path / "out" / "masks" / "P1" / "V1" / "gbca.dcm").is_file()
    assert "P1 V1 cgan: cgan: no T2 acquired" in capsys.readouterr().out


def test_what_cannot_be_asked_for(visit, tmp_path, capsys):
    visit(GRIDS["straight"])
    results = str(tmp_path / "trial" / "results")
    for arguments, words in (
        (["--out", f"{results}/mine"], "lies within the results"),
        (["--out", str(tmp_path / "o"), "--patient", "P9"], "holds no masks"),
    ):
        assert main(["native", results, *arguments]) == 2
        assert words in capsys.readouterr().err
    (tmp_path / "o" / "bids").mkdir(parents=True)
    (tmp_path / "o" / "bids" / "thesis.tex").write_text("mine")
    assert main(["native", results, "--out", str(tmp_path / "o")]) == 2
    assert "holds something else" in capsys.readouterr().err


def test_masks_that_a_person_drew_are_not_taken_away(visit, tmp_path, capsys):
    """A trial's own folder of masks may well be called so, and by patient and visit."""
    visit(GRIDS["straight"])
    results = str(tmp_path / "trial" / "results")
    drawn = tmp_path / "o" / "masks" / "P1" / "V1" / "by_hand.nii.gz"
    drawn.parent.mkdir(parents=True)
    drawn.write_bytes(b"a week's work")
    assert main(["native", results, "--out", str(tmp_path / "o")]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert drawn.read_bytes() == b"a week's work"
    drawn.unlink()
    # Our own are made anew.
    for _ in range(2):
        assert main(["native", results, "--out", str(tmp_path / "o")]) == 0
