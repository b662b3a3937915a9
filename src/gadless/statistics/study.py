"""What every analysis shares: the cohort, the resamples and the configuration."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from gadless.response.endpoints import endpoints
from gadless.statistics.resampling import Floats, patient_weights
from gadless.statistics.tables import Cohort, TimeToEvent, TrialTables
from gadless.trial.config import Config

PRIMARY_SET = "common"
SETS = ("common", "all")
IGNORED = "no_new_therapy"
CUT = "first_progression"
Key = tuple[str, str, str, str]
Bounds = tuple[Floats, Floats]
Unit = tuple[str, str, str]
"""Criteria set, analysis set, contrast: what one worker computes at a time."""


@lru_cache(maxsize=2)
def _weights(patients: int, resamples: int, seed: int) -> Floats:
    return patient_weights(patients, resamples, seed)


@dataclass(frozen=True)
class Study:
    """One trial under analysis; small enough to be sent to worker processes.

    Attributes
    ----------
    cohort : Cohort
    config : Config
    endpoints : dict
        (contrast, criteria, analysis set, endpoint) to times aligned with the cohort. The primary
        criteria have two sets more, as sensitivity analyses.
    sites : array (patients,) of str
        Site of each patient; empty where unknown.
    bounds : dict
        (contrast, endpoint) to the last day seen free of the event and the day it was seen on, each
        (patients,), primary criteria and set.
    kernel_only : bool
        Whether the resampling's kernels give the point estimates too, instead of libraries.
    """

    cohort: Cohort
    config: Config
    endpoints: dict[tuple[str, str, str, str], TimeToEvent]
    sites: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=str))
    bounds: dict[tuple[str, str], Bounds] = field(default_factory=dict)
    kernel_only: bool = False

    @classmethod
    def of(cls, tables: TrialTables, config: Config) -> "Study":
        """Align the endpoints with the cohort."""
        cohort = Cohort.of(tables.patients, _survival(tables, config))
        study = cls(cohort, config, _aligned(tables.endpoints, cohort))
        if not study.criteria:
            return study
        ignoring = _aligned(_without_new_therapy(study, tables), cohort)
        return cls(cohort, config, {**study.endpoints, **ignoring, **_cut(study)})

    @property
    def weights(self) -> Floats:
        """Patient weights: the sample first, then the resamples; the same in every process."""
        settings = self.config.statistics
        return _weights(len(self.cohort.patients), settings.bootstrap, settings.seed)

    @property
    def criteria(self) -> list[str]:
        """Criteria sets that have endpoints, in the config's order."""
        found = {key[1] for key in self.endpoints}
        return [name for name in self.config.response.criteria if name in found]

    def sets(self, criteria: str) -> list[str]:
        """Analysis sets that have endpoints under a criteria set, the primary first."""
        found = {key[2] for key in self.endpoints if key[1] == criteria}
        return [name for name in (*SETS, IGNORED, CUT) if name in found]

    def units(self) -> list[Unit]:
        """Every contrast under every criteria set and analysis set."""
        return [
            (criteria, analysis_set, contrast)
            for criteria in self.criteria
            for analysis_set in self.sets(criteria)
            for contrast in self.config.contrasts
        ]

    @property
    def origins(self) -> Floats:
        """Study day from which each patient's times count."""
        if self.config.endpoint.origin == "treatment" and "treatment_day" in self.cohort.sheet:
            return self.cohort.sheet["treatment_day"].fillna(0).to_numpy(dtype=float)
        return np.zeros(len(self.cohort.patients))

    def endpoint(self, contrast: str, criteria: str, analysis_set: str, name: str) -> TimeToEvent:
        """Return one endpoint's times; without any row, everyone is censored on day 0."""
        key = (contrast, criteria, analysis_set, name)
        if key in self.endpoints:
            return self.endpoints[key]
        columns = ["patient", "days", "event", "trigger"]
        return TimeToEvent.of(pd.DataFrame(columns=columns), self.cohort)


def _aligned(table: pd.DataFrame, cohort: Cohort) -> dict[Key, TimeToEvent]:
    found: dict[Key, TimeToEvent] = {}
    for key, rows in table.groupby(["contrast", "criteria", "analysis_set", "endpoint"]):
        contrast, criteria, analysis_set, name = map(str, key)
        found[contrast, criteria, analysis_set, name] = TimeToEvent.of(rows, cohort)
    return found


def _survival(tables: TrialTables, config: Config) -> pd.DataFrame:
    """Overall survival from the endpoint's own origin: the same under every criteria set."""
    table = tables.endpoints
    return table[(table["endpoint"] == "OS") & (table["contrast"] == config.reference)]


def _without_new_therapy(study: Study, tables: TrialTables) -> pd.DataFrame:
    """Endpoints as if nobody had changed therapy: progression under it counts."""
    response, config = tables.response, study.config
    chosen = response[
        (response["criteria"] == study.criteria[0]) & (response["analysis_set"] == PRIMARY_SET)
    ]
    none = pd.DataFrame(columns=tables.endpoints.columns)
    if "new_therapy_day" not in tables.patients or config.endpoint.censoring != "fda":
        return none
    if chosen.empty or not {"rule", "confirmed", "value"} <= set(chosen):
        return none
    patients = tables.patients.drop(columns="new_therapy_day")
    found = endpoints(chosen, patients, chosen, chosen, config.endpoint, config.response)
    return found.assign(analysis_set=IGNORED)


def _cut(study: Study) -> dict[Key, TimeToEvent]:
    """End every contrast at a patient's first progression on any of them.

    After it, therapy changes and scans stop: what one contrast shows later is seen by chance.
    """
    criteria, contrasts = study.criteria[0], study.config.contrasts
    times = [study.endpoint(name, criteria, PRIMARY_SET, "TTP") for name in contrasts]
    first = np.min([np.where(each.event, each.days, np.inf) for each in times], axis=0)
    return {
        (name, criteria, CUT, endpoint): study.endpoint(name, criteria, PRIMARY_SET, endpoint).cut(
            first
        )
        for name in contrasts
        for endpoint in ("TTP", "PFS")
    }
