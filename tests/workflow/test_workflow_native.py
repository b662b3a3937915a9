"""Masks back on the scans' own grids, for a whole trial."""

import json

import highdicom
import nibabel
import numpy as np
import pandas as pd
import pytest
from dicom_folder import write_series
from workspace import Workspace, scan_phantoms, scanned_workspace

EXAMS = {"P001": ("V1", "V2")}


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Workspace:
    """A patient with T1 and true masks; one T1 was made of a DICOM series, another is one."""
    folder = tmp_path_factory.mktemp("native")
    scans = folder / "scans"
    scan_phantoms(scans, EXAMS, 3.0)
    workspace = scanned_workspace(
        folder / "copy",
        EXAMS,
        scans,
        3.0,
        candidates=[],
        labels_of={"gbca": "gadless"},
        native={"series": "series.tsv"},
    )
    for visit, place in (("V1", "copy-PRIVATE/archive"), ("V2", "copy/dicom")):
        image = nibabel.load(scans / "P001" / visit / "t1.nii.gz")
        data = np.rint(np.asarray(image.dataobj)).clip(0).astype(int)
        write_series(folder / place, data, image.affine)
    rows = [("P001-V1-003", "P001", "V1", "t1", 1), ("P001-V1-001", "P001", "V1", "t1", 0)]
    columns = ["series", "patient", "visit", "sequence", "use"]
    sheet = pd.DataFrame(rows, columns=columns)
    sheet.to_csv(workspace.folder / "series.tsv", sep="\t", index=False)
    archive = folder / "copy-PRIVATE" / "archive"
    key = pd.DataFrame({"series": ["P001-V1-003"], "folder": [str(archive)], "series_uid": [""]})
    key.to_csv(folder / "copy-PRIVATE" / "series_key.tsv", sep="\t", index=False)
    visits = workspace.visits()
    visits["mask_gbca"] = visits["t1"].str.replace("t1.nii", "truth.nii", regex=False)
    visits["t1"] = [visits["t1"][0], "dicom"]
    workspace.write_visits(visits.assign(t2="", flair="", t1c=""))
    return workspace


def measured_in(report) -> list[float]:
    """Volumes of the three segments."""
    groups = report.get_volumetric_roi_measurement_groups()
    return [group.get_measurements()[0].value for group in groups]


@pytest.mark.slow
def test_masks_of_a_trial_on_the_scans_grids(trial):
    trial.run("native")
    results = trial.folder / "results"
    scans = trial.folder.parent / "scans" / "P001"
    for visit in ("V1", "V2"):
        folder = results / "visits" / "P001" / visit / "native"
        mask, scan = nibabel.load(folder / "gbca.nii.gz"), nibabel.load(scans / visit / "t1.nii.gz")
        data = np.asarray(mask.dataobj)
        assert data.shape == scan.shape
        # There and back by nearest neighbour: nearly the mask that was given, where it was.
        given = nibabel.load(scans / visit / "truth.nii.gz")
        turn = nibabel.io_orientation(np.linalg.inv(mask.affine) @ given.affine)
        truth = nibabel.apply_orientation(np.asarray(given.dataobj), turn)
        both = (data > 0) & (truth > 0)
        assert 2 * both.sum() / ((data > 0).sum() + (truth > 0).sum()) > 0.85
        name = f"sub-P001/ses-{visit}/anat/sub-P001_ses-{visit}_space-orig_desc-gbca_dseg.nii.gz"
        assert (results / "bids" / name).read_bytes() == (folder / "gbca.nii.gz").read_bytes()
        written = highdicom.seg.segread(folder / "gbca.dcm").get_volume(combine_segments=True)
        counts = [np.count_nonzero(data == n) for n in (1, 2, 3)]
        assert [np.count_nonzero(written.array == n) for n in (1, 2, 3)] == counts
        assert counts[0] > 0
        reported = highdicom.sr.srread(folder / "gbca.sr.dcm").content
        told = measured_in(reported)
        table = pd.read_csv(results / "patients" / "P001" / "measurements.tsv", sep="\t")
        [row] = table[table["visit"] == visit].to_dict("records")
        columns = ("enhancing_cm3", "nonenhancing_cm3", "necrosis_cm3")
        assert told == [row[name] for name in columns]
        assert told[0] > 0
    about = json.loads((results / "bids" / "dataset_description.json").read_text())
    assert about["DatasetType"] == "derivative"
    # Nothing of the archive in any result, and nothing to be done again.
    for path in (*results.rglob("*.json"), *results.rglob("*.log"), *results.rglob("*.tsv")):
        assert "PRIVATE" not in path.read_text()
    assert trial.planned("native") == {}
    assert "all as recorded" in trial.gadless("verify").stdout


@pytest.mark.slow
def test_a_report_is_of_what_the_last_run_measured(trial):
    """By hand, from results: the same bytes; of a table that was changed since, none."""
    results = trial.folder / "results"
    given = ("native", "results", "--patient", "P001", "--visit", "V2", "--dicom", "dicom")
    made = trial.gadless(*given, "--out", "mine")
    assert "1 report of what was measured" in made.stdout
    theirs = results / "visits" / "P001" / "V2" / "native" / "gbca.sr.dcm"
    own = trial.folder / "mine" / "masks" / "P001" / "V2" / "gbca.sr.dcm"
    assert own.read_bytes() == theirs.read_bytes()
    table = results / "patients" / "P001" / "measurements.tsv"
    content = table.read_text()
    table.write_text(content.replace("V2", "V3"))
    made = trial.gadless(*given, "--out", "mine")
    table.write_text(content)
    assert "measurements.tsv is not as the last run left it" in made.stdout
    assert not own.exists()


@pytest.mark.slow
def test_a_slice_that_is_replaced_and_a_visit_that_is_no_longer_named(trial):
    # The slices are one scan of the sheet: another voxel in one of them is another scan.
    path = trial.folder / "dicom" / "IM0010.dcm"
    content = bytearray(path.read_bytes())
    content[-4000] ^= 4
    path.write_bytes(content)
    planned = trial.planned("native")
    assert {rule: planned.get(rule) for rule in ("preprocess", "segment")} == {
        "preprocess": 1,
        "segment": 1,
    }
    visits = trial.visits()
    trial.write_visits(visits[visits["visit"] == "V1"])
    trial.run("native")
    assert (trial.folder / "results" / "bids" / "sub-P001" / "ses-V1").is_dir()
    assert not (trial.folder / "results" / "bids" / "sub-P001" / "ses-V2").exists()
