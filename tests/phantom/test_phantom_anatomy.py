"""Fields, deformation and tissue."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from gadless.phantom.anatomy import (
    TISSUES,
    Warp,
    build_anatomy,
    head_grid,
    hull_distance,
    jacobian,
    load_template,
)
from gadless.phantom.fields import Grid, SmoothField, random_stream, spline_basis
from gadless.phantom.tumour import lesion_centres, mass_effect


def test_spline_basis_is_the_cubic_b_spline() -> None:
    points = np.linspace(-60, 60, 201)
    found = spline_basis(points, 10.0)
    node = 15  # at -170 + 150 = -20 mm
    knots = -20 + 10.0 * np.arange(-2, 3)
    expected = np.nan_to_num(BSpline.basis_element(knots, extrapolate=False)(points))
    np.testing.assert_allclose(found[:, node], expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_smooth_field_has_unit_variance_and_any_spacing_gives_the_same() -> None:
    field = SmoothField.draw(random_stream(1, "x"), 8.0)
    fine, coarse = head_grid(2.0), head_grid(4.0)
    values = field.on(fine)
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.std() == pytest.approx(1, abs=0.05)
    common = values[::2, ::2, ::2]
    np.testing.assert_allclose(common, field.on(coarse)[:, :60], atol=1e-5)
    point = np.array([fine.axes[0][10], fine.axes[1][20], fine.axes[2][30]], dtype=float)
    assert field.at(point) == pytest.approx(float(values[10, 20, 30]), abs=1e-5)


def test_streams_of_different_purposes_are_independent() -> None:
    draws = {random_stream(seed, name).random() for seed in (1, 2) for name in ("a", "b")}
    assert len(draws) == 4
    assert random_stream(1, "a").random() in draws


def test_window_keeps_the_world() -> None:
    grid = head_grid(3.0)
    cut, window = grid.window(np.array([30.0, -20.0, 85.0]), 24.0)
    for axis, part, whole in zip(cut, window.axes, grid.axes, strict=True):
        np.testing.assert_allclose(part, whole[axis])


def test_jacobian_of_a_linear_map() -> None:
    grid = Grid((-5.0, -5.0, -5.0), (6, 6, 6), 2.0)
    x, y, z = np.broadcast_arrays(*grid.mesh)
    matrix = np.array([[0.1, 0.2, 0.0], [0.0, -0.2, 0.1], [0.3, 0.0, 0.05]])
    parts = tuple(row[0] * x + row[1] * y + row[2] * z for row in matrix)
    found = jacobian((parts[0], parts[1], parts[2]), 2.0)
    np.testing.assert_allclose(found, np.linalg.det(np.eye(3) + matrix), rtol=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_no_head_folds_even_around_large_tumours(seed: int) -> None:
    grid, warp = head_grid(4.0), Warp.draw(seed)
    displacement = warp.displacement(grid)
    outside = hull_distance(grid, displacement)
    for centre, volume in zip(lesion_centres(seed, warp, 2), (70.0, 15.0), strict=True):
        pushed = mass_effect(grid, centre, volume, outside)
        a, b, c = (d + p for d, p in zip(displacement, pushed, strict=True))
        displacement = (a, b, c)
    assert jacobian(displacement, 4.0).min() > 0.05


def test_head_point_inverts_the_warp() -> None:
    warp = Warp.draw(3)
    target = load_template().centres[100]
    point = warp.head_point(target)
    grid = Grid((float(point[0]), float(point[1]), float(point[2])), (1, 1, 1), 1.0)
    shift = np.array([part.item() for part in warp.displacement(grid)])
    np.testing.assert_allclose(point + shift, target, atol=1e-3)


def test_a_head_is_made_of_its_tissues() -> None:
    grid = head_grid(4.0)
    displacement = Warp.draw(5).displacement(grid)
    head = build_anatomy(5, grid, displacement)
    assert set(head.fractions) == set(TISSUES)
    total = np.sum(list(head.fractions.values()), axis=0)
    assert min(share.min() for share in head.fractions.values()) > -1e-5
    assert total.max() < 1 + 1e-4
    volume = {name: share.sum() * grid.voxel_cm3 for name, share in head.fractions.items()}
    # The MNI brain is larger than life: 1.9 l with its fluid. Heads vary around it.
    assert 1.0 < volume["gm"] / volume["wm"] < 2.2
    assert 1500 < volume["gm"] + volume["wm"] + volume["csf"] < 2600
    assert 1 < volume["choroid"] < 12
    assert total[0].max() == pytest.approx(0, abs=1e-6), "air beside the head"
    blood = np.argwhere(head.fractions["blood"] > 0.3)
    x = np.asarray(grid.origin[0]) + grid.spacing * blood[:, 0]
    assert np.abs(x).max() < 25, "the sagittal sinus runs in the midline"
    again = build_anatomy(5, grid, Warp.draw(5).displacement(grid))
    np.testing.assert_array_equal(head.fractions["gm"], again.fractions["gm"])


def test_lesions_start_apart_in_supratentorial_white_matter() -> None:
    template = load_template()
    assert len(template.centres) > 300
    for seed in range(5):
        warp = Warp.draw(seed)
        centres = lesion_centres(seed, warp, 3)
        assert min(np.linalg.norm(a - b) for a in centres for b in centres if a is not b) > 30
        np.testing.assert_allclose(lesion_centres(seed, warp, 2), centres[:2])
    with pytest.raises(ValueError, match="no room"):
        lesion_centres(0, Warp.draw(0), 200)
