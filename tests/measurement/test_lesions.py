"""What is one lesion, what is noise, and what each measures."""

import numpy as np
import pytest
from measurement_shapes import affine_of, label_map, sphere

from gadless.measurement.lesions import find_lesions
from gadless.measurement.volumes import canonical, volumes_cm3
from gadless.trial.config import Measurement

SETTINGS = Measurement()


def cubes(*corners, size=3, shape=(12, 12, 12)):
    labels = np.zeros(shape, dtype=np.uint8)
    for x, y, z in corners:
        labels[x : x + size, y : y + size, z : z + size] = 1
    return canonical(labels, affine_of())


@pytest.mark.parametrize(
    ("second", "connectivity", "lesions"),
    [
        ((4, 1, 1), 6, 1),  # face
        ((4, 4, 1), 6, 2),  # edge
        ((4, 4, 1), 18, 1),
        ((4, 4, 4), 18, 2),  # corner
        ((4, 4, 4), 26, 1),
        ((5, 1, 1), 26, 2),  # a voxel between
    ],
)
def test_connectivity_is_as_configured(second, connectivity, lesions):
    settings = Measurement(connectivity=connectivity)
    found = find_lesions(cubes((1, 1, 1), second), "enhancing", settings)
    assert len(found.lesions) == lesions


def test_specks_are_left_out_of_every_figure_and_counted():
    # 27 voxels of 8 mm3 are 0.216 cm3; single voxels are 0.008.
    labels = cubes((1, 1, 1)).labels.copy()
    labels[8, 8, 8] = labels[8, 8, 10] = 1
    found = find_lesions(canonical(labels, affine_of()), "enhancing", SETTINGS)
    assert [lesion.volume_cm3 for lesion in found.lesions] == pytest.approx([0.216])
    assert (found.left_out, found.left_out_cm3) == (2, pytest.approx(0.016))


def test_a_component_exactly_at_the_limit_is_kept():
    # 0.216 is not a sum of binary fractions; the limit holds nevertheless.
    assert find_lesions(
        cubes((1, 1, 1)),
        "enhancing",
        Measurement(smallest_lesion_cm3=0.216, smallest_new_lesion_cm3=1),
    ).lesions
    assert not find_lesions(
        cubes((1, 1, 1)),
        "enhancing",
        Measurement(smallest_lesion_cm3=0.2161, smallest_new_lesion_cm3=1),
    ).lesions


def test_lesions_come_largest_first():
    found = find_lesions(label_map([((15, 15, 20), 6), ((50, 50, 20), 12)]), "enhancing", SETTINGS)
    volumes = [lesion.volume_cm3 for lesion in found.lesions]
    assert volumes == sorted(volumes, reverse=True)
    assert found.volume_cm3 == pytest.approx(sum(volumes))


def test_a_broken_rim_round_one_necrosis_is_one_lesion_measured_from_edge_to_edge():
    shape, middle = (40, 40, 20), (40, 40, 20)
    whole, core = sphere(middle, 16), sphere(middle, 12)
    labels = np.zeros(shape, dtype=np.uint8)
    labels[whole] = 1
    labels[:, 18:22][whole[:, 18:22]] = 0  # the rim has a gap on both sides
    labels[core] = 3
    found = find_lesions(canonical(labels, affine_of()), "enhancing", SETTINGS)
    assert len(found.lesions) == 1
    rim = np.count_nonzero(labels == 1) * 0.008
    assert found.volume_cm3 == pytest.approx(rim)
    diameters = found.lesions[0].diameters
    assert diameters.long_mm == pytest.approx(32, abs=2.5)


def test_necrosis_without_enhancement_is_no_enhancing_lesion():
    necrosis = label_map([((40, 40, 20), 10)], label=3)
    found = find_lesions(necrosis, "enhancing", SETTINGS)
    assert found.lesions == []
    assert found.left_out == 0


def test_the_nonenhancing_lesion_is_measured_as_flair_shows_it():
    oedema = label_map([((40, 40, 20), 18)], label=2)
    labels = oedema.labels.copy()
    labels[sphere((40, 40, 20), 8)] = 1
    found = find_lesions(canonical(labels, affine_of()), "nonenhancing", SETTINGS)
    alone = find_lesions(oedema, "nonenhancing", SETTINGS)
    assert found.lesions[0].diameters == alone.lesions[0].diameters
    assert found.volume_cm3 == pytest.approx(np.count_nonzero(labels == 2) * 0.008)


def test_nothing_is_found_where_nothing_is():
    for compartment in ("enhancing", "nonenhancing"):
        found = find_lesions(label_map([]), compartment, SETTINGS)
        assert (found.lesions, found.left_out, found.volume_cm3) == ([], 0, 0.0)


def test_volumes_of_lesions_and_specks_add_up_to_the_label():
    rng = np.random.default_rng(3)
    labels = (rng.random((20, 20, 20)) < 0.12).astype(np.uint8)
    labels[2:8, 2:8, 2:8] = 1
    noisy = canonical(labels, affine_of())
    settings = Measurement(connectivity=6)
    found = find_lesions(noisy, "enhancing", settings)
    assert found.left_out > 10
    total = found.volume_cm3 + found.left_out_cm3
    assert total == pytest.approx(volumes_cm3(noisy)["enhancing"])


def test_a_lesion_at_the_edge_of_the_grid_is_measured():
    labels = np.ones((8, 8, 4), dtype=np.uint8)
    (lesion,) = find_lesions(canonical(labels, affine_of()), "enhancing", SETTINGS).lesions
    assert lesion.volume_cm3 == pytest.approx(256 * 0.008)
    assert lesion.diameters.slices == 4
