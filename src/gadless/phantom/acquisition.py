"""The scanner: head position, field of view, bias, noise, and files.

Each sequence is taken with the head in its own position and on its own grid, so a pipeline has
something to register. Labels are in the position and on the grid of T1.
"""

import logging
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gadless.errors import InputError
from gadless.files import write_json, written_whole
from gadless.nifti import nibabel as nib
from gadless.phantom.fields import Array, Grid, random_stream
from gadless.phantom.lesion import PREDICTABILITY
from gadless.phantom.patient import TrueHead, build_head
from gadless.phantom.place import Position, resample, resample_part
from gadless.phantom.signal import scanner, sequence_signal
from gadless.phantom.state import SEQUENCES, ExamState
from gadless.phantom.variety import Scanner

logger = logging.getLogger(__name__)

Matrix = NDArray[np.float64]

LABELS = {"enhancing": 1, "nonenhancing": 2, "necrosis": 3}
# Largest move, uniform on each axis: between visits, and between a visit's sequences.
VISIT_MOVE = (3.0, 4.0)  # degrees, mm
SEQUENCE_MOVE = (1.5, 2.0)
# Signal over noise in white matter at 1 mm; noise falls with the root of the voxel's volume, as
# if the same signal were averaged into larger voxels.
SNR_1MM = {"t1": 16.0, "t1c": 16.0, "t2": 14.0, "flair": 14.0}
BIAS_SD = {"t1": 0.11, "t1c": 0.11, "t2": 0.09, "flair": 0.09}
WHITE_MATTER_LEVEL = 400.0
CORRUPT_SHARE = 0.6
FWHM_OF_SD = 2.3548

# How each site stores its volumes: orientation codes, tilt of the slices about the left-right
# axis (degrees), and millimetres added to the field of view, for T1 and T1c, T2, FLAIR.
LAYOUTS = {
    "north": {"t1": ("RAS", 0.0, 0.0), "t2": ("LPS", 8.0, 0.0), "flair": ("LPS", 8.0, 4.0)},
    "centre": {"t1": ("PSR", 0.0, 4.0), "t2": ("LPS", 5.0, 0.0), "flair": ("LAS", 5.0, 0.0)},
    "south": {"t1": ("LAS", 3.0, 0.0), "t2": ("LAS", 3.0, 6.0), "flair": ("PSR", 0.0, 0.0)},
}


def rigid(rng: np.random.Generator, degrees: float, millimetres: float) -> Matrix:
    """Draw a rigid motion, uniform on each axis."""
    matrix = np.eye(4)
    turn = Rotation.from_euler("xyz", rng.uniform(-degrees, degrees, 3), degrees=True)
    matrix[:3, :3] = turn.as_matrix()
    matrix[:3, 3] = rng.uniform(-millimetres, millimetres, 3)
    return matrix


