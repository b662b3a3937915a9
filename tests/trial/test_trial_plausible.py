"""Values that cannot be, columns that look meant, and flags in everybody's words."""

import pytest
from small_sheets import MEASUREMENTS, PATIENTS, as_text, changed, column, faults, read

from gadless.errors import InputError
from gadless.trial.columns import MEASUREMENTS as TABLE
from gadless.trial.columns import PATIENTS as SHEET
from gadless.trial.config import Config
from gadless.trial.config.sequences import built_in
from gadless.trial.headers import check_names, meant_by
from gadless.trial.sequences import visit_columns
from gadless.trial.sheets import read_trial

VISITS = visit_columns(built_in())


@pytest.mark.parametrize("day", [0, -20])
def test_a_new_therapy_begins_after_randomisation(tmp_path, day):
    (fault,) = faults(tmp_path, column(PATIENTS, "new_therapy_day", ["", day, ""]))
    assert f"row 3, column new_therapy_day: '{day}': must not be below 1: a new therapy" in fault
    assert not faults(tmp_path, column(PATIENTS, "new_therapy_day", ["", 1, ""]))


def test_volumes_in_mm3_are_one_fault_a_column_at_the_worst_row(tmp_path):
    table = [
        MEASUREMENTS[0],
        *([*row[:4], row[4] * 1000 + at] for at, row in enumerate(MEASUREMENTS[1:])),
    ]
    table = column(table, "necrosis_cm3", [1.0, 3000.0, 2.0])
    necrosis, volumes = faults(tmp_path, PATIENTS, table)
    assert "row 33, column enhancing_cm3: '5531.0': is over 2000 (the most of 32 rows" in volumes
    assert "mm3 are 1,000 to the cm3" in volumes
    assert "row 3, column necrosis_cm3: '3000.0': is over 2000 (the only row" in necrosis


def test_small_tumours_in_mm3_are_told_by_their_median(tmp_path):
    header, *rows = MEASUREMENTS
    table = [header, *([*row[:4], 200 * row[4]] for row in rows)]
    (fault,) = faults(tmp_path, PATIENTS, table)
    assert "column enhancing_cm3: '1100.0': half of the volumes are over 1000" in fault
    # One patient with all of the head but a little is no matter of units.
    assert not faults(tmp_path, PATIENTS, changed(MEASUREMENTS, 4, "enhancing_cm3", 1900))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (9.0, 20.0, "row 3, column enhancing_low_cm3: '9.0': is above enhancing_cm3 (the only row"),
        (1.0, 4.0, "row 3, column enhancing_high_cm3: '4.0': is below enhancing_cm3"),
        ("", 20.0, "row 3, column enhancing_low_cm3: is empty although enhancing_high_cm3"),
        (1.0, "", "row 3, column enhancing_high_cm3: is empty although enhancing_low_cm3"),
    ],
)
def test_an_interval_holds_its_volume(tmp_path, low, high, said):
    table = column(MEASUREMENTS, "enhancing_low_cm3", ["", low, ""])
    table = column(table, "enhancing_high_cm3", ["", high, ""])
    (fault,) = faults(tmp_path, PATIENTS, table)
    assert said in fault
    good = column(MEASUREMENTS, "enhancing_low_cm3", ["", 0.0, ""])
    assert not faults(tmp_path, PATIENTS, column(good, "enhancing_high_cm3", ["", 99, ""]))


def test_an_interval_needs_a_volume(tmp_path):
    table = column(MEASUREMENTS, "enhancing_low_cm3", [1, ""])
    table = column(table, "enhancing_high_cm3", [2, ""])
    found = faults(tmp_path, PATIENTS, changed(table, 2, "enhancing_cm3", ""))
    assert any(
        "row 2, column enhancing_cm3: is empty although its interval" in one for one in found
    )


def test_every_measure_has_a_limit_with_its_reason():
    measures = [one for one in TABLE if one.name.endswith(("_cm3", "_mm2", "_mg", "lesions"))]
    assert len(measures) == 11
    assert all(one.maximum is not None and one.because for one in measures)


