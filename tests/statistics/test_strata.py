"""Strata in Cox rows against R survival: their labels never matter, and days stay days."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cox_kernel import rows_of, simulated, tied_trial

from gadless.statistics import models
from gadless.statistics.estimators import cox, library, robust
from gadless.statistics.estimators.concordance import Comparable
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.proportional import GLOBAL
from gadless.statistics.figures import fit
from gadless.statistics.models import Model

CLUSTER = np.arange(40) % 5
ONE = np.ones((1, 40))
ZPH = {
    "x": (0.109344550179, 0.740891593433),
    "z": (0.546798619334, 0.459628734956),
    GLOBAL: (0.836648340937, 0.658148841421),
}
"""R 4.2, survival 3.5-3: cox.zph(coxph(... + strata(site)), 'log', terms = FALSE)."""


def in_strata(labels: np.ndarray) -> Model:
    rows, _, _ = tied_trial()
    return models.stratified(Model(rows, ["x", "z"], 40), labels)


def written(frame: pd.DataFrame, folder, **columns: object) -> str:
    path = folder / "d.csv"
    frame.assign(event=frame["event"].astype(int), **columns).to_csv(path, index=False)
    return str(path)


def test_proportional_hazards_in_strata_equal_r() -> None:
    found = fit(in_strata(CLUSTER), ONE, 0).proportional()
    for name, expected in ZPH.items():
        assert found[name] == pytest.approx(expected, rel=1e-6), name


def test_r_agrees_on_proportional_hazards_and_score_residuals_in_strata(r, tmp_path) -> None:
    _, _, frame = tied_trial()
    path = written(frame, tmp_path, site=CLUSTER[frame["patient"]])
    code = (
        f"d <- read.csv('{path}');"
        "f <- coxph(Surv(start, stop, event) ~ x + z + strata(site), d, eps = 1e-12);"
        "cat(cox.zph(f, 'log', terms = FALSE)$table[, c(1, 3)], residuals(f, type = 'score'))"
    )
    expected = np.array(r(code))
    model = in_strata(CLUSTER)
    fitted = fit(model, ONE, 0)
    found = fitted.proportional()
    ours = np.array([found["x"], found["z"], found[GLOBAL]])
    np.testing.assert_allclose(ours.T.ravel(), expected[:6], rtol=1e-6)
    residuals = robust.score_residuals(model.rows, fitted.result.coefficients[0])
    np.testing.assert_allclose(residuals, expected[6:].reshape(2, -1).T, atol=1e-8)


def test_r_agrees_on_concordance_within_strata(r, tmp_path) -> None:
    rows, frame = simulated(5)
    site = np.arange(60) % 4
    weights = np.random.default_rng(6).multinomial(60, np.full(60, 1 / 60), 2).astype(float)
    weights = np.concatenate([np.ones((1, 60)), weights])
    own = models.stratified(Model(rows, ["x", "z"], 60), site).rows
    values = np.tile(np.round(frame["x"].to_numpy(), 1), (3, 1))
    found = Comparable(own).concordance(values, weights, uno=True)
    path = written(frame.assign(x=values[0]), tmp_path, site=site)
    code = f"d <- read.csv('{path}');"
    for row in weights:
        code += (
            f"d$w <- c({','.join(map(str, row))}); for (how in c('n', 'n/G2'))"
            " cat(concordance(Surv(stop, event) ~ x + strata(site), d, weights = w, subset = w > 0,"
            " reverse = TRUE, timewt = how)$concordance, '');"
        )
    expected = np.array(r(code)).reshape(3, 2)
    np.testing.assert_allclose(found.harrell, expected[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.uno, expected[:, 1], rtol=1e-9)


def test_lifelines_agrees_in_strata() -> None:
    rows = in_strata(CLUSTER).rows
    np.testing.assert_allclose(library.cox(rows), cox.fit(rows, ONE).coefficients[0], rtol=1e-9)


@given(st.permutations(range(5)))
@settings(max_examples=8, deadline=None)
def test_the_names_of_strata_change_nothing(order: list[int]) -> None:
    """Strata that are a shift of time make the test of proportional hazards depend on them."""
    first, second = (
        fit(in_strata(labels), ONE, 0) for labels in (CLUSTER, np.array(order)[CLUSTER])
    )
    np.testing.assert_allclose(
        list(second.proportional().values()), list(first.proportional().values()), rtol=1e-9
    )
    np.testing.assert_allclose(second.result.coefficients, first.result.coefficients, rtol=1e-9)


def test_one_stratum_is_no_stratum() -> None:
    rows, weights, _ = tied_trial()
    both = np.stack([np.ones(40), weights])
    apart = in_strata(np.full(40, "north")).rows
    np.testing.assert_array_equal(
        cox.fit(apart, both).coefficients, cox.fit(rows, both).coefficients
    )


@given(st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=15, deadline=None)
def test_strata_add_up(seed: int, count: int) -> None:
    """Likelihood, score and information of the strata together are the sums of each alone."""
    rng = np.random.default_rng(seed)
    size = 40
    frame = pd.DataFrame(
        {
            "start": np.where(rng.random(size) < 0.3, 7.0, 0.0),
            "stop": 7.0 * rng.integers(2, 9, size),
            "event": rng.random(size) < 0.6,
            "x": rng.normal(size=size),
            "z": rng.integers(0, 2, size).astype(float),
            "patient": np.arange(size),
        }
    )
    stratum = rng.integers(0, count, size)
    rows = rows_of(frame, ["x", "z"])
    mass = rng.integers(0, 3, (2, size)).astype(float)
    beta = rng.normal(0, 0.3, (2, 2))
    whole = models.stratified(Model(rows, ["x", "z"], size), stratum).rows
    total = cox.derivatives(whole, mass, beta)
    parts = []
    for label in np.unique(stratum):
        inside = mass * (stratum == label)
        parts.append(cox.derivatives(rows, inside, beta))
    for at in range(3):
        np.testing.assert_allclose(sum(part[at] for part in parts), total[at], atol=1e-9)


def test_rows_without_events_in_a_stratum_say_nothing() -> None:
    rows, _ = simulated(3, 40)
    more = CoxRows(
        np.append(rows.start, 0.0),
        np.append(rows.stop, 500.0),
        np.append(rows.event, False),
        np.vstack([rows.covariates, [[4.0, 1.0]]]),
        np.append(rows.patient, 40),
        np.append(np.zeros(40, dtype=int), 1),
    )
    found = cox.fit(more, np.ones((1, 41))).coefficients
    np.testing.assert_allclose(found, cox.fit(rows, ONE).coefficients, rtol=1e-7)
