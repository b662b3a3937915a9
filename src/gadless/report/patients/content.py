"""What the page of one patient tells, taken from the trial's tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.listing import Listed
from gadless.report.measured import TITLES
from gadless.report.patients.chart import Chart, chart
from gadless.report.patients.events import Event, events
from gadless.report.patients.limits import Limits
from gadless.report.results import Results
from gadless.vocabulary.names import ALL
from gadless.vocabulary.population import TRIGGERS

_READ = ("measurements", "response", "endpoints", "quality", "lesions", "flow", "patients")
_YES: Mapping[Any, str] = {0: "no", 1: "yes"}
_FLAGS = ("measurable", "new")
_DIGITS = {"long_mm": 1, "short_mm": 1, "product_mm2": 0, "volume_cm3": 2}
_CHARTS = ("enhancing_cm3", "abnormality_cm3", "spd_mm2", "sld_mm")


@dataclass(frozen=True)
class Exam:
    """One visit on one contrast, to be rated."""

    visit: str
    day: str
    contrast: str
    label: str
    evaluable: str


class Patients:
    """The trial's tables, cut by patient once.

    Parameters
    ----------
    results : Results
    views : mapping of str to path
        Patient to what the page shows of its images; without, there are none.
    """

    def __init__(self, results: Results, views: Mapping[str, Path]) -> None:
        self.results, self._views = results, views
        self._parts = {
            name: dict(tuple(results.table(name).groupby("patient", sort=False))) for name in _READ
        }

    def of(self, name: str, patient: str) -> pd.DataFrame:
        """Return a patient's rows of a table."""
        found = self._parts[name].get(patient)
        return self.results.table(name).iloc[:0] if found is None else found

    def view(self, patient: str) -> dict[str, Any] | None:
        """Return what is shown of a patient's images; None where there are none."""
        path = self._views.get(patient)
        if path is None:
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found if found["visits"] else None

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """Name and label of every contrast, the reference first."""
        return [(name, self.results.label(name)) for name in self.results.config.shown]

    def about(self, patient: str, row: Listed) -> list[tuple[str, str]]:
        """Return what heads the page."""
        sheet = self.of("patients", patient)
        told = [("Arm", row.arm), ("Site", row.site)]
        for name in self.results.config.statistics.covariates:
            if name in sheet and len(sheet):
                told.append((name, text(sheet.iloc[0][name])))
        alive = {1: "death", 0: "alive"}
        if len(sheet) and not words.missing(sheet.iloc[0]["os_days"]):
            one = sheet.iloc[0]
            event = alive.get(one["os_event"], "last contact")
            told.append(("Followed to", f"day {words.number(one['os_days'], 0)}: {event}"))
        return told

    def exams(self, patient: str) -> list[Exam]:
        """Return every visit and contrast that there is a row of."""
        rows = self.of("measurements", patient)
        labels = dict(self.contrasts)
        order = {name: place for place, name in enumerate(labels)}
        own = rows[rows["contrast"].isin(labels)]
        own = own.assign(_place=own["contrast"].map(order)).sort_values(["day", "_place"])
        return [
            Exam(
                str(row["visit"]),
                words.number(row["day"], 0),
                str(row["contrast"]),
                labels[str(row["contrast"])],
                _evaluable(row),
            )
            for row in own.to_dict("records")
        ]

    def charts(self, patient: str) -> list[Chart]:
        """Return the courses of what was measured, with the days of events."""
        rows = self._measured(patient)
        happened = self._events(patient, rows)
        drawn = (chart(TITLES[name], rows, name, self.contrasts, happened) for name in _CHARTS)
        return [one for one in drawn if one is not None]

    def judged(self, patient: str) -> list[Chart]:
        """Return, contrast by contrast, what the primary criteria compare and their limits."""
        rows = self._measured(patient)
        happened = self._events(patient, rows)
        response, found = self._primary("response", patient), []
        for position, (contrast, label) in enumerate(self.contrasts):
            limits = Limits.of(self.results.table("criteria"), self.results.primary, contrast)
            own = response[response["contrast"] == contrast].sort_values("day", kind="stable")
            if limits is None or own.empty:
                continue
            drawn = chart(
                f"{TITLES[limits.column]}, on {label}",
                _compared(rows[rows["contrast"] == contrast], own, limits.column),
                limits.column,
                self.contrasts,
                [one for one in happened if one[2] in (-1, position)],
                limits.drawn(own),
                limits.words,
            )
            found += [drawn] if drawn is not None else []
        return found

    def _measured(self, patient: str) -> pd.DataFrame:
        """Return a patient's measurements, with none where a visit is not evaluable."""
        rows = self.of("measurements", patient)
        if "evaluable" not in rows:
            return rows
        usable = rows["evaluable"].fillna(1).astype(float) == 1
        values = [name for name in _CHARTS if name in rows]
        return rows.assign(**{name: rows[name].where(usable) for name in values})

    def _primary(self, name: str, patient: str) -> pd.DataFrame:
        """Return a patient's rows under the primary criteria, each contrast on its own visits."""
        rows = self.of(name, patient)
        own = (rows["criteria"] == self.results.primary) & (rows["analysis_set"] == ALL)
        return rows[own & rows["contrast"].isin(dict(self.contrasts))]

    def _events(self, patient: str, rows: pd.DataFrame) -> list[Event]:
        sheet, ends = self.of("patients", patient), self._primary("endpoints", patient)
        days = rows["day"].astype(float)
        return list(events(self.results.config, self.contrasts, sheet, ends, days))

    def responses(self, patient: str) -> Grid | None:
        """Return every visit's category, the rule that fired, and what it compares."""
        own, labels = self._primary("response", patient), dict(self.contrasts)
        if own.empty:
            return None
        order = {name: place for place, name in enumerate(labels)}
        own = own.assign(_place=own["contrast"].map(order)).sort_values(["day", "_place"])
        return Grid(
            "Response",
            f"Criteria {self.results.primary}, each contrast on its own visits. {words.CATEGORIES}"
            " Change: from baseline, and from the smallest value before (nadir), with the visit of"
            " each.",
            (
                *("Visit", "Day", "Contrast", "Response", "Confirmed", "Rule that fired"),
                *("Measure", "Value", "Baseline", "Change", "Nadir", "Change from nadir"),
            ),
            tuple(_response(row, labels) for row in own.to_dict("records")),
            "response",
        )

    def endpoints(self, patient: str) -> Grid | None:
        """Return what ended each time, on every contrast."""
        own, labels = self._primary("endpoints", patient), dict(self.contrasts)
        if own.empty:
            return None
        columns = ("endpoint", "contrast", "days", "event", "description", "visit", "trigger")
        shown = own.assign(
            contrast=own["contrast"].map(labels),
            event=own["event"].map(_YES),
            trigger=own["trigger"].map(lambda name: TRIGGERS.get(name, name)),
        )
        origin = self.results.config.endpoint.origin
        caption = f"Criteria {self.results.primary}. Days from {origin}. {words.ENDPOINTS}"
        return _plain("Endpoints", caption, shown, columns)

    def lesions(self, patient: str) -> list[dict[str, Any]]:
        """Return the rows of the lesion list."""
        rows, labels = self.of("lesions", patient), dict(self.contrasts)
        own = rows[rows["contrast"].isin(labels)]
        own = own.assign(**{name: own[name].map(_YES) for name in _FLAGS if name in own})
        names = (
            *("compartment", "long_mm", "short_mm", "product_mm2", "volume_cm3"),
            *("measurable", "new", "merged"),
        )
        return [
            {
                "visit": str(row["visit"]),
                "contrast": str(row["contrast"]),
                "label": labels[str(row["contrast"])],
                "lesion": str(row["lesion"]),
                "cells": [_sized(row.get(name), name) for name in names],
            }
            for row in own.to_dict("records")
        ]

    def quality(self, patient: str) -> tuple[Grid | None, Grid | None]:
        """Return the figures that did not pass their limit, and all of them."""
        rows = self.of("quality", patient)
        if rows.empty:
            return None, None
        named = ("visit", "sequence", "step", "figure", "value", "outcome", "limit")
        columns = [name for name in named if name in rows]
        flagged = rows[rows["outcome"].notna() & (rows["outcome"] != "pass")]
        found = None
        if len(flagged):
            found = _plain("Look at these first", "Beyond a limit.", flagged, columns)
        return found, _plain("All figures of quality", "Each step's.", rows, columns)

    def stopped(self, patient: str) -> Grid | None:
        """Return where the patient's exams went no further, and why."""
        rows = self.of("flow", patient)
        found = rows[rows["reason"].notna()]
        if found.empty:
            return None
        labels = dict(self.contrasts)
        shown = found.assign(contrast=[labels.get(name, name) for name in found["contrast"]])
        columns = ("visit", "contrast", "stage", "outcome", "reason")
        return _plain("Not evaluable", "And why.", shown, columns)


