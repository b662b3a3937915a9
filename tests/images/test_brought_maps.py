"""Another generator's T1c and maps: brought to one scale, or refused with the reason."""

import nibabel
import numpy as np
import pytest
from brought_exam import SETTINGS, anatomy_of, findings, loaded, save
from known_head import motion
from scipy import ndimage

from gadless.files import read_json
from gadless.images.brought.visit import bring_images
from gadless.images.preprocess import preprocess_visit
from gadless.manifest import Manifest
from gadless.trial.config.sequences import built_in

GENERATED_MM = 12.0


@pytest.fixture
def bring(exam, tmp_path):
    def run(kind, path, unit="t1_median", visit=exam) -> Manifest:
        manifest = Manifest("P1", "V1", "synthesise", tmp_path / "synthetic")
        manifest.folder.mkdir(exist_ok=True)
        bring_images(manifest, visit, {"ext": {kind: path}}, {"ext": unit}, SETTINGS)
        return manifest

    return run


def generated(sources, sequence="t1"):
    """Enhancement as another generator predicts it, in the T1's own units: map, T1c and affine."""
    image, distance = anatomy_of(sources[sequence], sequence)
    scan = np.asarray(image.dataobj)
    chance = np.random.default_rng(5)
    noise = ndimage.gaussian_filter(chance.normal(0, 6, scan.shape), 1.0)
    added = np.where(scan > 0, 80 * (distance < GENERATED_MM) + noise, 0).astype(np.float32)
    return added, np.maximum(scan + added, 0).astype(np.float32), image.affine


def t1_median(exam):
    return read_json(exam.path("transforms"))["sequences"]["t1"]["median"]


def test_a_map_in_any_unit_is_the_same_map(sources, exam, bring, tmp_path):
    added, _, affine = generated(sources)
    median = t1_median(exam)
    given = {"t1": added, "t1_median": added / median, 0.01: added / median * 100}
    results = []
    for unit, values in given.items():
        manifest = bring("map", save(values, affine, tmp_path / "map.nii.gz"), unit)
        assert not manifest.faults
        results.append(loaded(manifest, "ext"))
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], atol=1e-4)
    brain = loaded(exam, "brain") > 0
    assert not results[0][~brain].any()
    assert results[0].min() < 0, "darkening is kept"
    tumour = loaded(exam, "subtraction") > 0.5
    assert np.median(results[0][tumour]) == pytest.approx(80 / median, rel=0.15)
    assert manifest.notes["brought"] == {"ext": "map.nii.gz"}
    assert manifest.notes["brought_grid"] == {"ext": "t1"}


def test_a_t1c_and_the_map_that_it_holds_agree(sources, exam, bring, tmp_path):
    added, t1c, affine = generated(sources)
    by_map = bring("map", save(added, affine, tmp_path / "map.nii.gz"), "t1")
    one = loaded(by_map, "ext").copy()
    # On any scale: 3 times as bright.
    manifest = bring("t1c", save(3 * t1c, affine, tmp_path / "t1c.nii.gz"))
    assert not manifest.faults
    other = loaded(manifest, "ext")
    brain = loaded(exam, "brain") > 0
    assert np.corrcoef(one[brain], other[brain])[0, 1] > 0.9
    tumour = one > 0.4
    assert np.median(other[tumour]) == pytest.approx(np.median(one[tumour]), rel=0.15)


def test_a_t1c_lies_in_the_space_of_any_sequence_or_is_registered(sources, exam, bring, tmp_path):
    reference = loaded(bring("t1c", save(*generated(sources)[1:], tmp_path / "t1.nii.gz")), "ext")
    reference = reference.copy()
    _, t1c, affine = generated(sources)
    # Resliced onto a grid of its own, and the head elsewhere in it.
    away = motion((4, -3, 6), (7, -5, 4)) @ affine
    away[:3, 3] += (0.7, 1.3, -0.4)
    manifest = bring("t1c", save(t1c, away, tmp_path / "away.nii.gz"))
    assert not manifest.faults
    assert manifest.notes["brought_grid"] == {"ext": "registered to the T1"}
    assert apart_mm(loaded(manifest, "ext"), reference) < 1.0
    # On FLAIR's grid, where the head lies as FLAIR saw it.
    image = nibabel.load(sources["flair"])
    moved = read_json(exam.path("transforms"))["sequences"]
    to_t1 = np.array(moved["t1"]["common_to_native"]) @ np.array(moved["flair"]["native_to_common"])
    matrix = np.linalg.inv(affine) @ to_t1 @ image.affine
    resliced = ndimage.affine_transform(
        t1c, matrix[:3, :3], matrix[:3, 3], output_shape=image.shape, order=1
    )
    manifest = bring("t1c", save(resliced, image.affine, tmp_path / "flair.nii.gz"))
    assert manifest.notes["brought_grid"] == {"ext": "flair"}
    assert apart_mm(loaded(manifest, "ext"), reference) < 1.0


def apart_mm(one, other):
    """Distance between the centres of what enhances in two maps."""
    centres = [np.array(ndimage.center_of_mass(image > 0.4)) for image in (one, other)]
    return SETTINGS.spacing_mm * np.linalg.norm(centres[0] - centres[1])


