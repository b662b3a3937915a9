"""Warnings of the statistics, faults of exams and flags of quality, as the page lists them."""

import re
from collections.abc import Sequence

import pandas as pd

from gadless.report import words
from gadless.report.grids import Grid
from gadless.report.results import Results
from gadless.vocabulary.equivalence import VERDICT

_NUMBER = r"\d+(?:\.\d+)?"
_ROWS = 60
"""Rows printed at most of a list that grows with the trial; the table beside has them all."""


def warnings(results: Results) -> Grid | None:
    """Give each warning once, with what it is about and how many figures it was raised on.

    Warnings that differ in their numbers only are one, with the range of the numbers.
    """
    raised = []
    for table in ("agreement", "survival"):
        found = results.table(table)
        found = found[found["warning"].notna() & (found["analysis"] != VERDICT)]
        for _, row in found.iterrows():
            raised += [
                (text, f"{str(row['analysis']).replace('_', ' ')}: {words.record(row).label}")
                for text in words.warnings(row["warning"])
            ]
    raised += _of_endpoints(results)
    if not raised:
        return None
    frame = pd.DataFrame(raised, columns=["warning", "about"])
    alike = frame["warning"].str.replace(_NUMBER, "#", regex=True)
    rows = []
    for _, group in frame.groupby(alike, sort=False):
        about = list(dict.fromkeys(group["about"]))
        named = "; ".join(about[:4]) + (f"; and {len(about) - 4} more" if len(about) > 4 else "")
        rows.append((_joined(list(group["warning"])), named, f"{len(group)}"))
    rows.sort(key=lambda row: -int(row[2]))
    return _capped(
        "Warnings of the statistics",
        "What a reader must know of the figures above.",
        ("Warning", "About", "Figures"),
        rows,
        "agreement and survival",
    )


def _of_endpoints(results: Results) -> list[tuple[str, str]]:
    """Warnings on the schedule and on what it censors, with what each is about."""
    table = results.table("endpoint_checks")
    return [
        (
            str(row["warning"]),
            "visits"
            if row["check"] == "visit_gap"
            else f"{row['endpoint']} on {results.label(str(row['contrast']))}",
        )
        for _, row in table[table["warning"].notna()].iterrows()
    ]


def _joined(texts: list[str]) -> str:
    """Join warnings that differ in their numbers only: ``14–59 patients ...``."""
    numbers = iter(zip(*(re.findall(_NUMBER, text) for text in texts), strict=True))

    def span(match: re.Match[str]) -> str:
        found = sorted({float(number) for number in next(numbers)})
        return match[0] if len(found) == 1 else f"{found[0]:g}{words.DASH}{found[-1]:g}"

    return re.sub(_NUMBER, span, texts[0])


def stopped(results: Results) -> Grid | None:
    """Patients and visits that went no further, one a row, with the reason."""
    flow = results.table("flow")
    found = flow[flow["reason"].notna()]
    if found.empty:
        return None
    columns = ("patient", "visit", "contrast", "stage", "outcome", "reason")
    shown = found.assign(contrast=found["contrast"].map(results.label, na_action="ignore"))
    rows = [tuple(_text(row[name]) for name in columns) for _, row in shown.iterrows()]
    return _capped(
        "Patients and visits with a reason",
        "Who went no further, and why.",
        tuple(name.capitalize() for name in columns),
        rows,
        "flow",
    )


def quality(results: Results) -> list[Grid]:
    """List what did not pass, then count pass, warn and fail of each step."""
    table = results.table("quality")
    if table.empty:
        return []
    grids = []
    flagged = _flagged(table)
    if len(flagged):
        named = ("patient", "visit", "sequence", "step", "figure", "value", "outcome", "limit")
        columns = [name for name in named if name in flagged]
        rows = [tuple(_text(row[name]) for name in columns) for _, row in flagged.iterrows()]
        grids.append(
            _capped(
                "Look at these first",
                "Every figure that did not pass its limit, failures first.",
                tuple(name.capitalize() for name in columns),
                rows,
                "quality",
            )
        )
    outcomes = [name for name in ("pass", "warn", "fail") if (table["outcome"] == name).any()]
    outcomes += [name for name in table["outcome"].dropna().unique() if name not in outcomes]
    counts = []
    for (step, figure), group in table.groupby(["step", "figure"], sort=False, dropna=False):
        each = [f"{(group['outcome'] == name).sum():,}" for name in outcomes]
        counts.append((_text(step), _text(figure), *each))
    grids.append(
        Grid(
            "Steps of the preprocessing",
            "Figures of each step against the limits of the configuration, all visits.",
            ("Step", "Figure", *(name.capitalize() for name in outcomes)),
            tuple(counts),
            "quality",
        )
    )
    return grids


def flagged_visits(results: Results) -> list[tuple[str, str]]:
    """Return patient and visit of what did not pass, failures first, each once."""
    flagged = _flagged(results.table("quality"))
    pairs = zip(flagged["patient"], flagged["visit"], strict=True)
    return list(dict.fromkeys((str(patient), str(visit)) for patient, visit in pairs))


def _flagged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that did not pass; failures come first, because they cost a visit."""
    found = table[table["outcome"].notna() & (table["outcome"] != "pass")]
    return found.sort_values("outcome", kind="stable")


def _text(value: object) -> str:
    if words.missing(value):
        return words.DASH
    return f"{value:.4g}".replace("-", words.MINUS) if isinstance(value, float) else str(value)


def _capped(
    title: str, caption: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], source: str
) -> Grid:
    if len(rows) > _ROWS:
        caption += f" The first {_ROWS} of {len(rows):,}; the table beside the page has them all."
    return Grid(title, caption, columns, tuple(rows[:_ROWS]), source)
