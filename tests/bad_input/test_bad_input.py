"""Bad input of a trial measured elsewhere: an error that names the row, or a result that warns."""

import pandas as pd
import pyreadstat
import pytest
from measured_trial import CONTRASTS, assert_counts_add_up, run, sheets

from gadless.errors import InputError


def _cell(table, row, column, value):
    table = table.astype({column: object})
    table.loc[row, column] = value
    return table


def _row(table, row, **values):
    return pd.concat([table, table.loc[[row]].assign(**values)], ignore_index=True)


# Row 2 of the table (line 4 of the file) is P00, V2 on gbca; two lines a visit.
FAULTS = {
    "a visit twice": (
        lambda p, m: (p, _row(m, 2)),
        r"row \d+, column contrast: 'P00 V2 gbca': this visit stands twice for this contrast",
    ),
    "two visits on a day": (
        lambda p, m: (p, _row(m, 2, visit="V2b")),
        r"row \d+, column day: '42': patient P00 has two visits on this day",
    ),
    "a patient twice": (
        lambda p, m: (_row(p, 0), m),
        r"row 14, column patient: 'P00': this patient stands twice",
    ),
    "an unknown patient": (
        lambda p, m: (p, _row(m, 2, patient="P99")),
        r"row \d+, column patient: 'P99': is not in the patients sheet",
    ),
    "another day on another contrast": (
        lambda p, m: (p, _cell(m, 3, "day", 43)),
        r"row 5, column day: '43': the same visit has 42 on another contrast",
    ),
    "another clinical state on another contrast": (
        lambda p, m: (p, _cell(m.assign(clinical_status="stable"), 3, "clinical_status", "worse")),
        r"row 5, column clinical_status: 'worse': the same visit has stable on another contrast",
    ),
    "a day that is no number": (
        lambda p, m: (p, _cell(m, 2, "day", "soon")),
        r"row 4, column day: 'soon': is no number",
    ),
    "a visit after death": (
        lambda p, m: (p, _row(m, 2, visit="V9", day=9999)),
        r"row \d+, column day: '9999': is after os_days",
    ),
    "a negative volume": (
        lambda p, m: (p, _cell(m, 2, "enhancing_cm3", -2)),
        r"row 4, column enhancing_cm3: '-2': must not be below 0",
    ),
    "a volume that is text": (
        lambda p, m: (p, _cell(m, 2, "enhancing_cm3", "large")),
        r"row 4, column enhancing_cm3: 'large': is no number",
    ),
    "a contrast that nobody measured": (
        lambda p, m: (p, m.replace({"contrast": {"cgan": "cgn"}})),
        r"column contrast: 'cgan': the configuration compares it, the table has only: cgn, gbca",
    ),
    "no arm": (
        lambda p, m: (_cell(p, 3, "arm", None), m),
        r"row 5, column arm: is empty",
    ),
    "volumes in mm3": (
        lambda p, m: (p, m.assign(enhancing_cm3=m["enhancing_cm3"] * 1000)),
        r"row \d+, column enhancing_cm3: '[\d.]+': is over 2000 \(the most of \d+ rows",
    ),
    "a column that looks meant": (
        lambda p, m: (p, m.assign(Response="SD")),
        r"row 1, column Response: is not read under this name; if `response` is meant",
    ),
    "a new therapy before the trial": (
        lambda p, m: (p.assign(new_therapy_day=0), m),
        r"row 2, column new_therapy_day: '0': must not be below 1",
    ),
    "an age that is text": (
        lambda p, m: (_cell(p, 3, "age", "61,5"), m),
        r"row 5, column age: '61,5': is no number; write decimals with a point",
    ),
    "a covariate that no column has": (
        lambda p, m: (p.drop(columns="age"), m),
        r"patients.tsv: statistics.covariates names column\(s\) that are not there: age",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_file_row_column_and_value(fault, tmp_path):
    change, message = FAULTS[fault]
    with pytest.raises(InputError, match=message):
        run(tmp_path, *change(*sheets()))


def _separated(patients, measurements):
    """Survival is decided by the covariate: whoever has it dies first, and nobody else."""
    order = patients["os_days"].rank(method="first") <= len(patients) / 2
    return patients.assign(age=order.astype(int), os_event=order.astype(int)), measurements


def _no_event_in_an_arm(patients, measurements):
    arm = patients["arm"] == "A"
    still = measurements["patient"].isin(patients.loc[arm, "patient"])
    return (
        patients.assign(os_event=patients["os_event"].mask(arm, 0)),
        measurements.assign(enhancing_cm3=measurements["enhancing_cm3"].mask(still, 5.0)),
    )


WARNED = {
    "missing covariates": (
        lambda p, m: (_cell(_cell(p, 1, "age", None), 4, "age", None), m),
        "2 patients lack a covariate and are left out (P01, P04)",
    ),
    "an arm with no events": (_no_event_in_an_arm, "no estimate"),
    "all censored": (
        lambda p, m: (p.assign(os_event=0), m.assign(enhancing_cm3=5.0)),
        "the model has no estimate: no events",
    ),
    "perfect separation": (_separated, "a covariate is constant or separates the events"),
    "nobody has a baseline": (
        lambda p, m: (p, m[m["visit"] != "V1"]),
        "the model has no estimate: no events",
    ),
    "one arm": (
        lambda p, m: (p.assign(arm="A"), m),
        "one arm: no treatment effect to compare",
    ),
    "one patient": (
        lambda p, m: (p[:1], m[m["patient"] == "P00"]),
        "one arm: no treatment effect to compare",
    ),
}


LONGER = ("missing covariates", "all censored", "perfect separation", "one arm")
"""Whose sentences other tests look for too."""


@pytest.mark.parametrize(
    "trouble",
    [pytest.param(name, marks=pytest.mark.slow if name in LONGER else ()) for name in WARNED],
)
def test_what_cannot_be_estimated_is_a_warning_in_the_report(trouble, tmp_path):
    change, warning = WARNED[trouble]
    outcome = run(tmp_path, *change(*sheets()))
    assert_counts_add_up(outcome)
    assert warning in outcome.warnings()
    assert warning in outcome.page


def test_the_order_of_rows_changes_no_number(tmp_path):
    patients, measurements = sheets(6)
    for name, pair in (
        ("one", (patients, measurements)),
        ("other", (patients[::-1], measurements.sample(frac=1, random_state=3))),
    ):
        (tmp_path / name).mkdir()
        run(tmp_path / name, *pair, report=False)
    for table in ("response", "best_response", "endpoints", "agreement", "survival", "flow"):
        one, other = (
            (tmp_path / name / "trial" / f"{table}.tsv").read_bytes() for name in ("one", "other")
        )
        assert one == other, table


def _incomplete(patients, measurements):
    """A scan before surgery; a row, a measure, a patient's visits lacking; an unknown contrast."""
    lost = (measurements["patient"] == "P01") & (measurements["visit"] == "V2")
    gone = measurements["patient"] == "P02"
    rows = measurements[~(lost & (measurements["contrast"] == "cgan")) & ~gone]
    early = rows[rows["visit"] == "V1"].assign(visit="V0", day=-40, enhancing_cm3=0.5)
    rows = pd.concat([rows, early], ignore_index=True)
    rows = _cell(rows, 2, "enhancing_cm3", None)
    return patients, _row(rows, 0, contrast="cgn")


def test_what_is_missing_is_stated_and_nothing_is_dropped(tmp_path):
    outcome = run(tmp_path, *_incomplete(*sheets()))
    assert_counts_add_up(outcome)
    response, flow = outcome["response"], outcome["flow"]
    early = response[response["visit"] == "V0"]
    assert set(early["rule"]) == {"before baseline"}
    assert set(response["baseline_visit"].dropna()) == {"V1"}
    rules = response.set_index(["patient", "visit", "contrast", "analysis_set"])["rule"]
    assert rules["P01", "V2", "cgan", "common"] == "not evaluable; not measured"
    assert rules["P00", "V2", "gbca", "common"] == "not evaluable; no enhancing_cm3"
    reasons = flow[flow["reason"].notna()].set_index("reason")[["patient", "contrast"]]
    assert reasons.fillna("").T.to_dict("list") == {
        "no row in the table": ["P01", "cgan"],
        "no measure in the table": ["P00", "gbca"],
        "contrast is not in the configuration": ["P00", "cgn"],
        "no visit in the sheet": ["P02", ""],
    }
    for reason in reasons.index:
        assert reason in outcome.page
    ends = outcome["endpoints"]
    lost = ends[(ends["patient"] == "P02") & (ends["endpoint"] == "TTP")]
    assert set(lost["description"]) == {"censored at the start: no baseline (no visit)"}
    rows = outcome["measurements"]
    assert len(rows) + (flow["contrast"] == "cgn").sum() == len(_incomplete(*sheets())[1])
    assert set(rows["contrast"]) == set(CONTRASTS)


def test_progression_before_time_counts_is_stated_to_the_report(tmp_path):
    """Treated before randomisation, and progressed by then: no time, in every table and figure."""
    patients, measurements = sheets()
    early = measurements[(measurements["patient"] == "P00") & (measurements["visit"] == "V1")]
    before = early.assign(visit="V0", day=-25, enhancing_cm3=1.5)
    patients = patients.assign(treatment_day=[-20] + [0] * (len(patients) - 1))
    rows = pd.concat([measurements, before], ignore_index=True)
    outcome = run(tmp_path, patients, rows)
    assert_counts_add_up(outcome)
    own = outcome["endpoints"].query("patient == 'P00' and endpoint in ['TTP', 'PFS']")
    assert len(own) == 2 * 2 * len(CONTRASTS)
    assert own["days"].isna().all()
    assert set(own["description"]) == {"progression before randomisation"}
    times, _ = pyreadstat.read_xport(tmp_path / "cdisc" / "adtte.xpt")
    assert set(times.loc[times["USUBJID"] == "P00", "PARAMCD"]) == {"OS"}
    # It is not known whether he progressed later on either contrast, so nothing compares him.
    agreement = outcome["agreement"].query("analysis_set == 'common' and stratum == 'all'")
    status = agreement[agreement["analysis"] == "progression_status"].set_index("term")
    others = len(patients) - 1
    assert (status.loc[["discordant", "neither"], "n"] == others).all()
    assert (status.loc["not_assessed", "events"] == 1).all()
    models = outcome["survival"].query("analysis == 'surrogate_time_dependent'")
    assert (models.loc[models["term"] == "hr_progression", "n"] == others).all()


def _renamed(measurements, **names):
    return measurements.assign(contrast=measurements["contrast"].replace(names))


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    """Contrasts, arms, visits and a site called like numbers: the same in every table."""
    patients, measurements = sheets(16)
    patients["arm"] = patients["arm"].map({"A": "1e1", "B": "0.10"})
    patients["site"] = ["101", "007"] * 8
    measurements["visit"] = "0" + measurements["visit"].str[1:]
    outcome = run(
        tmp_path,
        patients,
        _renamed(measurements, gbca="100", cgan="007"),
        reference="100",
        candidates=["007"],
        labels={"100": "Gadolinium, central"},
        statistics={"covariates": ["age", "site"]},
    )
    assert_counts_add_up(outcome, ("100", "007"))
    for name in ("response", "endpoints", "agreement", "survival", "km"):
        assert set(outcome[name]["contrast"].dropna()) == {"100", "007"}, name
    assert set(outcome["response"]["visit"]) == {"01", "02", "03", "04"}
    assert set(outcome["km"]["arm"].dropna()) >= {"1e1", "0.10"}
    terms = set(outcome["survival"]["term"])
    assert {"hr_site:101"} == {term for term in terms if term.startswith("hr_site")}
    for name in ("adrs", "adtte"):
        exported, _ = pyreadstat.read_xport(tmp_path / "cdisc" / f"{name}.xpt")
        assert set(exported["TRTP"]) == {"1e1", "0.10"}


def test_a_reference_without_candidates_is_reported_alone(tmp_path):
    patients, measurements = sheets(10)
    outcome = run(tmp_path, patients, _renamed(measurements, gbca="central"), reference="central",
                  candidates=[])  # fmt: skip
    assert_counts_add_up(outcome, ("central",))
    assert set(outcome["endpoints"]["contrast"]) == {"central"}
    times = outcome["endpoints"].query("endpoint in ['TTP', 'PFS', 'OS']")
    assert times["days"].notna().all()


def test_a_repeat_is_read_on_the_visits_that_it_has_and_is_no_candidate(tmp_path):
    patients, measurements = sheets(10)
    again = measurements.query("contrast == 'gbca' and patient < 'P05'")
    rows = pd.concat([measurements, again.assign(contrast="second")], ignore_index=True)
    outcome = run(tmp_path, patients, rows, repeat="second", report=False)
    own = outcome["response"].query("contrast == 'second'")
    assert set(own.loc[own["value"].notna(), "patient"]) == set(again["patient"])
    flow = outcome["flow"].query("contrast == 'second'")
    assert len(flow) == len(again)
    assert (flow["outcome"] == "reached").all()
    assert "second" not in set(outcome["agreement"]["candidate"].dropna())


def test_columns_of_a_users_own_may_have_any_name(tmp_path):
    """A covariate called like a count, and holding text, and what nobody reads."""
    patients, measurements = sheets(10)
    own = {"lesions": "two", "new": "x", "event": "y", "measurable": "z", "days": "7a"}
    patients = patients.assign(**own)
    patients["lesions"] = ["one", "two"] * 5
    outcome = run(tmp_path, patients, measurements, report=False,
                  statistics={"covariates": ["age", "lesions"]})  # fmt: skip
    assert outcome["patients"]["lesions"].tolist() == ["one", "two"] * 5
    assert "hr_lesions:two" in set(outcome["survival"]["term"])
