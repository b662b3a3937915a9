"""Survival curves with numbers at risk and cumulative events, on each contrast and in each arm."""

import math
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from gadless.report import words
from gadless.report.drawing import INK, Drawing, canvas, colour, grid, line, styled
from gadless.report.results import Results
from gadless.vocabulary import Word
from gadless.vocabulary.names import ALL, EVERYONE, KAPLAN_MEIER, OS, PFS, TTP

CONTRASTS = "km_contrasts"
ARMS = "km_arms"

_MARKS = 60
"""Censored days a curve, beyond which ticks would hide it; no curve of the figure has them then."""


@dataclass(frozen=True)
class Curve:
    """One curve: its legend, and its place in the order of colours and line styles."""

    label: str
    position: int
    rows: pd.DataFrame


@dataclass(frozen=True)
class Panel:
    """Curves that share axes; `rising` ones are of incidence, and have no censoring to mark."""

    title: str
    label: str
    curves: list[Curve]
    rising: bool = False

    def present(self) -> "Panel":
        """Leave out the curves that the table does not have."""
        return replace(self, curves=[curve for curve in self.curves if len(curve.rows)])

    @property
    def events(self) -> int:
        """Events on all curves."""
        return sum(int(curve.rows["events"].sum()) for curve in self.curves)

    @property
    def last(self) -> float:
        """Day on which the longest curve ends."""
        return max(float(curve.rows["day"].max()) for curve in self.curves)


@styled
def draw_contrasts(results: Results) -> Drawing:
    """Draw time to progression of all patients, one curve a contrast."""
    drawing = Drawing(
        name=CONTRASTS,
        title="Time to progression on each contrast",
        caption=(
            f"Kaplan-Meier curves, criteria {results.primary}, each contrast on its own visits, all"
            " arms. Under each curve: patients at risk, and in brackets the events so far. The"
            " curves are of the same patients, so their difference is judged by the paired"
            " comparison, not by a log-rank test between them."
        ),
    )
    panels = []
    for endpoint in _endpoints(results):
        curves = [
            Curve(
                results.label(contrast),
                position,
                rows_of(results, KAPLAN_MEIER, endpoint, contrast, EVERYONE),
            )
            for position, contrast in enumerate(results.config.shown)
        ]
        panels.append(Panel(f"{endpoint.label} ({endpoint})", f"{_FREE[endpoint]} (%)", curves))
    return draw_panels(drawing, panels, results)


@styled
def draw_arms(results: Results) -> Drawing:
    """Draw the primary endpoint by arm, one panel a contrast, and overall survival by arm."""
    endpoint, *_ = _endpoints(results)
    drawing = Drawing(
        name=ARMS,
        title="Treatment arms on each contrast, and overall survival",
        caption=(
            f"Kaplan-Meier curves of {endpoint} by arm, criteria {results.primary}, each"
            " contrast on its own visits, one panel a contrast: what the trial would have seen."
            " Under each curve: patients at risk, and in brackets the events so far. Overall"
            " survival does not"
            " depend on the contrast."
        ),
    )
    arms = arms_of(results)
    panels = []
    for contrast in results.config.shown:
        curves = [
            Curve(arm, position, rows_of(results, KAPLAN_MEIER, endpoint, contrast, arm))
            for position, arm in enumerate(arms)
        ]
        panels.append(
            Panel(f"{endpoint} on {results.label(contrast)}", f"{_FREE[endpoint]} (%)", curves)
        )
    overall = [Curve(a, i, _overall(results, a)) for i, a in enumerate(arms or [EVERYONE])]
    panels.append(Panel(OS.label, "Alive (%)", overall))
    return draw_panels(drawing, panels, results)


_FREE = {TTP: "Free of progression", PFS: "Alive and free of progression"}


def _endpoints(results: Results) -> list[Word]:
    """Return the endpoints that depend on the contrast, the primary first."""
    primary = results.config.endpoint.primary
    return sorted((TTP, PFS), key=lambda name: name != primary)


def arms_of(results: Results) -> list[str]:
    """List the arms that have curves of their own."""
    return sorted(set(results.select("km")["arm"].dropna().astype(str)) - {EVERYONE})


def rows_of(
    results: Results, estimator: str, endpoint: str, contrast: str, arm: str
) -> pd.DataFrame:
    """Take the rows of one curve of the primary criteria, the contrast on its own visits."""
    return results.select(
        "km",
        criteria=results.primary,
        endpoint=endpoint,
        analysis_set=ALL,
        contrast=contrast,
        arm=arm,
        estimator=estimator,
    ).sort_values("day")


def _overall(results: Results, arm: str) -> pd.DataFrame:
    found = results.select("km", endpoint=OS, arm=arm, estimator=KAPLAN_MEIER)
    return found.sort_values("day")


