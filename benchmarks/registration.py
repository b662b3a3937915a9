"""How near the truth registration and bias correction come on phantom exams.

    python benchmarks/registration.py --patients P001 P002 P003

Draws each patient's first two exams, preprocesses them, and compares with what the phantom knows:
where the head lay in each sequence, and the coil's field. Prints, for each exam and sequence, the
distance (mm, mean and largest over the brain) to the true position relative to T1 (T1 itself:
relative to the first visit), the standard deviation over the brain of the logarithm of the field
before and after correction, and the exam's CPU seconds.
"""

import argparse
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from gadless.files import read_json
from gadless.images.preprocess import STAGE, preprocess_visit
from gadless.images.reading import read_scan
from gadless.images.resampling import onto_grid
from gadless.images.space import common_grid
from gadless.images.volume import Volume, moved
from gadless.manifest import Manifest
from gadless.phantom.acquisition import (
    BIAS_SD,
    SEQUENCES,
    bias_field,
    position,
    render_exam,
)
from gadless.phantom.anatomy import head_grid
from gadless.phantom.cohort import Cohort, grow
from gadless.phantom.fields import random_stream
from gadless.trial.config import Preprocess
from gadless.trial.config.sequences import built_in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", nargs="+", default=["P001", "P002", "P003"])
    parser.add_argument("--visits", nargs="+", default=["V1", "V2"])
    parser.add_argument("--spacing", type=float, default=2.0)
    arguments = parser.parse_args()
    cohort = grow("demo")
    print("exam      sequence  mm mean  largest  field before  after  CPU s")
    with tempfile.TemporaryDirectory() as name:
        for patient in arguments.patients:
            first = None
            for visit in arguments.visits:
                exam = Exam(cohort, patient, visit, arguments.spacing, Path(name))
                exam.preprocess(first and first.done)
                exam.report(first or exam)
                first = first or exam


class Exam:
    """One phantom exam, what was made of it, and what is true of it."""

    def __init__(
        self, cohort: Cohort, patient: str, visit: str, spacing: float, root: Path
    ) -> None:
        self.state = cohort.state(patient, visit)
        self.spacing = spacing
        self.scans = root / patient / visit / "scans"
        self.folder = root / patient / visit / STAGE
        render_exam(self.state, self.scans, spacing)
        self.moves = {
            sequence: np.array(matrix)
            for sequence, matrix in read_json(self.scans / "truth.json")[
                "anatomy_to_scanner"
            ].items()
        }

    def preprocess(self, anchor: Manifest | None) -> None:
        """Run the stage and keep its manifest and CPU time."""
        sources = {name: self.scans / f"{name}.nii.gz" for name in SEQUENCES}
        start = time.process_time()
        self.done = preprocess_visit(
            self.state.patient,
            self.state.visit,
            sources,
            anchor,
            Preprocess(spacing_mm=self.spacing),
            built_in(),
            self.folder,
        )
        self.cpu_s = time.process_time() - start
        found = read_json(self.folder / "transforms.json")["sequences"]
        self.found = {name: np.array(one["common_to_native"]) for name, one in found.items()}
        self.grid = common_grid(self.spacing)
        self.brain = self._image("brain") > 0

    def report(self, first: "Exam") -> None:
        """Print a line a sequence."""
        for sequence in self.found:
            if sequence == "t1":
                true = self.moves["t1"] @ np.linalg.inv(first.moves["t1"]) @ first.found["t1"]
            else:
                true = self.moves[sequence] @ np.linalg.inv(self.moves["t1"]) @ self.found["t1"]
            points = moved(self.grid.affine, np.argwhere(self.brain))
            away = moved(true, points) - moved(self.found[sequence], points)
            distance = np.linalg.norm(away, axis=1)
            before, after = (
                self._field(sequence) if sequence in ("t1", "t2", "flair") else (np.nan, np.nan)
            )
            print(
                f"{self.state.patient} {self.state.visit:4} {sequence:9} {distance.mean():7.3f}"
                f"  {distance.max():7.3f}  {before:12.3f}  {after:5.3f}  {self.cpu_s:5.1f}",
                flush=True,
            )

    def _field(self, sequence: str) -> tuple[float, float]:
        scan = read_scan(self.scans / f"{sequence}.nii.gz", sequence.upper())
        true = self._coil(sequence)
        seen = self._sampled(scan.volume, sequence)
        usable = self.brain & (seen > 0) & (true > 0)
        left = np.log(self._image(sequence)[usable] * true[usable] / seen[usable])
        return float(np.log(true[usable]).std()), float(left.std())

    def between(self, raw: Volume) -> tuple[np.ndarray, np.ndarray]:
        """Return the log field between a raw T1c and the corrected T1, and where nothing enhances.

        That of the T1c's coil over what N4 left of the T1's.
        """
        seen = self._sampled(read_scan(self.scans / "t1.nii.gz", "T1").volume, "t1")
        corrected, t1, t1c = self._image("t1"), self._coil("t1"), self._coil("t1c")
        usable = self.brain & (seen > 0) & (corrected > 0) & (t1 > 0) & (t1c > 0) & (raw.data > 0)
        field = np.zeros(usable.shape)
        left = t1[usable] * corrected[usable] / seen[usable]
        field[usable] = np.log(t1c[usable] / left)
        labels = read_scan(self.scans / "truth.nii.gz", "truth").volume
        tumour = self._sampled(Volume((labels.data > 0).astype(np.float32), labels.affine), "t1")
        return field, usable & ~ndimage.binary_dilation(tumour > 0.1, iterations=2)

    def _coil(self, sequence: str) -> np.ndarray:
        """Return the true field of a sequence's coil on the common grid."""
        place = position(self.state, sequence, head_grid(self.spacing))
        stream = random_stream(self.state.seed, "scan", self.state.visit, sequence)
        field = bias_field(stream, place.shape, BIAS_SD[sequence])
        # The file's axes may point elsewhere than the reader's canonical ones.
        return self._sampled(_canonical(field, place.affine), sequence)

    def _sampled(self, volume: Volume, sequence: str) -> np.ndarray:
        return onto_grid(volume, self.grid, self.found[sequence], self.brain).data

    def _image(self, name: str) -> np.ndarray:
        return np.asarray(nibabel.Nifti1Image.from_filename(self.done.path(name)).dataobj)


def _canonical(data: np.ndarray, affine: np.ndarray) -> Volume:
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, affine))
    return Volume(np.asarray(image.dataobj, np.float32), np.asarray(image.affine, np.float64))


if __name__ == "__main__":
    main()
