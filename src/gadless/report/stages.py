"""Patients and exams counted at each stage, and why some went no further."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.results import Results
from gadless.vocabulary.names import ALL
from gadless.vocabulary.population import (
    PATIENTS,
    POPULATION,
    VISITS,
    VISITS_COMMON,
    VISITS_EVALUABLE,
)

ORDER = (
    "listed",
    "preprocessed",
    "synthesised",
    "segmented",
    "measured",
    "evaluable",
    "baseline",
    "common",
)
"""Stages in the order of the work; one that is not named here comes after, as the table has it."""

TITLES = {
    "listed": "Listed in the sheets",
    "preprocessed": "Preprocessed",
    "synthesised": "Synthesised",
    "segmented": "Segmented",
    "measured": "Measured",
    "evaluable": "Evaluable",
    "baseline": "With a baseline",
    "common": "Also on the reference",
}

_BROUGHT = {"synthesised": "images", "segmented": "masks"}
"""What others may have made in place of a stage."""


@dataclass(frozen=True)
class Stop:
    """Why patients or exams stopped at a stage, and how many."""

    reason: str
    patients: int
    visits: int


@dataclass(frozen=True)
class Box:
    """How many reached one stage on one contrast (None: before contrasts part).

    `brought`: at some visits what the stage makes came with the sheets instead.
    """

    stage: str
    contrast: str | None
    patients: int | None
    visits: int | None
    stops: tuple[Stop, ...] = ()
    brought: bool = False

    @property
    def title(self) -> str:
        """The stage in words."""
        stage = TITLES.get(self.stage, self.stage.replace("_", " ").capitalize())
        return f"{stage} or brought" if self.brought else stage

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
    """Count every stage: images from ``flow.tsv``, the analysis from the statistics' tables."""
    flow = results.table("flow")
    counted = _from_flow(flow) if len(flow) else _from_population(results)
    counted = [replace(box, brought=_is_brought(results, box)) for box in counted]
    return [box for box in [*counted, *_analysis(results)] if box.counts]


def _is_brought(results: Results, box: Box) -> bool:
    kind = _BROUGHT.get(box.stage)
    return kind is not None and bool(results.brought.get(box.contrast or "", {}).get(kind))


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
    present = list(dict.fromkeys(flow["stage"]))
    stages = [stage for stage in ORDER if stage in present]
    stages += [stage for stage in present if stage not in stages]
    counted = []
    for stage in stages:
        here = flow[flow["stage"] == stage]
        for contrast, rows in here.groupby("contrast", sort=False, dropna=False):
            counted.append(_box(stage, None if words.missing(contrast) else str(contrast), rows))
    return counted


def _box(stage: str, contrast: str | None, rows: pd.DataFrame) -> Box:
    stopped = rows[rows["outcome"] == "stopped"]
    # A patient without any visit stops at the first stage, yet is in the sheet.
    reached = rows if stage == "listed" else rows.drop(stopped.index)
    reasons = stopped["reason"].fillna("no reason given").astype(str)
    stops = [
        Stop(str(reason), int(group["patient"].nunique()), int(group["visit"].notna().sum()))
        for reason, group in stopped.groupby(reasons)
    ]
    return Box(
        stage,
        contrast,
        int(reached["patient"].nunique()),
        int(reached["visit"].notna().sum()) if rows["visit"].notna().any() else None,
        tuple(sorted(stops, key=lambda stop: (-stop.visits, -stop.patients, stop.reason))),
    )


def _figure(results: Results, term: str, **where: str) -> int | None:
    row = results.first("agreement", analysis=POPULATION, term=term, **where)
    return None if row is None or words.missing(row["estimate"]) else int(row["estimate"])


def _from_population(results: Results) -> list[Box]:
    """Read the counts that the statistics give, where nobody wrote a flow."""
    return [
        Box("listed", None, _figure(results, PATIENTS), _figure(results, VISITS)),
        *(
            Box("measured", name, None, _figure(results, VISITS_EVALUABLE, contrast=name))
            for name in results.config.shown
        ),
    ]


def _analysis(results: Results) -> list[Box]:
    """Patients with a baseline on each contrast, and visits on which each pair is compared."""
    return [
        *(baseline(results, name) for name in results.config.shown),
        *(
            Box("common", name, None, _figure(results, VISITS_COMMON, candidate=name))
            for name in results.config.candidates
        ),
    ]


def baseline(results: Results, contrast: str) -> Box:
    """Count the patients with a baseline on a contrast, and why the others have none.

    They add up to the sheet.
    """
    rows = results.select("response", contrast=contrast, criteria=results.primary, analysis_set=ALL)
    if rows.empty:
        return Box("baseline", contrast, None, None)
    rule = rows["rule"].astype(str)
    without = rows[rule.str.startswith("no baseline")].drop_duplicates("patient")
    why = (
        without["rule"]
        .astype(str)
        .str.replace(r"^no baseline; (.*)$", r"no baseline (\1)", regex=True)
    )
    everyone = set(results.table("patients")["patient"]) | set(rows["patient"])
    unseen = pd.Series(["no visit"] * len(everyone - set(rows["patient"])), dtype=object)
    counts = pd.concat([why, unseen]).value_counts()
    stops = tuple(Stop(str(reason), int(n), 0) for reason, n in counts.items())
    return Box("baseline", contrast, len(everyone) - int(counts.sum()), None, stops)
