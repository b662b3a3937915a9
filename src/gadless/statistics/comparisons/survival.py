"""`survival.tsv`: each contrast's figures, then the paired differences."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from gadless.orphan import die_with_maker
from gadless.statistics.comparisons import objective_response, sensitivity, surrogate, times
from gadless.statistics.estimators.bootstrap import Bootstrapped
from gadless.statistics.estimators.continuous import concordance, weighted_mean
from gadless.statistics.figures import Figure
from gadless.statistics.rows import Rows, joined
from gadless.statistics.study import CUT, Study, Unit
from gadless.statistics.time_to_event import TimeToEvent
from gadless.vocabulary.names import NO_ESTIMATE, NOT_SIGNIFICANT, OS, PFS, SIGNIFICANT, TTP
from gadless.vocabulary.survival import (
    C_INDEX,
    C_INDEX_DIFFERENCE,
    C_INDEX_UNO,
    C_INDEX_UNO_DIFFERENCE,
    CCC_DAYS,
    CONCLUSION,
    HR_PROGRESSION,
    HR_PROGRESSION_RATIO,
    MEAN_DIFFERENCE_BOTH,
    MEDIAN_DAYS,
    MEDIAN_DIFFERENCE,
    PAIRED_TIME,
    PROGRESS_ON_BOTH,
    RMST_DAYS,
    RMST_DIFFERENCE,
    SIGN_TEST,
    TREATMENT_HR,
    TREATMENT_HR_RATIO,
)

Figures = dict[tuple[str, str, str, str], Figure]

PAIRED: dict[str, tuple[str | None, str]] = {
    RMST_DAYS: (PAIRED_TIME, RMST_DIFFERENCE),
    MEDIAN_DAYS: (PAIRED_TIME, MEDIAN_DIFFERENCE),
    HR_PROGRESSION: (None, HR_PROGRESSION_RATIO),
    C_INDEX: (None, C_INDEX_DIFFERENCE),
    C_INDEX_UNO: (None, C_INDEX_UNO_DIFFERENCE),
    TREATMENT_HR: (None, TREATMENT_HR_RATIO),
}
ENDPOINTS = (TTP, PFS)


def contrast_figures(study: Study, alone: dict[Unit, surrogate.Baselines], unit: Unit) -> Figures:
    """All bootstrapped figures of one contrast in one analysis."""
    found: list[Figure] = []
    for name in ENDPOINTS:
        observed = study.endpoint(*unit, name)
        found += times.summaries(study, name, observed)
        found += times.treatment(study, name, observed)
    pfs = study.endpoint(*unit, PFS)
    found += times.cumulative_incidence(study, pfs)
    found += surrogate.figures(study, unit, alone.get(unit, {}))
    found += objective_response.durations(study, unit)
    if unit.analysis in (study.own(), study.pair(unit.analysis.candidate)):
        found += sensitivity.figures(study, unit)
    return {figure.key: figure for figure in found}


def all_figures(study: Study, workers: int) -> dict[Unit, Figures]:
    """Compute every unit, on as many processes as wanted: the results are the same."""
    wanted = study.units()
    if workers <= 1 or len(wanted) <= 1:
        return _all_figures(study, wanted, map)
    count, context = min(workers, len(wanted)), get_context("spawn")
    with ProcessPoolExecutor(count, context, initializer=_worker, initargs=(os.getpid(),)) as pool:
        return _all_figures(study, wanted, pool.map)


def _worker(maker: int) -> None:
    die_with_maker(maker)
    threadpool_limits(1)


def _all_figures(
    study: Study, wanted: list[Unit], each: Callable[..., Iterable[Any]]
) -> dict[Unit, Figures]:
    # Analyses mostly follow the same patients, whose covariates alone are then fitted once.
    followed = {unit: study.followed(unit) for unit in wanted if unit.analysis.analysis_set != CUT}
    unique = {who.tobytes(): who for who in followed.values()}
    fitted = each(partial(surrogate.covariates_alone, study), unique.values())
    found = dict(zip(unique, fitted, strict=True))
    alone = {unit: found[who.tobytes()] for unit, who in followed.items()}
    return dict(zip(wanted, each(partial(contrast_figures, study, alone), wanted), strict=True))


def write_rows(rows: Rows, study: Study, figures: dict[Unit, Figures]) -> None:
    """Add every row of `survival.tsv`."""
    reference = study.config.reference
    rows = rows.under(level="patient", reference=reference)
    _overall(rows, study)
    for criteria in study.criteria:
        for analysis in study.analyses(criteria):
            shared = rows.under(criteria=criteria, analysis_set=analysis.analysis_set)
            for contrast in study.contrasts(analysis):
                here = shared.under(contrast=contrast, candidate=analysis.candidate or None)
                _single(here, study, figures[Unit(analysis, contrast)])
            for candidate in study.candidates(analysis):
                two = [figures[Unit(analysis, name)] for name in (reference, candidate)]
                _paired(shared.under(candidate=candidate), *two)
                for name in ENDPOINTS:
                    times_of = [
                        study.endpoint(analysis, contrast, name)
                        for contrast in (reference, candidate)
                    ]
                    here = shared.under(analysis=PAIRED_TIME, endpoint=name, candidate=candidate)
                    _same_patients(here, study, *times_of)


def _add(rows: Rows, figure: Figure) -> None:
    columns = {
        "analysis": figure.analysis,
        "endpoint": figure.endpoint,
        "stratum": figure.stratum,
        "n": figure.n,
        "events": figure.events,
        "p": figure.p,
        "method": figure.method,
    }
    value, limits = figure.shown, figure.interval(rows.level)
    if limits is None or not np.isfinite(value.value):
        rows.figure(figure.term, value, **columns, warning=figure.warning)
    else:
        lower, upper = limits
        warning = joined(figure.warning, value.doubt)
        rows.add(figure.term, value.value, lower=lower, upper=upper, **columns, warning=warning)


def _overall(rows: Rows, study: Study) -> None:
    cohort = study.cohort
    nobody = TimeToEvent.nobody(cohort)
    observed = replace(nobody, days=cohort.os_days, event=cohort.os_event)
    for figure in [
        *times.summaries(study, OS, observed),
        *times.treatment(study, OS, observed),
    ]:
        _add(rows, figure)


def _single(rows: Rows, study: Study, figures: Figures) -> None:
    for figure in figures.values():
        _add(rows, figure)
        if figure.z is not None:
            settings = study.config.statistics
            outcome = figure.concluded(settings.treatment_direction, settings.alpha)[0]
            verdict = SIGNIFICANT if outcome else NOT_SIGNIFICANT
            rows.add(
                CONCLUSION,
                figure.shown.value,
                analysis=figure.analysis,
                endpoint=figure.endpoint,
                stratum=figure.stratum,
                p=figure.tested(settings.treatment_direction),
                n=figure.n,
                events=figure.events,
                method=f"log-rank, {settings.treatment_direction}",
                outcome=verdict if np.isfinite(outcome) else NO_ESTIMATE,
                warning=figure.warning,
            )


def _paired(rows: Rows, reference: Figures, candidate: Figures) -> None:
    for key, first in reference.items():
        if first.term not in PAIRED or key not in candidate:
            continue
        second = candidate[key]
        analysis, term = PAIRED[first.term]
        difference = second.value - first.value
        # The responders of one contrast need not be those of the other.
        apart = f"{first.n} patients on the reference, {second.n} on the candidate"
        warning = joined(first.warning, second.warning, apart if first.n != second.n else "")
        rows.figure(
            term,
            difference.exp() if first.log else difference,
            analysis=analysis or first.analysis,
            endpoint=first.endpoint,
            stratum=first.stratum,
            n=first.n,
            method="paired bootstrap, models refitted",
            warning=warning,
        )


def _same_patients(rows: Rows, study: Study, first: TimeToEvent, second: TimeToEvent) -> None:
    """Compare the days of the same patients."""
    shortest = np.minimum(first.days, second.days)
    one = first.event & (first.days == shortest)
    two = second.event & (second.days == shortest)
    informative = one != two
    n, earlier = int(informative.sum()), int((two & informative).sum())
    test = binomtest(earlier, n, 0.5) if n else None
    interval = test.proportion_ci(rows.level) if test else None
    rows.add(
        SIGN_TEST,
        earlier / n if n else float("nan"),
        n=n,
        events=earlier,
        lower=interval.low if interval else np.nan,
        upper=interval.high if interval else np.nan,
        p=test.pvalue if test else 1.0,
        method="patient-stratified log-rank = exact sign test",
        warning="" if n else "no patient is informative: all event days agree",
    )
    both = first.event & second.event
    weights = study.weights[:, both]
    count, size = int(both.sum()), len(both)
    rows.share(PROGRESS_ON_BOTH, count, size)
    chosen = "selected: patients with the event on both contrasts only"
    ccc = concordance(first.days[both], second.days[both], weights).ccc
    how = {"n": count, "warning": chosen}
    rows.figure(CCC_DAYS, Bootstrapped.of(ccc), method="Lin's CCC", **how)
    mean = weighted_mean(second.days[both] - first.days[both], weights)
    rows.figure(MEAN_DIFFERENCE_BOTH, Bootstrapped.of(mean), method="mean", **how)
