"""Sparing contrast: its ends are known, its doubts are the table's, its choice is on others."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from small_trials import CRITERIA, configuration

from gadless.phantom.cohort import grow_plan
from gadless.phantom.measurements import ContrastError, ErrorModel, simulate_trial
from gadless.phantom.plans import SIMULATED
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.response.probability import response_probability
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons.progression import discordant
from gadless.statistics.comparisons.sparing import choice
from gadless.statistics.comparisons.sparing.analyse import sparing
from gadless.statistics.comparisons.sparing.curve import THRESHOLDS, Curve, by_doubt, follow
from gadless.statistics.comparisons.sparing.mixing import Mixer
from gadless.statistics.comparisons.sparing.trial import SparingTables, followed
from gadless.statistics.estimators.bootstrap import Bootstrapped, patient_weights
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Config

CONFIG = configuration(covariates=[])
(RULES,) = load_criteria([CRITERIA])


@cache
def trial(patients: int = 80, seed: int = 4, *, stated: bool = True) -> SparingTables:
    """A simulated trial in which the candidate errs differently from visit to visit."""
    error = ContrastError(
        *(0.0, 0.15, 0.15, 0.3),
        unusable_share=0.03,
        visit_log_sd_spread=0.6,
        stated=stated,
    )
    errors = ErrorModel({"gbca": ContrastError(unusable_share=0.03), "cgan": error})
    cohort = grow_plan(replace(SIMULATED, patients=patients, seed=seed))
    sheet, table = simulate_trial(cohort, errors)
    return with_probability(sheet, table)


def with_probability(sheet: pd.DataFrame, table: pd.DataFrame) -> SparingTables:
    visits = table.drop_duplicates(["patient", "visit"])
    found = response_probability(
        *(table, visits, sheet, None, [RULES], CONFIG.response, CONFIG.readings),
        CONFIG.measurement,
        draws=200,
    )
    return SparingTables(sheet, visits, table, None, found)


def statistics_say(tables: SparingTables) -> tuple[int, int]:
    """Compared and discordant patients, by the statistics' own tables."""
    parts = (tables.visits, tables.patients)
    response = classify(
        *(tables.measurements, *parts, None, [RULES], CONFIG.response, CONFIG.readings)
    )
    times = endpoints(
        *(response, tables.patients, tables.visits, tables.measurements),
        *(CONFIG.endpoint, CONFIG.response),
    )
    best = best_response(response, tables.patients, CONFIG.response, CONFIG.endpoint)
    whole = TrialTables(
        tables.patients, tables.measurements, response, best, times, None, tables.visits
    )
    study = assemble(whole, CONFIG)
    compared, unlike = discordant(study, study.pair("cgan"), "cgan")
    return int(compared.sum()), int(unlike.sum())


def along(table: pd.DataFrame, design: str, order: str = "doubt") -> pd.DataFrame:
    rows = table[(table["design"] == design) & (table["order"] == order)]
    return rows.set_index("threshold")


def test_the_ends_are_full_contrast_and_the_candidate_alone() -> None:
    tables = trial()
    found = along(sparing(tables, CONFIG), "plain")
    assert (found.loc[-1.0, ["exams_spared", "discordance"]] == 0).all()
    compared, unlike = statistics_say(tables)
    assert found.loc[1.0, "exams_spared"] == 1
    assert found.loc[1.0, "patients"] == compared
    assert found.loc[1.0, "discordance"] == pytest.approx(unlike / compared)
    assert unlike > 10
    reference = tables.measurements[tables.measurements["contrast"] == "gbca"]
    assert (found["exams"] == (reference["evaluable"] == 1).sum()).all()


def test_a_candidate_without_doubt_is_the_candidate_alone_at_every_threshold() -> None:
    tables = trial()
    sure = tables.probability.assign(probability=tables.probability["given"].astype(float))
    table = tables.measurements
    failed = table["contrast"].eq("cgan") & table["evaluable"].eq(0)
    answered = table.drop(columns="evaluable")
    measured = ["enhancing_cm3", "nonenhancing_cm3", "necrosis_cm3", "abnormality_cm3"]
    answered.loc[failed, [*measured, "spd_mm2"]] = 5.0
    answered.loc[failed, "reason"] = None
    tables = replace(tables, measurements=answered, probability=sure)
    found = along(sparing(tables, CONFIG), "plain")
    compared, unlike = statistics_say(tables)
    own = found.loc[0.0:]
    assert (own["exams_spared"] == 1).all()
    np.testing.assert_allclose(own["discordance"].astype(float), unlike / compared)


