"""Networks trained on one's own scans, cross-fitted, and used in the trial that they come from."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml
from workspace import ROOT, Workspace, new_workspace

from gadless.networks.header import read_header

SCANS = ROOT.parent / "shared" / "real" / "train"
PATIENTS = ("BraTS2021_00006", "BraTS2021_01478")
SEQUENCES = ("t1", "t2", "flair", "t1c")
TINY = {"steps": 30, "channels": 4, "patch": 24}

pytestmark = pytest.mark.slow


def write(workspace: Workspace, name: str, rows: list[dict[str, object]]) -> None:
    table = pd.DataFrame(rows)
    table.to_csv(workspace.folder / f"{name}.tsv", sep="\t", index=False)


def manifest(workspace: Workspace, patient: str, visit: str = "V1", stage: str = "synthetic"):
    folder = workspace.folder / "results" / "visits" / patient / visit / stage
    return json.loads((folder / "status.json").read_text())


@pytest.mark.skipif(not SCANS.is_dir(), reason="no folder of real scans beside the repository")
def test_two_real_exams_are_learnt_from_and_each_predicted_by_who_has_not_seen_it(tmp_path: Path):
    workspace = new_workspace(tmp_path / "copy")
    rows = [{"patient": p, "arm": "single", "os_days": "", "os_event": ""} for p in PATIENTS]
    write(workspace, "patients", rows)
    rows = [
        {"patient": patient, "visit": "V1", "day": 0, "site": "BraTS"}
        | {name: SCANS / patient / f"{name}.nii.gz" for name in SEQUENCES}
        | {"mask_gbca": SCANS / patient / "seg.nii.gz"}
        for patient in PATIENTS
    ]
    write(workspace, "visits", rows)
    trial = {
        "name": "two exams",
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "candidates": ["cgan"],
        "labels_of": {"gbca": "brats2021"},
        "preprocess": {"spacing_mm": 3.0},
        "training": {
            "cross_fit": True,
            "folds": 2,
            "spacing_mm": 3.0,
            "recipes": {"cgan": {**TINY, "adversarial_start": 10}, "segmenter": TINY},
        },
        "response": {"baseline": {"rule": "first"}},
        "statistics": {"bootstrap": 20},
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    planned = workspace.planned()
    assert planned["train_network"] == 4
    assert planned["preprocess"] == 2
    workspace.run()
    training = workspace.folder / "results" / "training"
    folds = pd.read_csv(training / "folds.tsv", sep="\t").set_index("patient")["fold"].to_dict()
    assert sorted(folds.values()) == [1, 2]
    learnt = {}
    for patient, fold in folds.items():
        file = training / "weights" / f"cgan.fold{fold}.safetensors"
        header = read_header(file, str(file))
        assert header.trained_on["fold"] == fold
        assert header.trained_on["exams"] == 1
        assert header.trained_on["phantom_exams"] == 0
        assert header.trained_on["sites"] == ["BraTS"]
        learnt[patient] = header.training_data
        card = file.with_suffix(".md").read_text()
        assert "1 exams of 1 patients" in card
        assert "snakemake --cores all train --configfile trial.yaml" in card
        assert manifest(workspace, patient)["notes"]["weights"]["cgan"] in card
    assert (workspace.folder / "results" / "report" / "index.html").is_file()
    assert workspace.planned() == {}


def adc_like(scans: Path, folder: Path) -> Path:
    """Write what stands in for a map of ADC in 1e-6 mm2/s: the T2, in other numbers."""
    t2 = nibabel.Nifti1Image.from_filename(scans / "t2.nii.gz")
    path = folder / f"{scans.parent.name}_adc.nii.gz"
    scaled = np.asarray(t2.dataobj, np.float32) * 3
    nibabel.save(nibabel.Nifti1Image(scaled, t2.affine), path)
    return path


def test_adc_is_an_input_by_being_listed(tmp_path: Path, scans: Path):
    """On phantoms, whose T2 stands in for a map of ADC; one of them has none."""
    workspace = new_workspace(tmp_path / "copy")
    people = ("P001", "P002")
    rows = [{"patient": p, "arm": "a", "os_days": "", "os_event": "", "phantom": 1} for p in people]
    write(workspace, "patients", rows)
    rows = [
        {"patient": patient, "visit": visit, "day": day}
        | {name: scans / patient / visit / f"{name}.nii.gz" for name in SEQUENCES}
        | {"adc": "" if visit == "V2" else adc_like(scans / patient / visit, tmp_path)}
        for patient in people
        for visit, day in (("V1", 0), ("V2", 40))
        if (patient, visit) != ("P002", "V2")
    ]
    write(workspace, "visits", rows)
    recipe = {"kind": "generator", "inputs": ["t1", "t2", "flair", "adc"], **TINY}
    trial = {
        "patients": "patients.tsv",
        "visits": "visits.tsv",
        "candidates": ["mine", "unet"],
        "sequences": {
            "adc": {"title": "ADC", "normalisation": "none", "unit": 1000.0, "bias_field": False}
        },
        "networks": {
            "mine": {},
            "unet": {"weights": "src/gadless/networks/shipped/unet.safetensors"},
        },
        "preprocess": {"spacing_mm": 3.0},
        "training": {
            "cross_fit": True,
            "folds": 2,
            "spacing_mm": 3.0,
            "recipes": {"mine": recipe},
        },
    }
    (workspace.folder / "trial.yaml").write_text(yaml.safe_dump(trial))
    targets = [f"results/visits/P001/{visit}/synthetic/status.json" for visit in ("V1", "V2")]
    workspace.run(*targets)
    weights = workspace.folder / "results" / "training" / "weights"
    file = next(weights.glob("mine.fold*.safetensors"))
    header = read_header(file, str(file))
    assert header.inputs == ("t1", "t2", "flair", "adc")
    assert header.phantoms_only
    assert header.trained_on["sequences"]["adc"]["unit"] == 1000.0
    assert set(manifest(workspace, "P001", "V1")["files"]) == {"mine", "unet"}
    lacking = manifest(workspace, "P001", "V2")
    assert set(lacking["files"]) == {"unet"}
    assert lacking["faults"]["mine"] == "no adc"
