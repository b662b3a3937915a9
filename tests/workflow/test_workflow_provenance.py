"""Every run leaves what its results were made from, and the command finds what is not so."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from workspace import measured_workspace

from gadless.audit.told import OF_THE_RUN
from gadless.audit.verify import verify
from gadless.files import sha256

KEPT = ("provenance.json", "ro-crate-metadata.json")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Eight patients, run once; tests of this module follow one another."""
    workspace = measured_workspace(tmp_path_factory.mktemp("provenance") / "copy")
    workspace.run()
    return workspace


def told(workspace):
    return json.loads((workspace.folder / "results" / KEPT[0]).read_text())


def stamps(workspace):
    return {name: (workspace.folder / "results" / name).stat().st_mtime_ns for name in KEPT}


def gadless(workspace, *arguments, answer=""):
    environment = {**os.environ, "PYTHONPATH": str(workspace.folder / "src")}
    return subprocess.run(
        [sys.executable, "-m", "gadless", *arguments],
        cwd=workspace.folder,
        env=environment,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_leaves_both_and_they_match(measured):
    about = told(measured)
    assert about["complete"]
    assert about["run"]["outcome"] == "completed"
    assert {one["role"] for one in about["inputs"]} == {
        *("configuration 1", "patients sheet", "measurements")
    }
    sheet = next(one for one in about["inputs"] if one["role"] == "patients sheet")
    assert sheet["path"] == "../patients.tsv"
    assert sheet["sha256"] == sha256(measured.folder / "patients.tsv")
    assert about["configuration"]["statistics"]["bootstrap"] == 5
    assert set(about["records"]) == {
        *("collect", "response", "endpoints", "cdisc", "statistics", "report")
    }
    assert about["stages"]["statistics"]["measured"]["jobs"] == 1
    verdict = verify(measured.folder / "results")
    assert verdict.matches, verdict.findings
    page = (measured.folder / "results/report/index.html").read_text()
    assert 'href="../provenance.json"' in page
    assert about["machine"]["processor"] in page
    assert about["run"]["started"][:10] not in page


def test_nothing_to_do_leaves_them_alone(measured):
    before = stamps(measured)
    assert measured.planned() == {}
    assert "Nothing to be done" in measured.run()
    assert stamps(measured) == before


def test_they_are_written_again_where_they_were_lost_or_a_run_was_killed(measured):
    before = told(measured)
    for name in KEPT:
        (measured.folder / "results" / name).unlink()
    assert measured.planned() == {}
    assert not (measured.folder / "results" / KEPT[0]).exists()
    assert "Nothing to be done" in measured.run()
    after = told(measured)
    assert after["run"]["outcome"] == "stopped before"
    for key in before.keys() - set(OF_THE_RUN):
        assert after[key] == before[key], key
    assert verify(measured.folder / "results").matches


def test_a_run_to_a_stage_tells_what_is_still_to_come(measured):
    measured.configure(response={"criteria": ["volumetric-2019"]})
    measured.run("response")
    about = told(measured)
    assert not about["complete"]
    assert about["outstanding"] == {"cdisc": 1, "endpoints": 1, "report": 1, "statistics": 1}
    assert set(about["records"]) == {"collect", "response"}
    measured.run()
    assert told(measured)["complete"]
    assert verify(measured.folder / "results").matches


def test_a_run_that_fails_tells_so(measured):
    path = measured.folder / "src/gadless/statistics/analyse.py"
    whole = path.read_text()
    path.write_text(f"{whole}\nraise SystemExit('broken on purpose')\n")
    measured.snakemake("--cores", "2", check=False)
    about = told(measured)
    assert about["run"]["outcome"] == "failed"
    assert "statistics" in about["outstanding"]
    assert "statistics" not in about["records"]
    path.write_text(whole)
    measured.run()
    assert verify(measured.folder / "results").matches


def test_the_command_finds_what_was_edited(measured):
    assert gadless(measured, "verify").returncode == 0
    sheet, table = measured.folder / "patients.tsv", measured.folder / "results/trial/survival.tsv"
    texts = {path: path.read_text() for path in (sheet, table)}
    for path, text in texts.items():
        path.write_text(text.replace("0", "1", 1))
    done = gadless(measured, "verify")
    assert done.returncode == 1
    assert "trial/survival.tsv (statistics)" in done.stdout
    assert "../patients.tsv (patients sheet)" in done.stdout
    for path, text in texts.items():
        path.write_text(text)
    assert gadless(measured, "verify").returncode == 0


def test_of_tables_there_is_nothing_to_prune(measured):
    done = gadless(measured, "prune", "--configfile", "trial.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    assert "holds nothing that is no longer named" in done.stdout


def test_scans_stand_with_their_checksums(copy, scans):
    about = told(copy)
    found = {one["path"]: one["sha256"] for one in about["inputs"] if one["role"] == "t1"}
    paths = [scans / p / v / "t1.nii.gz" for p in ("P001", "P002") for v in ("V1", "V2")]
    assert sorted(found.values()) == sorted(map(sha256, paths))
    assert about["networks"]["cgan"]["learnt_from"]
    assert about["networks"]["segmenter"]["weights"]
    assert verify(copy.folder / "results").matches


def test_what_the_sheets_no_longer_name_goes_and_nothing_reruns(copy):
    results = copy.folder / "results"
    visits = copy.visits()
    copy.write_visits(visits[visits["visit"] != "V2"])
    copy.configure(candidates=["cgan"])
    copy.run()
    assert (results / "visits/P001/V2/segmented/gbca.nii.gz").exists()
    refused = gadless(copy, "prune", "--configfile", "trial.yaml", answer="no\n")
    assert refused.returncode == 0
    assert "Nothing was removed" in refused.stdout
    assert (results / "visits/P001/V2").exists()
    kept = {
        path: sha256(path)
        for path in results.rglob("*")
        if path.is_file()
        and "V2" not in str(path)
        and path.name != "unet.nii.gz"
        and path.parent.parent.name not in ("segment", "synthesise")
        and path.name not in KEPT
    }
    done = gadless(copy, "prune", "--configfile", "trial.yaml", answer="yes\n")
    assert done.returncode == 0, done.stderr
    assert "2 visits" in done.stdout
    assert "4 images of unet" in done.stdout
    assert not (results / "visits/P001/V2").exists()
    assert not list(results.rglob("*V2*"))
    assert not list(results.rglob("unet.nii.gz"))
    assert {path: sha256(path) for path in kept} == kept
    assert copy.planned() == {}
    assert verify(results).matches
    # A corrected day measures again, and makes no image of what is no longer named.
    visits = copy.visits()
    visits.loc[visits["patient"] == "P001", "day"] = "-5"
    copy.write_visits(visits)
    assert not {"preprocess", "synthesise", "segment"} & copy.planned().keys()
    # The candidate named again is made again.
    copy.configure(candidates=["cgan", "unet"])
    assert copy.planned()["synthesise"] == 2


def test_a_patient_who_is_no_longer_named_goes(copy):
    results = copy.folder / "results"
    visits = copy.visits()
    copy.write_visits(visits[visits["patient"] != "P002"])
    patients = pd.read_csv(copy.folder / "patients.tsv", sep="\t", dtype=str)
    patients[patients["patient"] != "P002"].to_csv(
        copy.folder / "patients.tsv", sep="\t", index=False
    )
    done = gadless(copy, "prune", "--configfile", "trial.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    assert not list(results.rglob("*P002*"))
    assert set(copy.planned()) == {
        *("collect", "response", "endpoints", "cdisc", "statistics", "report")
    }
