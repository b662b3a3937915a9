"""Sandwich variance and site strata against R survival."""

import numpy as np
import pandas as pd
from test_cox_kernel import rows_of, simulated, tied_trial

from gadless.statistics import models
from gadless.statistics.estimators import cox, robust
from gadless.statistics.models import Model

CLUSTER = np.arange(40) % 5
BY_PATIENT = [0.436047049752, 0.489662629645]
BY_SITE = [0.335882406983, 0.248543962761]
STRATIFIED = [[0.538561038167, 0.595926487066], [0.796821501585, 0.386978302137]]
TABLE = "d <- read.csv('{path}'); f <- coxph(Surv(start, stop, event) ~ x + z{more}, d, {how});"


def influence(rows, patients: int) -> tuple[np.ndarray, np.ndarray]:
    fitted = cox.fit(rows, np.ones((1, patients)))
    return fitted.coefficients[0], robust.influence(rows, fitted, patients)


def deviations(rows, cluster: np.ndarray) -> np.ndarray:
    _, moves = influence(rows, len(cluster))
    return np.sqrt(np.diag(robust.sandwich(moves, cluster)))


def test_sandwich_by_patient_and_by_site_equals_r() -> None:
    # R 4.2, survival 3.5-3: coxph(Surv(start, stop, event) ~ x + z, cluster = patient) and = site
    rows, _, _ = tied_trial()
    np.testing.assert_allclose(deviations(rows, np.arange(40)), BY_PATIENT, rtol=1e-8)
    np.testing.assert_allclose(deviations(rows, CLUSTER), BY_SITE, rtol=1e-8)


def test_r_agrees_on_score_residuals_and_sandwich(r, tmp_path) -> None:
    rows, _, frame = tied_trial()
    frame.assign(event=frame["event"].astype(int), site=CLUSTER[frame["patient"]]).to_csv(
        tmp_path / "d.csv", index=False
    )
    path = str(tmp_path / "d.csv")
    code = TABLE.format(path=path, more="", how="cluster = site, eps = 1e-12")
    code += "cat(sqrt(diag(vcov(f))), residuals(f, type = 'score'))"
    found = np.array(r(code))
    np.testing.assert_allclose(deviations(rows, CLUSTER), found[:2], rtol=1e-8)
    beta = cox.fit(rows, np.ones((1, 40))).coefficients[0]
    expected = found[2:].reshape(2, -1).T
    np.testing.assert_allclose(robust.score_residuals(rows, beta), expected, atol=1e-8)


def test_strata_equal_r_with_weights(r, tmp_path) -> None:
    rows, weights, frame = tied_trial()
    own = models.stratified(Model(rows, ["x", "z"], 40), CLUSTER).rows
    both = cox.fit(own, np.stack([np.ones(40), weights]))
    # coxph(Surv(start, stop, event) ~ x + z + strata(site)), then with weights = w
    np.testing.assert_allclose(both.coefficients, STRATIFIED, rtol=1e-7)
    frame.assign(
        event=frame["event"].astype(int),
        site=CLUSTER[frame["patient"]],
        w=weights[frame["patient"]],
    ).to_csv(tmp_path / "d.csv", index=False)
    path, more = str(tmp_path / "d.csv"), " + strata(site)"
    for at, how in enumerate(("eps = 1e-12", "weights = w, subset = w > 0, eps = 1e-12")):
        code = TABLE.format(path=path, more=more, how=how) + "cat(coef(f), sqrt(diag(vcov(f))))"
        errors = np.sqrt(np.diag(both.variance[at]))
        np.testing.assert_allclose([*both.coefficients[at], *errors], r(code), rtol=1e-6)


def test_paired_difference_equals_r_on_both_contrasts_stacked(r, tmp_path) -> None:
    # One model with a stratum and covariates a contrast, sandwich by patient: the covariance of
    # the two estimates is that of the paired patients.
    first, one = simulated(21)
    second = rows_of(one.assign(stop=one["stop"] + 7 * (np.arange(60) % 3)), ["x", "z"])
    pair = [influence(rows, 60) for rows in (first, second)]
    difference = pair[1][0] - pair[0][0]
    errors = np.sqrt(np.diag(robust.sandwich(pair[1][1] - pair[0][1], np.arange(60))))
    later = one.assign(stop=second.stop, c=1)
    pd.concat([one.assign(c=0), later]).assign(event=lambda d: d["event"].astype(int)).to_csv(
        tmp_path / "d.csv", index=False
    )
    code = (
        f"d <- read.csv('{tmp_path / 'd.csv'}');"
        "f <- coxph(Surv(stop, event) ~ x + z + x:c + z:c + strata(c), d, cluster = patient,"
        " eps = 1e-12); cat(coef(f)[3:4], sqrt(diag(vcov(f)))[3:4])"
    )
    np.testing.assert_allclose([*difference, *errors], r(code), rtol=1e-6)


def test_without_a_fit_there_is_no_influence() -> None:
    rows, _ = simulated(3)
    none = rows_of(
        pd.DataFrame({"start": 0.0, "stop": rows.stop, "event": False, "x": 1.0, "z": 0.0,
                      "patient": np.arange(60)}), ["x", "z"],
    )  # fmt: skip
    coefficients, moves = influence(none, 60)
    assert np.isnan(coefficients).all()
    assert (moves == 0).all()
