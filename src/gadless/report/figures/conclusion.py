"""What the trial would have shown of its treatment on one contrast: two curves, small."""

import base64
import io
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gadless.report import words
from gadless.report.drawing import styled
from gadless.report.figures.curves import Curve, Panel, arms_of, draw_small, last, rows_of
from gadless.report.results import Results
from gadless.vocabulary.names import ALL, KAPLAN_MEIER, PFS
from gadless.vocabulary.survival import CONCLUSION, TREATMENT_EFFECT, TREATMENT_HR

SIZE = (4.6, 2.3)
"""Inches; legible at the width of a telephone."""


@dataclass(frozen=True)
class Concluded:
    """One contrast's conclusion.

    Attributes
    ----------
    label : str
        Of the contrast.
    source : str or None
        The picture as a data address; None where there are no two curves to draw.
    alt : str
    ratios : list of str
        Hazard ratio of each arm with its interval, p-value and what is concluded.
    """

    label: str
    source: str | None
    alt: str
    ratios: list[str]


def conclude(results: Results) -> list[Concluded]:
    """Return the conclusion on every contrast; none where no treatment is compared."""
    if results.unfollowed or len(arms_of(results)) < 2:
        return []
    panels = {name: _panel(results, name) for name in results.config.shown}
    last_day = max((panel.last for panel in panels.values() if panel.curves), default=0.0)
    found = [_concluded(results, name, panel, last_day) for name, panel in panels.items()]
    return found if any(one.source or one.ratios for one in found) else []


def _panel(results: Results, contrast: str) -> Panel:
    curves = [
        Curve(arm, position, rows_of(results, KAPLAN_MEIER, PFS, contrast, arm))
        for position, arm in enumerate(arms_of(results))
    ]
    return Panel("", "Alive, free of progression (%)", curves).present()


def _concluded(results: Results, contrast: str, panel: Panel, last_day: float) -> Concluded:
    label = results.label(contrast)
    if not panel.curves or not panel.events:
        return Concluded(label, None, "No event was observed.", _ratios(results, contrast))
    alt = f"{PFS} on {label} by arm: " + ", ".join(last(curve) for curve in panel.curves) + "."
    return Concluded(label, _picture(panel, last_day, results), alt, _ratios(results, contrast))


def _ratios(results: Results, contrast: str) -> list[str]:
    where = {
        "analysis": TREATMENT_EFFECT,
        "endpoint": PFS,
        "criteria": results.primary,
        "analysis_set": ALL,
        "contrast": contrast,
    }
    found = []
    for _, row in results.select("survival", term=TREATMENT_HR, **where).iterrows():
        judged = results.first("survival", term=CONCLUSION, stratum=row["stratum"], **where)
        parts = [f"hazard ratio {words.brief(row)}"]
        if judged is not None and words.outcome(judged):
            # The test that decides, not Wald's of the ratio.
            parts.append(f"log-rank {words.p_value(judged['p'])}")
            parts.append(words.outcome(judged))
        found.append(f"{words.stratum(row['stratum'])}: {', '.join(parts)}")
    return found


@styled
def _picture(panel: Panel, last_day: float, results: Results) -> str:
    figure = Figure(figsize=SIZE)
    FigureCanvasAgg(figure)
    draw_small(figure.subplots(), panel, last_day, results)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
