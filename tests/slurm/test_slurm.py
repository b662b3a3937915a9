"""A trial on a real Slurm gives what it gives on one machine, whatever happens to its jobs."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from cluster import Cluster, wait_until
from on_slurm import Note, OnSlurm
from workspace import Workspace

pytestmark = pytest.mark.slurm

CHAIN = ("preprocess", "synthesise", "segment")
VISITS = ("P001-V1", "P001-V2", "P002-V1")
LONG = 1500
"""Seconds that a run may take on a machine that does much else."""


def files(folder: Path) -> dict[str, bytes]:
    """Return everything that stands in a results folder and was made by jobs, byte by byte."""
    kept = ("trial", "patients", "cdisc", "report/tables", "records")
    found = [path for name in kept for path in (folder / "results" / name).rglob("*")]
    found += (folder / "results" / "visits").rglob("*")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.is_file() and path.name != "trial.json"
    }


def same(folder: Path, other: Path) -> None:
    found, wanted = files(folder), files(other)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if found[name] != wanted[name]] == []


def ended(notes: list[Note]) -> Counter[str]:
    """Count how often each job has come to its end."""
    return Counter(_name(note.name) for note in notes if note.what == "ended")


def _name(name: str) -> str:
    """Of `preprocess`, the folder of the results is a wildcard too."""
    return name.replace("preprocess-results-", "preprocess-")


def test_jobs_of_one_machine_take_a_device_each(one_machine: Workspace) -> None:
    for rule in ("synthesise", "segment"):
        logs = list((one_machine.folder / "results" / "logs" / rule).rglob("*.log"))
        assert len(logs) == len(VISITS)
        assert all("of 0, 1 is this job's own" in log.read_text() for log in logs)


def test_a_failing_job_and_a_lost_node_lose_nothing(
    trial: OnSlurm, cluster: Cluster, one_machine: Workspace
) -> None:
    folder = trial.workspace.folder
    (folder / "break-synthesise-P002-V1").touch()
    held = ("synthesise-P001-V1", "synthesise-P002-V1")
    for name in held:
        (folder / f"hold-{name}").touch()
    run = trial.start()
    try:
        wait_until(lambda: all(map(trial.begun, held)), LONG, "two visits at once")
        first, other = (trial.begun(name)[0] for name in held)
        assert (first.node, first.device) != (other.node, other.device)
        assert int(first.job) in cluster.lose_node(first.node)
        for name in held:
            (folder / f"hold-{name}").unlink()
        assert run.wait(LONG) == 1, run.output[-3000:]
    finally:
        run.kill()
        cluster.repair()
    # The lost job ran again elsewhere, and so did all that follows it; what failed is named.
    again = trial.begun("synthesise-P001-V1")
    assert len(again) == 2
    assert again[1].node != first.node
    done = {f"{rule}-{key}" for rule in CHAIN for key in VISITS[:2]} | {"measure-P001"}
    first_run = trial.journal()
    assert done <= ended(first_run).keys()
    assert not {"synthesise-P002-V1", "measure-P002", "collect"} & ended(first_run).keys()
    assert "Error in rule synthesise" in run.output or "visit_P002_V1" in run.output
    # A visit is one cluster job, with a device.
    jobs = cluster.jobs()
    for key in VISITS[:2]:
        (last,) = [note for note in first_run if note[:2] == (f"segment-{key}", "ended")]
        in_it = [note for note in first_run if note.job == last.job and note.what == "ended"]
        assert [_name(note.name) for note in in_it] == [f"{rule}-{key}" for rule in CHAIN]
        assert jobs[int(last.job)]["JOB_GRES"] == "gpu:1"
        assert last.device in {"0", "1"}
    # Repaired, only what is missing runs, and once.
    (folder / "break-synthesise-P002-V1").unlink()
    run = trial.start()
    try:
        assert run.wait(LONG) == 0, run.output[-3000:]
    finally:
        run.kill()
    second_run = ended(trial.journal()[len(first_run) :])
    assert set(second_run.values()) == {1}
    assert not done & second_run.keys()
    same(folder, one_machine.folder)
    assert trial.workspace.planned() == {}


def test_of_two_copies_of_a_job_one_writes(
    measured: OnSlurm, cluster: Cluster, tmp_path: Path
) -> None:
    target, folder = "results/trial/patients.tsv", measured.workspace.folder
    shutil.copytree(folder, tmp_path / "machine")
    Workspace(tmp_path / "machine").run(target)
    hold = folder / "hold-collect"
    hold.touch()
    run = measured.start(target)
    try:
        wait_until(lambda: measured.begun("collect"), LONG, "a job to copy")
        (first,) = measured.begun("collect")
        twin = cluster.start_again(int(first.job))
        wait_until(
            lambda: (
                len(measured.begun("collect")) == 2 or cluster.jobs()[twin]["JobState"] == "FAILED"
            ),
            LONG,
            "the copy",
        )
        hold.unlink()
        assert run.wait(LONG) == 0, run.output[-3000:]
        gone = {"COMPLETED", "FAILED"}
        wait_until(lambda: cluster.jobs()[twin]["JobState"] in gone, LONG, "the copy's end")
    finally:
        run.kill()
    how = {note.job: note.what for note in measured.journal()}
    assert (how[first.job], how[str(twin)]) == ("failed", "ended")
    assert "another start of this job has taken over" in log_of(folder)
    same(folder, tmp_path / "machine")


def log_of(folder: Path) -> str:
    """Return what Slurm kept of the jobs that failed."""
    logs = (folder / ".snakemake" / "slurm_logs").rglob("*.log")
    return "".join(path.read_text() for path in logs)
