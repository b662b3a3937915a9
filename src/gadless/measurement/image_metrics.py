"""How close a predicted subtraction map and its segmentation come to the acquired ones.

Whole-brain similarity alone would praise a generator that shows no enhancement at all
(the zero map scores well where little enhances), so each figure comes by region and beside that
baseline, and the lesion-restricted ones are those to read.

Structural similarity: Wang et al. 2004 (Gaussian window of 1.5 voxels, K1 0.01, K2 0.03), on the
subtraction map in units of the T1's brain median. Its data range is a constant, not the range of
the image at hand: scaling reference and prediction separately hides a bias between them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from gadless.images.recognition import recognise
from gadless.measurement.lesions import Lesion
from gadless.measurement.volumes import (
    ENHANCING,
    NECROSIS,
    LabelMap,
    Mask,
    box_around,
)

ZERO_MAP, MEAN_MAP = "zero_map", "mean_map"
"""What says nothing of the tumour: no enhancement, and the exam's own mean everywhere alike."""

# Brain medians of T1: from darkening by half a median to the brightest rims, 2.5 above.
DATA_RANGE = 3.0
SSIM_SIGMA, SSIM_TRUNCATE = 1.5, 3.5
_C1, _C2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2

# Enhancement is judged with its surroundings, where a generator puts what it misplaces.
SURROUNDINGS_MM = 5.0

Image = NDArray[np.float32]
Row = tuple[str, str, float]


@dataclass(frozen=True)
class Exam:
    """What was acquired, cut to the brain.

    Attributes
    ----------
    subtraction : ndarray of float32, (x, y, z)
        Acquired subtraction map, brain medians of T1.
    brain : ndarray of bool
    labels : LabelMap
        The segmentation on acquired contrast.
    """

    subtraction: Image
    brain: Mask
    labels: LabelMap

    @cached_property
    def regions(self) -> dict[str, Mask]:
        """Name the regions in which images are compared; all within the brain, any may be empty."""
        labels = self.labels.labels
        enhancing = _within(SURROUNDINGS_MM, labels == ENHANCING, self.labels.spacing_mm)
        abnormality = labels > 0
        return {
            "brain": self.brain,
            "enhancing": enhancing & self.brain,
            "abnormality": abnormality & self.brain,
            "normal": self.brain & ~abnormality & ~enhancing,
        }


def compare_images(exam: Exam, predicted: Image) -> Iterator[Row]:
    """Compare a predicted subtraction map with the acquired one.

    Parameters
    ----------
    exam : Exam
    predicted : ndarray of float32, (x, y, z)
        On the same grid; zeros for the baseline.

    Yields
    ------
    tuple of (region, metric, value)
        ``ssim``, ``mae`` (brain medians) and ``psnr`` (dB, over `DATA_RANGE`) of every region, and
        ``contrast_recovery`` of ``enhancing``: mean predicted over mean acquired enhancement within
        the reference's enhancing label itself. NaN where a region is empty, and where a ratio has
        no denominator.
    """
    structure = similarity_map(exam.subtraction, predicted)
    error = predicted - exam.subtraction
    for region, mask in exam.regions.items():
        yield region, "ssim", _mean(structure[mask])
        yield region, "mae", _mean(np.abs(error[mask]))
        yield region, "psnr", _decibels(_mean(error[mask] ** 2))
    label = exam.labels.labels == ENHANCING
    acquired = _mean(exam.subtraction[label])
    recovery = _mean(predicted[label]) / acquired if acquired > 0 else float("nan")
    yield "enhancing", "contrast_recovery", recovery


def compare_segmentations(reference: LabelMap, candidate: LabelMap | None) -> Iterator[Row]:
    """Dice of each compartment.

    Parameters
    ----------
    reference : LabelMap
    candidate : LabelMap or None
        None stands for the zero map, on which nothing enhances; it says nothing of the rest.

    Yields
    ------
    tuple of (region, metric, value)
    """
    yield (
        "enhancing",
        "dice",
        dice(
            reference.labels == ENHANCING,
            np.zeros_like(reference.labels, dtype=bool)
            if candidate is None
            else candidate.labels == ENHANCING,
        ),
    )
    if candidate is not None:
        yield "abnormality", "dice", dice(reference.labels > 0, candidate.labels > 0)
        yield (
            "necrosis",
            "dice",
            dice(reference.labels == NECROSIS, candidate.labels == NECROSIS),
        )


