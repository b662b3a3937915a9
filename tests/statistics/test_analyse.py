"""The whole comparison on small trials: what must hold whatever the data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_trials import analyse, by_lifelines, configuration, simulate

from gadless import vocabulary
from gadless.errors import InputError
from gadless.statistics.rows import COLUMNS
from gadless.statistics.tables import TrialTables
from gadless.vocabulary import SEPARATOR

seeds = st.integers(0, 10_000)
PAIR = {"gbca": "cgan", "cgan": "gbca"}


def chosen(table: pd.DataFrame, **columns: str) -> pd.DataFrame:
    for name, value in {"analysis_set": "common", "stratum": "all", **columns}.items():
        table = table[table[name] == value]
    return table.set_index("term")


def swapped(tables: TrialTables) -> TrialTables:
    changed = {
        name: getattr(tables, name).assign(contrast=lambda rows: rows["contrast"].map(PAIR))
        for name in ("measurements", "response", "best_response", "endpoints")
    }
    return replace(tables, **changed)


@settings(max_examples=2, deadline=None)
@given(seeds)
def test_identical_contrasts_agree_in_everything(seed: int) -> None:
    found = analyse(simulate(30, seed, identical=True), configuration())
    agreement, survival = found["agreement"], found["survival"]
    volume = chosen(agreement, analysis="volume")["estimate"]
    assert volume["median_bias_cm3"] == volume["bland_altman_bias_mm"] == 0
    assert volume["ccc"] == volume["ccc_pearson"] == volume["ratio_bias"] == pytest.approx(1)
    assert chosen(agreement, analysis="progression_status")["estimate"]["discordant"] == 0
    kappa = chosen(agreement, analysis="best_response")["estimate"]["kappa"]
    assert kappa == 1 or np.isnan(kappa)
    ratios = survival[survival["term"].str.endswith("_ratio").fillna(False)]["estimate"].dropna()
    assert (ratios == 1).all()
    differences = survival[survival["term"].str.contains("difference").fillna(False)]
    assert (differences["estimate"].dropna() == 0).all()
    assert (differences["lower"].dropna() == 0).all()


@pytest.mark.slow
@settings(max_examples=2, deadline=None)
@given(seeds)
def test_swapping_reference_and_candidate_flips_the_signs(seed: int) -> None:
    tables = simulate(30, seed)
    config = configuration()
    one, other = (analyse(each, config) for each in (tables, swapped(tables)))
    for term, flip in (
        ("median_bias_cm3", -1),
        ("bland_altman_bias_mm", -1),
        ("ccc", 1),
        ("ccc_location_shift", -1),
    ):
        first, second = (
            chosen(each["agreement"], analysis="volume")["estimate"][term] for each in (one, other)
        )
        assert first == pytest.approx(flip * second, nan_ok=True)
    first, second = (
        chosen(each["survival"], analysis="paired_time", endpoint="TTP") for each in (one, other)
    )
    difference = "rmst_difference_days"
    assert first["estimate"][difference] == pytest.approx(-second["estimate"][difference])
    assert first["lower"][difference] == pytest.approx(-second["upper"][difference])
    assert first["p"]["sign_test"] == pytest.approx(second["p"]["sign_test"])
    status = [chosen(each["agreement"], analysis="progression_status") for each in (one, other)]
    assert status[0]["events"]["only_reference"] == status[1]["events"]["only_candidate"]
    assert status[0]["events"]["discordant"] == status[1]["events"]["discordant"]


def test_shares_add_up_and_counts_match_the_sheet() -> None:
    tables = simulate(40, 3)
    found = analyse(tables, configuration())
    status = chosen(found["agreement"], analysis="progression_status")["events"]
    parts = ["both_same_visit", "both_imageless", "both_other_visit"]
    parts += ["only_reference", "only_candidate", "neither"]
    assert status[parts].sum() == 40
    named = found["progressions"].set_index("patient")
    assert len(named) == 40
    assert named["status"].value_counts().to_dict() == {k: v for k, v in status[parts].items() if v}
    assert named["discordant"].sum() == status["discordant"]
    confusion = found["confusion"]
    for (analysis, _), part in confusion.groupby(["analysis", "analysis_set"]):
        if analysis != "visit_response":
            assert part["count"].sum() == 40
    population = chosen(
        found["agreement"].fillna({"analysis_set": "common"}), analysis="population"
    )["estimate"]
    assert population["patients"] == 40
    assert population["visits"] == len(tables.measurements) / 2


def test_the_tables_are_those_of_the_contract() -> None:
    found = analyse(simulate(20, 1), configuration(bootstrap=10))
    assert list(found["agreement"].columns) == list(found["survival"].columns) == list(COLUMNS)
    for table in (found["agreement"], found["survival"]):
        keys = [
            name
            for name in COLUMNS
            if name
            not in (
                "estimate",
                "lower",
                "upper",
                "conf_level",
                "p",
                "n",
                "events",
                "method",
                "outcome",
                "warning",
            )
        ]
        assert not table.duplicated(keys).any()
        assert table[["analysis", "term", "stratum", "level"]].notna().all().all()


def test_a_share_is_the_fraction_that_stands_beside_it() -> None:
    """The page prints `events` of `n` behind a share, and an incidence by the horizon's events."""
    found = analyse(simulate(30, 2), configuration(bootstrap=10))
    counted = 0
    for table in (found["agreement"], found["survival"]):
        for _, row in table.dropna(subset=["estimate", "events", "n"]).iterrows():
            if vocabulary.term(row["analysis"], row["term"]).unit.counted:
                assert row["estimate"] == pytest.approx(row["events"] / row["n"]), row
                counted += 1
    assert counted > 100
    incidence = found["survival"].query("term == 'incidence' and stratum == 'all'")
    km = found["km"].query("estimator == 'aalen_johansen' and arm == 'all' and day <= 120")
    for _, row in incidence.iterrows():
        if pd.isna(row["candidate"]) and row["analysis_set"] == "all":
            own = km[(km["analysis_set"] == "all") & (km["contrast"] == row["contrast"])]
            assert row["events"] == own["events"].sum()


