"""Experts' masks of real gliomas by the road that a reader's mask takes."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from brought_exam import findings, loaded, volumes

from gadless.images.brought.visit import bring_images, bring_masks
from gadless.images.preprocess import preprocess_visit
from gadless.manifest import Manifest
from gadless.trial.codings import coding
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import built_in

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no real scans beside the repository")

SETTINGS = Preprocess(spacing_mm=1.0, sampling=0.02)
# Exam, mask and its coding. All three lie on one grid, as all patients of this collection do.
EXAMS = {
    "BraTS2021_01481": ("seg", "brats2021"),
    "train/Brats18_TCIA02_607_1": ("seg", "brats2021"),
    "glioma_large_enhancing": ("seg_automatic", "brats2023"),
}


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    done = {}
    for name in EXAMS:
        folder = tmp_path_factory.mktemp("exam")
        sources = {one: REAL / name / f"{one}.nii.gz" for one in ("t1", "t2", "flair", "t1c")}
        done[name] = preprocess_visit("P", "V", sources, None, SETTINGS, built_in(), folder)
    return done


def bring(exam, name, coded, folder) -> Manifest:
    manifest = Manifest("P", "V", "segment", folder)
    path = REAL / name / f"{EXAMS[name][0]}.nii.gz"
    bring_masks(manifest, exam, {"gbca": path}, {"gbca": coded}, ["gbca"])
    return manifest


@pytest.mark.parametrize("name", EXAMS)
def test_volumes_are_those_of_the_mask(exams, tmp_path, name):
    file, coded = EXAMS[name]
    manifest = bring(exams[name], name, coded, tmp_path)
    assert not manifest.faults
    image = nibabel.load(REAL / name / f"{file}.nii.gz")
    theirs = np.asarray(image.dataobj).astype(int)
    ours = np.zeros_like(theirs)
    for label, our in coding(coded).items():
        ours[theirs == label] = our
    counted = volumes(ours, image.affine)
    measured = volumes(loaded(manifest, "gbca"), nibabel.load(manifest.path("gbca")).affine)
    assert measured[0] == pytest.approx(counted[0], rel=0.015)
    assert measured.sum() == pytest.approx(counted.sum(), rel=0.005)
    # Necrosis of 1.5 cm3 in small parts loses most.
    np.testing.assert_allclose(measured, counted, rtol=0.1)
    outcomes = {row["outcome"] for row in findings(manifest).values()}
    assert outcomes == {"pass"}


def test_another_patients_mask_on_the_same_grid_is_refused(exams, tmp_path):
    for name, exam in exams.items():
        for other in EXAMS:
            if other != name:
                said = bring(exam, other, EXAMS[other][1], tmp_path).faults["gbca"]
                assert "another patient's" in said


@pytest.mark.parametrize("name", EXAMS)
def test_another_coding_is_refused(exams, tmp_path, name):
    for wrong in (
        "gadless",
        "hd-glio",
        {"brats2021": "brats2023", "brats2023": "brats2021"}[EXAMS[name][1]],
    ):
        said = bring(exams[name], name, wrong, tmp_path).faults["gbca"]
        assert "another coding" in said or "does not know" in said


def test_the_acquired_t1c_is_a_leak_and_another_patients_does_not_match(exams, tmp_path):
    name, other = "BraTS2021_01481", "glioma_large_enhancing"
    for source, word in ((name, "a leak"), (other, "does not match the T1")):
        manifest = Manifest("P", "V", "synthesise", tmp_path)
        brought = {"ext": {"t1c": REAL / source / "t1c.nii.gz"}}
        bring_images(manifest, exams[name], brought, {}, SETTINGS)
        assert word in manifest.faults["ext"]
