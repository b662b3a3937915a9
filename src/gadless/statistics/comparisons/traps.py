"""Who is analysed, and three ways in which two contrasts look alike or unlike without imaging."""

import numpy as np
import pandas as pd

from gadless.statistics import covariates
from gadless.statistics.pairing import evaluable
from gadless.statistics.rows import Rows
from gadless.statistics.study import CUT, PRIMARY_SET, Study, judged, label
from gadless.statistics.tables import TrialTables

BESIDE = f" read them beside analysis set {CUT}"
TRIGGERS = ("enhancing", "nonenhancing", "new_lesion", "clinical", "death")
SHARED = ("clinical", "death")
"""Triggers that no image has a part in: the same on every contrast by nature."""


def seen(study: Study, measurements: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Whether each visit is evaluable: a row a visit, a column a contrast, of bool.

    Parameters
    ----------
    measure : str
        Column that must be known; one that the table lacks is no reason.
    """
    if measure not in measurements:
        measurements = measurements.assign(**{measure: 1.0})
    found = evaluable(measurements, measure).notna()
    every = measurements[["patient", "visit", "day"]].drop_duplicates()
    index = pd.MultiIndex.from_frame(every).sort_values()
    return found.reindex(index=index, columns=study.config.contrasts, fill_value=False)


def population(rows: Rows, study: Study, tables: TrialTables) -> None:
    """Add counts of patients and visits with their denominators."""
    cohort, contrasts = study.cohort, study.config.contrasts
    size = len(cohort.patients)
    rows = rows.under(analysis="population", reference=study.config.reference)
    by_patient, by_visit = rows.under(level="patient"), rows.under(level="visit")
    design = covariates.adjusted(cohort, study.config.statistics.covariates)
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
        visits = seen(study, tables.measurements, study.measure(criteria))
        _visits(by_visit.under(criteria=criteria), visits)
        for contrast in contrasts:
            times = study.endpoint(contrast, criteria, PRIMARY_SET, "TTP")
            none = int((~times.dated).sum())
            absent = f"{none} patients have no time, and are not compared" if none else ""
            here = by_patient.under(
                criteria=criteria, contrast=contrast, analysis_set=PRIMARY_SET, warning=absent
            )
            here.count("patients_baseline", _with_baseline(tables.response, here.shared), size)
            here.count("patients_assessed", times.assessed.sum(), size)


def _visits(rows: Rows, visits: pd.DataFrame) -> None:
    rows.count("visits", len(visits), len(visits))
    for contrast in visits:
        rows.count("visits_evaluable", visits[contrast].sum(), len(visits), contrast=contrast)
    rows.count("visits_common", visits.all(axis=1).sum(), len(visits))


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
        visits = seen(study, tables.measurements, study.measure(criteria))
        _unequal(rows.under(criteria=criteria), visits, reference, study.config.candidates)


def _unequal(rows: Rows, visits: pd.DataFrame, reference: str, candidates: list[str]) -> None:
    any_contrast = int(visits.any(axis=1).sum())
    method = "share of visits evaluable on any contrast"
    _share(rows, "common_share", int(visits.all(axis=1).sum()), any_contrast, method=method)
    method = "share of visits evaluable on either"
    for candidate in candidates:
        here = rows.under(candidate=candidate)
        either = int((visits[reference] | visits[candidate]).sum())
        for term, member in (
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
                analysis_set=PRIMARY_SET,
                reference=reference,
                candidate=candidate,
            )
            first = study.endpoint(reference, criteria, PRIMARY_SET, "TTP")
            second = study.endpoint(candidate, criteria, PRIMARY_SET, "TTP")
            last = _last_judged(study, tables, criteria, candidate) - study.origins
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


def _last_judged(study: Study, tables: TrialTables, criteria: str, contrast: str) -> np.ndarray:
    """Last day on which a progression would have been seen and counted; (patients,)."""
    rows = judged(tables, study.config)
    rows = rows[
        (rows["criteria"] == criteria)
        & (rows["contrast"] == contrast)
        & (rows["analysis_set"] == PRIMARY_SET)
    ]
    last = rows.groupby("patient")["day"].max()
    return last.reindex(study.cohort.patients).fillna(-np.inf).to_numpy(dtype=float)


def shared_events(rows: Rows, study: Study) -> None:
    """Count what triggered the events, and those common to both whatever the images show."""
    reference = study.config.reference
    for criteria in study.criteria:
        for name in (each for each in study.sets(criteria) if label(each) != CUT):
            for endpoint in ("TTP", "PFS"):
                here = rows.under(
                    analysis="shared_events",
                    level="patient",
                    criteria=criteria,
                    analysis_set=name,
                    endpoint=endpoint,
                    reference=reference,
                )
                _triggers(here, study, criteria, name, endpoint)


def _triggers(rows: Rows, study: Study, criteria: str, name: str, endpoint: str) -> None:
    first = study.endpoint(study.config.reference, criteria, name, endpoint)
    for contrast in study.config.contrasts:
        times = study.endpoint(contrast, criteria, name, endpoint)
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
