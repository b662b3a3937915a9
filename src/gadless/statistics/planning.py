"""Sizes and power of the terms that have a closed form, for the margins of a configuration."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadless.statistics.estimators.power import (
    SampleSize,
    patients_for_evaluability,
    patients_for_share,
    power_of_evaluability,
    power_of_share,
)
from gadless.trial.config import Config

Integers = NDArray[np.int64]

LARGEST_DRAWN = 600
"""Patients to which power is drawn."""

DRAWN = 300
"""Numbers of patients at which it is, evenly spaced."""


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
        size, planned = case.size(config.plan.power), float("nan")
        if config.plan.patients is not None:
            planned = float(case.power(np.array([config.plan.patients]))[0])
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
    largest = max(LARGEST_DRAWN, config.plan.patients or 0)
    patients = np.unique(np.linspace(1, largest, DRAWN, dtype=np.int64))
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


class _Case(Protocol):
    """One true share of one term."""

    @property
    def term(self) -> str: ...
    @property
    def truth(self) -> float: ...
    @property
    def margin(self) -> float: ...
    def power(self, patients: Integers) -> NDArray[np.float64]: ...
    def size(self, power: float) -> SampleSize: ...


@dataclass(frozen=True)
class _Discordance:
    truth: float
    margin: float
    alpha: float
    term: str = "discordance"

    def power(self, patients: Integers) -> NDArray[np.float64]:
        return power_of_share(patients, self.truth, self.margin, self.alpha)

    def size(self, power: float) -> SampleSize:
        return patients_for_share(self.truth, self.margin, self.alpha, power)


@dataclass(frozen=True)
class _Evaluability:
    """The share of visits, which must hold in each of so many arms."""

    truth: float
    margin: float
    alpha: float
    visits: int
    correlation: float
    arms: int
    term: str = "evaluability"

    def power(self, patients: Integers) -> NDArray[np.float64]:
        each = (self.truth, self.margin, self.alpha, self.visits, self.correlation)
        return np.array(
            [power_of_evaluability(int(n) // self.arms, *each) ** self.arms for n in patients]
        )

    def size(self, power: float) -> SampleSize:
        return patients_for_evaluability(
            self.truth, self.margin, self.alpha, power, self.visits, self.correlation, self.arms
        )


def _cases(config: Config) -> list[_Case]:
    plan, settings = config.plan, config.statistics
    margins, alpha = settings.margins, settings.equivalence_alpha
    arms = plan.arms if settings.evaluability_by_arm else 1
    visits = (plan.visits_per_patient, plan.correlation, arms)
    # With a second reading of the reference, not the share but its excess is judged.
    shares = plan.discordance if config.repeat is None else []
    return [
        *(_Discordance(truth, margins.discordance, alpha) for truth in shares),
        *(
            _Evaluability(truth, margins.evaluability, alpha, *visits)
            for truth in plan.evaluability
        ),
    ]
