"""The committed cohorts: what their sheets hold, and that they follow from their seeds."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from gadless.errors import InputError
from gadless.phantom.cohort import SHEET_SEQUENCES, Cohort, grow
from gadless.phantom.plans import DEMO, PLANS
from gadless.phantom.sheets import as_tsv, sheets
from gadless.phantom.state import SITES
from gadless.trial.config import Config, read_config, with_paths
from gadless.trial.sheets import read_scans, read_trial

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo() -> Cohort:
    return grow("demo")


@pytest.mark.parametrize("name", sorted(sheets()))
def test_committed_sheet_follows_from_its_seed(name: str) -> None:
    committed = (ROOT / "config" / name).read_text(encoding="utf-8")
    message = f"config/{name} has drifted: python -m gadless.phantom.sheets"
    assert committed == as_tsv(sheets()[name]), message


def test_simulated_measurements_stay_small() -> None:
    assert (ROOT / "config/simulated/measurements.tsv").stat().st_size < 1.5e6


@pytest.mark.parametrize("config", ["config", "simulated"])
def test_configured_trial_passes_the_checks(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file = Path(f"config/{config}.yaml")
    raw = with_paths(yaml.safe_load(file.read_text(encoding="utf-8")), Config, [file], {})
    assert raw["results"] in ("results", "results/simulated")
    trial = read_trial(read_config(raw), ["results/phantom"])
    assert len(trial.patients) == {"config": 24, "simulated": 521}[config]


def test_training_sheets_pass_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    folder = Path("config/training")
    trial = read_scans(
        str(folder / "patients.tsv"), str(folder / "visits.tsv"), ["results/phantom"]
    )
    assert len(trial.visits) == 120


@pytest.mark.parametrize("config", ["config", "simulated"])
def test_every_key_of_the_configuration_is_commented(config: str) -> None:
    lines = (ROOT / f"config/{config}.yaml").read_text(encoding="utf-8").splitlines()
    values = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    bare = [line for line in values if "#" not in line and not line.rstrip().endswith(":")]
    assert not bare


@pytest.mark.parametrize("name", sorted(PLANS))
def test_no_visit_lies_after_the_end_of_observation(name: str) -> None:
    cohort = grow(name)
    visits = cohort.visits.merge(cohort.patients, on="patient")
    assert (visits["day"] <= visits["os_days"]).all()
    therapy = cohort.patients["new_therapy_day"]
    assert (therapy <= cohort.patients["os_days"])[therapy.notna()].all()


@pytest.mark.parametrize("name", sorted(PLANS))
def test_visits_are_unique_and_named_in_order_of_day(name: str) -> None:
    visits = grow(name).visits
    assert not visits.duplicated(["patient", "visit"]).any()
    number = visits["visit"].str[1:].astype(int)
    assert (number == visits.groupby("patient").cumcount() + 1).all()
    assert (visits.groupby("patient")["day"].diff().dropna() > 0).all()


@pytest.mark.parametrize("name", sorted(PLANS))
def test_the_same_plan_grows_the_same_cohort(name: str) -> None:
    one, other = grow(name), grow(name)
    pd.testing.assert_frame_equal(one.patients, other.patients)
    pd.testing.assert_frame_equal(one.visits, other.visits)
    pd.testing.assert_frame_equal(one.truth(), other.truth())


def test_cohorts_share_no_patient() -> None:
    identifiers = [set(grow(name).patients["patient"]) for name in PLANS]
    assert len(set.union(*identifiers)) == sum(map(len, identifiers))
    seeds = [
        {grow(name).state(p, "V1").seed for p in grow(name).patients["patient"]}
        for name in ("demo", "training")
    ]
    assert not seeds[0] & seeds[1]


def test_demo_has_two_arms_three_sites_and_about_72_visits(demo: Cohort) -> None:
    assert demo.patients["arm"].value_counts().to_dict() == {"control": 12, "experimental": 12}
    assert set(demo.visits["site"]) == set(SITES)
    assert 70 <= len(demo.visits) <= 76


def test_about_half_of_demo_patients_progress_within_their_scans(demo: Cohort) -> None:
    progressed = demo.truth().groupby("patient")["progressed"].max()
    assert 10 <= progressed.sum() <= 14


def test_demo_tumours_grow_shrink_vanish_and_reappear(demo: Cohort) -> None:
    enhancing = demo.lesion_volumes()[0]
    patient = demo.patient_index
    there = [enhancing[patient == index] > 0 for index in range(len(demo.patients))]
    vanished_and_back = [
        any(
            visits[:-2, lesion].any() and not visits[1:-1, lesion].all() and visits[-1, lesion]
            for lesion in (0, 1)
        )
        for visits in there
    ]
    assert any(vanished_and_back)
    assert sum(visits[:, 2].any() for visits in there) >= 2, "new lesions"
    total = pd.Series(enhancing.sum(axis=1)).groupby(patient)
    change = total.last() / total.first()
    assert change.min() < 0.6
    assert change.max() > 2


def test_accidents_of_the_demo_stand_in_its_sheet(demo: Cohort) -> None:
    visits = demo.visits.set_index(["patient", "visit"])
    empty = visits[list(SHEET_SEQUENCES)].isna()
    for exam, sequence in DEMO.accidents.not_acquired.items():
        assert empty.loc[exam, sequence]
    contacts = empty.all(axis=1)
    assert contacts.sum() == len(DEMO.accidents.contacts) == 1
    assert empty[~contacts].to_numpy().sum() == len(DEMO.accidents.not_acquired)
    without = demo.visits.groupby("patient")["day"].min() > 0
    assert set(without[without].index) == DEMO.accidents.no_baseline


def test_states_of_the_demo_match_its_truth(demo: Cohort) -> None:
    truth = demo.truth().set_index(["patient", "visit"])
    corrupt = {}
    for patient, visit in demo.visits.dropna(subset="t1")[["patient", "visit"]].to_numpy():
        state = demo.state(patient, visit)
        enhancing = sum(lesion.enhancing_cm3 for lesion in state.lesions)
        assert enhancing == pytest.approx(truth.loc[(patient, visit), "enhancing_cm3"], abs=1e-3)
        if state.corrupt:
            corrupt[patient, visit] = state.corrupt
    assert corrupt == DEMO.accidents.corrupt


def test_training_holds_every_size_and_tumours_that_do_not_enhance() -> None:
    truth = grow("training").truth()
    volume = truth["enhancing_cm3"]
    assert len(truth) == 120
    assert 30 <= (volume == 0).sum() <= 45  # a third, as in life
    assert (volume.between(0.1, 2)).sum() >= 8
    assert (volume > 20).sum() >= 8


def test_scans_go_on_after_progression_only_as_far_as_the_plan_says(demo: Cohort) -> None:
    truth = demo.truth()
    scanned = demo.visits["t1"].notna().to_numpy()
    after = truth[scanned & (truth["progressed"] == 1)].groupby("patient").size()
    assert after.max() == 2


def test_an_unknown_cohort_or_exam_is_named(demo: Cohort) -> None:
    with pytest.raises(InputError, match="'dema'"):
        grow("dema")
    with pytest.raises(InputError, match="P001 has no visit V9"):
        demo.state("P001", "V9")
    contact = demo.visits[demo.visits["t1"].isna() & demo.visits["t2"].isna()].iloc[0]
    with pytest.raises(InputError, match="clinical contact"):
        demo.state(contact["patient"], contact["visit"])