@pytest.mark.parametrize(
    ("name", "value"),
    [("os_days", 99999999999), ("treatment_day", -99999), ("radiotherapy_end_day", -36526)],
)
def test_nobody_is_followed_for_a_century(tmp_path, name, value):
    rows = PATIENTS if name == "os_days" else column(PATIENTS, name, [1])
    (fault,) = faults(tmp_path, changed(rows, 3, name, value))
    assert f"row 3, column {name}: '{value}'" in fault
    assert "count days from randomisation" in fault


def test_a_year_that_is_wrong_by_a_century_is_a_fault(tmp_path):
    header = "patient\tvisit\tdate\tt1\tt2\tflair\tt1c\n"
    patients = column(PATIENTS, "randomisation_date", ["2020-01-01"])
    read(tmp_path, patients)
    (tmp_path / "visits.tsv").write_text(header + "P0\tV1\t1902-01-01\t\t\t\t\n")
    found = faults_of_visits(tmp_path)
    assert "row 2, column date: '1902-01-01': is -43099 days from" in found


def faults_of_visits(folder):
    paths = {name: str(folder / f"{name}.tsv") for name in ("patients", "visits")}
    with pytest.raises(InputError) as caught:
        read_trial(Config(**paths))
    return str(caught.value)


@pytest.mark.parametrize(
    ("part", "whole", "fits", "exceeds"),
    [
        ("enhancing_cm3", "abnormality_cm3", 10.19, 10.21),
        ("nonenhancing_cm3", "abnormality_cm3", 10.19, 10.21),
        ("necrosis_cm3", "abnormality_cm3", 10.0, 100.0),
        ("measurable_lesions", "lesions", 10, 11),
    ],
)
def test_a_part_never_exceeds_the_whole_but_by_rounding(tmp_path, part, whole, fits, exceeds):
    table = column(MEASUREMENTS, whole, [10])
    table = table if part in table[0] else column(table, part, [1])
    assert not faults(tmp_path, PATIENTS, changed(table, 4, part, fits))
    (fault,) = faults(tmp_path, PATIENTS, changed(table, 4, part, exceeds))
    assert f"row 4, column {part}" in fault
    assert f"is part of {whole}, which is only 10" in fault


@pytest.mark.parametrize(
    ("columns", "name", "meant"),
    [
        *((TABLE, name, "response") for name in ("Response", "RESPONSE", "rano", "responses")),
        *((TABLE, name, "enhancing_cm3") for name in ("volume", "Volume_cm3", "enhancing")),
        *((TABLE, name, "enhancing_cm3") for name in ("Enhancing_cm3", "enhancing_mm3", "ET_ml")),
        *((TABLE, name, "enhancing_cm3") for name in ("enhancing volume", "enhancin_cm3")),
        (TABLE, "SPD", "spd_mm2"),
        (TABLE, "lesion", "lesions"),
        (TABLE, "non_enhancing", "nonenhancing_cm3"),
        (TABLE, "steroids", "steroid_mg"),
        (TABLE, "study_day", "day"),
        (TABLE, "Evaluable", "evaluable"),
        (SHEET, "OS_days", "os_days"),
        (SHEET, "OS.days", "os_days"),
        (SHEET, "os", "os_days"),
        (SHEET, "Arm", "arm"),
        (SHEET, "dead", "os_event"),
        (SHEET, "new_therapy_date", "new_therapy_day"),
        (SHEET, "randomization_date", "randomisation_date"),
        (SHEET, "centre", "site"),
        (VISITS, "T1CE", "t1c"),
        (VISITS, "T1c", "t1c"),
        (VISITS, "visit_date", "date"),
        (VISITS, "Clinical_Status", "clinical_status"),
        *((TABLE, name, None) for name in ("reader", "scanner", "comments", "note_volume", "age")),
        *((SHEET, name, None) for name in ("sex", "kps", "mgmt", "full_name", "resection")),
        *((VISITS, name, None) for name in ("t1c_cgan", "mask_gbca", "dwi", "remarks", "quality")),
    ],
)
def test_a_name_that_looks_meant_says_which_is(columns, name, meant):
    assert meant_by(name, columns) == meant


