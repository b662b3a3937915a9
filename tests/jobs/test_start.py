"""What is told before the first job: everything that can be known, in one text."""

import json
import os
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from safetensors.numpy import save_file
from small_trial import SCRIPTS, SEQUENCES, Sheets, small_trial

from gadless.errors import InputError
from gadless.images.header import look_at
from gadless.jobs import Jobs, prepare, start, start_folders, start_scans
from gadless.jobs.start_networks import tensors_not_finite
from gadless.networks.header import shipped

SMALL = nibabel.Nifti1Image(np.zeros((9, 9, 9), np.int16), np.diag([2.0, 2.0, 2.0, 1.0]))
TABLE = ("patient\tvisit\tday\tcontrast\tenhancing_cm3\tabnormality_cm3\tspd_mm2",)


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """A trial of two patients with scans that have headers."""
    folder = tmp_path / "trial"
    folder.mkdir()
    monkeypatch.chdir(folder)
    trial = small_trial(folder)
    for row in trial.visits:
        for name in SEQUENCES:
            nibabel.save(SMALL, folder / row[name])
    return trial


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """The same patients, measured elsewhere."""
    monkeypatch.chdir(tmp_path)
    trial = small_trial(tmp_path)
    trial.visits = [
        {
            **{"patient": row["patient"], "visit": row["visit"], "day": row["day"]},
            **{"contrast": contrast, "enhancing_cm3": 5, "abnormality_cm3": 9, "spd_mm2": 300},
        }
        for row in trial.visits
        for contrast in ("gbca", "cgan")
    ]
    trial.config["candidates"] = ["cgan"]
    return trial


def checked(sheets: Sheets, made: tuple[str, ...] = (), **more: Any) -> Jobs:
    sheets.write()
    paths = {name: str(sheets.folder / f"{name}.tsv") for name in ("patients", "visits")}
    if "contrast" in sheets.visits[0]:
        paths["measurements"] = paths.pop("visits")
    raw = {**paths, **sheets.config}
    return prepare(raw, [], (), SCRIPTS, made, str, **{"check": True, **more})


def told(sheets: Sheets, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(sheets, **more)
    return str(caught.value)


def test_a_trial_without_a_fault_starts(sheets: Sheets, table: Sheets) -> None:
    for trial in (sheets, table):
        os.chdir(trial.folder)
        assert checked(trial).config.results == "results"


def test_everything_is_told_at_once_with_the_faults_of_the_sheets(sheets: Sheets) -> None:
    """Of the sheets, the networks, the criteria; what needs sound sheets waits for these."""
    sheets.row("P1", "V1")["day"] = "soon"
    sheets.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    sheets.config["response"] = {"criteria": ["rano2011"]}
    text = told(sheets)
    assert "'soon': is no number" in text
    assert f"networks.cgan.weights: {sheets.folder}/gone.safetensors: no such file" in text
    assert "'rano2011' is not known" in text
    assert "2 faults were found before any job" in text


def test_a_job_of_a_cluster_checks_nothing_again(sheets: Sheets) -> None:
    sheets.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    checked(sheets, check=False)


# Results -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ("/", "is the root of all folders"),
        (".", "holds the working folder"),
        ("..", "holds the working folder"),
        ("../trial", "holds the working folder"),
        ("~", "holds the home folder"),
        ("~/..", "holds the home folder"),
        ("scans/P1_V1_t1.nii.gz", "is a file, not a folder"),
        ("scans/P1_V1_t1.nii.gz/results", "lies below"),
        ("broken", "is a file, not a folder"),
    ],
)
def test_results_that_can_be_no_folder_of_results(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: str, words: str
) -> None:
    (tmp_path / "homes" / "me").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "homes" / "me"))
    (sheets.folder / "broken").symlink_to(sheets.folder / "nowhere")
    sheets.config["results"] = results
    text = told(sheets, command_line={"results": results})
    assert words in text
    assert "1 fault was found" in text
    path = os.path.normpath(sheets.folder / Path(results).expanduser())
    assert f"results: {path}: " in text


