"""Every format that is read gives the voxels that were written, where they were written."""

import gzip
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from dicom_folder import changed, write_enhanced, write_series
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import DeflatedExplicitVRLittleEndian, generate_uid
from scipy.spatial.transform import Rotation

from gadless.errors import DataFault
from gadless.files import checksum, sha256
from gadless.images.formats import look_at
from gadless.images.reading import read_scan
from gadless.images.stored import read_stored
from gadless.images.volume import from_itk, to_itk
from gadless.provenance import fingerprint

DATA = np.random.default_rng(4).integers(1, 900, (19, 23, 17)).astype(np.int16)


def oblique() -> np.ndarray:
    """Oblique, anisotropic, one axis flipped."""
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", [12, -21, 33], degrees=True).as_matrix()
    affine[:3, :3] = turn @ np.diag([-4.1, 3.7, 5.5])
    affine[:3, 3] = [31.0, -44.0, 12.5]
    return affine


GRID = oblique()


def by_itk(path: Path, packed: bool = False) -> Path:
    image = sitk.Cast(to_itk(DATA, GRID), sitk.sitkInt16)
    sitk.WriteImage(image, str(path), packed)
    return path


def by_nibabel(path: Path, kind: type) -> Path:
    nibabel.save(kind(DATA, GRID), path)
    return path


MADE = {
    "NIfTI 1": lambda f: by_nibabel(f / "a.nii.gz", nibabel.Nifti1Image),
    "NIfTI 2": lambda f: by_nibabel(f / "a.nii.gz", nibabel.Nifti2Image),
    "pair, by its header": lambda f: by_nibabel(f / "a.hdr", nibabel.Nifti1Pair),
    "pair, by its voxels": lambda f: by_nibabel(f / "a.img", nibabel.Nifti1Pair),
    "pair of NIfTI 2": lambda f: by_nibabel(f / "a.img", nibabel.Nifti2Pair),
    "NRRD": lambda f: by_itk(f / "a.nrrd"),
    "NRRD, packed": lambda f: by_itk(f / "a.nrrd", packed=True),
    "NRRD, two files": lambda f: by_itk(f / "a.nhdr"),
    "NRRD, two files, packed": lambda f: by_itk(f / "a.nhdr", packed=True),
    "MetaImage": lambda f: by_itk(f / "a.mha"),
    "MetaImage, packed": lambda f: by_itk(f / "a.mha", packed=True),
    "MetaImage, two files": lambda f: by_itk(f / "a.mhd"),
    "MetaImage, two files, packed": lambda f: by_itk(f / "a.mhd", packed=True),
    "MGH": lambda f: by_nibabel(f / "a.mgh", nibabel.MGHImage),
    "MGH, packed": lambda f: by_nibabel(f / "a.mgz", nibabel.MGHImage),
    "DICOM": lambda f: write_series(f / "series", DATA, GRID),
    "DICOM, multi-frame": lambda f: write_enhanced(
        f / "e", write_series(f / "c", DATA, GRID)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MADE)
def test_what_was_written_is_read_where_it_was_written(tmp_path, what):
    path = MADE[what](tmp_path)
    look = look_at(path)
    assert (look.fault, look.damage) == (None, None)
    stored = read_stored(path)
    assert stored.oriented
    # A series' slices go either way: compared by where each voxel lies.
    there = np.linalg.inv(stored.affine) @ GRID
    assert np.abs(there - np.rint(there)).max() < 1e-3
    index = np.indices(DATA.shape).reshape(3, -1)
    at = np.rint(there[:3, :3] @ index + there[:3, 3:]).astype(int)
    np.testing.assert_array_equal(stored.data[tuple(at)], DATA.reshape(-1))
    assert stored.data.shape == DATA.shape
    read_scan(path, "T1")


def recoded(path, compressor):
    """Replace a file's voxels by what GDCM packs them to."""
    one = pydicom.dcmread(path)
    image = sitk.GetImageFromArray(one.pixel_array.reshape(-1, one.Rows, one.Columns))
    frames = []
    for at in range(image.GetDepth()):
        sitk.WriteImage(
            image[:, :, at], str(path.with_suffix(".one.dcm")), True, compressor=compressor
        )
        packed = pydicom.dcmread(path.with_suffix(".one.dcm"))
        frames += list(generate_frames(packed.PixelData, number_of_frames=1))
    path.with_suffix(".one.dcm").unlink()
    one.PixelData = encapsulate(frames)
    one["PixelData"].VR, one["PixelData"].is_undefined_length = "OB", True
    one.file_meta.TransferSyntaxUID = packed.file_meta.TransferSyntaxUID
    one.save_as(path)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_compressed_dicom_is_read_as_what_was_packed(tmp_path, compressor, many):
    folder = write_series(tmp_path / "series", DATA, GRID)
    if many:
        folder = write_enhanced(tmp_path / "e", folder)
    plain = read_stored(folder)
    for path in list(folder.iterdir()):
        recoded(path, compressor)
        assert pydicom.dcmread(path).file_meta.TransferSyntaxUID.is_encapsulated
    np.testing.assert_array_equal(read_stored(folder).data, plain.data)


@pytest.mark.parametrize("many", [False, True])
def test_a_deflated_slice_is_read_and_a_cut_one_is_refused(tmp_path, many):
    folder = write_series(tmp_path / "series", DATA, GRID)
    if many:
        folder = write_enhanced(tmp_path / "e", folder)
    plain = read_stored(folder)
    for path in folder.iterdir():
        one = pydicom.dcmread(path)
        one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        one.save_as(path)
    np.testing.assert_array_equal(read_stored(folder).data, plain.data)
    path = max(folder.iterdir())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataFault, match="no DICOM file, or damaged"):
        read_stored(folder)
    assert "damaged" in look_at(folder).fault


