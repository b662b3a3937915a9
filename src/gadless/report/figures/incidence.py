"""Cumulative incidence of progression with death competing, on each contrast and by arm."""

from gadless.report.drawing import Drawing, styled
from gadless.report.figures.curves import Curve, Panel, arms_of, draw_panels, rows_of
from gadless.report.results import Results
from gadless.vocabulary.names import AALEN_JOHANSEN, EVERYONE, TTP

NAME = "incidence"
_LABEL = "Progressed (%)"


@styled
def draw_incidence(results: Results) -> Drawing:
    """Draw the share of patients who have progressed: all arms, then by arm on each contrast."""
    drawing = Drawing(
        name=NAME,
        title="Cumulative incidence of progression, death competing",
        caption=(
            f"Aalen-Johansen curves of TTP, criteria {results.primary}, each contrast on its own"
            " visits: the share of patients who have progressed, where whoever dies first never"
            " does. One minus a"
            " Kaplan-Meier curve of TTP, which takes deaths out, lies higher and is nobody's"
            " probability. Under each curve: patients at risk (alive and free of progression), and"
            " in brackets the progressions so far. The hazard ratio of treatment on TTP is"
            " cause-specific: it compares rates, these curves compare shares."
        ),
    )
    contrasts = results.config.shown
    overall = [
        Curve(results.label(name), position, rows_of(results, AALEN_JOHANSEN, TTP, name, EVERYONE))
        for position, name in enumerate(contrasts)
    ]
    panels = [Panel("Progression (TTP), all arms", _LABEL, overall, rising=True)]
    arms = arms_of(results)
    for name in contrasts if len(arms) > 1 else []:
        curves = [
            Curve(arm, position, rows_of(results, AALEN_JOHANSEN, TTP, name, arm))
            for position, arm in enumerate(arms)
        ]
        panels.append(
            Panel(f"Progression on {results.label(name)}, by arm", _LABEL, curves, rising=True)
        )
    return draw_panels(drawing, panels, results)
