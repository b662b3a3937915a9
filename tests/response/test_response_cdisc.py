"""Transport files, read back by other hands."""

import pandas as pd
import pyreadstat
import pytest
from response_cases import endpoint_of, settings_of, tables

from gadless.errors import GadlessError, InputError
from gadless.export.cdisc import Tables, export_cdisc
from gadless.export.cdisc.parameters import Scheme
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.response.progression import censor_code
from gadless.trial.columns import LESIONS
from gadless.trial.config import read_config

REFERENCE = ("2011-10-03", "2000-01-01")
COURSE = [
    {"day": 0, "gbca": 10.0, "cgan": 9.0},
    {"day": 42, "gbca": 3.0, "cgan": 4.0},
    {"day": 84, "gbca": 3.0, "cgan": 6.0},
]


def _export(made, response, best, times, folder, *, name="A trial", origin="randomisation"):
    """Export what was derived from the tables of :func:`response_cases.tables`."""
    contrasts = response["contrast"].unique()
    config = read_config(
        {
            "name": name,
            "patients": "patients.tsv",
            "measurements": "measurements.tsv",
            "candidates": [each for each in contrasts if each != "gbca"],
            "endpoint": {"origin": origin},
        }
    )
    sheets = (made["patients"], made["visits"], made["measurements"])
    lesions = pd.DataFrame(columns=list(LESIONS))
    export_cdisc(config, Tables(*sheets, lesions, response, best, times), folder)


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
    _export(made, response, best, times, folder)
    return folder, response, best, times, made


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
    assert frame["DTHFL"].tolist() == ["Y", ""]
    assert frame["DTHCNSDY"].tolist() == [401, 85]
    assert frame["KPS"].iloc[0] == 90
    assert pd.isna(frame["KPS"].iloc[1])
    days = [(pd.Timestamp(day) - pd.Timestamp("1960-01-01")).days for day in REFERENCE]
    assert frame["RANDDT"].tolist() == days
    assert frame["RANDDTF"].tolist() == ["", "Y"]
    assert "METHYLAT" in frame
    assert frame["METHYLAT"].iloc[0] == "m\\xe9thyl\\xe9"


def test_times_are_those_of_the_table(exported):
    folder, _, _, times, _ = exported
    frame, _ = _read(folder, "adtte")
    known = times[times["days"].notna()]
    assert len(frame) < len(known)
    known = known[(known["endpoint"] != "OS") | ~known.duplicated(["patient", "endpoint"])]
    assert frame["AVAL"].tolist() == known["days"].tolist()
    assert ((frame["CNSR"] == 0) == (known["event"] == 1).to_numpy()).all()
    censored = frame[frame["CNSR"] > 0]
    assert (censored["CNSDTDSC"] != "").all()
    assert (frame.loc[frame["CNSR"] == 0, "CNSDTDSC"] == "").all()
    own = frame[frame["USUBJID"] == "P1"]
    assert (own["ADT"] - own["STARTDT"] == own["AVAL"]).all()
    other = frame[frame["USUBJID"] == "P2"]
    assert (other["ADT"] - other["STARTDT"] == other["AVAL"]).all()
    assert set(other["ADTF"]) == {"Y"}


def test_a_duration_starts_on_the_day_of_the_response(exported):
    frame, _ = _read(exported[0], "adtte")
    own = frame[(frame["USUBJID"] == "P1") & frame["PARAMCD"].isin(["DOR", "PFS"])]
    own = own.set_index("PARAMCD")
    # PR at day 42, confirmed at day 84.
    assert own.loc["DOR", "STARTDT"] - own.loc["PFS", "STARTDT"] == 42
    assert own.loc["DOR", "ADT"] == own.loc["PFS", "ADT"]
    assert own.loc["DOR", "ADY"] == own.loc["PFS", "ADY"]


