"""A file is read to its end, and nothing that its checksum denies is believed."""

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from gadless.errors import DataFault
from gadless.images.stored import read_stored

GRID = np.diag([4.0, 4.0, 4.0, 1.0])


def scan(path: Path, kind: type = np.int16, slope: float | None = None) -> Path:
    data = np.random.default_rng(0).integers(0, 120, (30, 31, 32)).astype(kind)
    image = nibabel.Nifti1Image(data, GRID)
    if slope is not None:
        image.header.set_slope_inter(slope, -3.0)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nii.bz2"])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("slope", [None, 0.37])
def test_what_is_read_is_what_nibabel_reads(suffix, kind, slope, tmp_path):
    path = scan(tmp_path / f"a{suffix}", kind, slope)
    stored, image = read_stored(path), nibabel.load(path)
    expected = np.asanyarray(image.dataobj).astype(np.float32)
    np.testing.assert_array_equal(stored.data, expected)
    np.testing.assert_array_equal(stored.affine, image.affine)
    assert stored.data.flags.f_contiguous == expected.flags.f_contiguous


def test_pieces_join_without_a_seam(tmp_path, monkeypatch):
    path = scan(tmp_path / "a.nii.gz", np.float64, 0.37)
    whole = read_stored(path).data
    monkeypatch.setattr("gadless.images.stored._PIECE", 1000)
    np.testing.assert_array_equal(read_stored(path).data, whole)


def test_a_flipped_bit_anywhere_in_a_packed_file_is_no_image(tmp_path):
    path = scan(tmp_path / "a.nii.gz")
    sound, rng = path.read_bytes(), np.random.default_rng(1)
    whole = read_stored(path).data
    for place in rng.integers(12, len(sound), 80):
        content = bytearray(sound)
        content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        try:
            # The name and the time within gzip's own header are no part of the image.
            np.testing.assert_array_equal(read_stored(path).data, whole)
            assert place < 24
        except DataFault:
            pass


def test_bytes_after_the_last_voxel_are_a_header_that_states_too_few(tmp_path):
    path = scan(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    struct.pack_into("<h", content, 46, 16)
    path.write_bytes(content)
    with pytest.raises(DataFault, match="its header states too few"):
        read_stored(path)
    struct.pack_into("<h", content, 46, 32)
    path.write_bytes(bytes(content) + bytes(512))
    read_stored(path)


def test_a_second_part_that_is_damaged_is_seen(tmp_path):
    path = scan(tmp_path / "a.nii.gz")
    path.write_bytes(path.read_bytes() + gzip.compress(b"more")[:-3])
    with pytest.raises(DataFault, match="truncated"):
        read_stored(path)


def test_voxels_that_begin_nowhere(tmp_path):
    path = scan(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    for offset, words in ((2.0e9, "voxels begin 2,000,000,000 bytes"), (float("nan"), "header")):
        struct.pack_into("<f", content, 108, offset)
        path.write_bytes(content)
        with pytest.raises(DataFault, match=words):
            read_stored(path)
