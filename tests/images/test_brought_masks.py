"""A reader's mask of a known tumour: carried over whole, or refused with the reason."""

import nibabel
import numpy as np
import pytest
from brought_exam import SETTINGS, findings, loaded, reader_mask, save, volumes
from known_head import motion
from scipy import ndimage

from gadless.errors import DataFault
from gadless.images.brought.masks import check_bright
from gadless.images.brought.visit import bring_masks
from gadless.images.preprocess import preprocess_visit
from gadless.images.quality import Findings, graded
from gadless.manifest import Manifest
from gadless.trial.config.sequences import built_in


@pytest.fixture
def bring(exam, tmp_path):
    def run(path, coding="gadless", acquired=("gbca",), name="gbca", visit=exam) -> Manifest:
        manifest = Manifest("P1", "V1", "segment", tmp_path / "segmented")
        manifest.folder.mkdir(exist_ok=True)
        bring_masks(manifest, visit, {name: path}, {name: coding}, acquired)
        return manifest

    return run


@pytest.mark.parametrize("sequence", ["t1", "flair", "t1c"])
@pytest.mark.parametrize("codes", ["RAS", "LPI", "PSR"])
def test_a_mask_on_a_scans_grid_keeps_its_volumes_and_its_place(
    sources, exam, bring, tmp_path, sequence, codes
):
    array, affine = reader_mask(sources[sequence], sequence)
    path = save(array, affine, tmp_path / "mask.nii.gz", codes)
    manifest = bring(path)
    assert not manifest.faults
    assert manifest.notes["brought"] == {"gbca": "mask.nii.gz"}
    carried, grid = loaded(manifest, "gbca"), nibabel.load(manifest.path("gbca")).affine
    # Of voxels of 4 mm, the core holds 31.
    np.testing.assert_allclose(volumes(carried, grid), volumes(array, affine), rtol=0.15)
    assert manifest.notes["brought_grid"] == {"gbca": sequence}


def test_what_is_labelled_enhancing_lies_on_what_enhances(sources, exam, bring, tmp_path):
    path = save(*reader_mask(sources["t1"], "t1"), tmp_path / "mask.nii.gz")
    manifest = bring(path)
    carried = loaded(manifest, "gbca")
    subtraction = loaded(exam, "subtraction")
    assert np.median(subtraction[carried == 1]) > 0.4
    rank = findings(manifest)["rank of its enhancing label on subtraction"]
    assert rank["outcome"] == "pass"
    assert rank["sequence"] == "mask_gbca"


def test_every_coding_gives_the_same_mask(sources, bring, tmp_path):
    known = {"gadless": (1, 2, 3), "brats2021": (4, 2, 1), "brats2023": (3, 2, 1)}
    known |= {"hd-glio": (2, 1, 3)}
    results = []
    for name, labels in known.items():
        array, affine = reader_mask(sources["t1"], "t1", labels)
        path = save(array, affine, tmp_path / f"{name}.nii.gz")
        results.append(loaded(bring(path, name), "gbca"))
    own = save(*reader_mask(sources["t1"], "t1", (7, 8, 9)), tmp_path / "own.nii.gz")
    results.append(loaded(bring(own, {7: 1, 8: 2, 9: 3}), "gbca"))
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def test_a_resection_cavity_is_no_tumour_and_its_volume_is_kept(sources, bring, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1", (3, 2, 4))
    path = save(array, affine, tmp_path / "mask.nii.gz")
    manifest = bring(path, "brats2024-posttreatment")
    assert not (loaded(manifest, "gbca") == 3).any()
    cavity = manifest.notes["no_tumour_cm3"]["gbca"]["resection cavity (RC)"]
    assert cavity == pytest.approx((array == 4).sum() * 0.064, abs=1e-3)


def test_an_empty_mask_is_no_tumour(sources, bring, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1")
    manifest = bring(save(np.zeros_like(array), affine, tmp_path / "mask.nii.gz"))
    assert not manifest.faults
    assert not loaded(manifest, "gbca").any()
    assert findings(manifest)["labelled"]["value"] == "nothing: no tumour"


def wrong(name):
    """What may be wrong with a mask: its array and affine, and what is said."""

    def changed(array, affine):
        shifted, turned = affine.copy(), motion((0, 0, 0), (0, 70, 0)) @ affine
        shifted[:3, 3] += (0, 0.5, 0)
        mirrored = affine.copy()
        mirrored[0] *= -1
        floats = array.astype(np.float32)
        return {
            "another label": (np.where(array == 3, 4, array).astype(np.uint8), affine),
            "probabilities": (floats * 0.3 / 3, affine),
            "halves": (floats * 1.5, affine),
            "negative": (-array.astype(np.int16), affine),
            "not a number": (np.where(array == 3, np.nan, floats), affine),
            "series": (np.stack([array, array], axis=-1), affine),
            "colours": (array.astype([("R", "u1"), ("G", "u1"), ("B", "u1")]), affine),
            "other place": (array, turned),
            "empty on another grid": (np.zeros_like(array), shifted),
            "mirrored content": (array[::-1], affine),
            "mirrored affine": (array, mirrored),
            "labels exchanged": (np.choose(array, [0, 2, 1, 3]).astype(np.uint8), affine),
        }[name]

    return changed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("another label", "holds label 4, which coding 'gadless' does not know"),
        ("probabilities", "probabilities, no labels"),
        ("halves", "labels are whole numbers"),
        ("negative", "holds label -3, -2, -1"),
        ("not a number", "NaN or infinite"),
        ("series", "it is 4D"),
        ("colours", "colours"),
        ("other place", "by its header only"),
        ("empty on another grid", "is empty: nothing tells whose it is"),
        ("mirrored content", "does not enhance in the T1c"),
        ("mirrored affine", "mask_gbca"),
        ("labels exchanged", "does not enhance in the T1c"),
    ],
)
def test_a_wrong_mask_is_a_stated_reason(sources, bring, tmp_path, name, said):
    array, affine = reader_mask(sources["t1"], "t1")
    manifest = bring(save(*wrong(name)(array, affine), tmp_path / "mask.nii.gz"))
    assert said in manifest.faults["gbca"]
    assert not manifest.files.get("gbca")


