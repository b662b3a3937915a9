"""What reruns what after a real run; the whole table of changes is in `tests/reruns`."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from workspace import Workspace

pytestmark = pytest.mark.slow

TRIAL_JOBS = {"collect", "quality", "response", "endpoints", "cdisc", "statistics", "report"} | {
    "patient_pages",
    "sparing",
}
IMAGE_JOBS = {"preprocess", "synthesise", "segment"}
# Of a machine, a time or a place: no results.
ASIDE = ("logs/", "benchmarks/", "records/", "provenance.json", "ro-crate-metadata.json", ".")


def third_visit(visits: pd.DataFrame, scans: Path) -> pd.DataFrame:
    new = visits[visits["patient"] == "P001"].iloc[[-1]].copy()
    new[["visit", "day"]] = ["V3", "90"]
    for sequence in ("t1", "t2", "flair", "t1c"):
        new[sequence] = scans / "P001" / "V3" / f"{sequence}.nii.gz"
    return new


def test_a_finished_trial_has_nothing_to_do(finished):
    assert finished.planned() == {}


def test_every_result_stands_in_a_record(finished):
    """So that one that is deleted is made anew."""
    results = finished.folder / "results"
    records = [json.loads(path.read_text()) for path in (results / "records").rglob("*.json")]
    made = {name for record in records for name in record.get("made", {})}
    files = (path for path in results.rglob("*") if path.is_file())
    there = {path.relative_to(results).as_posix() for path in files}
    assert {name for name in there if not name.startswith(ASIDE)} == made


def test_a_new_visit_of_a_copy_without_snakemakes_records(finished, scans, tmp_path):
    ignored = shutil.ignore_patterns(".snakemake")
    folder = tmp_path / "another place" / "copy"
    shutil.copytree(finished.folder, folder, copy_function=shutil.copy, ignore=ignored)
    copy = Workspace(folder)
    assert copy.planned() == {}
    visits = copy.visits()
    copy.write_visits(pd.concat([third_visit(visits, scans), visits]))
    assert copy.planned() == dict.fromkeys((*IMAGE_JOBS, "measure", *TRIAL_JOBS), 1)


def test_changed_code_runs_its_stage_and_those_after_and_a_comment_nothing(copy):
    for file in ("images/preprocess.py", "response/classify.py", "networks/segment.py"):
        path = copy.folder / "src" / "gadless" / file
        path.write_text("# Why, shortly.\n" + path.read_text())
    os.utime(copy.folder / "workflow" / "scripts" / "preprocess.py")
    assert copy.planned() == {}
    path = copy.folder / "src" / "gadless" / "response" / "endpoints.py"
    path.write_text(path.read_text() + "\n_UNUSED = 1\n")
    planned = copy.planned()
    assert "endpoints" in planned
    assert not planned.keys() & {*IMAGE_JOBS, "measure", "collect"}


def test_a_withdrawn_scan_is_read_no_more_and_images_may_go(copy):
    """In one run: what lies on disk decides nothing, and what was dropped makes nothing run."""
    visits, results = copy.visits(), copy.folder / "results"
    chosen = (visits["patient"] == "P002") & (visits["visit"] == "V2")
    visits.loc[chosen, ["t1", "t2", "flair", "t1c"]] = ""
    copy.write_visits(visits)
    copy.configure(keep_images=False)
    patient = results / "patients" / "P002"
    copy.run("results/patients/P002/measurements.tsv")
    table = pd.read_csv(patient / "measurements.tsv", sep="\t")
    gone = table[table["visit"] == "V2"]
    assert set(gone["reason"]) == {"no images acquired"}
    assert gone["enhancing_cm3"].isna().all()
    assert [path.name for path in (patient / "panels").iterdir()] == ["V1.png"]
    left = results / "visits" / "P002" / "V1"
    images = {path.relative_to(left).as_posix() for path in left.rglob("*.nii.gz")}
    assert images == {
        *("preprocessed/t1.nii.gz", "preprocessed/brain.nii.gz"),
        *(f"segmented/{name}.nii.gz" for name in ("gbca", "cgan", "unet", "abnormality")),
    }
    assert not copy.planned().keys() & {*IMAGE_JOBS, "measure"}
    # Whoever needs them again has them made again.
    copy.configure(measurement={"connectivity": 6})
    planned = copy.planned()
    assert planned["preprocess"] == planned["synthesise"] == 1
    assert planned["measure"] == 2


def test_a_mask_that_was_overwritten_is_named_and_never_measured(copy):
    mask = copy.folder / "results/visits/P001/V2/segmented/gbca.nii.gz"
    content = bytearray(mask.read_bytes())
    content[-9] ^= 1  # of the same size
    mask.write_bytes(content)
    copy.configure(measurement={"connectivity": 6})
    said = copy.snakemake("--cores", "2", "results/patients/P001/measurements.tsv", check=False)
    assert "patient P001, visit V2" in said
    assert "results/visits/P001/V2/segmented/gbca.nii.gz is not the file that segment made" in said
