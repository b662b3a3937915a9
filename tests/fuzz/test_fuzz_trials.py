"""Sheets that pass run to the last table: what crashes late was to be refused early."""

import string

import pandas as pd
from grids import NASTY
from hypothesis import example, given
from hypothesis import strategies as st
from judging import budget, judge
from measured_trial import CONTRASTS, assert_counts_add_up, run, sheets

TAKEN = ("lesions", "new", "event", "days", "measurable", "value", "n", "count", "estimate", "p")
"""Columns of our own tables that hold numbers; a user's may hold anything."""

IDS = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=12)


@st.composite
def trials(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    """Draw two sheets and the statistics: odd names, arms and reasons, and further columns."""
    patients, measured = sheets(6)
    names = draw(st.lists(IDS, min_size=6, max_size=6, unique_by=str.casefold))
    renamed = dict(zip(patients["patient"], names, strict=True))
    patients, measured = (
        table.assign(patient=table["patient"].map(renamed)) for table in (patients, measured)
    )
    arms = draw(st.lists(st.sampled_from(NASTY), min_size=2, max_size=2, unique=True))
    patients["arm"] = [arms[at % 2] for at in range(6)]
    cells = draw(st.lists(st.sampled_from(NASTY), min_size=1, max_size=3))
    column = draw(st.sampled_from(TAKEN))
    patients[column] = [cells[at % len(cells)] for at in range(6)]
    measured["evaluable"], measured["reason"] = 1, ""
    measured.loc[3, ["evaluable", "reason"]] = [0, draw(st.sampled_from(NASTY))]
    covariates = ["age", *([column] if draw(st.booleans()) else [])]
    return patients, measured, {"covariates": covariates, "bootstrap": 0}


def with_names_of_counts() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    patients, measured = sheets(6)
    patients = patients.assign(**dict.fromkeys(TAKEN, "none seen"))
    measured["evaluable"], measured["reason"] = 1, ""
    measured.loc[3, ["evaluable", "reason"]] = [0, "<b>moved</b>"]
    return patients, measured, {"covariates": ["age", "lesions"], "bootstrap": 0}


@budget(0.01)
@given(trial=trials())
@example(trial=with_names_of_counts())
def test_a_trial_that_passes_runs_to_its_tables(trial, tmp_path_factory):
    patients, measured, statistics = trial
    folder = tmp_path_factory.mktemp("trial")
    outcome = judge(
        "trials to their tables",
        lambda: run(folder, patients, measured, report=False, statistics=statistics),
        "patients.tsv",
        "measurements.tsv",
    )
    if outcome is not None:
        assert_counts_add_up(outcome, CONTRASTS)
        assert set(outcome["patients"]["patient"]) == set(patients["patient"])
        lost = outcome["flow"].query("stage == 'measured' and outcome == 'stopped'")
        assert len(lost) == 1
