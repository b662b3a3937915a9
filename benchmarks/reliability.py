"""Whether networks are as sure as they should be, on held-out exams, and what one factor moves.

    python benchmarks/reliability.py results table.tsv --figure docs/reliability.png

``results`` is where ``snakemake train`` listed the exams; ``table.tsv`` what
``python -m gadless.networks.evaluation`` wrote of them. Prints, for `abnormality`, how often a
voxel is enhancing tumour by the probability that the network gave it (brain voxels of the held-out
exams), and for every candidate how often its interval holds the true enhancing volume. Draws the
first as a reliability curve, and one exam at five values of the hidden factor of `unet`.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from scipy import special

from gadless.networks.cache import Case
from gadless.networks.dataset import load_cohort
from gadless.networks.inference import Trained, predict
from gadless.networks.job import read_exams
from gadless.networks.segment import segment
from gadless.networks.uncertainty import moved
from gadless.networks.validation import images_of
from gadless.networks.weights import load
from gadless.trial.config.training import Training

EDGES = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
FACTORS = (-2.0, -1.0, 0.0, 1.0, 2.0)
SPACING_MM = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--weights", type=Path, help="folder; default: the shipped ones")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--figure", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    settings = Training()

    def network(name: str) -> Trained:
        end = f"{name}{f'.fold{given.fold}' if given.fold else ''}.safetensors"
        path = given.weights / end if given.weights else None
        return Trained(*load(path, name, settings.recipes[name].kind))

    folder = given.results / "training"
    cohort = load_cohort(
        read_exams(folder / "exams.tsv"),
        settings.recipes["segmenter"],
        settings.spacing_mm,
        settings.held_out,
        folder / "cache",
        given.fold,
    )
    cases = [member.case.open() for member in cohort.held_out]
    curve = reliability(network("abnormality"), cases)
    print(curve.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    table = pd.read_csv(given.table, sep="\t")
    stated = table.dropna(subset=["low_cm3"])
    stated = stated[stated["true_enhancing_cm3"] > 0]
    inside = stated["true_enhancing_cm3"].between(stated["low_cm3"], stated["high_cm3"])
    print("\nshare of exams whose true enhancing volume lies in the 90% interval")
    print(inside.groupby(stated["contrast"]).agg(["mean", "count"]).round(2).to_string())
    largest = max(cases, key=lambda case: case.pools[0].size)
    draw(curve, network("unet"), network("segmenter"), largest, given.figure)


def reliability(direct: Trained, cases: list[Case]) -> pd.DataFrame:
    """Frequency of enhancing tumour by the probability given, over all voxels of brain."""
    given, true, count = (np.zeros(EDGES.size - 1) for _ in range(3))
    for case in cases:
        images = {**images_of(case), "brain": case.brain.astype(np.float32)}
        share = special.softmax(predict(direct, images, SPACING_MM), axis=0)[1][case.brain]
        bins = np.clip(np.digitize(share, EDGES) - 1, 0, EDGES.size - 2)
        enhancing = case.labels[case.brain] == 1
        count += np.bincount(bins, minlength=count.size)
        given += np.bincount(bins, weights=share, minlength=count.size)
        true += np.bincount(bins, weights=enhancing, minlength=count.size)
    kept = np.maximum(count, 1)
    return pd.DataFrame({"given": given / kept, "observed": true / kept, "voxels": count})


def draw(curve: pd.DataFrame, unet: Trained, segmenter: Trained, case: Case, path: Path) -> None:
    """Draw the curve, and one exam at five values of the hidden factor."""
    images = {**images_of(case), "brain": case.brain.astype(np.float32)}
    output = predict(unet, images, SPACING_MM)
    spread = np.exp(output[1])
    height = int(np.argmax((case.labels == 1).sum(axis=(0, 1))))
    mpl.rcParams["font.size"] = 8
    figure = plt.figure(figsize=(10, 5.2), layout="constrained")
    grid = figure.add_gridspec(2, 3 + len(FACTORS))
    axes = figure.add_subplot(grid[:, :3])
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="as sure as it should be")
    axes.plot(
        curve["given"], curve["observed"], color="black", marker="o", label="without contrast"
    )
    axes.set(
        xlabel="probability of enhancing tumour given to a voxel",
        ylabel="share of these voxels that are",
        aspect="equal",
    )
    axes.legend(frameon=False)
    for column, factor in enumerate(FACTORS):
        map_ = np.where(case.brain, moved(output[0], spread, factor), 0)
        seen = {**images, "contrast": images["t1"] + map_}
        found = segment(segmenter, seen, SPACING_MM) == 1
        volume = found.sum() * SPACING_MM**3 / 1000
        contrast = seen["contrast"][:, :, height].T
        above, below = (figure.add_subplot(grid[row, 3 + column]) for row in range(2))
        for shown in (above, below):
            shown.imshow(contrast, origin="lower", cmap="gray", vmin=0, vmax=2.2)
            shown.set_axis_off()
        below.contour(found[:, :, height].T, [0.5], colors="#d55e00", linewidths=0.9)
        above.set_title(f"factor {factor:+.0f}")
        below.set_title(f"{volume:.1f} cm³")
    true = (case.labels == 1).sum() * SPACING_MM**3 / 1000
    figure.suptitle(f"right: one exam, its map moved by the hidden factor; truly {true:.1f} cm³")
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
