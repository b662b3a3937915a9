"""A folder holds what its manifest lists, and a file is what it was when it was listed."""

import re

import pytest

from gadless.errors import GadlessError
from gadless.manifest import Manifest


def made(folder, **files):
    manifest = Manifest("P1", "V2", "segment", folder)
    for name, content in files.items():
        (folder / f"{name}.nii.gz").write_bytes(content)
        manifest.files[name] = f"{name}.nii.gz"
    manifest.write()
    return manifest


def test_a_folder_holds_what_is_listed_and_nothing_else(tmp_path):
    made(tmp_path, gbca=b"one", cgan=b"two")
    (tmp_path / ".writing-abc.nii.gz").write_bytes(b"half of an im")
    (tmp_path / "panel.png").write_bytes(b"of an older version")
    again = Manifest("P1", "V2", "segment", tmp_path, {"gbca": "gbca.nii.gz"}, {"cgan": "no T1"})
    again.write()
    assert {path.name for path in tmp_path.iterdir()} == {"gbca.nii.gz", "status.json"}


def test_a_file_that_has_changed_is_named_and_not_given(tmp_path):
    made(tmp_path, gbca=b"a mask")
    manifest = Manifest.read(tmp_path / "status.json")
    assert manifest.path("gbca").read_bytes() == b"a mask"
    (tmp_path / "gbca.nii.gz").write_bytes(b"zeroes")
    with pytest.raises(GadlessError, match="delete it and run again") as said:
        manifest.path("gbca")
    for word in ("patient P1, visit V2", "segment", str(tmp_path / "gbca.nii.gz")):
        assert word in str(said.value)


def test_a_file_that_is_gone_is_named(tmp_path):
    manifest = made(tmp_path, gbca=b"a mask")
    (tmp_path / "gbca.nii.gz").unlink()
    with pytest.raises(GadlessError, match=re.escape(str(tmp_path / "gbca.nii.gz"))):
        manifest.path("gbca")
    with pytest.raises(GadlessError, match="segment made no cgan"):
        manifest.path("cgan")
