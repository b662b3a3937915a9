"""Transport files, read back by other hands."""

import pandas as pd
import pyreadstat
import pytest
from response_cases import endpoint_of, settings_of, tables

from gadless.response.best_response import best_response
from gadless.response.cdisc import adtte, export_cdisc
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints

COURSE = [
    {"day": 0, "gbca": 10.0, "cgan": 9.0},
    {"day": 42, "gbca": 3.0, "cgan": 4.0},
    {"day": 84, "gbca": 3.0, "cgan": 6.0},
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cdisc")
    people = [
        {"arm": "TMZ + Bevacizumab", "os_days": 400, "os_event": 1, "kps": 90.0},
        {"arm": "Lomustine", "os_days": 84, "os_event": 0, "kps": float("nan")},
    ]
    parts = [
        tables(COURSE, person, ("gbca", "cgan"), f"P{n}") for n, person in enumerate(people, 1)
    ]
    made = {
        name: pd.concat([part[name] for part in parts], ignore_index=True)
        for name in ("measurements", "visits", "patients")
    }
    made["patients"]["methylation état"] = ["méthylé", "no"]
    made["patients"]["randomisation_date"] = ["2011-10-03", None]
    response = classify(
        **made,
        lesions=None,
        criteria=load_criteria(["rano2-2023-volume", "mrano2017-volume"]),
        settings=settings_of(),
        contrasts=["gbca", "cgan"],
    )
    best = best_response(response, made["patients"])
    times = endpoints(
        response,
        made["patients"],
        made["visits"],
        made["measurements"],
        endpoint_of(),
        settings_of(),
    )
    export_cdisc("A trial", made["patients"], response, best, times, folder)
    return folder, response, best, times


def _read(folder, name):
    return pyreadstat.read_xport(folder / f"{name}.xpt", disable_datetime_conversion=True)


def test_names_and_labels_fit_version_5(exported):
    for name in ("adsl", "adrs", "adtte"):
        frame, meta = _read(exported[0], name)
        assert meta.table_name == name.upper()
        assert all(len(column) <= 8 and column.isupper() for column in frame.columns)
        labels = meta.column_names_to_labels
        assert all(0 < len(label) <= 40 for label in labels.values())


def test_subjects(exported):
    frame, _ = _read(exported[0], "adsl")
    assert frame["USUBJID"].tolist() == ["P1", "P2"]
    assert frame["DTHFL"].tolist() == ["Y", "N"]
    assert frame["DTHCNSDY"].tolist() == [401, 85]
    assert frame["KPS"].iloc[0] == 90
    assert pd.isna(frame["KPS"].iloc[1])
    days = (pd.Timestamp("2011-10-03") - pd.Timestamp("1960-01-01")).days
    assert frame["RANDDT"].iloc[0] == days
    assert "METHYLAT" in frame
    assert frame["METHYLAT"].iloc[0] == "m\\xe9thyl\\xe9"


def test_times_are_those_of_the_table(exported):
    folder, _, _, times = exported
    frame, _ = _read(folder, "adtte")
    assert len(frame) == len(times)
    assert frame["AVAL"].tolist() == times["days"].tolist()
    assert ((frame["CNSR"] == 0) == (times["event"] == 1).to_numpy()).all()
    censored = frame[frame["CNSR"] > 0]
    assert (censored["CNSDTDSC"] != "").all()
    assert (frame.loc[frame["CNSR"] == 0, "CNSDTDSC"] == "").all()
    start = frame.loc[frame["USUBJID"] == "P1", "STARTDT"]
    own = frame[frame["USUBJID"] == "P1"]
    assert (own["ADT"] - start == own["AVAL"]).all()
    assert frame.loc[frame["USUBJID"] == "P2", "ADT"].isna().all()


def test_evaluators_are_told_apart(exported):
    for name in ("adrs", "adtte"):
        frame, _ = _read(exported[0], name)
        assert set(frame["PARCAT2"]) == {"ACQUIRED CONTRAST: gbca", "SYNTHETIC CONTRAST: cgan"}
        assert set(frame["PARCAT3"]) == {"rano2-2023-volume", "mrano2017-volume"}
        flagged = frame[frame["ANL01FL"] == "Y"]
        assert set(flagged["PARCAT3"]) == {"rano2-2023-volume"}
        assert set(flagged["ANLSET"]) == {"common"}
        assert not frame.duplicated(["USUBJID", "ASEQ"]).any()


def test_responses_are_those_of_the_table(exported):
    folder, response, best, _ = exported
    frame, _ = _read(folder, "adrs")
    visits = frame[frame["PARAMCD"] == "OVR"]
    judged = response[response["rule"] != "baseline"]
    assert visits["AVALC"].tolist() == judged["response"].tolist()
    assert (visits["ADY"] == judged["day"].to_numpy() + 1).all()
    assert frame.loc[frame["PARAMCD"] == "BOR", "AVALC"].tolist() == best["best_response"].tolist()


def test_r_reads_the_same(exported, read_by_r):
    folder, _, _, times = exported
    code = (
        "d <- foreign::read.xport(commandArgs(TRUE)); cat(nrow(d), sum(d$AVAL), sum(d$CNSR == 0),"
        ' sort(unique(as.character(d$PARCAT2))), sep="|")'
    )
    printed = read_by_r(code, folder / "adtte.xpt")
    rows, total, events, *evaluators = printed.split("|")
    assert int(rows) == len(times)
    assert float(total) == times["days"].sum()
    assert int(events) == (times["event"] == 1).sum()
    assert evaluators == ["ACQUIRED CONTRAST: gbca", "SYNTHETIC CONTRAST: cgan"]


@pytest.mark.parametrize("name", ["adsl", "adrs", "adtte"])
def test_r_sees_the_labels(exported, read_by_r, name):
    code = (
        "x <- foreign::lookup.xport(commandArgs(TRUE))[[1]];"
        ' cat(paste0(x$name, "=", x$label), sep = "\n")'
    )
    printed = read_by_r(code, exported[0] / f"{name}.xpt")
    seen = dict(line.rstrip().split("=", 1) for line in printed.splitlines())
    assert seen == _read(exported[0], name)[1].column_names_to_labels
    assert all(seen.values())


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("censored at the last assessment: no progression", 1),
        ("censored at the start: no baseline (no visit)", 2),
        ("censored at the last assessment: new therapy", 3),
        ("censored at the last assessment: death after two or more missed visits", 4),
        ("censored: death without progression", 5),
        ("censored at the last assessment: progression not confirmed", 6),
        ("censored at the last assessment: clinical decline without an evaluable image", 7),
    ],
)
def test_a_reason_has_its_code_and_an_event_has_none(exported, description, code):
    _, _, _, times = exported
    rows = times.assign(event=[0] * (len(times) - 1) + [1], description=description)
    patients = pd.DataFrame({"patient": ["P1", "P2"]})
    made = adtte("A trial", patients, rows, "gbca", "mrano2017-volume")
    assert made["CNSR"].tolist() == [code] * (len(times) - 1) + [0]


