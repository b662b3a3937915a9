"""Interval coverage and test size of the headline numbers, on trials of known truth.

python benchmarks/coverage.py run --trials 500     every scenario; resumes where it stopped
python benchmarks/coverage.py truth --trials 40    the very large trials; resumes too
python benchmarks/coverage.py noise                progression that differs by chance alone
python benchmarks/coverage.py report               the tables of docs/simulation.md

Scenarios may be named after the verb, to run some of them side by side.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
from scenarios import KEYS, SCENARIOS, run_trial
from scipy.stats import binom

from gadless.phantom.measurements import ContrastError, ErrorModel

PATIENTS = 521
LARGE = 5210
RESAMPLES = 200
FIRST_SEED = 100_000
FIRST_LARGE_SEED = 10

Key = tuple[str, ...]

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
VERDICT = ("verdict", "", "all", "", "verdict")


def simulate(names: list[str], trials: int, folder: Path, until: float) -> None:
    """Run the scenarios' trials in turn, appending each trial's rows; stop at a clock time."""
    files = {name: folder / f"{name}.tsv" for name in names}
    _append(files, trials, until, PATIENTS, FIRST_SEED, RESAMPLES)


def large_trials(names: list[str], trials: int, folder: Path, until: float) -> None:
    """Run very large trials without resamples: their mean estimates are the truth."""
    files = {name: folder / f"{name}-large.tsv" for name in names if not SCENARIOS[name].null}
    _append(files, trials, until, LARGE, FIRST_LARGE_SEED, 0)


def _append(
    files: dict[str, Path], trials: int, until: float, patients: int, seed: int, resamples: int
) -> None:
    done = {name: _done(path) for name, path in files.items()}
    for number in range(trials):
        for name, path in files.items():
            if number in done[name]:
                continue
            if time.time() > until:
                return
            rows = run_trial(SCENARIOS[name], patients, seed + 10 * number, resamples)
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


def truth(name: str, folder: Path) -> pd.DataFrame:
    """Mean and standard error of each figure over the very large trials, set `common`."""
    rows = _read(folder / f"{name}-large.tsv")
    rows = rows[rows["analysis_set"] == "common"]
    return rows.groupby(KEYS[1:])["estimate"].agg(["mean", "sem"])


def noise() -> str:
    """Table of patients whose progression differs although both contrasts err alike, by error."""
    lines = ["| error of a visit, % (sd) | progression differs, % |", "| --- | --- |"]
    key = ("progression_status", "", "all", "", "discordant")
    for error in (0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16):
        alike = ContrastError(visit_log_sd=error)
        errors = ErrorModel(
            {"gbca": alike, "cgan": alike}, shared=0.0, scans_after_progression=None
        )
        scenario = replace(SCENARIOS["realistic"], errors=errors)
        rows = run_trial(scenario, LARGE, FIRST_LARGE_SEED, 0)
        share = rows[rows["analysis_set"] == "common"].set_index(KEYS[1:])["estimate"][key]
        lines.append(f"| {100 * error:g} | {100 * share:.1f} |")
    return "\n".join(lines)


def band(share: float, trials: int) -> str:
    """Binomial 95% band of an observed share whose true value is nominal, in percent."""
    low, high = binom.ppf([0.025, 0.975], trials, share) / trials
    return f"{100 * low:.1f}-{100 * high:.1f}"


def _trials(name: str, analysis_set: str, folder: Path) -> pd.DataFrame:
    rows = _read(folder / f"{name}.tsv")
    return rows[rows["analysis_set"] == analysis_set].set_index(KEYS[1:]).sort_index()


def coverage(name: str, known: dict[Key, float], folder: Path, analysis_set: str = "common") -> str:
    """Table of coverage: share of trials whose interval holds the truth."""
    trials = _trials(name, analysis_set, folder)
    lines = [
        "| figure | truth | mean estimate | intervals | coverage % | band % | below / above % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, value in known.items():
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


def size_at_margin(name: str, known: dict[Key, float], folder: Path) -> str:
    """Table of false equivalence: the margin is set at the true value, which it must not hold."""
    trials = _trials(name, "common", folder)
    lines = [
        "| comparison | margin = truth | trials | called equivalent, % | band of 5%, % |",
        "| --- | --- | --- | --- | --- |",
    ]
    for key in EQUIVALENCE:
        value, term = known[key], key[-1]
        rows = trials.loc[[key]].dropna(subset=["lower", "upper"])
        margin = max(value, 1 / value) if term == "hazard_ratio" else abs(value)
        low = {"hazard_ratio": 1 / margin, "discordance": -1.0}.get(term, -margin)
        held = ((rows["lower"] > low) & (rows["upper"] < margin)).mean()
        lines.append(
            f"| {label(key)} | {margin:.4g} | {len(rows)} | {100 * held:.1f} |"
            f" {band(0.05, len(rows))} |"
        )
    return "\n".join(lines)


def verdicts(names: list[str], folder: Path) -> str:
    """Table of what the trials conclude under the default margins."""
    outcomes = ("equivalent", "undecided", "not equivalent")
    lines = [
        f"| scenario | trials | {' | '.join(f'{each}, %' for each in outcomes)} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in names:
        said = _trials(name, "common", folder).loc[[VERDICT], "outcome"]
        shares = [f"{100 * (said == each).mean():.1f}" for each in outcomes]
        lines.append(f"| `{name}` | {len(said)} | {' | '.join(shares)} |")
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


def label(key: Key) -> str:
    """Name of a figure in the tables' own words."""
    analysis, endpoint, stratum, contrast, term = key
    where = [part for part in (endpoint, contrast, stratum if stratum == MARK else "") if part]
    return f"`{analysis}` `{term}`" + (f" ({', '.join(where)})" if where else "")


def report(folder: Path) -> str:
    """All tables that have trials."""
    ran = [name for name in SCENARIOS if (folder / f"{name}.tsv").exists()]
    parts = ["## The verdict under the default margins", verdicts(ran, folder)]
    for name in ran:
        scenario = SCENARIOS[name]
        count = len(_done(folder / f"{name}.tsv"))
        parts.append(f"## `{name}`: {scenario.purpose} ({count} trials)")
        if scenario.null:
            for analysis_set in scenario.sets:
                parts.append(f"Analysis set `{analysis_set}`:")
                parts.append(coverage(name, DIFFERENCES, folder, analysis_set))
                parts.append(size(name, folder, analysis_set))
        elif (folder / f"{name}-large.tsv").exists():
            means = truth(name, folder)["mean"]
            known = {key: float(means[key]) for key in [*DIFFERENCES, *LEVELS, *EQUIVALENCE]}
            parts.append(coverage(name, known, folder))
            parts.append(size_at_margin(name, known, folder))
    return "\n\n".join(parts)


WANTED = {*DIFFERENCES, *LEVELS, *TESTS, *EQUIVALENCE, VERDICT}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "truth", "noise", "report"])
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--trials", type=int, help="500 to run, 40 for the truth by default")
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/coverage"))
    parser.add_argument("--minutes", type=float, default=1e6, help="start no trial after this")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    until = time.time() + 60 * given.minutes
    if given.what == "run":
        simulate(given.scenarios, given.trials or 500, given.folder, until)
    elif given.what == "truth":
        large_trials(given.scenarios, given.trials or 40, given.folder, until)
    elif given.what == "noise":
        sys.stdout.write(noise() + "\n")
    else:
        sys.stdout.write(report(given.folder) + "\n")


if __name__ == "__main__":
    main()
