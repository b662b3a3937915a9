"""Who is counted, compared and followed: what must not depend on neighbours or on order."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_trials import CRITERIA, PAIR, analyse, configuration, simulate
from test_paired_times import of, with_times

from gadless.errors import InputError
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons.responses import visits
from gadless.trial.config import Config, read_config

PLAIN = configuration(covariates=[], bootstrap=0)


def with_settings(**sections: object) -> Config:
    raw = PLAIN.model_dump(exclude_unset=True)
    for name, values in sections.items():
        raw[name] = raw.get(name, {}) | values if isinstance(values, dict) else values
    return read_config(raw)


def test_a_patient_who_dies_before_any_scan_is_not_assessed() -> None:
    # the last patient: TTP censored at death on day 30, no visit judged
    tables = with_times(
        {"gbca": [84, 84, 30], "cgan": [84, 126, 30]}, {"gbca": [1, 1, 0], "cgan": [1, 1, 0]}
    )
    status = of(analyse(tables, PLAIN)["agreement"], analysis="progression_status")
    assert (status["events"]["discordant"], status["n"]["discordant"]) == (1, 2)
    assert status["events"]["not_assessed"] == 1
    margin = of(analyse(tables, PLAIN)["agreement"], analysis="equivalence").loc["discordance"]
    assert (margin["estimate"], margin["n"]) == (0.5, 2)


def test_a_third_contrast_does_not_move_the_cut_of_a_pair() -> None:
    days = {"gbca": [126, 84, 168], "cgan": [126, 126, 168], "unet": [42, 42, 42]}
    events = {name: [1, 1, 0] for name in days} | {"unet": [1, 1, 1]}
    three = with_times(days, events)
    for name in ("measurements", "response", "best_response"):
        table = getattr(three, name)
        third = table[table["contrast"] == "cgan"].assign(contrast="unet")
        if name != "measurements":
            pair = table[table["candidate"] == "cgan"].assign(candidate="unet")
            own = third[third["candidate"].isna()]
            third = pd.concat([own, pair.replace({"contrast": {"cgan": "unet"}})])
        three = replace(three, **{name: pd.concat([table, third], ignore_index=True)})
    two = with_times({k: days[k] for k in ("gbca", "cgan")}, events)
    alone = analyse(two, PLAIN)
    beside = analyse(three, with_settings(candidates=["cgan", "unet"]))
    for name in ("agreement", "survival"):
        cut = [
            found[name][
                (found[name]["analysis_set"] == "first_progression")
                & (found[name]["candidate"] == "cgan")
            ].reset_index(drop=True)
            for found in (alone, beside)
        ]
        assert len(cut[0])
        pd.testing.assert_frame_equal(*cut)


def test_new_therapy_ends_what_could_be_seen() -> None:
    # both are scanned to day 168, but therapy changes on day 100, which censors
    tables = with_times({"gbca": [84, 84], "cgan": [84, 168]}, {"gbca": [1, 1], "cgan": [0, 0]})
    changed = replace(tables, patients=tables.patients.assign(new_therapy_day=100))
    for trial, unseen in ((tables, 1), (changed, 2)):
        row = of(analyse(trial, PLAIN)["agreement"], analysis="follow_up")
        assert row["events"]["unseen_candidate_progression"] == unseen


def test_visits_are_counted_by_the_measure_of_the_criteria() -> None:
    tables = simulate(6, 2)
    measured = tables.measurements.assign(spd_mm2=100.0)
    gone = (measured["contrast"] == "gbca") & (measured["visit"] == "V1")
    measured.loc[gone, "spd_mm2"] = np.nan
    both = []
    for name in ("response", "best_response", "endpoints"):
        table = getattr(tables, name)
        again = table.assign(criteria="rano2010")
        both.append(pd.concat([table, again], ignore_index=True))
    response, best, ends = both
    tables = replace(
        tables, measurements=measured, response=response, best_response=best, endpoints=ends
    )
    config = with_settings(response={"criteria": [CRITERIA, "rano2010"]})
    found = analyse(tables, config)["agreement"]
    common = found[found["term"] == "visits_common"].set_index("criteria")["estimate"]
    assert common.to_dict() == {CRITERIA: 30, "rano2010": 24}


def test_a_site_that_is_not_known_is_no_fault() -> None:
    tables = simulate(20, 3)
    sites = tables.patients["site"].where(tables.patients["patient"] != "P003")
    found = analyse(replace(tables, patients=tables.patients.assign(site=sites)), PLAIN)
    rows = found["agreement"]
    by_site = rows[rows["stratum"].str.startswith("site:") & (rows["analysis"] == "volume")]
    counted = by_site[by_site["term"] == "median_bias_cm3"]["n"].sum()
    assert counted == 19 * 5


def test_the_control_arm_is_the_one_that_is_named() -> None:
    tables = simulate(80, 4)
    found = {}
    for control in ("A", "B"):
        config = with_settings(statistics={"control_arm": control})
        other = f"arm:{'B' if control == 'A' else 'A'}"
        where = {"analysis": "treatment_effect", "endpoint": "PFS", "contrast": "gbca"}
        rows = of(analyse(tables, config)["survival"], stratum=other, **where)
        found[control] = rows.loc["treatment_hr", "estimate"]
    assert found["A"] == pytest.approx(1 / found["B"], rel=1e-8)
    with pytest.raises(
        InputError, match="control_arm is 'C', but the sheet of patients has only A, B"
    ):
        analyse(tables, with_settings(statistics={"control_arm": "C"}))


def test_a_one_sided_test_needs_a_control_and_gives_its_own_p() -> None:
    with pytest.raises(InputError, match="needs `control_arm`"):
        with_settings(statistics={"treatment_direction": "less"})
    tables = simulate(80, 4)
    where = {
        "analysis": "treatment_effect",
        "endpoint": "PFS",
        "contrast": "gbca",
        "stratum": "arm:B",
    }
    p = {}
    for direction in ("two-sided", "less", "greater"):
        settings = {"control_arm": "A", "treatment_direction": direction}
        rows = of(analyse(tables, with_settings(statistics=settings))["survival"], **where)
        p[direction] = rows.loc["conclusion", "p"]
    assert p["less"] + p["greater"] == pytest.approx(1)
    assert p["two-sided"] == pytest.approx(2 * min(p["less"], p["greater"]))


def test_a_refuted_progression_does_not_end_the_visits_that_are_compared() -> None:
    tables = simulate(1, 5, identical=True)
    response = tables.response.assign(response="SD", confirmed=None)
    response.loc[response["visit"] == "V0", "response"] = "NE"
    second = response["visit"] == "V1"
    response.loc[second, ["response", "confirmed"]] = ["PD", "no"]
    study = assemble(replace(tables, response=response), PLAIN)
    kept = visits(study, replace(tables, response=response), PAIR, "cgan")
    assert list(kept["visit"]) == ["V1", "V2", "V3", "V4"]
    response.loc[second, "confirmed"] = "yes"
    kept = visits(study, replace(tables, response=response), PAIR, "cgan")
    assert list(kept["visit"]) == ["V1"]


def test_a_category_that_the_criteria_cannot_give_is_no_step_of_the_scale() -> None:
    study = assemble(simulate(4, 1), PLAIN)
    assert study.scale("rano2010") == ("CR", "PR", "SD", "PD")
    assert study.scale(CRITERIA) == ("CR", "PR", "SD", "PD")
    mixed = replace(study, config=with_settings(response={"disease": "mixed"}))
    assert mixed.scale(CRITERIA) == ("CR", "PR", "MR", "SD", "PD")


def test_new_lesions_are_imaging_and_deaths_are_shared() -> None:
    days = {"gbca": [84, 84, 84], "cgan": [84, 84, 84]}
    events = {"gbca": [1, 1, 1], "cgan": [1, 1, 1]}
    tables = with_times(days, events)
    triggers = dict(
        zip(tables.patients["patient"], ["enhancing", "new_lesion", "clinical"], strict=True)
    )
    ends = tables.endpoints.assign(trigger=tables.endpoints["patient"].map(triggers))
    found = analyse(replace(tables, endpoints=ends), PLAIN)["agreement"]
    shared = of(found, analysis="shared_events", endpoint="TTP")
    assert shared["events"]["same_day_shared"] == 1
    own = of(found, analysis="progression_status", stratum="trigger:enhancing")
    assert own["n"]["discordant"] == 2


def test_who_is_judged_before_time_counts_or_under_a_new_therapy_is_not_assessed() -> None:
    # all are judged on days 42 and 84; one starts treatment on day 100, one changes it on day 20
    days, events = {"gbca": [84, 84, 84], "cgan": [84, 84, 84]}, [0, 0, 0]
    tables = with_times(days, {"gbca": events, "cgan": events})
    sheet = tables.patients.assign(treatment_day=[0, 100, 0], new_therapy_day=[None, None, 20])
    changed = replace(tables, patients=sheet)
    by_fda = with_settings(endpoint={"origin": "treatment"})
    by_ema = with_settings(endpoint={"origin": "treatment", "censoring": "ema"})
    for config, expected in ((by_fda, [1, 0, 0]), (by_ema, [1, 0, 1])):
        times = assemble(changed, config).endpoint(PAIR, "gbca", "TTP")
        assert list(times.assessed.astype(int)) == expected
