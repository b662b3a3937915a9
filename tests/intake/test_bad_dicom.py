"""What sites deliver by mistake: each is a sentence, and the rest goes on."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pydicom.data
import pytest
from archive import CAPTURE, FLAIR, SAGITTAL, T1, T2, USUAL, Patient, Study, head
from pydicom.fileset import FileSet
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from gadless.intake.headers import read_file
from gadless.intake.people import alike_persons

REST = {"t2": T2, "flair": FLAIR, "t1c": USUAL["t1c"]}


@pytest.fixture
def study(run):
    """An exam without its T1, which each case delivers in its own way."""
    return Study(Patient("A1"))


def rest(study, run):
    folder = getattr(run, "archive", run)
    for number, tags in enumerate(REST.values()):
        study.scan(folder, tags, head(seed=number))


def sequences(run):
    (visit,) = run.table("visits.tsv").to_dict("records")
    return {name for name in USUAL if visit[name]}


def test_two_patients_in_one_folder_and_under_one_study(run):
    """A scanner's operator who did not close the first exam."""
    first = Study(Patient("A1", "ONE^A", "19500101"))
    second = Study(Patient("B2", "TWO^B", "19600606"), uid=first.uid)
    tags = {**T1, "SeriesInstanceUID": "1.2.3"}
    first.scan(run.archive, tags, head(seed=1))
    second.scan(run.archive / "b", tags, head(seed=2))
    run.sheets()
    assert run.table("visits.tsv")["patient"].tolist() == ["P001", "P002"]
    assert run.table("series.tsv")["slices"].tolist() == ["12", "12"]


def test_one_identifier_for_two_persons(run):
    Study(Patient("A1", "ONE^A", "19500101")).scan(run.archive, T1)
    Study(Patient("A1", "TWO^B", "19600606"), date="20200601").scan(run.archive / "b", T1)
    told = run.sheets()
    assert len(run.table("patients.tsv")) == 2
    assert "one PatientID stands for persons of different names" in told


def test_one_person_with_two_identifiers(run):
    Study(Patient("A1")).scan(run.archive, T1)
    Study(Patient("B7"), date="20200601").scan(run.archive / "b", T1)
    told = run.sheets()
    assert "P001 and P002 bear one name and birth date" in told


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ab 012", "AB012", True),
        ("0012", "12", True),
        ("S-01-7", "s-1-07", True),
        ("A1@SITE", "A1", True),
        ("1-01", "10-1", False),
        ("A1", "A2", False),
    ],
)
def test_two_spellings_of_one_identifier(one, other, alike):
    nameless = read_file(pydicom.data.get_testdata_file("MR_small.dcm"))
    nameless = replace(nameless, name="", birth="")
    found = alike_persons([replace(nameless, patient_id=name) for name in (one, other)])
    assert bool(found) == alike
    born = zip((one, other), ("19500101", "19600101"), strict=True)
    assert not alike_persons([replace(nameless, patient_id=n, birth=day) for n, day in born])


def test_two_spellings_of_one_identifier_are_said(run):
    for ident, date in (("ab 012", "20200305"), ("AB12", "20200601")):
        Study(Patient(ident, "", ""), date=date).scan(run.archive / date, T1)
    assert "differ by case, zeros, blanks, signs or issuer alone" in run.sheets()


def test_identities_that_were_removed(run):
    """Every patient is `ANONYMOUS`: folders tell them apart, and it is said."""
    for name in ("x", "y"):
        Study(Patient("ANONYMOUS", "", "")).scan(run.archive / name, T1)
    told = run.sheets()
    assert len(run.table("patients.tsv")) == 2
    assert "headers name no patient" in told
    Study(Patient("", "", "")).scan(run.archive, T1)
    assert "files name no patient and lie in no folder of their own" in run.sheets()


def test_a_study_without_t1(run, study):
    rest(study, run)
    told = run.sheets()
    assert sequences(run) == {"t2", "flair", "t1c"}
    assert "P001 V01 t1: no T1: none found" in told