def _exported(visits, patient, folder, *, origin="randomisation", **columns):
    made = tables(visits, patient)
    patients = made["patients"].assign(**columns)
    response = classify(
        **made,
        criteria=load_criteria(["rano2010"]),
        settings=settings_of(),
        contrasts=["gbca"],
    )
    endpoint = endpoint_of(origin=origin)
    sheets = (patients, made["visits"], made["measurements"])
    times = endpoints(response, *sheets, endpoint, settings_of())
    best = best_response(response, patients, settings_of(), endpoint)
    export_cdisc("T", patients, response, best, times, folder, origin=origin)
    return {name: _read(folder, name)[0] for name in ("adsl", "adrs", "adtte")}


def test_nobody_seen_after_baseline_has_no_visit_rows(tmp_path):
    visits = [{"day": -60, "value": 400}, {"day": -1, "value": 400}]
    found = _exported(visits, {}, tmp_path)["adrs"]
    assert found["PARAMCD"].tolist() == ["BOR"]
    assert found["USUBJID"].tolist() == ["P1"]


def test_a_covariate_is_no_study_day(tmp_path):
    visits = [{"day": 0, "value": 400}]
    covariates = {"best_day": "Monday", "symptom_day": 14.0, "treatment_day": 3}
    subject = _exported(visits, {}, tmp_path, **covariates)["adsl"].iloc[0]
    assert subject["BEST_DAY"] == "Monday"
    assert (subject["SYMPTOM_"], subject["TRTSDY"]) == (14, 4)


def test_an_event_before_time_counts_has_no_row(tmp_path):
    dead = {"treatment_day": 20, "os_days": 10, "os_event": 1, "randomisation_date": "2020-01-01"}
    found = _exported([{"day": -5, "value": 400}], dead, tmp_path, origin="treatment")
    assert len(found["adtte"]) == 0
    assert len(found["adsl"]) == 1


def test_nothing_to_export_is_an_empty_file(tmp_path):
    made = tables([{"day": 0, "value": 1}])
    response = classify(
        **{
            **made,
            "visits": made["visits"].iloc[:0],
            "measurements": made["measurements"].iloc[:0],
        },
        criteria=load_criteria(["rano2010"]),
        settings=settings_of(),
        contrasts=["gbca"],
    )
    best = best_response(response, made["patients"])
    times = endpoints(
        response,
        made["patients"],
        made["visits"].iloc[:0],
        made["measurements"].iloc[:0],
        endpoint_of(),
        settings_of(),
    )
    export_cdisc("Empty", made["patients"], response, best, times, tmp_path)
    assert len(_read(tmp_path, "adsl")[0]) == 1
