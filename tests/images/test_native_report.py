"""What was measured, as DICOM beside the segmentation: every number is the table's."""

import csv
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.sr.codedict import codes
from test_native import GRIDS, visit  # noqa: F401 - a fixture

from gadless.images import dicom_sr
from gadless.images.measured import Measured, read_measured
from gadless.images.native import masks_on_scan
from gadless.images.writing import write_image
from gadless.measurement.measure import measure_patient
from gadless.measurement.visit import VisitScans
from gadless.tables import write_table
from gadless.trial.config.imaging import Measurement

PATIENT = {"trial": "a trial", "acquired": ["gbca"], "rejected": {}}
WORDS = {"cgan": "SYNTHETIC contrast cgan", "gbca": "acquired contrast gbca"}


@pytest.fixture
def measured(visit, tmp_path, request):  # noqa: F811
    """One visit on an acquired and a synthetic contrast, measured as a trial's is."""
    exam, segmented, series = visit(GRIDS["oblique"])
    segmented.faults.clear()
    kept = getattr(request, "param", (1, 2, 3))
    image = nibabel.load(segmented.path("gbca"))
    labels = np.where(np.isin(image.dataobj, kept), image.dataobj, 0).astype(np.uint8)
    write_image(labels, image.affine, segmented.folder / "gbca.nii.gz")
    shutil.copyfile(segmented.folder / "gbca.nii.gz", segmented.folder / "cgan.nii.gz")
    segmented.files["cgan"] = "cgan.nii.gz"
    segmented.write()
    scans = VisitScans("V1", 3, exam, exam, segmented)
    made = measure_patient("P1", [scans], ["gbca", "cgan"], Measurement(smallest_lesion_cm3=0.0))
    folder = tmp_path / "patients" / "P1"
    folder.mkdir(parents=True)
    # As a lesion in two pieces has it, of which the trial's phantom has none.
    first = made.lesions[made.lesions["lesion"] == "E1"].iloc[:1]
    second = first.assign(long_mm=12.345, short_mm=6.7, volume_cm3=0.1234567891)
    lesions = pd.concat([first, second, made.lesions.drop(first.index)])
    write_table(made.measurements.assign(spd_mm2=1234.5678), folder / "measurements.tsv")
    write_table(lesions, folder / "lesions.tsv")
    known = read_measured(folder, **PATIENT)

    def make(name: str, known: Measured = known, **options: bool) -> tuple[dict, Path]:
        out = tmp_path / name
        both = ["gbca", "cgan"]
        return masks_on_scan(
            exam, segmented, both, "t1", out, (series, None), known, **options
        ), out

    return make, folder, series


def rows(path: Path, contrast: str) -> list[dict[str, str]]:
    with path.open() as file:
        return [one for one in csv.DictReader(file, delimiter="\t") if one["contrast"] == contrast]


def numbers(group) -> dict[str, tuple[float, str]]:
    return {one.name.meaning: (one.value, one.unit.value) for one in group.get_measurements()}


@pytest.mark.parametrize("contrast", ["gbca", "cgan"])
def test_every_number_is_the_tables(measured, contrast):
    make, tables, series = measured
    made, out = make("out")
    assert made.faults == {}
    assert made.files[f"report_{contrast}"] == f"{contrast}.sr.dcm"
    read = highdicom.sr.srread(out / f"{contrast}.sr.dcm")
    assert read.SOPClassUID == pydicom.uid.Comprehensive3DSRStorage
    report = read.content
    segmentation = pydicom.dcmread(out / f"{contrast}.dcm")
    source = pydicom.dcmread(next(series.iterdir()))
    assert read.StudyInstanceUID == source.StudyInstanceUID
    assert WORDS[contrast] in read.SeriesDescription

    [row] = rows(tables / "measurements.tsv", contrast)
    groups = report.get_volumetric_roi_measurement_groups()
    assert len(groups) == 3
    of_segment = {one.referenced_segment.referenced_segment_numbers[0]: one for one in groups}
    for number, columns in {
        1: {
            "Volume": ("enhancing_cm3", "cm3"),
            "Sum of products of perpendicular diameters": ("spd_mm2", "mm2"),
            "Sum of longest diameters": ("sld_mm", "mm"),
            "Number of lesions (observable entity)": ("lesions", "1"),
            "Number of measurable lesions": ("measurable_lesions", "1"),
        },
        2: {
            "Volume": ("nonenhancing_cm3", "cm3"),
            "Sum of products of perpendicular diameters": ("nonenhancing_spd_mm2", "mm2"),
        },
        3: {"Volume": ("necrosis_cm3", "cm3")},
    }.items():
        group = of_segment[number]
        expected = {name: (float(row[column]), unit) for name, (column, unit) in columns.items()}
        assert numbers(group) == expected
        assert expected["Volume"][0] > 0
        assert group.finding_type == dicom_sr.SEGMENTS[number - 1][1]
        segment = group.referenced_segment
        assert segment.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        assert segment.source_series_for_segmentation.value == source.SeriesInstanceUID

    whole, *lesions = report.get_image_measurement_groups()
    assert numbers(whole) == {"Volume": (float(row["abnormality_cm3"]), "cm3")}
    listed = rows(tables / "lesions.tsv", contrast)
    names = [group.tracking_identifier for group in lesions]
    pieces = [f"{contrast} E1", f"{contrast} E1.2"] if contrast == "gbca" else [f"{contrast} E1"]
    assert names == [*pieces, f"{contrast} N1"]
    assert len({group.tracking_uid for group in lesions}) == len(lesions) == len(listed)
    for group, one in zip(lesions, listed, strict=True):
        assert numbers(group) == {
            "Volume": (float(one["volume_cm3"]), "cm3"),
            "Long axis": (float(one["long_mm"]), "mm"),
            "Perpendicular Axis": (float(one["short_mm"]), "mm"),
            "Product of perpendicular diameters": (float(one["product_mm2"]), "mm2"),
        }
        told = {
            item.name.meaning: item.value.meaning for item in group.get_qualitative_evaluations()
        }
        answer = {"0": "No", "1": "Yes"}
        assert told["Measurable lesion"] == answer[one["measurable"]]
        assert told["New lesion"] == answer[one["new"]]
        assert told["Origin of the contrast"].startswith(
            "Acquired" if contrast == "gbca" else "Synthetic"
        )
        [seen] = group.source_images
        assert seen.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        number = {"enhancing": 1, "nonenhancing": 2}[one["compartment"]]
        assert seen.referenced_segment_numbers == [number]
        [site] = group.finding_sites
        assert site.value == codes.SCT.Brain


