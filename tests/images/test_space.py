import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadless.images.space import MARGIN_MM, common_grid, template
from gadless.images.volume import moved


@settings(max_examples=6, deadline=None)
@given(spacing=st.floats(0.5, 3.0))
def test_the_grid_holds_the_template_with_a_margin_and_suits_the_networks(spacing: float) -> None:
    grid = common_grid(spacing)
    volume, brain = template()
    points = moved(volume.affine, np.argwhere(brain))
    far = moved(grid.affine, np.array(grid.shape) - 1)
    assert all(edge % 8 == 0 for edge in grid.shape)
    assert (points.min(axis=0) - grid.affine[:3, 3] >= MARGIN_MM - spacing).all()
    assert (far - points.max(axis=0) >= MARGIN_MM - spacing).all()
    np.testing.assert_allclose(grid.affine[:3, :3], np.eye(3) * spacing)


@pytest.mark.parametrize(("spacing", "shape"), [(1.0, (168, 208, 184)), (2.0, (88, 104, 96))])
def test_the_usual_grids_stay_what_weights_and_results_were_made_on(
    spacing: float, shape: tuple[int, int, int]
) -> None:
    assert common_grid(spacing).shape == shape
