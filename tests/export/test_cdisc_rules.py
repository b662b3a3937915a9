"""Rules of ADaM and of transport files that any programmer's checks ask for."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from cdisc_trial import NAMES

ANALYSES = ("adrs", "adtte", "adtr")


@pytest.mark.parametrize("name", NAMES)
def test_names_labels_and_lengths_fit_version_5(exported, name):
    frame, meta = pyreadstat.read_xport(exported.folder / f"{name}.xpt")
    assert meta.table_name == name.upper()
    assert 0 < len(meta.file_label or name) <= 40
    for variable, label in meta.column_names_to_labels.items():
        assert variable.isascii()
        assert variable.replace("_", "").isalnum()
        assert variable.isupper()
        assert variable[0].isalpha()
        assert len(variable) <= 8
        assert label
        assert label.isascii()
        assert len(label) <= 40
    labels = list(meta.column_names_to_labels.values())
    assert len(set(labels)) == len(labels)
    for variable, width in meta.variable_storage_width.items():
        if meta.readstat_variable_types[variable] == "string":
            longest = frame[variable].str.len().max()
            assert width == max(1, 0 if pd.isna(longest) else longest) <= 200, variable


def test_a_variable_is_the_same_in_every_data_set(exported):
    """One label and one type, wherever it stands."""
    seen = {}
    for name in NAMES:
        _, meta = pyreadstat.read_xport(exported.folder / f"{name}.xpt")
        for variable, label in meta.column_names_to_labels.items():
            about = (label, meta.readstat_variable_types[variable])
            assert seen.setdefault(variable, about) == about, (name, variable)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("adsl", ["USUBJID"]),
        ("adtte", ["USUBJID", "PARAMCD"]),
        ("adrs", ["USUBJID", "PARAMCD", "AVISITN"]),
        ("adtr", ["USUBJID", "PARAMCD", "TRLNKID", "AVISITN", "DTYPE"]),
        ("tu", ["USUBJID", "TULNKID"]),
        ("tr", ["USUBJID", "TRTESTCD", "TREVALID", "TRLNKID", "VISITNUM"]),
        ("rs", ["USUBJID", "RSTESTCD", "RSSCAT", "RSEVALID", "VISITNUM"]),
    ],
)
def test_keys_tell_records_apart(frames, name, key):
    assert len(frames[name])
    assert not frames[name].duplicated(key).any()


@pytest.mark.parametrize("name", ANALYSES)
def test_flagged_is_one_a_subject_and_parameter_or_visit(frames, name):
    frame = frames[name]
    assert frame["PARAMCD"].str.fullmatch("[A-Z][A-Z0-9]{0,7}").all()
    assert frame["PARAM"].str.len().le(40).all()
    flagged = frame[frame["ANL01FL"] == "Y"]
    key = ["USUBJID", "PARAMCD"]
    by_visit = {"adrs": flagged["PARAMCD"].str.startswith("OVR"), "adtte": False, "adtr": True}
    by_visit = pd.Series(by_visit[name], index=flagged.index)
    assert not flagged[~by_visit].duplicated(key).any()
    visits = [*key, "AVISITN", *(["TRLNKID"] if name == "adtr" else [])]
    if by_visit.any():
        assert not flagged[by_visit].duplicated(visits).any()


@pytest.mark.parametrize("name", ANALYSES)
def test_codes_names_and_numbers_are_one_to_one(frames, name):
    """PARAM, PARAMCD, PARAMN and what they mean; visits and treatments and their numbers."""
    frame = frames[name]
    groups = [["PARAMCD", "PARAM", "PARAMN"], ["TRTP", "TRTPN"], ["TRTA", "TRTAN"]]
    groups += [["AVISIT", "AVISITN"]] if "AVISIT" in frame else []
    for group in groups:
        pairs = frame[group].replace("", np.nan).dropna().drop_duplicates()
        assert len(pairs)
        for column in group:
            assert not pairs.duplicated(column).any(), (name, column)
    means = [c for c in ("PARCAT1", "PARCAT2", "PARCAT3", "ANLSET", "PAIR") if c in frame]
    assert not frame[["PARAMCD", *means]].drop_duplicates().duplicated("PARAMCD").any()
    assert (frame.groupby("USUBJID")["ASEQ"].apply(lambda x: (x.diff().dropna() == 1).all())).all()


def test_flags_hold_y_n_or_nothing(frames):
    for name, frame in frames.items():
        for column in frame.columns[frame.columns.str.endswith("FL")]:
            allowed = {"Y", "N"} if name == "adsl" and column != "DTHFL" else {"Y", "N", ""}
            assert set(frame[column]) <= allowed, (name, column)
    assert set(frames["adsl"]["DTHFL"]) == {"Y", ""}
    assert set(frames["adsl"]["ITTFL"]) == {"Y"}


def test_subjects_are_the_sheet(exported, frames):
    people, sheet = frames["adsl"], exported.tables.patients
    assert people["SUBJID"].tolist() == sheet["patient"].tolist()
    assert people["SITEID"].tolist() == sheet["site"].tolist()
    assert set(people["SEX"]) == {"F", "M"}
    assert set(people["AGEU"]) == {"YEARS"}
    assert people["TRT01P"].tolist() == sheet["arm"].tolist()
    assert (people["TRT01PN"] == people["TRT01P"].map({"A": 1, "B": 2})).all()
    dead = sheet["os_event"] == 1
    assert ((people["DTHFL"] == "Y").to_numpy() == dead.to_numpy()).all()
    assert (people["DTHDT"].notna().to_numpy() == dead.to_numpy()).all()


def test_words_that_are_no_controlled_term_are_kept_beside(frames):
    people = frames["adsl"]
    assert set(people["RACE"]) == {"WHITE", "OTHER"}
    assert set(people.loc[people["RACE"] == "OTHER", "RACESP"]) == {"Martian"}
    assert "SEXSP" not in people


def test_there_is_a_date_for_every_day_and_it_says_what_it_rests_on(frames):
    people = frames["adsl"]
    zero = (pd.Timestamp("2019-05-06") - pd.Timestamp("1960-01-01")).days
    standing = (pd.Timestamp("2000-01-01") - pd.Timestamp("1960-01-01")).days
    assert set(people["RANDDT"]) == {zero, standing}
    assert ((people["RANDDTF"] == "Y") == (people["RANDDT"] == standing)).all()
    assert (people["TRTSDT"] - people["RANDDT"] == 1).all()
    begin = people.set_index("USUBJID")["RANDDT"]
    for name in ANALYSES:
        frame = frames[name]
        dated = frame[frame["ADT"].notna()]
        day = dated["ADT"] - dated["USUBJID"].map(begin)
        assert (dated["ADY"] == day.where(day < 0, day + 1)).all()
        assert ((dated["ADTF"] == "Y") == (dated["USUBJID"].map(begin) == standing)).all()
    times = frames["adtte"]
    assert (times["ADT"] - times["STARTDT"] == times["AVAL"]).all()


def test_change_is_against_the_one_baseline(frames):
    frame = frames["adtr"]
    whole = frame[frame["TRLNKID"] == ""]
    baseline = whole[whole["ABLFL"] == "Y"]
    assert not baseline.duplicated(["USUBJID", "PARAMCD"]).any()
    base = baseline.set_index(["USUBJID", "PARAMCD"])["AVAL"]
    own = pd.Series(
        [base.get(key, np.nan) for key in zip(whole["USUBJID"], whole["PARAMCD"], strict=True)]
    )
    pd.testing.assert_series_equal(own, whole["BASE"].reset_index(drop=True), check_names=False)
    changed = whole[whole["CHG"].notna()]
    assert len(changed) > 100
    assert (changed["CHG"] - (changed["AVAL"] - changed["BASE"])).abs().max() < 1e-9
    relative = 100 * changed["CHG"] / changed["BASE"]
    assert (changed["PCHG"] - relative).abs().max() < 1e-9
    least = whole[whole["DTYPE"] == "MINIMUM"].set_index(["USUBJID", "PARAMCD"])["AVAL"]
    after = whole[(whole["DTYPE"] == "") & whole["CHG"].notna()]
    expected = after.groupby(["USUBJID", "PARAMCD"])["AVAL"].min()
    pd.testing.assert_series_equal(least.loc[expected.index], expected)


def test_lesions_are_named_once_and_measured_at_each_visit(exported, frames):
    lesions = exported.tables.lesions
    measured = frames["tr"][frames["tr"]["TRLNKID"] != ""]
    assert len(measured) == 4 * len(lesions)
    assert set(measured["TRLNKID"]) == set(frames["tu"]["TULNKID"])
    assert {"0E-1", "0E-2", "0E-2.2", "1E-1"} <= set(frames["tu"]["TULNKID"])
    long = frames["adtr"][frames["adtr"]["PARAMCD"].str.startswith("LDIAM")]
    assert long["AVAL"].sum() == lesions["long_mm"].sum()


def test_a_source_is_the_record_that_it_says(frames):
    number = {"adrs": "ASEQ", "tr": "TRSEQ", "rs": "RSSEQ"}
    found = 0
    for name in ANALYSES:
        for domain, own in frames[name].groupby("SRCDOM"):
            if domain == "ADSL":
                people = frames["adsl"].set_index("USUBJID")
                dates = [
                    people.loc[who, var]
                    for who, var in zip(own["USUBJID"], own["SRCVAR"], strict=True)
                ]
                assert own["ADT"].tolist() == dates
                continue
            source = frames[domain.lower()]
            keyed = source.set_index(["USUBJID", number[domain.lower()]])
            linked = own[own["SRCSEQ"].notna()]
            records = keyed.loc[list(zip(linked["USUBJID"], linked["SRCSEQ"], strict=True))]
            visits = "AVISITN" if domain == "ADRS" else "VISITNUM"
            shown = "ADY" if domain == "ADRS" else f"{domain}DY"
            assert records[shown].tolist() == linked["ADY"].tolist(), (name, domain)
            assert records[visits].notna().all()
            found += len(linked)
    assert found > 1000
    events = frames["adtte"]
    assert events.loc[events["SRCDOM"] == "ADRS", "SRCSEQ"].notna().all()


def test_what_is_missing_is_what_the_manual_says_is_missing(frames):
    """`docs/cdisc.md`: what pointblank's `validate_adam` asks for beyond ADaM, and no more."""
    for name in ("adtte", "adrs", "adtr"):
        frame = frames[name]
        assert (frame["SRCDOM"] != "").all()
        baseline = (frame["ABLFL"] == "Y") if name == "adrs" else False
        assert (frame["AVAL"].notna() | baseline).all()
        gone = frame[frame["SRCSEQ"].isna() & (frame["SRCDOM"] != "ADSL")]
        if name == "adrs":
            whole = gone["PARAMCD"].str.match("BOR|UBOR|RSP|CB")
            uncompared = gone["PARAMCD"].str.match("OVR") & (gone["ANLSET"] == "common")
            gone = gone[~whole & ~(uncompared & (gone["AVALC"] == "NE"))]
        assert gone.empty, name
    assert set(frames["adtte"]["CNSR"]) > {0, 1}


def test_responses_name_the_published_criteria_and_who_read(frames):
    readings = frames["rs"]
    assert set(readings["RSCAT"]) == {"RANO 2.0", "VOLUMETRIC"}
    assert set(readings["RSEVALID"]) == {"gbca", "cgan", "unet"}
    accepted = readings[readings["RSACPTFL"] == "Y"]
    assert set(accepted["RSEVALID"]) == {"gbca"}
    own = frames["adrs"][(frames["adrs"]["PARAMCD"] == "OVR") & (frames["adrs"]["ABLFL"] == "")]
    assert own["AVALC"].tolist() == accepted["RSORRES"].tolist()


def test_what_could_not_be_evaluated_says_why(exported, frames):
    failed = exported.tables.measurements["evaluable"].eq(0).sum()
    undone = frames["tr"][frames["tr"]["TRSTAT"] == "NOT DONE"]
    assert len(undone) == failed > 5
    assert set(undone["TRREASND"]) == {"movement"}
