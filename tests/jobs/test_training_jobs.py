"""What trainings are asked for, and whom each network has not seen; no Snakemake."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from small_trial import Sheets, small_trial

from gadless.errors import InputError
from gadless.jobs.exams import COLUMNS, exams_table, folds_table
from gadless.jobs.typed import train_command
from gadless.networks.job import read_exams


def named(network: str, fold: int = 0) -> SimpleNamespace:
    return SimpleNamespace(network=network, fold=f".fold{fold}" if fold else "")


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    return small_trial(tmp_path)


@pytest.fixture
def own(sheets: Sheets) -> Sheets:
    """Cross-fitted on two of one's own patients."""
    sheets.config["training"] = {"cross_fit": True, "folds": 2, "spacing_mm": 3.0}
    return sheets


def with_masks(sheets: Sheets) -> None:
    for row in sheets.visits:
        sheets.config["labels_of"] = {"gbca": "gadless"}
        row["mask_gbca"] = sheets.scan(f"{row['patient']}_{row['visit']}_seg.nii.gz")


def training_sheets(sheets: Sheets, **cells: str) -> dict[str, str]:
    """Sheets of two other patients, by their paths."""
    folder = sheets.folder / "others"
    folder.mkdir()
    for name in ("t1", "t2", "flair", "t1c"):
        for patient in ("T1", "T2"):
            (folder / f"{patient}_{name}.nii.gz").write_text(f"{patient} {name}")
    lines = ["patient\tvisit\tday\tt1\tt2\tflair\tt1c\tmask_gbca"]
    for patient in ("T1", "T2"):
        scans = [f"{patient}_{name}.nii.gz" for name in ("t1", "t2", "flair", "t1c")]
        lines.append("\t".join([patient, "V1", "0", *scans, cells.get(patient, "")]))
    (folder / "visits.tsv").write_text("\n".join(lines) + "\n")
    rows = ["patient\tarm\tos_days\tos_event\tphantom", "T1\ta\t\t\t1", "T2\ta\t\t\t0"]
    (folder / "patients.tsv").write_text("\n".join(rows) + "\n")
    return {"patients": str(folder / "patients.tsv"), "visits": str(folder / "visits.tsv")}


def test_truth_is_the_mask_that_the_sheet_names_and_no_other(sheets: Sheets) -> None:
    """A patient T1 of one's own has no phantom's tumour for a truth."""
    sheets.config["training"] = training_sheets(sheets, T2="T2_t1.nii.gz")
    with pytest.raises(InputError, match=r"does not say what its labels mean.*training\.labels"):
        sheets.jobs().training.about_sets()
    sheets.config["training"]["labels"] = "brats2023"
    assert sheets.jobs().training.about_sets()[""]["coding"]["3"] == 1
    training = sheets.jobs().training
    rows = {row[3]: dict(zip(COLUMNS, row, strict=False)) for row in training.rows()}
    assert rows["T1"]["mask"] == ""
    assert rows["T2"]["mask"] == "others/T2_t1.nii.gz"
    assert (rows["T1"]["phantom"], rows["T2"]["phantom"]) == ("1", "0")
    assert training.inputs()["truths"] == ["others/T2_t1.nii.gz"]


def test_without_sheets_the_phantoms_are_learnt_from_whatever_the_trials_coding(
    sheets: Sheets,
) -> None:
    root = Path(__file__).parents[2]
    (sheets.folder / "config").symlink_to(root / "config")
    training = sheets.jobs("results/phantom").training
    about = training.about_sets()[""]
    assert about["coding"] == {"0": 0, "1": 1, "2": 2, "3": 3}
    rows = training.rows()
    assert len(rows) == 120
    assert {row[6] for row in rows} == {"1"}
    assert all(row[7].endswith("truth.nii.gz") and row[8] == "made" for row in rows)
    assert len(training.targets()) == 4


def test_a_trial_patient_gets_the_weights_that_have_not_seen_him(own: Sheets) -> None:
    jobs = own.jobs()
    folds = jobs.training.folds
    assert sorted(folds.values()) == [1, 2]
    for patient, fold in folds.items():
        weights = f"results/training/weights/cgan.fold{fold}.safetensors"
        w = SimpleNamespace(patient=patient, visit="V1")
        assert weights in jobs.networks.inputs_of_generators(w)
        assert jobs.asks.synthesise(w).told["generators"]["cgan"]["settings"]["weights"] == weights
    assert jobs.networks.settings()["cgan"]["weights"].endswith("cgan.fold1.safetensors")
    assert "cgan has learnt from: not trained yet" in "".join(jobs.networks.start_lines())
    assert [row[1] for row in jobs.training.rows()] == [
        str(folds[patient]) for patient, _ in jobs.visits.exams
    ]