def text(value: object) -> str:
    """Write a cell as it is read."""
    if words.missing(value):
        return words.DASH
    if isinstance(value, float):
        whole = value == round(value) and abs(value) < 1e6
        return (f"{value:.0f}" if whole else f"{value:.4g}").replace("-", words.MINUS)
    return str(value)


def _sized(value: object, name: str) -> str:
    """Write a size with as many decimals as its unit bears."""
    if name in _DIGITS and isinstance(value, int | float):
        return words.number(value, _DIGITS[name])
    return text(value)


def _compared(rows: pd.DataFrame, response: pd.DataFrame, column: str) -> pd.DataFrame:
    """Put what the criteria compared (targets, at most) in place of what was measured."""
    held = response[response["measure"] == column].drop_duplicates("visit")
    taken = rows["visit"].map(held.set_index("visit")["value"])
    measured = rows[column] if column in rows else float("nan")
    return rows.assign(**{column: taken.fillna(measured).astype(float)})


def _plain(title: str, caption: str, rows: pd.DataFrame, columns: Sequence[str]) -> Grid:
    return Grid(
        title,
        caption,
        tuple(name.replace("_", " ").capitalize() for name in columns),
        tuple(tuple(text(row[name]) for name in columns) for row in rows.to_dict("records")),
        "",
    )


def _evaluable(row: Mapping[Any, Any]) -> str:
    if words.missing(row.get("evaluable")) or row["evaluable"] != 0:
        return "yes"
    reason = row.get("reason")
    return "no" if words.missing(reason) else f"no: {reason}"


def _response(row: Mapping[Any, Any], labels: Mapping[str, str]) -> tuple[str, ...]:
    def at(value: str, visit: str) -> str:
        if words.missing(row[value]):
            return words.DASH
        known = "" if words.missing(row[visit]) else f" ({row[visit]})"
        return f"{text(row[value])}{known}"

    return (
        str(row["visit"]),
        words.number(row["day"], 0),
        labels[str(row["contrast"])],
        "BL" if str(row["rule"]).startswith("baseline") else text(row["response"]),
        text(row["confirmed"]).replace("_", " "),
        text(row["rule"]),
        TITLES.get(str(row["measure"]), text(row["measure"])),
        text(row["value"]),
        at("baseline", "baseline_visit"),
        words.percent(row["change_from_baseline"], signed=True),
        at("nadir", "nadir_visit"),
        words.percent(row["change_from_nadir"], signed=True),
    )
