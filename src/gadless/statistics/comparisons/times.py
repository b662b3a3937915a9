"""Time to an event on each contrast, and the treatment's effect on it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gadless.statistics import covariates, models
from gadless.statistics.estimators import library
from gadless.statistics.estimators.bootstrap import Bootstrapped, Floats
from gadless.statistics.estimators.kaplan_meier import incidence, kaplan_meier
from gadless.statistics.estimators.logrank import logrank
from gadless.statistics.figures import Figure, fit_model
from gadless.statistics.rows import joined
from gadless.statistics.strata import Strata
from gadless.statistics.study import Study
from gadless.statistics.time_to_event import TimeToEvent
from gadless.vocabulary.names import TTP
from gadless.vocabulary.survival import (
    INCIDENCE,
    LOGRANK,
    MEDIAN_DAYS,
    PH_TEST,
    RMST_DAYS,
    TIME_TO_EVENT,
    TREATMENT_EFFECT,
    TREATMENT_HR,
)


def summaries(study: Study, name: str, times: TimeToEvent) -> Iterator[Figure]:
    """Median and restricted mean; overall and by arm."""
    for stratum, member in groups(study):
        yield median(study, name, stratum, times, member)
        yield _restricted_mean(study, name, stratum, times, member)


def median(study: Study, name: str, stratum: str, times: TimeToEvent, member: np.ndarray) -> Figure:
    """Kaplan-Meier median of some patients; `member` is (patients,) of bool."""
    days, event = times.days[member], times.event[member]
    own, limits = Bootstrapped.missing(len(study.weights) - 1), (np.nan, np.nan)
    said = "no patient"
    if member.any():
        fitted = library.kaplan_meier(days, event, study.config.statistics.conf_level)
        middle, lower, upper = library.median(fitted)
        limits = lower, upper
        curve = kaplan_meier(days, event, study.weights[:, member])
        own = library.settle(Bootstrapped.of(curve.median()), middle, "lifelines")
        said = "" if np.isfinite(own.value) else "median not reached"
    return Figure(
        TIME_TO_EVENT,
        name,
        stratum,
        MEDIAN_DAYS,
        own,
        int(member.sum()),
        int(event.sum()),
        "Kaplan-Meier, log-log interval",
        warning=(said,) if said else (),
        limits=limits,
    )


def _restricted_mean(
    study: Study, name: str, stratum: str, times: TimeToEvent, member: np.ndarray
) -> Figure:
    horizon = float(study.config.statistics.rmst_days)
    days, event, weights = times.days[member], times.event[member], study.weights[:, member]
    curve = kaplan_meier(days, event, weights)
    followed = curve.followed(horizon, days, weights)
    mean = Bootstrapped.of(np.where(followed, curve.restricted_mean(horizon), np.nan))
    if not study.kernel_only:
        fitted = library.kaplan_meier(days, event, study.config.statistics.conf_level)
        mean = library.settle(mean, library.restricted_mean(fitted, horizon), "lifelines")
    return Figure(
        TIME_TO_EVENT,
        name,
        stratum,
        RMST_DAYS,
        mean,
        int(member.sum()),
        int(event.sum()),
        f"Kaplan-Meier, restricted to {horizon:g} days",
        warning=() if followed[0] else (_short(days, horizon),),
    )


def _short(days: np.ndarray, horizon: float) -> str:
    last = days.max(initial=0)
    if not last:
        return "nobody is followed"
    return f"nobody is followed to day {horizon:g}, the longest to day {last:g}"


def causes(pfs: TimeToEvent) -> np.ndarray:
    """Cause of leaving the progression-free state: 1 progression, 2 death, 0 censored."""
    return np.where(pfs.event, np.where(pfs.trigger == "death", 2, 1), 0)


def cumulative_incidence(study: Study, pfs: TimeToEvent) -> Iterator[Figure]:
    """Aalen-Johansen incidence of progression at the horizon, death competing; by arm too."""
    horizon = float(study.config.statistics.rmst_days)
    cause = causes(pfs)
    for stratum, member in groups(study):
        days, weights = pfs.days[member], study.weights[:, member]
        at, curves = incidence(days, cause[member], weights)
        inside = int(np.searchsorted(at, horizon, side="right"))
        share = curves[:, inside - 1] if inside else np.zeros(len(study.weights))
        free = kaplan_meier(days, pfs.event[member], weights)
        followed = free.followed(horizon, days, weights)
        own = Bootstrapped.of(np.where(followed, share, np.nan))
        yield Figure(
            TIME_TO_EVENT,
            TTP,
            stratum,
            INCIDENCE,
            library.settle(own, library.incidence_at(days, cause[member], horizon), "statsmodels"),
            int(member.sum()),
            int(((cause[member] == 1) & (days <= horizon)).sum()),
            f"Aalen-Johansen at {horizon:g} days, death competing",
            warning=() if followed[0] else (_short(days, horizon),),
        )


def groups(study: Study) -> list[tuple[str, np.ndarray]]:
    """Everyone, then each arm: stratum and members."""
    cohort = study.cohort
    everyone = np.ones(len(cohort.patients), dtype=bool)
    return [("all", everyone), *((f"arm:{arm}", cohort.arm == arm) for arm in cohort.arms)]


def treatment(study: Study, name: str, times: TimeToEvent) -> Iterator[Figure]:
    """Effect of each arm against the control, in the strata of randomisation, unadjusted.

    The log-rank test decides what the trial concludes; the hazard ratio says how large it is.
    """
    design = covariates.arms(study.cohort)
    if not design.names:
        return
    model = models.plain(times.days, times.event, design)
    fitted = fit_model(study, model)
    method = "Cox, cause-specific" if name == TTP else "Cox"
    tests = fitted.proportional()
    strata = Strata.of(study.cohort, study.config.statistics.strata)
    for code, arm in enumerate(design.names, start=1):
        shared = (model.patients, model.rows.events)
        test, z = _logrank(study, name, times, strata, [0, code])
        ratio = fitted.hazard_ratio(arm, TREATMENT_EFFECT, name, arm, TREATMENT_HR, method)
        yield replace(ratio, z=z)
        yield test
        statistic, p = tests[arm]
        yield Figure(
            TREATMENT_EFFECT,
            name,
            arm,
            PH_TEST,
            Bootstrapped(statistic, np.zeros(0)),
            *shared,
            "score test, log time, 1 df",
            p=p,
            warning=fitted.warning,
        )
    if len(design.names) > 1:
        yield _logrank(study, name, times, strata, list(range(len(design.names) + 1)))[0]


def _logrank(
    study: Study, name: str, times: TimeToEvent, strata: Strata, arms: list[int]
) -> tuple[Figure, Floats]:
    """Log-rank test of some arms, and its signed statistic (samples,) where they are two."""
    cohort = study.cohort
    names = [cohort.arms[code] for code in arms]
    own = np.isin(cohort.arm, names)
    group = np.select([cohort.arm[own] == one for one in names], range(len(names)))
    data = times.days[own], times.event[own], group, strata.labels[own]
    found = logrank(*data, study.weights[:, own])
    statistic, p, freedom = found.chi_square()
    value = Bootstrapped(statistic, np.zeros(0))
    if not study.kernel_only:
        value = library.settle(value, library.logrank(*data), "statsmodels")
    untested = "the arms are never at risk together at an event" if np.isnan(statistic) else ""
    figure = Figure(
        TREATMENT_EFFECT,
        name,
        f"arm:{names[1]}" if len(names) == 2 else "all",
        LOGRANK,
        value,
        int(own.sum()),
        int(times.event[own].sum()),
        f"log-rank{strata.method}, {freedom} df",
        p=p,
        warning=joined(strata.warning, untested),
    )
    return figure, found.z()