def test_a_scout_as_the_only_t1(run, study):
    study.scan(run.archive, {**T1, "SeriesDescription": "t1 localizer"}, head()[:3])
    rest(study, run)
    assert "P001 V01 t1: no T1: only a scout" in run.sheets()
    assert sequences(run) == {"t2", "flair", "t1c"}


def test_a_series_sent_twice(run, study):
    files = study.scan(run.archive, T1, head(seed=4))
    rest(study, run)
    for file in files:
        (run.archive / f"copy-{file.name}").write_bytes(file.read_bytes())
    run.sheets()
    assert sequences(run) == set(USUAL)
    assert run.said("note") == ["12 files are copies of others"]


def test_two_series_under_one_identifier(run, study):
    """A tool that removes identities gave T1 and T1c one SeriesInstanceUID."""
    for name, tags in (("a", T1), ("b", USUAL["t1c"])):
        study.scan(run.archive / name, {**tags, "SeriesInstanceUID": "1.2.3"})
    study.scan(run.archive, T2)
    run.sheets()
    assert sequences(run) == {"t1", "t2", "t1c"}
    before = run.table("series.tsv")
    assert "0 visits added" in run.sheets()
    assert run.table("series.tsv").equals(before)


def test_one_identifier_for_all_images(run, study):
    """They are no copies of each other."""
    for tags in USUAL.values():
        study.scan(run.archive, {**tags, "SOPInstanceUID": "1.2.3"})
    run.sheets()
    assert sequences(run) == set(USUAL)


def test_secondary_captures_and_other_modalities(run, study):
    study.scan(run.archive, T1)
    study.scan(run.archive, {"SeriesDescription": "T1 key image"}, sop_class=CAPTURE)
    study.scan(run.archive, {"SeriesDescription": "T1 CT", "Modality": "CT"})
    rest(study, run)
    run.sheets()
    left = run.said("left out")
    assert "a secondary capture" in left
    assert "no MR image (CT)" in left


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, DeflatedExplicitVRLittleEndian])
def test_compressed_files_are_read(run, study, syntax):
    files = study.scan(run.archive, T1, head(seed=4))
    for file in files:
        data = pydicom.dcmread(file)
        if syntax == DeflatedExplicitVRLittleEndian:
            data.file_meta.TransferSyntaxUID = syntax
        else:
            data.compress(syntax, generate_instance_uid=False)
        data.save_as(file)
    run.sheets()
    assert np.array_equal(converted(run), head(seed=4).transpose(2, 1, 0)[:, ::-1, :])


def converted(run) -> np.ndarray:
    return np.asarray(nibabel.load(run.trial / "scans/P001/V01/t1.nii.gz").dataobj)


@pytest.mark.parametrize("downwards", [False, True])
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_compressed_frames_stay_in_their_order(run, study, syntax, downwards):
    # dcm2niix alone turns frames that run downwards upside down where these encodings hold them.
    volume = head(seed=4)
    file = study.scan_enhanced(run.archive / "t1", T1, volume)
    data = pydicom.dcmread(file)
    if downwards:
        data.PixelData = volume[::-1].tobytes()
        frames = data.PerFrameFunctionalGroupsSequence
        data.PerFrameFunctionalGroupsSequence = list(reversed(frames))
    data.compress(syntax, generate_instance_uid=False)
    data.save_as(file)
    run.sheets()
    assert np.array_equal(converted(run), volume.transpose(2, 1, 0)[:, ::-1, :])


@pytest.mark.skipif(not shutil.which("dcmcjpeg"), reason="needs dcmtk's dcmcjpeg")
@pytest.mark.parametrize("encoding", ["+e1", "+el"])
def test_jpeg_lossless_of_numbers_below_zero(run, study, encoding):
    # dcm2niix alone reads voxels of process 14 (+el) wrongly where they are below zero.
    volume = head(seed=4).astype(np.int16) - 200
    for file in study.scan(run.archive, T1, volume.astype(np.uint16)):
        data = pydicom.dcmread(file)
        data.PixelRepresentation = 1
        data.save_as(file)
        subprocess.run(["dcmcjpeg", encoding, file, file], check=True)
    run.sheets()
    assert np.array_equal(converted(run), volume.transpose(2, 1, 0)[:, ::-1, :])


