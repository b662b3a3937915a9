"""A segmentation by a reader or another network: read, recoded, carried over, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.brought.place import WORLD, Exam, Place
from gadless.images.quality import Findings, Limit
from gadless.images.ranks import brighter
from gadless.images.reading import read_plain
from gadless.images.resampling import labels_onto_grid
from gadless.images.volume import Grid, Mask, Matrix
from gadless.trial.codings import coding, meaning

ENHANCING, NONENHANCING, NECROSIS = 1, 2, 3
Coded = str | Mapping[int, int]

# A label map that was stored with a scale comes back within this of whole numbers.
WHOLE = 1e-3
# A tumour at the surface may lie outside the brain mask, which is not the reader's.
INSIDE_WARN, INSIDE_FAIL = 0.90, 0.50
# On the grid of no scan of the visit, what is labelled must lie in the brain.
WORLD_FAIL = 0.90
# The largest gliomatoses fill some 40% of a brain (500 cm3); what labels more is no tumour's mask.
MOST_OF_BRAIN = 0.60
# The same where no scan says how large the brain is: an adult's has 1,000 cm3 and more.
MOST_CM3 = 800.0
# Rank of a label's voxels among the brain's: 0.5 is chance. On eleven real exams the enhancing
# label of an exam's own mask had 0.92 and more on the acquired subtraction map, that of a mirrored
# or another patient's 0.77 and less; the non-enhancing one on FLAIR 0.86 and more, and most others'
# under 0.7.
ENHANCES_WARN, ENHANCES_FAIL = 0.85, 0.70
BRIGHT_WARN, BRIGHT_FAIL = 0.80, 0.60
# In all nine exams with both, enhancing tumour ranked above its core by 0.18 and more.
CORE_MARGIN = 0.1
# Fewer voxels say nothing by their rank.
RANKED_CM3 = 0.1


@dataclass(frozen=True)
class Labels:
    """A segmentation in our labels, on the grid of its file.

    Attributes
    ----------
    data : ndarray of uint8
        0 background, 1 enhancing, 2 non-enhancing abnormality, 3 necrosis.
    grid : Grid
        Axes turned to RAS.
    oriented : bool
        Whether the header states where the file lies.
    left_out_cm3 : dict of str to float
        What the coding calls no tumour: what it is, and its volume.
    """

    data: NDArray[np.uint8]
    grid: Grid
    oriented: bool
    left_out_cm3: dict[str, float]


def read_labels(path: Path, coded: Coded, column: str) -> Labels:
    """Read a segmentation and recode it.

    Parameters
    ----------
    path : Path
    coded : str or mapping
        See `gadless.trial.codings.coding`.
    column : str
        Opens the message.

    Raises
    ------
    DataFault
        If the file cannot be read, holds no whole numbers, or a label that the coding lacks.
    """
    image = read_plain(path, column)
    values, grid = image.volume.data, image.volume.grid
    if not np.isfinite(values).all():
        raise DataFault(f"{column}: voxels are NaN or infinite; give whole labels")
    whole = np.rint(values)
    between = np.abs(values - whole) > WHOLE
    if between.any():
        some = f"{float(values[between][0]):.3g}"
        if values.min() >= 0 and values.max() <= 1:
            raise DataFault(
                f"{column}: holds {some}: probabilities, no labels; give the mask made of them"
            )
        raise DataFault(f"{column}: holds {some}, and labels are whole numbers")
    known = coding(coded)
    found, counts = np.unique(whole.astype(np.int64), return_counts=True)
    strange = [int(label) for label in found if int(label) not in known]
    if strange:
        shown = ", ".join(map(str, strange[:5])) + (", ..." if len(strange) > 5 else "")
        named = f"coding {coded!r}" if isinstance(coded, str) else "the configuration's coding"
        raise DataFault(
            f"{column}: holds label {shown}, which {named} does not know (it has "
            f"{', '.join(map(str, sorted(known)))})"
        )
    ours = np.zeros(values.shape, dtype=np.uint8)
    left_out = {}
    for label, count in zip(found.tolist(), counts.tolist(), strict=True):
        if known[label]:
            ours[whole == label] = known[label]
        elif label:
            left_out[meaning(coded, label)] = round(count * grid.voxel_cm3, 3)
    return Labels(ours, grid, image.oriented, left_out)


def place_of(labels: Labels, exam: Exam, column: str) -> Place:
    """Find whose grid a segmentation has; on that of no scan, take it where its header puts it.

    Raises
    ------
    DataFault
        If it has no scan's grid, and nothing in it or in its header says where it lies.
    """
    place = exam.place(labels.grid)
    if place is not None:
        return place
    nowhere = f"{column}: lies on the grid of none of this visit's scans"
    if not labels.oriented:
        raise DataFault(f"{nowhere}, and its header does not state where it lies")
    if not labels.data.any():
        raise DataFault(f"{nowhere}, and is empty: nothing tells whose it is")
    if "t1" not in exam.natives:
        raise DataFault(f"{nowhere}, and there is no T1 to place it by")
    return Place(WORLD, exam.natives["t1"][1])


def on_common_grid(labels: Labels, place: Place, exam: Exam) -> NDArray[np.uint8]:
    """Carry a segmentation to the common grid."""
    return labels_onto_grid(labels.data, labels.grid, exam.grid, place.common_to_file)


def check_inside(
    carried: NDArray[np.uint8], labels: Labels, place: Place, brain: Mask, exam: Exam, column: str
) -> tuple[float, str | None]:
    """Return the share of what is labelled that lies in the brain, and what is wrong with it.

    What fell off the common grid counts as outside.
    """
    inside = float(np.count_nonzero((carried > 0) & brain)) * exam.grid.voxel_cm3
    kept = float(np.count_nonzero(carried)) * exam.grid.voxel_cm3
    whole = kept + _off_grid(labels, place, exam)
    share = inside / whole if whole > 0 else 1.0
    if place.name == WORLD and share < WORLD_FAIL:
        return share, (
            f"{column}: lies on the grid of none of this visit's scans, and by its header only"
            f" {share:.0%} of it lie in the brain; give it on the grid of one of them"
        )
    if share < INSIDE_FAIL:
        return share, f"{column}: only {share:.0%} of it lie in the brain: another patient's?"
    return share, None


def check_size(
    carried: NDArray[np.uint8], voxel_cm3: float, brain: Mask | None, column: str
) -> None:
    """Refuse what is a mask of the brain, whatever coding is stated for it.

    Parameters
    ----------
    brain : ndarray of bool or None
        None where the visit has no scan.

    Raises
    ------
    DataFault
        If it labels more than any tumour fills.
    """
    labelled = np.count_nonzero(carried) * voxel_cm3
    most = MOST_CM3
    if brain is not None:
        most = MOST_OF_BRAIN * np.count_nonzero(brain) * voxel_cm3
    if labelled > most:
        raise DataFault(
            f"{column}: labels {labelled:,.0f} cm3, more than any tumour fills (here at most"
            f" {most:,.0f}): is it a mask of the brain, or of its tissues?"
        )


def _off_grid(labels: Labels, place: Place, exam: Exam) -> float:
    """Volume, cm3, of what is labelled beyond the common grid."""
    index = np.argwhere(labels.data > 0)
    to_common: Matrix = (
        np.linalg.inv(exam.grid.affine) @ np.linalg.inv(place.common_to_file) @ labels.grid.affine
    )
    points = index @ to_common[:3, :3].T + to_common[:3, 3]
    beyond = ((points < -0.5) | (points > np.array(exam.grid.shape) - 0.5)).any(axis=1)
    return float(beyond.sum()) * labels.grid.voxel_cm3


def rank_of(image: NDArray[np.float32], label: Mask, rest: Mask, voxel_cm3: float) -> float | None:
    """Probability that a voxel of a label is brighter than one of the rest of the brain.

    The area under the ROC curve (Hanley & McNeil, Radiology 1982;143:29), whatever the scale.

    Returns
    -------
    float or None
        0 to 1, chance 0.5; None where the label is too small to say.
    """
    inside, outside = image[label], image[rest]
    if inside.size * voxel_cm3 < RANKED_CM3 or outside.size == 0:
        return None
    return brighter(inside, outside)


def check_bright(
    carried: NDArray[np.uint8],
    images: Mapping[str, NDArray[np.float32]],
    brain: Mask,
    voxel_cm3: float,
    column: str,
    findings: Findings,
    *,
    acquired: bool,
) -> None:
    """Compare labels with what the visit's own scans show where they lie.

    Parameters
    ----------
    images : mapping
        ``subtraction`` and ``flair``, of those that there are.
    acquired : bool
        Whether the mask was drawn on the acquired T1c. What does not show there is a fault then; a
        candidate's mask may rightly err, and is flagged alone: refused, its errors would be missing
        instead of wrong.

    Raises
    ------
    DataFault
        If what is labelled does not show: another patient's mask, a mirrored one, another coding.
    """
    rest = brain & (carried == 0)
    asked = (
        ("subtraction", ENHANCING, "enhancing", "enhance in the T1c", ENHANCES_WARN, ENHANCES_FAIL),
        ("flair", NONENHANCING, "non-enhancing", "stand out on FLAIR", BRIGHT_WARN, BRIGHT_FAIL),
    )
    for name, label, called, shows, warn, fail in asked:
        if name not in images:
            continue
        rank = rank_of(images[name], (carried == label) & brain, rest, voxel_cm3)
        if rank is None:
            continue
        figure = f"rank of its {called} label on {name}"
        limit = Limit("at_least", warn, fail if acquired else 0)
        reason = (
            f"{column}: what it calls {called} does not {shows} (rank {rank:.2f}, chance 0.5):"
            " another patient's or another visit's mask, a mirrored one, or another coding"
        )
        findings.hold(column, "brought", figure, rank, limit, reason)
        if label == ENHANCING:
            core = rank_of(images[name], (carried == NECROSIS) & brain, rest, voxel_cm3)
            _check_core(rank, core, column, findings, acquired=acquired)


def _check_core(
    rank: float, core: float | None, column: str, findings: Findings, *, acquired: bool
) -> None:
    """Compare the core with its rim, which enhances more."""
    if core is None or core < rank + CORE_MARGIN:
        return
    figure = "rank of its necrosis on subtraction, above that of its enhancing label"
    findings.note(column, "brought", figure, core, warn=True)
    if acquired:
        raise DataFault(
            f"{column}: what it calls necrosis enhances more than what it calls enhancing (rank"
            f" {core:.2f} and {rank:.2f}): another coding"
        )
