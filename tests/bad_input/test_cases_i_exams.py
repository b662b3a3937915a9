"""Images of class I on whole phantoms with a skull, and on real exams where they are at hand."""

import re
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from gadless.files import read_json
from gadless.images.preprocess import preprocess_visit
from gadless.images.quality import graded, limits
from gadless.measurement.identity import foreign_visits
from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import built_in

pytestmark = pytest.mark.slow

REAL = Path(__file__).parents[2].parent / "shared" / "real"
SEQUENCES = ("t1", "t2", "flair", "t1c")
EXAMS = sorted({path.parent for path in REAL.rglob("t1.nii.gz")}) if REAL.is_dir() else []
SETTINGS = Preprocess(spacing_mm=3.0)

needs_real = pytest.mark.skipif(not EXAMS, reason="no folder of real scans beside the repository")


def scans(folder):
    paths = {name: folder / f"{name}.nii.gz" for name in SEQUENCES}
    return {name: path for name, path in paths.items() if path.is_file()}


def process(folder, sources, anchor=None, visit="V1"):
    return preprocess_visit("P1", visit, sources, anchor, SETTINGS, built_in(), folder / visit)


def mirrored(path, folder):
    image = nibabel.load(path)
    folder.mkdir(exist_ok=True)
    affine = np.diag([-1.0, 1.0, 1.0, 1.0]) @ image.affine
    nibabel.save(nibabel.Nifti1Image(np.asanyarray(image.dataobj), affine), folder / path.name)
    return folder / path.name


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    """Two visits of one patient (12 and 20 cm3 enhancing), and one of another, at 2 mm."""
    folder, cohort = tmp_path_factory.mktemp("phantoms"), grow("demo")
    made = {}
    for name, patient, visit, volume in (
        ("first", "P001", "V1", 12.0),
        ("second", "P001", "V2", 20.0),
        ("other", "P002", "V1", 12.0),
    ):
        state = cohort.state(patient, visit)
        lesion = replace(state.lesions[0], enhancing_cm3=volume)
        render_exam(replace(state, lesions=(lesion,)), folder / name, 2.0)
        made[name] = scans(folder / name)
    return made


@pytest.fixture(scope="module")
def first(phantoms, tmp_path_factory):
    return process(tmp_path_factory.mktemp("first"), phantoms["first"])


def test_i_phantoms_of_one_patient_agree(phantoms, first, tmp_path):
    second = process(tmp_path, phantoms["second"], first, "V2")
    assert not second.faults
    assert foreign_visits([first, second]) == {}


def test_i_phantom_t1_and_t1c_swapped(phantoms, first, tmp_path):
    sources = phantoms["second"]
    swapped = {**sources, "t1": sources["t1c"], "t1c": sources["t1"]}
    second = process(tmp_path, swapped, first, "V2")
    assert second.faults["visit"].startswith("T1 and T1c: seem swapped")


def test_i_phantom_t2_and_flair_swapped(phantoms, tmp_path):
    sources = phantoms["second"]
    swapped = {**sources, "t2": sources["flair"], "flair": sources["t2"]}
    faults = process(tmp_path, swapped).faults
    assert faults["t2"].startswith("T2: looks like a FLAIR")
    assert faults["flair"].startswith("FLAIR: looks like a T2")


def test_i_phantom_mirrored_and_exchanged(phantoms, first, tmp_path):
    turned = {"t1": mirrored(phantoms["second"]["t1"], tmp_path / "turned")}
    found = foreign_visits([first, process(tmp_path, turned, first, "V2")])
    assert "is the mirror image of visit V1" in found["V2"]
    foreign = process(tmp_path, {"t1": phantoms["other"]["t1"]}, first, "V3")
    assert "shows another head than visit V1" in foreign_visits([first, foreign])["V3"]


@needs_real
@pytest.mark.parametrize("exam", EXAMS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_i_no_real_exam_fails(exam, tmp_path):
    manifest = process(tmp_path, scans(exam))
    given = {name: why for name, why in manifest.faults.items() if not why.startswith("no ")}
    assert given == {}
    known = limits(SETTINGS.quality)
    found = [graded(row, known) for row in read_json(manifest.path("quality"))]
    assert [row for row in found if row["outcome"] == "fail"] == []


@needs_real
@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        ({"t1": "t1c", "t1c": "t1"}, "T1 and T1c: seem swapped"),
        ({"t2": "flair", "flair": "t2"}, "FLAIR: looks like a T2"),
        # Whichever of the two is told: a T1 that is none costs the visit.
        ({"t1": "flair", "flair": "t1"}, "T1: looks like a FLAIR|FLAIR: looks like a T1"),
        ({"t1": "t2", "t2": "t1"}, "T1: looks like a T2"),
    ],
)
@pytest.mark.parametrize("name", ["BraTS2021_01482", "multiple_sclerosis/cs_patient19"])
def test_i_real_scans_in_the_wrong_cells(name, exchange, words, tmp_path):
    sources = scans(REAL / name)
    given = {**sources, **{cell: sources[other] for cell, other in exchange.items()}}
    assert re.search(words, " ".join(process(tmp_path, given).faults.values()))


@needs_real
def test_i_real_visits_of_one_patient_and_of_two(tmp_path):
    folder = REAL / "multiple_sclerosis" / "long_patient01"
    first = process(tmp_path, scans(folder / "study1"))
    second = process(tmp_path, scans(folder / "study2"), first, "V2")
    assert foreign_visits([first, second]) == {}
    stranger = process(tmp_path, {"t1": REAL / "BraTS2021_01480" / "t1.nii.gz"}, first, "V3")
    assert set(foreign_visits([first, second, stranger])) == {"V3"}
    turned = {"t1": mirrored(folder / "study2" / "t1.nii.gz", tmp_path / "turned")}
    found = foreign_visits([first, second, process(tmp_path, turned, first, "V4")])
    assert set(found) == {"V4"}
    assert "mirror image of visits V1 and V2" in found["V4"]
