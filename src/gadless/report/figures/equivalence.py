"""Equivalence plot: each co-primary comparison with its interval against its margin."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gadless.report import words
from gadless.report.drawing import INK, QUIET, Drawing, canvas, styled
from gadless.report.figures.intervals import Row, draw_rows, ratio_axis
from gadless.report.results import Results
from gadless.vocabulary import Term
from gadless.vocabulary.equivalence import EQUIVALENCE, EQUIVALENCE_MARGIN
from gadless.vocabulary.names import COMMON, EVERYONE
from gadless.vocabulary.records import RATIO, SHARE

NAME = "equivalence"


@styled
def draw_equivalence(results: Results) -> Drawing:
    """Draw every co-primary comparison of every candidate against its margin."""
    config = results.config
    drawing = Drawing(
        name=NAME,
        title="Equivalence: each comparison against its margin",
        caption=(
            "Points and bars: estimates and their"
            f" {100 * (1 - 2 * config.statistics.equivalence_alpha):g}% intervals. Shaded: the"
            " margin set in the configuration; no consensus on margins exists. A"
            " candidate is equivalent only if all intervals lie within the shaded bands, and not"
            " equivalent if any lies wholly outside. The vertical line is no difference."
            " Discordance has one side only. An arrow ends an interval that the axis does not hold."
        ),
    )
    found = results.select("agreement", analysis=EQUIVALENCE, analysis_set=COMMON)
    if results.uncompared or found["estimate"].notna().sum() == 0:
        reason = results.uncompared or "No co-primary comparison could be estimated."
        return drawing.without(reason)
    terms = [term for term in EQUIVALENCE.terms if term in set(found["term"])]
    rows = {term: _rows(results, term) for term in terms}
    figure = canvas(sum(0.75 + 0.27 * len(rows[term]) for term in terms))
    panels = figure.subplots(
        len(terms), 1, squeeze=False, height_ratios=[0.75 + 0.27 * len(rows[t]) for t in terms]
    )[:, 0]
    for axes, term in zip(panels, terms, strict=True):
        margin = results.first(
            "agreement", analysis=EQUIVALENCE_MARGIN, analysis_set=COMMON, term=term
        )
        _panel(axes, term, rows[term], margin)
    alt = "; ".join(
        f"{_title(term)}: " + ", ".join(f"{row.label} {row.beside}" for row in rows[term])
        for term in terms
    )
    return drawing.drawn(figure, f"Intervals against margins for {config.name}. {alt}.")


def _rows(results: Results, term: Term) -> list[Row]:
    rows = []
    for position, candidate in enumerate(results.config.candidates, start=1):
        where = {"analysis": EQUIVALENCE, "analysis_set": COMMON, "term": term}
        found = results.select("agreement", candidate=candidate, **where)
        for _, one in found.iterrows():
            arm = "" if one["stratum"] == EVERYONE else f", {words.stratum(one['stratum'])}"
            label = f"{results.label(candidate)}{arm}"
            rows.append(Row.of(label, position, one, words.outcome(one)))
    return rows


def _title(term: Term) -> str:
    """Name a comparison with its scale."""
    if term.unit == RATIO:
        return f"{term.label}, candidate / reference"
    return f"{term.label} ({term.unit.suffix.strip()})"


def _panel(axes: Axes, term: Term, rows: list[Row], margin: Any) -> None:
    axes.set_title(_title(term))
    if term.unit == RATIO:
        limits = ratio_axis(axes, [*rows, _margin_row(margin)], widest=8.0)
    else:
        limits = _linear(rows, margin, term)
    if margin is not None:
        low, high = (
            limit if words.missing(margin[end]) else float(margin[end])
            for limit, end in zip(limits, ("lower", "upper"), strict=True)
        )
        axes.axvspan(low, high, color="#56B4E9", alpha=0.22, linewidth=0)
        for edge in (low, high):
            axes.axvline(edge, color="#0072B2", linewidth=0.9, linestyle=(0, (4, 2)))
    if term.unit not in (RATIO, SHARE):
        axes.axvline(0.0, color=QUIET, linewidth=0.9)
        axes.xaxis.set_major_locator(MaxNLocator(7))
    if term.unit.of_hundred:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    draw_rows(axes, rows, limits)
    axes.tick_params(axis="y", labelcolor=INK)


def _margin_row(margin: Any) -> Row:
    if margin is None:
        return Row.title("")
    return Row("", 0, 1.0, float(margin["lower"]), float(margin["upper"]), "")


def _linear(rows: list[Row], margin: Any, term: Term) -> tuple[float, float]:
    """Hold the margin three times over at most; a wider interval ends in an arrow."""
    known = [] if margin is None else [margin[end] for end in ("lower", "upper")]
    # One limit alone where only one side is judged.
    reach = max([abs(float(end)) for end in known if not words.missing(end)], default=1.0)
    ends = [abs(end) for row in rows for end in (row.estimate, row.lower, row.upper) if end == end]
    if term.unit == SHARE and margin is not None and words.missing(margin["upper"]):
        # The least share that is tolerated: what matters lies between it and all.
        furthest = 1 - min([float(margin["lower"]), *ends])
        return max(0.0, 1 - 1.6 * furthest), 1.0
    widest = max([1.5 * reach, *ends])
    if term.unit == SHARE:
        return 0.0, min(max(widest * 1.05, 2 * reach), 1.0)
    estimates = [abs(row.estimate) for row in rows if row.estimate == row.estimate]
    held = min(widest * 1.08, max([3.5 * reach, *(1.2 * e for e in estimates)]))
    return -held, held
