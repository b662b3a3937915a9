"""Hazard ratios under other assumptions, against lifelines and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, WeibullAFTFitter
from small_trials import PAIR, analyse, configuration, simulate

from gadless.statistics import pairing
from gadless.statistics.assembly import assemble
from gadless.statistics.study import Key
from gadless.statistics.tables import TrialTables

CONFIG = configuration(covariates=[])
OTHERS = ["site_strata", "interval_censored", "last_assessment", "robust_patient", "robust_site"]


@pytest.fixture(scope="module")
def tables() -> TrialTables:
    return simulate(80, 31)


@pytest.fixture(scope="module")
def survival(tables: TrialTables) -> pd.DataFrame:
    return analyse(tables, CONFIG)["survival"]


def one(survival: pd.DataFrame, **where: str) -> pd.Series:
    for name, value in {"analysis_set": "common", **where}.items():
        survival = survival[survival[name] == value]
    assert len(survival) == 1
    return survival.iloc[0]


def seen(tables: TrialTables, endpoint: str) -> pd.DataFrame:
    times = tables.endpoints
    chosen = (times["endpoint"] == endpoint) & (times["contrast"] == "cgan")
    rows = times[chosen & (times["analysis_set"] == "common")].merge(tables.patients, on="patient")
    return rows.assign(treated=(rows["arm"] == "B").astype(float))


CGAN = {"endpoint": "PFS", "contrast": "cgan", "stratum": "arm:B", "term": "treatment_hr"}


def test_site_strata_equal_lifelines(tables: TrialTables, survival: pd.DataFrame) -> None:
    row = one(survival, analysis="site_strata", **CGAN)
    data = seen(tables, "PFS")[["days", "event", "treated", "site"]]
    other = CoxPHFitter(strata=["site"]).fit(data, "days", "event")
    assert row["estimate"] == pytest.approx(other.hazard_ratios_.iloc[0], rel=1e-4)
    assert row["p"] == pytest.approx(other.summary["p"].iloc[0], rel=1e-3)
    assert row["lower"] < row["estimate"] < row["upper"]


def test_interval_censoring_equals_lifelines(tables: TrialTables, survival: pd.DataFrame) -> None:
    row = one(survival, analysis="interval_censored", **CGAN)
    data = seen(tables, "PFS")
    # visits every 42 days: a progression lies between its visit and the one before
    shown = (data["event"] == 1) & (data["trigger"] == "enhancing")
    lower = data["days"].where(~shown, data["days"] - 42)
    # who is censored was last seen free at a visit
    lower = lower.where(data["event"] == 1, data["days"] // 42 * 42)
    upper = data["days"].astype(float).where(data["event"] == 1, np.inf)
    frame = pd.DataFrame({"l": lower.astype(float), "u": upper, "x": data["treated"]})
    other = WeibullAFTFitter().fit_interval_censoring(frame, "l", "u")
    expected = np.exp(-np.exp(other.params_["rho_", "Intercept"]) * other.params_["lambda_", "x"])
    assert row["estimate"] == pytest.approx(expected, rel=1e-3)


def test_sandwich_keeps_the_estimate_and_its_own_interval(survival: pd.DataFrame) -> None:
    for endpoint in ("TTP", "PFS"):
        where = {**CGAN, "endpoint": endpoint}
        primary = one(survival, analysis="treatment_effect", **where)
        robust = one(survival, analysis="robust_patient", **where)
        assert robust["estimate"] == pytest.approx(primary["estimate"])
        assert robust["lower"] < robust["estimate"] < robust["upper"]
    ratio = {"endpoint": "TTP", "term": "hr_progression_ratio", "candidate": "cgan"}
    single = one(survival, analysis="surrogate_time_dependent", **ratio)
    robust = one(survival, analysis="robust_patient", **ratio)
    assert robust["estimate"] == pytest.approx(single["estimate"])
    assert robust["p"] > 0


def test_two_sites_give_no_sandwich_interval(survival: pd.DataFrame) -> None:
    rows = survival[survival["analysis"] == "robust_site"]
    assert len(rows) == 9  # treatment on two endpoints and progression; two contrasts, one pair
    assert rows["estimate"].notna().all()
    assert rows[["lower", "upper", "p"]].isna().all(axis=None)
    assert (rows["warning"] == "2 clusters, fewer than 20: no interval").all()


def test_identical_contrasts_have_a_ratio_of_one() -> None:
    found = analyse(simulate(40, 32, identical=True), CONFIG)["survival"]
    ratios = found[found["analysis"].isin(OTHERS) & found["term"].str.endswith("_ratio")]
    assert len(ratios) > 5
    assert (ratios["estimate"] == 1).all()
    # the same patients move both models alike, so the ratio has no variance at all
    paired = ratios[ratios["analysis"] == "robust_patient"]
    assert (paired[["lower", "upper"]] == 1).all(axis=None)


def test_one_site_or_none_has_no_strata(tables: TrialTables) -> None:
    for patients in (tables.patients.assign(site="only"), tables.patients.drop(columns="site")):
        found = analyse(replace(tables, patients=patients), CONFIG)["survival"]["analysis"]
        assert not found.isin(["site_strata", "robust_site"]).any()
        assert found.isin(["interval_censored", "robust_patient"]).any()


def test_bounds_are_those_of_the_table_of_intervals(tables: TrialTables) -> None:
    days = seen(tables, "TTP")["days"].to_numpy()
    progressed = seen(tables, "TTP")["event"].to_numpy() == 1
    # P000 has a gap before its last day, and the visit of the baseline counts as free
    gap = tables.response["patient"].eq("P000") & tables.response["day"].gt(0)
    early = gap & tables.response["day"].le(days[0])
    blind = tables.response.assign(response=tables.response["response"].mask(early, "NE"))
    left, right = assemble(replace(tables, response=blind), CONFIG).bounds[Key(PAIR, "cgan", "TTP")]
    expected = np.where(progressed, 42 * np.ceil(days / 42) - 42, 42 * (days // 42))
    np.testing.assert_array_equal(left[1:], expected[1:])
    assert left[0] == 0
    np.testing.assert_array_equal(right, np.where(progressed, days, np.inf))


def test_an_event_on_day_0_has_no_interval(tables: TrialTables) -> None:
    first = tables.endpoints["patient"].eq("P001")
    times = tables.endpoints.assign(
        days=tables.endpoints["days"].mask(first, 0), event=tables.endpoints["event"].mask(first, 1)
    )
    found = assemble(replace(tables, endpoints=times), CONFIG).bounds
    assert [bound[1] for bound in found[Key(PAIR, "cgan", "PFS")]] == [0, np.inf]


def test_survival_ends_where_the_state_is_not_known(
    tables: TrialTables, survival: pd.DataFrame
) -> None:
    found = one(survival, analysis="last_assessment", term="hr_progression", contrast="cgan")
    ttp = seen(tables, "TTP").set_index("patient")
    rows = []
    for patient in tables.patients.itertuples():
        times = ttp.loc[patient.patient]
        end, died = patient.os_days, patient.os_event
        if times["event"] and times["days"] < end:
            rows.append((patient.patient, 0, times["days"], 0, 0))
            rows.append((patient.patient, times["days"], end, died, 1))
        else:
            known = end if times["event"] else min(end, times["days"])
            rows.append((patient.patient, 0, known, died * (known == end), 0))
    data = pd.DataFrame(rows, columns=["patient", "start", "stop", "event", "progression"])
    data = data.merge(tables.patients[["patient", "arm"]], on="patient")
    data["arm"] = (data["arm"] == "B").astype(float)
    other = CoxTimeVaryingFitter().fit(
        data, id_col="patient", start_col="start", stop_col="stop", event_col="event"
    )
    assert found["estimate"] == pytest.approx(np.exp(other.params_["progression"]), rel=1e-8)


def test_the_sheet_names_the_site_else_the_earliest_visit(tables: TrialTables) -> None:
    places = tables.measurements.assign(
        site=np.where(tables.measurements["day"] == 0, "referral", "own")
    )
    shuffled = places.sample(frac=1, random_state=1)
    by_sheet = assemble(tables, CONFIG).cohort
    assert set(pairing.site_of(by_sheet, places)) == {"north", "south"}
    without = replace(tables, patients=tables.patients.drop(columns="site"))
    cohort = assemble(without, CONFIG).cohort
    for each in (places, shuffled):
        assert set(pairing.site_of(cohort, each)) == {"referral"}


def test_patients_of_unknown_site_are_no_sites(tables: TrialTables) -> None:
    sites = tables.patients["site"].where(np.arange(len(tables.patients)) % 2 == 0)
    sheet = tables.patients.assign(site=sites)
    found = analyse(replace(tables, patients=sheet), CONFIG)["survival"]
    rows = found[found["analysis"] == "robust_site"]
    assert (rows["warning"] == "2 clusters, fewer than 20: no interval").all()
