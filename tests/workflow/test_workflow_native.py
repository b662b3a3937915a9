"""Masks back on the scans' own grids, for a whole trial."""

import json

import highdicom
import nibabel
import numpy as np
import pandas as pd
import pytest
from conftest import EXAMS
from dicom_folder import write_series
from workspace import Workspace

JOBS = [(patient, visit) for patient, visits in EXAMS.items() for visit in visits[:2]]


@pytest.fixture
def trial(copy, scans) -> Workspace:
    """The finished trial, and the series that one of its T1 was made of."""
    image = nibabel.load(scans / "P001" / "V2" / "t1.nii.gz")
    data = np.rint(np.asarray(image.dataobj)).clip(0).astype(int)
    write_series(copy.folder / "copy-PRIVATE" / "archive", data, image.affine)
    rows = {"patient": "P001", "visit": "V2", "sequence": "t1", "folder": "copy-PRIVATE/archive"}
    pd.DataFrame([rows]).to_csv(copy.folder / "series.tsv", sep="\t", index=False)
    copy.configure(native={"series": "series.tsv"})
    return copy


def test_masks_of_a_trial_on_the_scans_grids(trial, scans):
    assert trial.planned() == {}
    trial.run("native")
    results = trial.folder / "results"
    for patient, visit in JOBS:
        scan = nibabel.load(scans / patient / visit / "t1.nii.gz")
        for contrast in ("gbca", "cgan", "unet"):
            path = results / "visits" / patient / visit / "native" / f"{contrast}.nii.gz"
            mask = nibabel.load(path)
            assert mask.shape == scan.shape
            np.testing.assert_allclose(mask.affine, scan.affine, atol=1e-4)
            assert int(mask.header["sform_code"]) == int(scan.header["sform_code"])
            anat = results / "bids" / f"sub-{patient}" / f"ses-{visit}" / "anat"
            name = f"sub-{patient}_ses-{visit}_space-orig_desc-{contrast}_dseg.nii.gz"
            assert (anat / name).read_bytes() == path.read_bytes()
    folder = results / "visits" / "P001" / "V2" / "native"
    written = highdicom.seg.segread(folder / "gbca.dcm").get_volume(combine_segments=True)
    mask = np.asarray(nibabel.load(folder / "gbca.nii.gz").dataobj)
    assert mask.any()
    assert [np.count_nonzero(written.array == n) for n in (1, 2, 3)] == [
        np.count_nonzero(mask == n) for n in (1, 2, 3)
    ]
    assert len(list(results.rglob("*.dcm"))) == 3
    about = json.loads((results / "bids" / "dataset_description.json").read_text())
    assert about["DatasetType"] == "derivative"
    # Nothing of the archive, and nothing to be done again.
    for path in (*results.glob("records/native*/**/*.json"), results / "provenance.json"):
        assert "PRIVATE" not in path.read_text()
    assert trial.planned("native") == {}
    assert trial.planned() == {}
    assert "all as recorded" in trial.gadless("verify").stdout

    # A visit that is no longer named leaves the data set; one table more is one visit's job.
    visits = trial.visits()
    trial.write_visits(visits[(visits["patient"] != "P002") | (visits["visit"] != "V2")])
    trial.run("native")
    assert (results / "bids" / "sub-P002" / "ses-V1").is_dir()
    assert not (results / "bids" / "sub-P002" / "ses-V2").exists()
    trial.configure(native={})
    assert trial.planned("native") == {"native_masks": 1, "native": 1}
