"""Mutual information of two images as a smooth function of the motion between them.

Mattes' estimate (Mattes et al., IEEE TMI 2003;22:120): fixed samples, a zero-order window on the
fixed image, cubic B-spline windows on the moving one. SimpleITK offers the same measure; on these
six parameters its gradient descent stopped 1-2 mm short after 120 steps and its Powell search took
eight times as long as L-BFGS on the exact gradient given here (docs/preprocessing.md has the
figures).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gadless.images.volume import Mask, Matrix, Volume, moved

BINS = 32
# Intensities between these percentiles spread over the bins; the rest shares the outermost.
INTENSITY_RANGE = (0.5, 99.5)
# Fewer samples than this share inside the moving image say nothing about it.
LEAST_OVERLAP = 0.25

Values = NDArray[np.floating]


class MutualInformation:
    """Mutual information between samples of a fixed image and a moving image.

    Parameters
    ----------
    fixed : Volume
    region : ndarray of bool
        Where samples are drawn; each lies at a random place within its voxel, so that voxels of
        both images do not fall onto each other and make false peaks.
    moving : Volume
    samples : int
        How many, at most the voxels of the region.
    smoothing_mm : float
        Gaussian smoothing of both images.
    seed : int

    Attributes
    ----------
    points : ndarray, (samples, 3)
        Places of the samples, mm.
    """

    def __init__(
        self,
        fixed: Volume,
        region: Mask,
        moving: Volume,
        *,
        samples: int,
        smoothing_mm: float,
        seed: int,
    ) -> None:
        chance = np.random.default_rng(seed)
        voxels = np.argwhere(region)
        chosen = chance.choice(len(voxels), min(samples, len(voxels)), replace=False)
        index = voxels[np.sort(chosen)] + chance.uniform(-0.5, 0.5, (len(chosen), 3))
        seen = ndimage.map_coordinates(
            _smoothed(fixed, smoothing_mm), index.T, order=1, mode="nearest"
        )
        self.points = moved(fixed.affine, index)
        self._fixed_bin = np.rint(_binned(seen, seen, 0, BINS - 1)).astype(np.intp)
        image = _smoothed(moving, smoothing_mm)
        # One bin more on either side than a cubic window reaches.
        self._moving = _binned(image, image[image > 0], 1, BINS - 3).astype(np.float32)
        self._to_voxel = np.linalg.inv(moving.affine)

    def __call__(self, matrix: Matrix) -> tuple[float, Values]:
        """Evaluate at a motion.

        Parameters
        ----------
        matrix : ndarray, (4, 4)
            Fixed mm to moving mm.

        Returns
        -------
        information : float
            In nats; 0 if the images hardly overlap.
        force : ndarray, (samples, 3)
            Its derivative with respect to the place (mm, in the moving image) of each sample.
        """
        place = moved(self._to_voxel @ matrix, self.points)
        corner = np.floor(place).astype(np.intp)
        inside = ((corner >= 0) & (corner < np.array(self._moving.shape) - 1)).all(axis=1)
        force = np.zeros_like(self.points)
        if inside.mean() < LEAST_OVERLAP:
            return 0.0, force
        value, slope = _interpolated(self._moving, corner[inside], (place - corner)[inside])
        information, pull = _information(self._fixed_bin[inside], value)
        force[inside] = pull[:, None] * slope @ self._to_voxel[:3, :3]
        return information, force


def _smoothed(image: Volume, sigma_mm: float) -> NDArray[np.float32]:
    if sigma_mm == 0:
        return image.data
    result: NDArray[np.float32] = ndimage.gaussian_filter(image.data, sigma_mm / image.grid.spacing)
    return result


def _binned(values: NDArray, typical: NDArray, first: float, last: float) -> Values:
    """Spread intensities over bins `first` to `last`."""
    low, high = np.percentile(typical, INTENSITY_RANGE)
    share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    return np.asarray(first + share * (last - first))


def _interpolated(
    image: NDArray[np.float32], corner: NDArray[np.intp], part: Values
) -> tuple[Values, Values]:
    """Trilinear interpolation and its exact derivative per voxel."""
    strides = np.array([image.shape[1] * image.shape[2], image.shape[2], 1])
    flat, base = image.ravel(), corner @ strides
    x, y, z = part.T
    # Collapse z, then y, then x; each pair keeps its difference for the derivative.
    low = {
        (a, b): flat[base + a * strides[0] + b * strides[1]].astype(float)
        for a in (0, 1)
        for b in (0, 1)
    }
    step = {
        (a, b): flat[base + a * strides[0] + b * strides[1] + 1] - low[a, b]
        for a in (0, 1)
        for b in (0, 1)
    }
    line = {key: low[key] + step[key] * z for key in low}
    plane = [line[a, 0] + (line[a, 1] - line[a, 0]) * y for a in (0, 1)]
    along_y = [line[a, 1] - line[a, 0] for a in (0, 1)]
    along_z = [step[a, 0] + (step[a, 1] - step[a, 0]) * y for a in (0, 1)]
    slope = [
        plane[1] - plane[0],
        along_y[0] + (along_y[1] - along_y[0]) * x,
        along_z[0] + (along_z[1] - along_z[0]) * x,
    ]
    return plane[0] + (plane[1] - plane[0]) * x, np.stack(slope, axis=1)


def _information(fixed_bin: NDArray[np.intp], value: Values) -> tuple[float, Values]:
    """Return mutual information and its derivative with respect to each moving value (in bins)."""
    first = np.floor(value).astype(np.intp) - 1
    bins = first[:, None] + np.arange(4)
    weight, change = _cubic_window(value[:, None] - bins)
    cell = fixed_bin[:, None] * BINS + bins
    joint = np.bincount(cell.ravel(), weight.ravel(), BINS * BINS).reshape(BINS, BINS) / len(value)
    moving = joint.sum(axis=0)
    used = joint > 1e-12
    given_moving = np.log(np.where(used, joint, 1) / np.where(used, moving, 1))
    fixed = np.maximum(joint.sum(axis=1, keepdims=True), 1e-12)
    information = float((joint * (given_moving - np.log(fixed)))[used].sum())
    return information, (change * given_moving.ravel()[cell]).sum(axis=1) / len(value)


def _cubic_window(offset: Values) -> tuple[Values, Values]:
    """Return the cubic B-spline and its derivative, for offsets within its reach of 2."""
    size = np.abs(offset)
    near = size < 1
    window = np.where(near, 2 / 3 - size**2 + size**3 / 2, np.clip(2 - size, 0, None) ** 3 / 6)
    slope = np.where(near, -2 * size + 1.5 * size**2, -0.5 * np.clip(2 - size, 0, None) ** 2)
    return window, np.sign(offset) * slope
