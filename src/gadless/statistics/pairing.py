"""Visits measured on both contrasts, as pairs of volumes."""

import numpy as np
import pandas as pd

from gadless.statistics.estimators import continuous
from gadless.statistics.estimators.bootstrap import Floats
from gadless.statistics.tables import Cohort
from gadless.trial.config import Config

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


def evaluable(measurements: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Values of one measure, a row a visit, a column a contrast; NaN where not evaluable."""
    usable = measurements
    if "evaluable" in measurements:
        usable = measurements[measurements["evaluable"].fillna(1).astype(float) == 1]
    values = usable.assign(value=pd.to_numeric(usable[measure], errors="coerce"))
    keys = ["patient", "visit", "day"]
    return values.set_index([*keys, "contrast"])["value"].unstack("contrast")  # noqa: PD010


def seen(config: Config, measurements: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Whether each visit is evaluable: a row a visit, a column a contrast, of bool.

    A visit that has no row on a contrast is not evaluable on it. A contrast that brings readers'
    categories is evaluable where it has one.

    Parameters
    ----------
    measure : str
        Column that must be known of the others; one that the table lacks is no reason.
    """
    known = pd.Series(True, measurements.index)
    if measure in measurements:
        known = measurements[measure].notna()
    if "response" in measurements:
        category = measurements["response"].notna() & (measurements["response"] != "NE")
        read = measurements["contrast"].isin(readers(measurements))
        known = known.where(~read, category)
    if "evaluable" in measurements:
        known &= measurements["evaluable"].fillna(1).astype(float) == 1
    keys = ["patient", "visit", "day"]
    found = known.groupby([measurements[name] for name in (*keys, "contrast")]).any()
    wide = found.unstack("contrast", fill_value=False)  # noqa: PD010
    every = pd.MultiIndex.from_frame(measurements[keys].drop_duplicates()).sort_values()
    return wide.reindex(index=every, columns=config.contrasts, fill_value=False)


def readers(measurements: pd.DataFrame) -> set[str]:
    """Contrasts that bring a reader's categories instead of measures."""
    if "response" not in measurements:
        return set()
    return set(measurements.loc[measurements["response"].notna(), "contrast"])


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


def site_of(cohort: Cohort, measurements: pd.DataFrame) -> np.ndarray:
    """Site of each patient: the sheet's, else that of the earliest visit that names one.

    Returns
    -------
    array (patients,) of str
        Empty where unknown.
    """
    sheet = cohort.sheet
    found = pd.Series(None, index=cohort.patients, dtype=object)
    if "site" in sheet:
        found[:] = sheet["site"].to_numpy(dtype=object)
    if "site" in measurements:
        named = measurements.dropna(subset=["site"]).sort_values(["day", "visit"], kind="stable")
        first = named.groupby("patient")["site"].first()
        found = found.where(found.notna(), first.reindex(found.index).to_numpy(dtype=object))
    return found.where(found.notna(), "").to_numpy(dtype=str)


def pairs(config: Config, measurements: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    """`paired_volumes.tsv`: visits evaluable on both contrasts of each pair.

    Parameters
    ----------
    place : Series
        From :func:`sites`.
    """
    reference, tables = config.reference, []
    for measure in MEASURES:
        if measure not in measurements:
            continue
        values = evaluable(measurements, measure)
        for candidate in config.compared:
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
