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
from gadless.response.rules import OUTSIDE_THE_PAIR, Rule
from gadless.response.tables import Tables, required_columns
from gadless.trial.config.response import Response

COLUMNS = (
    "patient",
    "visit",
    "day",
    "contrast",
    "criteria",
    "analysis_set",
    "candidate",
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
        All contrasts of the trial, the reference first.

    Returns
    -------
    DataFrame
        As ``response.tsv``: in analysis set ``all``, a row for every visit, contrast and criteria
        set, each contrast on the visits that it shows; in ``common``, a row for each of a pair of
        reference and candidate (column ``candidate``) on the visits that both show. No row of one
        pair depends on another candidate.
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
    """Judge one patient on each contrast's own visits, then pair by pair on those of both."""
    own = {name: tables.reasons(patient.patient, name, judge) for name in contrasts}
    for contrast in contrasts:
        yield from _rows_of(tables, patient, judge, contrast, own[contrast], own[contrast], None)
    reference, *candidates = contrasts
    for candidate in candidates:
        shared = _reasons_in_common({name: own[name] for name in (reference, candidate)})
        for contrast in (reference, candidate):
            yield from _rows_of(tables, patient, judge, contrast, own[contrast], shared, candidate)


def _rows_of(
    tables: Tables,
    patient: Patient,
    judge: Judge,
    contrast: str,
    own: Sequence[str | None],
    shared: Sequence[str | None],
    candidate: str | None,
) -> Iterator[Row]:
    """Judge one contrast on the visits without a reason in `shared`."""
    visits = tables.visits[patient.patient]
    usable = [reason is None for reason in shared]
    baseline, why = find_baseline(visits, usable, patient, judge.settings.baseline)
    # The contrast's own reason says more than that the other of the pair lacks the visit.
    reasons = [
        mine or (theirs and f"{OUTSIDE_THE_PAIR}; {theirs}")
        for mine, theirs in zip(own, shared, strict=True)
    ]
    analysis_set = "all" if candidate is None else "common"
    course = _course(tables, patient, contrast, judge, reasons, baseline, why)
    for visit, confirmed, verdict in course:
        yield (
            patient.patient,
            visit.visit,
            visit.day,
            contrast,
            judge.criteria.name,
            analysis_set,
            candidate,
            *_verdict_cells(verdict, confirmed),
        )


def _reasons_in_common(own: dict[str, list[str | None]]) -> list[str | None]:
    """Why each visit is not evaluable on every contrast; None where it is."""
    return [
        next((f"{name}: {why}" for name, why in zip(own, whys, strict=True) if why), None)
        for whys in zip(*own.values(), strict=True)
    ]


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
