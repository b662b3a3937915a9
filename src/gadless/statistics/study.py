"""What every analysis shares: the cohort, the resamples and the configuration."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from gadless.response.courses import origins
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics.estimators.bootstrap import Floats, patient_weights
from gadless.statistics.estimators.categories import RESPONSES
from gadless.statistics.tables import Cohort, TrialTables
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config import Config

PRIMARY_SET = "common"
SETS = ("common", "all")
IGNORED = "no_new_therapy"
CUT = "first_progression"
Key = tuple[str, str, str, str]
Group = tuple[str, str, str]
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
        Whether Cox models and concordances on the sample are the resampling kernel's too, instead
        of lifelines'.
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
        survival = _survival(tables, config)
        cohort = Cohort.of(tables.patients, survival, config.statistics.control_arm)
        assessed = _assessed(judged(tables, config), cohort)
        study = cls(cohort, config, _aligned(tables.endpoints, cohort, assessed))
        if not study.criteria:
            return study
        whenever = judged(tables, config, therapy=False)
        whenever = whenever[whenever["analysis_set"] == PRIMARY_SET].assign(analysis_set=IGNORED)
        ignoring = _assessed(whenever, cohort)
        free = _aligned(_without_new_therapy(study, tables), cohort, ignoring)
        return cls(cohort, config, {**study.endpoints, **free, **_cut(study)})

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
        """Analysis sets that have endpoints under a criteria set, the primary first.

        Those that are cut have the candidate's name after a colon: each pair is cut by itself.
        """
        found = {key[2] for key in self.endpoints if key[1] == criteria}
        cuts = [cut_with(candidate) for candidate in self.config.candidates]
        return [name for name in (*SETS, IGNORED, *cuts) if name in found]

    def measure(self, criteria: str) -> str:
        """Column of the measure that a criteria set compares."""
        settings = self.config.response
        (found,) = load_criteria([criteria], settings.custom)
        return "enhancing_cm3" if found.measure == "volume" else "spd_mm2"

    def scale(self, criteria: str) -> tuple[str, ...]:
        """Response categories that a criteria set can give, in their order."""
        settings = self.config.response
        (found,) = load_criteria([criteria], settings.custom)
        minor = (
            found.minor is not None and found.nonenhancing_disease and settings.disease == "mixed"
        )
        return tuple(name for name in RESPONSES if minor or name != "MR")

    def candidates(self, analysis_set: str) -> list[str]:
        """Candidates that an analysis set compares with the reference."""
        _, _, only = analysis_set.partition(":")
        return [only] if only else self.config.candidates

    def contrasts(self, analysis_set: str) -> list[str]:
        """Return reference and candidates of an analysis set."""
        return [self.config.reference, *self.candidates(analysis_set)]

    def units(self) -> list[Unit]:
        """Every contrast under every criteria set and analysis set."""
        return [
            (criteria, analysis_set, contrast)
            for criteria in self.criteria
            for analysis_set in self.sets(criteria)
            for contrast in self.contrasts(analysis_set)
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
        return self.endpoints.get(key) or TimeToEvent.nobody(self.cohort)

    def followed(self, criteria: str, analysis_set: str) -> np.ndarray:
        """Who can be compared on the contrasts of an analysis set; (patients,) of bool."""
        first, *others = (
            self.endpoint(contrast, criteria, analysis_set, "TTP")
            for contrast in self.contrasts(analysis_set)
        )
        return first.comparable(*others)


def cut_with(candidate: str) -> str:
    """Name of the analysis set that cuts the reference and a candidate."""
    return f"{CUT}:{candidate}"


def label(analysis_set: str) -> str:
    """Name of an analysis set in the tables."""
    return analysis_set.partition(":")[0]


def judged(tables: TrialTables, config: Config, *, therapy: bool = True) -> pd.DataFrame:
    """Rows of ``response.tsv`` at which a progression would have counted.

    Not those without a judgement or before time begins to count; under the FDA's rules neither
    clinical contacts without an evaluable image nor, with `therapy`, visits under a new therapy.
    """
    rows, sheet = tables.response, tables.patients
    begin = dict(zip(sheet["patient"], origins(sheet, config.endpoint), strict=True))
    begun = rows["day"] >= rows["patient"].map(begin).astype(float).fillna(-np.inf)
    kept = rows["response"].notna() & (rows["response"] != "NE") & begun
    if config.endpoint.censoring == "fda":
        if "value" in rows:
            kept &= rows["value"].notna()
        if therapy and "new_therapy_day" in sheet:
            started = sheet.set_index("patient")["new_therapy_day"].astype("Float64")
            limit = rows["patient"].map(started).astype(float).fillna(np.inf)
            kept &= rows["day"] <= limit
    return rows[kept]


def _assessed(rows: pd.DataFrame, cohort: Cohort) -> dict[Group, np.ndarray]:
    """Who has a row, by contrast, criteria and analysis set."""
    found = {}
    for key, own in rows.groupby(["contrast", "criteria", "analysis_set"]):
        who = np.zeros(len(cohort.patients), dtype=bool)
        who[cohort.position(own["patient"])] = True
        contrast, criteria, analysis_set = map(str, key)
        found[contrast, criteria, analysis_set] = who
    return found


def _aligned(
    table: pd.DataFrame, cohort: Cohort, assessed: dict[Group, np.ndarray]
) -> dict[Key, TimeToEvent]:
    found: dict[Key, TimeToEvent] = {}
    nobody = np.zeros(len(cohort.patients), dtype=bool)
    for key, rows in table.groupby(["contrast", "criteria", "analysis_set", "endpoint"]):
        contrast, criteria, analysis_set, name = map(str, key)
        who = assessed.get((contrast, criteria, analysis_set), nobody)
        found[contrast, criteria, analysis_set, name] = TimeToEvent.of(rows, cohort, who)
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
    """End both contrasts of each pair at a patient's first progression on either.

    After it, therapy changes and scans stop: what one contrast shows later is seen by chance.
    """
    criteria, found = study.criteria[0], {}
    for candidate in study.config.candidates:
        pair = [study.config.reference, candidate]
        times = [study.endpoint(name, criteria, PRIMARY_SET, "TTP") for name in pair]
        first = np.min([np.where(each.event, each.days, np.inf) for each in times], axis=0)
        for contrast in pair:
            for name in ("TTP", "PFS"):
                whole = study.endpoint(contrast, criteria, PRIMARY_SET, name)
                found[contrast, criteria, cut_with(candidate), name] = whole.cut(first)
    return found
