"""Which exams are learnt from, where they lie, and the patches drawn from them."""

from collections import Counter

import numpy as np
import pytest
from tiny_exams import exam_of, tiny_images

from gadless.errors import InputError
from gadless.networks import augment, cache
from gadless.networks.augment import vary_contrast, vary_intensity
from gadless.networks.cache import Case
from gadless.networks.dataset import images_needed, load_cohort
from gadless.networks.patches import Sampler
from gadless.trial.config.training import Recipe

NAMES = ("t1", "t2", "flair", "subtraction")
GENERATOR, SEGMENTER = Recipe(kind="generator"), Recipe(kind="segmenter")


@pytest.fixture
def cohort(make_exam, tmp_path):
    """Load exams of the named patients; what is said of each may be given."""

    def load(*patients, recipe=SEGMENTER, spacing_mm=2.0, fold=0, **said):
        exams = []
        for patient in patients:
            make_exam(patient)
            exams.append(exam_of(tmp_path, patient, **said.get(patient, {})))
        return load_cohort(exams, recipe, spacing_mm, 0.2, tmp_path / "cache", fold)

    return load


def patients_of(members):
    return [member.case.patient for member in members]


def test_an_exam_without_contrast_is_left_out_and_logged(make_exam, tmp_path, caplog):
    caplog.set_level("INFO", logger="gadless")
    for name in ("p1", "p2"):
        make_exam(name)
    make_exam("p3", without={"t1c": "no T1c acquired", "subtraction": "no T1c acquired"})
    exams = [exam_of(tmp_path, name) for name in ("p1", "p2", "p3")]
    cohort = load_cohort(exams, GENERATOR, 2.0, 0.2, tmp_path / "cache")
    assert patients_of(cohort.learning + cohort.held_out) == ["p1", "p2"]
    assert "patient p3, visit v1 is not used: no T1c acquired" in caplog.text
    assert cohort.left_out == Counter({"no T1c acquired": 1})


def test_a_segmenter_leaves_out_an_exam_without_a_mask_and_a_generator_does_not(cohort):
    said = {"p2": {"mask": None}}
    found = cohort("p1", "p2", "p3", **said)
    assert patients_of(found.learning + found.held_out) == ["p1", "p3"]
    assert found.left_out["no mask_gbca to learn from"] == 1
    found = cohort("p1", "p2", "p3", recipe=GENERATOR, **said)
    assert patients_of(found.learning) == ["p1", "p2"]
    # Where the tumour is, the shipped segmenter says on acquired contrast.
    stood_in, truth = found.learning[1].case.open().labels, tiny_images(2)[1]
    assert stood_in.any()
    assert stood_in.shape != truth.shape or not np.array_equal(stood_in, truth)


def test_a_segmenter_without_any_mask_is_refused(cohort):
    with pytest.raises(InputError, match=r"2 exams: no mask_gbca.*a segmenter needs `mask_gbca`"):
        cohort("p1", "p2", p1={"mask": None}, p2={"mask": None})


def test_cases_hold_what_is_on_disk_within_the_brain(cohort):
    case = cohort("p1", "p2").learning[0].case.open()
    images, labels = tiny_images(sum(map(ord, "p1v1")))
    assert case.brain.sum() == images["brain"].sum()
    assert case.labels.sum() == labels.sum()
    assert case.images[1].astype(float).sum() == pytest.approx(images["t2"].sum(), rel=1e-3)


def test_an_exam_is_mapped_and_made_once(cohort, monkeypatch):
    first = cohort("p1", "p2")
    monkeypatch.setattr(cache, "_write", None)  # would fail if called
    again = cohort("p1", "p2")
    case = again.learning[0].case.open()
    assert isinstance(case.images, np.memmap)
    assert isinstance(case.brain.base, np.memmap)
    assert first.learning[0].case == again.learning[0].case
    plain = Case.of("p1", "v1", NAMES, case.images, np.array(case.brain), np.array(case.labels))
    for stored, counted in zip(case.pools, plain.pools, strict=True):
        np.testing.assert_array_equal(stored, counted)


