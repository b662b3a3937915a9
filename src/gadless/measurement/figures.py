"""How good each step of a visit's images was: the figures, and their grades."""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gadless.files import read_json
from gadless.images.quality import graded, limits
from gadless.measurement.course import course_figures
from gadless.measurement.visit import VisitScans
from gadless.tables import read_tables
from gadless.trial.brought import brought_columns
from gadless.trial.config.quality import Quality

FIGURES = ("patient", "visit", "sequence", "step", "figure", "value", "held_to", "flagged")
QUALITY = ("patient", "visit", "sequence", "step", "figure", "value", "outcome", "limit")


def figures_of_visits(
    patient: str, visits: Iterable[VisitScans], contrasts: Sequence[str]
) -> pd.DataFrame:
    """Collect the figures of every step, of what others made and of the course, not yet graded.

    Parameters
    ----------
    patient : str
    visits : iterable of VisitScans
    contrasts : sequence of str
        The reference first. What others made of further ones is left out.

    Returns
    -------
    DataFrame
        Columns `FIGURES`, in the order of the steps; ``held_to`` is the limit as JSON.
    """
    rows = []
    visits = list(visits)
    brought = {column.name for column in brought_columns(contrasts)}
    for visit in visits:
        for stage in (visit.preprocessed, visit.synthetic, visit.segmented):
            if not stage.has("quality"):
                continue
            for row in read_json(stage.path("quality")):
                if stage is visit.preprocessed or row["sequence"] in brought:
                    rows.append(_row(patient, visit.visit, row))
    rows += [_row(patient, visit, row) for visit, row in course_figures(visits, contrasts[0])]
    return pd.DataFrame(rows, columns=list(FIGURES))


def _row(patient: str, visit: str, row: Mapping[str, Any]) -> dict[str, Any]:
    of = {"patient": patient, "visit": visit}
    held_to = json.dumps(row["limit"], sort_keys=True)
    return {**row, **of, "held_to": held_to, "flagged": int(row["flagged"])}


def figures_of(paths: Sequence[Path]) -> pd.DataFrame:
    """Read the figures of every patient; none where tumours were measured elsewhere."""
    return read_tables(paths) if paths else pd.DataFrame(columns=list(FIGURES))


def grade(figures: pd.DataFrame, visits: pd.DataFrame, settings: Quality) -> pd.DataFrame:
    """Grade figures: each passes, warns or fails.

    A limit of a warning is asked for here alone, so that changing one measures nothing again.

    Parameters
    ----------
    figures : DataFrame
        Columns `FIGURES`.
    visits : DataFrame
        The trial's, up to the data cut-off; figures of others are left out.
    settings : Quality
        The limits.

    Returns
    -------
    DataFrame
        Columns `QUALITY`.
    """
    known = limits(settings)
    listed = set(zip(visits["patient"], visits["visit"], strict=True))
    rows = [
        {"patient": row["patient"], "visit": row["visit"], **graded(_stated(row), known)}
        for row in figures.to_dict("records")
        if (row["patient"], row["visit"]) in listed
    ]
    return pd.DataFrame(rows, columns=list(QUALITY))


def _stated(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return a row as the image stage stated it; a table holds text and numbers as text."""
    try:
        value = float(row["value"])
    except ValueError:
        value = row["value"]
    plain = {str(name): cell for name, cell in row.items()}
    limit, flagged = json.loads(row["held_to"]), bool(int(row["flagged"]))
    return {**plain, "value": value, "limit": limit, "flagged": flagged}
