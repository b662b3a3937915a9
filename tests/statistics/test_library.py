"""The sample's estimates come from libraries, and what differs from them is said."""

import numpy as np
import pytest
from small_trials import configuration, simulate
from test_cox_kernel import rows_of, simulated, tied_trial

from gadless.statistics import figures
from gadless.statistics.analyse import analyse
from gadless.statistics.estimators import cox, library
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.models import Model, stratified


def test_a_difference_is_said_and_the_library_is_shown() -> None:
    kernel = Bootstrapped(1.5, np.array([1.0, 2.0]))
    assert library.settle(kernel, 1.5 + 1e-9, "lifelines").doubt == ""
    found = library.settle(kernel, 1.6, "lifelines")
    assert found.value == 1.6
    assert "1.5" in found.doubt
    assert "lifelines" in (found - kernel).doubt
    assert (found.draws == kernel.draws).all()


def test_without_a_library_the_kernel_stands_and_says_so() -> None:
    kernel = Bootstrapped(1.5, np.zeros(0))
    found = library.settle(kernel, np.nan, "lifelines")
    assert found.value == 1.5
    assert found.doubt
    missing = library.settle(Bootstrapped.missing(3), 2.0, "lifelines")
    assert np.isnan(missing.value)


@pytest.mark.parametrize("rows", [tied_trial()[0], simulated(4)[0], simulated(5)[0]])
def test_cox_is_that_of_the_kernel(rows) -> None:
    own = cox.fit(rows, np.ones((1, rows.patient.max() + 1)))
    np.testing.assert_allclose(library.cox(rows), own.coefficients[0], rtol=1e-9)


def test_a_kernel_gone_wrong_would_be_noticed(monkeypatch) -> None:
    rows, _ = simulated(6)
    weights = np.ones((3, 60))
    honest = figures.fit(Model(rows, ["x", "z"], 60), weights, 0)
    assert honest.warning == ()
    right = cox.fit(rows, weights)
    wrong = cox.CoxFit(right.coefficients + 0.01, right.variance, right.fitted)
    monkeypatch.setattr(figures.cox, "fit", lambda *_: wrong)
    found = figures.fit(Model(rows, ["x", "z"], 60), weights, 0)
    assert "lifelines and the resampling's own estimate" in " ".join(found.warning)
    np.testing.assert_allclose(found.result.coefficients[0], right.coefficients[0], rtol=1e-9)


@pytest.mark.parametrize("seed", [6, 33])
def test_near_a_hazard_ratio_of_one_there_is_no_needless_alarm(seed: int) -> None:
    """lifelines' default stops 3e-6 away where a first step is small, which is no difference."""
    _, frame = simulated(seed, 40)
    model = Model(rows_of(frame, ["z"]), ["z"], 40)
    for one in (model, stratified(model, np.arange(40) % 3)):
        found = figures.fit(one, np.ones((1, 40)), 0)
        assert found.result.fitted[0]
        assert found.warning == ()


def test_separation_asks_no_library() -> None:
    _, frame = simulated(7)
    apart = frame.assign(x=frame["event"].astype(float))
    found = figures.fit(Model(rows_of(apart, ["x"]), ["x"], 60), np.ones((1, 60)), 0)
    assert np.isnan(found.result.coefficients).all()
    assert "no estimate" in " ".join(found.warning)


def test_every_estimate_of_a_trial_is_the_same_by_kernel_and_by_library() -> None:
    tables, config = simulate(60, 3), configuration()
    two = [analyse(tables, config, kernel_only=only) for only in (False, True)]
    for name in ("agreement", "survival"):
        first, second = (found[name] for found in two)
        np.testing.assert_allclose(first["estimate"], second["estimate"], rtol=1e-6, atol=1e-9)
        said = first["warning"].fillna("").str.contains("resampling's own")
        assert not said.any(), first[said]
