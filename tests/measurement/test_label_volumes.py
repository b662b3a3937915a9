"""Volumes follow the affine: whatever the spacing, the orientation, the order of axes."""

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measurement_shapes import affine_of, ellipsoid, label_map, save
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

from gadless.errors import DataFault
from gadless.measurement.volumes import canonical, read_label_map, volumes_cm3

ORIENTATIONS = [
    "".join(sign[0] for sign in (x, y, z))
    for x in ("R", "L")
    for y in ("A", "P")
    for z in ("S", "I")
] + ["SRA", "ASR", "PIL", "ILP", "SAL"]


def stored_as(labels, affine, codes):
    """The same picture with the file's axes in another order and direction."""
    change = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    return apply_orientation(labels, change), affine @ inv_ornt_aff(change, labels.shape)


@pytest.mark.parametrize("spacing", [(1, 1, 1), (0.5, 0.5, 3), (2, 1.5, 0.9)])
def test_an_ellipsoid_has_its_closed_form_volume(spacing):
    radii = (15.0, 12.0, 18.0)
    shape = tuple(int(50 / step) for step in spacing)
    solid = ellipsoid(shape, (25, 25, 25), radii, spacing)
    volumes = volumes_cm3(canonical(solid, affine_of(spacing)))
    expected = 4 / 3 * np.pi * np.prod(radii) / 1000
    assert volumes["enhancing"] == pytest.approx(expected, rel=0.02)


def test_compartments_are_disjoint_and_add_up_to_the_abnormality():
    labels = np.zeros((6, 5, 4), dtype=np.uint8)
    labels[0], labels[1, :2], labels[2, 0, 0] = 1, 2, 3
    volumes = volumes_cm3(canonical(labels, affine_of((2, 3, 4))))
    voxel = 0.024
    assert volumes == pytest.approx(
        {
            "enhancing": 20 * voxel,
            "nonenhancing": 8 * voxel,
            "necrosis": voxel,
            "abnormality": 29 * voxel,
        }
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    codes=st.sampled_from(ORIENTATIONS),
    spacing=st.tuples(*[st.floats(0.3, 6.0)] * 3),
)
def test_volume_and_picture_do_not_depend_on_how_the_file_is_stored(seed, codes, spacing):
    labels = np.random.default_rng(seed).integers(0, 4, (4, 5, 6)).astype(np.uint8)
    straight = canonical(labels, affine_of(spacing))
    turned = canonical(*stored_as(labels, affine_of(spacing), codes))
    assert volumes_cm3(turned) == pytest.approx(volumes_cm3(straight))
    np.testing.assert_array_equal(turned.labels, straight.labels)
    assert turned.spacing_mm == pytest.approx(straight.spacing_mm)


def test_an_oblique_scan_keeps_its_volume():
    labels = np.ones((5, 5, 5), dtype=np.uint8)
    turn = nibabel.eulerangles.euler2mat(0.3, 0.2, 0.1)
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([1.0, 2.0, 3.0])
    assert volumes_cm3(canonical(labels, affine))["enhancing"] == pytest.approx(0.75)


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.2, 5.0))
def test_volume_grows_with_the_cube_of_the_scale(factor):
    small = label_map([((40, 40, 20), 12)])
    labels = canonical(small.labels, affine_of(tuple(factor * 2.0 for _ in range(3))))
    expected = factor**3 * volumes_cm3(small)["enhancing"]
    assert volumes_cm3(labels)["enhancing"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros((3, 3), np.uint8), "2D instead of 3D"),
        (np.full((3, 3, 3), 4), "unknown label 4"),
        (np.full((3, 3, 3), -1), "unknown label -1"),
        (np.full((3, 3, 3), 257), "unknown label 257"),
        (np.full((3, 3, 3), 0.5), "unknown label 0.5"),
        (np.full((3, 3, 3), np.nan), "unknown label nan"),
    ],
)
def test_what_is_no_label_map_is_said(labels, words):
    with pytest.raises(DataFault, match=words):
        canonical(labels, np.eye(4))


def test_a_singular_affine_is_said():
    with pytest.raises(DataFault, match="singular"):
        canonical(np.zeros((3, 3, 3), np.uint8), np.diag([1.0, 1.0, 0.0, 1.0]))


def test_a_truncated_file_is_a_fault_that_names_it(tmp_path):
    path = tmp_path / "gbca.nii.gz"
    noise = np.random.default_rng(1).integers(0, 4, (20, 20, 20)).astype(np.uint8)
    save(noise, path, np.eye(4))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataFault, match=r"gbca\.nii\.gz cannot be read"):
        read_label_map(path)


def test_what_was_written_is_read(tmp_path):
    labels = np.random.default_rng(2).integers(0, 4, (5, 6, 7)).astype(np.uint8)
    stored, affine = stored_as(labels, affine_of((1, 2, 3)), "PIL")
    save(stored, tmp_path / "a.nii.gz", affine)
    found = read_label_map(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(found.labels, labels)
    assert found.same_grid(canonical(labels, affine_of((1, 2, 3))))
    assert not found.same_grid(canonical(labels, affine_of((1, 2, 3.1))))
