"""Images: each case that once went unnoticed (class I), and others of its class.

Scans are those of a known head (`tests/known_head.py`); `test_cases_i_exams.py` has the same on
whole phantoms and on real exams. What a start says of files stands in
`tests/jobs/test_start_scans.py`, of damaged ones in `tests/images/test_stored.py`.
"""

import gzip
import struct
from contextlib import suppress
from pathlib import Path

import nibabel
import numpy as np
import pytest

from gadless.errors import DataFault
from gadless.files import read_json
from gadless.images.preprocess import preprocess_visit
from gadless.images.quality import graded, limits
from gadless.images.reading import read_scan
from gadless.measurement.identity import foreign_visits
from gadless.survey.patient import Exam
from gadless.survey.trial import survey
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import built_in

SETTINGS = Preprocess(spacing_mm=3.0, sampling=0.03)


@pytest.fixture(scope="module")
def exam(scanned, tmp_path_factory):
    """Warped: the template is symmetric, and would be its own mirror image."""
    return scanned(tmp_path_factory.mktemp("scanner"), warp=9.0)


@pytest.fixture(scope="module")
def other(scanned, tmp_path_factory):
    return scanned(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def done(exam, tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    return preprocess_visit("P1", "V1", exam, None, SETTINGS, built_in(), folder)


@pytest.fixture
def process(tmp_path):
    def run(sources, anchor=None, visit="V2"):
        folder = tmp_path / "out" / visit
        return preprocess_visit("P1", visit, sources, anchor, SETTINGS, built_in(), folder)

    return run


def anew(path, folder, change=lambda data, affine: (data, affine)):
    """Write a scan again, as another file: its content under another header."""
    image = nibabel.load(path)
    data, affine = change(np.asarray(image.dataobj), image.affine)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    nibabel.save(nibabel.Nifti1Image(data, affine), target)
    return target


def mirrored(data, affine):
    return data, np.diag([-1.0, 1.0, 1.0, 1.0]) @ affine


def rows(manifest):
    known = limits(SETTINGS.quality)
    return [graded(row, known) for row in read_json(manifest.path("quality"))]


# Which sequence it is ---------------------------------------------------------------------------


def test_i_a_sound_exam_passes(done):
    assert not done.faults
    assert {row["outcome"] for row in rows(done) if row["step"] == "sequence"} == {"pass"}


def test_i_t1_and_t1c_swapped(exam, process):
    """A response that never was: the visit's, and the next one's progression."""
    manifest = process({**exam, "t1": exam["t1c"], "t1c": exam["t1"]})
    assert manifest.faults["visit"].startswith("T1 and T1c: seem swapped")
    assert set(manifest.files) == {"quality"}


def test_i_t2_and_flair_swapped(exam, process):
    manifest = process({**exam, "t2": exam["flair"], "flair": exam["t2"], "t1c": None})
    assert manifest.faults["t2"].startswith("T2: looks like a FLAIR")
    assert manifest.faults["flair"].startswith("FLAIR: looks like a T2 (fluid is bright)")
    assert manifest.faults["flair"].endswith("it and the T2 seem swapped")
    assert not manifest.has("t2")
    assert not (manifest.folder / "t2.nii.gz").exists()


@pytest.mark.slow
def test_i_a_t2_as_flair(exam, process, tmp_path):
    manifest = process({**exam, "flair": anew(exam["t2"], tmp_path), "t1c": None})
    assert manifest.faults["flair"].startswith("FLAIR: looks like a T2 (fluid is bright)")
    assert manifest.has("t2")


@pytest.mark.slow
def test_i_a_t2_as_t1_costs_the_visit(exam, process, tmp_path):
    sources = {"t1": anew(exam["t2"], tmp_path), "t2": exam["t2"], "flair": exam["flair"]}
    assert process(sources).faults["visit"].startswith("T1: looks like a T2")


def test_i_one_image_twice(exam, process, tmp_path):
    def with_noise(data, affine):
        return data * np.random.default_rng(1).normal(1, 1e-4, data.shape), affine

    manifest = process({"t1": exam["t1"], "t1c": anew(exam["t1"], tmp_path, with_noise)})
    assert manifest.faults["t1c"].startswith("T1c: is the image of the T1 once more")


@pytest.mark.slow
def test_i_a_second_t1_as_t1c(exam, scanned, process, tmp_path):
    """Another acquisition without contrast: nothing enhances, which reads as response."""
    again = scanned(tmp_path / "again", warp=9.0, noise_seed=5)["t1"]
    manifest = process({"t1": exam["t1"], "t1c": again})
    assert manifest.faults["t1c"].startswith("T1c: looks like a T1 without contrast")


# Whose head it is, and which side ---------------------------------------------------------------


def test_i_another_patients_t1c_in_a_visit(exam, other, process):
    manifest = process({"t1": exam["t1"], "t1c": other["t1c"]})
    assert manifest.faults["t1c"].startswith("T1c: does not match the T1")


def test_i_a_follow_up_mirrored_by_its_affine(done, exam, process, tmp_path):
    manifest = process({"t1": anew(exam["t1"], tmp_path, mirrored)}, done)
    assert manifest.notes["identity"]["difference"] == "mirrored"
    reason = foreign_visits([done, manifest])["V2"]
    assert reason.startswith("T1: is the mirror image of visit V1")


def test_i_another_patients_follow_up_and_then_which_visit_is_wrong(
    done, other, scanned, process, tmp_path
):
    """With two visits nobody knows; a third settles it."""
    again = scanned(tmp_path / "again", warp=9.0, noise_seed=7)
    foreign = process({"t1": other["t1"]}, done, "V2")
    third = process({"t1": again["t1"]}, done, "V3")
    both = foreign_visits([done, foreign])
    assert set(both) == {"V1", "V2"}
    assert all("no further visit says which" in reason for reason in both.values())
    assert set(foreign_visits([done, foreign, third])) == {"V2"}
    assert foreign_visits([done, third]) == {}


@pytest.mark.slow
def test_i_a_first_visit_that_is_another_patients(exam, other, scanned, process, tmp_path):
    """The later ones agree, though neither was placed on the other: it is the first that goes."""
    again = scanned(tmp_path / "again", warp=9.0, noise_seed=7)
    first = process({"t1": other["t1"]}, None, "W1")
    later = [process({"t1": path["t1"]}, first, f"W{at}") for at, path in ((2, exam), (3, again))]
    found = foreign_visits([first, *later])
    assert set(found) == {"W1"}
    assert "shows another head than visits W2 and W3" in found["W1"]


def test_i_the_first_visits_scan_again_as_the_second(done, exam, process, tmp_path):
    def moved(data, affine):
        shift = np.eye(4)
        shift[:3, 3] = (3, -2, 4)
        return data * np.float32(1.7), shift @ affine

    manifest = process({"t1": anew(exam["t1"], tmp_path, moved)}, done)
    assert manifest.faults["visit"].startswith("T1: is the image of visit V1 once more")


def test_i_one_image_at_two_visits_whatever_its_format(scanned, done, exam, process, tmp_path):
    """Of any sequence: here the T2 of the first visit, kept as MGH and on another scale."""
    again = scanned(tmp_path / "again", warp=9.0, noise_seed=5)
    image = nibabel.load(exam["t2"])
    data = np.asarray(image.dataobj, np.float32) * np.float32(1.3)
    nibabel.save(nibabel.MGHImage(data, image.affine), tmp_path / "old.mgz")
    manifest = process({"t1": again["t1"], "t2": tmp_path / "old.mgz"}, done)
    assert not set(manifest.faults) & {"visit", "t2"}
    found = foreign_visits([done, manifest])
    assert found == {"V2": "t2: is the image of visit V1, t2 once more (one scan at two visits)"}


def test_i_one_image_as_t1_and_t1c_may_hold_gadolinium(exam, process, tmp_path):
    manifest = process({"t1": anew(exam["t1c"], tmp_path), "t1c": exam["t1c"]})
    assert manifest.faults["visit"].startswith("T1 and T1c: are one image")
    assert set(manifest.files) == {"quality"}


def test_i_one_image_of_two_patients(exam, tmp_path):
    copy = anew(exam["t1"], tmp_path)
    patients = {
        name: [Exam("V1", {"t1": str(path)}, None)]
        for name, path in (("P1", exam["t1"]), ("P2", copy))
    }
    (second, first) = survey(patients, SETTINGS, built_in(), cores=1)
    assert (first.patient, first.faults) == ("P1", {})
    assert "holds the same image as patient P1, visit V1, t1" in second.faults["t1"]


# What the header says ---------------------------------------------------------------------------


def placed(path, sform, qform, pixdim=None):
    image = nibabel.Nifti1Image(head(), None)
    image.set_sform(sform, code=1)
    image.set_qform(qform, code=1)
    if pixdim is not None:
        image.header["pixdim"][1:4] = pixdim
    nibabel.save(image, path)
    return path


def head():
    away = np.linalg.norm((np.indices((40, 40, 40)).T - 20) * 4.0, axis=-1).T
    noise = np.random.default_rng(0).uniform(50, 150, away.shape)
    return np.where(away < 65, noise, 0).astype(np.float32)


FOUR = np.diag([4.0, 4.0, 4.0, 1.0])


def test_i_sform_and_qform_on_opposite_sides(tmp_path):
    path = placed(tmp_path / "t1.nii.gz", FOUR, np.diag([-4.0, 4.0, 4.0, 1.0]))
    with pytest.raises(DataFault, match="sform and qform put right and left on opposite sides"):
        read_scan(path, "T1")


def test_i_the_rule_that_decided_is_on_record(exam, done):
    stated = {
        row["sequence"]: row["value"] for row in rows(done) if row["figure"] == "place stated by"
    }
    assert stated == dict.fromkeys(exam, "sform")


@pytest.mark.parametrize("edge", [3.9, 4.2])
def test_i_sizes_that_contradict_each_other(tmp_path, process, edge):
    path = placed(tmp_path / "t1.nii.gz", FOUR, np.diag([edge, edge, edge, 1.0]), (edge,) * 3)
    fault = process({"t1": path}).faults["visit"]
    assert fault.startswith("T1: its header contradicts itself: the voxel's edges by sform and by")


@pytest.mark.parametrize(("factor", "unit"), [(1e-3, "metres"), (1e3, "microns")])
def test_i_headers_in_other_units_say_which(tmp_path, factor, unit):
    path = placed(tmp_path / "t1.nii.gz", *[np.diag([4 * factor] * 3 + [1.0])] * 2)
    with pytest.raises(DataFault, match=f"seems to count in {unit}: write it in millimetres"):
        read_scan(path, "T1")


# What the file holds ----------------------------------------------------------------------------


def test_i_a_flipped_byte_anywhere_in_a_packed_scan(exam):
    """Sixty places: 53 of them once read as sound."""
    path, rng, unharmed = Path(exam["t1"]), np.random.default_rng(3), 0
    sound = path.read_bytes()
    whole = read_scan(path, "T1").volume.data
    target = path.with_name("flipped.nii.gz")
    for place in rng.integers(30, len(sound), 60):
        content = bytearray(sound)
        content[place] ^= int(rng.integers(1, 256))
        target.write_bytes(content)
        # Some bits of a packed file are of no account; what is read is what was written.
        with suppress(DataFault):
            np.testing.assert_array_equal(read_scan(target, "T1").volume.data, whole)
            unharmed += 1
    assert unharmed < 3
    target.write_bytes(sound)
    np.testing.assert_array_equal(read_scan(target, "T1").volume.data, whole)


def test_i_a_few_bytes_that_unpack_to_all_memory(tmp_path):
    header = bytearray(nibabel.Nifti1Image(head(), FOUR).header.binaryblock)
    struct.pack_into("<4h", header, 40, 3, 1200, 1200, 1200)
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    path = tmp_path / "t1.nii.gz"
    path.write_bytes(gzip.compress(bytes(header) + bytes(100_000)))
    with pytest.raises(DataFault, match="more than any head"):
        read_scan(path, "T1")


@pytest.mark.parametrize("name", ["t1.nii.zst", "t1.mgz.bak", "t1.dat"])
def test_i_what_no_reader_opens(tmp_path, process, name):
    path = tmp_path / name
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(2000))
    assert process({"t1": path}).faults["visit"].startswith("T1: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: -data - 1, "no voxel lies above zero"),
        (lambda data: (data - data.mean()) / data.std(), "of its voxels lie below zero"),
        (lambda data: np.minimum(data, 60), "have the highest value"),
        (lambda data: data.astype(int) * 4 % 256, "whole numbers ran over"),
        (lambda data: (data.astype(int) * 600 + 2**15) % 2**16 - 2**15, "ran over"),
        (lambda data: np.where(data > 100, np.nan, data), "within the head are NaN"),
        (lambda data: data + 300, "an amount was added to all numbers"),
    ],
    ids=[
        *("negative", "z-scored", "cut off", "wrapped at 256", "wrapped at 65,536", "NaN inside"),
        "an intercept that was not taken off",
    ],
)
def test_i_numbers_that_no_scanner_gives(exam, process, tmp_path, change, words):
    """On a head with fluid and air, as scanners give it."""
    path = anew(
        exam["t1"], tmp_path, lambda data, affine: (change(data).astype(np.float32), affine)
    )
    fault = process({"t1": path}).faults["visit"]
    assert fault.startswith("T1: ")
    assert words in fault


def test_i_nan_outside_the_head_is_0_and_noted(exam, done, process, tmp_path):
    def holed(data, affine):
        data = np.array(data)
        data[0, 0, 0] = np.nan
        data[-1, -1, -1] = np.inf
        return data, affine

    manifest = process({**exam, "t1": anew(exam["t1"], tmp_path, holed)}, None, "V1")
    assert not manifest.faults
    assert manifest.checksums["t1"] == done.checksums["t1"]
    noted = [row for row in rows(manifest) if "no number" in str(row["figure"])]
    assert [row["value"] for row in noted] == [2]