def test_renaming_the_patients_moves_nothing() -> None:
    tables, config = simulate(30, 6), configuration()
    order = np.random.default_rng(1).permutation(30)
    new = {f"P{old:03d}": f"Q{place:03d}" for old, place in enumerate(order)}
    renamed = {
        name: table.assign(patient=table["patient"].map(new))
        for name, table in vars(tables).items()
        if table is not None
    }
    one, other = analyse(tables, config), analyse(TrialTables(**renamed), config)
    assert one["agreement"]["lower"].notna().sum() > 100
    for name in ("agreement", "survival", "km", "confusion", "evaluability"):
        pd.testing.assert_frame_equal(one[name], other[name], rtol=1e-8)


def test_warnings_of_a_users_own_words_are_told_apart(tmp_path) -> None:
    tables = simulate(30, 9)
    odd = tables.patients.assign(**{"a | b; c": 1.0})
    odd.loc[odd["patient"] == "P003", "age"] = np.nan
    config = configuration(covariates=["age", "a | b; c"], bootstrap=10)
    found = analyse(replace(tables, patients=odd), config)["survival"]
    cell = found[found["term"] == "hr_age"]["warning"].iloc[0]
    assert {
        "1 patients lack a covariate and are left out (P003)",
        "left out, the same for everyone: a / b; c",
    } <= set(cell.split(SEPARATOR))


@pytest.mark.slow
def test_one_worker_or_three_give_the_same_tables() -> None:
    tables, config = simulate(25, 5), configuration(bootstrap=20)
    alone, together = (by_lifelines(tables, config, workers) for workers in (1, 3))
    for name, table in alone.items():
        pd.testing.assert_frame_equal(table, together[name], check_exact=True)


def test_order_of_rows_does_not_matter() -> None:
    tables, config = simulate(25, 6), configuration(bootstrap=20)
    shuffled = TrialTables(
        *(
            getattr(tables, name).sample(frac=1, random_state=1).reset_index(drop=True)
            for name in ("patients", "measurements", "response", "best_response", "endpoints")
        )
    )
    again = analyse(shuffled, config)
    for name, table in analyse(tables, config).items():
        pd.testing.assert_frame_equal(table, again[name])


