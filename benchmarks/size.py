"""How often each comparison calls a trial equivalent whose truth lies at the margin, and power.

    python benchmarks/size.py --trials 500            # every term, n = 24, 40, 80, 200, 521
    python benchmarks/size.py hazard_ratio --trials 2000 --patients 24 40

Patients are drawn directly, without images or criteria, so that a trial takes milliseconds. The
margin is set to the truth (of times that of 400,000 patients, else by formula): whatever is called
inside is wrong, and 5% is nominal. How much the contrasts differ is chosen so that the truth comes
to lie at the default margin, or near it. Power is at the same margin where nobody is misread in
that way (1% of visits not evaluable, 5% of patients discordant).
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gadless.statistics.comparisons.margin import discordance
from gadless.statistics.estimators import cox
from gadless.statistics.estimators.bootstrap import Floats, patient_weights
from gadless.statistics.estimators.clustered_median import ClusteredMedian
from gadless.statistics.estimators.clustered_share import clustered_share
from gadless.statistics.estimators.continuous import weighted_median
from gadless.statistics.estimators.counting import CoxRows
from gadless.statistics.estimators.kaplan_meier import kaplan_meier
from gadless.statistics.estimators.paired_times import (
    hazard_ratio_ratio,
    restricted_mean_difference,
)
from gadless.statistics.estimators.proportions import paired_difference

LEVEL = 0.90
VISIT, HORIZON = 42, 365.0
LARGE = 400_000
RESAMPLES = 300
Generator = np.random.Generator
Inside = tuple[bool, bool | None]
"""Whether a trial is called inside, and by percentiles of resamples, where that is asked."""


@dataclass(frozen=True)
class Times:
    """Progression-free survival on both contrasts, (2, patients), and the treated."""

    days: Floats
    event: np.ndarray
    treated: np.ndarray


@dataclass(frozen=True)
class Scenario:
    """One way in which contrasts differ.

    Attributes
    ----------
    name : str
    target : float
        Size of the truth that is looked for; the margin is the truth found.
    draw : callable
        A trial of so many patients of whom a share is misread, in which `chance` says whether the
        contrasts differ by chance as well.
    inside : callable
        Whether a trial is called inside a margin.
    figure : callable or None
        The truth, from a very large trial.
    exact : float
        Without `figure`: the share that gives the target.
    chance : float
        Share of patients misread where power is asked for.
    """

    name: str
    target: float
    draw: Callable[[int, Generator, float], Any]
    inside: Callable[[Any, float, bool], Inside]
    figure: Callable[[Any], float] | None = None
    exact: float = 0.0
    chance: float = 0.0

    @cache  # noqa: B019
    def margin(self) -> tuple[float, float]:
        """Share of misread patients that brings the truth near the target, and that truth."""
        if self.figure is None:
            return self.exact, self.target
        low, high = 0.0, 1.0
        for _ in range(9):
            middle = (low + high) / 2
            found = abs(self.figure(self.draw(LARGE // 10, np.random.default_rng(1), middle)))
            low, high = (middle, high) if found < self.target else (low, middle)
        truth = self.figure(self.draw(LARGE, np.random.default_rng(2), middle))
        return middle, abs(truth)


def times(misread: str, noise: float) -> Callable[[int, Generator, float], Times]:
    """Trials in which a share of patients is misread in one way, and others by one visit.

    Parameters
    ----------
    misread : str
        What the candidate does: `early` and `missed` touch one arm, `late` and `never` both.
    noise : float
        Share of patients whom each contrast dates a visit early or late.
    """

    def draw(patients: int, rng: Generator, share: float) -> Times:
        treated = np.arange(patients) % 2 == 0
        true = rng.exponential(260, patients) / np.where(treated, 0.65, 1.0)
        death = np.ceil(true + rng.exponential(290, patients))
        end = np.ceil(np.minimum(death, rng.uniform(400, 1000, patients)))
        visit = np.ceil(true / VISIT)
        moves = rng.choice([-1, 0, 1], (2, patients), p=[noise / 2, 1 - noise, noise / 2])
        seen = np.maximum(visit + moves, 1)
        who = rng.random(patients) < share
        if misread == "early":
            seen[1] = np.where(who & treated, np.ceil(visit * rng.random(patients)), seen[1])
        elif misread == "missed":
            seen[1] = np.where(who & ~treated, np.inf, seen[1])
        elif misread == "late":
            seen[1] += np.where(who, rng.integers(1, 4, patients), 0)
        elif misread == "never":
            seen[1] = np.where(who, np.inf, seen[1])
        days = np.minimum(VISIT * seen, end)
        return Times(days, (VISIT * seen <= end) | (death <= end), treated)

    return draw


def _rows(trial: Times, contrast: int) -> CoxRows:
    size = len(trial.treated)
    start, treated = np.full(size, -1.0), trial.treated[:, None].astype(float)
    return CoxRows(start, trial.days[contrast], trial.event[contrast], treated, np.arange(size))


def _log_ratios(trial: Times, weights: Floats) -> Floats:
    first, second = (cox.fit(_rows(trial, at), weights).coefficients[:, 0] for at in (0, 1))
    return second - first


def _means(trial: Times, weights: Floats) -> Floats:
    first, second = (
        kaplan_meier(trial.days[at], trial.event[at], weights).restricted_mean(HORIZON)
        for at in (0, 1)
    )
    return second - first


def _within(limits: tuple[float, float], margin: float) -> bool:
    return -margin < limits[0] < limits[1] < margin


def _percentiles(
    estimator: Callable[[Times, Floats], Floats], trial: Times, margin: float
) -> bool | None:
    draws = estimator(trial, patient_weights(len(trial.treated), RESAMPLES, 1)[1:])
    if np.isfinite(draws).mean() < 0.95:
        return False
    lower, upper = np.nanquantile(draws, [0.05, 0.95], method="weibull")
    return bool(-margin < lower and upper < margin)


def _hazard(trial: Times, margin: float, percentiles: bool) -> Inside:
    found = hazard_ratio_ratio(_rows(trial, 0), _rows(trial, 1), 0)
    old = _percentiles(_log_ratios, trial, margin) if percentiles else None
    return _within(found.limits(LEVEL), margin), old


def _mean(trial: Times, margin: float, percentiles: bool) -> Inside:
    found = restricted_mean_difference(trial.days, trial.event, HORIZON)
    old = _percentiles(_means, trial, margin) if percentiles else None
    return _within(found.limits(LEVEL), margin), old


@dataclass(frozen=True)
class Visits:
    """What was measured at each visit, and whose it is."""

    values: Floats
    patient: np.ndarray


def volumes(between: float, within: float) -> Callable[[int, Generator, float], Visits]:
    """Bias in percent: a common one, patients around it, visits around their patient (log)."""

    def draw(patients: int, rng: Generator, share: float) -> Visits:
        patient = np.repeat(np.arange(patients), rng.integers(1, 13, patients))
        log = share + rng.normal(0, between, patients)[patient]
        return Visits(100 * np.expm1(log + rng.normal(0, within, len(patient))), patient)

    return draw


def _median(trial: Visits, margin: float, percentiles: bool) -> Inside:
    found = ClusteredMedian(trial.values, trial.patient, LEVEL)
    old = None
    if percentiles:
        weights = patient_weights(trial.patient[-1] + 1, RESAMPLES, 1)[1:, trial.patient]
        draws = weighted_median(trial.values, weights)
        lower, upper = np.quantile(draws, [0.05, 0.95], method="weibull")
        old = bool(-margin < lower and upper < margin)
    return _within(found.limits(), margin), old


def failing(alike: float) -> Callable[[int, Generator, float], Visits]:
    """Visits that the candidate could not evaluate; `alike` is how much a patient's go together."""

    def draw(patients: int, rng: Generator, share: float) -> Visits:
        patient = np.repeat(np.arange(patients), rng.integers(1, 13, patients))
        scale = 1 / alike - 1
        chance = rng.beta(max(share, 1e-6) * scale, (1 - share) * scale, patients)
        return Visits((rng.random(len(patient)) < chance[patient]).astype(float), patient)

    return draw