def test_without_masks_the_segmenter_keeps_its_weights(own: Sheets) -> None:
    assert own.jobs().networks.weights("segmenter", "P1") is None
    assert own.jobs().training.networks == ["unet", "cgan"]
    with_masks(own)
    assert "segmenter.fold" in own.jobs().networks.weights("segmenter", "P1")
    assert own.jobs().training.networks == ["segmenter", "abnormality", "unet", "cgan"]


def test_a_network_with_weights_of_its_own_keeps_them(own: Sheets) -> None:
    mine = own.folder / "mine.safetensors"
    mine.write_text("weights")
    own.config["networks"] = {"cgan": {"weights": str(mine)}}
    networks = own.jobs().networks
    assert networks.weights("cgan", "P1") == "mine.safetensors"


def test_who_is_not_learnt_from_gets_the_network_that_saw_no_one_of_his_fold(own: Sheets) -> None:
    frozen = own.folder / "frozen"
    frozen.mkdir()
    own.jobs()
    for name in ("patients", "visits"):
        lines = (own.folder / f"{name}.tsv").read_text().replace("scans/", "../scans/")
        (frozen / f"{name}.tsv").write_text(lines)
        own.config["training"][name] = str(frozen / f"{name}.tsv")
    own.patients.append({"patient": "P9", "arm": "a", "os_days": 9, "os_event": 0})
    new = {name: own.scan(f"P9_{name}.nii.gz") for name in ("t1", "t2", "flair", "t1c")}
    own.visits.append({"patient": "P9", "visit": "V1", "day": 0, **new})
    networks = own.jobs().networks
    assert networks.weights("cgan", "P9") == "results/training/weights/cgan.safetensors"
    assert networks.weights("cgan", "P1") != networks.weights("cgan", "P9")


def test_a_scan_that_networks_are_judged_on_is_not_learnt_from(sheets: Sheets) -> None:
    others = training_sheets(sheets)
    visits = Path(others["visits"])
    visits.write_text(visits.read_text().replace("T1_t1.nii.gz", "../scans/P1_V1_t1.nii.gz"))
    sheets.config["training"] = others
    weights = "results/training/weights/cgan.safetensors"
    sheets.config["networks"] = {"cgan": {"weights": weights}}
    with pytest.raises(InputError, match=r"learnt from \(patient T1\).*trial's patient P1"):
        sheets.jobs().training.rows()
    sheets.config["training"] = {"cross_fit": True, "folds": 2, "also": {"more": others}}
    sheets.config["networks"] = {}
    with pytest.raises(InputError, match=r"learnt from \(patient T1\).*trial's patient P1"):
        sheets.jobs().training.rows()


def test_cross_fitting_on_strangers_is_refused(own: Sheets) -> None:
    own.config["training"].update(training_sheets(own))
    with pytest.raises(InputError, match="no patient of the trial is in the training sheets"):
        own.jobs().training.rows()


def test_more_folds_than_patients_are_refused(own: Sheets) -> None:
    del own.config["training"]["folds"]
    with pytest.raises(InputError, match=r"training\.folds is 5, but there are 2 patients"):
        own.jobs().training.targets()


def test_one_site_cannot_be_left_out(own: Sheets) -> None:
    own.config["training"] |= {"split": "site", **training_sheets(own)}
    own.config["training"].update(cross_fit=False)
    patients = own.folder / "others" / "patients.tsv"
    lines = patients.read_text().splitlines()
    patients.write_text("\n".join([f"{lines[0]}\tsite", *(f"{x}\tnorth" for x in lines[1:])]))
    jobs = own.jobs().training
    assert jobs.faults() == [
        "training: usable exams of 1 unit(s) of the split (patients, sites or folds): north; at"
        " least 2 are needed, one to learn from and one to validate on"
    ]
    with pytest.raises(InputError, match=r"there is 1 site to deal out; a site is left out only"):
        jobs.targets()


def test_each_site_of_the_phantoms_is_left_out_once(sheets: Sheets) -> None:
    """`split: site` with as many folds as there are sites."""
    (sheets.folder / "config").symlink_to(Path(__file__).parents[2] / "config")
    sheets.config["training"] = {"split": "site", "folds": 3}
    training = sheets.jobs("results/phantom").training
    rows = [dict(zip(COLUMNS, row, strict=False)) for row in training.rows()]
    left_out = {(row["fold"], row["unit"], row["site"]) for row in rows}
    assert {fold for fold, _, _ in left_out} == {"1", "2", "3"}
    assert {unit for _, unit, _ in left_out} == {"centre", "north", "south"}
    assert all(unit == site for _, unit, site in left_out)
    assert len(left_out) == 3
    assert training.weights("unet", 3) in training.targets()


