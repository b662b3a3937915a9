"""What was found becomes a trial; run again, rows are added and nothing else changes."""

import pytest
import yaml

from gadless.errors import InputError
from gadless.intake.found import Found, FoundPatient, FoundVisit, Said
from gadless.intake.writing import write_trial
from gadless.trial.config import read_config
from gadless.trial.config.source import read_files
from gadless.trial.sheets import read_trial


def visit(folder, patient, name, day, *columns, **more):
    files = {column: folder / "scans" / patient / name / f"{column}.nii.gz" for column in columns}
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return FoundVisit(patient, name, day, files, **more)


def found(*visits, **more):
    names = dict.fromkeys(one.patient for one in visits)
    return Found(tuple(map(FoundPatient, names)), visits, **more)


@pytest.fixture
def trial(tmp_path):
    folder = tmp_path / "trial"
    first = visit(folder, "P001", "V01", 0, "t1", "t2", "flair", "t1c")
    write_trial(found(first, said=(Said("left out", "a scout", "P001", "V01"),)), folder)
    return folder


def test_what_is_written_is_read_as_a_trial(trial, monkeypatch):
    monkeypatch.chdir(trial)
    config = read_config(read_files([trial / "trial.yaml"]))
    read = read_trial(config)
    assert read.patients["patient"].tolist() == ["P001"]
    assert read.visits["day"].tolist() == [0]
    assert "a scout" in (trial / "protocol.tsv").read_text()


def test_again_rows_are_added_and_no_byte_before_them_changes(trial):
    # As a person leaves it: columns of their own, other ends of line, no end of the last one.
    mine = "patient\tarm\tos_days\tos_event\tnote\r\nP001\tdrug\t400\t1\tseen by me"
    (trial / "patients.tsv").write_text(mine, newline="")
    visits = (trial / "visits.tsv").read_text().replace("\t0\t", "\t-3\t")
    (trial / "visits.tsv").write_text(visits)
    settings = (trial / "trial.yaml").read_text() + "candidates: [unet]\n"
    (trial / "trial.yaml").write_text(settings)
    both = [visit(trial, "P001", "V01", 0, "t1"), visit(trial, "P002", "V01", 0, "t1")]
    written = write_trial(found(*both), trial)
    assert (written.patients, written.visits, written.known) == (1, 1, 1)
    assert (trial / "patients.tsv").read_bytes().decode() == mine + "\r\nP002\t\t\t\t\r\n"
    assert Said("warning", "fill in its arm in patients.tsv", "P002") in written.said
    assert (trial / "visits.tsv").read_text().startswith(visits)
    assert (trial / "trial.yaml").read_text() == settings


def test_a_visit_that_a_person_renamed_and_dated_is_known_and_others_follow(trial):
    path = trial / "visits.tsv"
    mine = path.read_text().replace("P001\tV01\t0", "P001\tbaseline\t-7")
    path.write_text(mine)
    first = visit(trial, "P001", "V01", 0, "t1", "t2", "flair", "t1c")
    later = visit(trial, "P001", "V02", 60, "t1")
    written = write_trial(found(first, later), trial)
    assert (written.visits, written.known) == (1, 1)
    assert path.read_text() == mine + "P001\tV02\t53\tscans/P001/V02/t1.nii.gz\t\t\t\n"
    assert any("-7 to that of the delivery" in one.what for one in written.said)


def test_a_new_visit_whose_day_another_row_has_by_a_persons_count_is_added(trial):
    """Day 14 of the delivery is day 21 of the sheet, whose own day 14 is another visit."""
    visits = [visit(trial, "P001", f"V0{n + 1}", 7 * n, "t1") for n in range(3)]
    write_trial(found(*visits[:2]), trial)
    path = trial / "visits.tsv"
    path.write_text(path.read_text().replace("V02\t7", "V02\t14").replace("V01\t0", "V01\t7"))
    assert write_trial(found(*visits), trial).visits == 1
    assert path.read_text().splitlines()[-1].startswith("P001\tV03\t21\t")


def test_days_that_differ_by_no_single_number_are_not_guessed(trial):
    first = visit(trial, "P001", "V01", 0, "t1")
    second, third = (visit(trial, "P001", f"V0{n}", 30 * n, "t1") for n in (2, 3))
    write_trial(found(first, second), trial)
    path = trial / "visits.tsv"
    path.write_text(path.read_text().replace("V02\t60", "V02\t63"))
    written = write_trial(found(first, second, third), trial)
    assert path.read_text().splitlines()[-1].startswith("P001\tV03\t\t")
    assert [one.visit for one in written.said if one.kind == "fault"] == ["V03"]
    assert any("has day 63, the delivery says 60" in one.what for one in written.said)


def test_a_cell_that_is_empty_stays_empty_unless_a_person_chose(trial):
    path = trial / "visits.tsv"
    cells = "scans/P001/V01/t1c.nii.gz"
    withdrawn = path.read_text().replace(cells, "")
    path.write_text(withdrawn)
    again = visit(trial, "P001", "V01", 0, "t1", "t2", "flair", "t1c")
    written = write_trial(found(again), trial)
    assert path.read_text() == withdrawn
    assert any(one.sequence == "t1c" and "stays so" in one.what for one in written.said)
    chosen = visit(trial, "P001", "V01", 0, "t1c", chosen=frozenset({"t1c"}))
    write_trial(found(chosen), trial)
    assert path.read_text() == withdrawn.replace("flair.nii.gz\t", f"flair.nii.gz\t{cells}")


def test_what_a_sheet_has_no_column_for_is_said(trial):
    more = visit(trial, "P001", "V02", 50, "t1", "adc")
    written = write_trial(found(more, settings={"labels_of": {"a": "gadless"}}), trial)
    assert any("no column `adc`" in one.what for one in written.said)
    assert any("labels_of" in one.what for one in written.said)
    assert "labels_of" not in yaml.safe_load((trial / "trial.yaml").read_text())


def test_a_sheet_that_cannot_grow_is_refused_and_nothing_written(trial):
    (trial / "visits.tsv").write_text("subject\tday\nP001\t0\n")
    before = (trial / "patients.tsv").read_bytes()
    with pytest.raises(InputError, match="patient, visit missing"):
        write_trial(found(visit(trial, "P009", "V01", 0, "t1")), trial)
    assert (trial / "patients.tsv").read_bytes() == before
    with pytest.raises(InputError, match="cannot be an identifier"):
        write_trial(found(FoundVisit("../x", "V01", 0, {})), trial)
