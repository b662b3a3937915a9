"""Trials of known truth for the simulation study, analysed by the product's own statistics."""

from dataclasses import dataclass, replace

import pandas as pd

from gadless.phantom.cohort import grow_plan
from gadless.phantom.measurements import ContrastError, ErrorModel, simulate_trial
from gadless.phantom.plans import SIMULATED, Plan
from gadless.phantom.survival_model import SurvivalModel
from gadless.phantom.trajectories import DiseaseModel
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics.analyse import analyse
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Config, read_config

CRITERIA = "rano2-2023-volume"
KEYS = ["analysis_set", "analysis", "endpoint", "stratum", "contrast", "term"]
CLINICAL = ["steroid_mg", "clinical_status", "site"]


@dataclass(frozen=True)
class Scenario:
    """What is true in a simulated trial.

    Attributes
    ----------
    purpose : str
    plan : Plan
    errors : ErrorModel
    null : bool
        Both contrasts err alike and the arms do not differ: every paired difference is 0 and the
        treatment's hazard ratio 1, exactly. Otherwise the truth is that of a very large trial.
    sets : tuple of str
        Analysis sets that are reported.
    """

    purpose: str
    plan: Plan
    errors: ErrorModel
    null: bool
    sets: tuple[str, ...] = ("common",)


_ALIKE = ContrastError(patient_log_sd=0.10, visit_log_sd=0.12)
_NO_EFFECT = replace(
    SIMULATED,
    survival=SurvivalModel(progression_hr_treatment=1.0, death_hr_treatment=1.0),
    disease=DiseaseModel(shrinking=(0.5, 0.5), depth=(0.6, 0.6)),
)
_REFERENCE = ContrastError(0.0, 0.05, 0.08, unusable_share=0.03)
_CANDIDATE = ContrastError(-0.07, 0.20, 0.15, 0.5, unusable_share=0.01)
_DECEIVED = replace(_CANDIDATE, treated_log_bias=0.25)

SCENARIOS = {
    "null": Scenario(
        "both contrasts err alike, no treatment effect, scanning goes on",
        _NO_EFFECT,
        ErrorModel({"gbca": _ALIKE, "cgan": _ALIKE}, shared=0.3, scans_after_progression=None),
        null=True,
    ),
    "realistic": Scenario(
        "biased, noisy candidate that misses small lesions; treatment works; scanning ends at"
        " most one visit after progression on the reference",
        SIMULATED,
        ErrorModel({"gbca": _REFERENCE, "cgan": _CANDIDATE}, shared=0.3),
        null=False,
    ),
    "close": Scenario(
        "the candidate errs nearly as the reference does, visit by visit; treatment works; scanning"
        " goes on",
        SIMULATED,
        ErrorModel(
            {"gbca": _REFERENCE, "cgan": _REFERENCE}, shared=0.98, scans_after_progression=None
        ),
        null=False,
    ),
    "misleading": Scenario(
        "as realistic, but the treatment deceives the candidate: it reads a quarter (log) larger"
        " under it, and loses much of its effect",
        SIMULATED,
        ErrorModel({"gbca": _REFERENCE, "cgan": _DECEIVED}, shared=0.3),
        null=False,
    ),
    "stopping": Scenario(
        "as null, but scanning ends at most one visit after progression on the reference",
        _NO_EFFECT,
        ErrorModel({"gbca": _ALIKE, "cgan": _ALIKE}, shared=0.3, scans_after_progression=1),
        null=True,
        sets=("common", "first_progression"),
    ),
}


def configuration(resamples: int, seed: int) -> Config:
    """Configure the analysis: one criteria set, one landmark; all else by default."""
    return read_config(
        {
            "patients": "simulated",
            "measurements": "simulated",
            "candidates": ["cgan"],
            "response": {"criteria": [CRITERIA]},
            "statistics": {
                "covariates": ["age", "mgmt", "kps"],
                "landmarks": [180],
                "bootstrap": resamples,
                "seed": seed,
            },
        }
    )


def tables_of(scenario: Scenario, patients: int, seed: int, config: Config) -> TrialTables:
    """Simulate one trial and take it through response and endpoints."""
    cohort = grow_plan(replace(scenario.plan, patients=patients, seed=seed))
    sheet, measured = simulate_trial(cohort, scenario.errors, seed + 1)
    visits = measured.drop_duplicates(["patient", "visit"])[["patient", "visit", "day", *CLINICAL]]
    criteria = load_criteria(config.response.criteria, config.response.custom)
    response = classify(measured, visits, sheet, None, criteria, config.response, config.contrasts)
    derived = endpoints(response, sheet, visits, measured, config.endpoint, config.response)
    best = best_response(response, sheet, config.response, config.endpoint)
    return TrialTables(sheet, measured, response, best, derived)


def run_trial(scenario: Scenario, patients: int, seed: int, resamples: int) -> pd.DataFrame:
    """Simulate one trial and analyse it as any other; return the rows of both result tables."""
    config = configuration(resamples, seed)
    # The kernels alone: equal to the libraries (tests/statistics/test_library.py), and faster.
    found = analyse(tables_of(scenario, patients, seed, config), config, kernel_only=True)
    table = pd.concat([found["agreement"], found["survival"]], ignore_index=True)
    table[KEYS] = table[KEYS].astype(object).fillna("")
    wanted = [*KEYS, "estimate", "lower", "upper", "p", "outcome"]
    return table.loc[table["analysis_set"] != "all", wanted]
