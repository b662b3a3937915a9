"""Power of the whole verdict, by patients, discordance and evaluability, on simulated trials.

python benchmarks/sample_size.py run --trials 200    every cell; resumes where it stopped
python benchmarks/sample_size.py report              tables and figure of docs/sample-size.md

Patients of one large cohort are measured, classified and followed once for every truth; a trial is
a draw of n of them without replacement, judged by the statistics' own verdict.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scenarios import CLINICAL, CRITERIA

from gadless.phantom.cohort import grow_plan
from gadless.phantom.measurements import ContrastError, ErrorModel, simulate_trial
from gadless.phantom.plans import SIMULATED
from gadless.response.best_response import best_response
from gadless.response.classify import classify
from gadless.response.criteria import load_criteria
from gadless.response.endpoints import endpoints
from gadless.statistics.assembly import assemble
from gadless.statistics.comparisons import evaluability, progression, times
from gadless.statistics.comparisons.survival import Figures
from gadless.statistics.comparisons.verdict import verdict
from gadless.statistics.study import Study, Unit
from gadless.statistics.tables import TrialTables
from gadless.trial.config import Config, read_config

PATIENTS = (40, 80, 200, 521)
# Error of a visit (log sd) on each contrast, apart from the other's: some 5, 10, 12% discordant.
ERRORS = (0.016, 0.034, 0.0405)
FAILING = (0.005, 0.02)
COHORT = 5210
COHORT_SEED = 814
KEYS = ["patients", "error", "failing", "trial"]


@dataclass(frozen=True)
class Population:
    """A cohort under one truth, and what is true in it."""

    tables: TrialTables
    discordance: float
    evaluability: float


def configuration(seed: int) -> Config:
    """Configure the analysis: one criteria set, the default margins."""
    return read_config(
        {
            "patients": "simulated",
            "measurements": "simulated",
            "candidates": ["cgan"],
            "response": {"criteria": [CRITERIA]},
            # The comparisons with margins rest on no resampling.
            "statistics": {"bootstrap": 0, "seed": seed, "control_arm": "control"},
        }
    )


@cache
def population(error: float, failing: float) -> Population:
    """Measure the cohort with a candidate that errs by chance and fails by chance."""
    config = configuration(0)
    cohort = grow_plan(replace(SIMULATED, patients=COHORT, seed=COHORT_SEED))
    alike = ContrastError(visit_log_sd=error)
    candidate = replace(alike, unusable_share=failing, unusable_reason="registration failed")
    errors = ErrorModel(
        {"gbca": alike, "cgan": candidate}, shared=0.0, scans_after_progression=None
    )
    sheet, measured = simulate_trial(cohort, errors, COHORT_SEED + 1)
    visits = measured.drop_duplicates(["patient", "visit"])[["patient", "visit", "day", *CLINICAL]]
    criteria = load_criteria(config.response.criteria, config.response.custom)
    response = classify(measured, visits, sheet, None, criteria, config.response, config.contrasts)
    derived = endpoints(response, sheet, visits, measured, config.endpoint, config.response)
    best = best_response(response, sheet, config.response, config.endpoint)
    tables = TrialTables(sheet, measured, response, best, derived)
    study = assemble(tables, config, kernel_only=True)
    compared, unlike = progression.discordant(study, study.pair("cgan"), "cgan")
    seen = evaluability.evaluability(study, tables, "cgan").hit
    return Population(tables, float(unlike.sum() / compared.sum()), float(seen.mean()))


def drawn(tables: TrialTables, patients: int, seed: int) -> TrialTables:
    """Draw patients without replacement: one trial."""
    names = tables.patients["patient"].to_numpy()
    chosen = set(np.random.default_rng(seed).choice(names, patients, replace=False))
    parts = (tables.patients, tables.measurements, tables.response, tables.best_response)
    kept = [table[table["patient"].isin(chosen)] for table in (*parts, tables.endpoints)]
    return TrialTables(*kept)


def judged(tables: TrialTables, config: Config) -> pd.DataFrame:
    """Terms that decide on the candidate, and the verdict."""
    study = assemble(tables, config, kernel_only=True)
    reached = verdict(study, tables, _figures(study), "cgan")
    rows = [
        (one.term, one.stratum, one.estimate, one.lower, one.upper, one.outcome)
        for one in reached.comparisons
    ]
    said = ("verdict", "all", float("nan"), float("nan"), float("nan"), reached.outcome)
    columns = ["term", "stratum", "estimate", "lower", "upper", "outcome"]
    table = pd.DataFrame([*rows, said], columns=columns)
    return table[table["stratum"] == "all"].assign(informative=bool(reached.informative))


def _figures(study: Study) -> dict[Unit, Figures]:
    """Only what the verdict asks for: the treatment on PFS, restricted means, pair and own."""
    found = {}
    for analysis in (study.pair("cgan"), study.own()):
        for contrast in study.config.contrasts:
            unit = Unit(analysis, contrast)
            name = study.config.endpoint.primary
            primary, pfs = (study.endpoint(*unit, each) for each in (name, "PFS"))
            summaries = times.summaries(study, name, primary)
            # Everyone comes first, and nothing is computed for the arms that is not asked for.
            mean = next(figure for figure in summaries if figure.term == "rmst_days")
            figures = [mean, next(iter(times.treatment(study, "PFS", pfs)))]
            found[unit] = {figure.key: figure for figure in figures}
    return found


def run(trials: int, file: Path, until: float, part: tuple[int, int]) -> None:
    """Run what is not there yet, a trial of every cell in turn; stop at a clock time."""
    done = (
        set(map(tuple, _read(file)[KEYS].drop_duplicates().to_numpy())) if file.exists() else set()
    )
    for trial in range(part[0], trials, part[1]):
        for error in ERRORS:
            for failing in FAILING:
                for patients in PATIENTS:
                    if (patients, error, failing, trial) in done:
                        continue
                    if time.time() > until:
                        return
                    _append(file, patients, error, failing, trial)


def _append(file: Path, patients: int, error: float, failing: float, trial: int) -> None:
    whole = population(error, failing)
    found = judged(drawn(whole.tables, patients, 1000 * trial + patients), configuration(trial))
    labelled = found.drop(columns="stratum").assign(
        patients=patients,
        error=error,
        failing=failing,
        trial=trial,
        discordance=whole.discordance,
        evaluability=whole.evaluability,
    )
    labelled.to_csv(file, sep="\t", index=False, mode="a", header=not file.exists())


def _read(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, sep="\t")


def report(folder: Path) -> str:
    """Tables of power: of the verdict by cell, and of each term by itself."""
    files = sorted(folder.glob("sample_size*.tsv"))
    rows = pd.concat([_read(file) for file in files], ignore_index=True)
    power = cells(rows)
    draw(power, folder / "sample_size.png")
    return "\n\n".join([_verdicts(power), _terms(rows)])


def cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of trials with each verdict, by cell."""
    said = rows[rows["term"] == "verdict"]
    keys = ["discordance", "evaluability", "patients"]
    by_cell = said.assign(equivalent=said["outcome"] == "equivalent").groupby(keys)
    return by_cell["equivalent"].agg(["mean", "size"]).reset_index()


