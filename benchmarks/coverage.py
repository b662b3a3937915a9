"""Interval coverage and test size of the headline numbers, on trials of known truth.

python benchmarks/coverage.py run null realistic --trials 500    resumes where it stopped
python benchmarks/coverage.py truth realistic                    the very large trial
python benchmarks/coverage.py report                             the tables of docs/simulation.md
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scenarios import KEYS, SCENARIOS, run_trial
from scipy.stats import binom

PATIENTS = 521
LARGE = 5210
PIECES = 2
RESAMPLES = 200
FIRST_SEED = 100_000

ARM, MARK = "arm:experimental", "landmark:180"
VOLUME = ("volume", "", "all", "")
TTP, PFS = ("TTP", "all", ""), ("PFS", "all", "")
SURROGATE, LANDMARK = "surrogate_time_dependent", "surrogate_landmark"

# What is 0 (or 1, for ratios) where both contrasts err alike and the arms do not differ.
DIFFERENCES = {
    (*VOLUME, "median_bias_cm3"): 0.0,
    (*VOLUME, "median_bias_percent"): 0.0,
    (*VOLUME, "bland_altman_bias_mm"): 0.0,
    ("paired_time", *TTP, "rmst_difference_days"): 0.0,
    ("paired_time", *PFS, "rmst_difference_days"): 0.0,
    ("paired_time", *TTP, "mean_difference_both_days"): 0.0,
    (SURROGATE, *TTP, "hr_progression_ratio"): 1.0,
    (SURROGATE, *TTP, "c_index_difference"): 0.0,
    (LANDMARK, "TTP", MARK, "", "hr_progression_ratio"): 1.0,
    (LANDMARK, "TTP", MARK, "", "c_index_difference"): 0.0,
    ("treatment_effect", "TTP", ARM, "", "treatment_hr_ratio"): 1.0,
    ("treatment_effect", "PFS", ARM, "", "treatment_hr_ratio"): 1.0,
    ("treatment_effect", "TTP", ARM, "gbca", "treatment_hr"): 1.0,
    ("treatment_effect", "PFS", ARM, "gbca", "treatment_hr"): 1.0,
    ("treatment_effect", "PFS", ARM, "cgan", "treatment_hr"): 1.0,
}
LEVELS = [
    (*VOLUME, "ccc"),
    ("best_response", "", "all", "", "agreement"),
    ("best_response", "", "all", "", "kappa_weighted"),
    ("progression_status", "", "all", "", "discordant"),
    ("progression_status", "", "all", "", "kappa"),
    ("visit_response", "", "all", "", "kappa_weighted"),
    ("time_to_event", "TTP", "all", "gbca", "rmst_days"),
    ("time_to_event", "TTP", "all", "cgan", "rmst_days"),
    ("time_to_event", "TTP", "all", "gbca", "incidence"),
    ("paired_time", *TTP, "ccc_days"),
    (SURROGATE, "TTP", "all", "gbca", "hr_progression"),
    (SURROGATE, "TTP", "all", "cgan", "hr_progression"),
    (SURROGATE, "TTP", "all", "gbca", "c_index"),
    (SURROGATE, "TTP", "all", "cgan", "c_index"),
    (LANDMARK, "TTP", MARK, "gbca", "hr_progression"),
    (LANDMARK, "TTP", MARK, "gbca", "c_index_uno"),
]
TESTS = [
    ("treatment_effect", "TTP", ARM, "gbca", "treatment_hr"),
    ("treatment_effect", "PFS", ARM, "gbca", "treatment_hr"),
    ("treatment_effect", "PFS", ARM, "cgan", "treatment_hr"),
    ("paired_time", *TTP, "sign_test"),
    ("progression_status", "", "all", "", "mcnemar"),
    ("best_response", "", "all", "", "stuart_maxwell"),
]
EQUIVALENCE = [
    ("equivalence", "", "all", "", "volume_bias_percent"),
    ("equivalence", "PFS", "all", "", "hazard_ratio"),
    ("equivalence", "TTP", "all", "", "rmst_days"),
    ("equivalence", "TTP", "all", "", "discordance"),
]


def simulate(names: list[str], trials: int, folder: Path, until: float) -> None:
    """Run the scenarios' trials in turn, appending each trial's rows; stop at a clock time."""
    done = {name: _done(folder / f"{name}.tsv") for name in names}
    for number in range(trials):
        for name in names:
            if number in done[name]:
                continue
            if time.time() > until:
                return
            rows = run_trial(SCENARIOS[name], PATIENTS, FIRST_SEED + 10 * number, RESAMPLES)
            path = folder / f"{name}.tsv"
            _headline(rows).assign(trial=number).to_csv(
                path, sep="\t", index=False, mode="a", header=not path.exists()
            )


def _headline(rows: pd.DataFrame) -> pd.DataFrame:
    keys = rows[KEYS[1:]].itertuples(index=False, name=None)
    return rows[[key in WANTED for key in keys]]


def _done(path: Path) -> set[int]:
    return set(_read(path)["trial"]) if path.exists() else set()


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(
        path,
        sep="\t",
        keep_default_na=False,
        na_values={name: [""] for name in ("estimate", "lower", "upper", "p")},
    )


def large_trials(name: str, folder: Path) -> None:
    """Point estimates of very large trials; their mean is the truth, with a standard error."""
    pieces = [
        run_trial(SCENARIOS[name], LARGE, 10 + 10 * piece, 0).assign(piece=piece)
        for piece in range(PIECES)
    ]
    truth = (
        _headline(pd.concat(pieces)).groupby(KEYS)["estimate"].agg(["mean", "std"]).reset_index()
    )
    truth["error"] = truth.pop("std") / np.sqrt(PIECES)
    truth.to_csv(folder / f"{name}-truth.tsv", sep="\t", index=False)


def band(share: float, trials: int) -> str:
    """Binomial 95% band of an observed share whose true value is nominal, in percent."""
    low, high = binom.ppf([0.025, 0.975], trials, share) / trials
    return f"{100 * low:.1f}-{100 * high:.1f}"


def _trials(name: str, analysis_set: str, folder: Path) -> pd.DataFrame:
    rows = _read(folder / f"{name}.tsv")
    return rows[rows["analysis_set"] == analysis_set].set_index(KEYS[1:]).sort_index()


def coverage(
    name: str, truth: dict[tuple[str, ...], float], folder: Path, analysis_set: str = "common"
) -> str:
    """Table of coverage: share of trials whose interval holds the truth."""
    trials = _trials(name, analysis_set, folder)
    lines = [
        "| figure | truth | mean estimate | intervals | coverage % | band % | below / above % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, value in truth.items():
        if key not in trials.index:
            continue
        rows = trials.loc[[key]].dropna(subset=["lower", "upper"])
        nominal = 0.90 if key[0] == "equivalence" else 0.95
        below, above = (rows["upper"] < value).mean(), (rows["lower"] > value).mean()
        lines.append(
            f"| {label(key)} | {value:.4g} | {rows['estimate'].mean():.4g} | {len(rows)} |"
            f" {100 * (1 - below - above):.1f} | {band(nominal, len(rows))} |"
            f" {100 * below:.1f} / {100 * above:.1f} |"
        )
    return "\n".join(lines)


def size(name: str, folder: Path, analysis_set: str = "common") -> str:
    """Table of test size: share of trials with p below 0.05 although nothing differs."""
    trials = _trials(name, analysis_set, folder)
    lines = ["| test | trials | p < 0.05, % | band % |", "| --- | --- | --- | --- |"]
    for key in (key for key in TESTS if key in trials.index):
        p = trials.loc[[key], "p"].dropna()
        lines.append(
            f"| {label(key)} | {len(p)} | {100 * (p < 0.05).mean():.1f} | {band(0.05, len(p))} |"
        )
    return "\n".join(lines)


def label(key: tuple[str, ...]) -> str:
    """Name of a figure in the tables' own words."""
    analysis, endpoint, stratum, contrast, term = key
    where = [part for part in (endpoint, contrast, stratum if stratum == MARK else "") if part]
    return f"`{analysis}` `{term}`" + (f" ({', '.join(where)})" if where else "")


