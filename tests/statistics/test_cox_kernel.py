"""The Cox kernel against R survival and lifelines, on samples and on resamples."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter
from small_trials import REAL

from gadless.statistics.estimators import cox
from gadless.statistics.estimators.counting import CoxRows


def tied_trial() -> tuple[CoxRows, np.ndarray, pd.DataFrame]:
    """Forty patients by formula, heavy ties, one time-dependent state; and weights with zeros."""
    at = np.arange(40)
    stop = 14.0 * (1 + (7 * at) % 11)
    turn = 14.0 * ((3 * at) % 6)
    died = (5 * at) % 4 != 0
    x = (at * at) % 7 / 3.0
    table = []
    for i in at:
        if 0 < turn[i] < stop[i]:
            table.append((0, turn[i], False, x[i], 0, i))
            table.append((turn[i], stop[i], died[i], x[i], 1, i))
        else:
            table.append((0, stop[i], died[i], x[i], 0, i))
    frame = pd.DataFrame(table, columns=["start", "stop", "event", "x", "z", "patient"])
    return rows_of(frame, ["x", "z"]), (at % 3).astype(float), frame


def rows_of(frame: pd.DataFrame, covariates: list[str]) -> CoxRows:
    return CoxRows(
        frame["start"].to_numpy(float),
        frame["stop"].to_numpy(float),
        frame["event"].to_numpy(bool),
        frame[covariates].to_numpy(float),
        frame["patient"].to_numpy(int),
    )


def test_efron_with_time_dependent_state_equals_r() -> None:
    # R 4.2, survival 3.5-3: coxph(Surv(start, stop, event) ~ x + z, ties = "efron")
    rows, _, _ = tied_trial()
    found = cox.fit(rows, np.ones((1, 40)))
    np.testing.assert_allclose(found.coefficients[0], [0.4921687854, 0.6050452467], rtol=1e-8)
    errors = np.sqrt(np.diag(found.variance[0]))
    np.testing.assert_allclose(errors, [0.4634630235, 0.4796385082], rtol=1e-8)


def test_weighted_efron_equals_r() -> None:
    # coxph(..., weights = w) without the rows of weight 0
    rows, weights, _ = tied_trial()
    found = cox.fit(rows, np.stack([np.ones(40), weights]))
    np.testing.assert_allclose(found.coefficients[1], [0.7077956588, 0.3982179679], rtol=1e-8)


def test_lung_equals_r() -> None:
    if not REAL.exists():
        pytest.skip("the table of lung cancer patients is not here")
    lung = pd.read_csv(REAL / "R_survival_lung.csv").dropna(subset=["age", "sex", "ph.ecog"])
    lung = lung.assign(start=0, stop=lung["time"], event=lung["status"] == 2)
    lung["patient"] = np.arange(len(lung))
    found = cox.fit(rows_of(lung, ["age", "sex", "ph.ecog"]), np.ones((1, len(lung))))
    expected = [0.01106676, -0.55261240, 0.46372848]
    np.testing.assert_allclose(found.coefficients[0], expected, atol=5e-9)
    errors = np.sqrt(np.diag(found.variance[0]))
    np.testing.assert_allclose(errors, [0.00926741, 0.16773905, 0.11357727], atol=5e-9)


def test_coin_glioma_equals_r() -> None:
    if not REAL.exists():
        pytest.skip("the table of glioma patients is not here")
    table = pd.read_csv(REAL / "coin_glioma.csv")
    table = table.assign(
        start=0,
        stop=table["time"],
        patient=np.arange(len(table)),
        event=table["event"].astype(str).str.upper().isin(["TRUE", "1"]),
        rit=(table["group"] == "RIT").astype(float),
    )
    found = cox.fit(rows_of(table, ["rit", "age"]), np.ones((1, len(table))))
    np.testing.assert_allclose(np.abs(found.coefficients[0]), [2.55453120, 0.06734445], atol=5e-9)


def simulated(seed: int, patients: int = 60) -> tuple[CoxRows, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    stop = 7 * np.ceil(rng.exponential(20, patients))
    frame = pd.DataFrame(
        {
            "start": 0.0,
            "stop": stop,
            "event": rng.random(patients) < 0.7,
            "x": rng.normal(size=patients),
            "z": (rng.random(patients) < 0.5).astype(float),
            "patient": np.arange(patients),
        }
    )
    return rows_of(frame, ["x", "z"]), frame


@pytest.mark.parametrize("seed", range(3))
def test_lifelines_agrees(seed: int) -> None:
    rows, frame = simulated(seed)
    found = cox.fit(rows, np.ones((1, len(frame))))
    other = CoxPHFitter().fit(frame[["stop", "event", "x", "z"]], "stop", "event")
    np.testing.assert_allclose(found.coefficients[0], other.params_, atol=1e-5)
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.variance[0])), other.standard_errors_, rtol=1e-4
    )


@pytest.mark.filterwarnings("ignore:Column z have very low variance")
def test_lifelines_agrees_on_a_time_dependent_state() -> None:
    rows, _, frame = tied_trial()
    other = CoxTimeVaryingFitter().fit(
        frame, id_col="patient", event_col="event", start_col="start", stop_col="stop"
    )
    found = cox.fit(rows, np.ones((1, 40)))
    np.testing.assert_allclose(found.coefficients[0], other.params_, atol=1e-5)


def test_r_agrees_on_resamples(r) -> None:
    rows, frame = simulated(11)
    rng = np.random.default_rng(4)
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=3).astype(float)
    found = cox.fit(rows, np.concatenate([np.ones((1, 60)), weights]))
    columns = {name: ",".join(map(str, frame[name].astype(float))) for name in ("stop", "x", "z")}
    events = ",".join(map(str, frame["event"].astype(int)))
    code = "".join(f"{name} <- c({text});" for name, text in columns.items())
    code += f"event <- c({events});"
    for row in weights:
        code += (
            f"w <- c({','.join(map(str, row))}); k <- w > 0;"
            "f <- coxph(Surv(stop, event) ~ x + z, weights = w, subset = k,"
            " control = coxph.control(eps = 1e-12)); cat(coef(f), diag(vcov(f)), '');"
        )
    expected = np.array(r(code)).reshape(3, 4)
    np.testing.assert_allclose(found.coefficients[1:], expected[:, :2], rtol=1e-7)
    np.testing.assert_allclose(
        np.diagonal(found.variance[1:], axis1=1, axis2=2), expected[:, 2:], rtol=1e-6
    )


def test_order_of_rows_and_chunks_do_not_matter() -> None:
    rows, frame = simulated(2)
    mixed = rows_of(frame.sample(frac=1, random_state=1), ["x", "z"])
    weights = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), 900).astype(float)
    weights = np.concatenate([np.ones((1, 60)), weights])
    together = cox.fit(rows, weights).coefficients
    np.testing.assert_allclose(cox.fit(mixed, weights).coefficients, together, rtol=1e-7)
    alone = cox.fit(rows, weights[[0, 640]]).coefficients[1]
    np.testing.assert_allclose(alone, together[640], rtol=1e-7)


@pytest.mark.parametrize(
    ("event", "x"),
    [
        ([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]),  # every death has x = 1: separation
        ([0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 1, 0]),  # nobody dies
        ([1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]),  # nothing varies
    ],
)
def test_without_a_maximum_there_is_no_estimate(event: list[int], x: list[float]) -> None:
    rows = CoxRows(
        np.zeros(6),
        np.arange(1.0, 7.0),
        np.array(event) == 1,
        np.array(x, float)[:, None],
        np.arange(6),
    )
    assert not cox.fit(rows, np.ones((1, 6))).fitted[0]


def test_collinear_covariates_have_no_estimate() -> None:
    _, frame = simulated(3)
    double = rows_of(frame.assign(y=2 * frame["x"] + 1), ["x", "y"])
    assert not cox.fit(double, np.ones((1, 60))).fitted[0]