def test_the_baseline_keeps_contrast_and_sets_the_scale() -> None:
    found = along(sparing(trial(), CONFIG), "anchored")
    assert found.loc[-1.0, "discordance"] == 0
    assert 0.6 < found.loc[1.0, "exams_spared"] < 0.9
    # A lasting error of the candidate is none once its volumes are on the scale of the baseline.
    sheet, table = trial().patients, trial().measurements.copy()
    ends = ["enhancing_low_cm3", "enhancing_cm3", "enhancing_high_cm3"]
    reference = table[table["contrast"] == "gbca"]
    lasting = reference.assign(contrast="cgan")
    for name in ends:
        lasting[name] = 2 * reference["enhancing_cm3"]
    double = with_probability(sheet, pd.concat([reference, lasting], ignore_index=True))
    table = sparing(double, CONFIG)
    assert (along(table, "anchored")["discordance"].fillna(1) < 0.03).all()


def test_an_exam_is_given_contrast_where_the_doubt_exceeds_the_threshold() -> None:
    tables = trial()
    given = tables.probability[tables.probability["given"] == 1]
    doubts = 1 - given.set_index(["patient", "visit"])["probability"]
    keys = ["patient", "visit"]
    table = tables.measurements.pivot_table("evaluable", keys, "contrast")
    reference = table.index[table["gbca"] == 1]
    failed = table.index[(table["gbca"] == 1) & (table["cgan"] == 0)]
    expected = doubts.reindex(reference).fillna(0.0)
    expected[failed] = 1.0
    found = along(sparing(tables, CONFIG), "plain")
    for threshold in (0.0, 0.05, 0.3):
        spared = (expected <= threshold + 1e-12).mean()
        assert found.loc[threshold, "exams_spared"] == pytest.approx(spared)
    baselines = [one.baseline for one in followed(tables, CONFIG, RULES, "cgan").values()]
    assert sum(name is not None for name in baselines) > 70


def test_at_random_as_many_exams_are_spared() -> None:
    table = sparing(trial(), CONFIG)
    for design in ("plain", "anchored"):
        one, other = along(table, design), along(table, design, "random")
        np.testing.assert_allclose(one["exams_spared"], other["exams_spared"], atol=1e-9)
        assert other.loc[-1.0, "discordance"] == 0
    one, other = along(table, "anchored"), along(table, "anchored", "random")
    assert (one["discordance"] <= other["discordance"] + 0.03).all()
    assert (other["discordance"] - one["discordance"]).max() > 0.05


def curve_of(unlike: np.ndarray) -> Curve:
    size = np.ones(unlike.shape)
    return Curve(np.full(len(unlike), 4.0), np.cumsum(size, axis=1) - 1, size, unlike)


def test_the_largest_threshold_up_to_which_the_target_is_kept() -> None:
    unlike = np.array([[0, 0, 1, 0, 1], [0, 0, 1, 0, 1], [0, 1, 1, 0, 1], [0, 0, 0, 0, 1.0]])
    everyone = np.ones(4, dtype=bool)
    assert choice.largest(curve_of(unlike), everyone, 0.25) == 1
    assert choice.largest(curve_of(unlike), everyone, 0.75) == 3
    assert choice.largest(curve_of(unlike), everyone, 0.01) == 0
    assert choice.largest(curve_of(unlike), everyone, 1.0) == 4


def test_a_patient_has_no_part_in_his_own_threshold() -> None:
    rng = np.random.default_rng(1)
    place = rng.permutation(40)
    first = rng.integers(0, 3 * len(THRESHOLDS), 40)
    unlike = (np.arange(len(THRESHOLDS)) >= first[:, None]).astype(float)
    before = choice.cross_fitted(curve_of(unlike), place, 0.15)
    assert len(set(before)) > 1
    for fold in range(choice.FOLDS):
        own = place % choice.FOLDS == fold
        changed = unlike.copy()
        changed[own] = 1 - changed[own]
        after = choice.cross_fitted(curve_of(changed), place, 0.15)
        assert (after[own] == before[own]).all()


