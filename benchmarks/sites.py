"""What a site costs that no training exam came from: each of the phantoms' sites left out in turn.

    snakemake --cores all train                   # lists and preprocesses the training exams
    make demo                                     # the exams that judge
    python benchmarks/sites.py train results site_weights --steps 600
    python benchmarks/sites.py judge results site_weights sites.tsv --demo results

`train` makes a segmenter and a `unet` for each site, from nothing, on the exams of the others.
Nothing is chosen on the site left out: what the last step leaves is kept. `judge` asks all of them
about one exam of every demo patient, whom none has learnt from. So each exam is segmented by a
network that has not seen its site and by networks that have, which learnt from as many exams:
printed are the medians, the quartiles over exams of what the site cost, and a test of its sign.
With `--networks segmenter`, acquired contrast alone is judged.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import wilcoxon

from gadless.manifest import Manifest
from gadless.networks.cache import Case
from gadless.networks.cases import Exam
from gadless.networks.contract import CONTRAST, SUBTRACTION
from gadless.networks.dataset import load_cohort
from gadless.networks.evaluation import network_of
from gadless.networks.generator import TARGET_LIMITS
from gadless.networks.inference import Trained, predict
from gadless.networks.job import TrainingJob, read_exams
from gadless.networks.segment import segment
from gadless.networks.train import train
from gadless.networks.validation import dice, images_of
from gadless.tables import write_table
from gadless.trial.config.training import Training

NETWORKS = ("segmenter", "unet")
CONTRASTS = {"gbca": "acquired", "unet": "unet"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    training, judging = steps.add_parser("train"), steps.add_parser("judge")
    for one in (training, judging):
        one.add_argument("results", type=Path, help="that hold the training exams")
        one.add_argument("weights", type=Path)
    training.add_argument("--steps", type=int, default=600)
    training.add_argument("--patch", type=int, default=32)
    training.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
    judging.add_argument("table", type=Path, help="TSV to write")
    judging.add_argument("--demo", type=Path, required=True, help="the demo's results")
    given = parser.parse_args()
    torch.set_num_threads(1)
    exams = read_exams(given.results / "training" / "exams.tsv")
    sites = sorted({exam.site for exam in exams})
    if given.step == "train":
        parted = [replace(exam, fold=sites.index(exam.site) + 1) for exam in exams]
        for name, fold in product(given.networks, range(1, len(sites) + 1)):
            train(job(name, fold, parted, given))
        return
    table = pd.concat(judged(sites, given.demo, given.weights))
    write_table(table, given.table)
    report(table)


def job(name: str, fold: int, exams: list[Exam], given: argparse.Namespace) -> TrainingJob:
    settings = Training(validations=1)
    changed = {"steps": given.steps, "patch": given.patch}
    recipe = settings.recipes[name].model_copy(update=changed)
    path = given.weights / f"{name}.fold{fold}.safetensors"
    beside = (path.with_suffix(".tsv"), path.with_suffix(".md"), given.weights / "cache")
    command = "python benchmarks/sites.py train"
    return TrainingJob(name, recipe, settings, exams, path, *beside, fold, command=command)


def judged(sites: list[str], demo: Path, weights: Path) -> Iterator[pd.DataFrame]:
    """Yield the figures of every exam, by the networks that have not seen one site."""
    site_of, exams = exams_of(demo)
    settings = Training()
    recipe = settings.recipes["segmenter"]
    cohort = load_cohort(exams, recipe, settings.spacing_mm, 0.5, weights / "cache")
    cases = [member.case.open() for member in (*cohort.learning, *cohort.held_out)]
    for fold, site in enumerate(sites, 1):
        here = [name for name in NETWORKS if (weights / f"{name}.fold{fold}.safetensors").exists()]
        networks = [network_of(name, weights, fold) for name in here]
        table = pd.DataFrame([row for case in cases for row in of_exam(case, *networks)])
        yield table.assign(left_out=site, site=table["patient"].map(site_of))


def of_exam(
    case: Case, segmenter: Trained, unet: Trained | None = None
) -> Iterator[dict[str, object]]:
    images = {**images_of(case), "brain": case.brain.astype(np.float32)}
    spacing = Training().spacing_mm
    maps = {"gbca": images[SUBTRACTION]}
    if unet is not None:
        maps["unet"] = np.clip(predict(unet, images, spacing)[0], *TARGET_LIMITS)
    for contrast, enhancement in maps.items():
        seen = {**images, CONTRAST: images["t1"] + np.where(case.brain, enhancement, 0)}
        found = segment(segmenter, seen, spacing)
        yield {
            "patient": case.patient,
            "contrast": contrast,
            "enhancing": dice(found == 1, case.labels == 1),
            "abnormality": dice(found > 0, case.labels > 0),
        }


def exams_of(demo: Path) -> tuple[Mapping[str, str], list[Exam]]:
    """Return the site of every patient of the demo, and the first exam of each."""
    visits = pd.read_csv(demo / "trial" / "visits.tsv", sep="\t", dtype=str)
    first = visits.drop_duplicates("patient").set_index("patient")
    exams = []
    for patient, visit in first["visit"].items():
        status = demo / "visits" / str(patient) / visit / "preprocessed" / "status.json"
        truth = demo / "phantom" / "demo" / str(patient) / visit / "truth.nii.gz"
        if Manifest.read(status).has("subtraction"):
            exams.append(Exam(status, truth, unit=str(patient), phantom=True))
    return first["site"].to_dict(), exams


def report(table: pd.DataFrame) -> None:
    for (contrast, name), what in product(CONTRASTS.items(), ("enhancing", "abnormality")):
        some = table[(table["contrast"] == contrast) & table[what].notna()]
        if some.empty:
            continue
        keys = ["site", "patient"]
        new = some[some["site"] == some["left_out"]].set_index(keys)[what]
        seen = some[some["site"] != some["left_out"]].groupby(keys)[what].mean()
        both = pd.DataFrame({"left_out": new, "seen": seen}).dropna()
        both["cost"] = both["seen"] - both["left_out"]
        print(f"\nDice, {what}, {name}")
        for site, rows in [*both.groupby(level="site"), ("all", both)]:
            low, middle, high = rows["cost"].quantile([0.25, 0.5, 0.75])
            print(
                f"{site} ({len(rows)} exams): left out {rows['left_out'].median():.3f},"
                f" seen {rows['seen'].median():.3f}, cost {middle:.3f} ({low:.3f} to {high:.3f})"
            )
        if both["cost"].any():
            print(f"Wilcoxon signed rank, all: p {wilcoxon(both['cost']).pvalue:.3f}")


if __name__ == "__main__":
    main()
