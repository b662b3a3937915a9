"""How far apart the ends of an interval must lie to hold the volume, and what one factor moves.

    python benchmarks/intervals.py results --figure docs/intervals.png

``results`` is where ``snakemake train`` listed the exams. For the held-out ones and both
generators, reads the enhancing volume with the map moved down and up by several multiples of its
spread, and prints how often the two hold the true volume and that on acquired contrast, and how far
they lie apart. Draws that, and one exam at five values of the hidden factor of `unet`.
"""

import argparse
from functools import partial
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from gadless.networks.cache import Case
from gadless.networks.evaluation import cohort_of, network_of
from gadless.networks.inference import Trained, predict
from gadless.networks.segment import segment
from gadless.networks.uncertainty import FACTOR, around, moved
from gadless.networks.validation import images_of

DISTANCES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.3)
SHOWN = (-2.0, -1.0, 0.0, 1.0, 2.0)
WANTED = 0.9
SPACING_MM = 2.0
STYLES = {"unet": ("black", "o", "-"), "cgan": ("#d55e00", "s", "--")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--weights", type=Path, help="folder; default: the shipped ones")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--figure", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    network = partial(network_of, weights=given.weights, fold=given.fold)
    segmenter, generators = network("segmenter"), {name: network(name) for name in STYLES}
    cases = [member.case.open() for member in cohort_of(given.results, given.fold).held_out]
    rows = [row for case in cases for row in of_exam(case, segmenter, generators)]
    table = pd.DataFrame(rows)
    by = table.groupby(["generator", "distance"])
    figures = by.agg(true=("holds_true", "mean"), acquired=("holds_acquired", "mean"))
    figures["width_cm3"] = by["width_cm3"].median()
    print(f"{len(cases)} exams; ends in use: {FACTOR:g} spreads")
    print(figures.round(2).to_string())
    largest = max(cases, key=lambda case: case.pools[0].size)
    draw(figures, generators["unet"], segmenter, largest, given.figure)


def of_exam(
    case: Case, segmenter: Trained, generators: dict[str, Trained]
) -> list[dict[str, object]]:
    images = seen(case)
    acquired = np.where(case.brain, images["subtraction"], 0)
    reference = volume(segment(segmenter, on(images, acquired), SPACING_MM))
    true = volume(case.labels)
    rows: list[dict[str, object]] = []
    for name, generator in generators.items():
        map_, spread = map_of(generator, images, case)
        labels = segment(segmenter, on(images, map_), SPACING_MM)
        for distance in DISTANCES:
            found = [volume(labels)]
            for factor in (-distance, distance):
                contrast = around(on(images, moved(map_, spread, factor)), labels > 0)
                found.append(volume(segment(segmenter, contrast, SPACING_MM)))
            rows.append(
                {
                    "generator": name,
                    "distance": distance,
                    "holds_true": min(found) <= true <= max(found),
                    "holds_acquired": min(found) <= reference <= max(found),
                    "width_cm3": max(found) - min(found),
                }
            )
    return rows


def seen(case: Case) -> dict[str, np.ndarray]:
    return {**images_of(case), "brain": case.brain.astype(np.float32)}


def on(images: dict[str, np.ndarray], map_: np.ndarray) -> dict[str, np.ndarray]:
    return {**images, "contrast": images["t1"] + map_}


def map_of(
    generator: Trained, images: dict[str, np.ndarray], case: Case
) -> tuple[np.ndarray, np.ndarray]:
    output = predict(generator, images, SPACING_MM)
    return np.where(case.brain, output[0], 0), np.where(case.brain, np.exp(output[1]), 0)


def volume(labels: np.ndarray) -> float:
    return float((labels == 1).sum()) * SPACING_MM**3 / 1000


def draw(figures: pd.DataFrame, unet: Trained, segmenter: Trained, case: Case, path: Path) -> None:
    """Draw coverage by distance, and one exam at five values of the hidden factor."""
    images = seen(case)
    map_, spread = map_of(unet, images, case)
    height = int(np.argmax((case.labels == 1).sum(axis=(0, 1))))
    mpl.rcParams["font.size"] = 9
    figure = plt.figure(figsize=(11, 4.4), layout="constrained")
    grid = figure.add_gridspec(2, 4 + len(SHOWN))
    axes = figure.add_subplot(grid[:, :4])
    for name, (colour, marker, line) in STYLES.items():
        one = figures.loc[name]
        axes.plot(one.index, one["true"], color=colour, marker=marker, linestyle=line, label=name)
    axes.axhline(WANTED, color="0.6", linewidth=0.8)
    axes.axvline(FACTOR, color="0.6", linewidth=0.8)
    axes.set(
        xlabel="ends of the interval, in spreads",
        ylabel="share of exams whose true volume it holds",
        ylim=(0, 1.03),
    )
    axes.legend(frameon=False, loc="lower right")
    for column, factor in enumerate(SHOWN):
        contrast = on(images, moved(map_, spread, factor))
        found = segment(segmenter, contrast, SPACING_MM) == 1
        above, below = (figure.add_subplot(grid[row, 4 + column]) for row in range(2))
        for shown in (above, below):
            picture = contrast["contrast"][:, :, height].T
            shown.imshow(picture, origin="lower", cmap="gray", vmin=0, vmax=2.2)
            shown.set_axis_off()
        if found[:, :, height].any():
            below.contour(found[:, :, height].T, [0.5], colors="#d55e00", linewidths=0.9)
        above.set_title(f"factor {factor:+.0f}")
        below.set_title(f"{volume(found):.1f} cm³")
    figure.suptitle(
        f"Left: held-out phantoms. Right: one of them ({volume(case.labels):.1f} cm³ enhancing),"
        " its map moved by the hidden factor, and what is segmented"
    )
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