def test_a_half_written_entry_is_made_anew(cohort):
    member = cohort("p1", "p2").learning[0]
    images = cache._file(member.case.stem, "images")
    whole = images.read_bytes()
    images.write_bytes(whole[:-100])
    cohort("p1", "p2")
    assert images.read_bytes() == whole


def test_another_mask_or_coding_is_another_entry(cohort, tmp_path):
    stem = cohort("p1", "p2").learning[0].case.stem
    other = cohort("p1", "p2", p1={"coding": {1: 1, 2: 2, 3: 2}}).learning[0].case
    assert other.stem != stem
    assert not (other.open().labels == 3).any()
    assert cohort("p1", "p2", p1={"mask": None}, recipe=GENERATOR).learning[0].case.stem != stem


def test_checksum_tells_data_apart(make_exam, tmp_path):
    for name in ("p1", "p2", "p3"):
        make_exam(name)
    exams = [exam_of(tmp_path, name) for name in ("p1", "p2", "p3")]

    def checksum(exams):
        return load_cohort(exams, SEGMENTER, 2.0, 0.2, tmp_path / "cache").checksum

    assert checksum(exams) == checksum(exams[::-1])
    assert checksum(exams) != checksum(exams[:2])


def test_an_exam_on_another_grid_is_refused(cohort):
    with pytest.raises(InputError, match=r"preprocessed to 2 mm, but `training\.spacing_mm` is 1"):
        cohort("p1", "p2", spacing_mm=1.0)


def test_no_patient_is_on_both_sides_however_many_exams(make_exam, tmp_path):
    exams = []
    for number, patient in enumerate(("p1", "p2", "p3")):
        for visit in ("v1", "v2"):
            make_exam(patient, visit, seed=10 * number + int(visit[1]))
            exams.append(exam_of(tmp_path, patient, visit))
    found = load_cohort(exams, SEGMENTER, 2.0, 0.34, tmp_path / "cache")
    assert patients_of(found.held_out) == ["p3", "p3"]
    assert patients_of(found.learning) == ["p1", "p1", "p2", "p2"]


def test_whole_sites_are_held_out(cohort):
    said = {name: {"unit": site} for name, site in zip("abcd", "XYXY", strict=True)}
    found = cohort(*"abcd", **said)
    assert patients_of(found.held_out) == ["b", "d"]


def test_a_fold_is_held_out_and_other_sets_are_learnt_from(cohort):
    said = {"p1": {"fold": 1}, "p2": {"fold": 2}, "x": {"cohort": "also"}}
    found = cohort("p1", "p2", "x", fold=1, **said)
    assert patients_of(found.held_out) == ["p1"]
    assert patients_of(found.learning) == ["p2", "x"]
    with pytest.raises(InputError, match="fold 3 holds 0 of 2 patients"):
        cohort("p1", "p2", "x", fold=3, **said)


def test_one_scan_under_two_patients_is_refused_if_one_is_held_out(make_exam, tmp_path):
    """The twin differs by its name alone: learnt from and judged on."""
    for patient in ("p1", "p2"):
        make_exam(patient, seed=4)
    exams = [exam_of(tmp_path, name) for name in ("p1", "p2")]
    with pytest.raises(InputError, match="patients p1 and p2 have the same scan"):
        load_cohort(exams, SEGMENTER, 2.0, 0.2, tmp_path / "cache")


def test_images_follow_from_the_inputs():
    assert images_needed(GENERATOR) == images_needed(SEGMENTER) == NAMES
    further = Recipe(kind="segmenter", inputs=["contrast", "adc"])
    assert images_needed(further) == ("t1", "adc", "subtraction")


@pytest.fixture
def case():
    images, labels = tiny_images(4)
    stacked = np.stack([images[name] for name in NAMES]).astype(np.float16)
    return Case.of("p1", "v1", NAMES, stacked, images["brain"] > 0, labels)