def test_results_that_hold_the_sheets_or_the_configuration(sheets: Sheets) -> None:
    (sheets.folder / "out").mkdir()
    for name in ("visits.tsv", "patients.tsv"):
        sheets.write()
        shutil.copy(sheets.folder / name, sheets.folder / "out" / name)
        sheets.config.update(results="out", **{name.removesuffix(".tsv"): f"out/{name}"})
        assert f"results: {sheets.folder}/out: holds {sheets.folder}/out/{name}" in told(sheets)
        sheets.config.pop(name.removesuffix(".tsv"))
    (sheets.folder / "out" / "my.yaml").write_text("name: x\n")
    raw = {"patients": "patients.tsv", "visits": "visits.tsv", "results": "out"}
    with pytest.raises(InputError, match=r"out: holds .*out/my\.yaml"):
        prepare(raw, ["out/my.yaml"], (), SCRIPTS, (), str, check=True)


def test_a_link_to_the_home_folder_is_the_home_folder(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (sheets.folder / "link").symlink_to(tmp_path / "home")
    sheets.config["results"] = "link"
    assert "holds the home folder" in told(sheets)


def test_results_that_cannot_be_written(sheets: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refused(path: Path, mode: int) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(os, "access", refused)
    sheets.config["results"] = "a/b"
    assert f"{sheets.folder} cannot be written to" in told(sheets)
    assert asked == [sheets.folder]


def test_a_disk_without_room(sheets: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four visits of 7 images at 1 mm, less those that are there already."""
    usage = namedtuple("usage", "total used free")
    free = 50e6
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free))
    text = told(sheets)
    assert "4 visits are to be made there and take at least 0.1 GB (24 MB each)" in text
    assert "the disk has 0.1 GB free" in text
    for patient, visit in (("P1", "V1"), ("P1", "V2")):
        (sheets.folder / "results" / "visits" / patient / visit).mkdir(parents=True)
    checked(sheets)
    shutil.rmtree(sheets.folder / "results")
    sheets.config["preprocess"] = {"spacing_mm": 2.0}
    checked(sheets)
    free = 1e6
    assert "take at least" in told(sheets)


def test_the_room_that_a_visit_takes_is_what_it_was_measured_to_take(sheets: Sheets) -> None:
    """Measured: 26 to 32 MB at 1 mm in two real heads, 6.2 MB at 2 mm (docs/benchmarks.md)."""
    config = checked(sheets).config
    assert 0.5 * 29 < start_folders.mb_per_visit(config) < 26
    coarse = config.preprocess.model_copy(update={"spacing_mm": 2.0})
    config = config.model_copy(update={"preprocess": coarse})
    assert 0.4 * 6.2 < start_folders.mb_per_visit(config) < 6.2


# Scans -------------------------------------------------------------------------------------------


def test_what_is_no_scan_is_named_with_patient_visit_and_column(sheets: Sheets) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 9, 9, 2)), np.eye(4)), "series.nii")
    sheets.row("P2", "V1")["flair"] = "series.nii"
    (sheets.folder / "a.nrrd").write_bytes(b"NRRD0004")
    sheets.row("P1", "V2")["t1c"] = "a.nrrd"
    text = told(sheets)
    assert "2 faults were found" in text
    where = sheets.folder
    assert f"patient P2, visit V1, flair: {where}/series.nii: it is 4D, 9 x 9 x 9 x 2" in text
    assert f"patient P1, visit V2, t1c: {where}/a.nrrd: its name does not end in .nii" in text


def test_a_folder_of_dicom_is_told_apart_from_a_file_that_is_not_there(sheets: Sheets) -> None:
    (sheets.folder / "dicom").mkdir()
    sheets.row("P1", "V1").update(t1="dicom", t2="gone.nii.gz")
    text = told(sheets)
    assert f"row 2, column t1: '{sheets.folder}/dicom': is a folder; give one NIfTI file" in text
    assert f"row 2, column t2: '{sheets.folder}/gone.nii.gz': no such file" in text


def test_a_damaged_scan_costs_its_visit_and_is_said(
    sheets: Sheets, caplog: pytest.LogCaptureFixture
) -> None:
    (sheets.folder / sheets.row("P1", "V1")["t2"]).write_bytes(b"")
    checked(sheets)
    assert "1 scans are damaged" in caplog.text
    assert "patient P1, visit V1, t2: the file is empty" in caplog.text


@pytest.mark.parametrize("how", ["same", "link", "hard link"])
def test_one_file_in_two_cells(sheets: Sheets, how: str) -> None:
    """T1 in the t1c cell as well: nothing would enhance, which reads as complete response."""
    row = sheets.row("P1", "V2")
    source, target = sheets.folder / row["t1"], sheets.folder / "scans" / "other.nii.gz"
    if how == "link":
        target.symlink_to(source)
    elif how == "hard link":
        os.link(source, target)
    row["t1c"] = row["t1"] if how == "same" else "scans/other.nii.gz"
    assert "patient P1, visit V2, t1c: " in told(sheets)
    assert "is the scan of patient P1, visit V2, t1 as well" in told(sheets)


def test_files_that_rules_make_are_not_looked_at(sheets: Sheets) -> None:
    for row in sheets.visits:
        for name in SEQUENCES:
            row[name] = f"made/{row['patient']}_{row['visit']}_{name}.nii.gz"
    assert "no such file" in told(sheets)
    checked(sheets, made=("made",))


def test_headers_are_read_once_and_again_when_a_file_changes(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(path: str) -> Any:
        looked.append(path)
        return look_at(path)

    monkeypatch.setattr(start_scans, "look_at", look)
    checked(sheets)
    assert len(looked) == 16
    looked.clear()
    checked(sheets)
    assert looked == []
    changed = sheets.row("P1", "V1")["t2"]
    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 9, 9, 2)), np.eye(4)), changed)
    for _ in range(2):
        assert "it is 4D" in told(sheets)
    assert looked == [changed]
    # What was kept under other rules, or was cut short, counts for nothing.
    kept = sheets.folder / "results" / start_scans.KEPT
    looked.clear()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "rules": "other"}))
    assert "it is 4D" in told(sheets)
    assert len(looked) == 16
    for content in ("", "[]", '{"files": 1}', kept.read_text()[:200]):
        looked.clear()
        kept.write_text(content)
        assert "it is 4D" in told(sheets)
        assert len(looked) == 16, content


# Networks ----------------------------------------------------------------------------------------


def test_weights_of_the_wrong_kind_or_none_at_all(sheets: Sheets) -> None:
    weights = {"cgan": "segmenter.safetensors", "unet": "picture.safetensors"}
    shutil.copy(shipped("segmenter"), sheets.folder / "segmenter.safetensors")
    (sheets.folder / "picture.safetensors").write_bytes(b"no weights")
    sheets.config["networks"] = {name: {"weights": path} for name, path in weights.items()}
    text = told(sheets)
    assert "segmenter.safetensors: is the weights of a segmenter, and a generator is" in text
    assert "picture.safetensors: is no safetensors file" in text


def test_a_candidate_without_weights(sheets: Sheets) -> None:
    sheets.config.update(candidates=["ours"], networks={"ours": {}})
    assert "no weights are shipped for 'ours'" in told(sheets)


def test_weights_that_are_to_be_trained_need_not_exist(sheets: Sheets) -> None:
    made = "results/training/weights/cgan.safetensors"
    sheets.config["networks"] = {"cgan": {"weights": made}}
    checked(sheets)
    (sheets.folder / made).parent.mkdir(parents=True)
    (sheets.folder / made).write_bytes(b"half-written")
    assert "is no safetensors file" in told(sheets)


def test_weights_of_a_diverged_training(sheets: Sheets) -> None:
    content = bytearray(shipped("cgan").read_bytes())
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    name, first = next((key, value) for key, value in header.items() if value.get("dtype") == "F32")
    assert tensors_not_finite(shipped("cgan")) == []
    at = 8 + length + first["data_offsets"][0]
    content[at : at + 4] = b"\xff" * 4
    (sheets.folder / "nan.safetensors").write_bytes(content)
    assert tensors_not_finite(sheets.folder / "nan.safetensors") == [name]
    sheets.config["networks"] = {"cgan": {"weights": "nan.safetensors"}}
    assert "hold NaN or infinity" in told(sheets)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_told_from_their_bits(
    tmp_path: Path, kind: type, value: float
) -> None:
    largest = float(np.finfo(kind).max)
    fine = np.array([0, 1, -1, largest, -largest, np.finfo(kind).tiny], kind)
    save_file({"a": fine, "b": np.append(fine, kind(value)), "n": np.arange(3)}, tmp_path / "x")
    assert tensors_not_finite(tmp_path / "x") == ["b"]


def test_bfloat16_is_told_from_its_bits_as_well(tmp_path: Path) -> None:
    def written(bits: list[int]) -> Path:
        content = np.array(bits, "<u2").tobytes()
        tensor = {"dtype": "BF16", "shape": [len(bits)], "data_offsets": [0, len(content)]}
        header = json.dumps({"__metadata__": {}, "w": tensor}).encode()
        path = tmp_path / f"{len(bits)}.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + content)
        return path

    # One, the largest, minus zero; then infinity as well.
    assert tensors_not_finite(written([0x3F80, 0x7F7F, 0x8000])) == []
    assert tensors_not_finite(written([0x3F80, 0x7F7F, 0x8000, 0x7F80])) == ["w"]


def test_networks_are_no_concern_of_a_trial_measured_elsewhere(table: Sheets) -> None:
    table.config["networks"] = {"cgan": {"weights": "gone.safetensors"}}
    checked(table)


# Criteria, endpoints and what they need in the sheets --------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"response": {"criteria": ["mine"]}}, "'mine' is not known"),
        ({"response": {"repeatability": {"cgan": 0.1}}}, "no criteria set in use takes it in"),
        ({"endpoint": {"censoring": "mine"}}, "endpoint.censoring: 'mine' is not known"),
        ({"response": {"criteria": ["as-read"]}}, "takes readers' categories, and images give"),
        (
            {"endpoint": {"origin": "treatment"}},
            "patients.tsv, column treatment_day: is not there, and `endpoint.origin: treatment`",
        ),
        (
            {"response": {"baseline": {"rule": "after_radiotherapy"}}},
            "patients.tsv, column radiotherapy_end_day: is not there, and `response.baseline.rule",
        ),
        (
            {"response": {"t2flair": "flag"}},
            "visits.tsv, column t2flair_worse: is not there, and `response.t2flair: flag`",
        ),
    ],
)
def test_what_the_configuration_asks_for_is_there(
    sheets: Sheets, config: dict[str, Any], words: str
) -> None:
    sheets.config.update(config)
    assert words in told(sheets)


def test_an_empty_column_is_no_column(sheets: Sheets) -> None:
    sheets.config["endpoint"] = {"origin": "treatment"}
    sheets.patients[0]["treatment_day"] = ""
    assert "treatment_day: is empty in every row" in told(sheets)
    sheets.patients[0]["treatment_day"] = 3
    checked(sheets)


def test_planned_days_that_are_no_protocols(sheets: Sheets) -> None:
    sheets.row("P1", "V1")["planned_day"], sheets.row("P1", "V2")["planned_day"] = 42, 0
    assert "patient P1, visit V2: planned_day 0, but the earlier visit" in told(sheets)


@pytest.mark.parametrize("column", ["enhancing_cm3", "spd_mm2", "abnormality_cm3"])
def test_criteria_need_their_measure_in_a_table(table: Sheets, column: str) -> None:
    for row in table.visits:
        row[column] = ""
    assert f"need the column {column} in measurements" in told(table)
    for row in table.visits:
        del row[column]
    assert f"need the column {column} in measurements" in told(table)


def test_a_measure_that_one_contrast_lacks_wherever_it_was_evaluated(table: Sheets) -> None:
    for row in table.visits:
        row["evaluable"] = 1
        if row["contrast"] == "cgan":
            row["spd_mm2"] = ""
    assert "rano2010 need the column spd_mm2 in measurements, and it is empty in all 4" in told(
        table
    )
    for row in table.visits:
        row["evaluable"] = int(row["contrast"] == "gbca")
    checked(table)


def test_a_reader_needs_no_measure(table: Sheets) -> None:
    for row in table.visits:
        row["response"] = "SD" if row["contrast"] == "cgan" else ""
        if row["contrast"] == "cgan":
            row.update(enhancing_cm3="", spd_mm2="", abnormality_cm3="")
    checked(table)


def test_every_check_is_listed_once() -> None:
    assert len(set(start.CHECKS)) == len(start.CHECKS) == 5
