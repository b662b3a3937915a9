"""Trials of what others made: of masks alone, and beside our own networks."""

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import ndimage
from workspace import EXAMS, Workspace, new_workspace

from gadless.phantom.cohort import grow

READERS = {"gbca": 0, "reader": 1, "again": -1}
"""Contrast to the voxels by which its enhancing tumour is wider than the truth."""
CLASSIC = {1: 4, 2: 2, 3: 1}


def drawn(truth, wider: int) -> np.ndarray:
    """A reading of the true labels, in the coding of BraTS 2021."""
    labels = np.asarray(truth.dataobj).astype(np.uint8)
    enhancing = labels == 1
    if wider > 0:
        enhancing = ndimage.binary_dilation(enhancing) & (labels != 3)
    elif wider < 0:
        enhancing[enhancing.any(axis=(1, 2)).argmax()] = False
    ours = np.where(enhancing, 1, np.where(labels == 1, 2, labels))
    return np.choose(ours, [0, CLASSIC[1], CLASSIC[2], CLASSIC[3]]).astype(np.uint8)


@pytest.fixture
def masks_only(scans, tmp_path) -> Workspace:
    workspace = new_workspace(tmp_path / "copy")
    cohort = grow("demo")
    patients = cohort.patients[cohort.patients["patient"].isin(list(EXAMS))]
    patients.to_csv(workspace.folder / "patients.tsv", sep="\t", index=False)
    visits = cohort.visits[cohort.visits["patient"].isin(list(EXAMS))].copy()
    visits = visits[visits["visit"].isin(["V1", "V2"])]
    visits = visits.drop(columns=["t1", "t2", "flair", "t1c"], errors="ignore")
    (workspace.folder / "masks").mkdir()
    for name, wider in READERS.items():
        cells = []
        for patient, visit in zip(visits["patient"], visits["visit"], strict=True):
            truth = nibabel.load(scans / patient / visit / "truth.nii.gz")
            path = workspace.folder / "masks" / f"{patient}_{visit}_{name}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(drawn(truth, wider), truth.affine), path)
            cells.append(f"masks/{path.name}")
        visits[f"mask_{name}"] = cells
    workspace.write_visits(visits)
    trial = {
        "name": "masks alone",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "candidates": ["reader"],
        "repeat": "again",
        "labels_of": dict.fromkeys(READERS, "brats2021"),
        "statistics": {"bootstrap": 10},
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    return workspace


def enhancing_cm3(path) -> float:
    image = nibabel.load(path)
    voxel = abs(np.linalg.det(image.affine[:3, :3])) / 1000
    return float((np.asarray(image.dataobj) == CLASSIC[1]).sum() * voxel)


@pytest.mark.slow
def test_a_trial_of_masks_alone_runs_to_the_report(masks_only):
    masks_only.run()
    assert (masks_only.folder / "results" / "report" / "index.html").is_file()
    measured = masks_only.table("measurements").set_index(["patient", "visit", "contrast"])
    assert len(measured) == 12
    assert (measured["evaluable"] == 1).all()
    for patient, visit, contrast in measured.index:
        row = measured.loc[patient, visit, contrast]
        path = masks_only.folder / "masks" / f"{patient}_{visit}_{contrast}.nii.gz"
        assert row["enhancing_cm3"] == pytest.approx(enhancing_cm3(path), abs=0.1)
        assert row["spd_mm2"] > 0
    flow = masks_only.table("flow")
    assert set(flow["stage"]) == {"listed", "segmented"}
    assert (flow["outcome"] == "reached").all()
    dice = masks_only.table("image_metrics").query("metric == 'dice' and region == 'enhancing'")
    assert dice["value"].between(0.3, 1).all()
    assert masks_only.table("lesions")["contrast"].nunique() == 3
    assert masks_only.planned() == {}
    # One mask replaced is one visit, its patient, and the trial.
    truth = nibabel.load(masks_only.folder / "masks" / "P001_V2_gbca.nii.gz")
    changed = np.where(np.asarray(truth.dataobj) == 4, 2, np.asarray(truth.dataobj))
    nibabel.save(
        nibabel.Nifti1Image(changed.astype(np.uint8), truth.affine),
        masks_only.folder / "masks" / "P001_V2_reader.nii.gz",
    )
    planned = masks_only.planned()
    assert planned["segment"] == planned["measure"] == planned["collect"] == 1
    assert "preprocess" not in planned
    assert "synthesise" not in planned
    # A visit without one has a reason; a mask of another shape, too.
    visits = masks_only.visits()
    row = (visits["patient"] == "P002") & (visits["visit"] == "V2")
    visits.loc[row, "mask_reader"] = None
    masks_only.write_visits(visits)
    cut = nibabel.Nifti1Image(changed[:, :, 2:].astype(np.uint8), truth.affine)
    nibabel.save(cut, masks_only.folder / "masks" / "P001_V2_reader.nii.gz")
    masks_only.run("results/trial/flow.tsv", "results/trial/measurements.tsv")
    measured = masks_only.table("measurements").set_index(["patient", "visit", "contrast"])
    assert measured.loc[("P002", "V2", "reader"), "reason"] == "no mask_reader given"
    assert "another grid" in measured.loc[("P001", "V2", "reader"), "reason"]
    flow = masks_only.table("flow").query("contrast == 'reader' and outcome == 'stopped'")
    assert flow["reason"].tolist() == ["no mask_reader given"]


@pytest.mark.slow
def test_a_reader_and_another_generator_beside_ours(copy, scans):
    """A reader's mask of the reference, and another's T1c, at three of four visits."""
    before = copy.table("measurements")
    visits = copy.visits()
    (copy.folder / "theirs").mkdir()
    for at, row in visits.iterrows():
        folder = scans / row["patient"] / row["visit"]
        truth = nibabel.load(folder / "truth.nii.gz")
        labels = np.asarray(truth.dataobj).astype(np.uint8)
        mask = copy.folder / "theirs" / f"{at}_mask.nii.gz"
        nibabel.save(nibabel.Nifti1Image(labels, truth.affine), mask)
        visits.loc[at, "mask_gbca"] = str(mask)
        if at == visits.index[-1]:
            continue
        scan = nibabel.load(folder / "t1.nii.gz")
        data = np.asarray(scan.dataobj, dtype=np.float32)
        bright = data + 0.8 * np.median(data[data > data.mean()]) * (labels == 1)
        noise = np.random.default_rng(at).normal(0, 0.02 * data.max(), data.shape)
        t1c = copy.folder / "theirs" / f"{at}_t1c.nii.gz"
        made = np.maximum(bright + noise * (data > 0), 0).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(made, scan.affine), t1c)
        visits.loc[at, "t1c_ext"] = str(t1c)
    copy.write_visits(visits)
    copy.configure(candidates=["cgan", "ext"], labels_of={"gbca": "gadless"})
    planned = copy.planned()
    assert "preprocess" not in planned
    assert planned["synthesise"] == planned["segment"] == 4
    copy.run()
    assert (copy.folder / "results" / "report" / "index.html").is_file()
    after = copy.table("measurements")
    key = ["patient", "visit", "contrast"]
    ours = [table.query("contrast == 'cgan'").set_index(key) for table in (before, after)]
    pd.testing.assert_frame_equal(
        *(table.drop(columns="reason") for table in ours), check_dtype=False
    )
    reader = after.query("contrast == 'gbca'").set_index(["patient", "visit"])
    for (patient, visit), row in reader.iterrows():
        truth = nibabel.load(scans / patient / visit / "truth.nii.gz")
        volume = (np.asarray(truth.dataobj) == 1).sum() * 0.008
        assert row["enhancing_cm3"] == pytest.approx(volume, rel=0.05, abs=0.15)
    theirs = after.query("contrast == 'ext'")
    assert theirs["evaluable"].tolist().count(1) == 3
    assert theirs.query("evaluable == 0")["reason"].tolist() == ["no t1c_ext given"]
    stopped = copy.table("flow").query("contrast == 'ext' and outcome == 'stopped'")
    assert stopped["stage"].tolist() == ["synthesised"]
    quality = copy.table("quality").query("sequence == 't1c_ext'")
    assert len(quality)
    assert (quality["outcome"] != "fail").all()