def test_evaluators_are_told_apart(exported):
    for name in ("adrs", "adtte"):
        frame, _ = _read(exported[0], name)
        frame = frame[frame["PARAMCD"] != "OS"]
        assert set(frame["PARCAT2"]) == {"ACQUIRED CONTRAST: gbca", "SYNTHETIC CONTRAST: cgan"}
        assert set(frame["PARCAT3"]) == {"rano2-2023-volume", "mrano2017-volume"}
        assert set(frame["ANLSET"]) == {"common", "all"}
        assert not frame.duplicated(["USUBJID", "ASEQ"]).any()


def test_survival_stands_there_once_and_is_of_no_contrast(exported):
    times, _ = _read(exported[0], "adtte")
    assert set(times["ANL01FL"]) == {"Y"}
    assert times.loc[times["PARAMCD"] == "OS", "USUBJID"].tolist() == ["P1", "P2"]
    assert set(times.loc[times["PARAMCD"] == "OS", "PARCAT2"]) == {""}


def test_a_plain_code_is_the_trial_as_it_was(exported):
    for name, code in (("adtte", "PFS"), ("adrs", "OVR"), ("adrs", "BOR")):
        frame, _ = _read(exported[0], name)
        own = frame[frame["PARAMCD"] == code]
        said = own[["PARCAT2", "PARCAT3", "ANLSET", "PAIR"]].drop_duplicates()
        expected = ["ACQUIRED CONTRAST: gbca", "rano2-2023-volume", "all", ""]
        assert said.to_numpy().tolist() == [expected]


def test_codes_and_names_are_one_to_one_and_fit(exported):
    for name in ("adtte", "adrs"):
        frame, _ = _read(exported[0], name)
        said = frame[["PARAMCD", "PARAM", "PARCAT2", "PARCAT3", "ANLSET", "PAIR"]]
        said = said.drop_duplicates()
        assert not said.duplicated("PARAMCD").any()
        assert not said.duplicated("PARAM").any()
        assert said["PARAMCD"].str.fullmatch("[A-Z][A-Z0-9]{0,7}").all()
        assert said["PARAM"].str.len().le(40).all()
    # Two contrasts and two criteria sets; on own visits and in the pair.
    assert said["PARAMCD"].str.startswith("OVR").sum() == 2 * 2 * 2


def test_codes_say_contrast_criteria_and_pair():
    scheme = Scheme(("gbca", "cgan", "unet"), ("rano2-2023-volume", "rano2010"))
    found = [
        scheme.code("TTP", *key)
        for key in (
            ("gbca", "rano2-2023-volume", None),
            ("gbca", "rano2-2023-volume", "unet"),
            ("unet", "rano2010", None),
            ("unet", "rano2010", "unet"),
        )
    ]
    assert found == ["TTP", "TTP0A2", "TTP2B0", "TTP2B2"]
    assert scheme.code("OS", "unet", "rano2010", "unet") == "OS"
    long = [scheme.name("BOR", "gbca", "rano2010", pair) for pair in ("cgan", None)]
    assert long == ["BOR gbca, rano2010, pair cgan", "BOR gbca, rano2010"]
    wordy = Scheme(("gbca", "a" * 40, "a" * 40 + "b"), ("rano2010",))
    names = [wordy.name("TTP", name, "rano2010", None) for name in wordy.contrasts[1:]]
    assert len(set(names)) == 2
    assert {len(name) for name in names} == {40}


def test_more_analyses_than_codes_are_refused():
    table = pd.DataFrame({"contrast": [f"c{n}" for n in range(40)], "criteria": "rano2010"})
    with pytest.raises(InputError, match="40 candidates"):
        Scheme.of(table, "gbca")


def test_responses_are_those_of_the_table(exported):
    folder, response, best, _, _ = exported
    frame, _ = _read(folder, "adrs")
    visits = frame[frame["PARAMCD"].str.startswith("OVR")]
    baseline = (response["rule"] == "baseline").to_numpy()
    assert ((visits["ABLFL"] == "Y") == baseline).all()
    assert visits["AVALC"].tolist() == response["response"].mask(baseline, "").tolist()
    assert (visits["ADY"] == response["day"].to_numpy() + 1).all()
    overall = frame["PARAMCD"].str.startswith("BOR")
    assert frame.loc[overall, "AVALC"].tolist() == best["best_response"].tolist()


