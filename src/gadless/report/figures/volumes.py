"""Agreement of enhancing volumes: scatter about identity, and Bland-Altman."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gadless.report import words
from gadless.report.drawing import INK, QUIET, Drawing, canvas, colour, grid, marker, styled
from gadless.report.results import Results
from gadless.vocabulary import Term
from gadless.vocabulary.names import COMMON, EVERYONE
from gadless.vocabulary.volumes import (
    BLAND_ALTMAN_BIAS,
    BLAND_ALTMAN_LOWER,
    BLAND_ALTMAN_UPPER,
    CCC,
    MEDIAN_BIAS,
    VOLUME,
)

NAME = "volume_agreement"

# Past this many points a vector file is slow to open, so points become an image inside it.
_VECTOR_POINTS = 600
_TICKS = (0, 0.1, 1, 5, 10, 25, 50, 100, 200, 400)


@styled
def draw_volumes(results: Results) -> Drawing:
    """Draw, for each candidate, its volumes against the reference's, and their difference."""
    config = results.config
    drawing = Drawing(
        name=NAME,
        title="Enhancing volume: candidate against reference",
        caption=(
            "One point a visit evaluable on both. Left: volumes on axes spaced by their cube root"
            " (by diameter), so that small and large tumours can both be read; dashed: identity."
            " Right: Bland-Altman plot of the diameter of the sphere of equal volume, a scale on"
            " which the spread is steadier than on volume; solid: mean difference, dashed: 95%"
            " limits of agreement, repeated visits of a patient allowed for."
        ),
    )
    table = results.select("paired_volumes", measure="enhancing_cm3")
    shown = [name for name in config.candidates if (table["candidate"] == name).any()]
    if not shown:
        reason = (
            results.uncompared
            or "No visit has an enhancing volume on both the reference and a candidate."
        )
        return drawing.without(reason)
    figure = canvas(4.0 * len(shown))
    panels = figure.subplots(len(shown), 2, squeeze=False)
    for (left, right), candidate in zip(panels, shown, strict=True):
        rows = table[table["candidate"] == candidate]
        position = config.candidates.index(candidate) + 1
        _scatter(left, rows, position, results.reference, results.label(candidate))
        _bland_altman(right, rows, position, results, candidate)
    alt = "; ".join(_describe(results, table, candidate) for candidate in shown)
    return drawing.drawn(figure, alt + ".")


def _describe(results: Results, table: pd.DataFrame, candidate: str) -> str:
    visits = words.count((table["candidate"] == candidate).sum(), "visit")
    found = {term: words.estimate(_volume(results, term, candidate)) for term in (MEDIAN_BIAS, CCC)}
    return (
        f"{results.label(candidate)} against {results.reference}, {visits}: median bias"
        f" {found[MEDIAN_BIAS]}, concordance {found[CCC]}"
    )


def _volume(results: Results, term: Term, candidate: str) -> pd.Series | None:
    """Find a row of the volume analysis on the visits of the pair."""
    where = {"analysis": VOLUME, "term": term, "candidate": candidate, "stratum": EVERYONE}
    return results.first("agreement", analysis_set=COMMON, **where)


def _points(axes: Axes, across: pd.Series, up: pd.Series, position: int) -> None:
    axes.plot(
        across,
        up,
        linestyle="",
        marker=marker(position),
        markersize=4.2 if len(across) <= _VECTOR_POINTS else 2.6,
        markeredgewidth=0,
        color=colour(position),
        alpha=0.65 if len(across) <= _VECTOR_POINTS else 0.3,
        rasterized=len(across) > _VECTOR_POINTS,
    )


def _scatter(axes: Axes, rows: pd.DataFrame, position: int, reference: str, candidate: str) -> None:
    axes.set_xscale("function", functions=(np.cbrt, lambda root: root**3))
    axes.set_yscale("function", functions=(np.cbrt, lambda root: root**3))
    top = 1.15 * float(rows[["reference_value", "candidate_value"]].to_numpy(float).max())
    top = max(top, 1.0)
    axes.plot([0, top], [0, top], color=QUIET, linestyle=(0, (4, 2)), linewidth=1.0)
    _points(axes, rows["reference_value"], rows["candidate_value"], position)
    ticks = [tick for tick in _TICKS if tick <= top and not (tick == 0.1 and top > 60)]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda volume, _: f"{volume:g}"))
    axes.set_xlim(-0.0004 * top, top)
    axes.set_ylim(-0.0004 * top, top)
    axes.set_xlabel(f"Enhancing volume on {reference} (cm³)")
    axes.set_ylabel(f"on {candidate} (cm³)")
    axes.set_title(f"{candidate} against {reference}")
    axes.set_box_aspect(1)
    grid(axes)


def _bland_altman(
    axes: Axes, rows: pd.DataFrame, position: int, results: Results, candidate: str
) -> None:
    _points(axes, rows["mean_diameter_mm"], rows["difference_diameter_mm"], position)
    axes.axhline(0.0, color=QUIET, linewidth=0.9)
    heights = [0.0]
    dashes = (0, (5, 2))
    lines = {BLAND_ALTMAN_BIAS: "-", BLAND_ALTMAN_LOWER: dashes, BLAND_ALTMAN_UPPER: dashes}
    for term, style in lines.items():
        found = _volume(results, term, candidate)
        if found is None or words.missing(found["estimate"]):
            continue
        height = float(found["estimate"])
        heights.append(abs(height))
        axes.axhline(height, color=colour(position), linestyle=style, linewidth=1.4)
        axes.text(
            1.01,
            height,
            words.value(term, height),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=INK,
        )
    widest = max(heights + list(rows["difference_diameter_mm"].abs().dropna()))
    reach = 5 * max(1, math.ceil(1.08 * widest / 5))
    axes.set_ylim(-reach, reach)
    axes.set_xlabel("Mean diameter of the two (mm)")
    axes.set_ylabel(f"{results.label(candidate)} − {results.reference} (mm)")
    axes.set_title("Bland-Altman, equivalent diameter")
    axes.set_box_aspect(1)
    grid(axes)
