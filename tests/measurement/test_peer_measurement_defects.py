"""Defects seen in other tools' measurement code, each of which must not happen here."""

import nibabel
import numpy as np
import pytest
from measurement_shapes import SPACING, affine_of, ellipsoid, sphere, write_visit

from gadless.measurement.diameters import perpendicular_diameters
from gadless.measurement.measure import measure_patient
from gadless.measurement.volumes import canonical, volumes_cm3
from gadless.trial.config import Measurement


def test_cubic_millimetres_are_not_voxel_counts():
    """HD-GLIO-AUTO: "mm3" were voxel counts unless voxels were 1 mm."""
    labels = np.ones((10, 10, 10), dtype=np.uint8)
    volume = volumes_cm3(canonical(labels, affine_of((0.5, 0.5, 2.0))))["enhancing"]
    assert volume == pytest.approx(0.5)


def test_voxels_below_a_cubic_millimetre_do_not_vanish():
    """HD-GLIO-AUTO: the voxel's volume was cut to a whole number."""
    labels = np.ones((10, 10, 10), dtype=np.uint8)
    volume = volumes_cm3(canonical(labels, affine_of((0.9, 0.9, 0.9))))["enhancing"]
    assert volume == pytest.approx(0.729)


@pytest.mark.parametrize("axial_axis", [0, 1, 2])
def test_axial_is_where_the_header_says(axial_axis):
    """A LUMIERE-based module: slices along the first axis, whatever the file."""
    flat = ellipsoid((40, 40, 30), (20, 20, 15), (15, 8, 4), (1, 1, 1))
    stored = np.moveaxis(flat, 2, axial_axis).astype(np.uint8)
    world = [0, 1]
    world.insert(axial_axis, 2)
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, world]
    turned = canonical(stored, affine)
    found = perpendicular_diameters(turned.labels == 1, turned.spacing_mm)
    assert (found.long_mm, found.short_mm) == pytest.approx((30, 16), abs=1.5)


def test_the_diameter_of_a_large_lesion_is_the_same_every_time():
    """The same module drew a random, unseeded sample of voxels where there were many."""
    mask = ellipsoid((60, 60, 3), (30, 30, 1), (27, 20, 1e6), (1, 1, 1), angle=0.4)
    found = {perpendicular_diameters(mask, (1.0, 1.0, 1.0)) for _ in range(3)}
    assert len(found) == 1
    assert found.pop().long_mm == pytest.approx(54, abs=1)


def test_the_second_diameter_is_a_chord_and_not_a_width_doubled():
    """The same module doubled the width on one side of the first diameter."""
    x, y = np.indices((50, 50))
    half_disc = ((np.hypot(x - 25, y - 10) <= 20) & (y >= 10))[:, :, None]
    found = perpendicular_diameters(half_disc, (1.0, 1.0, 1.0))
    # Base 40 long; the lesion reaches 20 to one side of it. Doubled that would be 40.
    assert found.long_mm == pytest.approx(41, abs=1)
    assert found.short_mm == pytest.approx(21, abs=1.5)


def test_the_second_diameter_has_both_ends_on_one_perpendicular():
    """A parallelogram is wider across its first diagonal than any one chord there is long."""
    x, y = np.indices((70, 30))
    leaning = ((y >= 2) & (y <= 22) & (x - 2 * y >= 0) & (x - 2 * y <= 20))[:, :, None]
    found = perpendicular_diameters(leaning, (1.0, 1.0, 1.0))
    # Corners (0, 0), (20, 0), (60, 20), (40, 20): both other corners lie 6.3 from the diagonal, but
    # the perpendicular through either of them meets the far side after 9.0.
    assert found.long_mm == pytest.approx(np.hypot(60, 20), abs=1.5)
    assert found.short_mm == pytest.approx(9.0, abs=1.5)
    assert found.short_mm < 2 * 6.3 - 1


def test_every_lesion_enters_the_sum_not_one_slice_of_the_scan(tmp_path):
    """The same module measured one slice, and so never two lesions."""
    picture = np.zeros((40, 40, 20), dtype=np.uint8)
    picture[sphere((20, 20, 10), 7)] = 1
    picture[sphere((58, 58, 28), 7)] = 1
    scans = write_visit(tmp_path, "a", 0, {"gbca": picture})
    row = measure_patient("7", [scans], ["gbca"], Measurement()).measurements.iloc[0]
    assert row["measurable_lesions"] == 2
    assert row["spd_mm2"] == pytest.approx(2 * 14**2, rel=0.2)


def test_visit_ten_comes_after_visit_two(tmp_path):
    """AUTO_RANO_BM: visits were ordered as words."""
    small, large = (
        np.where(sphere((40, 40, 20), radius), 1, 0).astype(np.uint8) for radius in (6, 12)
    )
    scans = [
        write_visit(tmp_path, "10", 70, {"gbca": large}),
        write_visit(tmp_path, "2", 7, {"gbca": small}),
    ]
    table = measure_patient("7", scans, ["gbca"], Measurement()).measurements
    assert table["visit"].tolist() == ["2", "10"]
    assert table["enhancing_cm3"].is_monotonic_increasing


def test_new_lesions_are_found_without_being_asked(tmp_path):
    """AUTO_RANO_BM: new lesions never reached the category."""
    first = np.where(sphere((20, 20, 20), 8), 1, 0).astype(np.uint8)
    second = np.where(sphere((58, 58, 20), 8), 1, first).astype(np.uint8)
    scans = [
        write_visit(tmp_path, name, day, {"gbca": picture})
        for name, day, picture in (("a", 0, first), ("b", 42, second))
    ]
    table = measure_patient("7", scans, ["gbca"], Measurement()).measurements
    assert table["new_lesion"].tolist() == [0, 1]


def test_spacing_comes_from_the_affine_and_not_from_the_header_fields():
    image = nibabel.Nifti1Image(np.ones((4, 4, 4), np.uint8), affine_of(SPACING))
    image.header["pixdim"][1:4] = 1.0
    found = canonical(np.asarray(image.dataobj), image.affine)
    assert volumes_cm3(found)["enhancing"] == pytest.approx(64 * 0.008)
