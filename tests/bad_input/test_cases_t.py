"""Tables and configuration: each case that once failed (class T), and others of its class.

Where a case needs more than a sheet or a configuration, its test stands elsewhere: the results
folder, scans, networks and criteria at the start in `tests/jobs/test_start*.py`, what only
Snakemake shows in `tests/workflow/test_workflow_start.py`, what reruns when the trial is renamed in
`tests/jobs/test_reruns.py`.
"""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from measured_trial import run, sheets
from spoilt import SHEETS, Sheet, measured, people, told

from gadless.errors import InputError
from gadless.tables import read_table
from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial

# A reader that guesses structure ----------------------------------------------------------------


@pytest.mark.parametrize("quote", ['"', '"a', 'a"b', '""', '"" "', "'"])
def test_t_two_quotes_that_nobody_closed_swallow_no_row(trial, quote):
    table = measured().add("note", "")
    expected = trial(table=table).measurements
    table.set(5, "note", quote)
    table.set(31, "note", quote)
    found = trial(table=table).measurements
    pd.testing.assert_frame_equal(found, expected)


def test_t_a_quote_that_nobody_closed_in_a_column_that_is_read_is_named(trial):
    table = measured().add("reason", "").set(5, "reason", '"moved').set(31, "reason", '"moved')
    first, second = told(trial, table=table)
    assert first.startswith("measurements.tsv, row 5, column reason: '\"moved': opens a double")
    assert second.startswith("measurements.tsv, row 31, column reason: '\"moved': opens a double")


def test_t_tabs_at_the_ends_of_rows_are_one_fault(trial):
    header, *rows = measured().text().splitlines()
    (fault,) = told(trial, table="\n".join([header, *(f"{row}\t" for row in rows)]))
    assert f"{len(rows)} rows (2, 3, 4, 5, 6, ...) have more tabs than the header" in fault


def test_t_rs_export_with_row_names_is_read(trial):
    plain = measured()
    quoted = [[f'"{cell}"' for cell in row] for row in plain.rows]
    lines = [quoted[0], *([f'"{at}"', *row] for at, row in enumerate(quoted[1:], start=1))]
    text = "".join("\t".join(row) + "\n" for row in lines)
    pd.testing.assert_frame_equal(trial(table=text).measurements, trial().measurements)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_t_any_end_of_line_and_mark_give_the_same_rows_and_row_numbers(trial, end, mark):
    expected = trial()
    found = trial(mark + people().text(end), mark + measured().text(end))
    pd.testing.assert_frame_equal(found.measurements, expected.measurements)
    pd.testing.assert_frame_equal(found.patients, expected.patients)
    spoilt = mark + measured().set(17, "day", "soon").text(end)
    assert told(trial, table=spoilt)[0].startswith("measurements.tsv, row 17, column day: 'soon'")


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_t_no_other_character_ends_a_line(trial, character):
    table = measured().add("note", "").set(5, "note", f"a{character}b")
    table.set(17, "day", "soon")
    assert told(trial, table=table)[0].startswith("measurements.tsv, row 17, column day: 'soon'")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda text: text.encode("utf-16"), "is UTF-16"),
        (lambda text: text.encode("utf-16-be"), "UTF-16 without its mark"),
        (lambda text: text.replace("P03", "P\x00").encode(), "row 5: .*NUL characters"),
        (lambda text: text.replace("P03", "PÄ3").encode("latin-1"), r"row \d+: .*not UTF-8"),
        (lambda text: text.replace("\t", "Ä\t").encode("cp1252"), "row 1: .*not UTF-8.* CP1252"),
        (lambda text: text.replace("\t", ";").encode(), "parted by semicolons, not by tabs"),
        (lambda text: text.replace("\t", ",").encode(), "parted by commas, not by tabs; save it"),
        (lambda text: workbook(text, "xl/workbook.xml"), r"a workbook \(Excel, .xlsx\).*iconv"),
        (lambda text: workbook(text, "notes.txt"), r"an archive \(zip\)"),
        (
            lambda text: b"# by hand\n" + text.encode(),
            "row 2: 21 rows .*have 5 cells, the header 1",
        ),
    ],
)
def test_t_what_is_no_sheet_is_told_in_a_sentence(trial, content, words):
    with pytest.raises(InputError, match=words) as refused:
        trial(content(people().text()))
    assert "patients.tsv" in str(refused.value)
    with pytest.raises(InputError, match=r"measurements\.tsv"):
        trial(table=content(measured().text()))


