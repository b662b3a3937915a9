"""NIfTI headers and streams: a stated fault, or the voxels that stand in the file."""

import bz2
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from judging import budget, judge
from nifti_bytes import HEADER, KINDS, Small, files

from gadless.images.header import look_at
from gadless.images.reading import SPIKE_FACTOR, SPIKE_PERCENTILE, read_plain, read_scan

SOUND = Small((9, 10, 11), 4, "<", 8.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scans")


def plainly(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a sound file by the letter of the standard: its voxels in order, and its sform."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    elif path.suffix == ".bz2":
        raw = bz2.decompress(raw)
    order = "<" if struct.unpack_from("<i", raw)[0] == HEADER else ">"
    count, *edges = struct.unpack_from(f"{order}8h", raw, 40)
    (code,) = struct.unpack_from(f"{order}h", raw, 70)
    offset, slope, inter = struct.unpack_from(f"{order}3f", raw, 108)
    (placed,) = struct.unpack_from(f"{order}h", raw, 254)
    voxels = int(np.prod(edges[:count], dtype=object))
    kind = np.dtype(KINDS[code]).newbyteorder(order)
    values = np.frombuffer(raw, kind, voxels, int(offset)).astype(float)
    if slope != 0 and np.isfinite(slope):
        values = values * slope + inter
    sform = np.array(struct.unpack_from(f"{order}12f", raw, 280)).reshape(3, 4)
    return values.astype(np.float32), sform if placed in range(1, 6) else None


def by_order(values: np.ndarray) -> np.ndarray:
    return np.sort(values, axis=None)


@budget(1.2)
@given(file=files())
@example(file=("scan.nii", SOUND.content()))
@example(file=("scan.nii.gz", gzip.compress(SOUND.content())))
def test_a_scan_is_a_stated_fault_or_what_stands_in_the_file(file, folder):
    name, content = file
    path = folder / name
    path.write_bytes(content)
    look = look_at(path)
    with np.errstate(all="ignore"):
        scan = judge("scan", lambda: read_scan(path, "FLAIR"), "FLAIR: ")
        if scan is None:
            return
        assert look.fault is None, "a start refuses what its job reads"
        values, sform = plainly(path)
        assert values.size == scan.volume.data.size == np.prod(scan.native.shape)
        if (values > 0).any():
            ceiling = SPIKE_FACTOR * np.percentile(values[values > 0], SPIKE_PERCENTILE)
            values = np.minimum(values, np.float32(ceiling))
        np.testing.assert_allclose(by_order(scan.volume.data), by_order(values), rtol=1e-5)
        if sform is not None:
            np.testing.assert_allclose(scan.native.affine[:3], sform, rtol=1e-5, atol=1e-5)


@budget(0.6)
@given(file=files())
def test_a_mask_is_a_stated_fault_or_what_stands_in_the_file(file, folder):
    name, content = file
    path = folder / name
    path.write_bytes(content)
    with np.errstate(all="ignore"):
        mask = judge("mask", lambda: read_plain(path, "mask_reader"), "mask_reader: ")
        if mask is not None:
            values, _ = plainly(path)
            np.testing.assert_allclose(by_order(mask.volume.data), by_order(values), rtol=1e-5)
