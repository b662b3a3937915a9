"""The panel: the right slice, the right way round, small, and never without a word."""

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measurement_shapes import affine_of, label_map, save, sphere
from PIL import Image

from gadless.manifest import Manifest
from gadless.measurement.panel import draw_panel
from gadless.measurement.view import choose_view
from gadless.measurement.volumes import canonical
from gadless.trial.config.sequences import built_in

SHAPE, MIDDLE = (40, 48, 20), (40, 48, 20)
BRAIN = sphere(MIDDLE, 36, SHAPE)
CONTRASTS = ("gbca", "cgan")
# Low x is the patient's left; low y is the back.
LEFT, BACK = (20, 48, 20), (40, 24, 20)


def manifests(folder, images, predictions, labels, faults=None, affine=None):
    affine = affine_of() if affine is None else affine
    folder.mkdir(exist_ok=True)
    stages = []
    for stage, made in (
        ("preprocess", images),
        ("synthesise", predictions),
        ("segment", labels),
    ):
        manifest = Manifest("7", "a", stage, folder, faults=dict(faults or {}))
        for name, array in made.items():
            file = f"{stage}_{name}.nii.gz"
            save(array, folder / file, affine)
            manifest.files[name] = file
        stages.append(manifest)
    return stages


def exam(bright=LEFT, **more):
    """A grey brain with one bright spot in each image."""
    picture = np.where(BRAIN, 0.8, 0).astype(np.float32)
    picture[sphere(bright, 6, SHAPE)] = 2.0
    names = ("t1", "t2", "flair", "t1c")
    return {**dict.fromkeys(names, picture), "brain": BRAIN.astype(np.uint8), **more}


def drawn(path):
    return np.asarray(Image.open(path).convert("L"), dtype=float)


def tile(picture, row=0, column=0):
    """One of three by two tiles, without frames, letters and titles."""
    height, width = picture.shape[0] / 2, picture.shape[1] / 3
    return picture[
        int((row + 0.12) * height) : int((row + 0.88) * height),
        int((column + 0.1) * width) : int((column + 0.9) * width),
    ]


def bright_spot(part):
    """Centre of the brightest pixels, as a share of height and width."""
    rows, columns = np.nonzero(part > 240)
    return rows.mean() / part.shape[0], columns.mean() / part.shape[1]


@pytest.mark.parametrize("stored", ["RAS", "LPS"])
def test_the_patients_left_is_on_the_right_and_the_back_below(tmp_path, stored):
    for spot, name in ((LEFT, "left"), (BACK, "back")):
        images, affine = exam(spot), affine_of()
        if stored == "LPS":
            images = {key: image[::-1, ::-1] for key, image in images.items()}
            affine = affine @ np.diag([-1, -1, 1, 1])
        draw_panel(
            *manifests(tmp_path / name, images, {}, {}, affine=affine),
            CONTRASTS,
            built_in(),
            tmp_path / f"{name}.png",
        )
        row, column = bright_spot(tile(drawn(tmp_path / f"{name}.png")))
        if spot == LEFT:
            assert column > 0.6
        else:
            assert row > 0.55


