"""Who is analysed, and three ways in which two contrasts look alike or unlike without imaging."""

import numpy as np
import pandas as pd

from gadless.statistics import covariates
from gadless.statistics.assembly import judged
from gadless.statistics.estimators.kaplan_meier import median_follow_up
from gadless.statistics.pairing import seen
from gadless.statistics.rows import Rows
from gadless.statistics.study import CUT, OWN, PAIR, Analysis, Study, Unit
from gadless.statistics.tables import TrialTables, rows_of
from gadless.vocabulary.names import ARM, EVERYONE, PFS, TTP
from gadless.vocabulary.population import (
    COMMON_SHARE,
    COMPLETE,
    DEATHS,
    FOLLOW_UP,
    IMAGELESS,
    MEDIAN_FOLLOW_UP,
    PATIENTS_ARM,
    PATIENTS_ASSESSED,
    PATIENTS_BASELINE,
    POPULATION,
    PROGRESSED_REFERENCE,
    SAME_DAY_SHARED,
    SHARED_EVENTS,
    TRIGGERS,
    UNEQUAL_VISITS,
    UNSEEN,
    VISIT_AFTER,
    VISITS_COMMON,
    VISITS_EVALUABLE,
    VISITS_ONLY_CANDIDATE,
    VISITS_ONLY_REFERENCE,
)

BESIDE = f" read them beside analysis set {CUT}"