def report(folder: Path) -> str:
    """All tables that have trials."""
    parts = []
    for name, scenario in SCENARIOS.items():
        if not (folder / f"{name}.tsv").exists():
            continue
        count = len(_done(folder / f"{name}.tsv"))
        parts.append(f"## `{name}`: {scenario.purpose} ({count} trials)")
        if scenario.null:
            for analysis_set in scenario.sets:
                parts.append(f"Analysis set `{analysis_set}`:")
                parts.append(coverage(name, DIFFERENCES, folder, analysis_set))
                parts.append(size(name, folder, analysis_set))
        elif (folder / f"{name}-truth.tsv").exists():
            known = pd.read_csv(folder / f"{name}-truth.tsv", sep="\t", keep_default_na=False)
            known = known[known["analysis_set"] == "common"]
            means = known.set_index(KEYS[1:])["mean"]
            wanted = [*DIFFERENCES, *LEVELS, *EQUIVALENCE]
            parts.append(coverage(name, {key: float(means[key]) for key in wanted}, folder))
    return "\n\n".join(parts)


WANTED = {*DIFFERENCES, *LEVELS, *TESTS, *EQUIVALENCE}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "truth", "report"])
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/coverage"))
    parser.add_argument("--minutes", type=float, default=1e6, help="start no trial after this")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.what == "run":
        simulate(given.scenarios, given.trials, given.folder, time.time() + 60 * given.minutes)
    elif given.what == "truth":
        for name in given.scenarios:
            large_trials(name, given.folder)
    else:
        sys.stdout.write(report(given.folder) + "\n")


if __name__ == "__main__":
    main()
