"""Flow diagram: patients and exams at each stage, and why some went no further."""

import textwrap
from dataclasses import dataclass, field
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
_CHARACTER = 0.068
_GAP = 0.24
_PAD = 0.09
_BOX = 2 * _PAD + 2 * _LINE
_REASONS = 5


Point = tuple[float, float]


@dataclass(frozen=True)
class Ends:
    """Where the arrows to the next stage start: at the trunk, and at each contrast's last box."""

    trunk: Point | None = None
    branches: dict[str, Point] = field(default_factory=dict)

    def above(self, contrast: str | None) -> list[Point]:
        """Return where arrows to a box start: at its contrast, else the trunk; all, to a trunk."""
        if contrast is None and self.branches:
            return list(self.branches.values())
        found = self.branches.get(contrast or "", self.trunk)
        return [] if found is None else [found]

    def after(self, level: list[tuple[str | None, Point]]) -> "Ends":
        """Return the ends after a stage is drawn."""
        if level[0][0] is None:
            return Ends(level[0][1])
        return Ends(self.trunk, self.branches | {name or "": point for name, point in level})


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
    trunk = _trunk(levels)
    top, ends = total - 0.1, Ends()
    for level, height in zip(levels, heights, strict=True):
        centres = _level(axes, level, top, columns, results, trunk)
        for centre, box in zip(centres, level, strict=True):
            for start in ends.above(box.contrast):
                _arrow(axes, start, (centre, top))
        bottoms = [top - _depth(box, _width(level, columns)) for box in level]
        points = zip(centres, bottoms, strict=True)
        ends = ends.after([(box.contrast, at) for box, at in zip(level, points, strict=True)])
        top -= height + _GAP
    alt = "; ".join(_describe(box, results) for box in counted)
    return drawing.drawn(figure, alt + ".")


def _describe(box: Box, results: Results) -> str:
    where = f" on {results.label(box.contrast)}" if box.contrast else ""
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


def _stops_height(box: Box, width: float) -> float:
    return 2 * _PAD + _LINE * len(_stop_lines(box, width)) if box.stops else 0.0


def _depth(box: Box, width: float) -> float:
    """Distance from the top of a box to where its arrow starts: under its reasons, if below it."""
    if box.contrast is None or not box.stops:
        return _BOX
    return _BOX + 0.06 + _stops_height(box, width)


def _height(level: list[Box], columns: int) -> float:
    width = _width(level, columns)
    return max(max(_depth(box, width), _stops_height(box, width)) for box in level)


def _trunk(levels: list[list[Box]]) -> float:
    """Centre of the boxes before contrasts part: aside where reasons must stand beside them."""
    shared = [level[0] for level in levels if level[0].contrast is None]
    return 2.5 if any(box.stops for box in shared) else WIDTH / 2


def _level(
    axes: Axes,
    level: list[Box],
    top: float,
    columns: int,
    results: Results,
    trunk: float,
) -> list[float]:
    """Draw the boxes of one stage; return their centres."""
    width = _width(level, columns)
    shared, contrasts = level[0].contrast is None, results.config.shown
    centres = []
    for index, box in enumerate(level):
        place = contrasts.index(box.contrast) if box.contrast in contrasts else index
        centre = trunk if shared else 0.1 + (place + 0.5) * (WIDTH - 0.2) / columns
        left, height = centre - width / 2, _BOX
        edge = INK if shared else colour(place)
        _rectangle(axes, left, top - height, width, height, edge, "solid")
        title = box.title + (f": {results.label(box.contrast)}" if box.contrast else "")
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


def _arrow(axes: Axes, start: Point, end: Point) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=8,
            color=QUIET,
            linewidth=0.9,
            shrinkA=0,
            shrinkB=0,
            zorder=0,
        )
    )