def test_no_column_that_is_read_looks_like_another():
    for columns in (SHEET, VISITS, TABLE):
        found = []
        check_names("x", [column.name for column in columns], columns, (), found)
        assert found == []


def test_a_column_that_looks_meant_is_a_fault_in_either_sheet(tmp_path):
    patients, table = column(PATIENTS, "OS_days", [1]), column(MEASUREMENTS, "Volume", [1])
    table = column(table, "comment", ["fine"])
    found = faults(tmp_path, patients, table)
    assert len(found) == 2
    assert "measurements.tsv, row 1, column Volume: is not read" in found[0]
    assert "if `enhancing_cm3` is meant, rename" in found[0]
    assert "patients.tsv, row 1, column OS_days: is not read" in found[1]


def test_a_covariate_may_resemble_a_column_but_not_be_spelt_like_it(tmp_path):
    patients = column(column(PATIENTS, "centre", ["x", "y"]), "treatment", ["drug"])
    assert not faults(tmp_path, patients, statistics={"covariates": ["centre", "treatment"]})
    found = faults(tmp_path, column(PATIENTS, "Arm", ["x"]), statistics={"covariates": ["Arm"]})
    assert "if `arm` is meant" in found[0]


def test_a_required_column_under_another_name_is_pointed_at(tmp_path):
    found = faults(tmp_path, as_text(PATIENTS).replace("os_event", "Dead", 1))
    assert "column(s) os_event missing" in found[0]
    assert "`Dead` looks like `os_event`: rename it" in found[0]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("TRUE", "FALSE"), ("true", "False"), ("yes", "no"), ("Y", "N"), ("1", "0"), ("1.0", "0.0")],
)
def test_flags_are_read_in_everybodys_words(tmp_path, yes, no):
    patients = [[*row[:3], {1: yes, 0: no}.get(row[3], row[3]), *row[4:]] for row in PATIENTS]
    table = column(column(MEASUREMENTS, "evaluable", [yes]), "new_lesion", [no, no, yes, yes, no])
    trial = read(tmp_path, patients, table)
    assert trial.patients["os_event"].tolist() == [0, 1] * 4
    assert trial.measurements["evaluable"].eq(1).all()
    assert trial.measurements["new_lesion"].sum() == 2


@pytest.mark.parametrize("value", ["2", "maybe", "0.5", "inf"])
def test_what_is_no_flag_is_named(tmp_path, value):
    (fault,) = faults(tmp_path, changed(PATIENTS, 5, "os_event", value))
    assert f"row 5, column os_event: '{value}': use 1 (yes), 0 (no)" in fault


@pytest.mark.parametrize(("cell", "category"), [("pd", "PD"), ("Cr", "CR"), ("SD", "SD")])
def test_a_readers_own_category_is_read_in_any_case(tmp_path, cell, category):
    trial = read(tmp_path, PATIENTS, column(MEASUREMENTS, "response", [cell, ""]))
    assert trial.measurements["response"].dropna().tolist() == [category]


@pytest.mark.parametrize("cell", ["progress", "iCPD", "1"])
def test_another_category_is_a_fault(tmp_path, cell):
    (fault,) = faults(tmp_path, PATIENTS, column(MEASUREMENTS, "response", ["SD", cell, "NE"]))
    assert f"row 3, column response: '{cell}': use one of: CR, PR, MR, SD, PD, NE" in fault


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        ("spd_mm2", [4.0, 12.5], "are under 12, as in no trial; products of cm"),
        ("sld_mm", [2.1, 3.4], "are under 3.4, as in no trial; a cm is 10 mm"),
        ("abnormality_cm3", [0.011, 0.012], "abnormality_cm3"),
        ("steroid_mg", [0.004], "a g is 1,000 mg"),
    ],
)
def test_diameters_in_cm_volumes_in_litres_and_grams_are_told_by_their_median(
    tmp_path, name, cells, said
):
    table = column(MEASUREMENTS, name, cells)
    if name == "abnormality_cm3":
        at = MEASUREMENTS[0].index("enhancing_cm3")
        table = [table[0], *([*row[:at], row[at] / 1000, *row[at + 1 :]] for row in table[1:])]
    assert any(said in one for one in faults(tmp_path, PATIENTS, table))
    small = column(MEASUREMENTS, "spd_mm2", [100.0, 144.0])
    assert not faults(tmp_path, PATIENTS, column(small, "sld_mm", [10.0, 12.0]))


