"""Every figure of the report: how it is drawn, and what of the configuration stands behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from gadless.report.drawing import Drawing
from gadless.report.figures import (
    confusion,
    curves,
    equivalence,
    flow,
    forest,
    incidence,
    spared,
    swimmer,
    volumes,
)
from gadless.report.results import Results


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    draw : callable
    behind : tuple of str
        Keys of the configuration (``statistics.margins.hazard_ratio``) that it depends on.
    of_criteria : bool
        Whether it depends on the limits of the primary set of criteria as well.
    """

    draw: Callable[[Results], Drawing]
    behind: tuple[str, ...]
    of_criteria: bool = False


_CATEGORIES = (
    *("response.criteria", "response.baseline.rule", "response.baseline.window_days"),
    *("response.disease", "response.t2flair", "response.unconfirmed_last"),
)
_TIMES = (
    *("response.criteria", "endpoint.origin", "endpoint.censoring"),
    *("endpoint.visit_interval_days", "endpoint.data_cutoff_day"),
)
_LEVELS = ("statistics.conf_level",)
FIGURES: dict[str, Figure] = {
    flow.NAME: Figure(flow.draw_flow, ("response.baseline.rule", "response.baseline.window_days")),
    volumes.NAME: Figure(
        volumes.draw_volumes,
        (
            *("measurement.connectivity", "measurement.smallest_lesion_cm3"),
            "response.smallest_volume_cm3",
        ),
    ),
    confusion.NAME: Figure(confusion.draw_confusion, _CATEGORIES, of_criteria=True),
    swimmer.NAME: Figure(
        swimmer.draw_swimmer,
        (*_CATEGORIES, "endpoint.primary", "endpoint.origin"),
        of_criteria=True,
    ),
    curves.CONTRASTS: Figure(curves.draw_contrasts, (*_TIMES, *_LEVELS)),
    curves.ARMS: Figure(curves.draw_arms, (*_TIMES, *_LEVELS, "statistics.control_arm")),
    incidence.NAME: Figure(incidence.draw_incidence, (*_TIMES, *_LEVELS)),
    forest.SURROGATE: Figure(
        forest.draw_surrogate,
        (
            *(*_TIMES, *_LEVELS, "statistics.covariates", "statistics.landmarks"),
            "statistics.events_per_variable",
        ),
    ),
    forest.TREATMENT: Figure(
        forest.draw_treatment,
        (
            *(*_TIMES, *_LEVELS, "statistics.control_arm", "statistics.strata"),
            *("statistics.treatment_direction", "statistics.alpha"),
        ),
    ),
    equivalence.NAME: Figure(
        equivalence.draw_equivalence,
        (
            *("statistics.equivalence_alpha", "statistics.margins.volume_bias_percent"),
            *("statistics.margins.hazard_ratio", "statistics.margins.rmst_days"),
            *("statistics.margins.discordance", "statistics.margins.evaluability"),
            *("statistics.rmst_days", "statistics.noninferiority", "endpoint.primary"),
        ),
    ),
    spared.NAME: Figure(
        spared.draw_spared, (*_TIMES, "statistics.margins.discordance", "statistics.bootstrap")
    ),
}
"""By the stem of its files, in the order of the page."""
