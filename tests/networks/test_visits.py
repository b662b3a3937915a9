"""Synthesis and segmentation of one visit."""

import nibabel
import numpy as np

from gadless.networks.segment import segment_visit
from gadless.networks.synthesise import synthesise_visit


def _synthesise(exam, networks, folder):
    manifest = synthesise_visit(exam, {"cgan": networks["cgan"]}, folder)
    manifest.write()
    return manifest


def _segment(exam, synthetic, networks, folder):
    segmenter = {"segmenter": networks["segmenter"]}
    return segment_visit(exam, synthetic, ["gbca", "cgan"], "gbca", segmenter, folder)


def test_maps_lie_on_the_exams_grid_and_are_zero_outside_the_brain(make_exam, networks, tmp_path):
    exam = make_exam()
    manifest = _synthesise(exam, networks, tmp_path / "synthetic")
    image = nibabel.load(manifest.path("cgan"))
    brain = nibabel.load(exam.path("brain"))
    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(image.affine, brain.affine)
    values = np.asarray(image.dataobj)
    assert values.any()
    assert not values[np.asarray(brain.dataobj) == 0].any()


def test_labels_are_few_and_zero_outside_the_brain(make_exam, networks, tmp_path):
    exam = make_exam()
    synthetic = _synthesise(exam, networks, tmp_path / "synthetic")
    manifest = _segment(exam, synthetic, networks, tmp_path / "segmented")
    assert set(manifest.files) == {"gbca", "cgan"}
    labels = nibabel.load(manifest.path("cgan"))
    assert labels.get_data_dtype() == np.uint8
    values = np.asarray(labels.dataobj)
    assert set(np.unique(values)) <= {0, 1, 2, 3}
    assert not values[np.asarray(nibabel.load(exam.path("brain")).dataobj) == 0].any()


def test_candidates_never_see_gadolinium(make_exam, networks, tmp_path):
    outputs = []
    for number, without in enumerate(({}, {"t1c": "no T1c acquired", "subtraction": "no T1c"})):
        exam = make_exam(without=without)
        for name in without:
            assert not (exam.folder / f"{name}.nii.gz").exists()  # written by the first round
        synthetic = _synthesise(exam, networks, tmp_path / f"synthetic{number}")
        manifest = _segment(exam, synthetic, networks, tmp_path / f"segmented{number}")
        outputs.append((synthetic.path("cgan").read_bytes(), manifest.path("cgan").read_bytes()))
    assert outputs[0] == outputs[1]
    assert manifest.faults == {"gbca": "no T1c acquired"}


def test_a_missing_sequence_is_a_fault_in_the_exams_own_words(make_exam, networks, tmp_path):
    exam = make_exam(without={"flair": "no FLAIR acquired"})
    synthetic = _synthesise(exam, networks, tmp_path / "synthetic")
    assert synthetic.faults == {"cgan": "no FLAIR acquired"}
    manifest = _segment(exam, synthetic, networks, tmp_path / "segmented")
    assert manifest.faults == {"gbca": "no FLAIR acquired", "cgan": "no FLAIR acquired"}
    assert manifest.files == {}


def test_an_unusable_visit_gives_its_reason_everywhere(make_exam, networks, tmp_path):
    exam = make_exam()
    exam.files, exam.faults = {}, {"visit": "T1: file is truncated"}
    synthetic = _synthesise(exam, networks, tmp_path / "synthetic")
    manifest = _segment(exam, synthetic, networks, tmp_path / "segmented")
    assert set(manifest.faults.values()) == {"T1: file is truncated"}


def test_a_fault_of_one_generator_reaches_its_segmentation_only(make_exam, networks, tmp_path):
    exam = make_exam()
    synthetic = _synthesise(exam, networks, tmp_path / "synthetic")
    synthetic.files, synthetic.faults = {}, {"cgan": "something specific"}
    manifest = _segment(exam, synthetic, networks, tmp_path / "segmented")
    assert manifest.faults == {"cgan": "something specific"}
    assert manifest.has("gbca")


def test_equal_runs_give_equal_bytes(make_exam, networks, tmp_path):
    exam = make_exam()
    first = _synthesise(exam, networks, tmp_path / "one").path("cgan").read_bytes()
    assert first == _synthesise(exam, networks, tmp_path / "two").path("cgan").read_bytes()