@pytest.mark.parametrize("name", ["gbca", "ext"])
@pytest.mark.parametrize(("label", "layers"), [(1, 0), (1, 1), (2, 0), (3, -1)])
def test_a_mask_of_the_brain_is_no_tumour(sources, bring, tmp_path, name, label, layers):
    """The wrong file of a folder: nothing of the brain is left for a rank to be told by."""
    image = nibabel.load(sources["t1"])
    brain = np.asarray(image.dataobj) > 0
    if layers:
        brain = (ndimage.binary_dilation if layers > 0 else ndimage.binary_erosion)(brain)
    path = save((label * brain).astype(np.uint8), image.affine, tmp_path / "mask.nii.gz")
    assert "more than any tumour fills" in bring(path, name=name, acquired=()).faults[name]


def test_a_mask_of_the_brain_without_a_scan(bring, tmp_path):
    no_scan = preprocess_visit("P1", "V1", {}, None, SETTINGS, built_in(), tmp_path / "none")
    whole = np.ones((100, 100, 100), np.uint8)
    path = save(whole, np.diag([1.0, 1.0, 1.0, 1.0]), tmp_path / "mask.nii.gz")
    said = "mask_gbca: labels 1,000 cm3, more than any tumour fills"
    assert bring(path, visit=no_scan).faults["gbca"].startswith(said)
    smaller = save(whole, np.diag([0.8, 0.8, 0.8, 1.0]), tmp_path / "smaller.nii.gz")
    assert not bring(smaller, visit=no_scan).faults


def test_a_candidates_mask_that_errs_is_flagged_and_measured(sources, bring, tmp_path):
    """Refused, a candidate's errors would be missing instead of wrong."""
    array, affine = reader_mask(sources["t1"], "t1")
    path = save(np.roll(array, (0, 8, -6), axis=(0, 1, 2)), affine, tmp_path / "mask.nii.gz")
    manifest = bring(path, name="ext")
    assert not manifest.faults
    rows = findings(manifest)
    assert rows["rank of its enhancing label on subtraction"]["outcome"] == "warn"
    assert rows["rank of its non-enhancing label on flair"]["outcome"] == "warn"


def test_a_core_that_enhances_and_a_rim_that_does_not_are_another_coding():
    """The rim is bright enough to pass for enhancing, and the core is brighter still."""
    carried = np.zeros((20, 20, 20), np.uint8)
    carried[4:16, 4:16, 4:16] = 1
    carried[7:13, 7:13, 7:13] = 3
    chance = np.random.default_rng(0)
    shown = np.select([carried == 3, carried == 1], [0.8, 0.15], 0) + chance.normal(
        0, 0.1, (20,) * 3
    )
    brain = np.ones_like(carried, bool)
    asked = (carried, {"subtraction": shown.astype(np.float32)}, brain, 0.001, "mask_gbca")
    with pytest.raises(DataFault, match="what it calls necrosis enhances more"):
        check_bright(*asked, Findings(), acquired=True)
    rows = Findings()
    check_bright(*asked, rows, acquired=False)
    assert graded(rows.as_records()[-1], {})["outcome"] == "warn"
    exchanged = np.choose(carried, [0, 3, 2, 1]).astype(np.uint8)
    check_bright(exchanged, *asked[1:], Findings(), acquired=True)