def test_a_further_set_has_images_weight_and_coding_of_its_own(own: Sheets) -> None:
    others = training_sheets(own, T1="T1_t2.nii.gz")
    also = {**others, "weight": 0.5, "labels": "brats2021"}
    own.config["training"]["also"] = {"phantoms": also}
    training = own.jobs().training
    about = training.about_sets()["phantoms"]
    assert about["folder"] == "results/training/also/phantoms"
    assert (about["weight"], about["coding"]["4"]) == (0.5, 1)
    assert training.folders == ["results/training", "results/training/also/phantoms"]
    assert training.visits("results/training/also/phantoms").exams == [("T1", "V1"), ("T2", "V1")]
    assert [row[1] for row in training.rows() if row[0] == "phantoms"] == ["0", "0"]


def test_images_on_the_grid_of_networks_are_not_made_twice(own: Sheets) -> None:
    own.config["preprocess"] = {"spacing_mm": 3.0}
    training = own.jobs().training
    assert training.inputs()["exams"][0] == "results/visits/P1/V1/preprocessed/status.json"
    own.config["preprocess"] = {"spacing_mm": 1.0}
    training = own.jobs().training
    assert training.inputs()["exams"][0].startswith("results/training/visits/")


def test_a_mask_that_changes_is_another_table(own: Sheets) -> None:
    with_masks(own)
    before = own.jobs().training.rows()
    own.scan("P1_V1_seg.nii.gz", "another mask")
    changed = [a for a, b in zip(before, own.jobs().training.rows(), strict=True) if a != b]
    assert [row[3:5] for row in changed] == [["P1", "V1"]]


def test_what_is_written_is_what_a_training_reads(own: Sheets, tmp_path: Path) -> None:
    with_masks(own)
    training = own.jobs().training
    table = exams_table(training.rows(), training.about_sets())
    path = tmp_path / "exams.tsv"
    path.write_text(table.to_csv(sep="\t", index=False, quotechar="'"))
    exam = read_exams(path)[0]
    assert exam.manifest == Path("results/training/visits/P1/V1/preprocessed/status.json")
    assert exam.mask == Path("scans/P1_V1_seg.nii.gz")
    assert (exam.fold, exam.unit, exam.cohort) == (training.folds["P1"], "P1", "")
    assert exam.coding == {0: 0, 1: 1, 2: 2, 3: 3}
    assert folds_table(table)["patient"].tolist() == ["P1", "P2"]
    pd.testing.assert_series_equal(
        folds_table(table)["fold"].astype(int),
        pd.Series(list(training.folds.values()), name="fold"),
    )


def test_an_input_that_is_no_sequence_or_holds_gadolinium_is_refused(sheets: Sheets) -> None:
    recipe = {"kind": "generator", "inputs": ["t1", "adc"]}
    sheets.config["training"] = {"recipes": {"mine": recipe}}
    with pytest.raises(InputError, match="adc is no sequence that a network may see"):
        sheets.jobs().training.asked("mine")
    sheets.config["sequences"] = {
        "adc": {"title": "ADC", "normalisation": "none", "unit": 1000.0},
        "late": {"title": "late", "normalisation": "to_t1"},
    }
    assert sheets.jobs().training.asked("mine")["recipe"]["inputs"] == ["t1", "adc"]
    assert sheets.jobs().training.asked("mine")["sequences"]["adc"]["unit"] == 1000.0
    recipe["inputs"] = ["t1", "late"]
    with pytest.raises(InputError, match="late is no sequence that a network may see"):
        sheets.jobs().training.asked("mine")
    for inputs in (["t1", "t1c"], ["t1", "subtraction"], ["t1", "contrast"], ["t1", "t1"]):
        recipe["inputs"] = inputs
        with pytest.raises(InputError, match="inputs"):
            sheets.jobs()


def test_a_fold_that_is_not_there_is_refused(own: Sheets) -> None:
    assert own.jobs().training.fold(named("cgan", 2)) == 2
    with pytest.raises(InputError, match="there is no fold 3"):
        own.jobs().training.fold(named("cgan", 3))


def test_the_command_names_no_folder_of_the_machine(sheets: Sheets) -> None:
    inside, outside = Path.cwd() / "a" / "my.yaml", Path.cwd().parent / "other.yaml"
    assert train_command([inside, outside]) == (
        "snakemake --cores all train --configfile a/my.yaml --configfile other.yaml"
    )
