"""Every run leaves what its results were made from, and the command finds what is not so."""

import json
import shutil

import pytest
from workspace import Workspace

from gadless.audit.provenance import OF_THE_RUN
from gadless.audit.verify import verify
from gadless.files import sha256

pytestmark = pytest.mark.slow

KEPT = ("provenance.json", "ro-crate-metadata.json")


@pytest.fixture(scope="module")
def measured(measured_and_run, tmp_path_factory):
    """A copy of the finished trial; tests of this module follow one another."""
    folder = tmp_path_factory.mktemp("provenance") / "copy"
    shutil.copytree(measured_and_run.folder, folder)
    return Workspace(folder)


def told(workspace):
    return json.loads((workspace.folder / "results" / KEPT[0]).read_text())


def stamps(workspace):
    return {name: (workspace.folder / "results" / name).stat().st_mtime_ns for name in KEPT}


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
        *("collect", "quality", "response", "endpoints", "cdisc", "statistics", "sparing"),
        *("report", "patient_pages"),
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
    to_come = ("cdisc", "endpoints", "patient_pages", "report", "sparing", "statistics")
    assert about["outstanding"] == dict.fromkeys(to_come, 1)
    assert set(about["records"]) == {"collect", "quality", "response"}
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
    assert measured.gadless("verify").returncode == 0
    sheet, table = measured.folder / "patients.tsv", measured.folder / "results/trial/survival.tsv"
    texts = {path: path.read_text() for path in (sheet, table)}
    for path, text in texts.items():
        path.write_text(text.replace("0", "1", 1))
    done = measured.gadless("verify")
    assert done.returncode == 1
    assert "trial/survival.tsv (statistics)" in done.stdout
    assert "../patients.tsv (patients sheet)" in done.stdout
    for path, text in texts.items():
        path.write_text(text)
    assert measured.gadless("verify").returncode == 0


def test_of_tables_there_is_nothing_to_prune(measured):
    done = measured.gadless("prune", "--configfile", "trial.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    assert "holds nothing that is no longer named" in done.stdout
