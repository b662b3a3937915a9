"""Scans at the start: a look at each header, once."""

import gzip
import json
import os
from typing import Any

import nibabel
import numpy as np
import pytest
from small_trial import SEQUENCES, Sheets
from starting import checked, told

from gadless.images.formats import READ, look_at
from gadless.jobs import start_scans


def test_what_is_no_scan_is_named_with_patient_visit_and_column(started: Sheets) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 9, 9, 2)), np.eye(4)), "series.nii")
    started.row("P2", "V1")["flair"] = "series.nii"
    (started.folder / "a.png").write_bytes(b"\x89PNG")
    started.row("P1", "V2")["t1c"] = "a.png"
    text = told(started)
    assert "2 faults were found" in text
    where = started.folder
    assert f"patient P2, visit V1, flair: {where}/series.nii: it is 4D, 9 x 9 x 9 x 2" in text
    said = f"its name is of no format that is read; read are {READ}"
    assert f"patient P1, visit V2, t1c: {where}/a.png: {said}" in text


def test_a_folder_that_is_no_series_is_told_apart_from_a_file_that_is_not_there(
    started: Sheets,
) -> None:
    (started.folder / "dicom").mkdir()
    started.row("P1", "V1")["t1"] = "dicom"
    assert "t1: " in told(started)
    assert "/dicom: it is a folder, and it is empty" in told(started)
    (started.folder / "dicom" / "a.txt").write_text("no image")
    (started.folder / "dicom" / "b").write_text("no image")
    assert "b in it is no DICOM file" in told(started)
    started.row("P1", "V1")["t2"] = "gone.nii.gz"
    text = told(started)
    assert f"row 2, column t2: '{started.folder}/gone.nii.gz': no such file" in text


def test_a_damaged_scan_costs_its_visit_and_is_said(
    started: Sheets, caplog: pytest.LogCaptureFixture
) -> None:
    (started.folder / started.row("P1", "V1")["t2"]).write_bytes(b"")
    checked(started)
    assert "1 scan is damaged" in caplog.text
    assert "patient P1, visit V1, t2: the file is empty" in caplog.text


@pytest.mark.parametrize("how", ["same", "link", "hard link"])
def test_one_file_in_two_cells(started: Sheets, how: str) -> None:
    """T1 in the t1c cell as well: nothing would enhance, which reads as complete response."""
    row = started.row("P1", "V2")
    source, target = started.folder / row["t1"], started.folder / "scans" / "other.nii.gz"
    if how == "link":
        target.symlink_to(source)
    elif how == "hard link":
        os.link(source, target)
    row["t1c"] = row["t1"] if how == "same" else "scans/other.nii.gz"
    assert "patient P1, visit V2, t1c: " in told(started)
    assert "is the scan of patient P1, visit V2, t1 as well" in told(started)


def written(path: Any, seed: int, description: bytes = b"") -> None:
    data = np.random.default_rng(seed).integers(0, 900, (40, 40, 40)).astype(np.int16)
    image = nibabel.Nifti1Image(data, np.diag([4.0, 4.0, 4.0, 1.0]))
    image.header["descrip"] = description
    nibabel.save(image, path)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii"])
def test_one_content_in_two_cells(started: Sheets, suffix: str) -> None:
    """A copy under another name, of the same visit or of another one's."""
    folder = started.folder / "scans"
    written(folder / f"a{suffix}", 1)
    (folder / f"b{suffix}").write_bytes((folder / f"a{suffix}").read_bytes())
    started.row("P1", "V2")["t1"] = f"scans/a{suffix}"
    started.row("P2", "V1")["t1"] = f"scans/b{suffix}"
    text = told(started)
    assert f"patient P2, visit V1, t1: {folder}/b{suffix}: holds the same image as" in text
    assert f"{folder}/a{suffix}, the scan of patient P1, visit V2, t1; correct either path" in text
    written(folder / f"b{suffix}", 2)
    checked(started)


def test_a_copy_that_was_packed_anew_is_one(started: Sheets) -> None:
    folder = started.folder / "scans"
    written(folder / "a.nii.gz", 1)
    plain = gzip.decompress((folder / "a.nii.gz").read_bytes())
    (folder / "b.nii.gz").write_bytes(gzip.compress(plain, compresslevel=1, mtime=0))
    assert (folder / "a.nii.gz").read_bytes() != (folder / "b.nii.gz").read_bytes()
    started.row("P1", "V2").update(t1="scans/a.nii.gz", t1c="scans/b.nii.gz")
    assert "patient P1, visit V2, t1c: " in told(started)


