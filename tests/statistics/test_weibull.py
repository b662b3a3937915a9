"""The interval-censored Weibull model against R survival and lifelines."""

import numpy as np
import pandas as pd
import pytest
from lifelines import WeibullAFTFitter

from gadless.statistics.estimators import weibull
from gadless.statistics.estimators.weibull import Intervals

COEFFICIENTS = [0.367423768781, -0.289590374788]
ERRORS = [0.442753832906, 0.547967354469]


def visited(seed: int, patients: int = 150) -> Intervals:
    """Events between visits of 42 days; some days known, some patients without event."""
    rng = np.random.default_rng(seed)
    treated = (np.arange(patients) % 2).astype(float)
    true = 200 * rng.weibull(1.3, patients) * np.exp(0.35 * treated)
    end = rng.uniform(80, 600, patients)
    lower = 42 * np.floor(np.minimum(true, end) / 42)
    upper = np.where(true < end, lower + 42, np.inf)
    known = (true < end) & (rng.random(patients) < 0.2)
    day = np.ceil(true)
    lower, upper = np.where(known, day, lower), np.where(known, day, upper)
    return Intervals(lower, upper, treated[:, None])


def by_formula() -> Intervals:
    """Thirty patients without chance: left-, interval- and right-censored, and known days."""
    at = np.arange(30)
    lower = 28.0 * ((5 * at) % 7)
    upper = np.where(at % 4 == 0, np.inf, lower + 28 + 14 * (at % 3))
    known = (at % 5 == 1) & (lower > 0)
    upper = np.where(known, lower, upper)
    return Intervals(lower, upper, np.column_stack([at % 2, (at * at) % 7 / 3]).astype(float))


def test_equals_r() -> None:
    # R 4.2, survival 3.5-3: f <- survreg(Surv(l, u, type = "interval2") ~ x + z, dist = "weibull"),
    # lower 0 and upper infinite as NA; -coef(f) / f$scale, errors by the delta method
    found = weibull.fit(by_formula(), np.ones((1, 30)))
    np.testing.assert_allclose(found.coefficients[0], COEFFICIENTS, rtol=1e-7)
    np.testing.assert_allclose(found.errors[0], ERRORS, rtol=1e-6)


def test_r_agrees_on_resamples(r) -> None:
    data = visited(1)
    rng = np.random.default_rng(2)
    weights = rng.multinomial(150, np.full(150, 1 / 150), size=3).astype(float)
    found = weibull.fit(data, np.concatenate([np.ones((1, 150)), weights]))
    low = np.where(data.lower > 0, data.lower.astype(str), "NA")
    high = np.where(np.isfinite(data.upper), data.upper.astype(str), "NA")
    code = f"l <- c({','.join(low)}); u <- c({','.join(high)}); x <- rep(0:1, 75);"
    for row in weights:
        code += (
            f"w <- c({','.join(map(str, row))}); k <- w > 0;"
            "f <- survreg(Surv(l, u, type = 'interval2') ~ x, weights = w, subset = k,"
            " dist = 'weibull', control = survreg.control(rel.tolerance = 1e-12, maxiter = 100));"
            "g <- c(0, -1 / f$scale, coef(f)[2] / f$scale);"
            "cat(-coef(f)[2] / f$scale, sqrt(t(g) %*% vcov(f) %*% g), '');"
        )
    expected = np.array(r(code)).reshape(3, 2)
    np.testing.assert_allclose(found.coefficients[1:, 0], expected[:, 0], rtol=1e-6)
    np.testing.assert_allclose(found.errors[1:, 0], expected[:, 1], rtol=1e-5)


def test_lifelines_agrees() -> None:
    data = visited(3)
    frame = pd.DataFrame({"l": data.lower, "u": data.upper, "x": data.covariates[:, 0]})
    other = WeibullAFTFitter().fit_interval_censoring(frame, "l", "u")
    shape = np.exp(other.params_["rho_", "Intercept"])
    expected = -shape * other.params_["lambda_", "x"]
    found = weibull.fit(data, np.ones((1, 150))).coefficients[0, 0]
    assert found == pytest.approx(expected, rel=1e-3)


def test_without_a_maximum_there_is_no_estimate() -> None:
    data = visited(4, 40)
    nobody = Intervals(data.lower, np.full(40, np.inf), data.covariates)
    assert np.isnan(weibull.fit(nobody, np.ones((1, 40))).coefficients).all()
    constant = Intervals(data.lower, data.upper, np.ones((40, 1)))
    assert np.isnan(weibull.fit(constant, np.ones((1, 40))).coefficients).all()
    separated = Intervals(
        data.lower, np.where(data.covariates[:, 0] > 0, np.inf, data.upper), data.covariates
    )
    assert np.isnan(weibull.fit(separated, np.ones((1, 40))).coefficients).all()


def test_weights_are_copies_and_a_failed_sample_fails_alone() -> None:
    data = visited(5, 60)
    weights = np.random.default_rng(1).integers(0, 3, 60).astype(float)
    one_arm = np.where(data.covariates[:, 0] > 0, 0.0, 1.0)
    found = weibull.fit(data, np.stack([np.ones(60), one_arm, weights])).coefficients[:, 0]
    copies = np.repeat(np.arange(60), weights.astype(int))
    whole = Intervals(data.lower[copies], data.upper[copies], data.covariates[copies])
    expected = weibull.fit(whole, np.ones((1, len(copies)))).coefficients[0, 0]
    assert found[2] == pytest.approx(expected, rel=1e-8)
    assert np.isnan(found[1])
    assert np.isfinite(found[0])
