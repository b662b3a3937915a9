"""From BIDS trees to sheets, by the names alone."""

import json
import os
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml

from gadless.cli import main
from gadless.errors import InputError
from gadless.trial.config import Config, read_config, with_paths
from gadless.trial.sheets import read_trial

HEADER = nibabel.Nifti1Image(np.zeros((1, 1, 1), np.uint8), np.eye(4)).header


def image(path: Path, shape=(9, 9, 9), edge=2.0) -> Path:
    """Write a small image under any name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.zeros(shape, np.uint8)
    nibabel.save(nibabel.Nifti1Image(data, np.diag([edge, edge, edge, 1.0])), path)
    return path


def exam(folder: Path, stem: str, end: str = ".nii.gz") -> None:
    for name in ("T1w", "ce-gadolinium_T1w", "T2w", "FLAIR"):
        image(folder / "anat" / f"{stem}_{name}{end}")


@pytest.fixture
def tree(tmp_path) -> Path:
    """Two subjects, one of two sessions, with tables."""
    root = tmp_path / "bids"
    exam(root / "sub-01" / "ses-a", "sub-01_ses-a")
    exam(root / "sub-01" / "ses-b", "sub-01_ses-b", ".nii")
    exam(root / "sub-02" / "ses-a", "sub-02_ses-a")
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    (root / "participants.tsv").write_text(
        "participant_id\tage\tsex\tname\tos_days\tos_event\n"
        "sub-01\t61\tF\tPlanted Person\t400\t1\nsub-02\tn/a\tM\tn/a\t\t\n"
    )
    (root / "sub-01" / "sub-01_sessions.tsv").write_text(
        "session_id\tacq_time\nses-a\t1912-03-04T10:11:12\nses-b\t1912-06-02T09:00:00\n"
    )
    return root


class Trial:
    def __init__(self, folder: Path):
        self.folder = folder

    def table(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.tsv"
        return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)

    def row(self, patient: str, visit: str) -> dict[str, str]:
        visits = self.table("visits")
        [row] = visits[(visits["patient"] == patient) & (visits["visit"] == visit)].to_dict(
            "records"
        )
        return row

    def said(self, kind: str) -> list[str]:
        rows = self.table("protocol")
        rows = rows[rows["kind"] == kind]
        return [" ".join(filter(None, row)) for row in rows.drop(columns="kind").to_numpy()]

    @property
    def config(self) -> Config:
        file = self.folder / "trial.yaml"
        return read_config(with_paths(yaml.safe_load(file.read_text()), Config, [file], {}))


@pytest.fixture
def sheets(tmp_path):
    def run(root: Path, *more: str) -> Trial:
        assert main(["sheets", "--bids", str(root), "--out", str(tmp_path / "trial"), *more]) == 0
        return Trial(tmp_path / "trial")

    return run


def test_a_tree_becomes_sheets_that_are_read(tree, sheets):
    trial = sheets(tree)
    row = trial.row("sub-01", "ses-b")
    for column, name in (("t1", "T1w"), ("t1c", "ce-gadolinium_T1w"), ("flair", "FLAIR")):
        path = trial.folder / row[column]
        assert path.resolve() == tree / "sub-01" / "ses-b" / "anat" / f"sub-01_ses-b_{name}.nii"
    assert (trial.row("sub-01", "ses-a")["day"], row["day"]) == ("0", "90")
    assert trial.row("sub-02", "ses-a")["day"] == "0"
    assert any("sub-02 ses-a nothing says when its only" in line for line in trial.said("note"))
    patients = trial.table("patients").set_index("patient")
    assert patients.loc["sub-01", ["age", "sex", "os_days", "os_event"]].to_list() == [
        *("61", "F", "400", "1"),
    ]
    assert patients.loc["sub-02", "age"] == ""
    read = read_trial(trial.config)
    assert len(read.visits) == 3


def test_no_name_and_no_date_reaches_what_is_shared(tree, sheets, tmp_path, capsys):
    trial = sheets(tree)
    texts = [path.read_text() for path in trial.folder.iterdir()] + [capsys.readouterr().out]
    for planted in ("Planted", "Person", "1912", "10:11:12"):
        assert not any(planted in text for text in texts), planted
    assert "1912-03-04" in (tmp_path / "trial-PRIVATE" / "patients_key.tsv").read_text()
    assert any("1 columns of participants.tsv are not taken" in one for one in trial.said("note"))


def test_run_again_rows_are_added_and_days_count_as_a_person_counts_them(tree, sheets):
    trial = sheets(tree)
    visits = trial.folder / "visits.tsv"
    # Randomisation was two weeks before the first scan.
    corrected = visits.read_text().replace("ses-b\t90\t", "ses-b\t104\t")
    corrected = corrected.replace("sub-01\tses-a\t0\t", "sub-01\tses-a\t14\t")
    visits.write_text(corrected)
    exam(tree / "sub-01" / "ses-0", "sub-01_ses-0")
    with (tree / "sub-01" / "sub-01_sessions.tsv").open("a") as table:
        table.write("ses-0\t1912-02-23T10:00:00\n")
    trial = sheets(tree)
    assert visits.read_text().startswith(corrected)
    # Ten days before the first that was ever seen, which stays day zero.
    assert trial.row("sub-01", "ses-0")["day"] == "4"


def test_a_tree_without_sessions(tmp_path, sheets):
    root = tmp_path / "bids"
    exam(root / "sub-x", "sub-x")
    image(root / "sub-x" / "anat" / "sub-x_run-01_PDw.nii.gz")
    image(root / "derivatives" / "manual" / "sub-x" / "anat" / "sub-x_desc-expert_dseg.nii.gz")
    trial = sheets(root)
    row = trial.row("sub-x", "V1")
    assert row["day"] == "0"
    assert row["mask_expert"].endswith("sub-x_desc-expert_dseg.nii.gz")
    assert any("PDw is none of T1w" in line for line in trial.said("left out"))


def test_the_latest_complete_run_is_taken(tree, sheets):
    anat = tree / "sub-01" / "ses-a" / "anat"
    (anat / "sub-01_ses-a_T1w.nii.gz").unlink()
    image(anat / "sub-01_ses-a_run-1_T1w.nii.gz")
    image(anat / "sub-01_ses-a_run-2_T1w.nii.gz")
    image(anat / "sub-01_ses-a_run-10_T1w.nii.gz", shape=(9, 9, 3))
    trial = sheets(tree)
    assert trial.row("sub-01", "ses-a")["t1"].endswith("run-2_T1w.nii.gz")
    left = trial.said("left out")
    assert any("run-10_T1w.nii.gz: it is not complete" in line for line in left)
    assert any("run-1_T1w.nii.gz: sub-01_ses-a_run-2_T1w.nii.gz repeats it" in one for one in left)


def test_of_two_variants_the_thinner_slices_are_taken_with_a_warning(tree, sheets):
    anat = tree / "sub-01" / "ses-a" / "anat"
    image(anat / "sub-01_ses-a_acq-3d_T2w.nii.gz", edge=1.0)
    image(anat / "sub-01_ses-a_acq-fast_T2w.nii.gz", edge=5.0)
    trial = sheets(tree)
    assert trial.row("sub-01", "ses-a")["t2"].endswith("acq-3d_T2w.nii.gz")
    assert any("several images may be it" in line for line in trial.said("warning"))


def test_what_is_no_scan_is_left_out_with_its_reason(tree, sheets):
    anat = tree / "sub-01" / "ses-a" / "anat"
    for name in ("ce-feraheme_T1w", "part-phase_T1w", "inv-1_MP2RAGE", "ce-gadolinium_FLAIR"):
        image(anat / f"sub-01_ses-a_{name}.nii.gz")
    image(anat / "T1 of Planted Person.nii.gz")
    image(anat / "sub-02_ses-a_T1w.nii.gz")
    (anat / "sub-01_ses-a_T2w.nii.gz").unlink()
    image(anat / "sub-01_ses-a_T2w.nii.gz", shape=(9, 9, 9, 4))
    (anat / "sub-01_ses-a_FLAIR.nii.gz").unlink()
    (anat / "sub-01_ses-a_FLAIR.nii.gz").symlink_to("../../.git/annex/objects/none")
    trial = sheets(tree)
    left, faults = "\n".join(trial.said("left out")), "\n".join(trial.said("fault"))
    assert "`ce-feraheme` is no name for gadolinium" in left
    assert "the phase of a complex image" in left
    assert "MP2RAGE is none of" in left
    assert "a FLAIR after contrast" in left
    assert "1 images in anat have no BIDS names" in left
    assert "sub-02_ses-a_T1w.nii.gz: lies in the folder of another subject" in faults
    assert "it is 4D, 9 x 9 x 9 x 4; give one 3D image" in faults
    assert "git-annex" in faults
    assert "Planted" not in (trial.folder / "protocol.tsv").read_text()
    row = trial.row("sub-01", "ses-a")
    assert (row["t2"], row["flair"]) == ("", "")
    assert row["t1"].endswith("sub-01_ses-a_T1w.nii.gz")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("sub-01/sub-01_sessions.tsv", b"session_id,acq_time\nses-a,1912\n", "cannot be read"),
        ("sub-01/sub-01_sessions.tsv", b"session_id\tacq_time\nses-a\tn/a\n", "nothing says when"),
        ("sub-01/sub-01_sessions.tsv", b"session_id\tacq_time\nses-a\tMay\n", "is no date"),
        ("participants.tsv", "participant_id\tage\nsub-01\t6\n".encode("utf-16"), "cannot be read"),
        ("participants.tsv", b"participant_id\tage\nsub-01\n", "cannot be read"),
        ("participants.tsv", b"participant_id\tage\nsub-09\t6\n", "have no folder of that name"),
    ],
)
def test_tables_with_blanks_or_faults_are_said_and_the_rest_goes_on(
    tree, sheets, name, content, words
):
    (tree / name).write_bytes(content)
    trial = sheets(tree)
    assert len(trial.table("visits")) == 3
    assert words in (trial.folder / "protocol.tsv").read_text()


def test_scans_tsv_dates_a_session_that_sessions_tsv_does_not(tree, sheets):
    (tree / "sub-01" / "sub-01_sessions.tsv").unlink()
    for visit, date in (("a", "2001-01-01T08:00:00"), ("b", "2001-01-29")):
        (tree / "sub-01" / f"ses-{visit}" / f"sub-01_ses-{visit}_scans.tsv").write_text(
            f"filename\tacq_time\nanat/sub-01_ses-{visit}_T1w.nii.gz\t{date}\n"
        )
    trial = sheets(tree)
    assert [trial.row("sub-01", f"ses-{name}")["day"] for name in "ab"] == ["0", "28"]


def test_masks_of_derivatives_with_what_their_labels_mean(tree, sheets):
    anat = tree / "derivatives" / "readers" / "sub-01" / "ses-a" / "anat"
    image(anat / "sub-01_ses-a_space-orig_desc-reader1_dseg.nii.gz")
    image(anat / "sub-01_ses-a_desc-brain_mask.nii.gz")
    image(anat / "sub-01_ses-a_space-MNI152NLin2009cAsym_desc-reader1_dseg.nii.gz")
    (tree / "derivatives" / "readers" / "dseg.tsv").write_text(
        "index\tname\n1\tNecrotic core\n2\tOedema\n4\tEnhancing tumour\n"
    )
    trial = sheets(tree)
    assert trial.row("sub-01", "ses-a")["mask_reader1"].endswith("desc-reader1_dseg.nii.gz")
    assert trial.row("sub-01", "ses-b")["mask_reader1"] == ""
    assert trial.config.labels_of == {"reader1": {1: 3, 2: 2, 4: 1}}
    assert trial.config.candidates == ["cgan", "unet", "reader1"]
    assert any("not on the patient's own scans" in line for line in trial.said("left out"))
    read_trial(trial.config)


def test_what_is_no_tree_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for folder, words in (("empty", "holds no folder sub-*"), ("gone", "no such folder")):
        assert main(["sheets", "--bids", str(tmp_path / folder), "--out", "o"]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.slow
def test_a_thousand_subjects_each_as_its_folder_says(tmp_path, sheets):
    root = tmp_path / "bids"
    template = image(tmp_path / "one.nii.gz")
    rng = np.random.default_rng(5)
    days = {}
    for number in range(1000):
        subject = f"sub-{number:04d}"
        lines = ["session_id\tacq_time"]
        for at in range(2):
            anat = root / subject / f"ses-{at}" / "anat"
            anat.mkdir(parents=True)
            days[subject, f"ses-{at}"] = at * int(rng.integers(20, 200))
            date = np.datetime64("1910-01-01") + number + days[subject, f"ses-{at}"]
            lines.append(f"ses-{at}\t{date}T10:00:00")
            for name in ("T1w", "ce-gadolinium_T1w", "T2w", "FLAIR"):
                if name != "T2w" or number % 7:
                    os.link(template, anat / f"{subject}_ses-{at}_{name}.nii.gz")
        (root / subject / f"{subject}_sessions.tsv").write_text("\n".join(lines) + "\n")
    visits = sheets(root).table("visits")
    assert len(visits) == 2000
    for row in visits.to_dict("records"):
        stem = f"{row['patient']}/{row['visit']}/anat/{row['patient']}_{row['visit']}"
        assert int(row["day"]) == days[row["patient"], row["visit"]]
        assert row["t1"].endswith(f"{stem}_T1w.nii.gz")
        assert row["t1c"].endswith(f"{stem}_ce-gadolinium_T1w.nii.gz")
        assert row["flair"].endswith(f"{stem}_FLAIR.nii.gz")
        t2 = f"{stem}_T2w.nii.gz" if int(row["patient"][4:]) % 7 else ""
        assert row["t2"].endswith(t2)
        assert bool(row["t2"]) == bool(t2)


@pytest.mark.parametrize(
    "entity", ["acq-post", "acq-postGd", "acq-GADO", "acq-T1KM", "rec-contrast"]
)
def test_a_t1w_after_gadolinium_is_no_t1_though_ce_is_not_written(tmp_path, sheets, entity):
    """Thinner slices than the T1w without it: it would be taken for the T1."""
    anat = tmp_path / "bids" / "sub-1" / "anat"
    image(anat / "sub-1_T1w.nii.gz")
    image(anat / f"sub-1_{entity}_T1w.nii.gz", edge=1.0)
    image(anat / f"sub-1_{entity}_FLAIR.nii.gz")
    trial = sheets(tmp_path / "bids")
    row = trial.row("sub-1", "V1")
    assert row["t1"].endswith("sub-1_T1w.nii.gz")
    assert row["t1c"].endswith(f"sub-1_{entity}_T1w.nii.gz")
    assert row["flair"] == ""
    assert any("by its name, without `ce-`" in line for line in trial.said("warning"))


@pytest.mark.parametrize("entity", ["acq-pre", "acq-preGd", "acq-nonContrast", "acq-postop"])
def test_a_t1w_called_otherwise_is_a_t1(tmp_path, sheets, entity):
    image(tmp_path / "bids" / "sub-1" / "anat" / f"sub-1_{entity}_T1w.nii.gz")
    assert sheets(tmp_path / "bids").row("sub-1", "V1")["t1"]


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("T1w", {"ContrastBolusIngredient": "GADOLINIUM"}),
        ("T1w", {"SeriesDescription": "t1_mprage nach KM"}),
        ("ce-gadolinium_T1w", {"SeriesDescription": "t1_mprage nativ"}),
    ],
)
def test_a_side_car_that_says_otherwise_is_believed_no_less_than_the_name(
    tree, sheets, name, stated
):
    path = tree / "sub-01" / "ses-a" / "anat" / f"sub-01_ses-a_{name}.json"
    path.write_text(json.dumps(stated))
    (tree / "sub-02" / "ses-a" / "anat" / "sub-02_ses-a_T1w.json").write_text("[not read]")
    trial = sheets(tree)
    assert trial.row("sub-01", "ses-a")["t1c" if "ce-" in name else "t1"] == ""
    [fault] = trial.said("fault")
    assert f"sub-01_ses-a_{name}.nii.gz: its name and its side-car" in fault


def test_a_patient_without_an_arm_among_others_is_in_none(tree, sheets):
    (tree / "participants.tsv").write_text("participant_id\tarm\nsub-01\tdrug\nsub-02\tn/a\n")
    trial = sheets(tree)
    assert trial.table("patients")["arm"].tolist() == ["drug", ""]
    with pytest.raises(InputError, match="arm"):
        read_trial(trial.config)


def test_runs_that_may_be_before_and_after_gadolinium(tmp_path, sheets):
    for subject, names in (("1", ("T1w",)), ("2", ("T1w", "ce-gadolinium_T1w"))):
        anat = tmp_path / "bids" / f"sub-{subject}" / "anat"
        for name in names:
            image(anat / f"sub-{subject}_{name.replace('T1w', 'run-1_T1w')}.nii.gz")
        image(anat / f"sub-{subject}_run-2_T1w.nii.gz")
    trial = sheets(tmp_path / "bids")
    [warning] = [line for line in trial.said("warning") if "if gadolinium was given" in line]
    assert warning.startswith("sub-1 V1 t1 sub-1_run-2_T1w.nii.gz")


@pytest.mark.parametrize("ce", ["none", "NO", "pre"])
def test_a_ce_that_is_none(tmp_path, sheets, ce):
    image(tmp_path / "bids" / "sub-1" / "anat" / f"sub-1_ce-{ce}_T1w.nii.gz")
    row = sheets(tmp_path / "bids").row("sub-1", "V1")
    assert row["t1"]
    assert not row["t1c"]


def test_tables_that_leave_sub_and_ses_out(tree, sheets):
    for path in (tree / "participants.tsv", tree / "sub-01" / "sub-01_sessions.tsv"):
        path.write_text(path.read_text().replace("sub-", "").replace("ses-", ""))
    trial = sheets(tree)
    assert trial.table("patients").set_index("patient").loc["sub-01", "os_days"] == "400"
    assert trial.row("sub-01", "ses-b")["day"] == "90"


def test_sessions_named_by_a_date(tmp_path, sheets):
    for day in ("20200304", "20200602", "20209999"):
        exam(tmp_path / "bids" / "sub-1" / f"ses-{day}", f"sub-1_ses-{day}")
    trial = sheets(tmp_path / "bids")
    days = [trial.row("sub-1", f"ses-{day}")["day"] for day in ("20200304", "20200602")]
    assert days == ["0", "90"]
    assert sum("is named by a date" in line for line in trial.said("warning")) == 2
    [fault] = trial.said("fault")
    assert "ses-20209999 nothing says when it was" in fault


def test_an_image_that_lies_there_packed_and_not(tree, sheets):
    image(tree / "sub-01" / "ses-a" / "anat" / "sub-01_ses-a_T1w.nii", edge=3.0)
    trial = sheets(tree)
    assert trial.row("sub-01", "ses-a")["t1"].endswith("T1w.nii.gz")
    assert any("1 images lie in anat packed and not" in line for line in trial.said("warning"))