def _share(trial: Visits, margin: float, percentiles: bool) -> Inside:
    totals = np.bincount(trial.patient).astype(float)
    hits = totals - np.bincount(trial.patient, trial.values).astype(float)
    found = clustered_share(hits, totals, LEVEL)
    old = None
    if percentiles:
        weights = patient_weights(len(totals), RESAMPLES, 1)[1:]
        old = bool(np.quantile((weights @ hits) / (weights @ totals), 0.05) > 1 - margin)
    return found.lower > 1 - margin, old


def disagreeing(repeats: float, alike: float) -> Callable[[int, Generator, float], np.ndarray]:
    """Patients whom candidate and reference, and whom two readings of the reference, tell apart.

    Parameters
    ----------
    repeats : float
        Share of patients that two readings of the reference date differently.
    alike : float
        Share of these that the candidate dates differently as well.
    """

    def draw(patients: int, rng: Generator, share: float) -> np.ndarray:
        both, only = repeats * alike, repeats * (1 - alike)
        return rng.multinomial(patients, [both, only, only + share, 1 - both - 2 * only - share])

    return draw


def _excess(trial: np.ndarray, margin: float, _: bool) -> Inside:
    repeat, candidate = trial[1:3]
    upper = paired_difference(int(repeat), int(candidate), int(trial.sum()), LEVEL)[1]
    return upper < margin, None


