"""The score test of proportional hazards against R's cox.zph."""

import numpy as np
import pytest
from test_cox_kernel import tied_trial

from gadless.statistics.estimators.proportional import GLOBAL
from gadless.statistics.figures import fit
from gadless.statistics.models import Model


def test_equals_r() -> None:
    # R 4.2, survival 3.5-3: cox.zph(coxph(...), transform = "log", terms = FALSE)$table
    rows, _, _ = tied_trial()
    fitted = fit(Model(rows, ["x", "z"], 40), np.ones((1, 40)), 0)
    found = fitted.proportional()
    assert found["x"] == pytest.approx((0.2504127503, 0.6167845972), rel=1e-6)
    assert found["z"] == pytest.approx((0.1561990876, 0.6926803105), rel=1e-6)


def test_r_agrees_on_each_and_on_all(r, tmp_path) -> None:
    rows, _, frame = tied_trial()
    path = tmp_path / "d.csv"
    frame.assign(event=frame["event"].astype(int)).to_csv(path, index=False)
    code = (
        f"d <- read.csv('{path}'); f <- coxph(Surv(start, stop, event) ~ x + z, d, eps = 1e-12);"
        "cat(cox.zph(f, 'log', terms = FALSE)$table[, c(1, 3)])"
    )
    found = fit(Model(rows, ["x", "z"], 40), np.ones((1, 40)), 0).proportional()
    ours = np.array([found["x"], found["z"], found[GLOBAL]])
    np.testing.assert_allclose(ours.T.ravel(), r(code), rtol=1e-6)


def test_without_a_fit_there_is_no_test() -> None:
    rows, _, _ = tied_trial()
    fitted = fit(Model(rows, ["x", "z"], 40), np.zeros((1, 40)), 0)
    assert np.isnan(list(fitted.proportional().values())).all()
    assert "no estimate" in " ".join(fitted.warning)
