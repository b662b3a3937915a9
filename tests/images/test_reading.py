"""Every unusable file gives a fault in words, and no other error."""

import gzip
from contextlib import suppress
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gadless.errors import DataFault
from gadless.images.reading import read_scan

GRID = np.diag([4.0, 4.0, 4.0, 1.0])


def picture() -> np.ndarray:
    return np.random.default_rng(0).uniform(50, 150, (30, 31, 32)).astype(np.float32)


def save(path: Path, data: np.ndarray, affine: np.ndarray = GRID) -> Path:
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    return path


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(DataFault, match="T1: file does not exist"):
        read_scan(tmp_path / "t1.nii.gz", "T1")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_truncated_file(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"flair{suffix}", picture())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    with pytest.raises(DataFault, match="FLAIR: file is truncated"):
        read_scan(path, "FLAIR")


@pytest.mark.parametrize(
    "content",
    [b"", b"no image at all", gzip.compress(b"nor is this")],
    ids=["empty", "text", "gzipped text"],  # not the bytes: gzip writes the time into them
)
def test_file_that_is_no_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t2.nii.gz"
    path.write_bytes(content)
    with pytest.raises(
        DataFault, match=r"T2: (the file is empty|it is not compressed|the file is truncated)"
    ):
        read_scan(path, "T2")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0.0, 1.0), value=st.integers(0, 255))
def test_any_flipped_byte_is_a_fault_or_an_image(tmp_path: Path, place: float, value: int) -> None:
    path = save(tmp_path / "t1.nii.gz", picture())
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] = value
    path.write_bytes(bytes(content))
    with suppress(DataFault):
        assert np.isfinite(read_scan(path, "T1").volume.data).all()


def head() -> np.ndarray:
    """A ball of tissue in air."""
    away = np.linalg.norm(np.indices((30, 31, 32)).T - (15, 15, 16), axis=-1).T
    return np.where(away < 11, picture(), 0).astype(np.float32)


def with_value(value: float, place: tuple[int, int, int] = (15, 15, 16)) -> np.ndarray:
    data = head()
    data[place] = value
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.stack([picture()] * 2, axis=-1), "it is 4D, 30 x 31 x 32 x 2"),
        (with_value(np.nan), "1 voxels within the head are NaN or infinite"),
        (with_value(np.inf), "1 voxels within the head are NaN or infinite"),
        (np.full((30, 31, 32), np.nan, np.float32), "no voxel is a finite number"),
        (-picture(), "no voxel lies above zero"),
        (np.zeros((30, 31, 32), np.float32), "image is empty"),
        (np.full((30, 31, 32), 7, np.float32), "image is constant"),
        (picture()[:, :, :4], "does not hold a head"),
        (picture().astype(np.complex64), "give one number each"),
    ],
)
def test_unusable_content(tmp_path: Path, data: np.ndarray, words: str) -> None:
    with pytest.raises(DataFault, match=words):
        read_scan(save(tmp_path / "t1c.nii.gz", data), "T1c")


def test_sheared_axes(tmp_path: Path) -> None:
    affine = GRID.copy()
    affine[0, 1] = 1.5
    image = nibabel.Nifti1Image(picture(), None)
    image.set_sform(affine, code=1)
    nibabel.save(image, tmp_path / "t1.nii.gz")
    with pytest.raises(DataFault, match="not perpendicular"):
        read_scan(tmp_path / "t1.nii.gz", "T1")


def test_a_fourth_axis_of_one_is_no_axis(tmp_path: Path) -> None:
    scan = read_scan(save(tmp_path / "t1.nii.gz", picture()[..., None]), "T1")
    assert scan.volume.data.shape == (30, 31, 32)


def test_a_spike_is_cut_and_counted_and_the_rest_untouched(tmp_path: Path) -> None:
    scan = read_scan(save(tmp_path / "t1.nii.gz", with_value(32767)), "T1")
    assert scan.spikes == 1
    assert scan.volume.data.max() < 500
    same = np.ones(scan.volume.data.shape, bool)
    same[15, 15, 16] = False
    np.testing.assert_array_equal(scan.volume.data[same], head()[same])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_outside_the_head_is_0_and_counted(tmp_path: Path, value: float) -> None:
    data = with_value(value, (2, 2, 2))
    data[28, 3, 4] = value
    scan = read_scan(save(tmp_path / "t1.nii.gz", data), "T1")
    assert scan.intensity.outside == 2
    np.testing.assert_array_equal(scan.volume.data, head())


def test_a_head_in_centimetres_is_asked_about(tmp_path: Path) -> None:
    affine = GRID @ np.diag([0.1, 0.1, 0.1, 1.0])
    with pytest.raises(DataFault, match="does not hold a head; does its header count in centim"):
        read_scan(save(tmp_path / "t1.nii.gz", head(), affine), "T1")


def test_the_air_of_a_raw_scan_is_no_head(tmp_path: Path) -> None:
    """It is noise, and a voxel lost in it is lost outside."""
    noise = np.random.default_rng(1).rayleigh(12.0, head().shape)
    data = (head() + noise).astype(np.float32)
    data[0, 0, 0] = data[2, 3, 2] = np.nan
    assert read_scan(save(tmp_path / "t1.nii.gz", data), "T1").intensity.outside == 2
    data[tuple(edge // 2 for edge in data.shape)] = np.nan
    with pytest.raises(DataFault, match="within the head"):
        read_scan(save(tmp_path / "t1.nii.gz", data), "T1")


@pytest.mark.parametrize("codes", ["LPS", "RSP", "PIR", "ASL"])
def test_storage_order_does_not_matter(tmp_path: Path, codes: str) -> None:
    image = nibabel.Nifti1Image(picture(), GRID)
    change = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(GRID), nibabel.orientations.axcodes2ornt(codes)
    )
    nibabel.save(image.as_reoriented(change), tmp_path / "t1.nii.gz")
    scan = read_scan(tmp_path / "t1.nii.gz", "T1")
    np.testing.assert_array_equal(scan.volume.data, picture())
    np.testing.assert_allclose(scan.volume.affine, GRID)
    assert scan.native.shape == nibabel.load(tmp_path / "t1.nii.gz").shape


def test_a_header_without_orientation_is_noticed(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(picture(), GRID)
    image.set_sform(GRID, code=0)
    image.set_qform(GRID, code=0)
    nibabel.save(image, tmp_path / "t1.nii.gz")
    assert not read_scan(tmp_path / "t1.nii.gz", "T1").oriented
