"""Shares and their differences against published figures and R by another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from gadless.statistics.estimators import proportions

UNPAIRED = {
    ((48, 80), (56, 70)): (0.0528, 0.3382),
    ((3, 10), (9, 10)): (0.1700, 0.8406),
    ((0, 29), (5, 56)): (-0.0326, 0.1933),
}
"""Newcombe, Stat Med 1998;17:873, table II: method 6, Miettinen & Nurminen."""

BENTUR = (-0.517, -0.026)
"""Fagerland, Lydersen & Laake, Stat Med 2014;33:2850: Tango's interval of 1, 1, 7, 12."""

R = """
limits <- function(score, middle) {
  z <- qnorm(0.975); ends <- c(-1, 1) * (1 - 1e-9)
  cat(uniroot(function(d) score(d) - z, c(ends[1], middle), tol = 1e-13)$root,
      uniroot(function(d) score(d) + z, c(middle, ends[2]), tol = 1e-13)$root, "")
}
part <- function(n, p) if (n > 0) n * log(p) else 0
best <- function(f, low, high) optimize(f, c(low, high), maximum = TRUE, tol = 1e-15)$maximum
paired <- function(b, c, n) limits(function(d) {
  q <- best(function(q) part(b, q) + part(c, q + d) + part(n - b - c, 1 - 2 * q - d),
            max(0, -d) + 1e-14, (1 - d) / 2 - 1e-14)
  (c - b - n * d) / sqrt(n * (2 * q + d - d^2))
}, (c - b) / n)
groups <- function(x, n, y, m) limits(function(d) {
  p <- best(function(p) part(x, p) + part(n - x, 1 - p) + part(y, p + d) + part(m - y, 1 - p - d),
            max(0, -d) + 1e-14, min(1, 1 - d) - 1e-14)
  v <- (p * (1 - p) / n + (p + d) * (1 - p - d) / m) * (n + m) / (n + m - 1)
  (y / m - x / n - d) / sqrt(v)
}, y / m - x / n)
"""


@pytest.mark.parametrize(("groups", "expected"), UNPAIRED.items())
def test_the_difference_of_two_groups_is_the_published_one(groups, expected) -> None:
    found = proportions.difference(*groups, 0.95)
    np.testing.assert_allclose(found[:2], expected, atol=5e-5)


def test_the_paired_difference_is_the_published_one() -> None:
    np.testing.assert_allclose(proportions.paired_difference(7, 1, 21, 0.95), BENTUR, atol=5e-4)


def test_r_agrees_by_numerical_maximum_likelihood(r) -> None:
    pairs = [(2, 12, 50), (7, 1, 21), (20, 40, 160), (3, 5, 400)]
    groups = [((48, 80), (56, 70)), ((3, 10), (9, 10)), ((21, 201), (30, 320))]
    code = R + "".join(f"paired({b},{c},{n});" for b, c, n in pairs)
    code += "".join(f"groups({x},{n},{y},{m});" for (x, n), (y, m) in groups)
    found = [proportions.paired_difference(*pair, 0.95) for pair in pairs]
    found += [proportions.difference(*both, 0.95)[:2] for both in groups]
    np.testing.assert_allclose(np.ravel(found), r(code), atol=1e-6)


def test_r_agrees_on_exact_intervals_and_on_the_test_of_two_groups(r) -> None:
    code = "cat(binom.test(3, 40)$conf.int, binom.test(0, 24, conf.level = 0.9)$conf.int, '');"
    code += "cat(prop.test(c(9, 3), c(38, 40), correct = FALSE)$statistic)"
    expected = r(code)
    found = [*proportions.exact(3, 40, 0.95), *proportions.exact(0, 24, 0.9)]
    np.testing.assert_allclose(found, expected[:4], atol=1e-9)
    # Miettinen & Nurminen's variance is N / (N - 1) times that of Pearson's chi-square.
    *_, p = proportions.difference((3, 40), (9, 38), 0.95)
    assert p == pytest.approx(chi2.sf(expected[4] * 77 / 78, 1), rel=1e-9)


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
@settings(max_examples=150, deadline=None)
def test_two_groups_have_an_interval_that_mirrors_and_agrees_with_the_test(one, two) -> None:
    lower, upper, p = proportions.difference(one, two, 0.95)
    middle = two[0] / two[1] - one[0] / one[1]
    assert -1 <= lower <= middle <= upper <= 1
    assert lower < upper
    mirrored = proportions.difference(two, one, 0.95)
    np.testing.assert_allclose(mirrored, (-upper, -lower, p), atol=1e-7)
    if abs(p - 0.05) > 1e-6:
        assert (p < 0.05) == (lower > 0 or upper < 0)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_a_paired_interval_has_width_and_mirrors(first: int, second: int, same: int) -> None:
    total = first + second + same
    lower, upper = proportions.paired_difference(first, second, total, 0.95)
    if not total:
        assert np.isnan(lower)
        return
    assert -1 <= lower <= (second - first) / total <= upper <= 1
    assert lower < upper
    swapped = proportions.paired_difference(second, first, total, 0.95)
    np.testing.assert_allclose(swapped, (-upper, -lower), atol=1e-9)
    if first + second:
        mcnemar = (second - first) ** 2 / (first + second)
        assert (mcnemar > chi2.isf(0.05, 1)) == (lower > 0 or upper < 0)


def test_nobody_has_no_share() -> None:
    assert np.isnan(proportions.exact(0, 0, 0.95)).all()
    assert np.isnan(proportions.difference((0, 0), (1, 3), 0.95)).all()
