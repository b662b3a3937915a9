"""Masks of real gliomas: volumes as published beside them."""

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
    for lesion in found.lesions:
        # A lesion fits into a box of its diameters, and fills a fair part of it.
        assert lesion.volume_cm3 * 1000 < lesion.diameters.product_mm2 * lesion.diameters.slices
