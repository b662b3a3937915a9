"""How far each visit came, and why no further."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import pandas as pd

from gadless.measurement.visit import VisitScans
from gadless.trial.sheets import Trial

FLOW = ("patient", "visit", "contrast", "stage", "outcome", "reason")

REACHED, STOPPED = "reached", "stopped"


def flow_of_visits(
    patient: str, visits: Iterable[VisitScans], contrasts: Sequence[str], reference: str
) -> pd.DataFrame:
    """One row a visit and stage, and after preprocessing one a contrast, until it stops.

    Parameters
    ----------
    patient : str
    visits : iterable of VisitScans
    contrasts : sequence of str
    reference : str
        The contrast that is acquired and not synthesised.

    Returns
    -------
    DataFrame
        Columns `FLOW`; ``reason`` is missing where a stage was reached.
    """
    rows: list[tuple[str | None, ...]] = []
    for visit in visits:
        rows.append((patient, visit.visit, None, "listed", REACHED, None))
        reason = visit.preprocessed.fault()
        # Of masks alone there is nothing to preprocess.
        if reason is None or not visit.masked(contrasts):
            rows.append((patient, visit.visit, None, "preprocessed", *_outcome(reason)))
            if reason is not None:
                continue
        for contrast in contrasts:
            stages = [("segmented", visit.segmented)]
            if contrast != reference and visit.has_image_stage(contrast):
                stages.insert(0, ("synthesised", visit.synthetic))
            for stage, manifest in stages:
                reason = manifest.fault(contrast)
                rows.append((patient, visit.visit, contrast, stage, *_outcome(reason)))
                if reason is not None:
                    break
    return pd.DataFrame(rows, columns=list(FLOW))


def flow_of_table(trial: Trial, contrasts: Sequence[str]) -> pd.DataFrame:
    """Flow of a trial whose tumours were measured elsewhere: every visit, every row of the table.

    Parameters
    ----------
    trial : Trial
        With its `measurements`.
    contrasts : sequence of str
        A visit without a row on one of these stops there. Further rows, of a repeat, are listed
        where they are; those of `trial.unused` are not analysed.
    """
    measured, unused = (
        {
            (row["patient"], row["visit"], row["contrast"]): row
            for row in (pd.DataFrame() if table is None else table).to_dict("records")
        }
        for table in (trial.measurements, trial.unused)
    )
    rows: list[tuple[object, ...]] = []
    for patient, visit in zip(trial.visits["patient"], trial.visits["visit"], strict=True):
        rows.append((patient, visit, None, "listed", REACHED, None))
        for contrast in contrasts:
            row = measured.get((patient, visit, contrast))
            reason = _reason_in_table(row)
            rows.append((patient, visit, contrast, "measured", *_outcome(reason)))
    for key, row in measured.items():
        if key[2] not in contrasts:
            rows.append((*key, "measured", *_outcome(_reason_in_table(row))))
    reason = "contrast is not in the configuration"
    rows += [(*key, "measured", STOPPED, reason) for key in unused]
    return pd.DataFrame(rows, columns=list(FLOW))


def _reason_in_table(row: dict[Hashable, Any] | None) -> str | None:
    """Why a row of a table of measurements cannot be used; None where it can."""
    if row is None:
        return "no row in the table"
    if pd.isna(row.get("evaluable")) or row["evaluable"] != 0:
        given = any(
            str(name).endswith(("_cm3", "_mm2", "response")) and not pd.isna(value)
            for name, value in row.items()
        )
        return None if given else "no measure in the table"
    reason = row.get("reason")
    return "not evaluable in the table" if pd.isna(reason) else str(reason)


def _outcome(reason: str | None) -> tuple[str, str | None]:
    return (REACHED, None) if reason is None else (STOPPED, reason)
