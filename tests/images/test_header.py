"""A first look at a scan: what is no scan, what is damaged, and all that is read later passes."""

import bz2
import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from gadless.errors import DataFault
from gadless.images.formats import READ, look_at
from gadless.images.reading import read_scan

HEAD = np.arange(40 * 40 * 40, dtype=np.int16).reshape(40, 40, 40)
SPACING = np.diag([2.0, 2.0, 2.0, 1.0])
REAL = Path(__file__).parents[2].parent / "shared" / "real"


def scan(path, data=HEAD, affine=SPACING, kind=nibabel.Nifti1Image):
    nibabel.save(kind(data, affine), path)
    return path


def packed(path, content):
    path.write_bytes(gzip.compress(content))
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII.GZ", "a b (1)+ü.nii.gz"])
@pytest.mark.parametrize("version", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_what_is_read_later_passes(tmp_path, name, kind, version):
    path = scan(tmp_path / "plain.nii.gz", HEAD.astype(kind), kind=version)
    path = path.rename(tmp_path / name) if name.casefold().endswith("gz") else path
    if name == "a.nii":
        path = scan(tmp_path / name, HEAD.astype(kind), kind=version)
    assert look_at(path) == look_at(str(path))
    assert (look_at(path).fault, look_at(path).damage) == (None, None)
    read_scan(path, "T1")


def test_other_byte_orders_a_trailing_dimension_and_bzip2_are_read(tmp_path):
    swapped = nibabel.Nifti1Image(HEAD, SPACING, nibabel.Nifti1Header(endianness=">"))
    nibabel.save(swapped, tmp_path / "big.nii")
    assert (tmp_path / "big.nii").read_bytes()[:4] == struct.pack(">i", 348)
    scan(tmp_path / "four.nii", HEAD[..., None])
    (tmp_path / "a.nii.bz2").write_bytes(bz2.compress((tmp_path / "four.nii").read_bytes()))
    for name in ("big.nii", "four.nii", "a.nii.bz2"):
        look = look_at(tmp_path / name)
        assert (look.fault, look.damage) == (None, None), name
        read_scan(tmp_path / name, "T1")


def test_an_sform_states_the_voxel_where_pixdim_does_not(tmp_path):
    path = scan(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    struct.pack_into("<3f", content, 80, 0.0, 0.0, 0.0)
    path.write_bytes(content)
    assert look_at(path).damage is None


def folder(path):
    path.mkdir()
    return path


FAULTS = {
    "MINC": (lambda f: named(f, "a.mnc", b"CDF"), f"it is a MINC file; read are {READ}"),
    "a picture": (lambda f: named(f, "a.png", b"\x89PNG"), f"that is read; read are {READ}"),
    "no voxels in an NRRD": (lambda f: named(f, "a.nrrd", b"NRRD0004"), "no voxels"),
    "half a MetaImage": (lambda f: named(f, "a.mha", b"ObjectType"), "no whole one of a MetaImage"),
    "one DICOM file": (lambda f: named(f, "IM0001", bytes(128) + b"DICM"), "one DICOM file; read"),
    "half of a pair": (lambda f: named(f, "a.hdr", b"x" * 348), "a.img is not there"),
    "Analyze": (
        lambda f: scan(f / "a.img", kind=nibabel.Spm2AnalyzeImage),
        "an Analyze image, which does not state where it lies",
    ),
    "DICOM under another name": (
        lambda f: named(f, "a.nii", bytes(128) + b"DICM" + bytes(400)),
        "it is one DICOM file, unlike its name; give the folder of its series",
    ),
    "nrrd under another name": (lambda f: named(f, "a.nii.gz", b"NRRD0004\n"), "NRRD"),
    "a page": (lambda f: named(f, "a.nii", b"<html>" + bytes(400)), "page or XML"),
    "a pointer of Git LFS": (
        lambda f: named(f, "a.nii.gz", b"version https://git-lfs.github.com"),
        "Git LFS",
    ),
    "a folder under the name of a file": (
        lambda f: folder(f / "a.nii.gz"),
        "it is a folder, unlike its name",
    ),
    "text": (lambda f: named(f, "a.nii", b"x" * 600), "no NIfTI image"),
    "packed text": (lambda f: packed(f / "a.nii.gz", b"x" * 400), "no NIfTI image"),
    "plain under the name of a packed one": (
        lambda f: scan(f / "a.nii").rename(f / "b.nii.gz"),
        "not compressed, unlike its name",
    ),
    "packed under the name of a plain one": (
        lambda f: scan(f / "a.nii.gz").rename(f / "b.nii"),
        "is compressed, unlike its name",
    ),
    "a series": (lambda f: scan(f / "a.nii", np.zeros((9, 9, 9, 3))), "4D, 9 x 9 x 9 x 3"),
    "a slice": (lambda f: scan(f / "a.nii", np.zeros((9, 9))), "2D, 9 x 9"),
    "complex": (lambda f: scan(f / "a.nii", HEAD.astype(np.complex64)), "colours or complex"),
    "larger than memory": (lambda f: zeros(f / "a.nii.gz", 1200), "1200 x 1200 x 1200 voxels"),
}  # fmt: skip


def named(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def zeros(path, edge):
    """A header of very many voxels, and few of them."""
    header = bytearray(nibabel.Nifti1Image(HEAD, SPACING).header.binaryblock)
    struct.pack_into("<4h", header, 40, 3, edge, edge, edge)
    header[344:348] = b"n+1\0"
    struct.pack_into("<f", header, 108, 352.0)
    return packed(path, bytes(header) + bytes(10_000))


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_no_scan_is_told_what_it_is(tmp_path, what):
    make, words = FAULTS[what]
    path = make(tmp_path)
    assert words in str(look_at(path).fault)
    with pytest.raises(DataFault):
        read_scan(path, "T1")


def test_a_size_is_refused_before_a_voxel_is_read(tmp_path, monkeypatch):
    path = zeros(tmp_path / "a.nii.gz", 1200)
    monkeypatch.setattr(np, "asanyarray", lambda *_: pytest.fail("voxels were asked for"))
    with pytest.raises(DataFault, match="more than any head"):
        read_scan(path, "T1")


DAMAGE = {
    "empty": (lambda f: named(f, "a.nii.gz", b""), "is empty"),
    "truncated in its header": (lambda f: packed(f / "a.nii.gz", b"\x5c\x01\0\0"), "truncated"),
    "no packed file behind its mark": (
        lambda f: named(f, "a.nii.gz", b"\x1f\x8b" + b"x" * 40),
        "cannot be read",
    ),
    "in metres": (lambda f: scan(f / "a.nii", affine=np.diag([0.002] * 3 + [1.0])), "metres"),
    "in microns": (lambda f: scan(f / "a.nii", affine=np.diag([2000.0] * 3 + [1.0])), "microns"),
    "of no head": (lambda f: scan(f / "a.nii", affine=np.diag([90.0] * 3 + [1.0])), "mend"),
    "on both sides": (lambda f: two_sided(f / "a.nii"), "opposite sides"),
}  # fmt: skip


def two_sided(path):
    image = nibabel.Nifti1Image(HEAD, None)
    image.set_sform(SPACING, code=1)
    image.set_qform(np.diag([-2.0, 2.0, 2.0, 1.0]), code=1)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_costs_a_visit_and_no_trial(tmp_path, what):
    make, words = DAMAGE[what]
    path = make(tmp_path)
    look = look_at(path)
    assert look.fault is None
    assert words in str(look.damage)
    with pytest.raises(DataFault):
        read_scan(path, "T1")


def test_a_file_that_may_not_be_read_is_damaged(tmp_path, monkeypatch):
    path = scan(tmp_path / "a.nii")

    def refused(*_args, **_more):
        raise PermissionError("Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert "Permission denied" in str(look_at(path).damage)


@pytest.mark.skipif(not REAL.is_dir(), reason="no folder of real scans beside the repository")
def test_every_real_scan_passes():
    paths = list(REAL.rglob("*.nii*"))
    assert paths
    assert {str(path): look_at(path) for path in paths if look_at(path).fault} == {}
