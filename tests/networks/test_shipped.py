"""The weights in the package: what they say of themselves, and a floor under what they do.

The floors lie well below what was measured (see the model cards): they catch a broken file, a
changed convention or a changed architecture, and do not measure.
"""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from gadless.networks.header import Metadata, shipped
from gadless.networks.inference import Trained, predict
from gadless.networks.segment import segment
from gadless.networks.weights import load
from gadless.phantom import acquisition
from gadless.phantom.patient import build_head
from gadless.phantom.state import SEQUENCES, ExamState, LesionState
from gadless.trial.config.training import Recipe, Training

LARGEST_BYTES = 3_000_000
SPACING_MM = 2.0

RECIPES = Training().recipes


@pytest.fixture(params=sorted(RECIPES))
def named(request) -> tuple[str, Metadata]:
    kind = RECIPES[request.param].kind
    return request.param, load(None, request.param, kind)[1]


def relevant(recipe: Recipe) -> dict:
    """Return what makes a network what it is; how long and from where it learnt, its card says."""
    also = {"losses"} if recipe.kind == "generator" else {"uptake"}
    return recipe.model_dump(include={"kind", "inputs", "channels", "patch", "batch", *also})


def test_shipped_weights_are_small_and_made_by_the_default_recipe(named):
    name, metadata = named
    assert shipped(name).stat().st_size < LARGEST_BYTES
    assert metadata.name == name
    assert relevant(Recipe(**metadata.recipe)) == relevant(RECIPES[name])
    assert metadata.spacing_mm == Training().spacing_mm


def test_each_has_a_card_that_names_data_command_and_limits(named):
    name, metadata = named
    card = shipped(name).with_suffix(".md").read_text(encoding="utf-8")
    said = "phantoms only" if metadata.phantoms_only else "doi:10.7937/jc8x-9874"
    for needed in (metadata.training_data, metadata.command, metadata.learnt_from, said):
        assert needed in card


def _share(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="module")
def exam():
    """A phantom that no network has seen, without bias, in its true position."""
    state = ExamState(
        "X001", "V1", 0, "centre", (LesionState(0, 12.0, 4.0, 40.0),), seed=99, corrupt=None
    )
    head = build_head(state, SPACING_MM)
    grid, tumour = head.anatomy.grid, head.tumour
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(acquisition, "BIAS_SD", dict.fromkeys(SEQUENCES, 1e-6))
        files = {name: acquisition.acquire(state, head, name) for name in SEQUENCES}
    parts = [head.anatomy.fractions[name] for name in ("gm", "wm", "csf")]
    lesion = tumour.enhancing + tumour.nonenhancing + tumour.necrosis
    tissue = sum(parts[:2]) + lesion > 0.3
    brain = ndimage.binary_fill_holes(ndimage.binary_closing(tissue, iterations=3))
    images = {"brain": brain.astype(np.float32)}
    for name, file in files.items():
        place = acquisition.position(state, name, grid)
        pull = np.linalg.inv(file.affine) @ place.move @ grid.affine
        seen = ndimage.affine_transform(
            np.asarray(file.dataobj, np.float32), pull[:3, :3], pull[:3, 3], grid.shape, order=1
        )
        images[name] = (seen * brain / np.median(seen[brain])).astype(np.float32)
    quiet = brain & (lesion < 0.01)
    images["t1c"] /= np.median(images["t1c"][quiet] / images["t1"][quiet])
    return images, tumour


def test_floors_on_a_phantom_unseen(exam):
    images, tumour = exam
    network = load(None, "segmenter", "segmenter")
    labels = segment(Trained(*network), {**images, "contrast": images["t1c"]}, SPACING_MM)
    assert _share(labels == 1, tumour.enhancing > 0.5) > 0.7
    lesion = tumour.enhancing + tumour.nonenhancing + tumour.necrosis
    assert _share(labels > 0, lesion > 0.5) > 0.8
    nothing = segment(Trained(*network), {**images, "contrast": images["t1"]}, SPACING_MM)
    assert (nothing == 1).sum() < 0.05 * (labels == 1).sum()
    for name in ("cgan", "unet"):
        module, metadata = load(None, name, "generator")
        contrast = images["t1"] + predict(Trained(module, metadata), images, SPACING_MM)[0]
        synthetic = segment(Trained(*network), {**images, "contrast": contrast}, SPACING_MM)
        assert _share(synthetic == 1, labels == 1) > 0.35, name


def test_metadata_survives_being_read(named):
    _, metadata = named
    assert dataclasses.asdict(Metadata.from_header(metadata.header())) == dataclasses.asdict(
        metadata
    )
