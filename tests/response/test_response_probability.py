"""Probabilities of categories: closed forms, series judged one by one, and a known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm, t

from gadless.phantom.cohort import Cohort, grow_plan
from gadless.phantom.measurements import ContrastError, ErrorModel, simulate_trial
from gadless.phantom.plans import SIMULATED
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.probability import response_probability
from gadless.response.spread import drawn, normal_scores
from gadless.trial.config import Measurement
from gadless.trial.config.response import Response

TINY = Measurement.model_validate({"smallest_lesion_cm3": 1e-9})
"""A plain logarithm, for closed forms."""
VOLUMETRIC = ("rano2-2023-volume", "volumetric-2019", "mrano2017-volume")


def interval(volume: float, sd: float) -> tuple[float, float, float]:
    """Volume, and the 5th and 95th percentile around it."""
    end = norm.ppf(0.95) * sd
    return volume, volume * np.exp(-end), volume * np.exp(end)


def one_patient(*visits: tuple[float, float, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measurements of a patient's visits, six weeks apart, and the sheet of patients."""
    rows = [
        {
            "patient": "P1",
            "visit": f"V{at}",
            "day": 42 * at,
            "contrast": "cgan",
            "evaluable": 1,
            "enhancing_cm3": volume,
            "enhancing_low_cm3": low,
            "enhancing_high_cm3": high,
        }
        for at, (volume, low, high) in enumerate(visits)
    ]
    return pd.DataFrame(rows), pd.DataFrame({"patient": ["P1"]})


def probabilities(
    *visits: tuple[float, float, float], draws: int = 20000, change: float | None = None
) -> dict[tuple[str, str], float]:
    table, sheet = one_patient(*visits)
    found = response_probability(
        *(table, table[["patient", "visit", "day"]], sheet, None),
        *(load_criteria(["rano2-2023-volume"]), Response(), ["cgan"], TINY),
        draws=draws,
        change=change,
    )
    keys = zip(found["visit"], found["category"], strict=True)
    return dict(zip(keys, found["probability"], strict=True))


def test_one_change_is_the_ratio_of_two_log_normal_volumes() -> None:
    found = probabilities(interval(10.0, 0.2), interval(12.0, 0.1))
    spread = np.hypot(0.2, 0.1)
    grown = norm.sf((np.log(1.4) - np.log(1.2)) / spread)
    assert found["V1", "PD"] == pytest.approx(grown, abs=0.005)
    assert found["V1", "SD"] == pytest.approx(1 - grown, abs=0.005)
    found = probabilities(interval(10.0, 0.2), interval(4.0, 0.1))
    shrunk = norm.cdf((np.log(0.35) - np.log(0.4)) / spread)
    assert found["V1", "PR"] == pytest.approx(shrunk, abs=0.005)


def test_the_nadir_is_drawn_as_well() -> None:
    """Progression at the third visit is growth over the smaller of two volumes."""
    found = probabilities(interval(10.0, 0.2), interval(9.0, 0.15), interval(12.0, 0.1))
    log, least = np.log([10.0, 9.0, 12.0]), np.log(1.4)
    # Not grown over either: both differences below the threshold.
    covariance = np.array([[0.1**2 + 0.2**2, 0.1**2], [0.1**2, 0.1**2 + 0.15**2]])
    neither = multivariate_normal(log[2] - log[:2], covariance).cdf([least, least])
    assert found["V2", "PD"] == pytest.approx(1 - neither, abs=0.006)


@pytest.mark.parametrize("change", [0.1, 0.4])
def test_what_visits_usually_change_by_takes_part(change: float) -> None:
    """Of two visits, the difference of the logarithms: what is measured, times the prior."""
    found = probabilities(interval(10.0, 0.2), interval(14.5, 0.1), change=change)
    spread, measured = np.hypot(0.2, 0.1), np.log(1.45)

    def density(step: float) -> float:
        return float(norm.pdf(step, measured, spread) * t.pdf(step / change, 2))

    grown, either = (quad(density, least, 3)[0] for least in (np.log(1.4), -3))
    assert found["V1", "PD"] == pytest.approx(grown / either, abs=0.01)
    assert grown / either < norm.sf((np.log(1.4) - measured) / spread) - 0.05


