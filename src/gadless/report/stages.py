"""Patients and exams counted at each stage, and why some went no further."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.results import Results

ORDER = (
    "listed",
    "acquired",
    "preprocessed",
    "synthesised",
    "segmented",
    "measured",
    "evaluable",
    "baseline",
    "analysed",
)
"""Stages in the order of the work; one that is not named here comes after, as the table has it."""

TITLES = {
    "listed": "Listed in the sheets",
    "acquired": "Acquired",
    "preprocessed": "Preprocessed",
    "synthesised": "Synthesised",
    "segmented": "Segmented",
    "measured": "Measured",
    "evaluable": "Evaluable",
    "baseline": "With a baseline",
    "analysed": "Analysed",
}

_STOPPED = {"fail", "failed", "fault", "stopped", "excluded", "missing", "no", "ne", "not reached"}
_STOPPED |= {"unusable", "not evaluable", "false", "0", "0.0"}


@dataclass(frozen=True)
class Stop:
    """Why patients or exams stopped at a stage, and how many."""

    reason: str
    patients: int
    visits: int


@dataclass(frozen=True)
class Box:
    """How many reached one stage on one contrast (None: before contrasts part)."""

    stage: str
    contrast: str | None
    patients: int | None
    visits: int | None
    stops: tuple[Stop, ...] = ()

    @property
    def title(self) -> str:
        """The stage in words."""
        return TITLES.get(self.stage, self.stage.replace("_", " ").capitalize())

    @property
    def counts(self) -> str:
        """``24 patients, 72 visits``."""
        parts = []
        if self.patients is not None:
            parts.append(words.count(self.patients, "patient"))
        if self.visits is not None:
            parts.append(words.count(self.visits, "visit"))
        return ", ".join(parts)


def boxes(results: Results) -> list[Box]:
    """Count every stage: from ``flow.tsv``, or from the statistics where a trial came measured."""
    flow = results.table("flow")
    return _from_flow(flow) if len(flow) else _from_population(results)


def as_table(counted: list[Box]) -> pd.DataFrame:
    """Give the counts as a table: a row for those who reached a stage, and one a reason."""
    columns = ["stage", "contrast", "outcome", "reason", "patients", "visits"]
    rows: list[tuple[Any, ...]] = []
    for box in counted:
        rows.append((box.stage, box.contrast, "reached", None, box.patients, box.visits))
        rows += [
            (box.stage, box.contrast, "stopped", stop.reason, stop.patients, stop.visits)
            for stop in box.stops
        ]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"patients": "Int64", "visits": "Int64"})


def _from_flow(flow: pd.DataFrame) -> list[Box]:
    flow = flow.assign(
        reached=~_stopped(flow), contrast=flow["contrast"].where(flow["contrast"].notna(), None)
    )
    present = list(dict.fromkeys(flow["stage"]))
    stages = [stage for stage in ORDER if stage in present]
    stages += [stage for stage in present if stage not in stages]
    counted: list[Box] = []
    lost: set[tuple[str, str, str | None]] = set()
    for stage in stages:
        here = flow[flow["stage"] == stage]
        for contrast in dict.fromkeys(here["contrast"]):
            rows = (
                here[here["contrast"].isna()]
                if contrast is None
                else (here[here["contrast"] == contrast])
            )
            counted.append(_box(stage, contrast, rows, lost))
    return counted


def _stopped(flow: pd.DataFrame) -> pd.Series:
    outcome = flow["outcome"].astype("string").str.lower()
    return outcome.isin(_STOPPED) | (outcome.isna() & flow["reason"].notna())


def _box(
    stage: str, contrast: str | None, rows: pd.DataFrame, lost: set[tuple[str, str, str | None]]
) -> Box:
    """Count one stage; who stopped earlier is not counted as stopping again."""
    reached = rows[rows["reached"]]
    by_visit = bool(rows["visit"].notna().any())
    stopped = []
    for row in rows[~rows["reached"]].itertuples():
        keys = {(row.patient, str(row.visit), None), (row.patient, str(row.visit), contrast)}
        if not keys & lost:
            stopped.append(row)
            lost.add((str(row.patient), str(row.visit), contrast))
    stops = pd.DataFrame(
        [(row.patient, row.visit, row.reason) for row in stopped],
        columns=["patient", "visit", "reason"],
    )
    stops["reason"] = stops["reason"].fillna("no reason given")
    return Box(
        stage,
        contrast,
        int(reached["patient"].nunique()),
        len(reached) if by_visit else None,
        tuple(
            Stop(str(reason), int(group["patient"].nunique()), len(group) if by_visit else 0)
            for reason, group in sorted(
                stops.groupby("reason"), key=lambda pair: (-len(pair[1]), pair[0])
            )
        ),
    )


def _from_population(results: Results) -> list[Box]:
    """Read the counts that the statistics give where there was no image."""

    def figure(term: str, **where: str) -> int | None:
        row = results.first("agreement", analysis="population", term=term, **where)
        return None if row is None or words.missing(row["estimate"]) else int(row["estimate"])

    patients = figure("patients")
    if patients is None:
        return []
    counted = [Box("listed", None, patients, None), Box("measured", None, None, figure("visits"))]
    contrasts = results.config.contrasts
    counted += [
        Box("evaluable", name, None, figure("visits_evaluable", contrast=name))
        for name in contrasts
    ]
    counted.append(Box("evaluable_on_every_contrast", None, None, figure("visits_common")))
    counted += [
        Box(
            "baseline",
            name,
            figure("patients_baseline", contrast=name, criteria=results.primary),
            None,
        )
        for name in contrasts
    ]
    return [box for box in counted if box.counts]
