"""The course of one measure of one patient, drawn as SVG in the page."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from gadless.report.drawing import colour

WIDTH, HEIGHT = 640, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 14, 48
_ROW = 16
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")


@dataclass(frozen=True)
class Line:
    """One contrast's course: its points, and the breaks where a visit is not evaluable."""

    label: str
    colour: str
    dash: str
    path: str
    points: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Mark:
    """A day on which something happened, and the height of its words."""

    x: float
    label: str
    dash: str
    colour: str
    y: int


@dataclass(frozen=True)
class Limit:
    """A size at which the criteria judge otherwise.

    Attributes
    ----------
    label : str
    dash : str
        Of its line.
    spans : tuple of (first day, last day, size)
        Between two visits, the size that the later one is held against.
    """

    label: str
    dash: str
    spans: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Drawn:
    """A limit as it is drawn, and where its words stand."""

    label: str
    dash: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws."""

    title: str
    lines: list[Line]
    marks: list[Mark]
    days: list[Tick]
    values: list[Tick]
    alt: str
    limits: list[Drawn]
    note: str
    height: int
    bottom: int
    width: int = WIDTH
    left: int = _LEFT
    top: int = _TOP
    right: int = WIDTH - _RIGHT


def chart(
    title: str,
    rows: pd.DataFrame,
    measure: str,
    contrasts: Sequence[tuple[str, str]],
    events: Sequence[tuple[float, str, int]],
    limits: Sequence[Limit] = (),
    note: str = "",
) -> Chart | None:
    """Draw a measure over study days, a line a contrast.

    Parameters
    ----------
    title : str
    rows : DataFrame
        The patient's rows of ``measurements``.
    measure : str
        Column; not evaluable where missing.
    contrasts : sequence of (str, str)
        Name and label, in the order of colours.
    events : sequence of (day, label, position)
        Position of the contrast that it happened on; -1: on none.
    limits : sequence of Limit
        Sizes that the visits are held against.
    note : str
        What a reader is to know of it.

    Returns
    -------
    Chart or None
        None where nothing was measured.
    """
    if measure not in rows or rows[measure].notna().sum() == 0:
        return None
    days = [*rows["day"].astype(float), *(day for day, _, _ in events)]
    first, last = min(days), max(days)
    sizes = [size for limit in limits for _, _, size in limit.spans]
    top = max([float(rows[measure].max()), *sizes]) or 1.0
    across = (WIDTH - _LEFT - _RIGHT) / max(last - first, 1.0)
    # What happened is named above the course, a row each.
    bottom = HEIGHT - _BOTTOM + _ROW * len(events)
    up = (HEIGHT - _TOP - _BOTTOM) / (1.08 * top)

    def x(day: float) -> float:
        return round(_LEFT + (day - first) * across, 1)

    def y(value: float) -> float:
        return round(bottom - value * up, 1)

    lines = []
    for position, (name, label) in enumerate(contrasts):
        own = rows[rows["contrast"] == name].sort_values("day")
        points, path, broken = [], [], True
        for day, visit, value in zip(own["day"], own["visit"], own[measure], strict=True):
            if pd.isna(value):
                broken = True
                continue
            place = (x(float(day)), y(float(value)))
            path.append(f"{'M' if broken else 'L'}{place[0]} {place[1]}")
            points.append((*place, f"{label}, visit {visit}, day {day:.0f}: {value:.3g}"))
            broken = False
        if points:
            dash = _DASHES[position % len(_DASHES)]
            lines.append(Line(label, colour(position), dash, " ".join(path), tuple(points)))
    marks = [
        Mark(
            x(day),
            label,
            _DASHES[position % len(_DASHES)] if position >= 0 else "1 2",
            colour(position) if position >= 0 else "#595959",
            _TOP + 10 + _ROW * row,
        )
        for row, (day, label, position) in enumerate(events)
    ]
    drawn = [_limit(limit, x, y) for limit in limits if limit.spans]
    told = "; ".join(f"{line.label}: {len(line.points)} visits" for line in lines)
    told += "".join(f"; {limit.label} at the last visit" for limit in drawn)
    return Chart(
        title,
        lines,
        marks,
        [Tick(x(day), f"{day:.0f}") for day in _ticks(first, last)],
        [Tick(y(value), f"{value:g}") for value in _ticks(0.0, top)],
        f"{title} over study days. {told}.",
        drawn,
        note,
        bottom + _BOTTOM,
        bottom,
    )


def _limit(limit: Limit, x: Callable[[float], float], y: Callable[[float], float]) -> Drawn:
    path = " ".join(
        f"M{x(first)} {y(size)}L{x(last)} {y(size)}" for first, last, size in limit.spans
    )
    _, last, size = limit.spans[-1]
    return Drawn(f"{limit.label} {size:.3g}", limit.dash, path, x(last), y(size))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, six at most."""
    span = max(high - low, 1e-9)
    step = 10 ** math.floor(math.log10(span / 5))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 6)
    start = math.ceil(low / step - 1e-9)
    return [round(number * step, 9) for number in range(start, math.floor(high / step + 1e-9) + 1)]
