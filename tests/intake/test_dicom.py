"""From DICOM to sheets: several vendors, visits and habits; run again; corrected by hand."""

import gzip

import nibabel
import numpy as np
import pytest
from archive import CORONAL, FLAIR, SAGITTAL, T1, T1C, T2, USUAL, Patient, Study, head


def exam(study, folder, tags=USUAL):
    for number, wanted in enumerate(tags.values()):
        study.scan(folder, wanted, head(seed=number))


def test_an_exam_becomes_a_visit(run):
    exam(Study(Patient("A1")), run.archive)
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert (visit["patient"], visit["visit"], visit["day"]) == ("P001", "V01", "0")
    for number, sequence in enumerate(USUAL):
        image = nibabel.load(run.trial / visit[sequence])
        # Rows of DICOM run along x, its columns along y to the back: NIfTI's first two axes.
        expected = head(seed=number).transpose(2, 1, 0)[:, ::-1, :]
        assert np.array_equal(np.asarray(image.dataobj), expected)
        assert image.header.get_zooms() == (12.0, 12.0, 10.0)
    assert run.table("patients.tsv")["patient"].tolist() == ["P001"]


def test_an_enhanced_multi_frame_is_as_good(run):
    study = Study(Patient("A1"), vendor="Philips Medical Systems")
    exam(study, run.archive, {"t1": T1, "t2": T2, "t1c": T1C})
    study.scan_enhanced(run.archive / "enhanced", FLAIR, head(seed=9))
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    image = nibabel.load(run.trial / visit["flair"])
    assert np.array_equal(np.asarray(image.dataobj), head(seed=9).transpose(2, 1, 0)[:, ::-1, :])


def test_of_repeats_the_later_complete_one_is_used(run):
    study = Study(Patient("A1"))
    exam(study, run.archive, {"t2": T2, "flair": FLAIR})
    study.scan(run.archive, T1, head(seed=5))
    study.scan(run.archive, T1, head(seed=6))
    # Broken off after two thirds.
    study.scan(run.archive, T1, head(seed=7)[:8])
    study.scan(run.archive, T1C, head(seed=8))
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    image = np.asarray(nibabel.load(run.trial / visit["t1"]).dataobj)
    assert np.array_equal(image, head(seed=6).transpose(2, 1, 0)[:, ::-1, :])
    left = run.said("left out")
    assert any("the later complete one is used" in what for what in left)
    assert any("ended early (8 of 12 slices)" in what for what in left)


def test_without_gadolinium_the_cell_is_empty(run):
    exam(Study(Patient("A1")), run.archive, {"t1": T1, "t2": T2, "flair": FLAIR})
    run.sheets()
    assert run.table("visits.tsv")["t1c"].tolist() == [""]
    assert any("no T1 after contrast: none found" in what for what in run.said("note"))


def test_days_count_from_the_first_exam_and_identifiers_are_new(run):
    patient = Patient("HOSPITAL-4711")
    for date in ("20200305", "20191224", "20200501"):
        exam(Study(patient, date=date), run.archive / date, {"t1": T1, "flair": FLAIR})
    run.sheets()
    visits = run.table("visits.tsv")
    assert visits["day"].tolist() == ["0", "72", "129"]
    assert visits["visit"].tolist() == ["V01", "V02", "V03"]
    key = (run.private / "patients_key.tsv").read_text()
    assert key.splitlines()[1] == "HOSPITAL-4711\tP001\t2019-12-24"
    assert (run.private / "patients_key.tsv").stat().st_mode & 0o077 == 0


def test_identifiers_and_dates_stay_where_that_is_asked_for(run):
    exam(Study(Patient("TRIAL-007")), run.archive)
    run.sheets("--keep-ids", "--keep-dates")
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert (visit["patient"], visit["date"], visit["day"]) == ("TRIAL-007", "2020-03-05", "")
    (run.archive / "x").mkdir()


def test_an_identifier_that_cannot_be_one_is_refused_in_words_that_do_not_hold_it(run):
    exam(Study(Patient("Doe, John")), run.archive, {"t1": T1})
    told = run.sheets("--keep-ids", status=2)
    assert "patients_key.tsv" in told
    assert "Doe" not in told


