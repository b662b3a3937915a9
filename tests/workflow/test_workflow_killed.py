"""A trial that is killed, short of memory or run in another order ends in the same bytes."""

import random
import time

import pytest
from kills import (
    PATIENCE_S,
    STAGES,
    Loop,
    claims,
    descendants,
    differences,
    phantom_workspace,
    tree,
)
from workspace import Workspace

from gadless.record import Record

pytestmark = pytest.mark.slow

REASON = "segment was killed, most likely for lack of memory"


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Workspace:
    """Three coarse exams, run to the report; every test leaves it as it was."""
    workspace = phantom_workspace(tmp_path_factory.mktemp("killed") / "copy")
    workspace.run()
    return workspace


def test_killed_at_random_moments_it_ends_the_same(trial):
    seed = random.randrange(10**6)
    loop = Loop(trial, random.Random(seed))
    told = list(loop.round())
    assert len(loop.met) >= len(STAGES) - 1, (seed, told)


def test_an_exam_that_was_killed_for_memory_is_a_stated_fault_until_it_is_run_again(trial):
    results = trial.folder / "results"
    undisturbed = tree(results)
    record = results / "records" / "segment" / "P001" / "V2.json"
    record.unlink()
    loop = Loop(trial, random.Random(0))
    with (trial.folder / "run.log").open("w") as log:
        snakemake = loop.start(log)
        deadline = time.monotonic() + PATIENCE_S
        while not (working := list(descendants(claims(results).get("segment/P001/V2", -1)))):
            assert snakemake.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        loop.end(working)
        assert snakemake.wait() == 0
    assert (
        f"segment P001 V2 {REASON.removeprefix('segment ')}"
        in (trial.folder / "run.log").read_text()
    )
    measured = trial.table("measurements")
    exam = measured[(measured["patient"] == "P001") & (measured["visit"] == "V2")]
    assert (exam["evaluable"] == 0).all()
    assert (exam["reason"] == REASON).all()
    assert measured.drop(exam.index)["evaluable"].all()
    assert REASON in (results / "report" / "index.html").read_text()
    assert Record.read_from(record).unfinished
    assert trial.planned()["segment"] == 1
    trial.run()
    assert differences(results, undisturbed) == []


@pytest.mark.parametrize(
    "order",
    [
        ("--cores", "1"),
        ("--cores", "4", "--prioritize", "results/patients/P002/measurements.tsv"),
        ("--cores", "2", "--scheduler-subsample", "1"),
    ],
)
def test_cores_and_the_order_of_jobs_change_no_byte(trial, order):
    results = trial.folder / "results"
    undisturbed = tree(results)
    trial.snakemake("--forceall", *order)
    assert differences(results, undisturbed) == []