def workbook(text: str, part: str) -> bytes:
    """Return a zip that holds the sheet as a workbook does: its cells as shared strings."""
    cells = "".join(f"<si><t>{cell}</t></si>" for cell in text.split())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, '<workbook><sheets><sheet name="patients"/></sheets></workbook>')
        archive.writestr("xl/sharedStrings.xml" if part[0] == "x" else "b", f"<sst>{cells}</sst>")
    return packed.getvalue()


# Columns taken at their word --------------------------------------------------------------------


def test_t_a_covariate_of_0_and_1_with_n_a_in_five_rows(tmp_path):
    """Missing is missing: no level of its own, and the patients are counted as left out."""
    patients, table = sheets(20)
    patients["mgmt"] = [*["n/a"] * 5, *[0, 1] * 7, 1]
    outcome = run(tmp_path, patients, table, statistics={"covariates": ["mgmt"]}, report=False)
    terms = outcome["survival"]["term"].dropna()
    assert not terms[terms.str.contains("mgmt")].str.contains("n/a").any()
    assert terms.str.contains("mgmt").any()
    assert "5 patients lack a covariate and are left out" in outcome.warnings()


@pytest.mark.parametrize("cell", ["63,5", "6O", "inf", "1e400", "0x40", "\u221260", "6 0", "?"])
def test_t_one_age_that_is_no_number_is_named(trial, cell):
    faults = told(trial, people().set(7, "age", cell), statistics={"covariates": ["age"]})
    assert len(faults) == 1
    assert faults[0].startswith(f"patients.tsv, row 7, column age: {cell!r}: is no number")


def test_t_sites_that_are_numbers_can_be_a_category(trial, caplog):
    patients = people().add("region", 101, 102, 103)
    covariates = {"covariates": ["region"]}
    trial(patients, statistics=covariates)
    assert "column region holds 3 whole numbers and is taken as an amount" in caplog.text
    found = trial(patients, statistics={**covariates, "categories": ["region"]})
    assert read_config({**SHEETS, "statistics": {"categories": ["region"]}}).statistics.is_category(
        "region"
    )
    assert len(found.patients["region"].unique()) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("A", "a"), ("A", "A\u200b"), ("Ä", "A\u0308"), ("A B", "A  B"), ("A1", "Ａ1")],
)
def test_t_arms_that_nobody_can_tell_apart_are_one_fault(trial, one, other):
    """Two spellings would be two arms."""
    patients = people()
    for line in range(2, 22):
        patients.set(line, "arm", ("X", one)[line % 2])
    patients.set(5, "arm", other)
    (fault,) = told(trial, patients)
    assert fault.startswith(f"patients.tsv, row 5, column arm: {other!r}: looks like ")


def test_t_contrasts_and_sites_are_not_told_apart_by_case_either(trial):
    (fault,) = told(trial, table=measured().set(5, "contrast", "CGAN"))
    assert "column contrast: 'CGAN': looks like 'cgan'" in fault
    (fault,) = told(trial, people().add("site", "Rome", "Oslo").set(4, "site", "rome "))
    assert "row 4, column site: 'rome': looks like 'Rome'" in fault


def test_t_a_column_with_another_fault_is_told_once(trial):
    faults = told(trial, people().set(7, "age", "6 0"), statistics={"covariates": ["age"]})
    assert len(faults) == 1


# Types told from content in tables of one's own -------------------------------------------------


