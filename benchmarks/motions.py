"""Known motions of thin, thick and cut scans: how near each tool comes, and what it costs.

    python benchmarks/motions.py --real ../shared/real/BraTS2021_01481 --phantoms P001 --draws 2
    python benchmarks/motions.py --real ... --tools gadless simpleitk ants niftyreg --every 10

Each sequence of an exam is moved by 5 to 20 degrees about a drawn axis and by 5 to 30 mm in a drawn
direction, resampled as a scanner would have taken it (1 or 2 mm voxels, or slices of 5 or 6 mm,
their normal tilted), and registered to the T1. Prints, for each tool and kind of scan: cases,
residual distance (mm, median, 95th percentile and largest, over the brain's voxels, of what was
accepted), how many are off by more than 2 mm without a word, how many were refused, and CPU seconds
a case. All in one process, one thread.

`gadless` is what preprocessing does (`align_sequence`: bias, second start, checks). `simpleitk` is
the registration that its own documentation introduces (Mattes' information, 50 bins, 1% of the
voxels, gradient descent, three resolutions). `ants` is ANTsPy's `Rigid` and `niftyreg` is
`reg_aladin -rigOnly`; each is left out, with a sentence, where it is not installed. `--every`
spares the slow ones: they get every n-th case. Real exams were aligned by those who gave them, so
some tenths of a millimetre of what is printed are theirs; phantoms know the truth.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")

import nibabel
import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gadless.errors import DataFault
from gadless.files import read_json
from gadless.images.alignment import Head, align_sequence
from gadless.images.extraction import brain_mask
from gadless.images.preprocess import one_thread
from gadless.images.quality import Findings
from gadless.images.reading import read_scan
from gadless.images.volume import Mask, Matrix, Volume, from_itk, moved, ras_matrix, to_itk
from gadless.phantom.acquisition import render_exam
from gadless.phantom.cohort import grow
from gadless.trial.config import Preprocess

SEQUENCES = ("t2", "flair", "t1c")
FAILED_MM = 2.0
DEGREES = (5.0, 10.0, 15.0, 20.0)
MILLIMETRES = (5.0, 10.0, 20.0, 30.0)
KINDS = ("thin", "thick", "cut")
SLICE_MM = {"thin": None, "thick": (5.0, 6.0), "cut": (5.0, 6.0)}
CUT_SHARE = 0.15
SLOW = ("ants", "niftyreg")

Tool = Callable[["Case"], Matrix]


@dataclass(frozen=True)
class Exam:
    """A T1 with its brain, the other sequences, and where each lies: T1 mm to its own mm."""

    name: str
    t1: Volume
    brain: Mask
    scans: dict[str, Volume]
    places: dict[str, Matrix]


@dataclass(frozen=True)
class Case:
    """A moved sequence; `truth` carries T1 mm to its mm."""

    exam: Exam
    sequence: str
    kind: str
    moving: Volume
    truth: Matrix


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", nargs="*", type=Path, default=[])
    parser.add_argument("--phantoms", nargs="*", default=[])
    parser.add_argument("--draws", type=int, default=2, help="motions of each sequence and kind")
    parser.add_argument("--tools", nargs="+", default=["gadless", "simpleitk"])
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--cases", action="store_true", help="print each case")
    arguments = parser.parse_args()
    tools = {name: TOOLS[name] for name in arguments.tools if _installed(name)}
    seen: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with one_thread():
        for exam in _exams(arguments.real, arguments.phantoms):
            for number, case in enumerate(_cases(exam, arguments.draws)):
                for name, tool in tools.items():
                    if name in SLOW and number % arguments.every:
                        continue
                    error, cpu_s = _tried(tool, case)
                    seen.setdefault((name, case.kind), []).append((error, cpu_s))
                    if arguments.cases:
                        what = f"{exam.name} {case.sequence} {case.kind}"
                        print(f"{what:40} {name:10} {error:8.2f} mm {cpu_s:7.2f} CPU s", flush=True)
    _print(seen)


def _tried(tool: Tool, case: Case) -> tuple[float, float]:
    """Return the mean distance over the brain (not a number: refused) and CPU seconds."""
    before = os.times()
    try:
        found = tool(case)
    except DataFault:
        found = None
    after = os.times()
    # Of this process and of programs that it waited for.
    cpu_s = sum(after[:4]) - sum(before[:4])
    if found is None:
        return float("nan"), cpu_s
    points = moved(case.exam.t1.affine, np.argwhere(case.exam.brain)[::50])
    away = moved(found, points) - moved(case.truth, points)
    return float(np.linalg.norm(away, axis=1).mean()), cpu_s


def _print(seen: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    print("tool       scans  cases  median    95%  largest  off > 2 mm  refused  CPU s")
    for (name, kind), rows in seen.items():
        errors, cpu = np.array(rows).T
        kept = errors[np.isfinite(errors)]
        low, high, most = np.percentile(kept, [50, 95, 100]) if kept.size else [np.nan] * 3
        print(
            f"{name:10} {kind:6} {len(rows):5} {low:7.2f} {high:6.2f} {most:8.2f}"
            f" {int((kept > FAILED_MM).sum()):11} {len(rows) - kept.size:8} {cpu.mean():6.1f}"
        )


def _exams(real: list[Path], phantoms: list[str]) -> Iterator[Exam]:
    for folder in real:
        scans = {name: read_scan(folder / f"{name}.nii.gz", name).volume for name in _all()}
        t1 = scans.pop("t1")
        brain, _ = brain_mask(t1, "deepbet", "auto", 1)
        yield Exam(folder.name, t1, brain, scans, dict.fromkeys(scans, np.eye(4)))
    cohort = grow("demo")
    for patient in phantoms:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            render_exam(cohort.state(patient, "V1"), folder, 2.0)
            scans = {name: read_scan(folder / f"{name}.nii.gz", name).volume for name in _all()}
            moves = read_json(folder / "truth.json")["anatomy_to_scanner"]
        t1 = scans.pop("t1")
        brain, _ = brain_mask(t1, "deepbet", "auto", 1)
        back = np.linalg.inv(moves["t1"])
        yield Exam(patient, t1, brain, scans, {name: moves[name] @ back for name in scans})


def _all() -> tuple[str, ...]:
    return ("t1", *SEQUENCES)


def _cases(exam: Exam, draws: int) -> Iterator[Case]:
    for number, sequence in enumerate(SEQUENCES):
        for kind in KINDS:
            for draw in range(draws):
                chance = np.random.default_rng([number, KINDS.index(kind), draw, len(exam.name)])
                step = (number + KINDS.index(kind) + draw) % len(DEGREES)
                yield _moved(exam, sequence, kind, DEGREES[step], MILLIMETRES[step], chance)


def _moved(
    exam: Exam,
    sequence: str,
    kind: str,
    degrees: float,
    millimetres: float,
    chance: np.random.Generator,
) -> Case:
    """Move the head about its middle, and scan it again."""
    scan = exam.scans[sequence]
    middle = moved(scan.affine, (np.array(scan.data.shape) - 1) / 2)
    motion = _about(middle, np.deg2rad(degrees) * _direction(chance))
    motion[:3, 3] += millimetres * _direction(chance)
    moving = _scanned(scan, motion, kind, chance)
    return Case(exam, sequence, kind, moving, motion @ exam.places[sequence])


def _direction(chance: np.random.Generator) -> np.ndarray:
    vector = chance.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))


def _about(point: np.ndarray, turn: np.ndarray) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    matrix[:3, 3] = point - matrix[:3, :3] @ point
    return matrix


def _scanned(scan: Volume, motion: Matrix, kind: str, chance: np.random.Generator) -> Volume:
    """Sample a moved head on a tilted grid of thin or thick slices, whole or cut off below."""
    fine = float(scan.grid.spacing.min())
    thickness = SLICE_MM[kind]
    slices = 1 if thickness is None else round(chance.choice(thickness) / fine)
    middle = moved(scan.affine, (np.array(scan.data.shape) - 1) / 2)
    tilt = _about(middle, np.deg2rad(chance.uniform(-15, 15)) * np.array([1.0, 0.0, 0.0]))
    # Room for what the motion carries out of the field.
    margin = int(np.ceil(45.0 / fine))
    affine = scan.affine.copy()
    affine[:3, 3] = moved(scan.affine, -np.full(3, margin))
    affine = tilt @ affine
    pull = np.linalg.inv(motion @ scan.affine) @ affine
    shape = tuple(np.array(scan.data.shape) + 2 * margin)
    data = ndimage.affine_transform(scan.data, pull[:3, :3], pull[:3, 3], shape, order=1)
    seen = Volume(data, affine)
    through = int(np.argmax(np.abs(affine[2, :3])))
    if kind == "cut":
        used = np.flatnonzero((data > 0).any(axis=tuple(a for a in range(3) if a != through)))
        part = [slice(0, n) for n in data.shape]
        # Canonical axes: the lowest slices come first.
        part[through] = slice(int(used[0] + CUT_SHARE * (used[-1] - used[0])), shape[through])
        seen = seen.cropped((part[0], part[1], part[2]))
    factors = [1, 1, 1]
    factors[through] = slices
    return from_itk(sitk.BinShrink(to_itk(seen.data, seen.affine), factors))


def _gadless(case: Case) -> Matrix:
    head = Head.of(case.exam.t1, case.exam.brain)
    title = case.sequence.upper()
    return align_sequence(head, case.moving, case.sequence, title, Preprocess(), Findings())


def _simpleitk(case: Case) -> Matrix:
    fixed = to_itk(case.exam.t1.data, case.exam.t1.affine)
    moving = to_itk(case.moving.data, case.moving.affine)
    start = sitk.CenteredTransformInitializer(
        fixed,
        moving,
        sitk.Euler3DTransform(),
        sitk.CenteredTransformInitializerFilter.GEOMETRY,
    )
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=50)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.01, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsGradientDescent(
        learningRate=1.0,
        numberOfIterations=100,
        convergenceMinimumValue=1e-6,
        convergenceWindowSize=10,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(start, inPlace=False)
    return ras_matrix(method.Execute(fixed, moving))


def _ants(case: Case) -> Matrix:
    import ants

    images = []
    with tempfile.TemporaryDirectory() as name:
        for number, volume in enumerate((case.exam.t1, case.moving)):
            path = str(Path(name) / f"{number}.nii.gz")
            nibabel.save(nibabel.Nifti1Image(volume.data, volume.affine), path)
            images.append(ants.image_read(path))
        done = ants.registration(*images, type_of_transform="Rigid", random_seed=1)
        found = sitk.ReadTransform(done["fwdtransforms"][0])
    for path in done["fwdtransforms"]:
        Path(path).unlink(missing_ok=True)
    return ras_matrix(found)


def _niftyreg(case: Case) -> Matrix:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, volume in (("ref", case.exam.t1), ("flo", case.moving)):
            image = nibabel.Nifti1Image(volume.data, volume.affine)
            nibabel.save(image, folder / f"{file}.nii.gz")
        command = ["reg_aladin", "-rigOnly", "-omp", "1"]
        for option in ("ref", "flo"):
            command += [f"-{option}", str(folder / f"{option}.nii.gz")]
        command += ["-aff", str(folder / "aff.txt"), "-res", str(folder / "res.nii.gz")]
        subprocess.run(command, check=True, capture_output=True)
        return np.loadtxt(folder / "aff.txt")


TOOLS: dict[str, Tool] = {
    "gadless": _gadless,
    "simpleitk": _simpleitk,
    "ants": _ants,
    "niftyreg": _niftyreg,
}


def _installed(tool: str) -> bool:
    there = {"ants": find_spec("ants"), "niftyreg": shutil.which("reg_aladin")}.get(tool, True)
    if not there:
        print(f"{tool} is not installed: left out")
    return bool(there)


if __name__ == "__main__":
    main()
