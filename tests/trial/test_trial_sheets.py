"""The sheets: good ones are read, and every fault of bad ones is named at once."""

import time
from pathlib import Path

import pandas as pd
import pytest

from gadless.errors import InputError
from gadless.trial.config import Config
from gadless.trial.sheets import read_trial

PATIENTS = "patient\tarm\tos_days\tos_event\tage\nP1\ta\t400\t1\t61\nP2\tb\t300\t0\t55\n"
VISITS = (
    "patient\tvisit\tday\tt1\tt2\tflair\tt1c\n"
    "P2\tV10\t-3\t\t\t\t\n"
    "P1\tV10\t90\ta.nii\ta.nii\ta.nii\t\n"
    "P1\tV9\t0\ta.nii\ta.nii\ta.nii\ta.nii\n"
)


@pytest.fixture
def trial(tmp_path: Path):
    (tmp_path / "a.nii").touch()

    def read(patients: str = PATIENTS, visits: str = VISITS, made: tuple[str, ...] = (), **keys):
        (tmp_path / "patients.tsv").write_text(patients)
        (tmp_path / "visits.tsv").write_text(visits)
        config = Config(
            patients=str(tmp_path / "patients.tsv"), visits=str(tmp_path / "visits.tsv"), **keys
        )
        return read_trial(config, made)

    return read


def faults(trial, **sheets) -> list[str]:
    with pytest.raises(InputError) as caught:
        trial(**sheets)
    return str(caught.value).splitlines()


def row(patient="P1", visit="V1", day="7", t1="", t2="", flair="", t1c="") -> str:
    return VISITS + "\t".join([patient, visit, day, t1, t2, flair, t1c]) + "\n"


def test_visits_are_ordered_by_day_and_not_by_name(trial):
    visits = trial().visits
    assert visits["visit"].tolist() == ["V9", "V10", "V10"]
    assert visits["patient"].tolist() == ["P1", "P1", "P2"]


def test_paths_are_relative_to_the_sheet_and_empty_cells_are_not_acquired(trial, tmp_path):
    visits = trial().visits
    assert visits.loc[0, "t1"] == str(tmp_path / "a.nii")
    assert visits.loc[1, "t1c"] is None


def test_covariates_that_are_numbers_become_numbers(trial):
    named = trial(statistics={"covariates": ["age"]})
    assert named.patients["age"].tolist() == [61, 55]


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (row(visit="V9"), ("row 5", "column visit", "stands twice")),
        (row(patient="P7"), ("row 5", "column patient", "'P7'", "not in the patients sheet")),
        (row(day="soon"), ("row 5", "column day", "'soon'", "is no number")),
        (row(day="1.5"), ("row 5", "column day", "'1.5'", "whole number")),
        (row(day=""), ("row 5", "column day", "give `day`, or `date`")),
        (row(day="401"), ("row 5", "column day", "'401'", "after os_days (400)")),
        (row(day="90"), ("row 5", "column day", "'90'", "two visits on this day")),
        (row(visit="../x"), ("row 5", "column visit", "'../x'", "use letters")),
        (row(visit="a/b"), ("row 5", "column visit", "use letters")),
        (row(t1="b.nii"), ("row 5", "column t1", "b.nii", "no such file")),
        (row(visit=""), ("row 5", "column visit", "is empty")),
    ],
)
def test_one_fault_is_named_with_row_column_value_and_remedy(trial, sheet, expected):
    lines = faults(trial, visits=sheet)
    assert len(lines) == 2, lines
    for part in ("visits.tsv", *expected):
        assert part in lines[1]


def test_survival_is_known_whole_or_not_at_all(trial):
    header = "patient\tarm\tos_days\tos_event\n"
    more = "P3\ta\t\t1\nP4\ta\t90\t\nP5\ta\t\t\n"
    lines = faults(trial, patients=header + "P1\ta\t400\t1\nP2\tb\t300\t0\n" + more)
    assert len(lines) == 3
    for line, parts in zip(lines[1:], (("row 4", "os_days"), ("row 5", "os_event")), strict=True):
        assert all(part in line for part in ("patients.tsv", *parts, "give both, or neither"))


