"""Sizes and power of the terms that have a closed form, for the margins of a configuration."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gadless.statistics.estimators.power import (
    effective_visits,
    patients_for_share,
    power_of_share,
)
from gadless.trial.config import Config

DISCORDANCE, EVALUABILITY = "discordance", "evaluability"
LARGEST_DRAWN = 600
"""Patients to which power is drawn."""


def sizes(config: Config) -> pd.DataFrame:
    """Return the patients that each true share needs.

    Parameters
    ----------
    config : Config
        Margins and level under `statistics`, the true shares and the power under `plan`.

    Returns
    -------
    DataFrame
        ``term``, ``truth``, ``margin``, ``first``, ``always`` (patients; missing where no size
        does), ``planned`` (power with the planned patients; missing where none are planned).
    """
    rows = []
    for case in _cases(config):
        size = patients_for_share(*case.counted, case.alpha, config.plan.power, case.each)
        planned = float("nan")
        if config.plan.patients is not None:
            planned = float(case.power(config.plan.patients))
        rows.append((case.term, case.truth, case.margin, size.first, size.always, planned))
    names = ["term", "truth", "margin", "first", "always", "planned"]
    return pd.DataFrame(rows, columns=names).astype({"first": "Int64", "always": "Int64"})


def power_curves(config: Config) -> pd.DataFrame:
    """Return power against patients, one row a term, true share and number.

    Returns
    -------
    DataFrame
        ``term``, ``truth``, ``patients``, ``power``.
    """
    patients = np.arange(1, max(LARGEST_DRAWN, config.plan.patients or 0) + 1)
    curves = [
        pd.DataFrame(
            {
                "term": case.term,
                "truth": case.truth,
                "patients": patients,
                "power": case.power(patients),
            }
        )
        for case in _cases(config)
    ]
    return pd.concat(curves, ignore_index=True)


@dataclass(frozen=True)
class _Case:
    """One true share of one term.

    `each` is how many independent observations a patient is worth; `failing` says that what is
    counted is the rest of the share, which must lie below the rest of the margin.
    """

    term: str
    truth: float
    margin: float
    alpha: float
    each: float = 1.0
    failing: bool = False

    @property
    def counted(self) -> tuple[float, float]:
        """True share and margin of what is counted."""
        return (1 - self.truth, 1 - self.margin) if self.failing else (self.truth, self.margin)

    def power(self, patients: ArrayLike) -> NDArray[np.float64]:
        """Power of so many patients."""
        return power_of_share(np.floor(np.asarray(patients) * self.each), *self.counted, self.alpha)


def _cases(config: Config) -> list[_Case]:
    plan, settings = config.plan, config.statistics
    margins, alpha = settings.margins, settings.equivalence_alpha
    each = effective_visits(plan.visits_per_patient, plan.correlation)
    return [
        *(_Case(DISCORDANCE, truth, margins.discordance, alpha) for truth in plan.discordance),
        *(
            _Case(EVALUABILITY, truth, margins.evaluability, alpha, each, failing=True)
            for truth in plan.evaluability
        ),
    ]
