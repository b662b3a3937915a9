"""Who is analysed, and three ways in which two contrasts look alike or unlike without imaging."""

import numpy as np
import pandas as pd

from gadless.statistics import covariates
from gadless.statistics.assembly import judged
from gadless.statistics.pairing import seen
from gadless.statistics.rows import Rows
from gadless.statistics.study import CUT, OWN, PAIR, Analysis, Study, Unit
from gadless.statistics.tables import TrialTables, rows_of

BESIDE = f" read them beside analysis set {CUT}"
TRIGGERS = ("enhancing", "nonenhancing", "new_lesion", "clinical", "death", "new_therapy")
SHARED = ("clinical", "death", "new_therapy")
"""Triggers that no image has a part in: the same on every contrast by nature."""


def population(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Add counts of patients and visits with their denominators."""
    cohort, contrasts = study.cohort, study.config.contrasts
    size = len(cohort.patients)
    rows = rows.under(analysis="population", reference=study.config.reference)
    by_patient, by_visit = rows.under(level="patient"), rows.under(level="visit")
    design = covariates.adjusted(
        cohort, study.config.statistics.covariates, study.config.statistics.is_category
    )
    by_patient.count("patients", size, size)
    by_patient.count(
        "patients_complete_covariates", design.complete.sum(), size, warning=design.warning
    )
    unknown = f"{cohort.unknown} patients of unknown survival count as censored on day 0"
    by_patient.count(
        "deaths", cohort.os_event.sum(), size, warning=unknown if cohort.unknown else ""
    )
    for arm in cohort.arms:
        by_patient.count("patients_arm", (cohort.arm == arm).sum(), size, stratum=f"arm:{arm}")
    for criteria in study.criteria:
        visits = seen(study.config, tables.measurements, study.measure(criteria))
        _visits(by_visit.under(criteria=criteria), visits, study)
        for contrast in contrasts:
            times = study.endpoint(study.own(criteria), contrast, "TTP")
            none = int((~times.dated).sum())
            absent = f"{none} patients have no time, and are not compared" if none else ""
            here = by_patient.under(
                criteria=criteria, contrast=contrast, analysis_set=OWN, warning=absent
            )
            here.count("patients_baseline", _with_baseline(tables.response, here.shared), size)
            here.count("patients_assessed", times.assessed.sum(), size)


def _visits(rows: Rows, visits: pd.DataFrame, study: Study) -> None:
    rows.count("visits", len(visits), len(visits))
    for contrast in visits:
        rows.count("visits_evaluable", visits[contrast].sum(), len(visits), contrast=contrast)
    for candidate in study.config.candidates:
        both = visits[[study.config.reference, candidate]].all(axis=1)
        rows.count("visits_common", both.sum(), len(visits), candidate=candidate)


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
    rows = rows.under(analysis="unequal_visits", level="visit", reference=reference)
    for criteria in study.criteria:
        visits = seen(study.config, tables.measurements, study.measure(criteria))
        _unequal(rows.under(criteria=criteria), visits, reference, study.config.candidates)


def _unequal(rows: Rows, visits: pd.DataFrame, reference: str, candidates: list[str]) -> None:
    method = "share of visits evaluable on either"
    for candidate in candidates:
        here = rows.under(candidate=candidate)
        either = int((visits[reference] | visits[candidate]).sum())
        for term, member in (
            ("common_share", visits[reference] & visits[candidate]),
            ("only_reference", visits[reference] & ~visits[candidate]),
            ("only_candidate", visits[candidate] & ~visits[reference]),
        ):
            _share(here, term, int(member.sum()), either, method=method)


def _share(rows: Rows, term: str, events: int, n: int, **columns: str) -> None:
    rows.add(term, events / n if n else float("nan"), events=events, n=n, **columns)


def follow_up(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Whether a later progression on the candidate could have been seen at all."""
    reference, size = study.config.reference, len(study.cohort.patients)
    for criteria in study.criteria:
        for candidate in study.config.candidates:
            here = rows.under(
                analysis="follow_up",
                level="patient",
                criteria=criteria,
                analysis_set=PAIR,
                reference=reference,
                candidate=candidate,
            )
            pair = study.pair(candidate, criteria)
            first = study.endpoint(pair, reference, "TTP")
            second = study.endpoint(pair, candidate, "TTP")
            last = _last_judged(study, tables, Unit(pair, candidate)) - study.origins
            progressed = first.event
            later = progressed & (last > first.days)
            unseen = progressed & ~second.event & ~later
            n = int(progressed.sum())
            here.share("progressed_reference", n, size)
            here.share("visit_after_reference_progression", int(later.sum()), n)
            biased = "comparisons of progression lean on who was still scanned:" + BESIDE
            here.share(
                "unseen_candidate_progression",
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
            for endpoint in ("TTP", "PFS"):
                here = rows.under(
                    analysis="shared_events",
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
            shared = np.isin(first.trigger, SHARED) & np.isin(times.trigger, SHARED)
            rows.share(
                "same_day_shared",
                int((same & shared).sum()),
                int(first.event.sum()),
                candidate=contrast,
            )