@pytest.mark.parametrize(
    "name", ["treatment_day", "radiotherapy_end_day", "new_therapy_day", "last_contact_day"]
)
def test_nothing_happens_after_death(trial, name):
    header = f"patient\tarm\tos_days\tos_event\t{name}\n"
    good = "P1\ta\t400\t1\t400\nP2\tb\t300\t0\t310\n"
    assert len(trial(patients=header + good).patients) == 2
    lines = faults(trial, patients=header + good.replace("1\t400", "1\t401"))
    assert len(lines) == 2
    for part in ("row 2", f"column {name}", "'401'", "after the patient's death (os_days 400)"):
        assert part in lines[1]


def test_all_faults_of_both_sheets_are_reported_at_once(trial):
    patients = PATIENTS + "P3\ta\tmany\t2\t50\n"
    lines = faults(trial, patients=patients, visits=row(patient="P9", day="x", t1="gone.nii"))
    text = "\n".join(lines)
    assert len(lines) == 6
    for part in ("os_days", "os_event", "'P9'", "'x'", "gone.nii"):
        assert part in text


def test_files_that_a_rule_makes_need_not_exist(trial, tmp_path):
    made = tmp_path / "results" / "phantom"
    read = trial(visits=row(t1="results/phantom/P1/t1.nii"), made=(str(made),))
    assert len(read.visits) == 4
    lines = faults(trial, visits=row(t1="results/phantoms/t1.nii"))
    assert "no such file" in lines[1]


def test_dates_give_the_same_days(trial):
    patients = "patient\tarm\tos_days\tos_event\trandomisation_date\nP1\ta\t400\t1\t2020-02-28\n"
    visits = "patient\tvisit\tdate\tt1\tt2\tflair\tt1c\nP1\tV1\t2020-03-01\t\t\t\t\n"
    assert trial(patients=patients, visits=visits).visits["day"].tolist() == [2]
    lines = faults(trial, patients=patients, visits=visits.replace("2020-03-01", "1.3.2020"))
    assert len(lines) == 2
    assert "YYYY-MM-DD" in lines[1]


def test_date_and_day_that_disagree_are_a_fault(trial):
    patients = "patient\tarm\tos_days\tos_event\trandomisation_date\nP1\ta\t400\t1\t2020-02-28\n"
    visits = "patient\tvisit\tday\tdate\tt1\tt2\tflair\tt1c\nP1\tV1\t3\t2020-03-01\t\t\t\t\n"
    assert "does not agree" in faults(trial, patients=patients, visits=visits)[1]


def test_a_missing_column_names_those_that_are_there(trial):
    with pytest.raises(InputError, match=r"column\(s\) arm missing.*patient, os_days"):
        trial(patients="patient\tos_days\tos_event\nP1\t4\t1\n")


def test_a_comma_separated_sheet_is_told_from_an_empty_one(trial):
    with pytest.raises(InputError, match="parted by commas, not by tabs"):
        trial(patients=PATIENTS.replace("\t", ","))


def test_a_covariate_that_is_not_there_is_an_error(trial):
    with pytest.raises(InputError, match="mgmt"):
        trial(statistics={"covariates": ["mgmt"]})


def test_blank_lines_do_not_shift_row_numbers(trial):
    sheet = VISITS + "\n\n" + "P1\tV1\tsoon\t\t\t\t\n"
    assert "row 7" in faults(trial, visits=sheet)[1]


def measurements(tmp_path: Path, table: str, **keys):
    (tmp_path / "patients.tsv").write_text(PATIENTS)
    (tmp_path / "measurements.tsv").write_text(table)
    config = Config(
        patients=str(tmp_path / "patients.tsv"),
        measurements=str(tmp_path / "measurements.tsv"),
        candidates=["cgan"],
        **keys,
    )
    return read_trial(config)


TABLE = (
    "patient\tvisit\tday\tcontrast\tenhancing_cm3\tsteroid_mg\n"
    "P1\tV1\t0\tgbca\t4.5\t2\n"
    "P1\tV1\t0\tcgan\t4.1\t2\n"
)


