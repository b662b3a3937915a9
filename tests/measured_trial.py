"""A small trial measured elsewhere, from its two sheets to the report, without Snakemake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from gadless.export.cdisc import Tables, export_cdisc
from gadless.measurement.collect import collect
from gadless.report.build import build_report
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics.analyse import analyse
from gadless.statistics.tables import TrialTables
from gadless.tables import read_table, write_table
from gadless.trial.config import read_config
from gadless.trial.sheets import read_trial

CRITERIA = "rano2-2023-volume"
CONTRASTS = ("gbca", "cgan")
VISITS = 4

Sheets = tuple[pd.DataFrame, pd.DataFrame]
Change = Callable[[pd.DataFrame, pd.DataFrame], Sheets]


def sheets(patients: int = 12, seed: int = 1) -> Sheets:
    """Patients and measurements of a trial without a fault."""
    rng = np.random.default_rng(seed)
    people, rows = [], []
    for number in range(patients):
        name = f"P{number:02d}"
        last = int(rng.exponential(300)) + 60
        people.append(
            {
                "patient": name,
                "arm": "AB"[number % 2],
                "os_days": last,
                "os_event": int(rng.random() < 0.8),
                "age": round(rng.normal(60, 8)),
            }
        )
        first, rate = rng.lognormal(1.8, 0.4), rng.normal(0.12, 0.2)
        for visit in range(VISITS):
            day = 42 * visit or -3
            if day > last:
                break
            for contrast in CONTRASTS:
                error = 1.0 if contrast == "gbca" else rng.lognormal(-0.05, 0.2)
                volume = round(first * np.exp(rate * visit) * error, 3)
                key = {"patient": name, "visit": f"V{visit + 1}", "day": day}
                rows.append(key | {"contrast": contrast, "enhancing_cm3": volume})
    return pd.DataFrame(people), pd.DataFrame(rows)


@dataclass
class Outcome:
    """Every table of a trial that ran to its report."""

    folder: Path
    tables: dict[str, pd.DataFrame]
    page: str

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def warnings(self) -> str:
        return " ".join(self[name]["warning"].dropna().str.cat(sep=" ") for name in RESULTS)


RESULTS = ("agreement", "survival")


def run(
    folder: Path,
    patients: pd.DataFrame,
    measurements: pd.DataFrame,
    *,
    report: bool = True,
    title: str | None = None,
    statistics: Mapping[str, Any] = MappingProxyType({}),
    **keys: Any,
) -> Outcome:
    """Run the whole way, each stage on the tables that the one before wrote.

    Parameters
    ----------
    title : str, optional
        Of the report.
    statistics, keys
        Configuration beside or instead of the usual.
    """
    for name, sheet in (("patients", patients), ("measurements", measurements)):
        sheet.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    config = read_config(
        {
            "patients": str(folder / "patients.tsv"),
            "measurements": str(folder / "measurements.tsv"),
            "candidates": ["cgan"],
            "response": {"criteria": [CRITERIA]},
            "report": {"title": title},
            "statistics": {
                **{"bootstrap": 5, "covariates": ["age"], "landmarks": [90]},
                **statistics,
            },
            **keys,
        }
    )
    trial = folder / "trial"

    def write(**made: pd.DataFrame) -> None:
        for name, table in made.items():
            write_table(table, trial / f"{name}.tsv")

    def read(*names: str) -> list[pd.DataFrame]:
        return [read_table(trial / f"{name}.tsv") for name in names]

    write(**collect(read_trial(config), config.contrasts, {}))
    measured, visits, people = read("measurements", "visits", "patients")
    sets = load_criteria(config.response.criteria)
    write(response=classify(measured, visits, people, None, sets, config.response, config.readings))
    (response,) = read("response")
    write(
        best_response=best_response(response, people, config.response, config.endpoint),
        endpoints=endpoints(response, people, visits, measured, config.endpoint, config.response),
    )
    best, times = read("best_response", "endpoints")
    (lesions,) = read("lesions")
    tables = Tables(people, visits, measured, lesions, response, best, times)
    export_cdisc(config, tables, folder / "cdisc")
    write(**analyse(TrialTables.read(trial, trial / "patients.tsv"), config))
    paths = {path.stem: path for path in trial.glob("*.tsv")}
    if report:
        build_report(config, paths, [], {}, folder / "report")
    page = (folder / "report" / "index.html").read_text() if report else ""
    return Outcome(folder, {name: read_table(path) for name, path in paths.items()}, page)


def assert_counts_add_up(outcome: Outcome, contrasts: Sequence[str] = CONTRASTS) -> None:
    """Every patient and visit of the sheets is in every table, once."""
    patients, visits = set(outcome["patients"]["patient"]), _visits(outcome["visits"])
    for name, expected in (("best_response", patients), ("endpoints", patients)):
        for key, group in outcome[name].groupby(["contrast", "analysis_set"]):
            assert set(group["patient"]) == expected, (name, key)
    for key, group in outcome["response"].groupby(["contrast", "analysis_set"]):
        assert _visits(group) == visits, key
        assert len(group) == len(visits)
    flow = outcome["flow"]
    assert set(flow["patient"]) == patients
    listed = flow[(flow["stage"] == "listed") & flow["visit"].notna()]
    assert _visits(listed) == visits
    measured = flow[flow["stage"] == "measured"]
    assert (measured.groupby("contrast").size().reindex(list(contrasts)) == len(visits)).all()
    assert measured.loc[measured["outcome"] == "stopped", "reason"].notna().all()
    subjects, _ = pyreadstat.read_xport(outcome.folder / "cdisc" / "adsl.xpt")
    assert set(subjects["USUBJID"]) == patients


def _visits(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(table["patient"], table["visit"], strict=True))