def compare_lesions(
    reference: Sequence[Lesion], candidate: Sequence[Lesion], shape: tuple[int, ...]
) -> Iterator[Row]:
    """Compare enhancing tumour lesion by lesion, by the extent that names a lesion on any visit.

    Parameters
    ----------
    reference, candidate : sequence of Lesion
        Of one visit and grid; none of the zero map.
    shape : tuple of int
        Of that grid.

    Yields
    ------
    tuple of (region, metric, value)
        ``lesion_f1``, ``lesion_iou``, ``lesions_missed`` and ``lesions_false``; see
        `gadless.images.recognition.Recognition`.
    """
    found = recognise(_numbered(reference, shape), _numbered(candidate, shape))
    yield "enhancing", "lesion_f1", found.f1
    yield "enhancing", "lesion_iou", found.iou
    yield "enhancing", "lesions_missed", float(found.missed)
    yield "enhancing", "lesions_false", float(found.false)


def _numbered(lesions: Sequence[Lesion], shape: tuple[int, ...]) -> NDArray[np.int32]:
    numbers = np.zeros(shape, np.int32)
    for number, lesion in enumerate(lesions, 1):
        numbers[lesion.box][lesion.mask] = number
    return numbers


def dice(one: Mask, other: Mask) -> float:
    """Dice coefficient; NaN if both are empty (nothing to agree on), 0 if one is.

    Counting two empty masks as 1 would reward exams without tumour, as 0 would punish them; as NaN
    they leave the median and stay in the table, to be counted.
    """
    size = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    if size == 0:
        return float("nan")
    return 2.0 * int(np.count_nonzero(one & other)) / size


def similarity_map(reference: Image, predicted: Image) -> Image:
    """Structural similarity of each voxel's neighbourhood (Wang et al. 2004)."""
    blurred = _blur(reference)
    variance = _blur(reference**2) - blurred**2
    if not predicted.any():
        # The zero map: its mean, variance and covariance are zero everywhere.
        return np.asarray(_C1 / (blurred**2 + _C1) * (_C2 / (variance + _C2)))
    other = _blur(predicted)
    other_variance = _blur(predicted**2) - other**2
    covariance = _blur(reference * predicted) - blurred * other
    luminance = (2 * blurred * other + _C1) / (blurred**2 + other**2 + _C1)
    return np.asarray(luminance * (2 * covariance + _C2) / (variance + other_variance + _C2))


def _within(distance_mm: float, mask: Mask, spacing_mm: tuple[float, float, float]) -> Mask:
    """Voxels at most so far from a mask."""
    near = np.zeros_like(mask)
    box = box_around(mask, margin=int(np.ceil(distance_mm / min(spacing_mm))))
    if box is not None:
        near[box] = distance_transform_edt(~mask[box], sampling=spacing_mm) <= distance_mm
    return near


def _blur(image: Image) -> Image:
    return np.asarray(gaussian_filter(image, SSIM_SIGMA, truncate=SSIM_TRUNCATE))


def _mean(values: Image) -> float:
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")


def _decibels(squared_error: float) -> float:
    """Peak signal to noise; NaN for a perfect prediction, whose figure would be infinite."""
    return (
        float(10 * np.log10(DATA_RANGE**2 / squared_error)) if squared_error > 0 else float("nan")
    )


def cut_to_brain(
    subtraction: Image, brain: Mask, labels: LabelMap
) -> tuple[Exam, tuple[slice, slice, slice]]:
    """Cut an exam to the brain and a margin as wide as the window of `similarity_map`.

    Returns
    -------
    exam : Exam
    box : tuple of slice
        To cut predictions with.
    """
    box = (
        box_around(brain | (labels.labels > 0), margin=round(SSIM_SIGMA * SSIM_TRUNCATE))
        or (slice(0, 0),) * 3
    )
    exam = Exam(
        subtraction[box].astype(np.float32), brain[box], LabelMap(labels.labels[box], labels.affine)
    )
    return exam, box