def test_r_reads_the_same(exported, read_by_r):
    folder, _, _, times, _ = exported
    code = (
        "d <- foreign::read.xport(commandArgs(TRUE)); cat(nrow(d), sum(d$AVAL), sum(d$CNSR == 0),"
        ' sort(unique(as.character(d$PARCAT2))), sep="|")'
    )
    printed = read_by_r(code, folder / "adtte.xpt")
    rows, total, events, *evaluators = printed.split("|")
    known = times[times["days"].notna()]
    known = known[(known["endpoint"] != "OS") | ~known.duplicated(["patient", "endpoint"])]
    assert int(rows) == len(known)
    assert float(total) == known["days"].sum()
    assert int(events) == (known["event"] == 1).sum()
    assert evaluators == ["", "ACQUIRED CONTRAST: gbca", "SYNTHETIC CONTRAST: cgan"]


@pytest.mark.parametrize("name", ["adsl", "adrs", "adtte", "adtr", "tr", "rs"])
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
def test_a_reason_has_its_code_and_an_event_has_none(exported, tmp_path, description, code):
    _, response, best, times, made = exported
    assert censor_code(description) == code
    rows = times.assign(event=0, description=description, trigger=None)
    for event, expected in ((0, code), (1, 0)):
        _export(made, response, best, rows.assign(event=event), tmp_path)
        assert set(_read(tmp_path, "adtte")[0]["CNSR"]) == {expected}


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
    _export(made | {"patients": patients}, response, best, times, folder, name="T", origin=origin)
    return {name: _read(folder, name)[0] for name in ("adsl", "adrs", "adtte")}


def test_nobody_seen_after_baseline_has_no_visit_but_that(tmp_path):
    visits = [{"day": -60, "value": 400}, {"day": -1, "value": 400}]
    found = _exported(visits, {}, tmp_path)["adrs"]
    assert found["PARAMCD"].tolist() == ["OVR", "BOR", "UBOR", "RSP", "CB"]
    assert found["AVISIT"].tolist() == ["V2", "", "", "", ""]
    assert found["ABLFL"].tolist() == ["Y", "", "", "", ""]
    assert found["AVALC"].tolist() == ["", "NE", "NE", "N", "N"]


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
    none = {name: made[name].iloc[:0] for name in ("visits", "measurements")}
    _export(made | none, response, best, times, tmp_path, name="Empty")
    assert len(_read(tmp_path, "tr")[0]) == 0
    assert len(_read(tmp_path, "adsl")[0]) == 1


def test_the_same_tables_give_the_same_bytes_at_any_time(exported, tmp_path, monkeypatch):
    """The clock's time stands in no header, whatever the writer puts there."""
    _, response, best, times, tables = exported
    write = pyreadstat.write_xport

    def at(clock):
        def written(frame, path, **how):
            write(frame, path, **how)
            data = path.read_bytes()
            now = data[144:160]
            assert data.count(now) == 4
            path.write_bytes(data.replace(now, clock))

        return written

    made = []
    for clock in (b"27NOV26:19:09:19", b"01FEB31:00:59:01"):
        monkeypatch.setattr(pyreadstat, "write_xport", at(clock))
        _export(tables, response, best, times, tmp_path)
        made.append([(tmp_path / f"{name}.xpt").read_bytes() for name in ("adsl", "adrs", "adtte")])
    assert made[0] == made[1]
    assert all(data.count(b"01JAN60:00:00:00") == 4 for data in made[0])


def test_a_writer_of_another_layout_is_refused(exported, tmp_path, monkeypatch):
    _, response, best, times, made = exported

    def written(frame, path, **how):
        path.write_bytes(bytes(1000))

    monkeypatch.setattr(pyreadstat, "write_xport", written)
    with pytest.raises(GadlessError, match="another way"):
        _export(made, response, best, times, tmp_path)
    assert not list(tmp_path.glob("*.xpt"))
