"""How much of wide, mild enhancement is left when the T1c has been scaled to its T1.

    python benchmarks/enhancement.py --real ../shared/real/BraTS2021_0148? --phantoms P001 P002

Preprocesses each exam at 2 mm, multiplies the raw T1c by a known gain within spheres that lie in
the brain, scales it to the T1 again, and compares with what was put in: the mean over the sphere of
what the subtraction gained, over the gain that a perfect scaling would keep. Prints the median, the
least and the most over exams and places for each radius and gain; what of a known field (log sd
0.11, terms up to the third order) is left in real exams, and of the phantom's own field (outside
the tumour).
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from registration import Exam as Phantom
from scipy import ndimage

from gadless.files import read_json
from gadless.images.normalise import TISSUE, normalise_to_t1
from gadless.images.preprocess import preprocess_visit
from gadless.images.reading import read_scan
from gadless.images.resampling import onto_grid
from gadless.images.space import common_grid
from gadless.images.volume import Mask, Volume, moved
from gadless.manifest import Manifest
from gadless.networks.exams import read_images
from gadless.phantom.cohort import grow
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import built_in

SPACING_MM = 2.0
RADII_MM = (20.0, 27.0, 35.0)
GAINS = (0.15, 0.22, 0.35, 0.65)
FIELD_SD, FIELD_ORDER = 0.11, 3
# A sphere's centre lies at least this deep in the brain.
DEPTH_MM = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", nargs="*", type=Path, default=[])
    parser.add_argument("--phantoms", nargs="*", default=[])
    parser.add_argument("--places", type=int, default=2, help="spheres of each size in an exam")
    arguments = parser.parse_args()
    kinds = {"real": _real(arguments.real), "phantoms": _phantoms(arguments.phantoms)}
    for kind, exams in kinds.items():
        kept: dict[tuple[float, float], list[float]] = {}
        left = []
        for exam in exams:
            left.append(exam.left())
            for place in exam.places(arguments.places):
                for radius in RADII_MM:
                    for gain in GAINS:
                        share = exam.recovered(place, radius, gain)
                        kept.setdefault((radius, gain), []).append(share)
        if kept:
            _print(kind, kept, left)


def _print(kind: str, kept: dict[tuple[float, float], list[float]], left: list[float]) -> None:
    print(f"{kind}: share kept, median (least, most), {len(left)} exams")
    print("radius  " + "".join(f"{gain:>21.0%}" for gain in GAINS))
    for radius in RADII_MM:
        rows = [kept[radius, gain] for gain in GAINS]
        cells = "".join(f"{np.median(row):8.2f} ({min(row):4.2f}, {max(row):4.2f})" for row in rows)
        print(f"{radius:4.0f} mm {cells}")
    print(f"log sd of the field that is left: {np.mean(left):.4f}, largest {max(left):.4f}\n")


@dataclass(frozen=True)
class Exam:
    """A T1c that is not scaled yet, and what it is scaled with.

    `field` is the logarithm of the phantom's own field; None for a real exam.
    """

    raw: Volume
    t1: np.ndarray
    brain: Mask
    others: list[np.ndarray]
    field: np.ndarray | None
    healthy: Mask

    def scaled(self, factor: np.ndarray | float = 1.0) -> np.ndarray:
        """Return the scaled T1c, within the brain."""
        image = Volume((self.raw.data * factor).astype(np.float32), self.raw.affine)
        return normalise_to_t1(image, self.t1, self.brain, others=self.others)[0][self.brain]

    @cached_property
    def plain(self) -> np.ndarray:
        """The scaled T1c as it was acquired, within the brain."""
        return self.scaled()

    def left(self) -> float:
        """Return the log sd, over healthy brain, of what is left of a known field."""
        usable = (self.healthy & (self.raw.data > 0))[self.brain]
        known = _field(self.brain) if self.field is None else self.field[self.brain]
        if self.field is None:
            whole = np.ones(self.brain.shape)
            whole[self.brain] = np.exp(known)
            after, before = self.scaled(whole), self.plain
        else:
            after, before = self.plain, self.raw.data[self.brain] / np.exp(known)
        return float(np.log(after[usable] / before[usable]).std())

    def places(self, number: int) -> np.ndarray:
        """Draw centres of spheres, mm."""
        depth = ndimage.distance_transform_edt(self.brain) * SPACING_MM
        deep = np.argwhere(depth > DEPTH_MM)
        chosen = np.random.default_rng(0).choice(len(deep), number, replace=False)
        return moved(self.raw.affine, deep[chosen])

    def recovered(self, place: np.ndarray, radius: float, gain: float) -> float:
        """Return the share of a sphere's enhancement that is left after scaling."""
        points = moved(self.raw.affine, np.argwhere(self.brain))
        inside = np.linalg.norm(points - place, axis=1) < radius
        factor = np.ones(self.brain.shape)
        factor[self.brain] = np.where(inside, 1 + gain, 1)
        before, after = self.plain, self.scaled(factor)
        return float((after - before)[inside].mean() / (gain * before[inside].mean()))


def _field(brain: Mask) -> np.ndarray:
    index = np.argwhere(brain)
    low, high = index.min(axis=0), index.max(axis=0)
    place = 2 * (index - low) / (high - low) - 1
    tables = [np.polynomial.legendre.legvander(place[:, axis], FIELD_ORDER) for axis in range(3)]
    weights = np.random.default_rng(1).normal(size=[FIELD_ORDER + 1] * 3)
    order = np.indices(weights.shape).sum(axis=0)
    weights = np.where((order > 0) & (order <= FIELD_ORDER), weights / np.maximum(order, 1), 0)
    field = np.einsum("na,nb,nc,abc->n", *tables, weights, optimize=True)
    return np.asarray(FIELD_SD * field / field.std())


def _real(folders: list[Path]) -> Iterator[Exam]:
    for folder in folders:
        scans = {name: folder / f"{name}.nii.gz" for name in built_in()}
        with tempfile.TemporaryDirectory() as name:
            settings = Preprocess(spacing_mm=SPACING_MM)
            done = preprocess_visit(
                folder.name, "V1", scans, None, settings, built_in(), Path(name)
            )
            yield _exam(done, scans["t1c"])


def _phantoms(patients: list[str]) -> Iterator[Exam]:
    cohort = grow("demo")
    for patient in patients:
        with tempfile.TemporaryDirectory() as name:
            phantom = Phantom(cohort, patient, "V1", SPACING_MM, Path(name))
            phantom.preprocess(None)
            yield _exam(phantom.done, phantom.scans / "t1c.nii.gz", phantom)


def _exam(done: Manifest, t1c: Path, phantom: Phantom | None = None) -> Exam:
    names = [name for name in ("t1", "brain", *TISSUE) if done.has(name)]
    images, _ = read_images(done, names)
    brain = images["brain"] > 0
    place = np.array(read_json(done.path("transforms"))["sequences"]["t1c"]["common_to_native"])
    raw = onto_grid(read_scan(t1c, "T1c").volume, common_grid(SPACING_MM), place, brain)
    others = [images[name] for name in TISSUE if name in images]
    if phantom is None:
        return Exam(raw, images["t1"], brain, others, None, brain)
    field, healthy = phantom.between(raw)
    return Exam(raw, images["t1"], brain, others, field, healthy & brain)


if __name__ == "__main__":
    main()
