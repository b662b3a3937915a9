"""The score test of proportional hazards against R's cox.zph."""

import numpy as np
import pytest
from test_cox_kernel import tied_trial

from gadless.statistics.figures import fit
from gadless.statistics.models import Model
from gadless.statistics.proportional import score_test


def test_equals_r() -> None:
    # R 4.2, survival 3.5-3: cox.zph(coxph(...), transform = "log", terms = FALSE)$table
    rows, _, _ = tied_trial()
    fitted = fit(Model(rows, ["x", "z"], 40), np.ones((1, 40)), 0)
    assert score_test(fitted, "x") == pytest.approx((0.2504127503, 0.6167845972), rel=1e-6)
    assert score_test(fitted, "z") == pytest.approx((0.1561990876, 0.6926803105), rel=1e-6)


def test_without_a_fit_there_is_no_test() -> None:
    rows, _, _ = tied_trial()
    fitted = fit(Model(rows, ["x", "z"], 40), np.zeros((1, 40)), 0)
    assert np.isnan(score_test(fitted, "x")).all()
    assert "no estimate" in fitted.warning
