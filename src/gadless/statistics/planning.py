"""Sizes and power of the terms that have a closed form, for the margins of a configuration."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gadless.statistics.estimators.power import (
    SampleSize,
    effective_visits,
    patients_for_share,
    power_of_evaluability,
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
    for term, truth, margin, power, size in _cases(config):
        planned = float("nan")
        if config.plan.patients is not None:
            planned = float(power(config.plan.patients))
        rows.append((term, truth, margin, size.first, size.always, planned))
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
        pd.DataFrame({"term": term, "truth": truth, "patients": patients, "power": power(patients)})
        for term, truth, _, power, _ in _cases(config)
    ]
    return pd.concat(curves, ignore_index=True)


Power = Callable[[ArrayLike], NDArray[np.float64]]


def _cases(config: Config) -> list[tuple[str, float, float, Power, SampleSize]]:
    """Term, true share, margin, power over patients, and size, of every case of the plan."""
    return [
        *(_discordance(config, truth) for truth in config.plan.discordance),
        *(_evaluability(config, truth) for truth in config.plan.evaluability),
    ]


def _discordance(config: Config, truth: float) -> tuple[str, float, float, Power, SampleSize]:
    margin, alpha = config.statistics.margins.discordance, config.statistics.equivalence_alpha
    size = patients_for_share(truth, margin, alpha, config.plan.power)
    return (
        DISCORDANCE,
        truth,
        margin,
        lambda patients: power_of_share(patients, truth, margin, alpha),
        size,
    )


def _evaluability(config: Config, truth: float) -> tuple[str, float, float, Power, SampleSize]:
    plan = config.plan
    margin, alpha = config.statistics.margins.evaluability, config.statistics.equivalence_alpha
    visits = (plan.visits_per_patient, plan.correlation)
    size = patients_for_share(
        1 - truth, 1 - margin, alpha, plan.power, each=effective_visits(*visits)
    )
    return (
        EVALUABILITY,
        truth,
        margin,
        lambda patients: power_of_evaluability(patients, truth, margin, alpha, *visits),
        size,
    )
