"""The table ``sparing.tsv``: gadolinium saved against discordance, for every candidate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadless.response.criteria import Criteria
from gadless.response.criteria_table import criteria_of
from gadless.statistics.comparisons.sparing import choice
from gadless.statistics.comparisons.sparing.curve import (
    COURSES,
    THRESHOLDS,
    Curve,
    at_random,
    by_doubt,
    follow,
    mean,
)
from gadless.statistics.comparisons.sparing.mixing import Mixer
from gadless.statistics.comparisons.sparing.trial import (
    Followed,
    SparingTables,
    cohort_of,
    followed,
    why_not,
    with_own_news,
)
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats, patient_weights
from gadless.statistics.rows import rounded
from gadless.statistics.tables import Cohort
from gadless.trial.config import Config
from gadless.vocabulary.sparing import ANCHORED, BY_DOUBT, CHOSEN, CHOSEN_RANDOM, PLAIN, RANDOM

COLUMNS = (
    *("candidate", "criteria", "design", "order", "threshold", "exams", "exams_spared"),
    *("spared_lower", "spared_upper", "patients", "discordance", "lower", "upper", "conf_level"),
    *("target", "method", "warning"),
)


def sparing(tables: SparingTables, config: Config) -> pd.DataFrame:
    """Ask of every candidate which exams could do without contrast.

    Parameters
    ----------
    tables : SparingTables
    config : Config

    Returns
    -------
    DataFrame
        As ``sparing.tsv``, by the primary criteria. A candidate of whom it cannot be asked has one
        row, which says why.
    """
    (criteria, *_) = criteria_of(config.response, config.readings)
    cohort = cohort_of(tables, config)
    settings = config.statistics
    weights = patient_weights(len(cohort.patients), settings.bootstrap, settings.seed)
    rows: list[dict[str, Any]] = []
    for candidate in config.compared:
        key = {"candidate": candidate, "criteria": criteria.name}
        if reason := why_not(tables, config, criteria, candidate):
            rows.append({**key, "warning": reason})
            continue
        asked = _Asked(tables, config, criteria, candidate, cohort, weights[:, cohort.place])
        rows += [{**key, **row} for row in asked.rows()]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        dict.fromkeys(("exams", "patients"), "Int64")
    )


@dataclass(frozen=True)
class _Asked:
    """One candidate, and the resamples of patients in the order of the cohort."""

    tables: SparingTables
    config: Config
    criteria: Criteria
    candidate: str
    cohort: Cohort
    weights: Floats

    def rows(self) -> list[dict[str, Any]]:
        """Rows of both designs."""
        which = (self.tables, self.config, self.criteria, self.candidate)
        found = followed(*which)
        patients = {str(name): found[str(name)] for name in self.cohort.patients}
        plain = Mixer(self.tables, with_own_news(*which), *which[1:])
        anchored = plain.anchored({name: one.baseline for name, one in patients.items()})
        return [
            *self._design(ANCHORED, anchored, patients, keep_baseline=True),
            *self._design(PLAIN, plain, patients, keep_baseline=False),
        ]

    def _design(
        self, design: str, mixer: Mixer, patients: Mapping[str, Followed], *, keep_baseline: bool
    ) -> list[dict[str, Any]]:
        ordered = list(patients.values())
        given = by_doubt(ordered, keep_baseline=keep_baseline)
        rng = np.random.default_rng(self.config.statistics.seed)
        times = max(round(COURSES / len(ordered)), 1)
        orders = [at_random(ordered, given, rng, keep_baseline=keep_baseline) for _ in range(times)]
        curve, *others = follow(mixer, patients, [given, *orders])
        random = mean(others)
        rows = [
            row
            for order, one in ((BY_DOUBT, curve), (RANDOM, random))
            for row in self._along(order, one)
        ]
        rows += self._chosen(curve, random)
        return [{"design": design, **row} for row in rows]

    def _along(self, order: str, curve: Curve) -> list[dict[str, Any]]:
        """Rows along the thresholds."""
        return [
            self._row(order, *self._figures(curve, at), threshold=threshold)
            for at, threshold in enumerate(THRESHOLDS)
        ]

    def _figures(self, curve: Curve, at: int) -> tuple[Curve, Bootstrapped, Bootstrapped, int]:
        """Return what a row holds of one point of a curve."""
        saved, unlike = curve.exams_spared(self.weights, at), curve.discordance(self.weights, at)
        compared = round(float(curve.compared[:, at].sum()))
        return curve, Bootstrapped.of(saved), Bootstrapped.of(unlike), compared

    def _chosen(self, curve: Curve, random: Curve) -> list[dict[str, Any]]:
        """Rows on the threshold that keeps the target, judged on other patients."""
        target = self.config.statistics.margins.discordance
        own = choice.cross_fitted(curve, self.cohort.place, target)
        everyone = choice.largest(curve, np.ones(len(own), dtype=bool), target)
        lowest, highest = (THRESHOLDS[at] for at in (own.min(), own.max()))
        method = (
            f"thresholds from {lowest:g} to {highest:g}, chosen on the patients of the other"
            f" {choice.FOLDS - 1} of {choice.FOLDS} folds"
        )
        more: dict[str, Any] = {
            "threshold": THRESHOLDS[everyone],
            "target": target,
            "method": method,
        }
        return [
            self._row(order, *self._figures(one.at(own), 0), **more)
            for order, one in ((CHOSEN, curve), (CHOSEN_RANDOM, random))
        ]

    def _row(
        self,
        order: str,
        curve: Curve,
        saved: Bootstrapped,
        unlike: Bootstrapped,
        n: int,
        **more: Any,
    ) -> dict[str, Any]:
        level = self.config.statistics.conf_level
        ends = [one.interval(level) for one in (saved, unlike)]
        return {
            "order": order,
            "exams": int(curve.exams.sum()),
            "exams_spared": rounded(saved.value),
            "spared_lower": rounded(ends[0][0]),
            "spared_upper": rounded(ends[0][1]),
            "patients": n,
            "discordance": rounded(unlike.value),
            "lower": rounded(ends[1][0]),
            "upper": rounded(ends[1][1]),
            "conf_level": level,
            "warning": ends[1][2],
            **more,
        }