def test_equal_input_gives_equal_bytes_and_a_small_file(tmp_path):
    rng = np.random.default_rng(4)
    noisy = np.where(BRAIN, rng.normal(1, 0.2, SHAPE), 0).astype(np.float32)
    images = dict.fromkeys(("t1", "t2", "flair", "t1c"), noisy) | {"brain": BRAIN * np.uint8(1)}
    labels = {name: label_map([(LEFT, 10)], SHAPE).labels for name in CONTRASTS}
    stages = manifests(tmp_path / "a", images, {"cgan": noisy * 0.1}, labels)
    for name in ("one", "two"):
        draw_panel(*stages, CONTRASTS, built_in(), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    # Worse to compress than any scan.
    assert (tmp_path / "one.png").stat().st_size < 120_000
    assert not list(tmp_path.glob(".writing*"))


def test_the_window_does_not_follow_the_image(tmp_path):
    """A synthetic contrast half as bright must look half as bright."""
    images = exam()
    images["t1"] = 0.8 * BRAIN.astype(np.float32)
    spot = sphere(LEFT, 6, SHAPE).astype(np.float32)
    draw_panel(
        *manifests(tmp_path / "a", images, {"cgan": 0.5 * spot}, {}),
        CONTRASTS,
        built_in(),
        tmp_path / "a.png",
    )
    picture = drawn(tmp_path / "a.png")
    acquired, synthetic = (tile(picture, row=1, column=column)[:200].max() for column in (0, 1))
    # 2.0 and 1.3 of a window that ends at 2.2.
    assert acquired == pytest.approx(255 * 2.0 / 2.2, abs=8)
    assert synthetic == pytest.approx(255 * 1.3 / 2.2, abs=8)


def test_a_visit_without_any_image_is_drawn_with_its_reason(tmp_path):
    stages = manifests(tmp_path, {}, {}, {}, {"visit": "FLAIR: file is truncated"})
    draw_panel(*stages, CONTRASTS, built_in(), tmp_path / "a.png")
    assert drawn(tmp_path / "a.png").max() > 200  # there are words


def texts(monkeypatch, *arguments):
    """Every text that a panel writes."""
    from matplotlib.axes import Axes

    written = []
    original = Axes.text

    def record(self, x, y, text, **more):
        written.append(text)
        return original(self, x, y, text, **more)

    monkeypatch.setattr(Axes, "text", record)
    draw_panel(*arguments)
    return [" ".join(text.split()) for text in written]


def test_each_missing_image_says_why(tmp_path, monkeypatch):
    images = exam()
    del images["t1c"], images["flair"]
    stages = manifests(
        tmp_path, images, {}, {}, {"t1c": "no T1c acquired", "flair": "FLAIR: file is 4D"}
    )
    stages[1].faults["cgan"] = "no FLAIR to predict from"
    stages[2].faults["gbca"] = "no T1c acquired"
    written = texts(monkeypatch, *stages, CONTRASTS, built_in(), tmp_path / "a.png")
    for reason in ("no T1c acquired", "FLAIR: file is 4D", "no FLAIR to predict from"):
        assert reason in written
    assert {"R", "L"} <= set(written)


def test_a_contrast_that_was_drawn_but_not_segmented_says_so(tmp_path, monkeypatch):
    stages = manifests(tmp_path, exam(), {}, {}, {})
    stages[2].faults["gbca"] = "segmenter failed"
    assert "segmenter failed" in texts(
        monkeypatch, *stages, ["gbca"], built_in(), tmp_path / "a.png"
    )


def titles(monkeypatch, *arguments):
    """The title of every tile, in order."""
    from matplotlib.axes import Axes

    written = []
    original = Axes.set_title

    def record(self, label, **more):
        written.append(label)
        return original(self, label, **more)

    monkeypatch.setattr(Axes, "set_title", record)
    draw_panel(*arguments)
    return written


def yellow(picture):
    """How many pixels an outline of enhancing tumour has."""
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return int(((red > 150) & (green > 120) & (blue < 0.5 * red)).sum())


@pytest.mark.parametrize(
    ("there", "title"),
    [(("t1", "flair"), "theirs, mask on T1"), (("flair",), "theirs, mask on FLAIR")],
)
def test_a_mask_without_an_image_of_its_own_lies_on_what_there_is(
    tmp_path, monkeypatch, there, title
):
    images = {name: image for name, image in exam().items() if name in (*there, "brain")}
    labels = {"theirs": label_map([(LEFT, 10)], SHAPE).labels}
    stages = manifests(tmp_path / "a", images, {}, labels)
    stages[1].faults["theirs"] = "no image of this contrast"
    path = tmp_path / "a.png"
    written = titles(monkeypatch, *stages, ("gbca", "theirs"), built_in(), path)
    assert written[-1] == title
    tile_of = np.asarray(Image.open(path).convert("RGB"))
    lower = tile_of[tile_of.shape[0] // 2 :]
    third = lower.shape[1] // 3
    assert yellow(lower[:-60, third : 2 * third]) > 50
    assert yellow(lower[:-60, :third]) == 0
    grey = tile(drawn(path), row=1, column=1)
    assert (grey > 60).mean() > 0.2  # the sequence is seen below it


def test_a_visit_of_masks_alone_shows_them_on_black(tmp_path, monkeypatch):
    labels = {name: label_map([(LEFT, 10)], SHAPE).labels for name in CONTRASTS}
    stages = manifests(tmp_path / "a", {}, {}, labels, {})
    written = titles(monkeypatch, *stages, CONTRASTS, built_in(), tmp_path / "a.png")
    assert written[-2:] == ["gbca, mask alone", "cgan, mask alone"]
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    assert yellow(picture[picture.shape[0] // 2 : -60]) > 100


def test_masks_on_different_grids_are_not_drawn_as_if_they_were_on_one(tmp_path, monkeypatch):
    small = tuple(edge // 2 for edge in SHAPE)
    labels = {"gbca": label_map([(LEFT, 10)], SHAPE).labels, "cgan": np.ones(small, np.uint8)}
    stages = manifests(tmp_path / "a", {}, {}, labels, {})
    written = texts(monkeypatch, *stages, CONTRASTS, built_in(), tmp_path / "a.png")
    assert "mask on another grid: not drawn" in written


def test_what_others_made_is_titled_so(tmp_path, monkeypatch):
    contrasts = ("gbca", "cgan", "theirs")
    maps = {name: np.zeros(SHAPE, np.float32) for name in contrasts[1:]}
    labels = {name: label_map([(LEFT, 10)], SHAPE).labels for name in contrasts}
    stages = manifests(tmp_path / "a", exam(), maps, labels)
    stages[1].notes["brought"] = {"theirs": "t1c.nii.gz"}
    stages[2].notes["brought"] = {"gbca": "reader.nii.gz"}
    written = titles(monkeypatch, *stages, contrasts, built_in(), tmp_path / "a.png")
    assert written[-3:] == [
        "gbca, acquired; mask brought",
        "cgan, synthetic",
        "theirs, made elsewhere",
    ]


def test_more_contrasts_than_sequences_fit(tmp_path):
    contrasts = ["gbca", "cgan", "unet", "third"]
    predictions = {name: np.zeros(SHAPE, np.float32) for name in contrasts[1:]}
    draw_panel(
        *manifests(tmp_path / "a", exam(), predictions, {}),
        contrasts,
        built_in(),
        tmp_path / "wide.png",
    )
    draw_panel(
        *manifests(tmp_path / "a", exam(), {}, {}), CONTRASTS, built_in(), tmp_path / "usual.png"
    )
    wide, usual = (Image.open(tmp_path / f"{name}.png").width for name in ("wide", "usual"))
    assert wide == pytest.approx(usual * 4 / 3, abs=2)


def brain_map():
    return canonical(BRAIN, affine_of())


def test_the_slice_has_most_enhancement_of_all_contrasts_together():
    low, high = (40, 48, 12), (40, 48, 28)
    labels = {
        "gbca": label_map([(low, 5)], SHAPE),
        "cgan": label_map([(high, 9)], SHAPE),
    }
    view = choose_view(brain_map(), labels)
    assert (view.axial, view.height_mm) == (14, 28)
    # Overlapping lesions count once: 6 and 6 in one place are less than 8 in another.
    labels = {
        "gbca": label_map([(low, 6)], SHAPE),
        "cgan": label_map([(low, 6), (high, 8)], SHAPE),
    }
    assert choose_view(brain_map(), labels).axial == 14


def test_without_enhancement_the_abnormality_decides_and_else_the_middle():
    oedema = label_map([((40, 48, 30), 6)], SHAPE, label=2)
    assert choose_view(brain_map(), {"gbca": oedema}).axial == 15
    assert choose_view(brain_map(), {}).axial == 9
    assert choose_view(canonical(np.zeros(SHAPE, np.uint8), affine_of()), {}) is None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_view_holds_all_of_the_brain(seed):
    rng = np.random.default_rng(seed)
    brain = rng.random((12, 14, 6)) < 0.02
    brain[tuple(rng.integers(0, n) for n in brain.shape)] = True
    view = choose_view(canonical(brain, affine_of()), {})
    assert brain[view.x, view.y].sum() == brain.sum()
    image = nibabel.Nifti1Image(brain.astype(np.uint8), affine_of())
    assert view.cut(np.asarray(image.dataobj)).shape == (
        view.y.stop - view.y.start,
        view.x.stop - view.x.start,
    )
