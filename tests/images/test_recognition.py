"""Lesions matched one to one: against panoptica, and by hand."""

import importlib.util
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from gadless.images.recognition import recognise

CUBE = np.ones((3, 3, 3))
SCANS = Path(__file__).parents[3] / "shared" / "real"

# By `by_panoptica`, panoptica 2.1.7 (Apache-2.0): lesions of the reference and of the candidate,
# lesions matched, recognition quality, segmentation quality (0 where nothing is matched).
RANDOM = {
    0: (23, 37, 23, 0.7666666666666667, 0.9593634555271382),
    1: (25, 40, 25, 0.7692307692307693, 0.637307645863449),
    2: (8, 10, 7, 0.7777777777777778, 0.8987049746489021),
    3: (53, 83, 7, 0.10294117647058823, 0.5186587127196256),
    4: (12, 27, 12, 0.6153846153846154, 0.963940430524817),
    5: (12, 21, 11, 0.6666666666666666, 0.7169369336864925),
    6: (39, 65, 29, 0.5576923076923077, 0.9485335539725256),
    7: (31, 52, 22, 0.5301204819277109, 0.611589139106242),
}
# The same of real enhancing tumour, as an expert drew it, against itself moved by a voxel along two
# axes, and against itself moved along one and a voxel thinner.
REAL = {
    "BraTS2021_01481": [(1, 1, 1, 1.0, 0.610381488430269), (1, 1, 0, 0.0, 0.0)],
    "BraTS2021_01482": [(2, 2, 2, 1.0, 0.6035317558900624), (2, 3, 1, 0.4, 0.5075217735550277)],
    "train/BraTS-GLI-00000-000": [
        (2, 2, 1, 0.5, 0.75712023192763),
        (2, 5, 1, 0.2857142857142857, 0.6498823673195026),
    ],
    "train/BraTS2021_00006": [
        (1, 1, 1, 1.0, 0.7532067216863876),
        (1, 2, 1, 0.6666666666666666, 0.6059437386569873),
    ],
    "train/Brats18_TCIA02_607_1": [(2, 2, 1, 0.5, 0.6243633631126325), (2, 5, 0, 0.0, 0.0)],
}


def drawn(seed):
    """Draw cubes, some of them moved by a voxel and frayed, and others of the candidate's own."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((2, 40, 36, 30)) < (0.0004 + 0.0003 * (seed % 4))
    shared = ndimage.binary_dilation(seeds[0], CUBE, iterations=1 + seed % 3)
    own = ndimage.binary_dilation(seeds[1], CUBE)
    moved = np.roll(shared, seed % 2, axis=0) & (rng.random(shared.shape) < 0.97)
    return shared, moved | own


def real(exam):
    path = SCANS / exam / "seg.nii.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    mask = np.isin(np.asarray(nibabel.load(path).dataobj), (3, 4))
    thinner = ndimage.binary_erosion(np.roll(mask, 1, axis=1))
    return [(mask, np.roll(mask, (1, 1), axis=(0, 1))), (mask, thinner)]


def numbered(mask):
    return ndimage.label(mask, structure=CUBE)[0]


def by_ours(reference, candidate):
    found = recognise(numbered(reference), numbered(candidate))
    quality = found.iou if found.matched else 0.0
    return found.reference, found.candidate, found.matched, found.f1, quality


def by_panoptica(reference, candidate):
    from panoptica import (
        ConnectedComponentsInstanceApproximator,
        InputType,
        NaiveThresholdMatching,
        Panoptica_Evaluator,
    )
    from panoptica.metrics import Metric

    evaluator = Panoptica_Evaluator(
        InputType.SEMANTIC,
        ConnectedComponentsInstanceApproximator(),
        NaiveThresholdMatching(Metric.IOU, 0.5, strict_threshold=True),
        instance_metrics=[Metric.IOU],
        global_metrics=[],
    )
    both = candidate.astype(np.uint8), reference.astype(np.uint8)
    found = evaluator.evaluate(*both)["ungrouped"]
    return found.n_ref_instances, found.n_pred_instances, found.tp, found.rq, found.sq


@pytest.mark.parametrize("seed", RANDOM)
def test_random_masks_are_as_panoptica_has_them(seed):
    assert by_ours(*drawn(seed)) == pytest.approx(RANDOM[seed], rel=1e-9)


@pytest.mark.parametrize("exam", REAL)
def test_real_tumours_are_as_panoptica_has_them(exam):
    for masks, expected in zip(real(exam), REAL[exam], strict=True):
        assert by_ours(*masks) == pytest.approx(expected, rel=1e-9)


@pytest.mark.skipif(importlib.util.find_spec("panoptica") is None, reason="no panoptica here")
def test_further_random_masks_by_panoptica_itself():
    for seed in (*RANDOM, 101, 102, 103):
        masks = drawn(seed)
        assert by_ours(*masks) == pytest.approx(by_panoptica(*masks), rel=1e-9), seed


def test_what_touches_is_neither_missed_nor_false():
    reference, candidate = np.zeros((2, 12, 6, 6), dtype=np.int32)
    reference[0:2, 0:2, 0:2] = 1  # the same on the candidate
    reference[4:6, 0:2, 0:2] = 2  # a corner of it is found
    reference[8:10, 0:2, 0:2] = 3  # missed
    candidate[0:2, 0:2, 0:2] = 1
    candidate[5:7, 1:3, 1:3] = 2
    candidate[8:10, 4:6, 4:6] = 3  # false
    found = recognise(reference, candidate)
    assert (found.matched, found.missed, found.false) == (1, 1, 1)
    assert (found.f1, found.iou) == (pytest.approx(1 / 3), 1.0)


def test_half_of_the_union_is_not_the_same():
    reference, candidate = np.zeros((2, 4, 4, 4), dtype=np.int32)
    reference[:2], candidate[:1] = 1, 1
    found = recognise(reference, candidate)
    assert (found.matched, found.missed, found.false, found.f1) == (0, 0, 0, 0.0)


@pytest.mark.parametrize(("reference", "f1", "missed"), [(0, np.nan, 0), (1, 0.0, 1)])
def test_nothing_found(reference, f1, missed):
    found = recognise(np.full((2, 2, 2), reference), np.zeros((2, 2, 2), dtype=int))
    assert found.missed == missed
    assert found.false == 0
    assert np.isnan(found.iou)
    assert found.f1 == pytest.approx(f1, nan_ok=True)
