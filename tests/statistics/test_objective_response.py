"""Response rates, clinical benefit and duration of response, by hand and by R."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, chi2
from small_trials import CRITERIA, PAIR, SETS, configuration, simulate

from gadless.statistics.analyse import analyse
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import objective_response
from gadless.statistics.estimators.kaplan_meier import kaplan_meier
from gadless.statistics.rows import Rows
from gadless.statistics.study import Unit
from gadless.statistics.tables import TrialTables

BEST = {"gbca": "CPSMNCPSDS", "cgan": "CSSMDCSNDP"}
"""By patient, over and over; C is CR and so on, N is NE."""
NAMES = {"C": "CR", "P": "PR", "M": "MR", "S": "SD", "D": "PD", "N": "NE"}
SIZE = 60


def with_responses(tables: TrialTables) -> TrialTables:
    """Give every patient a best response, and a duration to those who responded."""
    rows, times = [], []
    for name_of_set, pair in SETS:
        for contrast, letters in BEST.items():
            labels = {
                "contrast": contrast,
                "criteria": CRITERIA,
                "analysis_set": name_of_set,
                "candidate": pair,
            }
            for at, patient in enumerate(tables.patients["patient"]):
                best = NAMES[letters[at % 10]]
                # Somebody without a row has no evaluable response either.
                if at != 14:
                    rows.append({"patient": patient, **labels, "best_response": best})
                responded = best in ("CR", "PR") and at != 14
                times.append(
                    {
                        "patient": patient,
                        **labels,
                        "endpoint": "DOR",
                        "days": 42 * (1 + at % 7) if responded else pd.NA,
                        "event": int(at % 3 > 0) if responded else pd.NA,
                        "trigger": None,
                        "visit": None,
                    }
                )
    endpoints = pd.concat([tables.endpoints, pd.DataFrame(times)], ignore_index=True)
    return replace(tables, best_response=pd.DataFrame(rows), endpoints=endpoints)


@pytest.fixture(scope="module")
def trial() -> TrialTables:
    return with_responses(simulate(SIZE, 3))


@pytest.fixture(scope="module")
def rows(trial: TrialTables) -> pd.DataFrame:
    found = Rows(0.95)
    study = assemble(trial, configuration(bootstrap=200), kernel_only=True)
    objective_response.write_rows(found, study, trial)
    return found.table()


def responded(trial: TrialTables, contrast: str, counted: tuple[str, ...]) -> pd.Series:
    best = trial.best_response
    own = best[(best["contrast"] == contrast) & (best["analysis_set"] == "common")]
    found = own.set_index("patient")["best_response"].isin(counted)
    return found.reindex(trial.patients["patient"], fill_value=False)


KINDS = {"objective_response": ("CR", "PR"), "clinical_benefit": ("CR", "PR", "MR", "SD")}


def one(rows: pd.DataFrame, **where: str) -> pd.Series:
    for name, value in {"analysis_set": "common", "stratum": "all", **where}.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("contrast", BEST)
def test_every_patient_counts(rows, trial, kind: str, contrast: str) -> None:
    row = one(rows, analysis=kind, term="rate", contrast=contrast)
    hit = int(responded(trial, contrast, KINDS[kind]).sum())
    assert (row["events"], row["n"]) == (hit, SIZE)
    exact = binomtest(hit, SIZE).proportion_ci(0.95, method="exact")
    np.testing.assert_allclose(row[["lower", "upper"]].astype(float), exact, rtol=1e-9)
    best = [BEST[contrast][at % 10] for at in range(SIZE) if at != 14]
    unseen = 1 + best.count("N")
    assert row["warning"].startswith(f"{unseen} without an evaluable best response")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_patients_are_paired(rows, trial, kind: str) -> None:
    row = one(rows, analysis=kind, term="rate_difference", candidate="cgan")
    first, second = (responded(trial, name, KINDS[kind]) for name in BEST)
    only = int((first & ~second).sum()), int((second & ~first).sum())
    assert row["estimate"] == pytest.approx((only[1] - only[0]) / SIZE)
    assert row["events"] == sum(only)
    assert row["p"] == pytest.approx(binomtest(only[1], sum(only)).pvalue)
    assert row["lower"] < row["estimate"] < row["upper"]


def test_arms_add_up_and_are_compared_with_the_control_arm(rows) -> None:
    here = {"analysis": "objective_response", "contrast": "gbca"}
    arms = [one(rows, term="rate", stratum=f"arm:{arm}", **here) for arm in "AB"]
    whole = one(rows, term="rate", **here)
    assert sum(row["n"] for row in arms) == whole["n"]
    assert sum(row["events"] for row in arms) == whole["events"]
    row = one(rows, term="treatment_difference", stratum="arm:B", **here)
    assert row["estimate"] == pytest.approx(arms[1]["estimate"] - arms[0]["estimate"])
    assert (row["p"] < 0.05) == (row["lower"] > 0 or row["upper"] < 0)


def test_the_change_of_the_difference_is_that_of_the_rates(rows) -> None:
    here = {"analysis": "objective_response", "stratum": "arm:B"}
    two = [one(rows, term="treatment_difference", contrast=name, **here) for name in BEST]
    row = one(rows, term="treatment_difference_change", candidate="cgan", **here)
    assert row["estimate"] == pytest.approx(two[1]["estimate"] - two[0]["estimate"])
    assert np.isnan(row["p"])
    assert row["lower"] < row["estimate"] < row["upper"]


def test_r_agrees_on_rates_and_the_test_of_two_arms(r, rows) -> None:
    here = {"analysis": "objective_response", "contrast": "gbca"}
    arms = [one(rows, term="rate", stratum=f"arm:{arm}", **here) for arm in "AB"]
    x, n = ([int(row[name]) for row in arms] for name in ("events", "n"))
    code = (
        f"cat(binom.test({x[0]}, {n[0]})$conf.int, binom.test({x[1]}, {n[1]})$conf.int,"
        f" prop.test(c({x[1]}, {x[0]}), c({n[1]}, {n[0]}), correct = FALSE)$statistic)"
    )
    expected = r(code)
    found = [float(row[name]) for row in arms for name in ("lower", "upper")]
    np.testing.assert_allclose(found, expected[:4], atol=1e-9)
    row = one(rows, term="treatment_difference", stratum="arm:B", **here)
    assert row["p"] == pytest.approx(chi2.sf(expected[4] * (SIZE - 1) / SIZE, 1), rel=1e-8)


def test_duration_is_that_of_those_who_responded(trial) -> None:
    study = assemble(trial, configuration(bootstrap=200), kernel_only=True)
    figures = {
        name: {one.stratum: one for one in objective_response.durations(study, Unit(PAIR, name))}
        for name in BEST
    }
    for name, found in figures.items():
        hit = responded(trial, name, KINDS["objective_response"]).to_numpy()
        whole = found["all"]
        assert (whole.endpoint, whole.term) == ("DOR", "median_days")
        assert whole.n == hit.sum()
        assert found["arm:A"].n + found["arm:B"].n == whole.n
        at = np.flatnonzero(hit)
        curve = kaplan_meier(42.0 * (1 + at % 7), at % 3 > 0, np.ones((1, len(at))))
        assert whole.value.value == curve.median()[0]


def test_without_a_responder_the_row_says_so(trial) -> None:
    times = trial.endpoints.copy()
    times.loc[times["endpoint"] == "DOR", ["days", "event"]] = pd.NA
    study = assemble(replace(trial, endpoints=times), configuration(), kernel_only=True)
    found = next(objective_response.durations(study, Unit(PAIR, "gbca")))
    assert (found.n, found.warning) == (0, ("no patient",))
    assert np.isnan(found.value.value)


def test_tables_hold_rates_and_durations(trial) -> None:
    found = analyse(trial, configuration(), kernel_only=True)
    kinds = set(found["agreement"]["analysis"])
    assert {"objective_response", "clinical_benefit"} <= kinds
    survival = found["survival"]
    row = one(survival, analysis="paired_time", endpoint="DOR", term="median_difference_days")
    assert row["candidate"] == "cgan"
    assert "patients on the reference" in row["warning"]
