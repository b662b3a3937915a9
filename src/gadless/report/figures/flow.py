"""Flow diagram: patients and exams at each stage, and why some went no further."""

import textwrap
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from gadless.report import words
from gadless.report.drawing import INK, QUIET, WIDTH, Drawing, canvas, colour, styled
from gadless.report.results import Results
from gadless.report.stages import Box, boxes

NAME = "flow"

# Inches, at 8.5 pt.
_LINE = 0.165
_CHARACTER = 0.079
_GAP = 0.24
_PAD = 0.09
_BOX = 2 * _PAD + 2 * _LINE
_REASONS = 5
_TRUNK = 2.5


@styled
def draw_flow(results: Results) -> Drawing:
    """Draw the flow of patients and exams from the sheets to the analysis."""
    drawing = Drawing(
        name=NAME,
        title="Flow of patients and visits",
        caption=(
            "Counts at each stage, by contrast where the stages differ. Dashed: who went no further"
            " at that stage, and why; nobody is dropped without a reason."
        ),
    )
    counted = boxes(results)
    if not counted:
        reason = "The tables hold no counts of patients and visits."
        return drawing.without(reason)
    levels = [list(level) for _, level in groupby(counted, lambda b: (b.stage, b.contrast is None))]
    columns = max(len(level) for level in levels)
    heights = [_height(level, columns) for level in levels]
    total = sum(heights) + _GAP * (len(levels) - 1) + 0.2
    figure = canvas(total)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, total)
    axes.set_axis_off()
    top, above = total - 0.1, None
    for level, height in zip(levels, heights, strict=True):
        centres = _level(axes, level, top, columns, results.config.contrasts)
        if above is not None:
            _arrows(axes, above, (centres, top))
        bottoms = [(centre, top - _BOX) for centre, box in zip(centres, level, strict=True)]
        above = (bottoms, [box.contrast for box in level])
        top -= height + _GAP
    alt = "; ".join(_describe(box) for box in counted)
    return drawing.drawn(figure, alt + ".")


def _describe(box: Box) -> str:
    where = f" on {box.contrast}" if box.contrast else ""
    stops = [f"{_amount(stop.patients, stop.visits)} {stop.reason}" for stop in box.stops]
    return f"{box.title}{where}: {box.counts}" + (
        f" (stopped: {', '.join(stops)})" if stops else ""
    )


def _amount(patients: int, visits: int) -> str:
    return words.count(visits, "visit") if visits else words.count(patients, "patient")


def _width(level: list[Box], columns: int) -> float:
    """Width of a box: a column's, or nearly half the page before contrasts part."""
    return 4.4 if level[0].contrast is None else (WIDTH - 0.2) / columns - 0.15


def _stop_lines(box: Box, width: float) -> list[str]:
    """Reasons as lines that fit; the rarest are summed up, as the table has them all."""
    shown = box.stops[:_REASONS]
    lines = []
    for stop in shown:
        text = f"{_amount(stop.patients, stop.visits)}: {stop.reason}"
        lines += textwrap.wrap(text, int((width - 2 * _PAD) / _CHARACTER), subsequent_indent="   ")
    rest = box.stops[_REASONS:]
    if rest:
        amount = _amount(sum(s.patients for s in rest), sum(s.visits for s in rest))
        lines.append(f"{amount}: other reasons, see the table")
    return lines


def _height(level: list[Box], columns: int) -> float:
    shared = level[0].contrast is None
    width = _width(level, columns)
    tallest = 0.0
    for box in level:
        lines = _stop_lines(box, width)
        stops = 2 * _PAD + _LINE * len(lines) if lines else 0.0
        tallest = max(
            tallest, max(_BOX, stops) if shared else _BOX + (stops + 0.06 if lines else 0)
        )
    return tallest


def _level(
    axes: Axes, level: list[Box], top: float, columns: int, contrasts: list[str]
) -> list[float]:
    """Draw the boxes of one stage; return their centres."""
    width = _width(level, columns)
    shared = level[0].contrast is None
    centres = []
    for index, box in enumerate(level):
        place = contrasts.index(box.contrast) if box.contrast in contrasts else index
        centre = _TRUNK if shared else 0.1 + (place + 0.5) * (WIDTH - 0.2) / columns
        left, height = centre - width / 2, _BOX
        edge = INK if shared else colour(place)
        _rectangle(axes, left, top - height, width, height, edge, "solid")
        title = box.title + ("" if shared else f": {box.contrast}")
        axes.text(centre, top - _PAD - _LINE * 0.5, title, ha="center", va="center",
                  fontsize=8.5, fontweight="bold")  # fmt: skip
        axes.text(centre, top - _PAD - _LINE * 1.5, box.counts, ha="center", va="center",
                  fontsize=8.5)  # fmt: skip
        lines = _stop_lines(box, width)
        if lines:
            corner = (left + width + 0.25, top) if shared else (left, top - height - 0.06)
            _stops(axes, lines, corner, width)
        centres.append(centre)
    return centres


def _stops(axes: Axes, lines: list[str], corner: tuple[float, float], width: float) -> None:
    left, top = corner
    height = 2 * _PAD + _LINE * len(lines)
    _rectangle(axes, left, top - height, width, height, QUIET, (0, (3, 2)))
    for index, text in enumerate(lines):
        axes.text(left + _PAD, top - _PAD - _LINE * (index + 0.5), text, va="center", fontsize=8,
                  color=INK)  # fmt: skip


def _rectangle(
    axes: Axes, left: float, bottom: float, width: float, height: float, edge: str, style: Any
) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor="white",
            edgecolor=edge,
            linewidth=1.1,
            linestyle=style,
        )
    )


def _arrows(
    axes: Axes,
    above: tuple[list[tuple[float, float]], list[str | None]],
    below: tuple[list[float], float],
) -> None:
    """Join a stage to the next: straight down within a contrast, fanned where contrasts part."""
    (bottoms, contrasts), (centres, top) = above, below
    straight = len(bottoms) == len(centres) and None not in contrasts
    pairs = (
        list(zip(bottoms, centres, strict=True))
        if straight
        else [(bottom, centre) for bottom in bottoms for centre in centres]
    )
    for (across, bottom), centre in pairs:
        axes.add_patch(
            FancyArrowPatch(
                (across, bottom),
                (centre, top),
                arrowstyle="-|>",
                mutation_scale=8,
                color=QUIET,
                linewidth=0.9,
                shrinkA=0,
                shrinkB=0,
                zorder=0,
            )
        )
