"""Agreement of volumes visit by visit, patients resampled."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from gadless.statistics import pairing
from gadless.statistics.estimators import continuous, mixed
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.clustered_median import ClusteredMedian
from gadless.statistics.pairing import MEASURES, SIZES
from gadless.statistics.rows import Rows
from gadless.statistics.study import PAIR, Study
from gadless.vocabulary.volumes import (
    BLAND_ALTMAN_SLOPE,
    CCC,
    MEDIAN_ABSOLUTE_ERROR,
    MEDIAN_BIAS,
    MEDIAN_BIAS_PERCENT,
    SITE_SD_BIAS,
)

LEAST_VISITS_OF_SITE = 5
"""A site with fewer paired visits says nothing about the spread between sites."""


def percent_bias(
    study: Study, measurements: pd.DataFrame, candidate: str
) -> tuple[ClusteredMedian | None, str]:
    """Bias in percent of the primary criteria's measure, for the equivalence margin.

    Returns
    -------
    ClusteredMedian or None
        Of the visits that both contrasts show and where the reference reaches the least size.
    str
        How it was found; without any, why not.
    """
    measure = study.measure(study.criteria[0])
    if measure not in measurements:
        return None, f"no {measure}: nothing is measured, only categories are compared"
    for contrast in (study.config.reference, candidate):
        if contrast in pairing.readers(measurements):
            return None, f"{contrast} brings a reader's categories, which have no {measure}"
    values = pairing.evaluable(measurements, measure).reindex(
        columns=[study.config.reference, candidate]
    )
    both = values.dropna()
    first, second = both.to_numpy(dtype=float).T
    least, unit = study.least(measure)
    large = (first >= least) & (first > 0)
    patient = study.cohort.position(both.index.get_level_values("patient").to_series())[large]
    percent = 100 * (second[large] / first[large] - 1)
    return (
        ClusteredMedian(percent, patient, study.equivalence_level),
        f"median of {measure} at visits of at least {least:g} {unit} on the reference; limits"
        " by the share of visits on either side, patients independent",
    )


@dataclass(frozen=True)
class Pairs:
    """Paired volumes as arrays: cm3, and each visit's patient as a column of the weights."""

    reference: Floats
    candidate: Floats
    patient: np.ndarray

    def part(self, member: np.ndarray) -> "Pairs":
        """Return the visits that belong to a subset."""
        return Pairs(self.reference[member], self.candidate[member], self.patient[member])


def write_rows(rows: Rows, study: Study, table: pd.DataFrame) -> None:
    """Add the rows of `volume` and `volume_abnormality`.

    Parameters
    ----------
    table : DataFrame
        From :func:`gadless.statistics.pairing.pairs`.
    """
    rows = rows.under(level="visit", reference=study.config.reference, analysis_set=PAIR)
    # In the order of places, so that no last bit of a sum hangs on what patients are called.
    places = study.cohort.place[study.cohort.position(table["patient"])]
    table = table.iloc[np.argsort(places, kind="stable")]
    for measure, analysis in MEASURES.items():
        for candidate in study.config.compared:
            chosen = (table["measure"] == measure) & (table["candidate"] == candidate)
            if chosen.any():
                _one_pair(rows.under(analysis=analysis, candidate=candidate), study, table[chosen])


def _arrays(study: Study, table: pd.DataFrame) -> Pairs:
    return Pairs(
        table["reference_value"].to_numpy(float),
        table["candidate_value"].to_numpy(float),
        study.cohort.position(table["patient"]),
    )


def _percent(study: Study, found: Pairs) -> tuple[Floats, Floats]:
    """Differences in percent of the reference where it reaches the minimum, with their weights."""
    smallest = study.config.response.smallest_volume_cm3
    large = (found.reference >= smallest) & (found.reference > 0)
    percent = 100 * (found.candidate[large] / found.reference[large] - 1)
    return percent, study.weights[:, found.patient[large]]


def _one_pair(rows: Rows, study: Study, table: pd.DataFrame) -> None:
    found = _arrays(study, table)
    weights = study.weights[:, found.patient]
    for contrast, volume in (
        (rows.shared["reference"], found.reference),
        (rows.shared["candidate"], found.candidate),
    ):
        rows.figure(
            "median_volume_cm3",
            _median(volume, weights),
            n=len(volume),
            contrast=contrast,
            method="median, visits weighted alike",
        )
    _bias(rows, study, found)
    _scatter(rows, study, found)
    _detection(rows, study, found)
    _random_intercept(rows, table["difference_diameter_mm"].to_numpy(float), found.patient)
    for _, _, name in SIZES:
        _bias(
            rows.under(stratum=f"size:{name}"),
            study,
            found.part((table["size"] == name).to_numpy()),
        )
    place = table["site"].astype("string")
    for site in sorted(place.dropna().unique()):
        here = (place == site).fillna(False).to_numpy(dtype=bool)
        _bias(rows.under(stratum=f"site:{site}"), study, found.part(here))
    _between_sites(rows, found, place.to_numpy(dtype=object))


