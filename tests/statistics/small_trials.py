"""Small trials made of random numbers: no response code, so that a fault here is a fault here."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gadless.statistics.analyse import analyse as by_lifelines
from gadless.statistics.study import Analysis
from gadless.statistics.tables import TrialTables
from gadless.statistics.time_to_event import TimeToEvent
from gadless.trial.config import Config, read_config

REAL = Path(__file__).parents[3] / "shared" / "real" / "tables"
CRITERIA = "rano2-2023-volume"
VISITS = 5
SETS = (("common", "cgan"), ("all", None))
analyse = partial(by_lifelines, kernel_only=True)
"""By the resampling's kernel alone, which takes a fraction of the time; `test_library` holds it to
lifelines and a whole analysis by either to the other."""
OWN, PAIR = Analysis(CRITERIA, "all"), Analysis(CRITERIA, "common", "cgan")


def configuration(**statistics: object) -> Config:
    defaults = {"bootstrap": 200, "covariates": ["age"], "landmarks": [90], "rmst_days": 120}
    settings = {**defaults, **statistics}
    return read_config(
        {
            "patients": "patients.tsv",
            "measurements": "measurements.tsv",
            "candidates": ["cgan"],
            "response": {"criteria": [CRITERIA]},
            "statistics": settings,
        }
    )


def times_of(days: list[float], event: list[int], trigger: list[str] | None = None) -> TimeToEvent:
    """Times of patients who were all assessed."""
    size = len(days)
    texts = np.array(trigger if trigger else [""] * size)
    everyone = np.ones(size, dtype=bool)
    happened = np.array(event) == 1
    known = np.full(size, np.inf)
    blank = np.full(size, "")
    return TimeToEvent(np.array(days, float), happened, texts, blank, everyone, everyone, known)


def simulate(patients: int, seed: int, *, identical: bool = False) -> TrialTables:
    """Volumes, categories and times of two contrasts that agree partly, or entirely."""
    rng = np.random.default_rng(seed)
    names = [f"P{at:03d}" for at in range(patients)]
    death = np.ceil(rng.exponential(300, patients)) + 20
    sheet = pd.DataFrame(
        {
            "patient": names,
            "arm": np.where(rng.random(patients) < 0.5, "A", "B"),
            "os_days": death.astype(int),
            "os_event": (rng.random(patients) < 0.7).astype(int),
            "age": rng.normal(60, 8, patients).round(),
            "site": rng.choice(["north", "south"], patients),
        }
    )
    true = 42 * rng.integers(1, VISITS, patients)
    measured, judged, best, times = [], [], [], []
    for contrast in ("gbca", "cgan"):
        own = contrast == "gbca" or identical
        shift = np.zeros(patients) if own else 42 * rng.integers(-1, 2, patients)
        day = np.clip(true + shift, 42, 42 * (VISITS - 1))
        event = day < death
        factor = (
            np.ones((patients, VISITS)) if own else rng.lognormal(-0.05, 0.2, (patients, VISITS))
        )
        volume = np.random.default_rng(seed).lognormal(1.2, 1, (patients, VISITS)) * factor
        for at, name in enumerate(names):
            for visit in range(VISITS):
                row = {
                    "patient": name,
                    "visit": f"V{visit}",
                    "day": 42 * visit,
                    "contrast": contrast,
                }
                measured.append(
                    {**row, "evaluable": 1, "enhancing_cm3": round(volume[at, visit], 3)}
                )
                response = "PD" if event[at] and 42 * visit == day[at] else "SD"
                response = "NE" if visit == 0 else response
                for name_of_set, pair in SETS:
                    labels = {"criteria": CRITERIA, "analysis_set": name_of_set, "candidate": pair}
                    judged.append({**row, **labels, "response": response, "baseline_visit": "V0"})
        for name_of_set, pair in SETS:
            labels = {
                "contrast": contrast,
                "criteria": CRITERIA,
                "analysis_set": name_of_set,
                "candidate": pair,
            }
            for at, name in enumerate(names):
                best.append(
                    {"patient": name, **labels, "best_response": "PD" if event[at] else "SD"}
                )
                last = min(day[at], death[at]) if event[at] else min(42 * (VISITS - 1), death[at])
                died = not event[at] and sheet["os_event"][at] == 1
                for endpoint, final, happened, trigger in (
                    ("TTP", last, event[at], "enhancing"),
                    (
                        "PFS",
                        death[at] if died else last,
                        event[at] or died,
                        "death" if died else "enhancing",
                    ),
                    ("OS", death[at], sheet["os_event"][at] == 1, "death"),
                ):
                    times.append(
                        {
                            "patient": name,
                            **labels,
                            "endpoint": endpoint,
                            "days": int(final),
                            "event": int(happened),
                            "trigger": trigger if happened else None,
                            "visit": None,
                        }
                    )
    return TrialTables(
        sheet, pd.DataFrame(measured), pd.DataFrame(judged), pd.DataFrame(best), pd.DataFrame(times)
    )
