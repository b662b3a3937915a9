"""The workflow's scripts of the ablation on tiny exams: from weights to table and figure."""

import logging
import multiprocessing
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tiny_exams import write_exam

from gadless.files import guarded
from gadless.jobs import Jobs, prepare
from gadless.jobs.ask import Ask
from gadless.task import Task
from gadless.trial.config.ablation import BASELINES

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
PATIENTS = ("p1", "p2", "p3")
ABLATION = {
    "steps": 4,
    "patch": 16,
    "start": "",
    "seeds": [1, 2],
    "variants": {
        "labels": {"channels": 4},
        "direct": {"kind": "segmenter", "inputs": ["t1", "t2", "flair"], "channels": 4},
    },
}


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """An ablation whose exams are preprocessed, as its results folder says."""
    monkeypatch.chdir(tmp_path)
    header = "patient\tvisit\tday\tt1\tt2\tflair\tt1c\tmask_gbca\n"
    rows = ""
    for patient in PATIENTS:
        write_exam(Path("results/training"), patient)
        scans = [
            f"results/training/visits/{patient}/v1/preprocessed/{name}.nii.gz"
            for name in ("t1", "t2", "flair", "t1c")
        ]
        mask = f"results/training/truth/{patient}/v1/truth.nii.gz"
        rows += "\t".join([patient, "v1", "0", *scans, mask]) + "\n"
    Path("visits.tsv").write_text(header + rows)
    people = "".join(f"{patient}\ta\t\t\n" for patient in PATIENTS)
    Path("patients.tsv").write_text("patient\tarm\tos_days\tos_event\n" + people)
    sheets = {name: str(tmp_path / f"{name}.tsv") for name in ("patients", "visits")}
    training = {**sheets, "labels": "gadless", "precision": "float32", "held_out": 0.34}
    config = {
        **sheets,
        "labels_of": {"gbca": "gadless"},
        "training": training,
        "ablation": ABLATION,
    }
    return prepare(config, [], (), SCRIPTS, "nowhere", str)


def preprocessed(ask: Ask) -> None:
    """Leave the record of a job that was done elsewhere."""
    task = Task(ask.param(), ask.outputs, logging.getLogger("test"))
    with guarded(task):
        folder = Path(ask.outputs[0]).parent
        for path in folder.iterdir():
            task.note(path)
        task.finish(task.parts(), task.read())


def done(ask: Ask, jobs: Jobs) -> None:
    """Run a script as Snakemake does."""
    stem = ask.job.key[0] if ask.job.key else ""
    variant, _, seed = stem.partition(".seed")
    w = SimpleNamespace(variant=variant, seed=seed)
    given = {"table": "results/training/exams.tsv", "judged": jobs.ablation.judged()}
    given["weights"] = jobs.ablation.weights_of(w) if stem else []
    names = {
        "training_exams": ("exams", "folds"),
        "ablation_train": ("weights", "curve", "card"),
        "ablation_judge": ("judged", "parquet"),
        "ablation": ("table", "parquet", "figure", "picture"),
    }[ask.job.rule]
    for path in ask.outputs:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    output = Outputs(ask.outputs)
    for name, path in zip(names, ask.outputs, strict=True):
        setattr(output, name, path)
    told = SimpleNamespace(
        input=SimpleNamespace(**given),
        output=output,
        params=SimpleNamespace(asked=ask.param()),
        wildcards=w,
        log=[f"{ask.job.rule}{stem}.log"],
    )
    script = str(SCRIPTS / f"{ask.job.rule}.py")
    # As a process of its own, which a job takes for granted.
    child = multiprocessing.get_context("fork").Process(
        target=runpy.run_path, args=(script, {"snakemake": told}, "__main__")
    )
    child.start()
    child.join()
    assert child.exitcode == 0, Path(told.log[0]).read_text()


class Outputs(list):
    """A rule's outputs, in order and by name."""


def test_from_exams_to_table_and_figure(jobs: Jobs) -> None:
    for ask in jobs.asks.all_of_ablation():
        if ask.job.rule == "preprocess":
            preprocessed(ask)
        else:
            done(ask, jobs)
    table = pd.read_csv("results/ablation/ablation.tsv", sep="\t")
    seeds = table.groupby("variant", sort=False)["seed"].agg(list).to_dict()
    assert seeds == {**{name: [0] for name in BASELINES}, "labels": [1, 2], "direct": [1, 2]}
    assert set(table["exams"]) == {"scans"}
    assert (table["patients"] == 1).all()
    by_name = table.set_index("variant")
    assert by_name.loc["direct", "ssim"].isna().all()
    assert by_name.loc["labels", "ssim"].nunique() == 2
    assert by_name.loc["zero", "mae_ratio"] == pytest.approx(1)
    assert by_name.loc["acquired", "dice"] == 1
    assert by_name["rank_task"].drop("acquired").between(1, 4).all()
    assert by_name.loc["labels", "in_loss"].str.contains("direct_dice").all()
    for suffix in ("svg", "png", "parquet"):
        assert Path(f"results/ablation/ablation.{suffix}").stat().st_size > 1000
    card = Path("results/ablation/weights/labels.seed1.md").read_text()
    assert "snakemake --cores all ablation" in card
