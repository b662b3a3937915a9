"""Contrast saved against discordance, as the threshold of the candidate's doubt moves."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from gadless.report import words
from gadless.report.drawing import INK, QUIET, Drawing, canvas, colour, grid, marker, styled
from gadless.report.results import Results
from gadless.vocabulary.equivalence import DISCORDANCE
from gadless.vocabulary.records import Word
from gadless.vocabulary.sparing import ANCHORED, BY_DOUBT, CHOSEN, PLAIN, RANDOM

NAME = "sparing"


@styled
def draw_spared(results: Results) -> Drawing:
    """Draw, for each candidate that says how unsure it is, what sparing contrast costs."""
    config = results.config
    drawing = Drawing(
        name=NAME,
        title="Contrast saved against discordance",
        caption=(
            "Across: exams without contrast, of all that had it. Up: patients whose progression is"
            " then seen otherwise than with contrast at every exam. Solid line and band: contrast"
            " at the baseline, to whose scale the candidate's volumes are brought, and wherever the"
            f" candidate's doubt exceeds a threshold, with {100 * config.statistics.conf_level:g}%"
            " intervals by resampling of patients. Dashed: as many exams at random. Dotted: no exam"
            " set apart. Large mark: the threshold chosen on other patients for the target, the"
            " horizontal line."
        ),
    )
    table = results.select("sparing", order=BY_DOUBT)
    shown = [name for name in config.candidates if (table["candidate"] == name).any()]
    if not shown:
        rows = results.table("sparing")
        reasons = sorted({str(why) for why in rows["warning"].dropna()}) or ["it was not asked"]
        reason = f"No candidate can tell which exams need contrast: {'; '.join(reasons)}."
        return drawing.without(results.uncompared or reason)
    figure = canvas(3.9 * ((len(shown) + 1) // 2))
    panels = figure.subplots((len(shown) + 1) // 2, 2, squeeze=False).ravel()
    for axes, candidate in zip(panels, shown, strict=False):
        _panel(axes, results, candidate)
    handles = panels[0].get_legend_handles_labels()
    if len(shown) < len(panels):
        panels[-1].set_axis_off()
        panels[-1].legend(*handles, loc="center left")
    else:
        panels[0].legend(*handles, loc="lower right")
    alt = "; ".join(_describe(results, candidate) for candidate in shown)
    return drawing.drawn(figure, f"{alt}.")


def _curve(results: Results, candidate: str, design: str, order: str) -> pd.DataFrame:
    rows = results.select("sparing", candidate=candidate, design=design, order=order)
    return rows.sort_values("exams_spared", kind="stable").astype(
        dict.fromkeys(("exams_spared", DISCORDANCE, "lower", "upper"), float)
    )


def _panel(axes: Axes, results: Results, candidate: str) -> None:
    shade = colour(results.config.candidates.index(candidate) + 1)
    lines: tuple[tuple[Word, Word, dict[str, Any], str], ...] = (
        (ANCHORED, BY_DOUBT, {"color": shade}, "where the candidate doubts"),
        (ANCHORED, RANDOM, {"color": INK, "linestyle": (0, (5, 2))}, "as many at random"),
        (PLAIN, BY_DOUBT, {"color": shade, "linestyle": (0, (1, 1.6))}, "no exam set apart"),
    )
    for design, order, style, label in lines:
        rows = _curve(results, candidate, design, order)
        axes.plot(
            *(rows["exams_spared"], rows[DISCORDANCE]),
            **{"label": label, "marker": ".", "markersize": 4.5, **style},
        )
        if (design, order) == (ANCHORED, BY_DOUBT):
            axes.fill_between(
                rows["exams_spared"],
                rows["lower"],
                rows["upper"],
                color=shade,
                alpha=0.18,
                linewidth=0,
            )
    found = results.first("sparing", candidate=candidate, design=ANCHORED, order=CHOSEN)
    if found is not None and not words.missing(found[DISCORDANCE]):
        axes.axhline(float(found["target"]), color=QUIET, linewidth=0.9, label="target")
        axes.plot(
            float(found["exams_spared"]),
            float(found[DISCORDANCE]),
            marker=marker(1),
            markersize=8,
            markeredgecolor="white",
            color=shade,
            linestyle="",
            label="chosen on other patients",
            zorder=5,
        )
    axes.set_title(results.label(candidate))
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("Exams without contrast")
    axes.set_ylabel("Patients who progress otherwise")
    grid(axes)


def _describe(results: Results, candidate: str) -> str:
    found = results.first("sparing", candidate=candidate, design=ANCHORED, order=CHOSEN)
    label = results.label(candidate)
    if found is None or words.missing(found[DISCORDANCE]):
        return f"{label}: contrast saved against discordance"
    saved, unlike = (words.percent(found[name]) for name in ("exams_spared", DISCORDANCE))
    return f"{label}: at the chosen threshold {saved} of exams spared, {unlike} of patients differ"
