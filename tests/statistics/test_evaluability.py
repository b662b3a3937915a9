"""Who failed is part of the answer: candidates that fail at random, and where it matters."""

import numpy as np
import pandas as pd
import pytest

from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics.analyse import analyse
from gadless.statistics.pairing import seen
from gadless.statistics.tables import TrialTables
from gadless.trial.config import read_config

CRITERIA = "rano2-2023-volume"
VISITS = 8
SIZE = 90


def trial(candidates=("cgan",)):
    return read_config(
        {
            "patients": "p.tsv",
            "measurements": "m.tsv",
            "candidates": list(candidates),
            "response": {"criteria": [CRITERIA]},
            "statistics": {
                "bootstrap": 200,
                "landmarks": [90],
                "rmst_days": 250,
                "evaluability_by_arm": False,
            },
        }
    )


def measured(candidates=("cgan",), size=SIZE):
    """Volumes that start to grow at some visit, and candidates that read them with 0.5% noise."""
    rng = np.random.default_rng(11)
    arm = np.repeat(["A", "B"], size // 2)
    turn = rng.geometric(np.where(arm == "A", 0.3, 0.15))
    visits = np.arange(VISITS)
    grown = np.clip(visits - turn[:, None] + 1, 0, None)
    volume = rng.lognormal(2, 0.4, size)[:, None] * 1.6**grown
    rows = []
    for contrast in ("gbca", *candidates):
        noise = 1 if contrast == "gbca" else rng.lognormal(0, 0.005, volume.shape)
        shown = np.round(volume * noise, 4)
        for at in range(size):
            rows += [
                {
                    "patient": f"P{at:03d}", "visit": f"V{v}", "day": 42 * v, "contrast": contrast,
                    "evaluable": 1, "reason": None, "enhancing_cm3": shown[at, v],
                }
                for v in visits
            ]  # fmt: skip
    names = [f"P{at:03d}" for at in range(size)]
    death = (42 * turn + rng.exponential(200, size)).astype(int) + 30
    sheet = pd.DataFrame({"patient": names, "arm": arm, "os_days": death, "os_event": 1})
    table = pd.DataFrame(rows)
    alive = table["day"] <= table["patient"].map(sheet.set_index("patient")["os_days"])
    return table[alive].reset_index(drop=True), sheet


def derived(table, sheet, config):
    """All tables that the statistics start from."""
    visits = table[["patient", "visit", "day"]].drop_duplicates()
    response = classify(
        table, visits, sheet, None, load_criteria([CRITERIA]), config.response, config.contrasts
    )
    best = best_response(response, sheet, config.response, config.endpoint)
    times = endpoints(response, sheet, visits, table, config.endpoint, config.response)
    return TrialTables(sheet, table, response, best, times)


def failing(table, lost, absent=False):
    if absent:
        return table[~lost]
    return table.assign(evaluable=np.where(lost, 0, 1), reason=np.where(lost, "failed", None))


def progressions(table, sheet):
    """Visits at which the reference shows progression, and the first of each patient."""
    found = derived(table, sheet, trial()).response
    mine = (found["contrast"] == "gbca") & (found["analysis_set"] == "all")
    shown = found[mine & (found["response"] == "PD")]
    first = shown.sort_values("day").drop_duplicates("patient")
    return (set(zip(each["patient"], each["visit"], strict=True)) for each in (shown, first))


def rows(found, name="agreement", **where):
    table = found[name]
    for column, value in where.items():
        table = table[table[column] == value]
    return table.set_index("term")


@pytest.fixture(scope="module")
def whole():
    table, sheet = measured()
    return analyse(derived(table, sheet, trial()), trial(), kernel_only=True)


def concluded(found):
    """Hazard ratio and p-value of the reference on its own visits."""
    chosen = rows(found, "survival", analysis="treatment_effect", endpoint="PFS", contrast="gbca")
    chosen = chosen[chosen["analysis_set"] == "all"].loc["treatment_hr"]
    return chosen["estimate"], chosen["p"]


def test_a_faultless_candidate_is_equivalent(whole):
    verdict = rows(whole, analysis="verdict").loc["verdict"]
    assert verdict["outcome"] == "equivalent", verdict["warning"]
    tip = rows(whole, analysis="tipping_point").loc["visits"]
    assert (tip["n"], tip["outcome"]) == (0, "holds whatever they show")


def lost_at_random(table, sheet):
    chosen = np.random.default_rng(1).choice(sheet["patient"], int(0.6 * len(sheet)), replace=False)
    return table["patient"].isin(chosen)


def lost_at_progression(table, sheet):
    every, _ = progressions(table, sheet)
    return pd.Series(
        [key in every for key in zip(table["patient"], table["visit"], strict=True)], table.index
    )


def lost_at_first_progression_of_one_arm(table, sheet):
    _, first = progressions(table, sheet)
    arm = table["patient"].map(sheet.set_index("patient")["arm"])
    keys = zip(table["patient"], table["visit"], strict=True)
    return pd.Series([key in first for key in keys], table.index) & (arm == "B")


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize(
    ("lose", "by"),
    [
        (lost_at_random, None),
        (lost_at_progression, "progression"),
        (lost_at_first_progression_of_one_arm, "progression"),
    ],
)
def test_a_candidate_that_fails_does_not_conclude_the_same(whole, lose, by, absent):
    """S1, S2, S3: it was called equivalent on the visits that it could evaluate."""
    table, sheet = measured()
    lost = (table["contrast"] == "cgan") & lose(table, sheet)
    assert lost.any()
    found = analyse(
        derived(failing(table, lost, absent), sheet, trial()), trial(), kernel_only=True
    )
    verdict = rows(found, analysis="verdict").loc["verdict"]
    assert verdict["outcome"] in ("undecided", "not equivalent")
    if by:
        assert f"failing is informative by {by}" in verdict["warning"]
    share = rows(found, analysis="equivalence", stratum="all", analysis_set="common")
    reference = table["contrast"] == "gbca"
    expected = 1 - lost.sum() / reference.sum()
    assert share.loc["evaluability", "estimate"] == pytest.approx(expected)
    # Gadolinium is as the trial saw it, whatever the candidate did.
    assert concluded(found) == concluded(whole)


@pytest.mark.slow
def test_a_second_candidate_moves_nothing_of_the_first():
    """S4: one that fails at half its visits moved the reference's median and the first's rows."""
    table, sheet = measured(("cgan", "unet"), 40)
    rng = np.random.default_rng(5)
    lost = (table["contrast"] == "unet") & (rng.random(len(table)) < 0.5)
    both = trial(("cgan", "unet"))
    beside = analyse(derived(failing(table, lost), sheet, both), both, kernel_only=True)
    own = table[table["contrast"] != "unet"]
    alone = analyse(derived(own, sheet, trial()), trial(), kernel_only=True)
    for name in ("agreement", "survival", "km", "paired_volumes", "confusion", "evaluability"):
        kept = beside[name]
        mine = kept["candidate"].isna() | (kept["candidate"] == "cgan")
        if "contrast" in kept:
            mine &= kept["contrast"].isna() | (kept["contrast"] != "unet")
        assert len(alone[name]), name
        assert kept[mine].to_csv(index=False) == alone[name].to_csv(index=False), name


def test_the_tipping_point_is_the_first_count_over_the_margin():
    table, sheet = measured()
    rng = np.random.default_rng(2)
    lost = (table["contrast"] == "cgan") & (rng.random(len(table)) < 0.01)
    tables = derived(failing(table, lost), sheet, trial())
    config = trial()
    loose = config.statistics.margins.model_copy(update={"evaluability": 0.5})
    settings = config.statistics.model_copy(update={"margins": loose})
    config = config.model_copy(update={"statistics": settings})
    found = analyse(tables, config, kernel_only=True)
    assert rows(found, analysis="verdict").loc["verdict", "outcome"] == "equivalent"
    tip = rows(found, analysis="tipping_point").loc["visits"]
    worst = rows(found, analysis="worst_case").loc["discordance"]
    assert tip["n"] == lost.sum()
    assert worst["events"] >= tip["events"]
    # 90 patients against 15%: P(X <= 8) = 0.062, P(X <= 7) = 0.030
    before = worst["events"] - tip["events"]
    if worst["events"] >= 8:
        assert tip["outcome"] == "falls"
        assert tip["estimate"] == 8 - before
    else:
        assert tip["outcome"] == "holds whatever they show"


def test_a_readers_category_is_what_makes_a_visit_evaluable():
    table = pd.DataFrame(
        {
            "patient": "P1",
            "visit": ["V1", "V2", "V3"] * 2,
            "day": [0, 42, 84] * 2,
            "contrast": ["gbca"] * 3 + ["cgan"] * 3,
            "enhancing_cm3": [None] * 3 + [5.0, None, 7.0],
            "response": ["SD", "NE", "PD"] + [None] * 3,
        }
    )
    found = seen(trial(), table, "enhancing_cm3")
    assert found["gbca"].tolist() == [True, False, True]
    assert found["cgan"].tolist() == [True, False, True]
    assert seen(trial(), table.drop(columns="enhancing_cm3"), "spd_mm2")["cgan"].all()
    assert not seen(trial(), table[table["contrast"] == "gbca"], "enhancing_cm3")["cgan"].any()


def test_no_size_is_asked_of_a_readers_categories():
    table, sheet = measured(size=60)
    response = derived(table, sheet, trial()).response
    own = response[(response["contrast"] == "gbca") & (response["analysis_set"] == "all")]
    category = own.set_index(["patient", "visit"])["response"]
    read = table["contrast"] == "gbca"
    keys = pd.MultiIndex.from_frame(table[["patient", "visit"]])
    table["response"] = pd.Series(category.reindex(keys).to_numpy(), table.index).where(read)
    table.loc[read, "enhancing_cm3"] = None
    found = analyse(derived(table, sheet, trial()), trial(), kernel_only=True)
    size = rows(found, analysis="equivalence", analysis_set="common").loc["volume_bias_percent"]
    assert size["outcome"] == "not applicable"
    assert "gbca brings a reader's categories" in size["warning"]
    assert rows(found, analysis="verdict").loc["verdict", "n"] == 4
