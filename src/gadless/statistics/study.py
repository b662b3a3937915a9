"""What every analysis shares: the cohort, its endpoints, the resamples and the configuration."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gadless.response.criteria import load_criteria
from gadless.response.measures import MEASURES
from gadless.statistics.estimators.bootstrap import Floats, patient_weights
from gadless.statistics.estimators.categories import RESPONSES
from gadless.statistics.tables import Cohort
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config import Config
from gadless.vocabulary.names import ALL, COMMON, FIRST_PROGRESSION, NO_NEW_THERAPY

OWN = ALL
"""Each contrast on its own visits: the trial as it was, or would have been."""
PAIR = COMMON
"""Reference and one candidate on the visits that both show."""
IGNORED = NO_NEW_THERAPY
"""The pair as if nobody had changed therapy."""
CUT = FIRST_PROGRESSION
"""The pair, both ended at a patient's first progression on either."""
SETS = (OWN, PAIR, IGNORED, CUT)
Bounds = tuple[Floats, Floats]


class Analysis(NamedTuple):
    """A criteria set under an analysis set; `candidate` is the pair's, empty in `OWN`."""

    criteria: str
    analysis_set: str
    candidate: str = ""


class Unit(NamedTuple):
    """One contrast in one analysis: what one worker computes at a time."""

    analysis: Analysis
    contrast: str


class Key(NamedTuple):
    """Where the times of one endpoint stand."""

    analysis: Analysis
    contrast: str
    endpoint: str


@lru_cache(maxsize=2)
def _weights(places: bytes, resamples: int, seed: int) -> Floats:
    place = np.frombuffer(places, dtype=np.int64)
    return np.ascontiguousarray(patient_weights(len(place), resamples, seed)[:, place])


@dataclass(frozen=True)
class Study:
    """One trial under analysis; small enough to be sent to worker processes.

    Made by :func:`gadless.statistics.assembly.assemble`.

    Attributes
    ----------
    cohort : Cohort
    config : Config
    endpoints : dict
        Times aligned with the cohort.
    bounds : dict
        The last day seen free of the event and the day it was seen on, each (patients,), of the
        pairs under the primary criteria.
    sites : array (patients,) of str
        Site of each patient; empty where unknown.
    kernel_only : bool
        Whether Cox models, concordances and restricted means on the sample are the resampling
        kernels' too, instead of lifelines'.
    """

    cohort: Cohort
    config: Config
    endpoints: dict[Key, TimeToEvent]
    bounds: dict[Key, Bounds]
    sites: np.ndarray
    kernel_only: bool = False

    @property
    def weights(self) -> Floats:
        """Patient weights: the sample first, then the resamples; the same in every process.

        Drawn by the patients' places, so that no limit hangs on what they are called.
        """
        settings = self.config.statistics
        return _weights(self.cohort.place.tobytes(), settings.bootstrap, settings.seed)

    @property
    def equivalence_level(self) -> float:
        """Level of the intervals that are compared with margins."""
        return 1 - 2 * self.config.statistics.equivalence_alpha

    @property
    def criteria(self) -> list[str]:
        """Criteria sets that have endpoints, in the config's order."""
        found = {key.analysis.criteria for key in self.endpoints}
        return [name for name in self.config.response.criteria if name in found]

    def analyses(self, criteria: str) -> list[Analysis]:
        """Return the analyses of a criteria set: own visits, the pairs, then variants of these."""
        found = {key.analysis for key in self.endpoints}
        wanted = [
            Analysis(criteria, name, candidate)
            for name in SETS
            for candidate in ([""] if name == OWN else self.config.compared)
        ]
        return [analysis for analysis in wanted if analysis in found]

    def pair(self, candidate: str, criteria: str | None = None) -> Analysis:
        """Return the analysis of reference and candidate; without `criteria`, the primary."""
        return Analysis(criteria or self.criteria[0], PAIR, candidate)

    def own(self, criteria: str | None = None) -> Analysis:
        """Return the analysis of each contrast on its own visits."""
        return Analysis(criteria or self.criteria[0], OWN)

    def candidates(self, analysis: Analysis) -> list[str]:
        """Candidates that an analysis compares with the reference."""
        return [analysis.candidate] if analysis.candidate else self.config.compared

    def contrasts(self, analysis: Analysis) -> list[str]:
        """Return reference and candidates of an analysis."""
        return [self.config.reference, *self.candidates(analysis)]

    def units(self) -> list[Unit]:
        """Every contrast in every analysis."""
        return [
            Unit(analysis, contrast)
            for criteria in self.criteria
            for analysis in self.analyses(criteria)
            for contrast in self.contrasts(analysis)
        ]

    def measure(self, criteria: str) -> str:
        """Column of the measure that a criteria set compares."""
        settings = self.config.response
        (found,) = load_criteria([criteria], settings.custom)
        return MEASURES[found.measure].column

    def least(self, measure: str) -> tuple[float, str]:
        """Least size of a measure that is compared in percent, the measurable one, and its unit."""
        if measure.endswith("_cm3"):
            return self.config.response.smallest_volume_cm3, "cm3"
        length = self.config.measurement.measurable_mm
        return (length**2, "mm2") if measure.endswith("_mm2") else (length, "mm")

    def scale(self, criteria: str) -> tuple[str, ...]:
        """Response categories that a criteria set can give, in their order."""
        settings = self.config.response
        (found,) = load_criteria([criteria], settings.custom)
        minor = (
            found.minor is not None and found.nonenhancing_disease and settings.disease == "mixed"
        )
        return tuple(name for name in RESPONSES if minor or name != "MR")

    @property
    def origins(self) -> Floats:
        """Study day from which each patient's times count."""
        if self.config.endpoint.origin == "treatment" and "treatment_day" in self.cohort.sheet:
            return self.cohort.sheet["treatment_day"].fillna(0).to_numpy(dtype=float)
        return np.zeros(len(self.cohort.patients))

    def endpoint(self, analysis: Analysis, contrast: str, name: str) -> TimeToEvent:
        """Return one endpoint's times; without any row, everyone is censored on day 0."""
        found = self.endpoints.get(Key(analysis, contrast, name))
        return found or TimeToEvent.nobody(self.cohort)

    def followed(self, unit: Unit) -> np.ndarray:
        """Who takes part in models of a contrast; (patients,) of bool.

        Those assessed on it; in a pair the same patients for both contrasts.
        """
        analysis, contrast = unit
        names = self.contrasts(analysis) if analysis.candidate else [contrast]
        first, *others = (self.endpoint(analysis, name, "TTP") for name in names)
        return first.comparable(*others)
