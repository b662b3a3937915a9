"""Rows of estimates with intervals: what forest and equivalence plots share."""

import math
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gadless.report import words
from gadless.report.drawing import INK, QUIET, colour, marker


@dataclass(frozen=True)
class Row:
    """One line of a forest: a label, an estimate with its ends (or none), and words beside it."""

    label: str
    position: int
    estimate: float
    lower: float
    upper: float
    beside: str
    heading: bool = False

    @classmethod
    def of(cls, label: str, position: int, found: pd.Series | None, note: str = "") -> "Row":
        """Make a row from one of a result table; `position` picks colour and marker."""
        if found is None or words.missing(found["estimate"]):
            reasons = [] if found is None else words.warnings(found["warning"])
            beside = "not estimable" + (f": {_short(reasons[0])}" if reasons else "")
            return cls(label, position, math.nan, math.nan, math.nan, beside)
        beside = words.brief(found) + (f"   {note}" if note else "")
        ends = (found["estimate"], found["lower"], found["upper"])
        estimate, lower, upper = (math.nan if words.missing(end) else float(end) for end in ends)
        return cls(label, position, estimate, lower, upper, beside)

    @classmethod
    def title(cls, label: str) -> "Row":
        """Make a row that only heads those below it."""
        return cls(label, 0, math.nan, math.nan, math.nan, "", heading=True)


def _short(reason: str, length: int = 60) -> str:
    return reason if len(reason) <= length else reason[: length - 1].rstrip() + "…"


def draw_rows(axes: Axes, rows: list[Row], limits: tuple[float, float]) -> None:
    """Draw rows from the top down; what lies beyond the limits ends in an arrow.

    Parameters
    ----------
    axes : Axes
        With its scale set.
    rows : list of Row
    limits : tuple of float
        Ends of the horizontal axis.
    """
    low, high = limits
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(rows)))))
    axes.set_yticklabels([row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for height, (row, label) in enumerate(zip(rows, axes.get_yticklabels(), strict=True)):
        if row.heading:
            label.set_fontweight("bold")
            continue
        axes.text(
            1.015, height, row.beside, transform=axes.get_yaxis_transform(), va="center", color=INK
        )
        _draw(axes, height, row, low, high)


def _draw(axes: Axes, height: int, row: Row, low: float, high: float) -> None:
    shade = colour(row.position)
    if not math.isnan(row.lower) and not math.isnan(row.upper):
        ends = [min(max(end, low), high) for end in (row.lower, row.upper)]
        axes.plot(ends, [height, height], color=shade, linewidth=1.8, solid_capstyle="butt")
        for end, edge, arrow in ((row.lower, low, "<"), (row.upper, high, ">")):
            if (end < edge) if arrow == "<" else (end > edge):
                axes.plot(edge, height, marker=arrow, color=shade, markersize=6, clip_on=False)
            else:
                axes.plot(end, height, marker="|", color=shade, markersize=7, markeredgewidth=1.6)
    if low <= row.estimate <= high:
        axes.plot(
            row.estimate,
            height,
            marker=marker(row.position),
            color=shade,
            markersize=6.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
        )


def ratio_axis(axes: Axes, rows: list[Row], widest: float = 16.0) -> tuple[float, float]:
    """Set a logarithmic axis around 1 that holds the rows, and return its limits.

    Intervals wider than `widest` (a model at the end of its data) do not stretch the axis.
    """
    axes.set_xscale("log")
    ends = [
        end
        for row in rows
        for end in (row.estimate, row.lower, row.upper)
        if not math.isnan(end) and end > 0
    ]
    reach = max([2.0, *(max(end, 1 / end) for end in ends)])
    reach = 2 ** math.ceil(math.log2(min(reach, widest)))
    ticks = [2.0**power for power in range(-round(math.log2(reach)), round(math.log2(reach)) + 1)]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.axvline(1.0, color=QUIET, linewidth=0.9)
    return 1 / reach / 1.05, reach * 1.05
