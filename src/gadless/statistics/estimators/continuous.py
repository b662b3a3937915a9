"""Agreement of two measurements of the same things, on many weightings of the patients."""

from dataclasses import dataclass

import numpy as np

from gadless.statistics.estimators.bootstrap import Floats


@dataclass(frozen=True)
class Concordance:
    """Lin's concordance correlation and its parts, one value a sample.

    Attributes
    ----------
    ccc : array
        2 s_xy / (s_x^2 + s_y^2 + (m_x - m_y)^2), population moments (Lin 1989).
    pearson, bias_factor : array
        Precision and accuracy; their product is the CCC.
    scale_shift : array
        sd candidate / sd reference.
    location_shift : array
        (m_candidate - m_reference) / sqrt(sd sd).
    """

    ccc: Floats
    pearson: Floats
    bias_factor: Floats
    scale_shift: Floats
    location_shift: Floats


def concordance(reference: Floats, candidate: Floats, weights: Floats) -> Concordance:
    """Lin's CCC of the pairs under each weighting of the pairs; NaN where nothing varies."""
    # Moments about the whole sample's means: no cancellation.
    x, y = reference - _mean(reference), candidate - _mean(candidate)
    total = weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = _sum(weights, x) / total, _sum(weights, y) / total
        var_x = np.maximum(_sum(weights, x * x) / total - mean_x**2, 0)
        var_y = np.maximum(_sum(weights, y * y) / total - mean_y**2, 0)
        covariance = _sum(weights, x * y) / total - mean_x * mean_y
        shift = (mean_y - mean_x) + (_mean(candidate) - _mean(reference))
        pearson = covariance / np.sqrt(var_x * var_y)
        ccc = 2 * covariance / (var_x + var_y + shift**2)
        location = shift / np.sqrt(np.sqrt(var_x * var_y))
        found = [ccc, pearson, ccc / pearson, np.sqrt(var_y / var_x), location]
    return Concordance(*(np.where(np.isfinite(part), part, np.nan) for part in found))


def _sum(weights: Floats, values: np.ndarray) -> Floats:
    return np.einsum("bi,i->b", weights, values)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean under each weighting; NaN without mass."""
    total = weights.sum(axis=1)
    result = np.full(len(weights), np.nan)
    return np.divide(_sum(weights, values), total, out=result, where=total > 0)


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Median of the replicated values under each whole-number weighting; NaN without mass.

    The mean of the two middle values where their number is even, so the whole sample gives
    ``numpy.median``.
    """
    if not len(values):
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    mass = np.cumsum(weights[:, order], axis=1)
    half = mass[:, -1] / 2
    low = np.minimum((mass < half[:, None] - 1e-9).sum(axis=1), len(values) - 1)
    high = np.minimum((mass < half[:, None] + 1e-9).sum(axis=1), len(values) - 1)
    return np.where(half > 0, (ordered[low] + ordered[high]) / 2, np.nan)


@dataclass(frozen=True)
class Limits:
    """Bland-Altman limits with repeated pairs a patient, one value a sample.

    Attributes
    ----------
    bias : array
        Mean difference.
    spread : array
        Standard deviation of one difference: between patients and within a patient together.
    """

    bias: Floats
    spread: Floats

    @property
    def lower(self) -> Floats:
        """Lower 95% limit."""
        return self.bias - 1.959964 * self.spread

    @property
    def upper(self) -> Floats:
        """Upper 95% limit."""
        return self.bias + 1.959964 * self.spread


def limits_of_agreement(difference: Floats, patient: np.ndarray, weights: Floats) -> Limits:
    """Limits of agreement from the variance components of the differences.

    Bland & Altman, *J Biopharm Stat* 2007;17:571, the true value varying: a one-way analysis of
    variance by patient, because repeated pairs of a patient are correlated.

    Parameters
    ----------
    difference : array (pairs,)
    patient : array (pairs,) of int
        Column of the weights.
    weights : array (samples, patients)
        A copy of a patient counts as another patient.
    """
    patients = weights.shape[1]
    size = np.bincount(patient, minlength=patients).astype(float)
    mean = np.bincount(patient, difference, patients) / np.maximum(size, 1)
    inside = np.bincount(patient, (difference - mean[patient]) ** 2, patients)
    groups, count = _sum(weights, (size > 0).astype(float)), _sum(weights, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = _sum(weights, size * mean) / count
        within = np.where(count > groups, _sum(weights, inside) / (count - groups), 0.0)
        far = _sum(weights, size * mean**2) - count * bias**2
        typical = (count - _sum(weights, size * size) / count) / (groups - 1)
        between = np.maximum((far / (groups - 1) - within) / typical, 0.0)
        spread = np.sqrt(within + between)
    return Limits(bias, np.where(np.isfinite(spread), spread, np.nan))


def within(values: Floats, patient: np.ndarray) -> float:
    """Pooled standard deviation of values about their patient's mean; NaN without repeats."""
    _, member, size = np.unique(patient, return_inverse=True, return_counts=True)
    freedom = len(values) - len(size)
    if freedom < 1:
        return float("nan")
    mean = np.bincount(member, values) / size
    return float(np.sqrt(((values - mean[member]) ** 2).sum() / freedom))


def sphere_diameter(volume_cm3: Floats) -> Floats:
    """Diameter in mm of the sphere of that volume: a scale on which errors of size are even."""
    return 10 * np.cbrt(6 * np.asarray(volume_cm3, dtype=float) / np.pi)


def slope(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Least-squares slope of y on x under each weighting; NaN where x does not vary."""
    mean_x, mean_y = weighted_mean(x, weights), weighted_mean(y, weights)
    away = x - mean_x[:, None]
    spread = (weights * away**2).sum(axis=1)
    result = np.full(len(weights), np.nan)
    joint = (weights * away * (y - mean_y[:, None])).sum(axis=1)
    return np.divide(joint, spread, out=result, where=spread > 0)