def test_rows_are_in_the_order_of_the_new_names(run):
    for name in ("A", "B", "C", "D"):
        exam(Study(Patient(name, f"{name}^X", "")), run.archive / name, {"t1": T1})
    run.sheets()
    for table in ("patients.tsv", "visits.tsv", "series.tsv"):
        assert run.table(table)["patient"].tolist() == ["P001", "P002", "P003", "P004"]
    key = (run.private / "patients_key.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[0] for line in key] != ["A", "B", "C", "D"]


def test_a_site_may_bring_its_own_codes(run):
    exam(Study(Patient("H1")), run.archive)
    run.private.mkdir()
    key = "patient_id\tpatient\tday_zero\nH1\tSITE3-012\t2020-03-01\n"
    (run.private / "patients_key.tsv").write_text(key)
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert (visit["patient"], visit["day"]) == ("SITE3-012", "4")


def test_two_identifiers_of_one_patient_have_one_day_zero(run):
    """As the warning of two identifiers advises: a later exam is no second one of day 0."""
    for ident, date in (("B2", "20200601"), ("A1", "20200305")):
        exam(Study(Patient(ident), date=date), run.archive / ident)
    run.private.mkdir()
    key = run.private / "patients_key.tsv"
    key.write_text("patient_id\tpatient\nA1\tS1\nB2\tS1\n")
    run.sheets()
    visits = run.table("visits.tsv")
    assert list(zip(visits["patient"], visits["visit"], visits["day"], strict=True)) == [
        ("S1", "V01", "0"),
        ("S1", "V02", "88"),
    ]
    assert key.read_text().count("2020-03-05") == 2
    key.write_text(key.read_text().replace("B2\tS1\t2020-03-05", "B2\tS1\t2020-06-01"))
    assert "patient S1 has several rows whose day_zero differ" in run.sheets(status=2)
    key.write_text("patient_id\tpatient\nA1\tPlanted Name\n")
    told = run.sheets(status=2)
    assert "row 2: patient cannot be an identifier" in told
    assert "Planted" not in told


def test_another_day_zero_is_not_followed_in_silence(run):
    exam(Study(Patient("A1")), run.archive, {"t1": T1})
    run.sheets()
    key = run.private / "patients_key.tsv"
    key.write_text(key.read_text().replace("2020-03-05", "2020-02-27"))
    run.sheets()
    assert run.table("visits.tsv")["day"].tolist() == ["0"]
    (said,) = [what for what in run.said("warning") if "day_zero" in what]
    assert "series.tsv has day 0, day_zero in the private key gives 7" in said


def test_again_nothing_changes(run):
    exam(Study(Patient("A1")), run.archive)
    run.sheets()
    before = {path: path.read_bytes() for path in run.trial.rglob("*") if path.is_file()}
    run.sheets()
    after = {path: path.read_bytes() for path in run.trial.rglob("*") if path.is_file()}
    assert before == after
    assert "0 patients and 0 visits added; 1 visit stood there already" in run.told


def test_new_exams_are_added_and_corrections_stand(run):
    patient = Patient("A1")
    exam(Study(patient), run.archive / "first")
    run.sheets()
    mine = run.table("visits.tsv")
    mine["steroid_mg"] = "4"
    mine.to_csv(run.trial / "visits.tsv", sep="\t", index=False)
    before = (run.trial / "visits.tsv").read_text()
    exam(Study(patient, date="20200501"), run.archive / "second")
    exam(Study(Patient("B2", "SECOND^X", "19440101"), date="20200501"), run.archive / "third")
    run.sheets()
    after = (run.trial / "visits.tsv").read_text()
    assert after.startswith(before)
    assert run.table("visits.tsv")["day"].tolist() == ["0", "57", "0"]
    # Also where only what is new was delivered.
    series = run.table("series.tsv")
    assert len(series) == 12
    assert series["series"].is_unique


def test_a_table_that_was_corrected_is_followed(run):
    study = Study(Patient("A1"))
    exam(study, run.archive, {"t1": T1, "t2": T2, "flair": FLAIR})
    odd = {"SeriesDescription": "XYZ", "RepetitionTime": 900, "EchoTime": 55}
    study.scan(run.archive, odd, head(seed=11))
    told = run.sheets()
    assert "not sure what it is" in told
    series = run.table("series.tsv")
    assert series.loc[series["words"] == "", "sequence"].tolist() == ["unsure"]
    row = series["sequence"] == "unsure"
    series.loc[row, ["sequence", "use"]] = ["T1c", "TRUE"]
    corrected = run.trial.parent / "corrected.tsv"
    series.to_csv(corrected, sep="\t", index=False)
    run.sheets("--series", str(corrected))
    (visit,) = run.table("visits.tsv").to_dict("records")
    image = np.asarray(nibabel.load(run.trial / visit["t1c"]).dataobj)
    assert np.array_equal(image, head(seed=11).transpose(2, 1, 0)[:, ::-1, :])
    assert run.table("series.tsv").equals(series)
    # From then on without being asked.
    run.sheets()
    assert run.table("series.tsv").equals(series)
    assert "by hand (confidence" in "".join(run.said("taken"))


def test_what_a_person_takes_out_of_use_is_not_left_in_the_sheet_in_silence(run):
    """No row changes by itself, but a T1c that somebody knows to be none is asked about."""
    exam(Study(Patient("A1")), run.archive / "a")
    exam(Study(Patient("B2", "SECOND^X", "19440101"), date="20200601"), run.archive / "b")
    assert "no series in use" not in run.sheets()
    series = run.table("series.tsv")
    series.loc[(series["patient"] == "P001") & (series["sequence"] == "t1c"), "use"] = "0"
    # One person after all.
    other = series["patient"] == "P002"
    series.loc[other, ["patient", "visit", "day"]] = ["P001", "V02", "88"]
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    before = run.table("visits.tsv")
    told = run.sheets()
    assert run.table("visits.tsv").head(2).equals(before)
    assert "P001 V01: visits.tsv has t1c that no series in use is any more" in told
    assert "P002 V01: visits.tsv has t1, t2, flair, t1c that no series in use" in told


def test_scans_of_a_persons_own_are_not_written_over(run):
    exam(Study(Patient("A1")), run.archive)
    mine = run.trial / "scans" / "P001" / "V01" / "t1.nii.gz"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    assert "holds scans that were not made here" in run.sheets(status=2)
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("file", ["trial", "trial-PRIVATE"])
def test_a_file_where_a_folder_is_to_be_is_said(run, file):
    exam(Study(Patient("A1")), run.archive)
    (run.trial.parent / file).write_text("mine")
    told = run.sheets(status=2)
    assert f"{file}" in told
    assert "cannot be written" in told


def test_a_table_that_cannot_be_followed_is_refused_row_by_row(run):
    study = Study(Patient("A1"))
    exam(study, run.archive)
    study.scan(run.archive, T2)
    run.sheets()
    series = run.table("series.tsv")
    series.loc[series["sequence"] == "t2", "use"] = "1"
    series.loc[series["sequence"] == "t1", "sequence"] = "T1w"
    series.loc[series["sequence"] == "flair", "day"] = "later"
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    told = run.sheets(status=2)
    assert "are both to be used as t2" in told
    assert "sequence 't1w' is none of" in told
    assert "day 'later' is no whole number" in told


def test_a_later_delivery_does_not_take_the_place_of_what_is_in_use(run):
    study = Study(Patient("A1"))
    exam(study, run.archive)
    run.sheets()
    used = run.used()
    study.scan(run.archive, T2, head(seed=30), first=100)
    run.sheets()
    assert run.used() == used
    assert any("a further t2 has arrived" in what for what in run.said("warning"))


def test_without_the_private_folder_nothing_is_guessed(run):
    exam(Study(Patient("A1")), run.archive)
    run.sheets()
    for path in run.private.iterdir():
        path.unlink()
    assert "Bring the private folder back" in run.sheets(status=2)


def test_the_private_folder_may_not_lie_in_the_trial(run):
    exam(Study(Patient("A1")), run.archive, {"t1": T1})
    told = run.sheets("--private", str(run.trial / "key"), status=2)
    assert "give --private another folder" in told


def test_stacks_of_one_series_are_parted(run):
    """Three planes, or two echoes, under one series identifier."""
    study = Study(Patient("A1"))
    both = {**T1, "SeriesInstanceUID": "1.2.3"}
    study.scan(run.archive, both, head(seed=1))
    study.scan(run.archive, both, head(seed=2), orientation=SAGITTAL, first=100)
    study.scan(run.archive, both, head(seed=3)[:5], orientation=CORONAL, first=200)
    dual = {**T2, "SeriesDescription": "PD/T2 dual", "SeriesInstanceUID": "1.2.4"}
    study.scan(run.archive, {**dual, "EchoTime": 20}, head(seed=4))
    study.scan(run.archive, {**dual, "EchoTime": 95}, head(seed=5), first=100)
    run.sheets()
    series = run.table("series.tsv")
    assert sorted(series["sequence"]) == ["localiser", "pd", "t1", "t1", "t2"]
    (visit,) = run.table("visits.tsv").to_dict("records")
    image = np.asarray(nibabel.load(run.trial / visit["t2"]).dataobj)
    assert np.array_equal(image, head(seed=5).transpose(2, 1, 0)[:, ::-1, :])
    assert visit["t1"]


def test_echoes_of_one_multi_frame_file_are_parted(run):
    study = Study(Patient("A1"), vendor="Philips Medical Systems")
    study.scan(run.archive, T1)
    both = np.concatenate([head(seed=4), head(seed=5)])
    tags = {**T2, "SeriesDescription": "PD/T2 dual"}
    study.scan_enhanced(run.archive / "dual", tags, both, echoes=(20, 95))
    run.sheets()
    assert sorted(run.table("series.tsv")["sequence"]) == ["pd", "t1", "t2"]
    image = np.asarray(nibabel.load(run.trial / "scans/P001/V01/t2.nii.gz").dataobj)
    assert np.array_equal(image, head(seed=5).transpose(2, 1, 0)[:, ::-1, :])


def test_series_that_a_person_gives_to_one_visit_are_joined(run):
    """An exam that went on the next day."""
    patient = Patient("A1")
    exam(Study(patient, date="20200305"), run.archive / "a", {"t1": T1, "t2": T2})
    exam(Study(patient, date="20200306"), run.archive / "b", {"flair": FLAIR})
    run.sheets()
    series = run.table("series.tsv")
    series[["visit", "day"]] = ["V01", "0"]
    series.to_csv(run.trial / "series.tsv", sep="\t", index=False)
    (run.trial / "visits.tsv").unlink()
    run.sheets()
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert all(visit[name] for name in ("t1", "t2", "flair"))


def test_maps_are_converted_where_that_is_asked_for(run):
    study = Study(Patient("A1"))
    exam(study, run.archive)
    kind = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "NORM"]
    adc = {"SeriesDescription": "ep2d_diff_ADC", "ImageType": kind, "EchoTime": 80}
    study.scan(run.archive, adc, head(seed=21))
    run.sheets("--also", "adc")
    (visit,) = run.table("visits.tsv").to_dict("records")
    assert visit["adc"].endswith("adc.nii.gz")
    assert "title: ADC" in (run.trial / "trial.yaml").read_text()


def test_packed_files_hold_neither_a_name_nor_a_time(run):
    exam(Study(Patient("A1")), run.archive, {"t1": T1})
    run.sheets()
    raw = (run.trial / "scans/P001/V01/t1.nii.gz").read_bytes()
    assert raw[3] == 0
    assert raw[4:8] == b"\0\0\0\0"
    header = gzip.decompress(raw)[:348]
    assert not any(header[4:39])
    assert not any(header[148:252])


@pytest.mark.parametrize("option", [["--bids", "x"], []])
def test_one_source_is_asked_for(option, capsys):
    from gadless.cli import main

    with pytest.raises(SystemExit):
        main(["sheets", "--dicom", "a", *option] if option else ["sheets"])