def test_an_encoding_that_nobody_reads(run, study):
    for file in study.scan(run.archive, T1):
        data = pydicom.dcmread(file)
        data.compress(JPEGLSLossless, generate_instance_uid=False)
        # MPEG-4 is no way to keep slices.
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
        data.save_as(file)
    rest(study, run)
    told = run.sheets()
    assert sequences(run) == {"t2", "flair", "t1c"}
    assert "P001-V01-001 t1: cannot be converted: its pixels are compressed" in told


def test_missing_slices(run, study):
    study.scan(run.archive, T1, left_out=(4, 5))
    rest(study, run)
    run.sheets()
    assert sequences(run) == {"t2", "flair", "t1c"}
    assert "2 of 12 slices are missing; ask the site for them" in run.said("left out")
    assert any("no T1: 1 found, none usable" in what for what in run.said("warning"))


def test_missing_slices_where_a_complete_one_exists(run, study):
    study.scan(run.archive, T1, head(seed=1))
    study.scan(run.archive, T1, head(seed=2), left_out=(4,))
    rest(study, run)
    run.sheets()
    assert run.used()["P001-V01-001"] == "t1"


def test_fewer_images_than_the_scanner_made(run, study):
    study.scan(run.archive, {**T1, "ImagesInAcquisition": 12}, left_out=(0, 1))
    rest(study, run)
    run.sheets()
    assert "it has 10 of the 12 images that the scanner made" in run.said("left out")
    # The scanner may count otherwise: a person may insist.
    series = run.table("series.tsv")
    series.loc[series["sequence"] == "t1", "use"] = "1"
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    run.sheets()
    assert sequences(run) == set(USUAL)


def test_gantry_tilt(run, study):
    study.scan(run.archive, T1, shear=0.2)
    rest(study, run)
    run.sheets()
    assert any("sheared by 11.3 degrees (gantry tilt)" in what for what in run.said("left out"))
    assert sequences(run) == {"t2", "flair", "t1c"}


def test_a_whole_exam_that_is_sheared_by_hand_is_not_converted_either(run, study):
    study.scan(run.archive, T1, shear=0.2)
    rest(study, run)
    run.sheets()
    series = run.table("series.tsv")
    series.loc[series["sequence"] == "t1", "use"] = "1"
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    assert "cannot be converted: its slices are sheared" in run.sheets()


def test_writing_within_the_picture(run, study):
    study.scan(run.archive, {**T1, "BurnedInAnnotation": "YES"})
    rest(study, run)
    run.sheets()
    assert any("writing burned into its picture" in what for what in run.said("left out"))


def test_a_dicomdir(run, study):
    files = study.scan(run.archive / "in", T1)
    rest(study, run)
    disc = FileSet()
    for file in files:
        data = pydicom.dcmread(file)
        data.StudyID, data.AccessionNumber = "1", ""
        data.save_as(file)
        disc.add(file)
    disc.write(run.archive / "disc")
    run.sheets()
    assert any("is a DICOMDIR; files are found without it" in what for what in run.said("note"))
    named = [path for path in (run.archive / "disc").rglob("*") if path.is_file()]
    next(path for path in named if path.name != "DICOMDIR").unlink()
    run.sheets()
    assert any("names 1 files which are not there" in what for what in run.said("fault"))


def test_files_that_cannot_be_read(run, study):
    files = study.scan(run.archive, T1, head(seed=1))
    rest(study, run)
    for name, content in {
        "empty": b"",
        "noise": b"\0" * 128 + b"DICM" + os.urandom(400),
        "delivery.zip": b"PK\x03\x04" + b"\0" * 40,
        "notes.txt": b"hello",
        "cut": files[0].read_bytes()[:-100],
    }.items():
        (run.archive / name).write_bytes(content)
    (run.archive / "gone").symlink_to(run.archive / "nowhere")
    run.sheets()
    assert sequences(run) == set(USUAL)
    faults = "\n".join(run.said("fault"))
    assert "is empty" in faults
    assert "is an archive (zip); unpack it" in faults
    assert "is cut short" in faults
    assert "cannot be read (No such file or directory)" in faults
    assert any("is no DICOM" in what for what in run.said("note"))
    listed = (run.private / "unread_files.tsv").read_text()
    assert str(run.archive / "delivery.zip") in listed


