"""Response of every visit, on every contrast, by every criteria set."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from gadless.errors import InputError
from gadless.response.assessment import Assessment, Patient, Visit
from gadless.response.baseline import find_baseline
from gadless.response.confirmation import Judged, confirmations
from gadless.response.criteria import Criteria
from gadless.response.exact import change
from gadless.response.judge import Judge, Tracks, Verdict
from gadless.response.rules import Rule
from gadless.response.tables import Tables, required_columns
from gadless.trial.config.response import Response

ANALYSIS_SETS = ("common", "all")
COLUMNS = (
    "patient",
    "visit",
    "day",
    "contrast",
    "criteria",
    "analysis_set",
    "response",
    "confirmed",
    "rule",
    "measure",
    "value",
    "baseline",
    "baseline_visit",
    "nadir",
    "nadir_visit",
    "change_from_baseline",
    "change_from_nadir",
)
_NUMBERS = ("value", "baseline", "nadir", "change_from_baseline", "change_from_nadir")
Row = tuple[Any, ...]


def classify(
    measurements: pd.DataFrame,
    visits: pd.DataFrame,
    patients: pd.DataFrame,
    lesions: pd.DataFrame | None,
    criteria: Sequence[Criteria],
    settings: Response,
    contrasts: Sequence[str],
) -> pd.DataFrame:
    """Classify every visit.

    Parameters
    ----------
    measurements : DataFrame
        One row a visit and contrast, as ``measurements.tsv``.
    visits : DataFrame
        One row a visit: ``patient``, ``visit``, ``day`` and the optional clinical columns.
    patients : DataFrame
        One row a patient; ``treatment_day`` and ``radiotherapy_end_day`` are used where they exist.
    lesions : DataFrame or None
        As ``lesions.tsv``; sums of products are then formed from it, and new lesions found in it.
    criteria : sequence of Criteria
    settings : Response
        Section `response` of the configuration.
    contrasts : sequence of str
        All contrasts of the trial; a visit is ``common`` if it is evaluable on each of them.

    Returns
    -------
    DataFrame
        As ``response.tsv``: a row for every visit, contrast, criteria set and analysis set.
        ``confirmed`` is ``yes``, ``no``, ``pending``, ``not_needed``, or missing where nothing is
        to be confirmed. Values are in the unit of ``measure``, changes are shares (0.25: 25% more).

    Raises
    ------
    InputError
        For tables that contradict each other or lack what the criteria need.
    """
    judges = [Judge.of(each, settings) for each in criteria]
    _check_columns(measurements, judges, lesions is not None)
    tables = Tables.read(measurements, visits, patients, lesions, contrasts)
    rows: list[Row] = []
    for patient in tables.patients:
        for judge in judges:
            rows.extend(_patient_rows(tables, patient, judge, contrasts))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"day": "int64"} | dict.fromkeys(_NUMBERS, "float64"))


def _check_columns(measurements: pd.DataFrame, judges: Sequence[Judge], with_lesions: bool) -> None:
    for judge in judges:
        for name in required_columns(judge, with_lesions):
            if name not in measurements:
                raise InputError(
                    f"criteria {judge.criteria.name} need the column {name} in measurements;"
                    " add it or choose other criteria"
                )


def _patient_rows(
    tables: Tables, patient: Patient, judge: Judge, contrasts: Sequence[str]
) -> Iterator[Row]:
    visits = tables.visits[patient.patient]
    own = {name: tables.reasons(patient.patient, name, judge) for name in contrasts}
    everywhere = _reasons_in_common(own, len(visits))
    rule = judge.settings.baseline
    common, why_not = find_baseline(
        visits, [reason is None for reason in everywhere], patient, rule
    )
    for analysis_set in ANALYSIS_SETS:
        baseline, why = common, why_not
        # By the other rules a later common visit would displace it, and change categories.
        if analysis_set == "all" and common is None and rule.rule == "before_treatment":
            anywhere = [any(own[n][p] is None for n in contrasts) for p in range(len(visits))]
            baseline, why = find_baseline(visits, anywhere, patient, rule)
        for contrast in contrasts:
            reasons = everywhere if analysis_set == "common" else own[contrast]
            # The contrast's own reason says more than that another contrast lacks the visit.
            reasons = [mine or shared for mine, shared in zip(own[contrast], reasons, strict=True)]
            course = _course(tables, patient, contrast, judge, reasons, baseline, why)
            for visit, confirmed, verdict in course:
                yield (
                    patient.patient,
                    visit.visit,
                    visit.day,
                    contrast,
                    judge.criteria.name,
                    analysis_set,
                    *_verdict_cells(verdict, confirmed),
                )


def _reasons_in_common(own: dict[str, list[str | None]], count: int) -> list[str | None]:
    """Why each visit is not evaluable on every contrast; None where it is."""
    found: list[str | None] = []
    for position in range(count):
        faults = [f"{name}: {own[name][position]}" for name in own if own[name][position]]
        found.append(faults[0] if faults else None)
    return found


def _verdict_cells(verdict: Verdict, confirmed: str | None) -> Row:
    track, value = verdict.track, verdict.value
    known: Row = (None,) * 6
    if track is not None:
        known = (
            track.baseline,
            track.baseline_visit,
            track.nadir,
            track.nadir_visit,
            None if value is None else change(value, track.baseline),
            None if value is None else change(value, track.nadir),
        )
    measure = None if track is None else track.measure
    return (verdict.response, confirmed, verdict.rule, measure, value, *known)


def _course(
    tables: Tables,
    patient: Patient,
    contrast: str,
    judge: Judge,
    reasons: Sequence[str | None],
    baseline: int | None,
    why: str,
) -> list[tuple[Visit, str | None, Verdict]]:
    """Judge one patient's visits on one contrast, in order of days."""
    visits = tables.visits[patient.patient]
    if baseline is not None and reasons[baseline] is not None:
        why = f"visit {visits[baseline].visit}: {reasons[baseline]}"
        baseline = None
    if baseline is None:
        verdict = Verdict("NE", f"{Rule.NO_BASELINE}; {why}", None, None)
        return [(visit, None, verdict) for visit in visits]
    assessments = tables.assessments(patient.patient, contrast, judge, reasons, baseline)
    course = []
    tracks = judge.start(visits[baseline], assessments[baseline])
    for position, (visit, assessment) in enumerate(zip(visits, assessments, strict=True)):
        if position < baseline:
            verdict = Verdict("NE", Rule.BEFORE_BASELINE, None, assessment.value)
        elif position == baseline:
            verdict = Verdict("NE", Rule.BASELINE, tracks.enhancing, assessment.value)
        else:
            verdict = _judged(visit, assessment, tracks, judge, patient)
            tracks.follow(assessment, visit.visit)
        course.append(Judged(visit, verdict))
    confirmed = confirmations(course[baseline + 1 :], judge, patient)
    settled = [*[None] * (baseline + 1), *confirmed]
    return [(each.visit, how, each.verdict) for each, how in zip(course, settled, strict=True)]


def _judged(
    visit: Visit, assessment: Assessment, tracks: Tracks, judge: Judge, patient: Patient
) -> Verdict:
    if assessment.evaluable:
        return judge.judge(visit, assessment, tracks, patient)
    if judge.clinical_decline(visit, patient):
        remark = f"{Rule.CLINICAL_DECLINE}; not evaluable: {assessment.reason}"
        return Verdict("PD", remark, None, None)
    return Verdict("NE", f"{Rule.NOT_EVALUABLE}; {assessment.reason}", None, None)
