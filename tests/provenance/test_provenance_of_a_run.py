"""What the provenance takes from the records."""

import json
from pathlib import Path

import pytest
from told import put

from gadless.audit.provenance import Source, from_folder, gather, stages, write_provenance
from gadless.audit.recorded import PROVENANCE
from gadless.audit.times import stage_times
from gadless.jobs.provenance import packages, seeds
from gadless.machine import commit, machine
from gadless.record import JobName, Part, Record
from gadless.trial.config import read_config

SCAN = {"stat": "6-1700000000000000000", "sha256": "a" * 64}


def source(folder: Path, rule: str, *key: str, files=None, made=(), known=None) -> Source:
    """Return a job with its record as it would lie there."""
    known = dict.fromkeys(files or {}, SCAN) if known is None else known
    written = {name: put(folder, name, name) for name in made}
    record = Record(rule, {"": Part({}, known)}, {"measure": "0"}, written)
    job = JobName(str(folder), rule, key)
    record.write(job.record)
    return Source(job, {"": files or {}}, record)


def test_inputs_stand_with_path_and_checksum(tmp_path):
    results = tmp_path / "results"
    job = source(results, "preprocess", "P001", "V1", files={"t1": str(tmp_path / "t1.nii.gz")})
    (found,) = gather(results, [job]).inputs
    assert found["record"] == "preprocess/P001/V1"
    assert found["role"] == "t1"
    assert (found["size"], found["sha256"]) == (6, "a" * 64)
    assert found["path"].endswith("t1.nii.gz")


def test_an_input_that_was_not_there_is_none(tmp_path):
    gone = {"t1": {"stat": "none", "sha256": "none"}}
    job = source(tmp_path, "preprocess", "P1", "V1", files={"t1": "t1.nii.gz"}, known=gone)
    assert gather(tmp_path, [job]).inputs == []


def test_files_of_the_whole_trial_are_listed_and_those_of_visits_counted(tmp_path):
    jobs = [
        source(tmp_path, "segment", "P1", "V1", made=["visits/P1/V1/segmented/gbca.nii.gz"]),
        source(tmp_path, "segment", "P1", "V2", made=["visits/P1/V2/segmented/gbca.nii.gz"]),
        source(tmp_path, "statistics", made=["trial/survival.tsv"]),
    ]
    found = gather(tmp_path, jobs)
    assert list(found.made) == ["trial/survival.tsv"]
    assert found.counted == {"segment": 2, "statistics": 1}
    assert list(found.records) == ["segment/P1/V1", "segment/P1/V2", "statistics"]
    assert found.reads["statistics"] == {"measure"}


def test_jobs_still_to_run_are_counted_and_not_recorded(tmp_path):
    late = source(tmp_path, "report", made=["report/index.html"])._replace(record=None)
    found = gather(tmp_path, [late])
    assert found.outstanding == {"report": 1}
    assert not found.records
    assert not found.made


def test_training_has_records_of_its_own(tmp_path):
    jobs = [
        source(tmp_path / "training", "preprocess", "T1", "V1"),
        source(tmp_path / "training", "train_network", "cgan", made=["weights/cgan.safetensors"]),
    ]
    found = gather(tmp_path, jobs)
    assert list(found.records) == ["training/preprocess/T1/V1", "training/train_network/cgan"]
    assert list(found.made) == ["training/weights/cgan.safetensors"]


def test_scans_that_a_rule_makes_beside_the_results_are_inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    phantom = source(Path("phantom"), "phantom", "demo", "P1", "V1", made=["demo/P1/V1/t1.nii.gz"])
    found = gather(Path("results"), [phantom])
    assert not found.records
    assert found.inputs[0]["path"] == "../phantom/demo/P1/V1/t1.nii.gz"


def test_paths_are_seen_from_the_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/somebody"))
    assert from_folder("scans/t1.nii.gz", Path("results/a")) == "../../scans/t1.nii.gz"
    assert from_folder("results/training", Path("results")) == "training"
    assert from_folder("results", Path("results")) == "."
    assert from_folder("/archive/t1.nii.gz", Path("results")) == "/archive/t1.nii.gz"
    # Nobody's name travels with the results.
    assert from_folder("/home/somebody/t1.nii.gz", Path("results")) == "~/t1.nii.gz"


def test_long_lists_have_a_line_an_entry(tmp_path):
    told = {"records": {"a": "1"}, "inputs": [{"path": f"ä {n}"} for n in range(3)], "none": []}
    write_provenance(told, tmp_path)
    text = (tmp_path / PROVENANCE).read_text()
    assert json.loads(text) == told
    assert len([line for line in text.splitlines() if '"path"' in line]) == 3


def test_stages_sum_what_was_measured(tmp_path):
    put(tmp_path, "benchmarks/segment/P1/V1.tsv", "s\th:m:s\tmax_rss\tcpu_time\n2.5\t0\t900\t4\n")
    put(tmp_path, "benchmarks/segment/P1/V2.tsv", "s\th:m:s\tmax_rss\tcpu_time\n1.5\t0\t100\tNA\n")
    put(tmp_path, "benchmarks/report.tsv", "")
    assert stage_times(tmp_path) == {
        "report": {"jobs": 1, "seconds": 0.0, "cpu_seconds": 0.0, "max_rss_mb": 0.0},
        "segment": {"jobs": 2, "seconds": 4.0, "cpu_seconds": 4.0, "max_rss_mb": 900.0},
    }
    found = stages(tmp_path, gather(tmp_path, [source(tmp_path, "segment", "P1", "V1")]))
    assert found["segment"]["jobs"] == 1
    assert found["segment"]["measured"]["seconds"] == 4.0
    assert found["segment"]["first_ended"] == found["segment"]["last_ended"]
    assert stage_times(tmp_path / "none") == {}


def test_the_machine_is_told_without_names():
    found = machine()
    assert found["cores"] >= 1
    assert found["memory_gb"] > 0
    assert found["processor"]
    import getpass
    import platform

    words = json.dumps(found).split()
    assert platform.node() not in words
    assert getpass.getuser() not in words


def test_a_commit_is_that_of_the_checkout_itself(tmp_path):
    git = pytest.importorskip("git", reason="GitPython comes with Snakemake")
    repository = git.Repo.init(tmp_path)
    assert commit(tmp_path)["commit"] is None
    put(tmp_path, "Snakefile", "one")
    repository.index.add(["Snakefile"])
    author = git.Actor("a", "b")
    made = repository.index.commit("one", author=author, committer=author)
    assert commit(tmp_path) == {"commit": made.hexsha, "changed": False}
    put(tmp_path, "Snakefile", "two")
    assert commit(tmp_path) == {"commit": made.hexsha, "changed": True}
    # A copy within somebody's own repository is none of its commits.
    put(tmp_path, "copy/Snakefile", "one")
    assert commit(tmp_path / "copy") == {"commit": None, "changed": None}
    assert commit(tmp_path / "none") == {"commit": None, "changed": None}


def test_every_package_and_every_seed():
    found = packages()
    assert {"python", "numpy", "torch", "snakemake"} <= found.keys()
    values = read_config({"patients": "p.tsv", "visits": "v.tsv"}).model_dump(mode="json")
    named = dict(seeds(values))
    assert named["statistics.seed"] == values["statistics"]["seed"]
    assert "preprocess.seed" in named