def test_a_visit_to_come_tells_nothing() -> None:
    first = probabilities(interval(10.0, 0.2), interval(12.0, 0.2), change=0.2)
    longer = probabilities(
        interval(10.0, 0.2), interval(12.0, 0.2), interval(40.0, 0.1), change=0.2
    )
    assert {key: longer[key] for key in first} == first


def test_what_is_nothing_with_a_probability_is_complete_response_with_it() -> None:
    table, sheet = one_patient((5.0, 5.0, 5.0), (0.02, 0.0, 0.3))
    found = response_probability(
        *(table, table[["patient", "visit", "day"]], sheet, None),
        *(load_criteria(["rano2-2023-volume"]), Response(), ["cgan"], None),
        draws=20000,
        change=None,
    ).set_index("category")["probability"]
    # Between the median and the 95th percentile, on the scale of the volume and 0.05 cm3.
    score = norm.ppf(0.95) * np.log(0.10 / 0.07) / np.log(0.35 / 0.07)
    assert found["CR"] == pytest.approx(norm.cdf(score), abs=1e-3)


def test_percentiles_of_draws_are_those_of_the_table() -> None:
    scores = normal_scores(3, 1, 20001)
    volumes, low, high = np.array([[8.0, 0.0, 3.0], [2.0, 0.0, np.nan], [10.0, 0.4, np.nan]])
    *_, series = drawn(volumes, low, high, scores, 0.05, change=None)
    found = np.quantile(series, [0.05, 0.5, 0.95], axis=1).T
    np.testing.assert_allclose(found, [[2, 8, 10], [0, 0, 0.4], [3, 3, 3]], rtol=2e-3, atol=1e-9)
    assert (series[1] == 0).mean() == pytest.approx(0.5, abs=1e-3)
    assert abs(np.corrcoef(scores)[np.triu_indices(3, 1)]).max() < 0.03


def test_without_spread_the_category_is_certain() -> None:
    found = probabilities((10.0, 10.0, 10.0), (15.0, 15.0, 15.0), draws=50)
    assert found == {("V1", "PD"): 1.0}
    table, sheet = one_patient((10.0, np.nan, np.nan), (15.0, np.nan, np.nan))
    empty = response_probability(
        *(table, table[["patient", "visit", "day"]], sheet, None),
        *(load_criteria(["rano2-2023-volume"]), Response(), ["cgan"]),
    )
    assert empty.empty


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return grow_plan(replace(SIMULATED, patients=60, seed=9))