def test_names_and_order_of_patients_change_nothing() -> None:
    tables = trial(40)
    names = {name: f"Z{1000 - at}" for at, name in enumerate(tables.patients["patient"])}
    parts = (tables.patients, tables.visits, tables.measurements, tables.probability)
    renamed = [one.assign(patient=one["patient"].map(names)).iloc[::-1] for one in parts]
    found = sparing(SparingTables(*renamed[:3], None, renamed[3]), CONFIG)
    expected = sparing(tables, CONFIG)
    doubt = expected["order"].isin(["doubt", "chosen"])
    assert doubt.sum() > 50
    columns = ["exams_spared", "discordance", "lower", "upper", "threshold"]
    pd.testing.assert_frame_equal(found.loc[doubt, columns], expected.loc[doubt, columns])


@pytest.mark.parametrize(
    ("config", "tables", "reason"),
    [
        (CONFIG, trial(30, stated=False), "states no interval of its volumes"),
        (
            CONFIG.model_copy(
                update={"response": CONFIG.response.model_copy(update={"criteria": ["rano2010"]})}
            ),
            trial(30),
            "criteria rano2010 compare no volume",
        ),
    ],
)
def test_where_it_cannot_be_asked_one_row_says_why(
    config: Config, tables: SparingTables, reason: str
) -> None:
    (row,) = sparing(tables, config).itertuples()
    assert reason in row.warning
    assert pd.isna(row.discordance)


def test_readers_categories_are_no_volumes() -> None:
    tables = trial(30)
    read = tables.measurements.assign(response=None)
    read.loc[read["contrast"] == "gbca", "response"] = "SD"
    (row,) = sparing(replace(tables, measurements=read), CONFIG).itertuples()
    assert row.warning == "the reference brings readers' categories: there is no volume to mix"


def test_a_new_lesion_is_each_contrasts_own() -> None:
    """Lesions called alike on both contrasts are not taken for one another."""
    tables = trial(40)
    table = tables.measurements[["patient", "visit", "day", "contrast", "evaluable"]]
    table = table[table["evaluable"] == 1].drop(columns="evaluable")
    lesions = table.assign(
        lesion="E1", compartment="enhancing", long_mm=12.0, short_mm=11.0, product_mm2=132.0
    ).assign(volume_cm3=1.0, measurable=1, new=0, merged=None)
    late = lesions[(lesions["contrast"] == "gbca") & (lesions["visit"] == "V3")]
    second = late.assign(lesion="E2", new=1)
    always = lesions[lesions["contrast"] == "cgan"].assign(lesion="E2")
    seen = pd.concat([lesions, second, always], ignore_index=True)
    found = sparing(replace(tables, lesions=seen), CONFIG)
    flags = tables.measurements["contrast"].eq("gbca") & tables.measurements["visit"].eq("V3")
    flagged = tables.measurements.assign(
        new_lesion=(flags & tables.measurements["evaluable"].eq(1)).astype(int)
    )
    expected = sparing(replace(tables, measurements=flagged), CONFIG)
    # At random, a visit that the candidate failed at may become the baseline.
    doubt = expected["order"] == "doubt"
    pd.testing.assert_frame_equal(found[doubt], expected[doubt])
    before = sparing(tables, CONFIG)
    assert not np.allclose(before.loc[doubt, "discordance"], expected.loc[doubt, "discordance"])


def test_the_interval_holds_what_all_patients_show() -> None:
    """Trials drawn from a large one: the thresholds that they choose, on everybody."""
    large, rng = trial(400, 21), np.random.default_rng(5)
    patients = followed(large, CONFIG, RULES, "cgan")
    mixer = Mixer(large, large.measurements, CONFIG, RULES, "cgan")
    mixer = mixer.anchored({name: one.baseline for name, one in patients.items()})
    given = by_doubt(list(patients.values()), keep_baseline=True)
    (whole,) = follow(mixer, patients, [given])
    everybody = np.ones((1, len(patients)))
    truths = np.array([whole.discordance(everybody, at)[0] for at in range(len(THRESHOLDS))])
    held, achieved, said = [], [], []
    for seed in range(300):
        drawn = rng.integers(0, len(patients), 150)
        parts = (whole.exams, whole.spared, whole.compared, whole.unlike)
        curve = Curve(*(part[drawn] for part in parts))
        own = choice.cross_fitted(curve, rng.permutation(150), 0.15)
        found = Bootstrapped.of(curve.at(own).discordance(patient_weights(150, 400, seed), 0))
        lower, upper, _ = found.interval(0.95)
        truth = truths[own].mean()
        held.append(lower <= truth <= upper)
        achieved.append(truth)
        said.append(found.value)
    assert np.mean(held) > 0.88
    assert np.mean(said) == pytest.approx(np.mean(achieved), abs=0.012)
    assert 0.1 < np.mean(achieved) < 0.17
