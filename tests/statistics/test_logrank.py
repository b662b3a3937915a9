"""The stratified log-rank test against R's survdiff, statsmodels and the Cox score test."""

import numpy as np
import pytest
from scipy.stats import norm

from gadless.statistics.estimators import cox, library
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.logrank import logrank

SIZE = 90


def trial(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days with heavy ties, events, three arms, four strata."""
    rng = np.random.default_rng(seed)
    arm = np.arange(SIZE) % 3
    stratum = rng.integers(0, 4, SIZE)
    days = 14 * np.ceil(rng.exponential(6 + 2 * arm + stratum))
    return days, rng.random(SIZE) < 0.75, arm, stratum


def formula_trial() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Forty patients by formula, for the constants."""
    at = np.arange(40)
    return 14.0 * (1 + (7 * at) % 11), (5 * at) % 4 != 0, at % 2, at % 5


def r_code(days, event, arm, stratum) -> str:
    columns = {"t": days, "e": event.astype(int), "a": arm, "s": stratum}
    return "".join(f"{k} <- c({','.join(map(str, v))});" for k, v in columns.items())


CONSTANTS = {"plain": 3.16085924902491, "stratified": 1.86582058668244}
"""R 4.2, survival 3.5-3: survdiff(Surv(days, event) ~ arm), and with strata(stratum)."""


@pytest.mark.parametrize("how", CONSTANTS)
def test_equals_the_constants(how: str) -> None:
    days, event, arm, stratum = formula_trial()
    strata = stratum if how == "stratified" else np.zeros(40)
    found = logrank(days, event, arm, strata, np.ones((1, 40)))
    statistic, p, freedom = found.chi_square()
    assert freedom == 1
    assert statistic == pytest.approx(CONSTANTS[how], rel=1e-8)
    assert found.z()[0] ** 2 == pytest.approx(statistic)
    assert p == pytest.approx(2 * norm.sf(abs(found.z()[0])))


@pytest.mark.parametrize("seed", range(3))
def test_r_agrees_on_three_arms_and_on_resamples(r, seed: int) -> None:
    days, event, arm, stratum = trial(seed)
    drawn = np.random.default_rng(seed).multinomial(SIZE, np.full(SIZE, 1 / SIZE), 2)
    weights = np.concatenate([np.ones((1, SIZE)), drawn.astype(float)])
    found = logrank(days, event, arm, stratum, weights)
    code = r_code(days, event, arm, stratum)
    for row in weights.astype(int):
        code += (
            f"w <- rep(seq_along(t), c({','.join(map(str, row))}));"
            "f <- survdiff(Surv(t, e) ~ a + strata(s), data.frame(t, e, a, s)[w, ]);"
            "o <- rowSums(as.matrix(f$obs) - f$exp); cat(o[2:3], f$var[2:3, 2:3], f$chisq, '');"
        )
    expected = np.array(r(code)).reshape(3, 7)
    np.testing.assert_allclose(found.excess, expected[:, :2], atol=1e-9)
    np.testing.assert_allclose(found.variance.reshape(3, 4), expected[:, 2:6], atol=1e-9)
    assert found.chi_square()[0] == pytest.approx(expected[0, 6], rel=1e-9)
    assert found.chi_square()[2] == 2


def test_statsmodels_agrees() -> None:
    days, event, arm, stratum = trial()
    found = logrank(days, event, arm, stratum, np.ones((1, SIZE))).chi_square()[0]
    assert found == pytest.approx(library.logrank(days, event, arm, stratum), rel=1e-9)


def test_without_ties_it_is_the_score_test_of_the_stratified_cox_model() -> None:
    rng = np.random.default_rng(4)
    days = rng.permutation(SIZE) + 1.0
    _, event, arm, stratum = trial()
    x = (arm > 0).astype(float)
    rows = CoxRows(np.zeros(SIZE), days, event, x[:, None], np.arange(SIZE), stratum)
    _, score, information = cox.derivatives(rows, np.ones((1, SIZE)), np.zeros((1, 1)))
    found = logrank(days, event, (arm > 0).astype(int), stratum, np.ones((1, SIZE)))
    assert found.z()[0] == pytest.approx(score[0, 0] / np.sqrt(information[0, 0, 0]))


def test_a_higher_hazard_of_the_second_group_is_positive() -> None:
    days, event = np.array([10.0, 11, 12, 1, 2, 3]), np.ones(6, dtype=bool)
    group, none = np.array([0, 0, 0, 1, 1, 1]), np.zeros(6)
    assert logrank(days, event, group, none, np.ones((1, 6))).z()[0] > 0


def test_groups_that_are_never_at_risk_together_have_no_test() -> None:
    days, event, group = np.arange(1.0, 5), np.ones(4, dtype=bool), np.array([0, 0, 1, 1])
    found = logrank(days, event, group, group, np.ones((1, 4)))
    assert np.isnan(found.z()[0])
    assert np.isnan(found.chi_square()[0])
    assert np.isnan(library.logrank(days, event, group, group))
