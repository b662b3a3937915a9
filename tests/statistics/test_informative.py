"""Tests of informative failing, against R, brute force and simulation."""

from itertools import permutations

import numpy as np
import pytest

from gadless.statistics.estimators.informative import between_patients, within_patients

# mantelhaen.test(table(failed, marked, patient), exact = TRUE)$p.value of the visits below
FAILED = [1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0]
MARKED = [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0]
PATIENT = [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6]


def test_within_patients_is_the_exact_conditional_test_of_r(r) -> None:
    code = (
        f"f <- c({','.join(map(str, FAILED))}); m <- c({','.join(map(str, MARKED))});"
        f"p <- c({','.join(map(str, PATIENT))});"
        "both <- function(x) length(unique(x)) > 1;"
        "k <- ave(f, p, FUN = both) & ave(m, p, FUN = both);"
        "t <- table(f[k], m[k], p[k]);"
        "up <- mantelhaen.test(t, exact = TRUE, alternative = 'greater')$p.value;"
        "down <- mantelhaen.test(t, exact = TRUE, alternative = 'less')$p.value;"
        "cat(min(1, 2 * min(up, down)))"
    )
    found = within_patients(np.array(FAILED) == 1, np.array(MARKED) == 1, np.array(PATIENT))
    assert [pytest.approx(found)] == r(code)


def test_between_patients_approaches_all_permutations() -> None:
    failed, totals = np.array([3, 1, 0, 2, 0, 0.0]), np.array([4, 3, 5, 2, 3, 4.0])
    group = np.array([1, 1, 1, 0, 0, 0])

    def spread(codes: np.ndarray) -> float:
        shares = [failed[codes == c].sum() / totals[codes == c].sum() for c in (0, 1)]
        visits = [totals[codes == c].sum() for c in (0, 1)]
        whole = failed.sum() / totals.sum()
        return sum(n * (s - whole) ** 2 for n, s in zip(visits, shares, strict=True))

    every = [spread(group[list(order)]) for order in permutations(range(6))]
    exact = np.mean(np.array(every) >= spread(group) - 1e-12)
    found = between_patients(failed, totals, group, 1, permutations=20_000)
    assert found == pytest.approx(exact, abs=0.015)


def test_sizes_hold_when_patients_fail_as_wholes() -> None:
    """Half of the patients fail at nearly all of their visits, whatever their arm."""
    rng, below = np.random.default_rng(3), 0
    for _ in range(300):
        totals = rng.integers(2, 8, 40).astype(float)
        prone = rng.random(40) < 0.5
        failed = rng.binomial(totals.astype(int), np.where(prone, 0.9, 0.05)).astype(float)
        below += between_patients(failed, totals, rng.integers(0, 2, 40), 1, 199) <= 0.05
    assert below / 300 < 0.09


def test_nothing_to_test_has_no_p() -> None:
    none, totals = np.zeros(4), np.full(4, 3.0)
    groups = np.array([0, 0, 1, 1])
    assert np.isnan(between_patients(none, totals, groups, 1))
    assert np.isnan(between_patients(totals, totals, groups, 1))
    assert np.isnan(between_patients(np.array([1.0, 0, 0, 0]), totals, np.zeros(4), 1))
    visits = np.array([True, False])
    assert np.isnan(within_patients(visits, visits, np.array([0, 1])))