def sampler(cases, batch=1, recipe=GENERATOR, **more):
    return Sampler(cases, recipe.inputs, 16, batch, 7, **more)


@pytest.mark.parametrize(("recipe", "channels"), [(SEGMENTER, 4), (GENERATOR, 3)])
def test_a_batch_is_a_function_of_seed_and_step(case, recipe, channels):
    first = sampler([case], 2, recipe)
    assert first.draw(0).images.shape == (2, channels, 16, 16, 16)
    first.draw(1)
    again = sampler([case], 2, recipe)
    assert first.draw(5).images.equal(again.draw(5).images)
    assert not first.draw(5).images.equal(first.draw(6).images)


def test_patches_prefer_tumour(case):
    drawn = sampler([case])
    share = np.mean([float((drawn.draw(i).labels > 0).float().mean()) for i in range(40)])
    assert share > 2 * (case.labels > 0).mean()


def test_a_case_without_tumour_gives_patches_of_brain(case):
    nothing = np.zeros_like(case.labels)
    plain = Case.of("p1", "v1", NAMES, case.images, case.brain, nothing)
    batch = sampler([plain], recipe=SEGMENTER).draw(0)
    assert batch.brain.any()
    assert not batch.labels.any()


def test_the_generators_target_is_never_varied(case, monkeypatch):
    monkeypatch.setattr(augment, "vary_contrast", None)  # would fail if called
    values = np.unique(sampler([case]).draw(3).subtraction.numpy())
    assert np.isin(values, case.images[3].astype(np.float32)).all()


def test_variation_keeps_background_and_ties_contrast_to_t1(case):
    rng = np.random.default_rng(0)
    images = {"t1": case.images[0].astype(np.float32), "t2": case.images[1].astype(np.float32)}
    images["contrast"] = images["t1"]
    varied = vary_intensity(images, rng, tied=("t1", "contrast"))
    np.testing.assert_array_equal(varied["t1"], varied["contrast"])
    assert not varied["t2"][~case.brain].any()
    subtraction = case.images[3].astype(np.float32)
    assert not vary_contrast(subtraction, case.brain, rng)[~case.brain].any()


def test_what_may_be_negative_is_not_cut_off(case):
    image = {"adc": -case.images[0].astype(np.float32)}
    varied = vary_intensity(image, np.random.default_rng(0), signed=["adc"])["adc"]
    ratio = varied[case.brain] / image["adc"][case.brain]
    assert np.ptp(ratio) < 1e-5
    assert 0.8 < ratio.mean() < 1.2
    assert not vary_intensity(image, np.random.default_rng(0))["adc"].any()


def test_a_set_gets_its_share_of_patches_however_many_exams_it_has(case):
    other = Case.of("p2", "v1", NAMES, case.images * 0 + 9, case.brain, case.labels)
    cohorts = [("own", 1.0)] + [("also", 3.0)] * 6
    drawn = sampler([case, *[other] * 6], cohorts=cohorts)
    nines = np.mean([float(drawn.draw(i).subtraction.max() == 9) for i in range(300)])
    assert nines == pytest.approx(0.75, abs=0.08)


def test_processes_share_a_batch_and_draw_other_patches(case):
    parts = [sampler([case], 2, share=(rank, 2)).draw(3).images for rank in (0, 1)]
    assert [len(part) for part in parts] == [1, 1]
    assert not parts[0].equal(parts[1])


def test_an_exam_smaller_than_a_patch_is_padded_with_background(case, monkeypatch):
    small = Case.of("p1", "v1", NAMES, case.images[:, 5:15], case.brain[5:15], case.labels[5:15])
    monkeypatch.setattr(augment, "TURNED", 0.0)  # a turned patch is padded at its corners
    batch = sampler([small]).draw(0)
    assert batch.images.shape[2:] == (16, 16, 16)
    empty = (batch.brain[0, 0].numpy() == 0).all(axis=(1, 2))
    assert empty.sum() >= 6