@pytest.mark.parametrize("names", [("100", "25"), ("007", "1e1")])
def test_t_contrasts_that_look_like_numbers_stay_text_to_the_last_table(tmp_path, names):
    patients, table = sheets(6)
    table = table.replace({"contrast": dict(zip(("gbca", "cgan"), names, strict=True))})
    outcome = run(
        *(tmp_path, patients, table),
        **{"reference": names[0], "candidates": [names[1]], "report": False},
    )
    for name in ("measurements", "response", "endpoints"):
        found = read_table(tmp_path / "trial" / f"{name}.tsv")["contrast"].astype(str)
        assert set(found.dropna()) == set(names), name
    subjects, _ = pyreadstat.read_xport(tmp_path / "cdisc" / "adsl.xpt")
    assert len(subjects) == len(patients)
    assert outcome["agreement"]["candidate"].dropna().astype(str).isin(names).all()


# Image settings, ranges, mappings ---------------------------------------------------------------


@pytest.mark.parametrize("candidates", [["reader2"], []])
def test_t_a_table_of_measurements_needs_no_network(trial, candidates):
    table = measured()
    for row in table.rows[1:]:
        row[3] = row[3].replace("cgan", "reader2")
    assert len(trial(table=table, candidates=candidates).measurements)


def test_t_volumes_in_mm3_are_a_fault(trial):
    patients, table = sheets(20)
    (fault,) = told(
        trial, Sheet(patients), Sheet(table.assign(enhancing_cm3=table["enhancing_cm3"] * 1000))
    )
    assert "column enhancing_cm3" in fault
    assert "mm3 are 1,000 to the cm3" in fault


def test_t_a_mapping_is_merged_over_its_defaults():
    networks = {"cgan": {"weights": "mine.safetensors"}}
    config = read_config({"patients": "p", "visits": "v", "networks": networks})
    assert sorted(config.networks) == ["abnormality", "cgan", "segmenter", "unet"]


# Cross-checks left to the job that needs them ---------------------------------------------------


def test_t_a_control_arm_that_nobody_has(trial):
    (fault,) = told(trial, statistics={"control_arm": "placebo"})
    assert "'placebo': statistics.control_arm names it, but the arms are: A, B" in fault


@pytest.mark.parametrize(
    ("yes", "no"), [("TRUE", "FALSE"), ("T", "F"), ("Yes", "no"), ("1.0", "0")]
)
def test_t_flags_as_r_and_others_write_them(trial, yes, no):
    patients = people()
    events = [row[3] for row in patients.rows[1:]]
    for line, event in enumerate(events, start=2):
        patients.set(line, "os_event", yes if event == "1" else no)
    if yes == "T":
        assert "use 1 (yes), 0 (no)" in told(trial, patients)[0]
    else:
        assert trial(patients).patients["os_event"].tolist() == [int(event) for event in events]


@pytest.mark.parametrize("day", [0, -20])
def test_t_a_new_therapy_before_the_trial(trial, day):
    (fault,) = told(trial, people().add("new_therapy_day", "").set(4, "new_therapy_day", day))
    assert f"row 4, column new_therapy_day: '{day}': must not be below 1" in fault


@pytest.mark.parametrize("name", ["os_days", "arm", "patient", "os_event", "new_therapy_day"])
@pytest.mark.parametrize("key", ["covariates", "strata"])
def test_t_a_column_with_a_part_of_its_own_is_no_covariate(name, key):
    with pytest.raises(InputError, match=f"names {name}: this column has its own part"):
        read_config({**SHEETS, "statistics": {key: [name]}})


@pytest.mark.parametrize("name", ["response", "enhancing_cm3", "evaluable", "contrast"])
def test_t_a_column_that_nobody_reads_beside_scans(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("patients.tsv").write_text(people().text())
    header = f"patient\tvisit\tday\tt1\tt2\tflair\tt1c\t{name}\n"
    Path("visits.tsv").write_text(header + "P00\tV1\t0\t\t\t\t\t0\n")
    with pytest.raises(InputError, match=f"row 1, column {name}: is read in a table of `measure"):
        read_trial(read_config({"patients": "patients.tsv", "visits": "visits.tsv"}))
