"""Paired times, traps and shares on trials small enough to count by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from small_trials import CRITERIA, analyse, configuration, simulate
from statsmodels.duration.survfunc import survdiff

from gadless.statistics.tables import TrialTables


def of(table: pd.DataFrame, **columns: str) -> pd.DataFrame:
    for name, value in {"analysis_set": "common", "stratum": "all", **columns}.items():
        table = table[table[name] == value]
    return table.set_index("term")


def with_times(days: dict[str, list[int]], events: dict[str, list[int]]) -> TrialTables:
    """A trial whose TTP on each contrast is given; deaths on day 300."""
    tables = simulate(len(days["gbca"]), 1)
    sheet = tables.patients.assign(os_days=300, os_event=1)
    rows = [
        {
            "patient": patient, "contrast": contrast, "criteria": CRITERIA,
            "analysis_set": analysis_set, "candidate": pair,
            "endpoint": endpoint, "days": days[contrast][at],
            "event": events[contrast][at], "visit": None,
            "trigger": "enhancing" if events[contrast][at] else None,
        }
        for contrast in days
        for analysis_set, pair in [("all", None), *(("common", name) for name in days)]
        if pair != "gbca" and (pair in (None, contrast) or contrast == "gbca")
        for endpoint in ("TTP", "PFS")
        for at, patient in enumerate(sheet["patient"])
    ]  # fmt: skip
    # Who is followed has been judged; nobody is judged after the times end.
    ends = {(c, p): days[c][at] for c in days for at, p in enumerate(sheet["patient"])}
    judged = tables.response
    last = [ends[key] for key in zip(judged["contrast"], judged["patient"], strict=True)]
    response = judged.assign(response=judged["response"].where(judged["day"] <= last, "NE"))
    return replace(tables, patients=sheet, endpoints=pd.DataFrame(rows), response=response)


@pytest.fixture(scope="module")
def counted() -> dict[str, pd.DataFrame]:
    # same visit; candidate earlier; candidate later; only reference; only candidate, later than
    # the reference was watched; neither; never assessed
    days = {"gbca": [84, 126, 84, 84, 84, 168, 0], "cgan": [84, 84, 126, 168, 126, 168, 0]}
    events = {"gbca": [1, 1, 1, 1, 0, 0, 0], "cgan": [1, 1, 1, 0, 1, 0, 0]}
    return analyse(with_times(days, events), configuration(covariates=[]))


def test_discordance_is_decomposed(counted: dict[str, pd.DataFrame]) -> None:
    status = of(counted["agreement"], analysis="progression_status")
    expected = {
        "both_same_visit": 1, "both_other_visit": 2, "only_reference": 1, "only_candidate": 1,
        "neither": 1, "discordant": 4, "discordant_status": 2, "not_assessed": 1,
    }  # fmt: skip
    assert status["events"][list(expected)].to_dict() == expected
    assert status["n"]["discordant"] == 6
    assert status["n"]["not_assessed"] == 7


def test_sign_test_counts_the_informative(counted: dict[str, pd.DataFrame]) -> None:
    # earlier on the candidate: 1; on the reference: 2; only on the candidate, unwatched: none
    row = of(counted["survival"], analysis="paired_time", endpoint="TTP").loc["sign_test"]
    assert (row["n"], row["events"]) == (3, 1)


def test_cut_at_the_first_progression(counted: dict[str, pd.DataFrame]) -> None:
    cut = of(counted["agreement"], analysis="progression_status", analysis_set="first_progression")[
        "events"
    ]
    assert cut["both_other_visit"] == 0
    assert cut["both_same_visit"] == 1
    assert cut["only_reference"] == 2
    assert cut["only_candidate"] == 2


def test_follow_up_after_reference_progression(counted: dict[str, pd.DataFrame]) -> None:
    # of four who progress on the reference, two are judged on the candidate on a later day
    seen = of(counted["agreement"], analysis="follow_up")["events"]
    assert seen["progressed_reference"] == 4
    assert seen["visit_after_reference_progression"] == 2
    assert seen["unseen_candidate_progression"] == 0


def test_progressions_that_nobody_could_see_are_counted_and_warned_of() -> None:
    # two progress on the reference on day 84; the first is not scanned again
    days = {"gbca": [84, 84, 168], "cgan": [84, 126, 168]}
    tables = with_times(days, {"gbca": [1, 1, 0], "cgan": [0, 1, 0]})
    gone = (tables.measurements["patient"] == "P000") & (tables.measurements["day"] > 84)
    stopped = replace(tables, measurements=tables.measurements[~gone])
    row = of(analyse(stopped, configuration(covariates=[]))["agreement"], analysis="follow_up").loc[
        "unseen_candidate_progression"
    ]
    assert (row["events"], row["n"]) == (1, 2)
    assert "beside analysis set first_progression" in row["warning"]


def sign_test(tables: TrialTables) -> tuple[float, pd.DataFrame]:
    """Chi-square of the sign test without correction, and the times that it is about."""
    found = analyse(tables, configuration(bootstrap=0))["survival"]
    row = of(found, analysis="paired_time", endpoint="TTP").loc["sign_test"]
    times = tables.endpoints
    times = times[(times["endpoint"] == "TTP") & (times["analysis_set"] == "common")]
    earlier, later = row["events"], row["n"] - row["events"]
    return (earlier - later) ** 2 / row["n"], times


def test_sign_test_is_the_patient_stratified_log_rank() -> None:
    expected, times = sign_test(simulate(40, 4))
    chi_square, _ = survdiff(
        times["days"], times["event"], times["contrast"], strata=times["patient"]
    )
    assert chi_square == pytest.approx(expected)


def test_r_agrees_on_the_patient_stratified_log_rank(r, tmp_path) -> None:
    expected, times = sign_test(simulate(40, 4))
    times.to_csv(tmp_path / "d.csv", index=False)
    code = (
        f"d <- read.csv('{tmp_path / 'd.csv'}');"
        "cat(survdiff(Surv(days, event) ~ contrast + strata(patient), d)$chisq)"
    )
    assert r(code) == [pytest.approx(expected)]


def test_treatment_effect_equals_lifelines() -> None:
    tables = simulate(60, 5)
    row = of(
        analyse(tables, configuration(bootstrap=0))["survival"],
        analysis="treatment_effect", endpoint="PFS", contrast="cgan", stratum="arm:B",
    ).loc["treatment_hr"]  # fmt: skip
    times = tables.endpoints
    times = times[
        (times["endpoint"] == "PFS") & (times["analysis_set"] == "common")
        & (times["contrast"] == "cgan")
    ].merge(tables.patients, on="patient")  # fmt: skip
    times["treated"] = (times["arm"] == "B").astype(float)
    other = CoxPHFitter().fit(times[["days", "event", "treated"]], "days", "event")
    # lifelines stops its own iteration a little early
    assert row["estimate"] == pytest.approx(other.hazard_ratios_.iloc[0], rel=1e-4)
    assert row["p"] == pytest.approx(other.summary["p"].iloc[0], rel=1e-3)


def test_one_visit_a_patient_decides_nothing() -> None:
    tables = simulate(4, 6, identical=True)
    first = tables.measurements[tables.measurements["visit"] == "V0"]
    judged = tables.response[tables.response["visit"] == "V0"]
    none = tables.endpoints.assign(days=0, event=0, trigger=None)
    unrated = tables.best_response.assign(best_response="NE")
    found = analyse(
        replace(tables, measurements=first, response=judged, best_response=unrated, endpoints=none),
        configuration(covariates=[]),
    )
    verdict = of(found["agreement"], analysis="verdict").loc["verdict"]
    assert verdict["outcome"] == "undecided"
    assert "nobody is followed" in verdict["warning"]
    assert np.isnan(of(found["agreement"], analysis="progression_status")["estimate"]["discordant"])
