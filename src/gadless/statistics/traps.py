"""Who is analysed, and three ways in which two contrasts look alike or unlike without imaging."""

import numpy as np
import pandas as pd

from gadless.statistics import covariates
from gadless.statistics.pairing import evaluable
from gadless.statistics.rows import Rows
from gadless.statistics.study import CUT, PRIMARY_SET, Study

BESIDE = f" read them beside analysis set {CUT}"
TRIGGERS = ("enhancing", "nonenhancing", "new_lesion", "clinical", "death")


def seen(study: Study, measurements: pd.DataFrame) -> pd.DataFrame:
    """Whether each visit is evaluable: a row a visit, a column a contrast, of bool."""
    measure = "enhancing_cm3" if "enhancing_cm3" in measurements else "spd_mm2"
    if measure not in measurements:
        measurements, measure = measurements.assign(any=1.0), "any"
    found = evaluable(measurements, measure).notna()
    every = measurements[["patient", "visit", "day"]].drop_duplicates()
    index = pd.MultiIndex.from_frame(every).sort_values()
    return found.reindex(index=index, columns=study.config.contrasts, fill_value=False)


def population(rows: Rows, study: Study, visits: pd.DataFrame) -> None:
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
    by_visit.count("visits", len(visits), len(visits))
    for contrast in contrasts:
        by_visit.count("visits_evaluable", visits[contrast].sum(), len(visits), contrast=contrast)
    by_visit.count("visits_common", visits.all(axis=1).sum(), len(visits))
    for criteria in study.criteria:
        for contrast in contrasts:
            times = study.endpoint(contrast, criteria, PRIMARY_SET, "TTP")
            absent = f"{times.missing} patients without an endpoint" if times.missing else ""
            by_patient.count(
                "patients_baseline",
                times.assessed.sum(),
                size,
                criteria=criteria,
                contrast=contrast,
                analysis_set=PRIMARY_SET,
                warning=absent,
            )


def unequal_visits(rows: Rows, study: Study, visits: pd.DataFrame) -> None:
    """Visits evaluable on some contrasts only."""
    reference = study.config.reference
    rows = rows.under(analysis="unequal_visits", level="visit", reference=reference)
    any_contrast = int(visits.any(axis=1).sum())
    method = "share of visits evaluable on any contrast"
    common = int(visits.all(axis=1).sum())
    _share(rows, "common_share", common, any_contrast, method=method)
    for candidate in study.config.candidates:
        here = rows.under(candidate=candidate)
        either = int((visits[reference] | visits[candidate]).sum())
        for term, member in (
            ("only_reference", visits[reference] & ~visits[candidate]),
            ("only_candidate", visits[candidate] & ~visits[reference]),
        ):
            _share(
                here, term, int(member.sum()), either, method="share of visits evaluable on either"
            )


def _share(rows: Rows, term: str, events: int, n: int, **columns: str) -> None:
    rows.add(term, events / n if n else float("nan"), events=events, n=n, **columns)


def follow_up(rows: Rows, study: Study, visits: pd.DataFrame) -> None:
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
            last = _last_day(study, visits, candidate) - study.origins
            progressed = first.event
            later = progressed & (last > first.days)
            unseen = progressed & ~later & ~(second.event & (second.days <= first.days))
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


def _last_day(study: Study, visits: pd.DataFrame, contrast: str) -> np.ndarray:
    used = visits.index[visits[contrast]].to_frame(index=False)
    last = used.groupby("patient")["day"].max()
    return last.reindex(study.cohort.patients).fillna(-np.inf).to_numpy(dtype=float)


def shared_events(rows: Rows, study: Study) -> None:
    """Count what triggered the events, and those common to both whatever the images show."""
    reference = study.config.reference
    for criteria in study.criteria:
        for name in study.sets(criteria):
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
            other = (first.trigger != "enhancing") & (times.trigger != "enhancing")
            rows.share(
                "same_day_not_enhancing",
                int((same & other).sum()),
                int(first.event.sum()),
                candidate=contrast,
            )
