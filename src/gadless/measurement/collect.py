"""The patients' tables joined into the trial's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gadless.measurement.flow import FLOW, flow_of_table
from gadless.tables import read_tables
from gadless.trial.columns import LESIONS
from gadless.trial.sheets import Trial

PATIENT_TABLES = ("measurements", "lesions", "image_metrics", "flow")
"""Tables of each patient that are joined, by name."""

IMAGE_METRICS = ("patient", "visit", "contrast", "region", "metric", "value")


def collect(
    trial: Trial,
    contrasts: Sequence[str],
    tables: Mapping[str, Sequence[Path | str]],
    images: Sequence[str] = (),
) -> dict[str, pd.DataFrame]:
    """Join every patient's tables, and give the sheets as they were read.

    Parameters
    ----------
    trial : Trial
    contrasts : sequence of str
    tables : mapping of str to sequence of paths
        Table name to one file a patient; all empty where tumours were measured elsewhere.
    images : sequence of str
        Columns of the visits sheet that hold paths; these stay with the sheet.

    Returns
    -------
    dict of str to DataFrame
        ``patients``, ``visits``, ``measurements``, ``lesions``, ``image_metrics`` and ``flow``.
        Every patient and visit of the sheets is in ``flow``.
    """
    sheets = {
        "patients": trial.patients,
        "visits": trial.visits.drop(columns=list(images), errors="ignore"),
    }
    if trial.measurements is not None:
        columns = {"lesions": LESIONS, "image_metrics": IMAGE_METRICS}
        joined = {name: pd.DataFrame(columns=list(names)) for name, names in columns.items()}
        joined["measurements"] = trial.measurements
        joined["flow"] = flow_of_table(trial, contrasts)
    else:
        joined = {name: read_tables(paths) for name, paths in tables.items()}
        joined["measurements"] = _in_order(joined["measurements"], contrasts)
    joined["flow"] = pd.concat([joined["flow"], _without_visits(trial)], ignore_index=True)
    return {**sheets, **joined}


def _in_order(measurements: pd.DataFrame, contrasts: Sequence[str]) -> pd.DataFrame:
    rank = {contrast: place for place, contrast in enumerate(contrasts)}
    place = measurements["contrast"].map(rank)
    ordered = measurements.assign(_place=place).sort_values(["patient", "day", "_place"])
    return ordered.drop(columns="_place").reset_index(drop=True)


def _without_visits(trial: Trial) -> pd.DataFrame:
    absent = trial.patients[~trial.patients["patient"].isin(trial.visits["patient"])]
    rows = [
        (patient, None, None, "listed", "stopped", "no visit in the sheet")
        for patient in absent["patient"]
    ]
    return pd.DataFrame(rows, columns=list(FLOW))