def _discordant(trial: np.ndarray, margin: float, _: bool) -> Inside:
    found = discordance(int(trial[0]), int(trial.sum()), margin, LEVEL)
    return found.outcome == "inside", None


def _differ(patients: int, rng: Generator, share: float) -> np.ndarray:
    return rng.multinomial(patients, [share, 1 - share])


LOG = float(np.log(1.25))


def _log_ratio(trial: Times) -> float:
    return float(_log_ratios(trial, np.ones((1, len(trial.treated))))[0])


def _mean_difference(trial: Times) -> float:
    return float(_means(trial, np.ones((1, len(trial.treated))))[0])


SCENARIOS: dict[str, list[Scenario]] = {
    "hazard_ratio": [
        Scenario(name, LOG, times(how, noise), _hazard, _log_ratio)
        for name, how, noise in (
            ("a share of the treated is read early", "early", 0.0),
            ("a share of the controls is missed", "missed", 0.0),
            ("missed, and one in five of all a visit off on each contrast", "missed", 0.2),
        )
    ],
    "rmst_days": [
        Scenario(name, 21.0, times(how, noise), _mean, _mean_difference)
        for name, how, noise in (
            ("a share is one to three visits late", "late", 0.0),
            ("a share is never seen to progress", "never", 0.0),
            ("never seen, and one in five a visit off on each contrast", "never", 0.2),
        )
    ],
    "volume_bias_percent": [
        Scenario(name, 20.0, volumes(*spread), _median, exact=float(np.log(1.2)))
        for name, spread in (
            ("patients differ by 20%, their visits by 5%", (0.2, 0.05)),
            ("patients by 10%, visits by 12%", (0.1, 0.12)),
        )
    ],
    "evaluability": [
        Scenario(name, 0.05, failing(alike), _share, exact=0.05, chance=0.01)
        for name, alike in (
            ("a patient's visits hardly fail together", 0.1),
            ("they mostly fail together", 0.8),
        )
    ],
    "discordance": [
        Scenario(
            "patients differ independently", 0.15, _differ, _discordant, exact=0.15, chance=0.05
        )
    ],
    "excess_discordance": [
        Scenario(
            f"two readings differ in {100 * repeats:g}% of patients, half of them the same",
            0.05,
            disagreeing(repeats, 0.5),
            _excess,
            exact=0.05,
        )
        for repeats in (0.02, 0.10, 0.20, 0.30)
    ],
}


def sizes(
    scenario: Scenario, patients: int, trials: int, *, percentiles: bool
) -> tuple[float, float, float]:
    """False equivalence at the margin, the same by percentiles, and power; in percent."""
    share, margin = scenario.margin()
    rng = np.random.default_rng([patients, len(scenario.name)])
    found = [
        scenario.inside(scenario.draw(patients, rng, share), margin, percentiles)
        for _ in range(trials)
    ]
    chance = [
        scenario.inside(scenario.draw(patients, rng, scenario.chance), margin, False)[0]
        for _ in range(max(trials // 2, 1))
    ]
    old = [each for _, each in found if each is not None]
    return (
        100 * float(np.mean([new for new, _ in found])),
        100 * float(np.mean(old)) if old else float("nan"),
        100 * float(np.mean(chance)),
    )


def lines(
    terms: list[str], patients: list[int], trials: int, *, percentiles: bool
) -> Iterator[str]:
    """Give the table, line by line."""
    columns = " | ".join(f"n = {each}" for each in patients)
    yield f"| term | how the contrasts differ | margin = truth | {columns} |"
    yield "| --- | --- | --- |" + " --- |" * len(patients)
    for term in terms:
        for scenario in SCENARIOS[term]:
            _, margin = scenario.margin()
            shown = f"{np.exp(margin):.3f}" if term == "hazard_ratio" else f"{margin:.3g}"
            cells = []
            for each in patients:
                size, old, power = sizes(scenario, each, trials, percentiles=percentiles)
                before = "" if np.isnan(old) else f" ({old:.1f})"
                cells.append(f"{size:.1f}{before} / {power:.0f}")
            yield f"| `{term}` | {scenario.name} | {shown} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("terms", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--patients", type=int, nargs="*", default=[24, 40, 80, 200, 521])
    parser.add_argument(
        "--percentiles", action="store_true", help="the percentile bootstrap beside it, in brackets"
    )
    given = parser.parse_args()
    for line in lines(given.terms, given.patients, given.trials, percentiles=given.percentiles):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
