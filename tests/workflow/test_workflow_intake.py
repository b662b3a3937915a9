"""From a scanner's archive to a report: sheets, a look at them, the workflow."""

import sys
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
from workspace import ROOT, Workspace, new_workspace, scan_phantoms

sys.path.insert(0, str(ROOT / "tests" / "intake"))
from archive import CAPTURE, FLAIR, T1, T1C, T2, Patient, Study

REAL = ROOT.parent / "shared" / "real"
SPACING = 3.0
pytestmark = pytest.mark.slow

# What another vendor calls the same.
GE = {
    "t1": {**T1, "SeriesDescription": "Ax T1 FSE", "RepetitionTime": 600},
    "t2": {**T2, "SeriesDescription": "Ax T2 FRFSE"},
    "flair": {**FLAIR, "SeriesDescription": "Ax T2 FLAIR", "ProtocolName": "BRAIN W/WO"},
    "t1c": {**T1C, "SeriesDescription": "AX T1 +C", "RepetitionTime": 600},
}
PLANTED = ("zymurgy", "quagmire", "mrn4455", "19530217", "acc9988", "2019-12-01", "20191201")
MORE = {
    "AccessionNumber": "ACC9988",
    "InstitutionName": "Quagmire",
    "ImageComments": "Zymurgy 19530217",
    "StudyDescription": "Zymurgy",
}


@pytest.fixture(scope="module")
def exams(tmp_path_factory) -> dict[str, dict[str, np.ndarray]]:
    """Volumes of three exams, (slices, rows, columns) as an axial series has them."""
    if REAL.is_dir():
        names = ("glioma_large_enhancing", "BraTS2021_01481", "BraTS2021_01480")
        return {name: _volumes(REAL / name, 3) for name in names}
    folder = tmp_path_factory.mktemp("phantoms")
    visits = {"P001": ("V1", "V2"), "P002": ("V1",)}
    scan_phantoms(folder, visits, SPACING)
    return {f"{p}{v}": _volumes(folder / p / v, 1) for p, vs in visits.items() for v in vs}


def _volumes(folder: Path, every: int) -> dict[str, np.ndarray]:
    found = {}
    for name in ("t1", "t2", "flair", "t1c"):
        (path,) = folder.glob(f"{name}.nii*")
        image = nibabel.as_closest_canonical(nibabel.load(path))
        data = np.asarray(image.dataobj, float)[::every, ::every, ::every]
        data = np.clip(data, 0, np.percentile(data, 99.99))
        data = np.round(data / data.max() * 4000).astype(np.uint16)
        # Right-anterior-superior to rows that run left and columns that run back.
        found[name] = data[::-1, ::-1].transpose(2, 1, 0)
    return found


def acquired_again(data: np.ndarray, seed: int) -> np.ndarray:
    """Scan the same head once more, moved by a voxel; a copy would be told of."""
    noise = np.random.default_rng(seed).integers(-200, 200, data.shape)
    again = np.where(data > 0, np.clip(data + noise, 1, 4095), 0)
    return np.roll(again, 1, axis=1).astype(np.uint16)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory, exams) -> Path:
    """Two patients of two vendors, three visits, and what comes with them."""
    folder = tmp_path_factory.mktemp("archive") / "Zymurgy_19530217"
    first, second, third = exams.values()
    grid = {"step": SPACING, "pixel": SPACING}
    patient = Patient("MRN4455", "Zymurgy^Quagmire", "19530217", more=MORE)
    study = Study(patient, date="20191201")
    study.scan(folder, {"SeriesDescription": "localizer Zymurgy"}, first["t1"][:3])
    # Broken off when the patient moved, and repeated.
    study.scan(folder, T1, first["t1"][:30], **grid)
    study.scan(folder, T1, first["t1"], **grid)
    study.scan(folder, T2, first["t2"], **grid)
    study.scan_enhanced(folder / "enhanced.dcm", FLAIR, first["flair"], **grid)
    study.scan(folder, T1C, first["t1c"], **grid)
    study.scan(folder, {"SeriesDescription": "Zymurgy"}, first["t1"][:1], sop_class=CAPTURE)
    # The follow-up is without gadolinium.
    follow = Study(patient, date="20200201")
    for name, tags in (("t1", T1), ("t2", T2), ("flair", FLAIR)):
        follow.scan(folder, tags, acquired_again(first[name], 1), **grid)
    other = replace(patient, ident="MRN4455-B", name="Quagmire^Other", birth="19401231")
    ge = Study(other, date="20200115", vendor="GE MEDICAL SYSTEMS")
    for name, tags in GE.items():
        ge.scan(folder / "ge", tags, second[name], **grid)
    # A patient whose series lie in the same folder.
    study = Study(replace(other, ident="MRN4455-C", name="Third^X"), vendor="Philips")
    for name, tags in (("t1", T1), ("t2", T2), ("flair", FLAIR), ("t1c", T1C)):
        study.scan(folder / "ge", tags, third[name], **grid)
    return folder