def test_another_patients_t1c_does_not_match(scanned, sources, exam, bring, tmp_path):
    stranger = scanned(tmp_path / "stranger", warp=14.0, noise_seed=3)
    manifest = bring("t1c", stranger["t1c"])
    assert "t1c_ext: does not match the T1" in manifest.faults["ext"]
    assert "ext" not in manifest.files


@pytest.mark.parametrize("change", ["copy", "scaled", "resliced", "noisy", "as a map"])
def test_the_acquired_t1c_is_no_prediction(sources, exam, bring, tmp_path, change):
    image = nibabel.load(sources["t1c"])
    data, affine = np.asarray(image.dataobj), image.affine
    kind = "t1c"
    if change == "scaled":
        data = data * 0.31
    elif change == "resliced":
        part = np.eye(4)
        part[:3, 3] = 0.15
        data = ndimage.affine_transform(data, np.eye(3), (0.15, 0.15, 0.15), order=3)
        data, affine = np.maximum(data, 0), affine @ part
    elif change == "noisy":
        chance = np.random.default_rng(2)
        data = np.where(data > 0, data + chance.normal(0, 2, data.shape), 0)
    elif change == "as a map":
        kind, data, affine = (
            "map",
            loaded(exam, "subtraction"),
            nibabel.load(exam.path("t1")).affine,
        )
    manifest = bring(kind, save(data.astype(np.float32), affine, tmp_path / "leak.nii.gz"))
    assert "a copy of the acquired T1c" in manifest.faults["ext"]


def test_an_honest_t1c_is_no_leak(sources, exam, bring, tmp_path):
    manifest = bring("t1c", save(*generated(sources)[1:], tmp_path / "t1c.nii.gz"))
    row = findings(manifest)["correlation with the acquired map"]
    assert row["outcome"] == "pass"


def wrong_map(name, added, affine):
    outside, inside = added.copy(), added.copy()
    outside[0, 0, 0] = np.inf
    middle = tuple(edge // 2 for edge in added.shape)
    inside[middle] = np.nan
    moved = affine.copy()
    moved[:3, 3] += 0.5
    return {
        "zero": (np.zeros_like(added), affine),
        "constant": (np.full_like(added, 0.2), affine),
        "turned round": (-added, affine),
        "raw units": (added * 100, affine),
        "nearly nothing": (added / 1e4, affine),
        "not a number": (inside, affine),
        "another grid": (added, moved),
        "series": (np.stack([added, added], axis=-1), affine),
        "outside only": (outside, affine),
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("zero", "the map is 0 everywhere in the brain"),
        ("constant", "nothing is predicted"),
        ("turned round", "looks like pre- minus post-contrast"),
        ("raw units", "its units are others"),
        ("nearly nothing", "its units are others"),
        ("not a number", "voxels in the brain are NaN"),
        ("another grid", "grid of none of this visit's scans"),
        ("series", "it is 4D, 50 x 60 x 50 x 2; give one 3D image"),
    ],
)
def test_a_wrong_map_is_a_stated_reason(sources, bring, tmp_path, name, said):
    added, _, affine = generated(sources)
    manifest = bring("map", save(*wrong_map(name, added, affine), tmp_path / "map.nii.gz"), "t1")
    assert said in manifest.faults["ext"]
    assert manifest.faults["ext"].startswith("map_ext: ")
    assert "ext" not in manifest.files


def test_infinite_voxels_outside_the_head_do_not_spoil_a_visit(sources, bring, tmp_path):
    added, _, affine = generated(sources)
    path = save(*wrong_map("outside only", added, affine), tmp_path / "map.nii.gz")
    assert not bring("map", path, "t1").faults


def test_a_z_scored_t1c_has_no_scale(sources, bring, tmp_path):
    _, t1c, affine = generated(sources)
    for region in (t1c > 0, np.ones_like(t1c, dtype=bool)):
        scored = (t1c - t1c[region].mean()) / t1c[region].std()
        scored = np.where(region, scored, 0).astype(np.float32)
        said = bring("t1c", save(scored, affine, tmp_path / "t1c.nii.gz")).faults["ext"]
        assert said.startswith("t1c_ext: ")
        assert "z-scored" in said or "no positive signal" in said


def test_what_is_missing_is_said(sources, exam, bring, tmp_path):
    assert bring("t1c", None).faults == {"ext": "no t1c_ext given"}
    absent = tmp_path / "no.nii.gz"
    assert bring("map", absent).faults == {"ext": "map_ext: file does not exist"}
    added, _, affine = generated(sources)
    path = save(added, affine, tmp_path / "map.nii.gz")
    assert "does not state its units" in bring("map", path, None).faults["ext"]
    nothing = preprocess_visit("P1", "V1", {}, None, SETTINGS, built_in(), tmp_path / "none")
    assert bring("map", path, visit=nothing).faults == {"ext": nothing.faults["visit"]}


def test_a_registered_t1c_gives_the_same_bytes_again(sources, bring, tmp_path):
    _, t1c, affine = generated(sources)
    away = motion((2, -1, 3), (3, -2, 1)) @ affine
    away[:3, 3] += 0.6
    path = save(t1c, away, tmp_path / "t1c.nii.gz")
    first = bring("t1c", path).path("ext").read_bytes()
    assert bring("t1c", path).path("ext").read_bytes() == first