@pytest.mark.parametrize(
    "change",
    [
        {"arm": "A"},  # one arm
        {"os_event": 0},  # nobody dies
        {"age": 60},  # a covariate that does not vary
        {"age": np.nan},  # a covariate that nobody has
        {"os_days": 0},  # nobody is followed
    ],
)
def test_trials_beyond_their_data_are_undecided_with_reasons(change: dict) -> None:
    tables = simulate(12, 7)
    patients = tables.patients.assign(**change)
    ends = tables.endpoints
    if "os_event" in change or "os_days" in change:
        ends = ends[ends["endpoint"] != "OS"]
    found = analyse(replace(tables, patients=patients, endpoints=ends), configuration())
    verdict = chosen(found["agreement"], analysis="verdict")
    assert verdict["outcome"]["verdict"] in ("undecided", "not equivalent")
    survival = found["survival"]
    missing = survival[survival["estimate"].isna()]
    assert missing["warning"].notna().all()


@pytest.mark.parametrize("patients", [1, 2])
def test_hardly_any_patient(patients: int) -> None:
    found = analyse(simulate(patients, 8), configuration())
    assert chosen(found["agreement"], analysis="verdict")["outcome"]["verdict"] != "equivalent"


def test_nobody_progresses() -> None:
    tables = simulate(15, 9)
    calm = tables.endpoints.assign(event=0, trigger=None)
    found = analyse(replace(tables, endpoints=calm), configuration())
    assert chosen(found["survival"], analysis="paired_time", endpoint="TTP")["n"]["sign_test"] == 0
    _undecided(found["agreement"], "nobody progresses on either contrast")


def _undecided(agreement: pd.DataFrame, reason: str) -> None:
    """The restricted means decide nothing, nor does the verdict, and both say why."""
    row = chosen(agreement, analysis="equivalence").loc["rmst_days"]
    assert row["outcome"] == "undecided"
    assert np.isnan(row[["estimate", "lower", "upper"]].astype(float)).all()
    assert reason in row["warning"]
    verdict = chosen(agreement, analysis="verdict").loc["verdict"]
    assert verdict["outcome"] != "equivalent"
    assert reason in verdict["warning"]


def test_a_mean_beyond_all_follow_up_is_not_estimated() -> None:
    # identical contrasts: extended curves would agree to the day, and decide
    tables = simulate(30, 14, identical=True)
    ends = tables.endpoints
    late = ends["endpoint"].ne("OS") & (ends["days"] > 100)
    ends = ends.assign(days=ends["days"].mask(late, 100), event=ends["event"].mask(late, 0))
    found = analyse(replace(tables, endpoints=ends), configuration())
    _undecided(found["agreement"], "nobody is followed to day 120, the longest to day 100")
    rows = chosen(found["survival"], analysis="time_to_event", endpoint="TTP")
    missing = rows.loc[["rmst_days", "incidence"]]
    assert missing["estimate"].isna().all()
    assert missing["warning"].str.contains("nobody is followed to day 120").all()


def test_perfect_separation_is_a_warning() -> None:
    tables = simulate(20, 10)
    dead = tables.patients["os_event"].to_numpy()
    found = analyse(replace(tables, patients=tables.patients.assign(age=dead)), configuration())
    rows = chosen(found["survival"], analysis="surrogate_time_dependent")
    assert rows["estimate"].loc["hr_age"].isna().all()
    assert rows["warning"].loc["hr_age"].str.contains("separates the events").all()


def test_faults_are_reported_together_and_by_name() -> None:
    tables = simulate(5, 11)
    measurements = pd.concat([tables.measurements, tables.measurements.iloc[[0]]])
    measurements.iloc[3, measurements.columns.get_loc("enhancing_cm3")] = -1.0
    with pytest.raises(InputError) as caught:
        TrialTables(
            tables.patients.iloc[1:],
            measurements,
            tables.response,
            tables.best_response,
            tables.endpoints,
        )
    text = str(caught.value)
    assert "P000, V0, gbca stands there twice" in text
    assert "patient P000 is not in the sheet of patients" in text
    assert "enhancing_cm3 is negative (-1.0)" in text


def test_missing_columns_and_arms_are_named() -> None:
    tables = simulate(5, 12)
    with pytest.raises(InputError, match="endpoints: no column trigger"):
        replace(tables, endpoints=tables.endpoints.drop(columns="trigger"))
    gap = tables.patients.assign(arm=["A", None, "B", "A", None])
    with pytest.raises(InputError, match="patients without arm: P001, P004"):
        analyse(replace(tables, patients=gap), configuration())


def test_no_resamples_give_no_intervals() -> None:
    found = analyse(simulate(20, 13), configuration(bootstrap=0))
    ccc = chosen(found["agreement"], analysis="volume").loc["ccc"]
    assert np.isfinite(ccc["estimate"])
    assert np.isnan(ccc["lower"])