def test_a_table_of_measurements_gives_its_own_visits(tmp_path):
    trial = measurements(tmp_path, TABLE)
    assert len(trial.visits) == 1
    assert trial.visits.loc[0, "steroid_mg"] == 2
    assert trial.measurements is not None
    assert len(trial.measurements) == 2


def test_what_one_contrasts_row_records_holds_for_the_visit(tmp_path):
    trial = measurements(tmp_path, TABLE.replace("4.5\t2", "4.5\t"))
    assert trial.visits["steroid_mg"].tolist() == [2]


def test_rows_of_one_visit_that_contradict_each_other_are_a_fault(tmp_path):
    with pytest.raises(InputError, match=r"row 3, column steroid_mg: '4.0': the same visit has 2"):
        measurements(tmp_path, TABLE.replace("4.1\t2", "4.1\t4"))


def test_rows_on_a_contrast_that_is_not_configured_are_kept_apart(tmp_path, caplog):
    trial = measurements(tmp_path, TABLE + "P1\tV2\t9\tunet\t4\t\n")
    assert trial.unused is not None
    assert trial.unused[["visit", "contrast"]].to_numpy().tolist() == [["V2", "unet"]]
    assert trial.visits["visit"].tolist() == ["V1", "V2"]
    assert "1 rows not analysed, from row 4" in caplog.text


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        ("P1\tV1\t0\tcgan\t4\t\n", "stands twice for this contrast"),
        ("P1\tV2\t9\tgbca\t-4\t\n", "must not be below 0"),
        ("P1\tV2\t9\tgbca\tbig\t\n", "is no number"),
        ("P1\tV2\t9\tgbca\t4\t\nP1\tV2\t10\tcgan\t4\t\n", "make them agree"),
    ],
)
def test_faults_of_a_table_of_measurements(tmp_path, extra, part):
    with pytest.raises(InputError) as caught:
        measurements(tmp_path, TABLE + extra)
    assert part in str(caught.value)


def test_a_contrast_that_the_table_lacks_is_a_fault(tmp_path):
    with pytest.raises(InputError, match="the table has only: gbca"):
        measurements(
            tmp_path, TABLE.replace("cgan", "gbca").replace("P1\tV1\t0\tgbca\t4.1\t2\n", "")
        )


def test_seven_thousand_rows_are_read_in_under_a_second_and_keep_their_types(trial):
    patients = pd.DataFrame({"patient": [f"P{i}" for i in range(1000)]})
    patients[["arm", "os_days", "os_event"]] = ["a", "900", "1"]
    visits = patients[["patient"]].merge(pd.DataFrame({"day": range(7)}), how="cross")
    visits["visit"] = "V" + visits["day"].astype(str)
    visits[["t1", "t2", "flair", "t1c"]] = "a.nii"
    texts = {
        "patients": patients.to_csv(sep="\t", index=False),
        "visits": visits.to_csv(sep="\t", index=False),
    }
    started = time.process_time()
    read = trial(**texts)
    assert time.process_time() - started < 1
    assert len(read.visits) == 7000
    assert str(read.visits["day"].dtype) == "Int64"


@pytest.mark.parametrize(("one", "other"), [("P1", "p1"), ("01", "1"), ("S-01-7", "s-1-07")])
def test_two_identifiers_that_differ_by_case_or_zeros_are_asked_about(trial, one, other):
    """Excel takes zeros away; where file names have no case, both would share one folder."""
    patients = PATIENTS.replace("P1", one).replace("P2", other)
    found = faults(trial, patients=patients, visits=VISITS.replace("P1", one).replace("P2", other))
    assert f"{other!r}: looks like {one!r}, but for case or zeros" in found[1]
    visits = VISITS.replace("P1\tV9", "P1\tv010")
    assert "'v010': looks like 'V10', but for case or zeros" in faults(trial, visits=visits)[1]


def test_a_site_and_a_number_are_no_zeros(trial):
    ids = {"P1": "1-01", "P2": "10-1"}
    patients, visits = PATIENTS, VISITS
    for old, new in ids.items():
        patients, visits = patients.replace(old, new), visits.replace(old, new)
    assert len(trial(patients, visits).patients) == 2
