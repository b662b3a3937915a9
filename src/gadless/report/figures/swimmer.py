"""Swimmer plot: response over time of each patient on each contrast."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator

from gadless.report import words
from gadless.report.drawing import (
    INK,
    QUIET,
    RESPONSES,
    Drawing,
    canvas,
    colour,
    grid,
    line,
    styled,
)
from gadless.report.results import Results
from gadless.vocabulary.names import ALL

NAME = "swimmer"
PATIENTS = 24
"""Patients shown at most: what fits a page and can still be read."""

_BASELINE = "baseline"
_SHAPES = {
    _BASELINE: ("D", "white", "#1a1a1a", 4.2),
    "CR": ("*", "#0072B2", "#0072B2", 9.0),
    "PR": ("^", "#56B4E9", "#0072B2", 6.5),
    "MR": ("v", "#009E73", "#009E73", 6.0),
    "SD": ("o", "#bdbdbd", "#6b6b6b", 4.6),
    "PD": ("X", "#D55E00", "#8a3c00", 6.5),
    "NE": ("o", "white", "#6b6b6b", 4.0),
}


@styled
def draw_swimmer(results: Results) -> Drawing:
    """Draw each patient's visits as lanes, one a contrast, with endpoint and death."""
    endpoint = results.config.endpoint.primary
    drawing = Drawing(NAME, "Response over time on each contrast")
    response = results.select("response", criteria=results.primary, analysis_set=ALL)
    ends = results.select(
        "endpoints", criteria=results.primary, analysis_set=ALL, endpoint=endpoint
    )
    order = _order(ends, response, results.config.reference)
    if not order:
        return drawing.without("No patient has a response over time.")
    if results.unfollowed:
        return drawing.without(results.unfollowed)
    chosen = _spread(order, PATIENTS)
    subset = (
        "All patients"
        if len(chosen) == len(order)
        else f"{len(chosen)} of {len(order)} patients, evenly spaced in the order of {endpoint} on"
        f" {results.reference}"
    )
    lanes = len(results.config.shown)
    figure = canvas(1.0 + len(chosen) * (0.13 * lanes + 0.07))
    axes = figure.subplots()
    for row, patient in enumerate(chosen):
        _patient(axes, row, patient, response, ends, results)
    _frame(axes, chosen, results)
    alt = (
        f"{subset}: for each patient one lane a contrast"
        f" ({words.listing(list(map(results.label, results.config.shown)))}), with the"
        " response of each visit, the end of"
        f" {endpoint} and death."
    )
    caption = (
        f"{subset}, sorted by {endpoint}; criteria {results.primary}, each contrast on its own"
        " visits. One lane a"
        f" contrast, from day 0 to the end of {endpoint}: a bar closes a lane at an event, an arrow"
        " where it is censored. Symbols: response of each visit. Cross: death."
    )
    return replace(drawing, caption=caption).drawn(figure, alt)


def _order(ends: pd.DataFrame, response: pd.DataFrame, reference: str) -> list[str]:
    on_reference = ends[ends["contrast"] == reference].sort_values(
        ["days", "patient"], ascending=[False, True]
    )
    listed = list(on_reference["patient"])
    known = set(listed)
    return [*listed, *sorted(set(response["patient"]) - known)]


def _spread(order: list[str], most: int) -> list[str]:
    """Pick evenly spaced members of a list, first and last included."""
    if len(order) <= most:
        return order
    return [order[round(place)] for place in np.linspace(0, len(order) - 1, most)]


def _patient(
    axes: Axes,
    row: int,
    patient: str,
    response: pd.DataFrame,
    ends: pd.DataFrame,
    results: Results,
) -> None:
    contrasts = results.config.shown
    step = 0.74 / len(contrasts)
    for position, contrast in enumerate(contrasts):
        height = row - 0.37 + step * (position + 0.5)
        end = ends[(ends["patient"] == patient) & (ends["contrast"] == contrast)]
        if len(end):
            _lane(axes, height, end.iloc[0], position)
        visits = response[(response["patient"] == patient) & (response["contrast"] == contrast)]
        for category, at in visits.groupby(_shown(visits)):
            shape, face, edge, size = _SHAPES.get(str(category), _SHAPES["NE"])
            axes.plot(
                at["day"],
                [height] * len(at),
                linestyle="",
                marker=shape,
                markersize=size * 0.8,
                markerfacecolor=face,
                markeredgecolor=edge,
                markeredgewidth=0.7,
                zorder=3,
            )
    known = results.select("patients", patient=patient, os_event=1)
    if len(known):
        axes.plot(known["os_days"].iloc[0], row, marker="P", color=INK, markersize=6.5, zorder=4)


def _shown(visits: pd.DataFrame) -> pd.Series:
    """Response of each visit; the baseline, which has none, is shown as itself."""
    return visits["response"].mask(visits["rule"] == "baseline", _BASELINE)


def _lane(axes: Axes, height: float, end: pd.Series, position: int) -> None:
    days = float(end["days"])
    axes.plot([0, days], [height] * 2, color=colour(position), linestyle=line(position), lw=1.1)
    closing = "|" if end["event"] == 1 else ">"
    axes.plot(
        days,
        height,
        marker=closing,
        color=colour(position),
        markersize=10 if closing == "|" else 4.5,
        markeredgewidth=1.8 if closing == "|" else 0.5,
    )


def _frame(axes: Axes, chosen: list[str], results: Results) -> None:
    month = results.config.report.days_per_month
    axes.set_yticks(range(len(chosen)), chosen)
    axes.set_ylim(len(chosen) - 0.4, -0.6)
    axes.set_xlim(min(axes.get_xlim()[0], -10.0), None)
    step = next(s for s in (1, 2, 3, 6, 12, 24, 48, 1000) if axes.get_xlim()[1] / month / s <= 12)
    axes.xaxis.set_major_locator(MultipleLocator(step * month))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{day / month:.0f}"))
    axes.set_xlabel(f"Months since {results.config.endpoint.origin}")
    axes.set_ylabel("Patient")
    axes.tick_params(axis="y", length=0)
    grid(axes, "x")
    for height in range(1, len(chosen)):
        axes.axhline(height - 0.5, color="#ececec", linewidth=0.6)
    symbols = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=_SHAPES[name][0],
            markerfacecolor=_SHAPES[name][1],
            markeredgecolor=_SHAPES[name][2],
            markersize=_SHAPES[name][3],
            label=name,
        )
        for name in (_BASELINE, *RESPONSES)
    ]
    symbols.append(Line2D([], [], linestyle="", marker="P", color=INK, markersize=7, label="death"))
    lanes = [
        Line2D(
            [],
            [],
            color=colour(position),
            linestyle=line(position),
            label=results.label(contrast),
        )
        for position, contrast in enumerate(results.config.shown)
    ]
    axes.legend(
        handles=[*lanes, *symbols],
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(lanes) + len(symbols),
        columnspacing=1.2,
        handletextpad=0.4,
        handlelength=2.6,
        labelcolor=INK,
    )
    axes.spines["left"].set_color(QUIET)