def simulated(cohort: Cohort, **error: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Patients, visits and measurements, lesions by their volume alone."""
    stated = ContrastError(visit_log_sd_spread=0.5, stated=True, **error)
    errors = ErrorModel({"gbca": ContrastError(), "cgan": stated}, scans_after_progression=None)
    patients, table = simulate_trial(cohort, errors)
    visits = table.drop_duplicates(["patient", "visit"])
    return patients, visits, table.drop(columns=["spd_mm2", "lesions", "measurable_lesions"])


@pytest.mark.parametrize("criteria", VOLUMETRIC)
def test_one_series_of_each_kind_stands_for_all(cohort: Cohort, criteria: str) -> None:
    """As if every drawn series had been judged by itself."""
    patients, visits, table = simulated(cohort, visit_log_sd=0.3)
    draws, (rules,) = 24, load_criteria([criteria])
    found = response_probability(
        patients=patients,
        measurements=table,
        visits=visits,
        lesions=None,
        criteria=[rules],
        settings=Response(),
        contrasts=["gbca", "cgan"],
        draws=draws,
        seed=3,
        change=None,
    )
    own = table[(table["contrast"] == "cgan")].copy()
    usable = own["evaluable"].eq(1) & own["enhancing_cm3"].notna()
    first = visits.groupby("patient").size().max()
    scores = normal_scores(int(first), 3, draws)
    counted = []
    for draw in range(draws):
        again = own.copy()
        for _, rows in own[usable].groupby("patient"):
            ends = (rows[f"enhancing_{end}cm3"].to_numpy() for end in ("", "low_", "high_"))
            *_, volumes = drawn(*ends, scores[: len(rows), [draw]], 0.05, change=None)
            again.loc[rows.index, "enhancing_cm3"] = volumes[:, 0]
        judged = classify(again, visits, patients, None, [rules], Response(), ["cgan"])
        counted.append(judged[["patient", "visit", "response"]])
    keys = ["patient", "visit", "response"]
    expected = pd.concat(counted).groupby(keys).size() / draws
    shares = found[found["probability"] > 0].set_index(["patient", "visit", "category"])
    assert len(shares) > 300
    assert (shares["probability"] < 1).sum() > 200
    np.testing.assert_allclose(
        shares["probability"], expected.reindex(shares.index).to_numpy(), atol=1e-12
    )


def test_probabilities_add_up_and_one_category_is_given(cohort: Cohort) -> None:
    patients, visits, table = simulated(cohort, visit_log_sd=0.2)
    contrasts = ["gbca", "cgan"]
    found = response_probability(
        *(table, visits, patients, None, load_criteria(VOLUMETRIC), Response(), contrasts)
    )
    by_visit = found.groupby(["patient", "visit", "contrast", "criteria"])
    np.testing.assert_allclose(by_visit["probability"].sum(), 1.0)
    assert (by_visit["given"].sum() == 1).all()
    assert set(found["contrast"]) == {"cgan"}
    judged = classify(
        *(table, visits, patients, None, load_criteria(VOLUMETRIC), Response(), contrasts)
    )
    own = judged[(judged["analysis_set"] == "all") & (judged["contrast"] == "cgan")]
    given = found[found["given"] == 1].merge(own, on=["patient", "visit", "criteria"])
    assert (given["category"] == given["response"]).all()
    assert len(given) == len(found[found["given"] == 1])


def test_a_name_or_another_patient_changes_no_probability(cohort: Cohort) -> None:
    patients, visits, table = simulated(cohort, visit_log_sd=0.2)
    asked = (load_criteria(VOLUMETRIC[:1]), Response(), ["gbca", "cgan"])
    whole = response_probability(table, visits, patients, None, *asked)
    kept = patients["patient"].iloc[[20]]
    fewer = (
        one[one["patient"].isin(kept)].assign(patient="another")
        for one in (table, visits, patients)
    )
    alone = response_probability(*fewer, None, *asked)
    own = whole[whole["patient"].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.drop(columns="patient"), own.drop(columns="patient"))


@pytest.mark.slow
def test_stated_probabilities_are_how_often_it_is_so() -> None:
    """Known truth: what was measured without error is in a category as often as was said.

    Volumes are large and nobody is missed, so that all that is not known is what is stated.
    """
    big = grow_plan(replace(SIMULATED, patients=700, seed=11))
    exact = ContrastError(visit_log_sd=0.0, abnormality_log_sd=0.0)
    stated = ContrastError(visit_log_sd=0.15, visit_log_sd_spread=0.5, stated=True)
    errors = ErrorModel({"truth": exact, "cgan": stated}, 0.0, "truth", None)
    patients, table = simulate_trial(big, errors)
    table = table.drop(columns=["spd_mm2", "lesions", "measurable_lesions", "new_lesion"])
    visits = table.drop_duplicates(["patient", "visit"])
    rules = load_criteria(["volumetric-2019"])
    settings = Response.model_validate({"t2flair": "off"})
    contrasts = ["truth", "cgan"]
    found = response_probability(table, visits, patients, None, rules, settings, contrasts)
    judged = classify(table, visits, patients, None, rules, settings, contrasts)
    truth = judged[(judged["analysis_set"] == "all") & (judged["contrast"] == "truth")]
    joined = found.merge(truth[["patient", "visit", "response"]], on=["patient", "visit"])
    joined["so"] = joined["category"] == joined["response"]
    bins = pd.cut(joined["probability"], [-0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0])
    table = joined.groupby(bins, observed=True)[["probability", "so"]].mean()
    assert (table["probability"] - table["so"]).abs().max() < 0.05
    growth = joined[(joined["category"] == "PD") & joined["probability"].between(0.2, 0.8)]
    assert len(growth) > 100
    # Each scan by itself would say twice as much (docs/statistics.md).
    assert growth["probability"].mean() == pytest.approx(growth["so"].mean(), abs=0.08)
