"""Declines that no image shows are no agreement of images."""

from dataclasses import replace

import numpy as np
from small_trials import PAIR, analyse, configuration, simulate

from gadless.response.rules import Rule
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import responses


def test_shared_declines_stand_apart_from_progression_that_images_show() -> None:
    tables = simulate(40, 4, identical=True)
    ends = tables.endpoints
    declined = ends["patient"].isin([f"P{at:03d}" for at in range(0, 40, 2)]) & (ends["event"] == 1)
    changed = ends.assign(trigger=ends["trigger"].mask(declined, "clinical"))
    status = {}
    for name, table in (("images", ends), ("declines", changed)):
        found = analyse(replace(tables, endpoints=table), configuration(bootstrap=0))["agreement"]
        chosen = (found["analysis"] == "progression_status") & (found["stratum"] == "all")
        here = found[chosen & (found["analysis_set"] == "common")]
        status[name] = here.set_index("term")["events"]
    one, two = status["images"], status["declines"]
    assert one["both_imageless"] == 0
    assert 0 < two["both_imageless"] < one["both_same_visit"]
    assert two["both_same_visit"] + two["both_imageless"] == one["both_same_visit"]
    assert two["discordant"] == one["discordant"] == 0


def test_a_visit_that_a_decline_judged_is_no_pair_of_categories() -> None:
    tables = simulate(30, 5)
    rows = tables.response.assign(value=1.0, rule=str(Rule.NO_THRESHOLD))
    declined = rows["patient"].isin(["P001", "P004"]) & (rows["visit"] == "V1")
    rows.loc[declined, "response"] = "PD"
    rows.loc[declined, "rule"] = f"{Rule.CLINICAL_DECLINE}; not evaluable: no T1c acquired"
    rows.loc[declined, "value"] = np.nan
    changed, config = replace(tables, response=rows), configuration(bootstrap=0)
    study = assemble(changed, config, kernel_only=True)
    visits = responses.visits(study, changed, PAIR, "cgan")
    apart = visits[visits["imageless"]]
    assert set(zip(apart["patient"], apart["visit"], strict=True)) == {
        ("P001", "V1"),
        ("P004", "V1"),
    }
    assert (apart[["reference", "candidate"]] == "PD").all().all()
    found = analyse(changed, config)
    table = found["agreement"].query("analysis == 'visit_response' and analysis_set == 'common'")
    table = table.set_index("term")
    assert table["events"]["excluded_imageless"] == 2
    assert table["n"]["excluded_imageless"] == len(visits)
    assert table["n"]["agreement"] + table["events"]["excluded_ne"] == len(visits) - 2
    confusion = found["confusion"].query("analysis == 'visit_response'")
    assert confusion[confusion["analysis_set"] == "common"]["count"].sum() == len(visits) - 2
