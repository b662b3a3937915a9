"""A post-contrast T1 or a subtraction map that another generator made, as a map of ours."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gadless.errors import DataFault
from gadless.images.agreement import local_correlation
from gadless.images.alignment import CORE_MM, Head, align_sequence, grown
from gadless.images.brought.place import Exam, Map, Place, Unit
from gadless.images.normalise import normalise_to_t1
from gadless.images.quality import Findings, Limit, limits
from gadless.images.reading import Scan, read_plain, read_scan
from gadless.images.registration import mask_on_grid, working_copy
from gadless.images.resampling import coverage, mask_onto_grid, onto_grid
from gadless.images.volume import Mask, Matrix, Volume
from gadless.trial.config.imaging import Preprocess

# Of all voxels of a T1c with air at 0, hardly one is darker than this share of the brain's median.
DARKEST_PERCENTILE, DARKEST = 1.0, -0.05
# Percentiles of a map in the brain that stand for its two tails.
TAILS = (0.5, 99.5)
# Lower tail over upper one. On 14 real exams acquired maps had 0.13 to 0.99, predicted ones 0.06 to
# 0.37; turned round, at least 1.01 and 2.7.
SIGN_WARN, SIGN_FAIL = 1.0, 1.25
# 99.9th percentile of the map's size, in brain medians of the T1: on the same exams 0.64 to 3.2.
SIZE_PERCENTILE, LEAST_SIZE, LARGEST_SIZE = 99.9, 0.05, 10.0
# Local correlation of a map with the T1: own maps 0.11 and more, those of others 0.14 and less.
ANATOMY_WARN = 0.10
# Correlation with the acquired map in the brain: on the same exams predicted maps had 0.31 and
# less, copies 0.98 and more, turned and resampled ones 0.94, with 5% noise added 0.98.
LEAK_WARN, LEAK_FAIL = 0.80, 0.93


def map_of_t1c(
    path: Path,
    exam: Exam,
    t1: Volume,
    brain: Mask,
    settings: Preprocess,
    column: str,
    findings: Findings,
    others: Iterable[Map] = (),
) -> tuple[Map, str]:
    """Subtract the T1 from a synthetic post-contrast T1.

    Parameters
    ----------
    path : Path
        In the space of a sequence of the visit, or of a grid of its own, from which it is
        registered to the T1.
    exam : Exam
    t1 : Volume
        Normalised T1 on the common grid.
    brain : ndarray of bool
    settings : Preprocess
    column : str
        Opens the messages.
    findings : Findings
    others : iterable of ndarray of float32
        The visit's T2 and FLAIR, normalised, where they are there.

    Returns
    -------
    map : ndarray of float32
        In units of the T1's brain median, 0 outside the brain.
    place : str
        Whose grid it had.

    Raises
    ------
    DataFault
        If it cannot be read, does not match the T1, or its scale has no zero.
    """
    scan = read_scan(path, column)
    name, matrix = _align(scan, exam, t1, brain, settings, column, findings)
    share = coverage(scan.volume.grid, exam.grid, matrix, brain)
    _require_cover(share, settings, column, findings)
    image = onto_grid(scan.volume, exam.grid, matrix, brain)
    _check_zero(scan.volume.data, image.data[brain], column)
    data, spread = normalise_to_t1(image, t1.data, brain, column, others)
    findings.note(column, "normalise", "robust sd of log ratio to T1", spread)
    return np.where(brain, data - t1.data, 0).astype(np.float32), name


def _check_zero(values: NDArray[np.float32], inside: NDArray[np.float32], column: str) -> None:
    """Refuse a T1c without a zero: a ratio to the T1 means nothing then."""
    level, darkest = float(np.median(inside)), float(np.percentile(values, DARKEST_PERCENTILE))
    if level <= 0 or darkest < DARKEST * level:
        raise DataFault(
            f"{column}: intensities fall below zero ({darkest:.3g}; median in the brain"
            f" {level:.3g}): z-scored or shifted; give a T1c in which air is 0"
        )


def _align(
    scan: Scan,
    exam: Exam,
    t1: Volume,
    brain: Mask,
    settings: Preprocess,
    column: str,
    findings: Findings,
) -> tuple[str, Matrix]:
    """Find the space that it is in by its grid, if the anatomy agrees; else register it."""
    fixed, moving = working_copy(t1), working_copy(scan.volume)
    inside = mask_on_grid(brain, t1.grid, fixed.grid, np.eye(4))
    core = grown(inside, fixed, -CORE_MM)
    best: tuple[float, Place] | None = None
    for place in exam.places(scan.volume.grid):
        agreement = local_correlation(fixed, core, moving, place.common_to_file)
        if best is None or agreement > best[0]:
            best = agreement, place
    limit = limits(settings.quality)["similarity"]
    if best is not None and not limit.fails(best[0]):
        agreement, place = best
        figure = f"local correlation with T1, on the grid of {place.name}"
        findings.hold(column, "brought", figure, agreement, limit)
        return place.name, place.common_to_file
    head = Head.of(t1, brain)
    matrix = align_sequence(head, scan.volume, column, column, settings, findings)
    return "registered to the T1", matrix


def _require_cover(share: float, settings: Preprocess, column: str, findings: Findings) -> None:
    figure = "share of the brain in the field of view"
    reason = f"{column}: field of view holds {share:.0%} of the brain"
    findings.hold(column, "brought", figure, share, limits(settings.quality)["coverage"], reason)


def map_as_given(
    path: Path,
    exam: Exam,
    brain: Mask,
    unit: Unit,
    settings: Preprocess,
    column: str,
    findings: Findings,
) -> tuple[Map, str]:
    """Bring a predicted subtraction map over.

    Parameters
    ----------
    unit : str or float
        ``t1_median``: ours; ``t1``: those of the visit's T1 file; or what one unit of the map is in
        brain medians of the T1.

    Returns
    -------
    map, place
        As `map_of_t1c`.

    Raises
    ------
    DataFault
        If it cannot be read or lies on the grid of no scan of the visit.
    """
    image = read_plain(path, column)
    place = exam.place(image.volume.grid)
    if place is None:
        raise DataFault(
            f"{column}: lies on the grid of none of this visit's scans; a map is taken on the grid"
            " of one of them"
        )
    values = _finite(image.volume, exam, place, brain, column)
    share = coverage(image.volume.grid, exam.grid, place.common_to_file, brain)
    _require_cover(share, settings, column, findings)
    moved = onto_grid(
        Volume(values, image.volume.affine), exam.grid, place.common_to_file, brain, signed=True
    )
    inside = moved.data[brain]
    if inside.min() == inside.max():
        raise DataFault(
            f"{column}: the map is {inside.min():g} everywhere in the brain: nothing is predicted"
        )
    return np.where(brain, moved.data * _factor(unit, exam), 0).astype(np.float32), place.name


def _finite(
    volume: Volume, exam: Exam, place: Place, brain: Mask, column: str
) -> NDArray[np.float32]:
    """Take what is no number for 0 outside the brain, where maps of ratios often hold it."""
    strange = ~np.isfinite(volume.data)
    if not strange.any():
        return volume.data
    reached = mask_onto_grid(strange, volume.grid, exam.grid, place.common_to_file)
    if (reached & brain).any():
        raise DataFault(f"{column}: voxels in the brain are NaN or infinite")
    return np.where(strange, np.float32(0), volume.data)


def _factor(unit: Unit, exam: Exam) -> np.float32:
    if unit == "t1_median":
        return np.float32(1)
    if unit == "t1":
        return np.float32(1 / exam.medians["t1"])
    return np.float32(unit)


def check_map(predicted: Map, t1: Volume, brain: Mask, column: str, findings: Findings) -> None:
    """Ask of a map what all maps of enhancement have in common.

    Raises
    ------
    DataFault
        If it is flat, of another scale, or looks like pre- minus post-contrast.
    """
    inside = predicted[brain]
    low, high = np.percentile(inside, TAILS)
    size = float(np.percentile(np.abs(inside), SIZE_PERCENTILE))
    findings.note(column, "brought", "largest values, brain medians of the T1", size)
    if size < LEAST_SIZE:
        raise DataFault(
            f"{column}: nothing in it exceeds {size:.2g} of the T1's brain median, and vessels do:"
            " nothing is predicted, or its units are others"
        )
    if size > LARGEST_SIZE:
        raise DataFault(
            f"{column}: reaches {size:.3g} times the T1's brain median, which nothing does: its"
            " units are others"
        )
    tails = float(-low / high) if high > 0 else float("inf")
    figure = "darkening over brightening tail"
    reason = (
        f"{column}: more of the brain darkens than brightens ({low:.2g} to {high:.2g}): looks like"
        " pre- minus post-contrast"
    )
    limit = Limit("at_most", SIGN_WARN, SIGN_FAIL)
    findings.hold(column, "brought", figure, tails, limit, reason)
    fixed = working_copy(t1)
    core = grown(mask_on_grid(brain, t1.grid, fixed.grid, np.eye(4)), fixed, -CORE_MM)
    agreement = local_correlation(
        fixed, core, working_copy(Volume(predicted, t1.affine)), np.eye(4)
    )
    figure, limit = "local correlation of the map with T1", Limit("at_least", ANATOMY_WARN, 0.0)
    findings.hold(column, "brought", figure, agreement, limit)


def check_leak(predicted: Map, acquired: Map, brain: Mask, column: str, findings: Findings) -> None:
    """Compare a map with the acquired one: a copy of it is no prediction.

    Raises
    ------
    DataFault
        If the two are one image.
    """
    together = float(np.corrcoef(predicted[brain], acquired[brain])[0, 1])
    figure = "correlation with the acquired map"
    reason = (
        f"{column}: a copy of the acquired T1c (their maps correlate by {together:.3f}): a leak"
    )
    findings.hold(
        column, "brought", figure, together, Limit("at_most", LEAK_WARN, LEAK_FAIL), reason
    )
