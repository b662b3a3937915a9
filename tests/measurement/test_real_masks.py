"""Masks of real gliomas: volumes as published beside them, diameters as a reader takes them."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from gadless.measurement.lesions import find_lesions
from gadless.measurement.volumes import canonical, volumes_cm3
from gadless.trial.config import Measurement

REAL = Path(__file__).parents[3] / "shared" / "real"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no real scans beside the repository")

# Exam, mask, the mask's number for enhancing tumour, cm3 as stated with the scans.
EXAMS = [
    ("BraTS2021_01480", "seg", 4, 0.0),
    ("BraTS2021_01481", "seg", 4, 2.6),
    ("BraTS2021_01482", "seg", 4, 1.5),
    ("glioma_large_enhancing", "seg_automatic", 3, 21.9),
]


@pytest.mark.parametrize(("exam", "mask", "enhancing", "stated"), EXAMS)
def test_volumes_are_those_stated(exam, mask, enhancing, stated):
    image = nibabel.load(REAL / exam / f"{mask}.nii.gz")
    theirs = np.asarray(image.dataobj).astype(int)
    ours = np.select([theirs == enhancing, theirs == 2, theirs == 1], [1, 2, 3])
    label_map = canonical(ours, image.affine)
    volumes = volumes_cm3(label_map)
    assert round(volumes["enhancing"], 1) == stated
    assert volumes["abnormality"] == pytest.approx(np.count_nonzero(theirs) / 1000)
    found = find_lesions(label_map, "enhancing", Measurement())
    assert round(found.volume_cm3, 1) == stated
    for piece in (piece for lesion in found.lesions for piece in lesion.pieces):
        # A piece fits into a box of its diameters, and fills a fair part of it.
        assert piece.volume_cm3 * 1000 < piece.diameters.product_mm2 * piece.diameters.slices


def largest_product(exam, core, **settings):
    """Of enhancing tumour (mm2) in an expert's mask whose label 1 is taken for `core`."""
    image = nibabel.load(REAL / "train" / exam / "seg.nii.gz")
    theirs = np.asarray(image.dataobj).astype(int)
    enhancing = theirs.max()  # 4, or 3 in later years
    ours = np.select([theirs == enhancing, theirs == 2, theirs == 1], [1, 2, core])
    lesions = find_lesions(canonical(ours, image.affine), "enhancing", Measurement(**settings))
    return max(lesion.diameters.product_mm2 for lesion in lesions.lesions)


needs_train = pytest.mark.skipif(
    not (REAL / "train").is_dir(), reason="no real exams to train on beside the repository"
)

RINGS = [
    # Across the whole core, as a reader measures them: with the core called necrosis, and measured
    # across all labels that the rim touches, these masks gave the same.
    ("BraTS2021_00006", 2496),
    ("BraTS-GLI-00000-000", 2765),
    ("Brats18_TCIA02_607_1", 2035),
]


@needs_train
@pytest.mark.parametrize("core", [0, 2, 3])
@pytest.mark.parametrize(("exam", "product"), RINGS)
def test_a_ring_is_measured_across_its_core_whatever_that_is_called(exam, product, core):
    assert largest_product(exam, core) == pytest.approx(product, abs=1)


@needs_train
@pytest.mark.parametrize("core", [0, 2, 3])
@pytest.mark.parametrize(
    ("exam", "most"),
    [("BraTS2021_01476", 31), ("BraTS2021_01478", 133)],  # 1,335 and 5,734 across all of label 1
)
def test_what_touches_a_large_core_is_measured_by_itself(exam, most, core):
    assert largest_product(exam, core) < most
