"""Agreement of volumes visit by visit, patients resampled."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadless.statistics import continuous
from gadless.statistics.mixed import random_intercept
from gadless.statistics.resampling import Bootstrapped, Floats
from gadless.statistics.rows import Rows
from gadless.statistics.study import Study

MEASURES = {"enhancing_cm3": "volume", "abnormality_cm3": "volume_abnormality"}
SIZES = ((0.0, 1.0, "<1"), (1.0, 5.0, "1-5"), (5.0, 20.0, "5-20"), (20.0, np.inf, ">=20"))
COLUMNS = (
    "patient",
    "visit",
    "day",
    "site",
    "measure",
    "reference",
    "candidate",
    "reference_value",
    "candidate_value",
    "difference",
    "mean_diameter_mm",
    "difference_diameter_mm",
    "size",
)
LEAST_VISITS_OF_SITE = 5
"""A site with fewer paired visits says nothing about the spread between sites."""


def evaluable(measurements: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Values of one measure, a row a visit, a column a contrast; NaN where not evaluable."""
    usable = measurements
    if "evaluable" in measurements:
        usable = measurements[measurements["evaluable"].fillna(1).astype(float) == 1]
    values = usable.assign(value=pd.to_numeric(usable[measure], errors="coerce"))
    keys = ["patient", "visit", "day"]
    return values.set_index([*keys, "contrast"])["value"].unstack("contrast")  # noqa: PD010


def sites(measurements: pd.DataFrame, patients: pd.DataFrame) -> pd.Series:
    """Site of each visit: the visit's own, else its patient's; by (patient, visit)."""
    keys = measurements[["patient", "visit"]].drop_duplicates()
    by_patient = patients.set_index("patient")["site"] if "site" in patients else pd.Series()
    found = keys["patient"].map(by_patient.astype(object)).astype(object)
    if "site" in measurements:
        own = measurements.dropna(subset=["site"]).drop_duplicates(["patient", "visit"])
        joined = keys.merge(own[["patient", "visit", "site"]], how="left")["site"].to_numpy()
        found = found.where(pd.isna(joined), joined)
    return found.set_axis(pd.MultiIndex.from_frame(keys))


def size_of(volume: Floats) -> np.ndarray:
    """Name of the size stratum of each volume."""
    names = np.full(len(volume), "", dtype=object)
    for low, high, name in SIZES:
        names[(volume >= low) & (volume < high)] = name
    return names


def pairs(study: Study, measurements: pd.DataFrame) -> pd.DataFrame:
    """`paired_volumes.tsv`: visits evaluable on both contrasts of each pair."""
    reference, tables = study.config.reference, []
    place = sites(measurements, study.cohort.sheet)
    for measure in MEASURES:
        if measure not in measurements:
            continue
        values = evaluable(measurements, measure)
        for candidate in study.config.candidates:
            if reference in values and candidate in values:
                both = values[[reference, candidate]].dropna()
                tables.append(_pair_table(both, measure, reference, candidate, place))
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables)[list(COLUMNS)]


def _pair_table(
    both: pd.DataFrame, measure: str, reference: str, candidate: str, place: pd.Series
) -> pd.DataFrame:
    first, second = both[reference].to_numpy(float), both[candidate].to_numpy(float)
    diameters = continuous.sphere_diameter(first), continuous.sphere_diameter(second)
    table = both.index.to_frame(index=False)
    keys = pd.MultiIndex.from_frame(table[["patient", "visit"]])
    table["site"] = place.reindex(keys).astype("string").to_numpy()
    table["measure"], table["reference"], table["candidate"] = measure, reference, candidate
    table["reference_value"], table["candidate_value"] = first, second
    table["difference"] = (second - first).round(10)
    table["mean_diameter_mm"] = ((diameters[0] + diameters[1]) / 2).round(6)
    table["difference_diameter_mm"] = (diameters[1] - diameters[0]).round(6)
    table["size"] = size_of(first)
    return table.sort_values(["patient", "day"], kind="stable")


@dataclass(frozen=True)
class Pairs:
    """Paired volumes as arrays: cm3, and each visit's patient as a column of the weights."""

    reference: Floats
    candidate: Floats
    patient: np.ndarray

    def part(self, member: np.ndarray) -> "Pairs":
        """Return the visits that belong to a subset."""
        return Pairs(self.reference[member], self.candidate[member], self.patient[member])