def position(state: ExamState, sequence: str, grid: Grid) -> Position:
    """Draw the head's position for a sequence, and lay the site's grid over it."""
    visit = rigid(random_stream(state.seed, "position", state.visit), *VISIT_MOVE)
    own = rigid(random_stream(state.seed, "position", state.visit, sequence), *SEQUENCE_MOVE)
    layout = LAYOUTS[state.site]
    codes, tilt, margin = layout["t1" if sequence == "t1c" else sequence]
    extent = np.array(grid.shape) * grid.spacing + margin
    centre = np.array(grid.origin) + (np.array(grid.shape) - 1) * grid.spacing / 2
    storage = nib.orientations.axcodes2ornt(codes)
    axes = np.zeros((3, 3))
    # Column i of the affine: the world axis along which stored axis i runs.
    for stored, (world, sign) in enumerate(storage):
        axes[int(world), stored] = sign
    shape = np.rint(extent[storage[:, 0].astype(int)] / grid.spacing).astype(int)
    turn = Rotation.from_euler("x", tilt, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes * grid.spacing
    affine[:3, 3] = centre - affine[:3, :3] @ ((shape - 1) / 2)
    return Position(own @ visit, affine, (int(shape[0]), int(shape[1]), int(shape[2])))


def bias_field(rng: np.random.Generator, shape: tuple[int, int, int], sd: float) -> Array:
    """Multiplicative receive field: the exponential of a few slow cosines, log sd about `sd`."""
    waves = [
        np.cos(np.pi * np.outer(np.linspace(0, 1, n), np.arange(3))).astype(np.float32)
        for n in shape
    ]
    weights = rng.standard_normal((3, 3, 3))
    order = np.add.outer(np.add.outer(np.arange(3), np.arange(3)), np.arange(3))
    weights = np.where((order > 0) & (order <= 3), weights / np.maximum(order, 1), 0)
    field = np.einsum("xi,yj,zk,ijk->xyz", *waves, weights.astype(np.float32), optimize=True)
    return np.asarray(np.exp(sd * (field - field.mean()) / field.std()), dtype=np.float32)


def add_rician_noise(signal: Array, sd: float, rng: np.random.Generator) -> Array:
    """Magnitude of the signal with Gaussian noise of `sd` on both channels."""
    real = signal + np.float32(sd) * rng.standard_normal(signal.shape, dtype=np.float32)
    imaginary = np.float32(sd) * rng.standard_normal(signal.shape, dtype=np.float32)
    return np.asarray(np.hypot(real, imaginary), dtype=np.float32)


def white_matter_signal(head: TrueHead, signal: Array) -> float:
    """Median signal of pure white matter."""
    return float(np.median(signal[head.anatomy.fractions["wm"] > 0.9]))


def protocol(state: ExamState, sequence: str) -> Scanner:
    """Return what a sequence is taken with: the site's scanner, or the exam's own."""
    own = state.variety.after if sequence == "t1c" else state.variety.before
    return scanner(state.site) if own is None else own


def thick_slices(seen: Array, axis: int, thickness_mm: float, spacing_mm: float) -> Array:
    """Average along one axis as slices of a thickness (FWHM, mm) do."""
    sigma = thickness_mm / spacing_mm / FWHM_OF_SD
    return np.asarray(ndimage.gaussian_filter1d(seen, sigma, axis), dtype=np.float32)


def acquire(state: ExamState, head: TrueHead, sequence: str) -> nib.Nifti1Image:
    """Scan one sequence."""
    grid = head.anatomy.grid
    variety = state.variety
    signal = sequence_signal(sequence, head.maps, protocol(state, sequence))
    white = white_matter_signal(head, signal)
    place = position(state, sequence, grid)
    seen = np.maximum(resample(np.asarray(signal, dtype=np.float32), grid, place, order=3), 0)
    rng = random_stream(state.seed, "scan", state.visit, sequence)
    if sequence in variety.slices:
        seen = thick_slices(seen, *variety.slices[sequence], grid.spacing)
    if variety.ghost > 0:
        axis = int(rng.integers(3))
        seen = seen + np.float32(variety.ghost) * np.roll(seen, seen.shape[axis] // 5, axis)
    seen *= bias_field(rng, place.shape, variety.bias * BIAS_SD[sequence])
    sd = variety.noise * white / SNR_1MM[sequence] / grid.spacing**1.5
    noisy = add_rician_noise(seen, sd, rng)
    gain = WHITE_MATTER_LEVEL / white * np.exp(rng.normal(0, 0.2))
    stored = np.clip(np.rint(noisy * gain), 0, np.iinfo(np.int16).max).astype(np.int16)
    return _image(stored, place)


def _image(stored: NDArray[np.int16] | NDArray[np.uint8], place: Position) -> nib.Nifti1Image:
    image = nib.Nifti1Image(stored, place.affine)
    image.set_sform(place.affine, code=1)
    image.set_qform(place.affine, code=1)
    image.header.set_xyzt_units("mm")
    return image


def label_image(head: TrueHead, place: Position) -> NDArray[np.uint8]:
    """Labels on a sequence's grid, each with its true volume to within a voxel.

    A thin rim fills few voxels by half, so a threshold at one half would lose much of it. Each
    compartment takes instead the voxels that it fills most, as many as its volume amounts to.
    """
    grid = head.anatomy.grid
    labels = np.zeros(place.shape, np.uint8)
    for name in ("enhancing", "necrosis", "nonenhancing"):
        occupancy = getattr(head.tumour, name)
        count = round(float(occupancy.sum(dtype=np.float64)))
        if count == 0:
            continue
        seen = np.where(labels == 0, resample_part(occupancy, grid, place), 0).ravel()
        # Most of the head holds nothing of it.
        some = np.flatnonzero(seen > 0)
        if some.size > count:
            some = some[np.argpartition(seen[some], some.size - count)[some.size - count :]]
        labels.ravel()[some] = LABELS[name]
    return labels


def _truth(state: ExamState, head: TrueHead, labels: NDArray[np.uint8], spacing: float) -> dict:
    voxel = spacing**3 / 1000
    requested = {
        name: sum(getattr(lesion, f"{name}_cm3") for lesion in state.lesions) for name in LABELS
    }
    rendered = {
        name: float(getattr(head.tumour, name).sum(dtype=np.float64)) * voxel for name in LABELS
    }
    for name, wanted in requested.items():
        if rendered[name] < 0.98 * wanted - voxel:
            logger.warning(
                "%s %s: the brain has room for %.1f of %.1f cm3 of %s",
                state.patient, state.visit, rendered[name], wanted, name,
            )  # fmt: skip
    places = {name: position(state, name, head.anatomy.grid) for name in SEQUENCES}
    return {
        "patient": state.patient,
        "visit": state.visit,
        "day": state.day,
        "site": state.site,
        "seed": state.seed,
        "spacing_mm": spacing,
        "lesions": [asdict(lesion) for lesion in state.lesions],
        "requested_cm3": requested,
        "rendered_cm3": rendered,
        "labelled_cm3": {
            name: int((labels == value).sum()) * voxel for name, value in LABELS.items()
        },
        "anatomy_to_scanner": {name: place.move for name, place in places.items()},
        "uptake": head.factor,
        "predictability": PREDICTABILITY,
        "protocol": asdict(protocol(state, "t1")),
        "variety": asdict(state.variety),
        "corrupt": state.corrupt,
    }


def check_state(state: ExamState) -> None:
    """Raise `InputError` where a state cannot be drawn."""
    scanner(state.site)
    where = f"patient {state.patient}, visit {state.visit}"
    if state.corrupt is not None and state.corrupt not in SEQUENCES:
        raise InputError(f"{where}: no such sequence to corrupt: {state.corrupt!r}")
    numbers = [lesion.lesion for lesion in state.lesions]
    if len(set(numbers)) < len(numbers) or any(number < 0 for number in numbers):
        raise InputError(f"{where}: lesion numbers must be distinct and not negative: {numbers}")
    for lesion in state.lesions:
        if min(lesion.enhancing_cm3, lesion.necrosis_cm3, lesion.nonenhancing_cm3) < 0:
            raise InputError(f"{where}: lesion {lesion.lesion} has a negative volume")


def render_exam(state: ExamState, folder: Path, spacing_mm: float) -> None:
    """Scan one exam: `t1`, `t1c`, `t2`, `flair`, `truth.nii.gz` and `truth.json`.

    Equal states give equal bytes. Each file appears whole or not at all (a corrupt one appears
    truncated, as told).

    Parameters
    ----------
    state : ExamState
    folder : Path
        Made if missing.
    spacing_mm : float
        Voxel of all sequences.

    Raises
    ------
    InputError
        If the state cannot be drawn.
    """
    check_state(state)
    head = build_head(state, spacing_mm)
    for sequence in SEQUENCES:
        with written_whole(folder / f"{sequence}.nii.gz") as scratch:
            nib.save(acquire(state, head, sequence), scratch)
            if sequence == state.corrupt:
                _truncate(scratch)
    place = position(state, "t1", head.anatomy.grid)
    labels = label_image(head, place)
    if state.variety.cavity:
        # What was taken out is no tumour.
        labels[labels == LABELS["necrosis"]] = 0
    with written_whole(folder / "truth.nii.gz") as scratch:
        nib.save(_image(labels, place), scratch)
    write_json(_truth(state, head, labels, spacing_mm), folder / "truth.json")


def _truncate(path: Path) -> None:
    """Cut a file short, as an interrupted transfer does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(CORRUPT_SHARE * len(content))])
