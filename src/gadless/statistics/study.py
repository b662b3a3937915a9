"""What every analysis shares: the cohort, the resamples and the configuration."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from gadless.statistics.resampling import Floats, patient_weights
from gadless.statistics.tables import Cohort, TimeToEvent, TrialTables
from gadless.trial.config import Config

PRIMARY_SET = "common"
SETS = ("common", "all")


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
        (contrast, criteria, analysis set, endpoint) to times aligned with the cohort.
    """

    cohort: Cohort
    config: Config
    endpoints: dict[tuple[str, str, str, str], TimeToEvent]

    @classmethod
    def of(cls, tables: TrialTables, config: Config) -> "Study":
        """Align the endpoints with the cohort."""
        cohort = Cohort.of(tables.patients)
        keys = ["contrast", "criteria", "analysis_set", "endpoint"]
        aligned = {
            tuple(map(str, key)): TimeToEvent.of(rows, cohort)
            for key, rows in tables.endpoints.groupby(keys, sort=True)
        }
        return cls(cohort, config, aligned)

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

    @property
    def sets(self) -> list[str]:
        """Analysis sets that have endpoints, the primary first."""
        found = {key[2] for key in self.endpoints}
        return [name for name in (*SETS, *sorted(found - set(SETS))) if name in found]

    def endpoint(self, contrast: str, criteria: str, analysis_set: str, name: str) -> TimeToEvent:
        """Times of one endpoint; without any row, everyone is censored on day 0."""
        key = (contrast, criteria, analysis_set, name)
        if key in self.endpoints:
            return self.endpoints[key]
        columns = ["patient", "days", "event", "trigger"]
        return TimeToEvent.of(pd.DataFrame(columns=columns), self.cohort)
