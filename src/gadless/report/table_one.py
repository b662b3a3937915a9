"""Table 1: who took part, how they were imaged and followed, by arm."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.measured import TITLES
from gadless.report.results import Results
from gadless.vocabulary.names import ALL, ARM, EVERYONE
from gadless.vocabulary.population import MEDIAN_FOLLOW_UP, POPULATION

ALL_ARMS = "All"
"""Heads the column of every patient."""

_LEVELS = 8
"""Values that a column has at most to be counted value by value."""

_NOT_BASELINE = {
    *("patient", "arm", "os_days", "os_event", "phantom", "randomisation_date", "treatment_day"),
    *("radiotherapy_end_day", "new_therapy_day", "last_contact_day", "site"),
}


def table_one(results: Results) -> Grid | None:
    """Lay out baseline, imaging and follow-up, a column an arm; None without patients."""
    patients = results.table("patients")
    if patients.empty:
        return None
    arms = list(dict.fromkeys(patients["arm"].dropna().astype(str).sort_values()))
    groups = {arm: patients[patients["arm"].astype("string") == arm] for arm in arms}
    if len(groups) != 1:
        groups = {ALL_ARMS: patients, **groups}
    rows = [("Patients", *(f"{len(group):,}" for group in groups.values()))]
    for told, cell in (*_baseline(results), *_imaging(results), ("Deaths", _deaths)):
        rows.append((told, *(cell(group) for group in groups.values())))
    rows.append(_followed(results, groups))
    return Grid(
        "Table 1. Patients by arm",
        "Counts with percent of the arm's patients, or median with quartiles. Follow-up: median by"
        " the reverse Kaplan-Meier method, in which deaths censor.",
        ("", *groups),
        tuple(rows),
        "patients, visits, measurements and agreement",
    )


Cell = Callable[[pd.DataFrame], str]
"""Gives the cell of a group of patients."""


def _baseline(results: Results) -> Iterator[tuple[str, Cell]]:
    """Give what the sheet tells of patients, covariates first."""
    patients = results.table("patients")
    covariates = [name for name in results.config.statistics.covariates if name in patients]
    given = [str(name) for name in patients]
    names = [*covariates, *(n for n in given if n not in {*_NOT_BASELINE, *covariates})]
    for name in names:
        column = patients[name]
        known = column.dropna()
        if known.empty:
            continue
        if pd.api.types.is_numeric_dtype(column) and known.nunique() > _LEVELS:
            yield f"{name}, median (quartiles)", _median_of(name)
        elif known.nunique() <= _LEVELS:
            for level in sorted(known.unique()):
                yield f"{name}: {_text(level)}", _share_of(name, level)
        else:
            continue
        if len(known) < len(column):
            yield f"{name}: not known", _missing_of(name)


def _imaging(results: Results) -> Iterator[tuple[str, Cell]]:
    visits, measured = results.table("visits"), results.table("measurements")
    if visits.empty:
        return
    yield "Visits a patient, median (quartiles)", _counts_of(visits)
    if measured.empty:
        return
    usable = measured
    if "evaluable" in measured:
        usable = measured[measured["evaluable"].astype("Float64").fillna(1) == 1]
    for name in results.config.shown:
        label, own = results.label(name), usable[usable["contrast"] == name]
        yield f"Evaluable visits a patient on {label}, median (quartiles)", _counts_of(own)
    response = results.select(
        "response", criteria=results.primary, analysis_set=ALL, candidate=None
    )
    for name in results.config.shown:
        own = response[response["contrast"] == name]
        first = own.dropna(subset=["baseline"]).drop_duplicates("patient")
        if not first.empty:
            measure = str(first["measure"].iloc[0])
            yield (
                f"{TITLES.get(measure, measure)}, at baseline on {results.label(name)}, median"
                " (quartiles)",
                _value_of(first.set_index("patient")["baseline"]),
            )


def _followed(results: Results, groups: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Return the row of the median follow-up, which the statistics estimate."""
    cells = []
    for name in groups:
        stratum = EVERYONE if name == ALL_ARMS else f"{ARM}{name}"
        row = results.first(
            "agreement", analysis=POPULATION, term=MEDIAN_FOLLOW_UP, stratum=stratum
        )
        if row is None or words.missing(row["estimate"]):
            cells.append("not reached")
        else:
            cells.append(words.number(row["estimate"], 0))
    return ("Median follow-up, days", *cells)


def _deaths(group: pd.DataFrame) -> str:
    return _share(int((group["os_event"] == 1).sum()), len(group))


def _median_of(name: str) -> Cell:
    return lambda group: _quartiles(group[name])


def _value_of(values: pd.Series) -> Cell:
    return lambda group: _quartiles(values.reindex(group["patient"]))


def _counts_of(rows: pd.DataFrame) -> Cell:
    counts = rows.groupby("patient").size()
    return lambda group: _quartiles(counts.reindex(group["patient"]).fillna(0))


def _share_of(name: str, level: Any) -> Cell:
    return lambda group: _share(int((group[name] == level).sum()), len(group))


def _missing_of(name: str) -> Cell:
    return lambda group: _share(int(group[name].isna().sum()), len(group))


def _share(count: int, of: int) -> str:
    return f"{count:,} ({words.percent(count / of)})" if of else words.DASH


def _quartiles(values: pd.Series) -> str:
    known = pd.to_numeric(values, errors="coerce").dropna().to_numpy(dtype=float)
    if not len(known):
        return words.DASH
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
    whole = all(value == round(value) for value in (low, middle, high))
    digits = 0 if whole or middle >= 100 else 1
    shown = (words.number(value, digits) for value in (middle, low, high))
    return "{} ({} to {})".format(*shown)


def _text(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)
