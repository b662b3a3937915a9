"""Memory that a training takes, by the number of exams that it learns from.

    python benchmarks/training_memory.py --exams 7000 --steps 60

A few exams of the size of a head at 2 mm are laid into a cache, and all others are hard links to
them: what a training keeps of an exam, and what it reads, is the same as for 7,000 different ones,
and only the disk is spared.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from gadless.files import write_json
from gadless.manifest import Manifest
from gadless.networks import cache
from gadless.networks.cache import Case
from gadless.networks.cases import Exam
from gadless.networks.dataset import images_needed
from gadless.networks.job import TrainingJob
from gadless.networks.train import train
from gadless.trial.config.training import Recipe, Training

# A brain at 2 mm with its margin.
SHAPE = (82, 99, 82)
DIFFERENT = 20


def case_of(number: int, names: tuple[str, ...]) -> Case:
    """Noise in the shape of a brain, with a tumour of some 30 cm3."""
    rng = np.random.default_rng(number)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij"))
    brain = (grid**2).sum(axis=0) < 0.8
    centre = rng.uniform(-0.3, 0.3, (3, 1, 1, 1))
    distance = ((grid - centre) ** 2).sum(axis=0)
    labels = np.where(distance < 0.04, 1, np.where(distance < 0.12, 2, 0)).astype(np.uint8) * brain
    images = rng.normal(1, 0.2, (len(names), *SHAPE)).astype(np.float16) * brain
    return Case.of(f"D{number}", "V1", names, images, brain, labels)


def lay_down(folder: Path, count: int, recipe: Recipe) -> list[Exam]:
    """Write manifests and cache entries of `count` exams, most of them links."""
    names = images_needed(recipe)
    exams: list[Exam] = []
    stems: list[Path] = []
    for number in range(count):
        manifest = Manifest(f"P{number:05}", "V1", "preprocess", folder / f"{number:05}")
        manifest.files = {name: f"{name}.nii.gz" for name in (*names, "brain", "transforms")}
        manifest.checksums = {name: f"{name} of {number}" for name in manifest.files}
        about = {key: value for key, value in vars(manifest).items() if key != "folder"}
        write_json(about, manifest.folder / "status.json")
        exams.append(Exam(manifest.folder / "status.json"))
        key = cache.identity(manifest, names, None, exams[-1].coding)
        stem = folder / "cache" / key[:2] / key
        if number < DIFFERENT:
            made = case_of(number, names)
            cache.stored(
                folder / "cache", key, manifest, names, lambda made=made: (made, 2.0, None)
            )
            stems.append(stem)
            continue
        stem.parent.mkdir(parents=True, exist_ok=True)
        source = stems[number % DIFFERENT]
        for file in source.parent.glob(f"{source.name}.*"):
            os.link(file, stem.parent / file.name.replace(source.name, stem.name))
    return exams


def memory() -> dict[str, float]:
    """Memory of this process in GB, as Linux counts it."""
    wanted = ("VmHWM", "RssAnon", "RssFile")
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return {name: int(found[name].split()[0]) / 1e6 for name in wanted}


def main() -> None:
    """Train a few steps, and say what memory that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exams", type=int, default=7000)
    parser.add_argument("--steps", type=int, default=60)
    given = parser.parse_args()
    recipe = Recipe(kind="generator", steps=given.steps)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exams = lay_down(folder, given.exams, recipe)
        stem = next((folder / "cache").glob("*/*.json")).with_suffix("")
        size = sum(file.stat().st_size for file in stem.parent.glob(f"{stem.name}.*"))
        files = (folder / f"net{ending}" for ending in (".safetensors", ".tsv", ".md"))
        before, start = memory(), time.perf_counter()
        train(TrainingJob("net", recipe, Training(), exams, *files, folder / "cache"))
        seconds, after = time.perf_counter() - start, memory()
    print(
        f"{given.exams} exams of {size / 1e6:.1f} MB ({given.exams * size / 1e9:.0f} GB if all were"
        f" different), {given.steps} steps: {seconds:.0f} s of wall; peak {after['VmHWM']:.2f} GB,"
        f" at the end {after['RssAnon']:.2f} GB its own and {after['RssFile']:.2f} GB mapped files;"
        f" before it, libraries loaded, {before['RssAnon'] + before['RssFile']:.2f} GB"
    )


if __name__ == "__main__":
    main()