def test_a_wrong_mask_leaves_no_older_one_behind(sources, bring, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1")
    good = bring(save(array, affine, tmp_path / "mask.nii.gz"))
    old = good.path("gbca")
    assert old.exists()
    bring(save(array * 2, affine, tmp_path / "mask.nii.gz"))
    assert not old.exists()


def test_missing_truncated_and_absent_files(sources, bring, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1")
    path = save(array, affine, tmp_path / "mask.nii.gz")
    path.write_bytes(path.read_bytes()[:200])
    assert "mask_gbca: file is" in bring(path).faults["gbca"]
    assert bring(tmp_path / "no.nii.gz").faults == {"gbca": "mask_gbca: file does not exist"}
    assert bring(None).faults == {"gbca": "no mask_gbca given"}


def test_a_mask_on_the_common_grid_and_on_one_of_its_own(sources, exam, bring, tmp_path):
    first = bring(save(*reader_mask(sources["t1"], "t1"), tmp_path / "mask.nii.gz"))
    carried = loaded(first, "gbca").copy()
    affine = nibabel.load(first.path("gbca")).affine
    again = bring(save(carried, affine, tmp_path / "common.nii.gz"))
    np.testing.assert_array_equal(loaded(again, "gbca"), carried)
    # Resampled to other voxels in the T1's space: placed by its header, with a warning.
    array, native = reader_mask(sources["t1"], "t1")
    finer = np.kron(array, np.ones((2, 2, 2), np.uint8))
    half = native @ np.diag([0.5, 0.5, 0.5, 1])
    half[:3, 3] -= native[:3, :3] @ [0.25, 0.25, 0.25]
    placed = bring(save(finer, half, tmp_path / "finer.nii.gz"))
    assert findings(placed)["grid"]["outcome"] == "warn"
    np.testing.assert_allclose(
        volumes(loaded(placed, "gbca"), affine), volumes(array, native), rtol=0.13
    )


def test_two_masks_that_agree_in_every_voxel_are_told(sources, exam, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1")
    one = save(array, affine, tmp_path / "one.nii.gz")
    two = save(array, affine, tmp_path / "two.nii.gz")
    three = save(np.where(array == 3, 1, array).astype(np.uint8), affine, tmp_path / "three.nii.gz")
    manifest = Manifest("P1", "V1", "segment", tmp_path)
    brought = {"gbca": one, "reread": two, "reader": three}
    bring_masks(manifest, exam, brought, dict.fromkeys(brought, "gadless"), ["gbca", "reread"])
    drawn = manifest.notes["drawn"]
    assert drawn["gbca"] == drawn["reread"] != drawn["reader"]


def test_without_any_t1_a_mask_stays_on_its_own_grid(sources, bring, tmp_path):
    array, affine = reader_mask(sources["t1"], "t1")
    path = save(array, affine, tmp_path / "mask.nii.gz", "LPS")
    nothing = preprocess_visit("P1", "V1", {}, None, SETTINGS, built_in(), tmp_path / "none")
    manifest = bring(path, visit=nothing)
    assert not manifest.faults
    image = nibabel.load(manifest.path("gbca"))
    np.testing.assert_array_equal(np.asarray(image.dataobj), array)
    np.testing.assert_allclose(image.affine, affine)
    lost = nibabel.Nifti1Image(array, None)
    nibabel.save(lost, tmp_path / "lost.nii.gz")
    said = bring(tmp_path / "lost.nii.gz", visit=nothing).faults["gbca"]
    assert "does not state where it lies" in said


def test_a_t1_that_was_given_and_is_unusable_stops_the_mask_too(sources, bring, tmp_path):
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    broken = {"t1": tmp_path / "broken.nii.gz"}
    visit = preprocess_visit("P1", "V1", broken, None, SETTINGS, built_in(), tmp_path / "none")
    path = save(*reader_mask(sources["t1"], "t1"), tmp_path / "mask.nii.gz")
    assert bring(path, visit=visit).faults == {"gbca": visit.faults["visit"]}


def test_another_brains_mask_in_the_same_scanner_is_refused(sources, bring, tmp_path):
    """The grid is one that all patients of a scanner may share, and a brain is where brains are."""
    array, affine = reader_mask(sources["t1"], "t1")
    elsewhere = np.roll(array, (0, 8, -6), axis=(0, 1, 2))
    said = bring(save(elsewhere, affine, tmp_path / "mask.nii.gz")).faults["gbca"]
    assert "another patient's" in said