PACKED = [what for what in MADE if "packed" in what]


@pytest.mark.parametrize("what", PACKED)
def test_a_flipped_bit_in_packed_voxels_is_seen(tmp_path, what):
    named = MADE[what](tmp_path)
    path = max(tmp_path.iterdir(), key=lambda one: one.stat().st_size)
    sound, rng = path.read_bytes(), np.random.default_rng(1)
    for place in rng.integers(len(sound) // 3, len(sound), 12):
        content = bytearray(sound)
        content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        with pytest.raises(DataFault):
            read_stored(named)


@pytest.mark.parametrize("what", [what for what in MADE if "DICOM" not in what])
def test_a_file_that_ends_too_early_is_seen(tmp_path, what):
    named = MADE[what](tmp_path)
    path = max(tmp_path.iterdir(), key=lambda one: one.stat().st_size)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataFault, match=r"truncated|corrupt|contradicts"):
        read_stored(named)


@pytest.mark.parametrize("what", [what for what in MADE if "NIfTI" not in what])
def test_another_voxel_is_another_checksum_and_a_touch_is_none(tmp_path, what):
    named = MADE[what](tmp_path)
    before, stat = sha256(named), fingerprint(named)
    folder = named if named.is_dir() else tmp_path
    parts = sorted(path for path in folder.iterdir() if path.is_file())
    path = max(parts, key=lambda one: one.stat().st_size)
    content = bytearray(path.read_bytes())
    content[-40] ^= 4
    path.write_bytes(content)
    assert before != sha256(named) == checksum(named)
    assert fingerprint(named) != stat
    content[-40] ^= 4
    path.write_bytes(content)
    assert sha256(named) == before
    assert fingerprint(named).split("-")[0] == stat.split("-")[0]


def test_a_slice_that_is_gone_is_another_series_and_a_moved_folder_is_none(tmp_path):
    series = MADE["DICOM"](tmp_path)
    before = sha256(series)
    assert sha256(shutil.copytree(series, tmp_path / "other")) == before
    (series / "IM0003.dcm").unlink()
    assert sha256(series) != before


def test_a_header_whose_voxels_are_gone_is_a_fault(tmp_path):
    for what, words in (("MetaImage, two files", "a.raw, which is not there"),
                        ("pair, by its header", "a.img is not there")):  # fmt: skip
        named = MADE[what](tmp_path)
        max(tmp_path.iterdir(), key=lambda one: one.stat().st_size).unlink()
        assert words in str(look_at(named).fault)
        assert fingerprint(named) == "none"
        named.unlink()


def test_a_series_lies_where_simpleitk_puts_it(tmp_path):
    folder = write_series(tmp_path / "series", DATA, GRID)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    theirs, ours = from_itk(reader.Execute()), read_stored(folder)
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=1e-4)
    np.testing.assert_array_equal(ours.data, theirs.data)


def lost(folder: Path) -> None:
    (folder / "IM0003.dcm").unlink()


def mixed(folder: Path) -> None:
    changed(folder / "IM0003.dcm", SeriesInstanceUID=generate_uid())


def scout(folder: Path) -> None:
    changed(folder / "IM0003.dcm", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])


def twice(folder: Path) -> None:
    again = folder / "again.dcm"
    shutil.copy(folder / "IM0003.dcm", again)
    changed(again, SOPInstanceUID=generate_uid())


def tilted(folder: Path) -> None:
    for path in folder.iterdir():
        one = pydicom.dcmread(path)
        x, y, z = map(float, one.ImagePositionPatient)
        changed(path, ImagePositionPatient=[x + 0.3 * z, y, z])


def cut(folder: Path) -> None:
    path = folder / "IM0003.dcm"
    path.write_bytes(path.read_bytes()[:-200])


def a_note(folder: Path) -> None:
    (folder / "note").write_text("no DICOM")


SPOILT = {
    lost: r"1 slices are missing \(5.5 mm apart, once 11 mm\)",
    mixed: "2 DICOM series",
    scout: "several orientations",
    twice: "slices at one place",
    tilted: "gantry tilt",
    cut: "voxels cannot be read",
    a_note: "note in it is no DICOM file",
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_folder_that_is_no_volume_is_told_why(tmp_path, spoil):
    grid = np.diag([4.0, 4.0, 5.5, 1.0]) if spoil is tilted else GRID
    folder = write_series(tmp_path / "series", DATA, grid)
    spoil(folder)
    with pytest.raises(DataFault, match=SPOILT[spoil]):
        read_stored(folder)


def test_slices_with_scales_of_their_own_are_scaled(tmp_path):
    folder = write_series(tmp_path / "series", DATA, GRID)
    for at, path in enumerate(sorted(folder.iterdir())):
        changed(path, RescaleSlope=f"{0.5 + at / 8:.4f}", RescaleIntercept="-3")
    slopes = [0.5 + ((at * 7) % 17) / 8 for at in range(17)]
    stored = read_stored(folder)
    data = stored.data if stored.affine[2, 2] * GRID[2, 2] > 0 else stored.data[:, :, ::-1]
    np.testing.assert_allclose(data, DATA * np.array(slopes) - 3, rtol=1e-6)


def test_what_is_packed_and_says_nothing_of_its_place_is_not_oriented(tmp_path):
    path = MADE["NRRD"](tmp_path)
    text = path.read_bytes().replace(b"space: left-posterior-superior\n", b"space dimension: 3\n")
    path.write_bytes(text)
    assert not read_stored(path).oriented
    (tmp_path / "b.mgz").write_bytes(gzip.compress(b"x"))
    assert "truncated" in str(look_at(tmp_path / "b.mgz").damage)