def test_links_to_folders_and_folders_that_cannot_be_listed(run, study, tmp_path, monkeypatch):
    rest(study, tmp_path / "elsewhere")
    run.archive.mkdir()
    (run.archive / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(run.archive)
    (run.archive / "PLANTEDNAME").mkdir()
    listed = os.scandir

    def closed(place):
        if not isinstance(place, int) and Path(place).name == "PLANTEDNAME":
            raise PermissionError(13, "Permission denied", str(place))
        return listed(place)

    monkeypatch.setattr(os, "scandir", closed)
    told = run.sheets()
    assert sequences(run) == {"t2", "flair", "t1c"}
    assert "1 file left out: it is a folder that cannot be listed (Permission denied)" in told
    assert "PLANTEDNAME" not in told
    assert "PLANTEDNAME" in (run.private / "unread_files.tsv").read_text()


def test_thousands_of_tiny_files(run, study):
    study.scan(run.archive, T1)
    (run.archive / "tiny").mkdir()
    for number in range(3100):
        (run.archive / "tiny" / f"{number}.xml").write_bytes(b"<x/>")
    told = run.sheets()
    assert len(told.splitlines()) < 20
    assert run.said("note")[0].startswith("3,100 files left out, of which each is no DICOM")


def test_mixed_orientations_that_are_no_stack(run, study):
    tags = {**T1, "SeriesInstanceUID": "1.2.3"}
    study.scan(run.archive, tags, head()[:4])
    study.scan(run.archive, tags, head()[:4], orientation=SAGITTAL, first=100)
    rest(study, run)
    run.sheets()
    series = run.table("series.tsv")
    assert series["sequence"].tolist().count("localiser") == 2


def test_a_four_dimensional_series(run, study):
    tags = {**T1, "SeriesInstanceUID": "1.2.3", "SeriesNumber": 1}
    study.scan(run.archive, tags, head(seed=1))
    study.scan(run.archive, tags, head(seed=2), first=100)
    rest(study, run)
    run.sheets()
    assert any("2 images at each place (4D)" in what for what in run.said("left out"))


def test_an_exam_without_a_date(run):
    tags = dict.fromkeys(("StudyDate", "AcquisitionDate", "ContentDate"), "")
    Study(Patient("A1")).scan(run.archive, {**T1, **tags})
    told = run.sheets()
    assert "no header says when it was acquired" in told
    assert run.table("visits.tsv").empty
    series = run.table("series.tsv")
    series[["visit", "day"]] = ["V05", "12"]
    series["use"] = "1"
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert (visit["visit"], visit["day"], bool(visit["t1"])) == ("V05", "12", True)


def test_two_exams_of_one_day(run):
    """Before and after surgery, or dates that were replaced: never mixed."""
    patient = Patient("A1")
    for number, clock in enumerate((8 * 60, 17 * 60)):
        study = Study(patient, clock=clock)
        for tags in USUAL.values():
            study.scan(run.archive / str(number), tags, head(seed=number))
    told = run.sheets()
    assert "2 whole exams on one day" in told
    assert set(run.used()) == {
        name for name, row in _by_name(run).items() if int(row["minute"]) > 300
    }


def _by_name(run):
    return {row["series"]: row for row in run.table("series.tsv").to_dict("records")}


def test_a_folder_that_is_none_or_holds_nothing(run):
    assert "no such folder" in run.sheets(status=2)
    run.archive.mkdir()
    (run.archive / "a.txt").write_text("x")
    assert "none of its 1 files is a DICOM image" in run.sheets(status=2)


def test_values_that_break_the_standard(run, study):
    """A number that is none is as good as absent."""
    for file in study.scan(run.archive, {**T1, "RepetitionTime": 7531}):
        content = file.read_bytes()
        assert content.count(b"DS\x06\x007531") == 1
        file.write_bytes(content.replace(b"DS\x06\x007531", b"DS\x06\x0075x1"))
    rest(study, run)
    run.sheets()
    assert sequences(run) == set(USUAL)
    assert run.table("series.tsv")["tr_ms"].tolist()[0] == ""
