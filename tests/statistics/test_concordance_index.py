"""Concordance against R survival and lifelines."""

import numpy as np
import pytest
from lifelines.utils import concordance_index
from test_cox_kernel import simulated, tied_trial

from gadless.statistics.estimators import concordance, cox
from gadless.statistics.estimators.concordance import Comparable, dense_ranks
from gadless.statistics.estimators.counting import CoxRows


def score(rows, coefficients):
    return np.round(cox.linear_predictor(rows, coefficients), 10)


def test_counting_process_equals_r_with_and_without_weights() -> None:
    # R: concordance(coxph(Surv(start, stop, event) ~ x + z)), and with weights = w
    rows, weights, _ = tied_trial()
    both = np.stack([np.ones(40), weights])
    fits = cox.fit(rows, both)
    found = Comparable(rows).concordance(score(rows, fits.coefficients), both).harrell
    np.testing.assert_allclose(found, [0.599122807, 0.6192236599], rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_harrell_equals_lifelines(seed: int) -> None:
    rows, frame = simulated(seed)
    values = np.round(frame["x"].to_numpy(), 1)  # with ties
    found = Comparable(rows).concordance(values[None], np.ones((1, 60))).harrell[0]
    expected = concordance_index(frame["stop"], -values, frame["event"])
    assert found == pytest.approx(expected, abs=1e-12)


def test_uno_and_harrell_equal_r_on_weighted_samples(r) -> None:
    rows, frame = simulated(5)
    rng = np.random.default_rng(6)
    weights = np.concatenate(
        [np.ones((1, 60)), rng.multinomial(60, np.full(60, 1 / 60), 2).astype(float)]
    )
    values = np.tile(np.round(frame["x"].to_numpy(), 1), (3, 1))
    found = Comparable(rows).concordance(values, weights, uno=True)
    code = f"t <- c({','.join(map(str, frame['stop']))});"
    code += f"e <- c({','.join(map(str, frame['event'].astype(int)))});"
    code += f"x <- c({','.join(map(str, values[0]))});"
    for row in weights:
        code += (
            f"w <- c({','.join(map(str, row))}); k <- w > 0; for (how in c('n', 'n/G2'))"
            " cat(concordance(Surv(t, e) ~ x, weights = w, subset = k, reverse = TRUE,"
            " timewt = how)$concordance, '');"
        )
    expected = np.array(r(code)).reshape(3, 2)
    np.testing.assert_allclose(found.harrell, expected[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.uno, expected[:, 1], rtol=1e-9)


def pair_by_pair(rows, score, mass):
    """Harrell's index as it is defined: every death with every row at risk in its stratum."""
    concordant = total = 0.0
    for one in np.flatnonzero(rows.event):
        day = rows.stop[one]
        at_risk = (rows.start < day) & (rows.stop >= day) & (rows.stratum == rows.stratum[one])
        partners = at_risk & ~((rows.stop == day) & rows.event)
        share = np.where(score < score[one], 1.0, np.where(score == score[one], 0.5, 0.0))
        concordant += mass[one] * (share * mass)[partners].sum()
        total += mass[one] * mass[partners].sum()
    return concordant / total


@pytest.mark.parametrize("block", [1, 2, 7, 64])
@pytest.mark.parametrize("whole", [True, False])
def test_the_table_of_ranks_gives_what_every_pair_gives(block, whole, monkeypatch) -> None:
    """Ties of days and scores, late entry, strata, patients not drawn, masses of any size."""
    monkeypatch.setattr(concordance, "BLOCK", block)
    monkeypatch.setattr(concordance, "SAMPLES", 3)
    rng = np.random.default_rng(block)
    size = 90
    stop = rng.integers(2, 20, size).astype(float)
    start = np.where(rng.random(size) < 0.4, np.floor(stop * rng.random(size)), 0.0)
    values = rng.normal(size=(size, 1))
    event, stratum = rng.random(size) < 0.6, rng.integers(0, 3, size)
    rows = CoxRows(start, stop, event, values, np.arange(size), stratum)
    weights = rng.integers(0, 3, (7, size)) * (1.0 if whole else 0.3)
    scores = np.round(rng.normal(size=(7, size)), 1)
    found = Comparable(rows).concordance(scores, weights).harrell
    expected = [pair_by_pair(rows, *each) for each in zip(scores, weights, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_weights_are_copies() -> None:
    rows, _ = simulated(7, patients=20)
    weights = np.random.default_rng(1).integers(0, 3, 20).astype(float)
    values = np.round(rows.covariates[:, 0], 1)
    found = Comparable(rows).concordance(values[None], weights[None]).harrell[0]
    copies = np.repeat(np.arange(20), weights.astype(int))
    # A patient and a copy die together, which makes them no pair, as two copies are none here.
    expected = concordance_index(rows.stop[copies], -values[copies], rows.event[copies])
    assert found == pytest.approx(expected, abs=1e-12)


def test_nothing_comparable_is_missing() -> None:
    rows, _ = simulated(8, patients=5)
    missing = Comparable(rows).concordance(np.zeros((1, 5)), np.zeros((1, 5))).harrell
    assert np.isnan(missing[0])


def test_ranks_are_dense() -> None:
    np.testing.assert_array_equal(dense_ranks(np.array([[3.0, 1.0, 3.0, 2.0]])), [[2, 0, 2, 1]])