def test_a_copy_of_a_pair_is_one_and_two_pairs_with_one_header_are_not(started: Sheets) -> None:
    folder = started.folder / "scans"
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        written(folder / f"{name}.nii", seed)
        image = nibabel.Nifti1Image.from_filename(folder / f"{name}.nii")
        pair = nibabel.Nifti1Pair(np.asarray(image.dataobj), image.affine)
        nibabel.save(pair, folder / f"{name}.img")
    assert (folder / "a.hdr").read_bytes() == (folder / "c.hdr").read_bytes()
    started.row("P1", "V2").update(t1="scans/a.hdr", t1c="scans/c.hdr")
    checked(started)
    started.row("P1", "V2")["t1c"] = "scans/b.hdr"
    assert "b.hdr: holds the same image as" in told(started)


def test_two_masks_that_are_empty_are_no_copies(started: Sheets) -> None:
    folder = started.folder / "scans"
    empty = nibabel.Nifti1Image(np.zeros((40, 40, 40), np.uint8), np.diag([4.0, 4, 4, 1]))
    for at, row in enumerate(started.visits):
        nibabel.save(empty, folder / f"mask{at}.nii")
        row["mask_gbca"] = f"scans/mask{at}.nii"
    started.config["labels_of"] = {"gbca": "gadless"}
    checked(started)


def test_one_mask_at_two_visits_is_said_and_of_two_patients_refused(
    started: Sheets, caplog: pytest.LogCaptureFixture
) -> None:
    """The last visit's mask under the next one's name: no volume changes: SD."""
    folder = started.folder / "scans"
    for at, row in enumerate(started.visits):
        data = np.zeros((40, 40, 40), np.uint8)
        data[10:20, 10:20, 10 + at] = 1
        nibabel.save(nibabel.Nifti1Image(data, np.diag([4.0, 4, 4, 1])), folder / f"mask{at}.nii")
        row["mask_gbca"] = f"scans/mask{at}.nii"
    started.config["labels_of"] = {"gbca": "gadless"}
    checked(started)
    assert "copied" not in caplog.text
    first, second, other = (
        next(at for at, row in enumerate(started.visits) if (row["patient"], row["visit"]) == key)
        for key in (("P1", "V1"), ("P1", "V2"), ("P2", "V1"))
    )
    kept = (folder / f"mask{second}.nii").read_bytes()
    (folder / f"mask{second}.nii").write_bytes((folder / f"mask{first}.nii").read_bytes())
    checked(started)
    assert "patient P1, visit V2, mask_gbca: " in caplog.text
    assert "was it copied from one visit to the other?" in caplog.text
    (folder / f"mask{second}.nii").write_bytes(kept)
    (folder / f"mask{other}.nii").write_bytes((folder / f"mask{first}.nii").read_bytes())
    said = f"mask{first}.nii, the file of patient P1, visit V1, mask_gbca; correct either path"
    assert said in told(started)


def test_files_that_rules_make_are_not_looked_at(started: Sheets) -> None:
    for row in started.visits:
        for name in SEQUENCES:
            row[name] = f"made/{row['patient']}_{row['visit']}_{name}.nii.gz"
    assert "no such file" in told(started)
    checked(started, made="made")


def test_headers_are_read_once_and_again_when_a_file_changes(
    started: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(path: str) -> Any:
        looked.append(path)
        return look_at(path)

    monkeypatch.setattr(start_scans, "look_at", look)
    checked(started)
    assert len(looked) == 16
    looked.clear()
    checked(started)
    assert looked == []
    changed = started.row("P1", "V1")["t2"]
    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 9, 9, 2)), np.eye(4)), changed)
    for _ in range(2):
        assert "it is 4D" in told(started)
    assert looked == [changed]
    # What was kept under other rules, or was cut short, counts for nothing.
    kept = started.folder / "results" / start_scans.KEPT
    looked.clear()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "rules": "other"}))
    assert "it is 4D" in told(started)
    assert len(looked) == 16
    for content in ("", "[]", '{"files": 1}', kept.read_text()[:200]):
        looked.clear()
        kept.write_text(content)
        assert "it is 4D" in told(started)
        assert len(looked) == 16, content


def test_the_acquired_t1c_is_nobodys_prediction(started: Sheets) -> None:
    row = started.row("P1", "V2")
    row["t1c_cgan"] = row["t1c"]
    assert "patient P1, visit V2, t1c_cgan: " in told(started)
    assert "is the scan of patient P1, visit V2, t1c as well" in told(started)