def draw_panels(drawing: Drawing, panels: list[Panel], results: Results) -> Drawing:
    """Draw panels of curves, two a row, each above its numbers at risk."""
    if results.unfollowed:
        return drawing.without(results.unfollowed)
    panels = [panel.present() for panel in panels]
    eventless = [panel.title for panel in panels if not panel.events]
    panels = [panel for panel in panels if panel.events]
    if not panels:
        return drawing.without("No event was observed, so there is no curve to draw.")
    if eventless:
        note = f" Not drawn, as no event was observed: {words.listing(eventless)}."
        drawing = replace(drawing, caption=drawing.caption + note)
    columns = 1 if len(panels) == 1 else 2
    depth = math.ceil(len(panels) / columns)
    most = max(len(panel.curves) for panel in panels)
    figure = canvas(depth * (3.1 + 0.24 * most))
    marked = all((c.rows["censored"] > 0).sum() <= _MARKS for p in panels for c in p.curves)
    # A row of curves, then its row of numbers at risk, which shares the axis of time.
    ratios = [3.0, 0.35 + 0.24 * most] * depth
    places = figure.subplots(2 * depth, columns, squeeze=False, height_ratios=ratios)
    for spare in range(len(panels), depth * columns):
        for below in (0, 1):
            places[2 * (spare // columns) + below, spare % columns].set_visible(False)
    for index, panel in enumerate(panels):
        upper = places[2 * (index // columns), index % columns]
        lower = places[2 * (index // columns) + 1, index % columns]
        _curves(upper, panel, marked=marked and not panel.rising)
        _months(upper, max(other.last for other in panels if other.label == panel.label), results)
        _at_risk(lower, upper, panel)
    # Not with the numbers at risk, whose names would draw them away from their own axis.
    figure.align_ylabels(places[::2].ravel().tolist())
    alt = "; ".join(
        f"{panel.title}: " + ", ".join(last(curve) for curve in panel.curves) for panel in panels
    )
    return drawing.drawn(figure, alt + ".")


def last(curve: Curve) -> str:
    """Describe a curve by its counts and where it ends."""
    end = curve.rows.iloc[-1]
    share = words.percent(end["estimate"])
    return (
        f"{curve.label}: {words.count(curve.rows['at_risk'].max(), 'patient')},"
        f" {words.count(curve.rows['events'].sum(), 'event')},"
        f" {share} on day {words.number(end['day'], 0)}"
    )


def _curves(axes: Axes, panel: Panel, *, marked: bool) -> None:
    for curve in panel.curves:
        days, shade = curve.rows["day"].to_numpy(float), colour(curve.position)
        axes.step(
            days,
            100 * curve.rows["estimate"].to_numpy(float),
            where="post",
            color=shade,
            linestyle=line(curve.position),
            label=curve.label,
        )
        ends = curve.rows[["lower", "upper"]].to_numpy(float)
        axes.fill_between(
            days,
            100 * ends[:, 0],
            100 * ends[:, 1],
            step="post",
            color=shade,
            alpha=0.10,
            linewidth=0,
        )
        if marked:
            censored = curve.rows[curve.rows["censored"] > 0]
            axes.plot(
                censored["day"],
                100 * censored["estimate"],
                linestyle="",
                marker="|",
                markersize=5,
                markeredgewidth=0.9,
                color=shade,
            )
    axes.set_title(panel.title)
    axes.set_ylabel(panel.label)
    axes.set_ylim(0, 102)
    grid(axes)
    axes.legend(loc="best", handlelength=3.2, borderaxespad=0.2)


def draw_small(axes: Axes, panel: Panel, last_day: float, results: Results) -> None:
    """Draw the curves of a panel that stands by itself, without its numbers at risk."""
    _curves(axes, panel, marked=False)
    _months(axes, last_day, results)


def _months(axes: Axes, last: float, results: Results) -> None:
    """Ticks at whole months; positions stay days. Panels of one endpoint share the range."""
    month = results.config.report.days_per_month
    months = max(last / month, 1.0)
    step = next(
        (step for step in (1, 2, 3, 4, 6, 8, 9, 12, 24, 36) if months / step <= 5),
        math.ceil(months / 6),
    )
    ticks = [step * month * number for number in range(int(months // step) + 1)]
    axes.set_xlim(-0.01 * last, max(last, 1.0) * 1.02)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{day / month:.0f}"))
    axes.set_xlabel(f"Months since {results.config.endpoint.origin}")


def _at_risk(axes: Axes, above: Axes, panel: Panel) -> None:
    """Write at each tick the patients at risk just before it and the events up to it."""
    axes.set_xlim(above.get_xlim())
    axes.set_ylim(len(panel.curves) - 0.4, -0.9)
    axes.set_yticks(range(len(panel.curves)), [curve.label for curve in panel.curves])
    axes.set_title("At risk (events)", fontsize=8.5, fontweight="normal", pad=1)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, pad=26)
    for height, (curve, label) in enumerate(zip(panel.curves, axes.get_yticklabels(), strict=True)):
        label.set_color(colour(curve.position))
        for tick in above.xaxis.get_major_locator()():
            at_risk, events = counts_at(curve.rows, float(tick))
            axes.text(
                tick,
                height,
                f"{at_risk} ({events})",
                ha="center",
                va="center",
                fontsize=8,
                color=INK,
            )


def counts_at(rows: pd.DataFrame, day: float) -> tuple[int, int]:
    """Read numbers at risk just before a day, and events up to and on it, from a curve's rows."""
    later = rows[rows["day"] >= day]
    at_risk = 0 if later.empty else int(later["at_risk"].iloc[0])
    return at_risk, int(rows.loc[rows["day"] <= day, "events"].sum())