def test_the_report_names_nobody_and_the_same_numbers_leave_the_same_bytes(measured):
    make, *_ = measured
    (_, first), (_, again) = make("a"), make("b")
    _, named = make("c", identified=True)
    content = (first / "gbca.sr.dcm").read_bytes()
    planted = (b"Planted", b"MRN77", b"19610203", b"ACC99", b"Who", b"20250304", b"101112")
    assert [word for word in planted if word in content] == []
    assert content == (again / "gbca.sr.dcm").read_bytes()
    report, segmentation = (pydicom.dcmread(named / f"gbca{end}.dcm") for end in (".sr", ""))
    for name in ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "AccessionNumber"):
        assert report[name].value == segmentation[name].value
    assert report.PatientName == "Planted^Name"


def test_a_lesion_is_the_same_at_each_visit_and_no_other_patients(measured):
    make, tables, _ = measured
    known = read_measured(tables, **PATIENT)
    later = [{**one, "visit": "V2", "day": "40", "volume_cm3": "9"} for one in known.lesions]
    both = replace(known, lesions=(*known.lesions, *later))
    firsts = [{one.first for one in both.of("V1", "gbca").lesions}]
    moved = [{**one, "visit": "V2", "day": "40"} for one in known.measurements]
    both = replace(both, measurements=(*known.measurements, *moved))
    assert firsts == [{one.first for one in both.of("V2", "gbca").lesions}]
    seen = both.of("V2", "gbca").lesions
    assert [one.name for one in seen] == ["E1", "E1.2", "N1"]
    assert {one.row["volume_cm3"] for one in seen} == {"9"}
    uids = []
    for name, trial in (("a", "a trial"), ("b", "another")):
        _, out = make(name, replace(known, trial=trial))
        report = highdicom.sr.srread(out / "gbca.sr.dcm").content
        uids.append({group.tracking_uid for group in report.get_image_measurement_groups()})
    assert not uids[0] & uids[1]


def test_what_cannot_be_evaluated_has_a_segmentation_and_no_report(measured):
    make, tables, _ = measured
    known = read_measured(tables, **PATIENT)
    failed = [
        {**one, "evaluable": "0", "reason": "too noisy"} if one["contrast"] == "cgan" else one
        for one in known.measurements
    ]
    rejected = {"gbca": "rated wrong by AB: a vessel"}
    made, out = make("out", replace(known, measurements=tuple(failed), rejected=rejected))
    assert made.faults == {
        "report_gbca": "DICOM report: rated wrong by AB: a vessel",
        "report_cgan": "DICOM report: too noisy",
    }
    assert sorted(path.name for path in out.glob("*.dcm")) == ["cgan.dcm", "gbca.dcm"]
    nothing = read_measured(tables / "elsewhere", **PATIENT)
    assert make("none", nothing)[0].faults["report_gbca"] == "DICOM report: was not measured"


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("identified", [False, True])
def test_another_programme_finds_no_error(measured, identified):
    make, *_ = measured
    _, out = make("out", identified=identified)
    for contrast in ("gbca", "cgan"):
        said = subprocess.run(
            ["dciodvfy", str(out / f"{contrast}.sr.dcm")],
            capture_output=True,
            text=True,
            check=False,
        )
        lines = (said.stdout + said.stderr).splitlines()
        assert "Comprehensive3DSR" in lines
        assert [line for line in lines if line.startswith("Error")] == []


@pytest.mark.parametrize(("measured", "non"), [((), 0), ((2,), 1)], indirect=["measured"])
def test_of_no_enhancing_tumour_the_report_says_zero(measured, non):
    """A segment of which there is nothing has no frame, and is referred to all the same."""
    make, *_ = measured
    made, out = make("out")
    assert made.faults == {}
    report = highdicom.sr.srread(out / "cgan.sr.dcm").content
    groups = report.get_volumetric_roi_measurement_groups()
    volumes = [numbers(group)["Volume"][0] for group in groups]
    assert volumes[0] == volumes[2] == 0
    assert (volumes[1] > 0) == bool(non)
    assert numbers(groups[0])["Number of lesions (observable entity)"] == (0, "1")
    names = [group.tracking_identifier for group in report.get_image_measurement_groups()]
    assert names == ["cgan T2/FLAIR abnormality", *["cgan N1"] * non]
