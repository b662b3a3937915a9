"""Response concordance: confusion tables as heat maps."""

from itertools import product

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gadless.report import words
from gadless.report.drawing import INK, RESPONSES, Drawing, canvas, styled
from gadless.report.results import Results
from gadless.vocabulary import Analysis
from gadless.vocabulary.names import COMMON, NOT_PROGRESSED, PROGRESSED
from gadless.vocabulary.responses import BEST_RESPONSE, PROGRESSION_STATUS, VISIT_RESPONSE

NAME = "response_concordance"

_ANALYSES = {
    BEST_RESPONSE: "patients",
    PROGRESSION_STATUS: "patients",
    VISIT_RESPONSE: "visits",
}
_ORDER = (*RESPONSES, PROGRESSED, NOT_PROGRESSED)
_SHORT = {PROGRESSED: "yes", NOT_PROGRESSED: "no"}


@styled
def draw_confusion(results: Results) -> Drawing:
    """Draw the confusion tables of response, one row a candidate."""
    config = results.config
    drawing = Drawing(
        name=NAME,
        title="Response: how often the two contrasts agree",
        caption=(
            f"Counts, criteria {results.primary}, visits evaluable on both. Rows:"
            f" {results.reference}; columns: the candidate; framed: agreement; the darker, the"
            " larger its share of the table. Visits count up to the first progression on either"
            " contrast; those judged without an image are left out. NE: not evaluable."
        ),
    )
    table = results.select("confusion", criteria=results.primary, analysis_set=COMMON)
    panels = [
        (candidate, analysis, square)
        for candidate, analysis in product(config.candidates, _ANALYSES)
        if (square := _square(table, candidate, analysis)) is not None
    ]
    if not panels:
        reason = (
            results.uncompared or "No patient has a response on both the reference and a candidate."
        )
        return drawing.without(reason)
    shown = list(dict.fromkeys(candidate for candidate, _, _ in panels))
    figure = canvas(3.35 * len(shown))
    places = figure.subplots(len(shown), 3, squeeze=False, width_ratios=(5, 3.2, 5))
    for axes in places.flat:
        axes.set_visible(False)
    for candidate, analysis, square in panels:
        axes = places[shown.index(candidate), list(_ANALYSES).index(analysis)]
        axes.set_visible(True)
        names = (results.reference, results.label(candidate))
        _heat(axes, square, analysis.label, _ANALYSES[analysis], *names)
    alt = "; ".join(
        _describe(results.label(candidate), analysis, square)
        for candidate, analysis, square in panels
    )
    return drawing.drawn(figure, alt + ".")


def _square(table: pd.DataFrame, candidate: str, analysis: str) -> pd.DataFrame | None:
    """Arrange the counts in the order of the categories; those never used are left out."""
    rows = table[(table["candidate"] == candidate) & (table["analysis"] == analysis)]
    if rows["count"].sum() == 0:
        return None
    square = rows.pivot_table(
        index="reference_response", columns="candidate_response", values="count", aggfunc="sum"
    )
    used = [
        name
        for name in _ORDER
        if (name in square.index and square.loc[name].sum() > 0)
        or (name in square.columns and square[name].sum() > 0)
    ]
    return square.reindex(index=used, columns=used).fillna(0).astype(int)


def _heat(
    axes: Axes, square: pd.DataFrame, title: str, unit: str, reference: str, candidate: str
) -> None:
    counts = square.to_numpy()
    largest = counts.max()
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=1.25 * largest, aspect="equal")
    for row, column in product(range(len(counts)), repeat=2):
        cell = counts[row, column]
        axes.text(
            column,
            row,
            f"{cell:,}",
            ha="center",
            va="center",
            color="white" if cell > 0.72 * largest else (INK if cell else "#9a9a9a"),
            fontweight="bold" if row == column else "normal",
        )
        if row == column:
            frame = Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=INK, lw=1.2)
            axes.add_patch(frame)
    names = [_SHORT.get(name, name) for name in square.index]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.set_xlabel(candidate)
    axes.set_ylabel(reference)
    axes.set_title(f"{title}\n{counts.sum():,} {unit}")
    for side in axes.spines.values():
        side.set_visible(False)


def _describe(candidate: str, analysis: Analysis, square: pd.DataFrame) -> str:
    unit = _ANALYSES[analysis]
    cells = [
        f"{first} and {second} {square.loc[first, second]}"
        for first, second in product(square.index, square.columns)
        if square.loc[first, second]
    ]
    return f"{analysis.label} ({unit}), reference and {candidate}: {words.listing(cells)}"