def write_rows(rows: Rows, study: Study, table: pd.DataFrame, common: set[tuple[str, str]]) -> None:
    """Add the rows of `volume` and `volume_abnormality`.

    Parameters
    ----------
    table : DataFrame
        From :func:`pairs`.
    common : set of (patient, visit)
        Visits evaluable on every contrast.
    """
    rows = rows.under(level="visit", reference=study.config.reference)
    keys = list(zip(table["patient"], table["visit"], strict=True))
    inside = np.array([key in common for key in keys], dtype=bool)
    for measure, analysis in MEASURES.items():
        for candidate in study.config.candidates:
            chosen = (table["measure"] == measure) & (table["candidate"] == candidate)
            for name, member in (("common", chosen & inside), ("all", chosen)):
                if not chosen.any():
                    continue
                part = table[member]
                here = rows.under(analysis=analysis, analysis_set=name, candidate=candidate)
                _one_set(here, study, part, full=name == "common")


def _one_set(rows: Rows, study: Study, table: pd.DataFrame, *, full: bool) -> None:
    found = Pairs(
        table["reference_value"].to_numpy(float),
        table["candidate_value"].to_numpy(float),
        study.cohort.position(table["patient"]),
    )
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
    if not full:
        return
    random_intercept(rows, table["difference_diameter_mm"].to_numpy(float), found.patient)
    for name in ("<1", "1-5", "5-20", ">=20"):
        _bias(
            rows.under(stratum=f"size:{name}"),
            study,
            found.part((table["size"] == name).to_numpy()),
        )
    place = table["site"].astype("string")
    for site in sorted(place.dropna().unique()):
        _bias(rows.under(stratum=f"site:{site}"), study, found.part((place == site).to_numpy()))
    _between_sites(rows, found, place.to_numpy())


def _bias(rows: Rows, study: Study, found: Pairs) -> None:
    weights = study.weights[:, found.patient]
    difference = found.candidate - found.reference
    n = len(difference)
    method = "median, visits weighted alike"
    rows.figure("median_bias_cm3", _median(difference, weights), n=n, method=method)
    smallest = study.config.response.smallest_volume_cm3
    large = (found.reference >= smallest) & (found.reference > 0)
    percent = 100 * difference[large] / found.reference[large]
    rows.figure(
        "median_bias_percent",
        _median(percent, weights[:, large]),
        n=int(large.sum()),
        method=f"median, visits of at least {smallest:g} cm3 on the reference",
    )
    rows.figure(
        "median_absolute_error_cm3", _median(np.abs(difference), weights), n=n, method="median"
    )
    parts = continuous.concordance(found.reference, found.candidate, weights)
    rows.figure("ccc", Bootstrapped.of(parts.ccc), n=n, method="Lin's CCC")
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
    rows.figure("bland_altman_slope", Bootstrapped.of(trend), n=n, method="least squares")
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
        value = continuous.weighted_mean(hit[group].astype(float), weights[:, group])
        rows.figure(
            term,
            Bootstrapped.of(value),
            n=int(group.sum()),
            events=int((hit & group).sum()),
            method=method,
        )
    rows.figure(
        "false_positive_cm3",
        _median(found.candidate[~present], weights[:, ~present]),
        n=int((~present).sum()),
        method="median where the reference shows none",
    )


def _between_sites(rows: Rows, found: Pairs, place: np.ndarray) -> None:
    medians = []
    for site in sorted({str(name) for name in place if not pd.isna(name)}):
        member = place == site
        member = np.array([bool(x) if not pd.isna(x) else False for x in member])
        if member.sum() >= LEAST_VISITS_OF_SITE:
            medians.append(float(np.median((found.candidate - found.reference)[member])))
    spread = float(np.std(medians, ddof=1)) if len(medians) > 1 else float("nan")
    warning = "" if len(medians) > 1 else "fewer than two sites with five paired visits"
    rows.add(
        "site_sd_bias_cm3",
        spread,
        level="site",
        n=len(medians),
        warning=warning,
        method="sd of the sites' medians, not corrected for their own error",
    )