@pytest.fixture(scope="module")
def trial(tmp_path_factory, delivery) -> Workspace:
    workspace = new_workspace(tmp_path_factory.mktemp("intake") / "copy")
    done = workspace.gadless("sheets", "--dicom", str(delivery), "--out", ".")
    assert done.returncode == 0, done.stderr
    # As coarse as the scans; nothing else is touched.
    workspace.configure(preprocess={"spacing_mm": SPACING}, statistics={"bootstrap": 20})
    workspace.run()
    return workspace


def test_the_sheets_name_what_was_scanned(trial):
    visits = trial.visits().fillna("")
    assert len(visits) == 4
    assert sorted(visits["day"]) == ["0", "0", "0", "62"]
    assert (visits["t1c"] == "").sum() == 1
    assert (visits[["t1", "t2", "flair"]] != "").all(axis=None)


def test_scans_are_those_of_the_archive(trial, exams):
    visits = trial.visits()
    key = trial.folder.with_name(f"{trial.folder.name}-PRIVATE") / "patients_key.tsv"
    names = pd.read_csv(key, sep="\t", dtype=str).set_index("patient_id")["patient"]
    row = visits[(visits["patient"] == names["MRN4455"]) & (visits["day"] == "0")].iloc[0]
    first = next(iter(exams.values()))
    for name in ("t1", "t2", "flair", "t1c"):
        image = nibabel.load(trial.folder / row[name])
        back = nibabel.as_closest_canonical(image)
        expected = first[name].transpose(2, 1, 0)[::-1, ::-1]
        assert np.array_equal(np.asarray(back.dataobj), expected)


def test_it_comes_to_a_report(trial):
    assert (trial.folder / "results" / "report" / "index.html").is_file()
    measured = trial.table("measurements")
    gadolinium = measured[measured["contrast"] == "gbca"]
    assert gadolinium["evaluable"].sum() == 3
    lacking = gadolinium.loc[gadolinium["evaluable"] == 0, "reason"].tolist()
    assert lacking == ["no T1c acquired"]


def test_nothing_planted_is_in_results_logs_or_report(trial):
    ours = [trial.folder / name for name in ("results", "scans", ".snakemake/log")]
    files = [path for folder in ours for path in folder.rglob("*") if path.is_file()]
    files += [path for path in trial.folder.glob("*.*") if path.is_file()]
    assert len(files) > 50
    for path in files:
        content = path.read_bytes().lower()
        found = [word for word in PLANTED if word.encode() in content]
        assert not found, (path, found)


def test_a_new_exam_makes_its_own_jobs_and_no_other(trial, delivery, exams):
    before = trial.visits()
    study = Study(Patient("MRN4455", "Zymurgy^Quagmire", "19530217"), date="20200401")
    first = next(iter(exams.values()))
    for name, tags in (("t1", T1), ("t2", T2), ("flair", FLAIR), ("t1c", T1C)):
        data = acquired_again(first[name], 2)
        study.scan(delivery / "late", tags, data, step=SPACING, pixel=SPACING)
    done = trial.gadless("sheets", "--dicom", str(delivery), "--out", ".")
    assert done.returncode == 0, done.stderr
    assert trial.visits().iloc[: len(before)].equals(before)
    assert len(trial.visits()) == len(before) + 1
    planned = trial.planned()
    assert planned["preprocess"] == 1
    assert planned["segment"] == 1