def _verdicts(power: pd.DataFrame) -> str:
    heads = " | ".join(f"n = {n}" for n in PATIENTS)
    lines = [
        f"| discordance | evaluability | {heads} |",
        "| --- | --- |" + " --- |" * len(PATIENTS),
    ]
    for (discordant, evaluable), group in power.groupby(["discordance", "evaluability"]):
        by = group.set_index("patients")["mean"]
        shown = " | ".join(f"{100 * by.get(n, float('nan')):.0f}" for n in PATIENTS)
        lines.append(f"| {100 * discordant:.1f}% | {100 * evaluable:.1f}% | {shown} |")
    return "\n".join(lines)


def _terms(rows: pd.DataFrame) -> str:
    names = [name for name in rows["term"].unique() if name != "verdict"]
    lines = [
        f"| term | discordance | evaluability | {' | '.join(f'n = {n}' for n in PATIENTS)} |",
        "| --- | --- | --- |" + " --- |" * len(PATIENTS),
    ]
    for name in names:
        of_term = rows[rows["term"] == name]
        for (discordant, evaluable), group in of_term.groupby(["discordance", "evaluability"]):
            by = (group["outcome"] == "inside").groupby(group["patients"]).mean()
            shown = " | ".join(f"{100 * by.get(n, float('nan')):.0f}" for n in PATIENTS)
            lines.append(
                f"| `{name}` | {100 * discordant:.1f}% | {100 * evaluable:.1f}% | {shown} |"
            )
    return "\n".join(lines)


def draw(power: pd.DataFrame, file: Path) -> None:
    """Draw power against patients, a panel an evaluability and a line a discordance."""
    levels = sorted(power["evaluability"].unique(), reverse=True)
    figure = Figure(figsize=(9.6, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(levels), sharey=True, squeeze=False)[0]
    for axes, level in zip(panels, levels, strict=True):
        shown = power[power["evaluability"] == level]
        for marker, (discordant, line) in zip("os^D", shown.groupby("discordance"), strict=False):
            label = f"{100 * discordant:.0f}% discordant"
            axes.plot(line["patients"], 100 * line["mean"], marker=marker, label=label)
        axes.axhline(80, color="0.5", linewidth=0.8, linestyle="--")
        axes.set(title=f"{100 * level:.1f}% evaluable", xlabel="Patients", ylim=(0, 101))
        axes.set_xscale("log")
        axes.set_xticks(PATIENTS, [str(n) for n in PATIENTS], minor=False)
        axes.minorticks_off()
    panels[0].set_ylabel("Equivalent (% of trials)")
    panels[0].legend(frameon=False, fontsize=8)
    figure.savefig(file, dpi=130)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/sample_size"))
    parser.add_argument("--minutes", type=float, default=1e6, help="start no trial after this")
    parser.add_argument("--part", type=int, default=0, help="which share of the trials is run")
    parser.add_argument("--parts", type=int, default=1, help="of how many, side by side")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    file = given.folder / f"sample_size{given.part}.tsv"
    if given.what == "run":
        until = time.time() + 60 * given.minutes
        run(given.trials, file, until, (given.part, given.parts))
    else:
        sys.stdout.write(report(given.folder) + "\n")


if __name__ == "__main__":
    main()
