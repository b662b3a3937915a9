"""A reader's own categories beside measured contrasts, and alone."""

import pandas as pd
import pytest
from response_cases import endpoint_of, measured_criteria, settings_of, tables

from gadless.errors import InputError
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.response.intervals import progression_intervals
from gadless.tables import read_table, write_table

VOLUMES = {0: 10.0, 42: 12.0, 84: 15.0, 126: 16.0}


def _trial(categories, measured=("gbca",), read=("local",), **columns):
    """One patient: volumes on the measured contrasts, categories by day on the read ones."""
    course = [{"day": day, "value": value} for day, value in VOLUMES.items()]
    made = tables(course, contrasts=measured)
    rows = made["measurements"].assign(response=None)
    key = made["visits"][["patient", "visit", "day"]]
    for contrast in read:
        said = key[key["day"].isin(categories)]
        said = said.assign(contrast=contrast, response=said["day"].map(categories), **columns)
        rows = pd.concat([rows, said], ignore_index=True)
    made["measurements"] = rows
    return made


def _classified(made, criteria=("rano2-2023-volume",), contrasts=("gbca", "local")):
    return classify(
        **made, criteria=load_criteria(criteria), settings=settings_of(), contrasts=contrasts
    )


def _of(response, contrast, analysis_set="all"):
    rows = response[(response["contrast"] == contrast) & (response["analysis_set"] == analysis_set)]
    return dict(zip(rows["visit"], rows["response"], strict=True))


def test_categories_stand_as_they_were_read_under_every_criteria_set():
    made = _trial({0: None, 42: "SD", 84: "SD", 126: "PD"})
    response = _classified(made, measured_criteria())
    for _, group in response.groupby("criteria"):
        assert _of(group, "local") == {"V1": "NE", "V2": "SD", "V3": "SD", "V4": "PD"}
    read = response[(response["contrast"] == "local") & (response["visit"] == "V4")]
    assert set(read["rule"]) == {"as read"}
    assert set(read["confirmed"]) == {"not_needed"}
    assert set(read["dated_visit"]) == {"V4"}
    assert set(read["baseline_visit"]) == {"V1"}
    assert read[["measure", "value", "nadir", "change_from_nadir"]].isna().all(axis=None)


def test_a_measured_contrast_is_judged_as_ever_beside_a_read_one():
    response = _classified(_trial({42: "SD", 84: "SD", 126: "PD"}))
    assert _of(response, "gbca") == {"V1": "NE", "V2": "SD", "V3": "PD", "V4": "PD"}
    assert _of(response, "gbca", "common") == _of(response, "gbca")


@pytest.mark.parametrize("at_baseline", [{}, {0: None}, {0: "SD"}, {0: "NE"}])
def test_a_reader_gives_the_baseline_no_category(at_baseline):
    """With a row there or without, the baseline is that of the measured contrast."""
    response = _classified(_trial(at_baseline | {42: "SD", 84: "PD"}))
    for analysis_set in ("all", "common"):
        found = _of(response, "local", analysis_set)
        assert (found["V1"], found["V2"], found["V3"]) == ("NE", "SD", "PD")


def test_what_was_not_read_is_not_evaluable_and_leaves_the_pair():
    response = _classified(_trial({42: "NE", 126: "PD"}))
    rows = response.set_index(["analysis_set", "contrast", "visit"])["rule"]
    assert rows["all", "local", "V2"] == "not evaluable; read as NE"
    assert rows["all", "local", "V3"] == "not evaluable; not read"
    assert rows["common", "gbca", "V3"] == "not evaluable; outside the pair; local: not read"
    assert _of(response, "gbca")["V3"] == "PD"


def test_a_scan_that_could_not_be_read_says_why():
    made = _trial({42: "SD", 84: "PD"})
    rows = made["measurements"]
    lost = (rows["contrast"] == "local") & (rows["visit"] == "V3")
    rows.loc[lost, ["evaluable", "reason", "response"]] = [0, "movement", None]
    assert _classified(made).set_index(["analysis_set", "contrast", "visit"]).loc[
        ("all", "local", "V3"), "rule"
    ] == ("not evaluable; movement")


def test_readers_alone_need_no_measure():
    """Local, central and adjudicated: the table holds categories and nothing else."""
    made = _trial({0: None, 42: "PR", 84: "PR", 126: "PD"}, (), ("local", "central"))
    made["measurements"] = made["measurements"][["patient", "visit", "contrast", "response"]]
    for criteria in ("as-read", "rano2010"):
        response = _classified(made, [criteria], ("local", "central"))
        for contrast in ("local", "central"):
            for analysis_set in ("all", "common"):
                found = _of(response, contrast, analysis_set)
                assert found == {"V1": "NE", "V2": "PR", "V3": "PR", "V4": "PD"}


def test_as_read_needs_readers():
    with pytest.raises(
        InputError, match=r"as-read take readers' categories.*contrast gbca has none"
    ):
        _classified(_trial({42: "SD"}), ["as-read"])


def test_a_category_that_is_none_is_refused():
    with pytest.raises(InputError, match="visit V2, contrast local: response is 'stable'"):
        _classified(_trial({42: "stable"}))


@pytest.mark.parametrize("censoring", ["fda", "ema"])
def test_local_against_central_against_adjudicated_against_a_candidate(censoring, tmp_path):
    """All in one table, to the endpoints, and through the written table as well."""
    made = _trial({42: "SD", 84: "PD"}, ("cgan",), ("local", "central", "adjudicated"))
    rows = made["measurements"]
    late = (rows["contrast"] == "local") & (rows["visit"] == "V3")
    rows.loc[late, "response"] = "SD"
    last = pd.DataFrame(
        {"patient": "P1", "visit": "V4", "day": 126, "contrast": ["local"], "response": ["PD"]}
    )
    made["measurements"] = pd.concat([rows, last], ignore_index=True)
    contrasts = ("adjudicated", "central", "local", "cgan")
    response = _classified(made, contrasts=contrasts)
    write_table(response, tmp_path / "response.tsv")
    for table in (response, read_table(tmp_path / "response.tsv")):
        people, when = made["patients"], endpoint_of(censoring=censoring)
        times = endpoints(table, people, made["visits"], made["measurements"], when, settings_of())
        own = times[(times["analysis_set"] == "all") & (times["endpoint"] == "TTP")]
        own = own.set_index("contrast")
        days = {"adjudicated": 84, "central": 84, "local": 126, "cgan": 84}
        assert own["days"].to_dict() == days
        assert own["event"].eq(1).all()
        assert own.loc["central", "trigger"] == "read"
        bounds = progression_intervals(table, times, people, when)
        chosen = bounds[(bounds["contrast"] == "central") & (bounds["endpoint"] == "TTP")]
        assert set(zip(chosen["left"], chosen["right"], strict=True)) == {(42, 84)}
        best = best_response(table, people, settings_of(), when)
        assert set(best.loc[best["contrast"] == "central", "best_response"]) == {"SD"}


def test_confirmed_responses_as_read_are_best_responses():
    made = _trial({42: "PR", 84: "SD", 126: "PD"})
    best = best_response(_classified(made), made["patients"])
    read = best[(best["contrast"] == "local") & (best["analysis_set"] == "all")]
    assert read[["best_response", "confirmed"]].to_numpy().tolist() == [["PR", "yes"]]