def _bias(rows: Rows, study: Study, found: Pairs) -> None:
    weights = study.weights[:, found.patient]
    difference = found.candidate - found.reference
    n = len(difference)
    method = "median, visits weighted alike"
    rows.figure(MEDIAN_BIAS, _median(difference, weights), n=n, method=method)
    smallest = study.config.response.smallest_volume_cm3
    percent, of_large = _percent(study, found)
    rows.figure(
        MEDIAN_BIAS_PERCENT,
        _median(percent, of_large),
        n=len(percent),
        method=f"median, visits of at least {smallest:g} cm3 on the reference",
    )
    rows.figure(MEDIAN_ABSOLUTE_ERROR, _median(np.abs(difference), weights), n=n, method="median")
    parts = continuous.concordance(found.reference, found.candidate, weights)
    rows.figure(CCC, Bootstrapped.of(parts.ccc), n=n, method="Lin's CCC")
    if rows.shared.get("stratum", "all") == "all":
        for term in ("pearson", "bias_factor", "scale_shift", "location_shift"):
            rows.figure(
                f"ccc_{term}", Bootstrapped.of(getattr(parts, term)), n=n, method="Lin's CCC"
            )


def _median(values: Floats, weights: Floats) -> Bootstrapped:
    return Bootstrapped.of(continuous.weighted_median(values, weights))


def _scatter(rows: Rows, study: Study, found: Pairs) -> None:
    n = len(found.reference)
    first = continuous.sphere_diameter(found.reference)
    second = continuous.sphere_diameter(found.candidate)
    method = "Bland-Altman, repeated visits, diameter of the equal sphere"
    limits = continuous.limits_of_agreement(second - first, found.patient, study.weights)
    for term in ("bias", "lower", "upper"):
        value = Bootstrapped.of(getattr(limits, term))
        rows.figure(f"bland_altman_{term}_mm", value, n=n, method=method)
    weights = study.weights[:, found.patient]
    trend = continuous.slope((first + second) / 2, second - first, weights)
    rows.figure(BLAND_ALTMAN_SLOPE, Bootstrapped.of(trend), n=n, method="least squares")
    smallest = max(study.config.response.smallest_volume_cm3, 1e-6)
    large = (found.reference >= smallest) & (found.candidate >= smallest)
    logs = np.log(found.candidate[large] / found.reference[large])
    limits = continuous.limits_of_agreement(logs, found.patient[large], study.weights)
    for term in ("bias", "lower", "upper"):
        rows.figure(
            f"ratio_{term}",
            Bootstrapped.of(getattr(limits, term)).exp(),
            n=len(logs),
            method=f"Bland-Altman of logarithms, both at least {smallest:g} cm3",
        )


def _detection(rows: Rows, study: Study, found: Pairs) -> None:
    limit = study.config.measurement.smallest_lesion_cm3
    weights = study.weights[:, found.patient]
    present, seen = found.reference > limit, found.candidate > limit
    method = f"share of visits, enhancement over {limit:g} cm3"
    for term, group, hit in (
        ("detection_sensitivity", present, seen),
        ("detection_specificity", ~present, ~seen),
    ):
        rows.weighted_share(term, hit, group, weights, method)
    rows.figure(
        "false_positive_cm3",
        _median(found.candidate[~present], weights[:, ~present]),
        n=int((~present).sum()),
        method="median where the reference shows none",
    )


def _between_sites(rows: Rows, found: Pairs, place: np.ndarray) -> None:
    difference = found.candidate - found.reference
    known = np.array(["" if pd.isna(site) else str(site) for site in place])
    members = [known == site for site in sorted(set(known) - {""})]
    medians = [
        float(np.median(difference[member]))
        for member in members
        if member.sum() >= LEAST_VISITS_OF_SITE
    ]
    several = len(medians) > 1
    rows.add(
        SITE_SD_BIAS,
        float(np.std(medians, ddof=1)) if several else float("nan"),
        level="site",
        n=len(medians),
        warning="" if several else "fewer than two sites with five paired visits",
        method="sd of the sites' medians, not corrected for their own error",
    )


def _random_intercept(rows: Rows, difference: Floats, patient: np.ndarray) -> None:
    """Add mean difference, spread between and within patients.

    Parameters
    ----------
    difference : array (visits,), in mm
    patient : array (visits,)
    """
    groups, nan = len(np.unique(patient)), float("nan")
    found, reason = mixed.RandomIntercept(nan, nan, nan, nan), ""
    if groups < mixed.LEAST_PATIENTS or len(difference) == groups:
        reason = "needs repeated visits, and at least three patients"
    elif np.ptp(difference) < 1e-9:
        reason = "all differences are alike"
    else:
        found = mixed.fit_random_intercept(difference, patient)
        if found.between == 0:
            reason = "no spread between patients beyond that within them"
    half = norm.ppf((1 + rows.level) / 2) * found.error
    method = "mixed model, random intercept a patient, REML"
    rows = rows.under(n=len(difference), warning=reason)
    rows.add(
        "mixed_bias_mm",
        found.mean,
        lower=found.mean - half,
        upper=found.mean + half,
        method=f"{method}, Wald",
    )
    rows.add("mixed_sd_patient_mm", found.between, method=method)
    rows.add("mixed_sd_visit_mm", found.within, method=method)