def population(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Add counts of patients and visits with their denominators."""
    cohort, contrasts = study.cohort, study.config.contrasts
    size = len(cohort.patients)
    rows = rows.under(analysis=POPULATION, reference=study.config.reference)
    by_patient, by_visit = rows.under(level="patient"), rows.under(level="visit")
    design = covariates.adjusted(
        cohort, study.config.statistics.covariates, study.config.statistics.is_category
    )
    by_patient.count("patients", size, size)
    by_patient.count(COMPLETE, design.complete.sum(), size, warning=design.warning)
    unknown = f"{cohort.unknown} patients of unknown survival count as censored on day 0"
    by_patient.count(DEATHS, cohort.os_event.sum(), size, warning=unknown if cohort.unknown else "")
    for arm in cohort.arms:
        by_patient.count(PATIENTS_ARM, (cohort.arm == arm).sum(), size, stratum=f"arm:{arm}")
    _followed(by_patient, study)
    for criteria in study.criteria:
        visits = seen(study.config, tables.measurements, study.measure(criteria))
        _visits(by_visit.under(criteria=criteria), visits, study)
        for contrast in contrasts:
            times = study.endpoint(study.own(criteria), contrast, TTP)
            none = int((~times.dated).sum())
            absent = f"{none} patients have no time, and are not compared" if none else ""
            here = by_patient.under(
                criteria=criteria, contrast=contrast, analysis_set=OWN, warning=absent
            )
            here.count(PATIENTS_BASELINE, _with_baseline(tables.response, here.shared), size)
            here.count(PATIENTS_ASSESSED, times.assessed.sum(), size)


def _followed(rows: Rows, study: Study) -> None:
    """Add the median time under observation, of all and of each arm."""
    cohort = study.cohort
    everyone = np.ones(len(cohort.patients), dtype=bool)
    members = {EVERYONE: everyone} | {f"{ARM}{arm}": cohort.arm == arm for arm in cohort.arms}
    for stratum, member in members.items():
        rows.add(
            MEDIAN_FOLLOW_UP,
            median_follow_up(cohort.os_days[member], cohort.os_event[member]),
            n=int(member.sum()),
            stratum=stratum,
            method="reverse Kaplan-Meier",
        )


def _visits(rows: Rows, visits: pd.DataFrame, study: Study) -> None:
    rows.count("visits", len(visits), len(visits))
    for contrast in visits:
        rows.count(VISITS_EVALUABLE, visits[contrast].sum(), len(visits), contrast=contrast)
    for candidate in study.config.compared:
        both = visits[[study.config.reference, candidate]].all(axis=1)
        rows.count(VISITS_COMMON, both.sum(), len(visits), candidate=candidate)


def _with_baseline(response: pd.DataFrame, where: dict[str, str]) -> int:
    """Patients with a baseline under the criteria, analysis set and contrast of a row."""
    for column in ("criteria", "analysis_set", "contrast"):
        response = response[response[column] == where[column]]
    if "baseline_visit" not in response:
        return int(response["patient"].nunique())
    return int(response.dropna(subset=["baseline_visit"])["patient"].nunique())


def unequal_visits(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Visits evaluable on some contrasts only."""
    reference = study.config.reference
    rows = rows.under(analysis=UNEQUAL_VISITS, level="visit", reference=reference)
    for criteria in study.criteria:
        visits = seen(study.config, tables.measurements, study.measure(criteria))
        _unequal(rows.under(criteria=criteria), visits, reference, study.config.compared)


def _unequal(rows: Rows, visits: pd.DataFrame, reference: str, candidates: list[str]) -> None:
    method = "share of visits evaluable on either"
    for candidate in candidates:
        here = rows.under(candidate=candidate)
        either = int((visits[reference] | visits[candidate]).sum())
        for term, member in (
            (COMMON_SHARE, visits[reference] & visits[candidate]),
            (VISITS_ONLY_REFERENCE, visits[reference] & ~visits[candidate]),
            (VISITS_ONLY_CANDIDATE, visits[candidate] & ~visits[reference]),
        ):
            _share(here, term, int(member.sum()), either, method=method)


def _share(rows: Rows, term: str, events: int, n: int, **columns: str) -> None:
    rows.add(term, events / n if n else float("nan"), events=events, n=n, **columns)


def follow_up(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Whether a later progression on the candidate could have been seen at all."""
    reference, size = study.config.reference, len(study.cohort.patients)
    for criteria in study.criteria:
        for candidate in study.config.compared:
            here = rows.under(
                analysis=FOLLOW_UP,
                level="patient",
                criteria=criteria,
                analysis_set=PAIR,
                reference=reference,
                candidate=candidate,
            )
            pair = study.pair(candidate, criteria)
            first = study.endpoint(pair, reference, TTP)
            second = study.endpoint(pair, candidate, TTP)
            last = _last_judged(study, tables, Unit(pair, candidate)) - study.origins
            progressed = first.event
            later = progressed & (last > first.days)
            unseen = progressed & ~second.event & ~later
            n = int(progressed.sum())
            here.share(PROGRESSED_REFERENCE, n, size)
            here.share(VISIT_AFTER, int(later.sum()), n)
            biased = "comparisons of progression lean on who was still scanned:" + BESIDE
            here.share(
                UNSEEN,
                int(unseen.sum()),
                n,
                warning=biased if unseen.any() else "",
            )


def _last_judged(study: Study, tables: TrialTables, unit: Unit) -> np.ndarray:
    """Last day on which a progression would have been seen and counted; (patients,)."""
    rows = rows_of(judged(tables, study.config), *unit.analysis)
    rows = rows[rows["contrast"] == unit.contrast]
    last = rows.groupby("patient")["day"].max()
    return last.reindex(study.cohort.patients).fillna(-np.inf).to_numpy(dtype=float)


def shared_events(rows: Rows, study: Study) -> None:
    """Count what triggered the events, and those common to both whatever the images show."""
    reference = study.config.reference
    for criteria in study.criteria:
        for analysis in study.analyses(criteria):
            if analysis.analysis_set == CUT:
                continue
            for endpoint in (TTP, PFS):
                here = rows.under(
                    analysis=SHARED_EVENTS,
                    level="patient",
                    criteria=criteria,
                    analysis_set=analysis.analysis_set,
                    candidate=analysis.candidate or None,
                    endpoint=endpoint,
                    reference=reference,
                )
                _triggers(here, study, analysis, endpoint)


def _triggers(rows: Rows, study: Study, analysis: Analysis, endpoint: str) -> None:
    first = study.endpoint(analysis, study.config.reference, endpoint)
    for contrast in study.contrasts(analysis):
        times = study.endpoint(analysis, contrast, endpoint)
        n = int(times.event.sum())
        for trigger in TRIGGERS:
            count = int((times.event & (times.trigger == trigger)).sum())
            rows.share(f"trigger_{trigger}", count, n, contrast=contrast)
        if contrast != study.config.reference:
            same = first.event & times.event & (first.days == times.days)
            shared = np.isin(first.trigger, IMAGELESS) & np.isin(times.trigger, IMAGELESS)
            rows.share(
                SAME_DAY_SHARED,
                int((same & shared).sum()),
                int(first.event.sum()),
                candidate=contrast,
            )
