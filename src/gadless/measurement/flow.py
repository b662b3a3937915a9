"""How far each visit came, and why no further; and how good each step was."""

from collections.abc import Iterable, Sequence

import pandas as pd

from gadless.files import read_json
from gadless.measurement.visit import VisitScans

FLOW = ("patient", "visit", "contrast", "stage", "outcome", "reason")
QUALITY = ("patient", "visit", "sequence", "step", "figure", "value", "outcome", "limit")

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
        rows.append((patient, visit.visit, None, "preprocessed", *_outcome(reason)))
        if reason is not None:
            continue
        for contrast in contrasts:
            stages = [("segmented", visit.segmented)]
            if contrast != reference:
                stages.insert(0, ("synthesised", visit.synthetic))
            for stage, manifest in stages:
                reason = manifest.fault(contrast)
                rows.append((patient, visit.visit, contrast, stage, *_outcome(reason)))
                if reason is not None:
                    break
    return pd.DataFrame(rows, columns=list(FLOW))


def flow_of_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Flow of a trial whose tumours were measured elsewhere.

    Parameters
    ----------
    measurements : DataFrame
        ``patient``, ``visit``, ``contrast`` and, where the table has them, ``evaluable`` and
        ``reason``.
    """
    rows: list[tuple[object, ...]] = []
    for (patient, visit), group in measurements.groupby(["patient", "visit"], sort=False):
        rows.append((patient, visit, None, "listed", REACHED, None))
        for row in group.to_dict("records"):
            usable = pd.isna(row.get("evaluable")) or row["evaluable"] != 0
            reason = None if usable else str(row.get("reason") or "not evaluable in the table")
            rows.append((patient, visit, row["contrast"], "measured", *_outcome(reason)))
    return pd.DataFrame(rows, columns=list(FLOW))


def _outcome(reason: str | None) -> tuple[str, str | None]:
    return (REACHED, None) if reason is None else (STOPPED, reason)


def quality_of_visits(patient: str, visits: Iterable[VisitScans]) -> pd.DataFrame:
    """Collect the figures of every preprocessing step, with pass, warn or fail."""
    rows = []
    for visit in visits:
        exam = visit.preprocessed
        if exam.has("quality"):
            for row in read_json(exam.path("quality")):
                rows.append({"patient": patient, "visit": visit.visit, **row})
    return pd.DataFrame(rows, columns=list(QUALITY))
