"""Tumours: requested volumes, their places, and what they do to the brain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gadless.phantom.anatomy import head_grid, load_template
from gadless.phantom.fields import Array, Grid
from gadless.phantom.lesion import filled
from gadless.phantom.patient import TrueHead, build_head
from gadless.phantom.state import ExamState, LesionState
from gadless.phantom.tumour import MASS_EFFECT, mass_effect

SPACING = 4.0
NAMES = ("enhancing", "nonenhancing", "necrosis")


def head(*lesions: LesionState, seed: int = 7, visit: str = "V1") -> TrueHead:
    return build_head(ExamState("P", visit, 0, "north", lesions, seed, None), SPACING)


def volume(share: Array, spacing: float = SPACING) -> float:
    return float(share.sum(dtype=np.float64)) * spacing**3 / 1000


def centre(share: Array) -> np.ndarray:
    return np.array(ndimage.center_of_mass(share)) * SPACING


@settings(max_examples=8, deadline=None)
@given(
    enhancing=st.floats(0, 45),
    necrosis=st.floats(0, 1.2),
    nonenhancing=st.floats(0, 90),
    seed=st.integers(0, 30),
)
def test_rendered_volumes_are_the_requested_ones(
    enhancing: float, necrosis: float, nonenhancing: float, seed: int
) -> None:
    wanted = LesionState(0, enhancing, necrosis * enhancing, nonenhancing)
    tumour = head(wanted, seed=seed).tumour
    half_voxel = 0.5 * SPACING**3 / 1000
    for name in NAMES:
        request = getattr(wanted, f"{name}_cm3")
        found = volume(getattr(tumour, name))
        assert found == pytest.approx(request, rel=0.005, abs=half_voxel), name
    total = tumour.enhancing + tumour.solid + tumour.necrosis + tumour.oedema
    assert min(getattr(tumour, name).min() for name in NAMES) > -1e-5
    assert total.max() < 1 + 1e-4


def test_a_lesion_keeps_its_place_vanishes_and_returns() -> None:
    large = head(LesionState(0, 15.0, 6.0, 40.0)).tumour
    small = head(LesionState(0, 2.0, 0.0, 30.0), visit="V2").tumour
    gone = head(LesionState(0, 0.0, 0.0, 0.0), visit="V3").tumour
    back = head(LesionState(0, 2.0, 0.0, 30.0), visit="V4").tumour
    large_core = large.enhancing + large.necrosis + large.solid
    small_core = small.enhancing + small.solid
    assert np.linalg.norm(centre(large_core) - centre(small_core)) < 6
    assert volume(np.minimum(large_core, small_core)) > 0.9 * volume(small_core)
    for name in ("enhancing", "solid", "necrosis", "oedema"):
        assert getattr(gone, name).max() == 0
        np.testing.assert_array_equal(getattr(back, name), getattr(small, name))


def test_a_second_lesion_leaves_the_first_where_it_was() -> None:
    first = LesionState(0, 9.0, 3.0, 20.0)
    alone = head(first).tumour.enhancing
    both = head(first, LesionState(2, 4.0, 0.0, 8.0)).tumour.enhancing
    assert volume(both) == pytest.approx(13.0, rel=0.01)
    _, count = ndimage.label(ndimage.binary_dilation(both > 0.3))
    assert count >= 2
    assert volume(np.minimum(both, alone)) > 0.85 * volume(alone)


def test_enhancement_rings_the_necrosis() -> None:
    tumour = head(LesionState(0, 14.0, 8.0, 30.0)).tumour
    around = ndimage.binary_dilation(tumour.necrosis > 0.5) & ~(tumour.necrosis > 0.5)
    core = tumour.enhancing + tumour.solid + tumour.necrosis
    assert core[around].mean() > 0.9, "no necrosis without a rim"
    assert tumour.leakiness[tumour.enhancing > 0.9].mean() == pytest.approx(1.1, abs=0.2)
    assert tumour.leakiness[tumour.enhancing == 0].max() == 0


def test_a_purely_nonenhancing_abnormality_takes_up_nothing() -> None:
    found = head(LesionState(0, 0.0, 0.0, 35.0))
    assert found.tumour.enhancing.max() == 0
    assert volume(found.tumour.solid) == pytest.approx(0.08 * 35, rel=0.02)
    assert found.maps.gadolinium[found.tumour.solid > 0.9].max() < 0.05


def test_oedema_follows_white_matter() -> None:
    found = head(LesionState(0, 6.0, 2.0, 60.0))
    core = found.tumour.enhancing + found.tumour.solid + found.tumour.necrosis
    reach = ndimage.distance_transform_edt(core < 0.5) * SPACING
    wm, gm = (found.anatomy.fractions[name] for name in ("wm", "gm"))
    near = (reach > 4) & (reach < 24) & (wm + gm > 0.8)
    invaded = found.tumour.oedema > 0.5
    assert wm[near & invaded].mean() > 1.3 * wm[near & ~invaded].mean()
    assert found.tumour.oedema[found.anatomy.fractions["csf"] > 0.9].max() < 0.2


def test_solid_tumour_and_oedema_differ_in_relaxation() -> None:
    found = head(LesionState(0, 14.0, 4.0, 60.0))
    solid = found.tumour.solid + found.tumour.enhancing > 0.95
    oedema = found.tumour.oedema > 0.95
    for values in (found.maps.t1, found.maps.t2):
        assert np.median(values[oedema]) > 1.2 * np.median(values[solid])
    # Water content lengthens both and goes with less leakage.
    water = found.tumour.water[solid]
    assert np.corrcoef(water, found.maps.t2[solid])[0, 1] > 0.8
    assert np.corrcoef(water, found.tumour.enhancing[solid])[0, 1] < -0.2


def test_mass_effect_displaces_a_sphere_without_compression() -> None:
    grid = Grid((-40.0, -40.0, -40.0), (81, 81, 81), 1.0)
    deep = np.full(grid.shape, -100.0, np.float32)
    core_cm3 = 4.0
    parts = mass_effect(grid, np.zeros(3), core_cm3, deep)
    x = grid.axes[0]
    radius = (3 * core_cm3 * 1000 / 4 / np.pi) ** (1 / 3)
    looked_at = x + parts[0][:, 40, 40]
    outside = x > radius
    expected = np.cbrt(x[outside] ** 3 - MASS_EFFECT * radius**3)
    np.testing.assert_allclose(looked_at[outside], expected, rtol=1e-4)
    at_skull = mass_effect(grid, np.zeros(3), core_cm3, np.zeros(grid.shape, np.float32))
    assert max(np.abs(part).max() for part in at_skull) == 0


def test_filled_reaches_any_volume_that_fits() -> None:
    ramp = np.linspace(0, 1, 1000, dtype=np.float32)

    def occupancy(edge: float) -> Array:
        return np.clip((edge - ramp) * 100, 0, 1)

    for wanted in (0.01, 0.3, 0.9):
        assert filled(occupancy, wanted, 0.001, 0.0, 2.0).sum() / 1000 == pytest.approx(wanted)
    assert filled(occupancy, 0.0, 0.001, 0.0, 2.0).max() == 0
    assert filled(occupancy, 5.0, 0.001, 0.0, 2.0).sum() == pytest.approx(1000)


def test_template_is_the_one_that_ships() -> None:
    template = load_template()
    assert template.gm.shape == (197, 233, 189)
    assert head_grid(2.0).shape == (99, 120, 102)