@pytest.mark.parametrize(("name", "factor"), [("enhancing_cm3", 1000), ("spd_mm2", 100)])
def test_one_contrast_in_another_unit_is_told_by_its_median(tmp_path, name, factor):
    amounts = [0.2 if name == "enhancing_cm3" else 60.0] * (len(MEASUREMENTS) - 1)
    header, *rows = [row[:4] for row in MEASUREMENTS]

    def table(by):
        cells = [
            at * (by if row[3] == "cgan" else 1) for at, row in zip(amounts, rows, strict=True)
        ]
        return column([header, *rows], name, cells)

    (fault,) = faults(tmp_path, PATIENTS, table(factor))
    assert f"column {name}: the median on cgan is {factor:,} times that on gbca" in fault
    assert not faults(tmp_path, PATIENTS, table(20))


def test_a_contrast_that_finds_next_to_nothing_here_and_all_there_is_no_other_unit(tmp_path):
    header, *rows = [row[:4] for row in MEASUREMENTS]
    scattered = [10.0, 1.0, 0.1, 100.0, 0.001, 0.0001]
    found = iter(scattered * len(rows))
    cells = [0.2 * next(found) if row[3] == "cgan" else 200.0 for row in rows]
    assert not faults(tmp_path, PATIENTS, column([header, *rows], "enhancing_cm3", cells))


@pytest.mark.parametrize(
    ("name", "cell", "sheet"),
    [("enhancing_cm3", 999, "m"), ("spd_mm2", 9999, "m"), ("os_days", 9999, "p")],
)
def test_a_code_for_what_is_not_known_is_no_amount(tmp_path, name, cell, sheet):
    table = column(MEASUREMENTS, "spd_mm2", [400.0])
    changes = {"p": PATIENTS, "m": table}
    changes[sheet] = changed(changes[sheet], 3, name, cell)
    (fault,) = faults(tmp_path, changes["p"], changes["m"])
    assert (
        f"row 3, column {name}: '{cell}': looks like a code for what is not known (1 rows" in fault
    )


def test_a_large_amount_among_large_ones_is_no_code(tmp_path):
    table = column(MEASUREMENTS, "spd_mm2", [9999.0, 400.0, 6000.0])
    assert not faults(tmp_path, PATIENTS, table)


@pytest.mark.parametrize("age", [730, -1, 999, 20000])
def test_nobody_is_older_than_anybody(tmp_path, age):
    (fault,) = faults(tmp_path, changed(PATIENTS, 4, "age", age))
    assert f"row 4, column age: '{age}': is no age in years" in fault
    assert "(1 rows are not)" in fault
    assert not faults(tmp_path, changed(PATIENTS, 4, "age", 0.5))


@pytest.mark.parametrize("code", ["-999", "-99", "9999"])
def test_a_code_among_the_amounts_of_a_covariate_is_told(tmp_path, code):
    keys = {"statistics": {"covariates": ["volume_at_entry"]}}
    sheet = column(PATIENTS, "volume_at_entry", ["12.5", code, "30", "4", "5"])
    (fault,) = faults(tmp_path, sheet, MEASUREMENTS, **keys)
    said = f"row 3, column volume_at_entry: '{code}': looks like a code for what is not known"
    assert said in fault
    for fine in (f"{code}.0", "7"):
        assert not faults(tmp_path, changed(sheet, 3, "volume_at_entry", fine), **keys)
