"""Rows of `objective_response` and `clinical_benefit`, and the duration of response.

Every randomised patient counts; whoever has no evaluable best response has not responded. Both are
from `best_response.tsv`: CR and PR confirmed where the criteria ask for it, SD of
`response.stable_days` at least.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gadless.statistics.comparisons import times
from gadless.statistics.estimators import categories, continuous, proportions
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.figures import Figure
from gadless.statistics.rows import Rows
from gadless.statistics.study import OWN, PAIR, Analysis, Key, Study, Unit
from gadless.statistics.tables import TrialTables, rows_of
from gadless.vocabulary.names import DOR
from gadless.vocabulary.responses import (
    CLINICAL_BENEFIT,
    OBJECTIVE_RESPONSE,
    RATE,
    RATE_DIFFERENCE,
    TREATMENT_DIFFERENCE,
    TREATMENT_DIFFERENCE_CHANGE,
)

RATES = {OBJECTIVE_RESPONSE: ("CR", "PR"), CLINICAL_BENEFIT: ("CR", "PR", "MR", "SD")}
"""Best responses that count."""
JUDGED = ("CR", "PR", "MR", "SD", "PD")
DURATION = DOR
Counted = dict[str, np.ndarray]
"""Contrast to whether each patient responded; (patients,) of bool."""


def write_rows(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Add the rates of each contrast, their differences between arms, and between contrasts."""
    for criteria in study.criteria:
        for analysis in study.analyses(criteria):
            if analysis.analysis_set not in (OWN, PAIR):
                continue
            here = rows.under(
                level="patient",
                criteria=criteria,
                analysis_set=analysis.analysis_set,
                reference=study.config.reference,
            )
            for kind, counted in RATES.items():
                _rates(here.under(analysis=kind), study, tables, analysis, counted)


def _rates(
    rows: Rows, study: Study, tables: TrialTables, analysis: Analysis, counted: tuple[str, ...]
) -> None:
    chosen = rows_of(tables.best_response, *analysis)
    hit: Counted = {}
    for contrast in study.contrasts(analysis):
        own = chosen[chosen["contrast"] == contrast]
        hit[contrast] = _members(study, own[own["best_response"].isin(counted)])
        judged = _members(study, own[own["best_response"].isin(JUDGED)])
        single = rows.under(contrast=contrast, candidate=analysis.candidate or None)
        _single(single, study, hit[contrast], judged)
    for candidate in study.candidates(analysis):
        first, second = hit[study.config.reference], hit[candidate]
        _paired(rows.under(candidate=candidate), study, first, second)


def _members(study: Study, rows: pd.DataFrame) -> np.ndarray:
    who = np.zeros(len(study.cohort.patients), dtype=bool)
    who[study.cohort.position(rows["patient"])] = True
    return who


def _single(rows: Rows, study: Study, hit: np.ndarray, judged: np.ndarray) -> None:
    """Add one contrast's rates, and how each arm's differs from the control arm's."""
    for stratum, member in times.groups(study):
        events, n = int(hit[member].sum()), int(member.sum())
        lower, upper = proportions.exact(events, n, rows.level)
        unseen = int((member & ~judged).sum())
        said = f"{unseen} without an evaluable best response count as not responded"
        rows.add(
            RATE,
            events / n,
            stratum=stratum,
            lower=lower,
            upper=upper,
            events=events,
            n=n,
            method="share of all patients, exact interval (Clopper-Pearson)",
            warning=said if unseen else "",
        )
    for stratum, control, treated in _against_control(study):
        one, two = ((int((hit & arm).sum()), int(arm.sum())) for arm in (control, treated))
        lower, upper, p = proportions.difference(one, two, rows.level)
        rows.add(
            TREATMENT_DIFFERENCE,
            two[0] / two[1] - one[0] / one[1],
            stratum=stratum,
            lower=lower,
            upper=upper,
            p=p,
            events=one[0] + two[0],
            n=one[1] + two[1],
            method="arm less control arm, score interval and test (Miettinen-Nurminen)",
        )


def _paired(rows: Rows, study: Study, first: np.ndarray, second: np.ndarray) -> None:
    """Add how the candidate's rates differ from the reference's on the same patients."""
    for stratum, member in times.groups(study):
        only_first = int((first & ~second & member).sum())
        only_second = int((second & ~first & member).sum())
        n = int(member.sum())
        lower, upper = proportions.paired_difference(only_first, only_second, n, rows.level)
        rows.add(
            RATE_DIFFERENCE,
            (only_second - only_first) / n,
            stratum=stratum,
            lower=lower,
            upper=upper,
            p=categories.mcnemar(only_first, only_second),
            events=only_first + only_second,
            n=n,
            method="same patients, score interval (Tango); exact McNemar test",
        )
    change = second.astype(float) - first
    for stratum, control, treated in _against_control(study):
        shift = [_mean(study, change, arm) for arm in (treated, control)]
        rows.figure(
            TREATMENT_DIFFERENCE_CHANGE,
            Bootstrapped.of(shift[0]) - Bootstrapped.of(shift[1]),
            stratum=stratum,
            n=int(control.sum() + treated.sum()),
            method="paired bootstrap",
        )


def _mean(study: Study, values: Floats, member: np.ndarray) -> Floats:
    return continuous.weighted_mean(values[member], study.weights[:, member])


def _against_control(study: Study) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Each other arm: stratum, members of the control arm, and of this one."""
    _, (_, control), *others = times.groups(study)
    for stratum, treated in others:
        yield stratum, control, treated


def durations(study: Study, unit: Unit) -> Iterator[Figure]:
    """Median duration of response of those who responded on a contrast, overall and by arm."""
    key = Key(*unit, DURATION)
    if unit.analysis.analysis_set not in (OWN, PAIR) or key not in study.endpoints:
        return
    observed = study.endpoints[key]
    for stratum, member in times.groups(study):
        yield times.median(study, DURATION, stratum, observed, member & observed.dated)
