"""The RO-Crate: what it says, and what an independent validator says of it."""

import json

import pytest
from told import put, told
from validator import issues

from gadless.audit.provenance import write_provenance
from gadless.export.crate import NAME, write_crate
from gadless.files import sha256

PROFILES = ("ro-crate-1.1", "process-run-crate-0.5")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, told(tmp_path))
    return tmp_path


def write(folder, about):
    kept = {key: value for key, value in about.items() if key not in ("made", "reads")}
    write_provenance(kept, folder)
    write_crate(about, folder)


def entities(folder):
    return {one["@id"]: one for one in json.loads((folder / NAME).read_text())["@graph"]}


def ids(references):
    references = references if isinstance(references, list) else [references]
    return {one["@id"] for one in references}


@pytest.mark.parametrize("profile", PROFILES)
def test_an_independent_validator_finds_nothing_required_wrong(folder, profile):
    assert issues(folder, profile) == []


def test_of_what_is_recommended_only_persons_and_addresses_are_left_out(folder):
    """A crate of somebody's trial names neither persons nor a place that Gadless does not know."""
    found = issues(folder, "process-run-crate-0.5", "RECOMMENDED")
    known = ("`author`", "`publisher`", "an agent", "have a url", "absolute URI")
    assert [one for one in found if not any(word in one for word in known)] == []


@pytest.mark.parametrize(
    "broken",
    [
        lambda folder, graph: (folder / "trial" / "survival.tsv").unlink(),
        lambda folder, graph: graph["#run"].pop("instrument"),
        lambda folder, graph: graph["./"].pop("conformsTo"),
        lambda folder, graph: graph["./"].pop("datePublished"),
    ],
)
def test_the_validator_finds_what_is_wrong(folder, broken):
    path = folder / NAME
    content = json.loads(path.read_text())
    broken(folder, {one["@id"]: one for one in content["@graph"]})
    path.write_text(json.dumps(content))
    assert issues(folder, "process-run-crate-0.5")


def test_every_file_of_the_trial_stands_with_its_checksum(folder):
    found = entities(folder)
    for name in ("trial/survival.tsv", "report/index.html", "provenance.json"):
        assert found[name]["sha256"] == sha256(folder / name)
        assert found[name]["contentSize"] == str((folder / name).stat().st_size)
    assert {"visits/", "patients/", "records/"} <= found.keys()
    assert ids(found["./"]["hasPart"]) >= {"trial/survival.tsv", "visits/"}


def test_a_stage_reads_what_those_before_it_made(folder):
    found = entities(folder)
    assert ids(found["#measure"]["object"]) == {"visits/"}
    assert ids(found["#report"]["object"]) == {"trial/survival.tsv", "trial/survival.parquet"}
    assert ids(found["#preprocess"]["object"]) == {"#inputs-of-preprocess"}
    assert {"#visits-sheet", "#network-cgan", "#inputs-of-preprocess"} <= ids(
        found["#run"]["object"]
    )
    assert found["#network-cgan"]["description"].startswith("Has learnt from: digital phantoms")


def test_a_run_that_failed_says_so(tmp_path):
    about = told(tmp_path)
    about["run"]["outcome"] = "failed"
    about["complete"] = False
    write(tmp_path, about)
    found = entities(tmp_path)
    assert found["#run"]["actionStatus"].endswith("FailedActionStatus")
    assert "Not complete" in found["./"]["description"]
    assert issues(tmp_path, "process-run-crate-0.5") == []


def test_files_that_are_not_there_are_left_out(tmp_path):
    about = told(tmp_path)
    (tmp_path / "report" / "figures" / "flow.svg").unlink()
    write(tmp_path, about)
    assert "report/figures/flow.svg" not in entities(tmp_path)
    assert issues(tmp_path, "process-run-crate-0.5") == []


def test_it_does_not_grow_with_the_trial(tmp_path):
    about = told(tmp_path)
    write(tmp_path, about)
    small = (tmp_path / NAME).stat().st_size
    scan = {**about["inputs"][1]}
    about["inputs"] += [{**scan, "record": f"preprocess/P{n}/V1"} for n in range(5000)]
    about["records"] |= {f"preprocess/P{n}/V1": "f" * 64 for n in range(5000)}
    write(tmp_path, about)
    assert (tmp_path / NAME).stat().st_size < small + 100


def test_nothing_else_is_left_in_the_folder(folder):
    before = {path.name for path in folder.iterdir()}
    put(folder, "trial/more.tsv", "more")
    write(folder, told(folder))
    assert {path.name for path in folder.iterdir()} == before
